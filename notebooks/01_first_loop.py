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
# # A first loop: from a layer stack to an array
#
# A MAPbI3 cell, 250 nm between ITO and gold. Iodide vacancies move to the electrodes and shift the
# barriers over which holes are injected: the current at a voltage depends on what came before.

# %% 1. A geometry: names and thicknesses, nothing else
from fem.units import V, eV, nm, s
from geometries import Layer, VerticalStack

stack = VerticalStack(Layer("ITO", 50 * nm), Layer("film", 250 * nm), Layer("Au", 50 * nm))
drawing = stack.mesh(size=5 * nm, interface_size=0.3 * nm, area=(250 * nm) ** 2)
print(drawing.regions, drawing.contacts, drawing.interfaces)

# %% 2. A material: every number with its unit and its source
from fem import materials

print(materials.MAPBI3)

# %% 3. A device: what is where, which physics, which contacts
from fem import Device, HeatSink, SchottkyContact
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import K

contact = SchottkyContact(image_force_permittivity=5.5)
device = Device(
    mesh=drawing,
    materials={"ITO": materials.ITO, "film": materials.MAPBI3, "Au": materials.GOLD},
    physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy"), Heat()],
    contacts={"bottom": [contact, HeatSink(300 * K)], "top": [contact, HeatSink(300 * K)]},
)
print(device)

# %% 4. A mistake is answered in one sentence
from fem.errors import MemfemError

try:
    Device(
        mesh=drawing,
        materials={"ITO": materials.ITO, "flim": materials.MAPBI3, "Au": materials.GOLD},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": contact, "top": contact},
        temperature=300 * K,
    )
except MemfemError as error:
    print(error)

# %% 5. A virtual experiment: two cycles at 0.1 V/s, the states at three points kept
from studies import Snapshots, Sweep, iv_sweep

protocol = Sweep(0, 1 * V, -2 * V, 0, rate=0.1 * V / s) * 2
snapshots = Snapshots({"equilibrium": 0.0, "+1 V": 70 * s, "-2 V": 100 * s})
trace = iv_sweep(device, contact="top", protocol=protocol, observe=snapshots)
print(trace)

# %% 6. What a source-meter would have shown
trace.plot()
print(trace.switching(read_voltage=0.2 * V))

# %% 7. What no source-meter shows: bands and vacancies inside
from fem.visualize import plot_band_diagram, plot_ion_profile

states = list(snapshots.states.values())
plot_band_diagram(states, list(snapshots.states))
plot_ion_profile(states, list(snapshots.states))
print([f"{state.ion_inventory('iodide_vacancy'):.10e}" for state in states])

# %% 8. A compact model with one memory variable, for circuits
from studies import fit

model = fit(trace)
print(model)
print(model.to_spice("memristor")[:400])

# %% 9. The largest array that can still be read
from studies import largest_array

figures = trace.switching(read_voltage=0.2 * V)
for pull_up in ("optimal", "low_resistance_state"):
    size = largest_array(
        low_resistance_state=figures.low_resistance,
        high_resistance_state=figures.high_resistance,
        pull_up=pull_up,
    )
    print(f"pull-up {pull_up}: {size} x {size}")

# %% 10. What if the barrier were another one? Change one number, keep the rest
ozone = materials.ITO.with_(work_function=4.9 * eV, name="ITO after UV-ozone")
treated = Device(
    mesh=drawing,
    materials={"ITO": ozone, "film": materials.MAPBI3, "Au": materials.GOLD},
    physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")],
    contacts={"bottom": contact, "top": contact},
    temperature=300 * K,
)
ozone_trace = iv_sweep(treated, contact="top", protocol=Sweep(0, 1 * V, 0, rate=0.1 * V / s))
print(ozone_trace.switching(read_voltage=0.2 * V))
