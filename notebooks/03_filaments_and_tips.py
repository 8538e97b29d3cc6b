# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Filaments and tips: where the field and the current gather
#
# A tip on an electrode decides where a filament starts: the field is highest at its apex, and most of the current
# passes through it. A filament decides where it breaks: RESET opens it where it is hottest, SET closes the gap again,
# and the source's compliance says when to stop. First a silver tip in MAPbI3, then a cell with a filament of iodide
# vacancies, in pictures and as a film.

# %% 1. A geometry: a cone with a round apex, and the same cell without it
from fem.units import K, V, eV, nm
from geometries import ConeTip, Layer, TipElectrode, VerticalStack

stack = VerticalStack(Layer("ITO", 20 * nm), Layer("film", 80 * nm), Layer("Ag", 20 * nm))
tip = ConeTip(apex_radius=6 * nm, half_angle=0.35, height=45 * nm)
cell = TipElectrode(stack=stack, electrode="Ag", film="film", width=120 * nm, tip=tip)
sizes = {"size": 12 * nm, "apex_size": 2 * nm, "interface_size": 5 * nm}
print(cell.apex, cell.mesh(**sizes).interfaces)

# %% 2. The field alone, in a film without charges (of any permittivity), with and without the tip
from fem import Device, GateContact, materials, steady
from fem.physics import Poisson

region = {"ITO": materials.ITO, "film": materials.MAPBI3, "Ag": materials.SILVER}
empty = {**region, "film": materials.SIO2}
gate = GateContact(work_function=4.3 * eV)
contacts = {"bottom": gate, "top": gate}
bare = [
    steady(
        Device(mesh=m, materials=empty, physics=[Poisson()], contacts=contacts, temperature=300 * K),
        {"top": 1 * V},
    )
    for m in (cell.mesh(**sizes), cell.planar().mesh(**sizes))
]

# %% 3. How much the tip enhances it
import numpy as np

from fem.currents.density import electric_field

largest = [np.linalg.norm(electric_field(state), axis=1).max() for state in bare]
print(f"{largest[0] / 1e6:.0f} MV/m at the apex, {largest[1] / 1e6:.1f} MV/m without a tip")

# %% 4. What it looks like
from fem.visualize import plot_fields_2d

plot_fields_2d(bare[0], "electric_field", "tip_field.png")

# %% 5. The device: carriers and heat; contacts that inject electrons well (assumed)
from fem import HeatSink, OhmicContact
from fem.physics import Carriers, Heat

contact = [OhmicContact(work_function=3.9 * eV), HeatSink(300 * K)]
device = Device(
    mesh=cell.mesh(**sizes),
    materials=region,
    physics=[Poisson(), Carriers(), Heat()],
    contacts={"bottom": contact, "top": contact},
)
print(device)

# %% 6. Where the current flows at 0.4 V: the same current between any two lines
from fem import current_density

biased = steady(device, {"top": 0.4 * V}, frozen_ions=True)
plot_fields_2d(biased, "conduction_current_density", "tip_current.png", current_lines=8)
density = np.linalg.norm(current_density(biased), axis=1).max()
print(f"{density / (abs(biased.current('top')) / cell.area):.0f} times the mean at the apex")

# %% 7. A cell with a filament: current continuity with a conductivity of vacancies, vacancies, heat
from studies.devices import mapbi3_filament

filament = mapbi3_filament.device(axis_size=1.25 * nm, size=12 * nm, growth=1.3)
formed = mapbi3_filament.start(filament)
print(filament, filament.physics[0], sep="\n")

# %% 8. RESET to -2.2 V, SET at a compliance of 5 uA; some states are kept, evenly spread over V and I
from studies import Frames

frames = Frames("top", count=24)
trace = mapbi3_filament.loop(filament, formed, observe=frames)
print(trace, trace.switching(read_voltage=0.2 * V), sep="\n")

# %% 9. RESET: the current falls gradually while the filament is hottest where it is narrow
hot = max(
    (state for state in frames.states if state.bias["top"] < 0), key=lambda state: state.temperature().max()
)
plot_fields_2d(hot, "temperature", "reset_temperature.png", current_lines=3)
plot_fields_2d(hot, "iodide_vacancy", "reset_vacancies.png")
print(f"{hot.temperature().max():.0f} K at {hot.bias['top']:.2f} V")

# %% 10. SET: faster and faster; the source holds 5 uA, and the voltage of the device falls
limited = trace.data.where(trace.data["current"] > 4.99e-6, drop=True)
print(
    float(limited["voltage"][0]),
    "V at the source;",
    float(limited["device_voltage"].min()),
    "V across the device",
)

# %% 11. The opened cell after SET: vacancies, temperature and current lines
from fem.visualize import picture_3d

after = max(frames.states, key=lambda state: state.current("top"))
picture_3d(after, "temperature", "set_3d.png", isosurface="iodide_vacancy", level=5e26, current_lines=8)

# %% 12. RESET and SET as a film
from studies import film

print(film(frames, trace, "filament_loop.gif", ("iodide_vacancy", "temperature")))
