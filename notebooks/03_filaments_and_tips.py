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
# A tip on an electrode decides where a filament starts: the field is highest at its apex, the vacancies leave or
# gather there first, and most of the current passes through it. Here is a silver tip in MAPbI3, in pictures and
# as a film.

# %% 1. A geometry: a cone with a round apex, and the same cell without it
from fem.units import K, V, eV, nm, s
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

from fem.current_density import electric_field

largest = [np.linalg.norm(electric_field(state), axis=1).max() for state in bare]
print(f"{largest[0] / 1e6:.0f} MV/m at the apex, {largest[1] / 1e6:.1f} MV/m without a tip")

# %% 4. What it looks like
from fem.visualize import plot_fields_2d

plot_fields_2d(bare[0], "electric_field", "tip_field.png")

# %% 5. The device: carriers, vacancies and heat; contacts that inject electrons well (assumed)
from fem import HeatSink, OhmicContact
from fem.physics import Carriers, Heat, MobileIons

contact = [OhmicContact(work_function=3.9 * eV), HeatSink(300 * K)]
device = Device(
    mesh=cell.mesh(**sizes),
    materials=region,
    physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy"), Heat()],
    contacts={"bottom": contact, "top": contact},
)
print(device)

# %% 6. A loop, of which some states are kept: evenly spread over voltage and current
from studies import Frames, Sweep, iv_sweep

frames = Frames("top", count=16)
protocol = Sweep(0, 0.5 * V, -0.5 * V, 0, rate=0.1 * V / s)
trace = iv_sweep(device, contact="top", protocol=protocol, observe=frames)
print(trace, len(frames.states))

# %% 7. Where the current flows at the highest voltage that was kept: the same current between any two lines
highest = max(frames.states, key=lambda state: state.bias["top"])
plot_fields_2d(highest, "conduction_current_density", "tip_current.png", current_lines=8)
plot_fields_2d(highest, "iodide_vacancy", "tip_vacancies.png", current_lines=8)

# %% 8. How much of it gathers at the apex
from fem.current_density import current_density

density = np.linalg.norm(current_density(highest), axis=1)
mean = abs(highest.current("top")) / cell.area
print(f"{density.max():.3g} A/m^2 at most, {density.max() / mean:.0f} times the mean over the cell")

# %% 9. The temperature in the opened device, with current lines
from fem.visualize import picture_3d

picture_3d(highest, "temperature", "tip_temperature.png", current_lines=8)

# %% 10. The loop as a film
from studies import film

print(film(frames, trace, "tip_loop.gif", ("iodide_vacancy", "conduction_current_density"), current_lines=6))
