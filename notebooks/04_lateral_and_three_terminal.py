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
# # Three terminals, and a gap: transistors and lateral devices
#
# One of each experiment: transfer and output curves, a memory window by ions, writing by the drain and by the gate,
# programming by light and erasing by the gate, decay and retention, a spectrum, a ferroelectric and a floating gate,
# and the potential across a lateral gap as a Kelvin probe sees it. Meshes and time steps are coarse, so that each takes
# seconds. What is assumed says so; no number is that of a published device (those are in `memfem compare`).

# %% 1. A transistor in section: MAPbI3 on SiO2, source and drain at its ends, the gate below
from fem import Device, GateContact, OhmicContact, materials
from fem.physics import Carriers, Poisson
from fem.units import V, eV, nm, s, um
from geometries import Layer, Transistor

length, width, oxide, film = 1 * um, 100 * um, 30 * nm, (Layer("film", 20 * nm),)
plan = {"channel_length": length, "contact_length": 0.0, "width": width, "gate": "bottom", "contacts": "edge"}
shape = Transistor(channel=film, dielectric=(Layer("SiO2", oxide),), **plan)
fine = dict(size=20 * nm, interface_size=1.5 * nm, lateral_size=200 * nm, edge_size=25 * nm, growth=2.5)
mesh = shape.mesh(**fine)
region = {"film": materials.MAPBI3, "SiO2": materials.SIO2}
ends = OhmicContact(work_function=3.75 * eV)  # assumed: they inject electrons
contacts = {"source": ends, "drain": ends, "gate": GateContact(work_function=5.1 * eV)}  # a gate of gold
given = {"contacts": contacts, "temperature": 300}
electrons = [Poisson(), Carriers(("electron",))]  # in the dark no holes come to such a channel
device = Device(mesh=mesh, materials=region, physics=electrons, **given)

# %% 2. Transfer and output curves of steady states: mobility, threshold voltage, swing, on/off, pinch-off
import numpy as np

from fem.constants import VACUUM_PERMITTIVITY
from studies import output, output_curves, transfer, transfer_curve

channel = {"capacitance": 3.9 * VACUUM_PERMITTIVITY / oxide, "width": width, "length": length}
found = transfer(transfer_curve(device, np.linspace(0.6, 3, 25), 0.05 * V), **channel)
gates = (2 * V, 2.5 * V, 3 * V)
curves = output_curves(device, np.linspace(0, 2.5, 11), gates)
print(found, output(curves), sep="\n")

# %% 3. Iodide vacancies that move: a memory window, whose sign goes with where the sweep begins
from fem import NewtonOptions, StepControl
from fem.materials import perovskites
from fem.physics import MobileIons

slow = materials.MAPBI3.with_ion("iodide_vacancy", perovskites.VACANCY_DRIFTFUSION)
ions = [*electrons, MobileIons("iodide_vacancy")]
ionic = Device(mesh=mesh, materials={**region, "film": slow}, physics=ions, **given)
coarse = {"control": StepControl(max_bias_step=0.1, tolerance=2e-2, start_fraction=0.2)}
pulsed = StepControl(max_bias_step=1, tolerance=0.05, start_fraction=0.5, growth=4, max_light_step=0.5)
quick = {"control": pulsed, "options": NewtonOptions(tolerance=1e-5, floor=1e-10)}  # for pulses
windows = []
for first, last in ((0, 2.5 * V), (2.5 * V, 0)):
    swept = transfer_curve(ionic, [first, last], 0.05 * V, rate=3 * V / s, **coarse)
    windows.append(transfer(swept, **channel, constant_current=1e-8))
    print(f"from {first} V: {windows[-1].memory_window:.3f} V, {windows[-1].sense}")

# %% 4. What these look like
import matplotlib.pyplot as plt

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
found.plot(left)
for k, gate in enumerate(gates):
    use = curves.cycles == k
    middle.plot(curves.voltage[use], 1e3 * curves.current[use], label=f"gate {gate} V")
middle.set(xlabel="Drain voltage [V]", ylabel="Drain current [mA]")
middle.legend()
windows[1].plot(right)
right.set(title="with vacancies, from 2.5 V and back")
figure.savefig("transistor.png")

# %% 5. Weights: pulses of the drain, whose effect the gate tunes, and pulses of the gate
from studies import PulseTrain, Read, weight_update, write_pulses

read = Read(contact="drain", voltage=0.05 * V, duration=0.02 * s, rise=2e-3 * s, rest=0.05 * s)
pulse = {"width": 0.1 * s, "interval": 0.02 * s, "rise": 2e-3 * s}
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for gate in (1.7 * V, 2.7 * V):
    train, hold = PulseTrain([2 * V] * 3, **pulse), {"gate": gate}
    drained = write_pulses(ionic, train, contact="drain", read=read, bias=hold, **quick)
    left.plot(drained.conductance / drained.conductance[0], "o-", label=f"gate {gate} V")
left.set(xlabel="Number of the pulse, 2 V on the drain", ylabel="Conductance over the first one")
left.legend()
train = PulseTrain([-0.5 * V] * 3 + [3.5 * V] * 3, **pulse, base=1.5 * V)
gated = write_pulses(ionic, train, contact="gate", read=read, bias={"gate": 1.5 * V}, **quick)
print(weight_update(gated.conductance[3:], gated.conductance[:4]))
gated.plot(right)
figure.savefig("weights.png")

# %% 6. Light: what each wavelength gives per watt, and per photon
from fem.physics import Illumination
from studies import spectral_response


def lit(wavelength, *levels):
    light = Illumination(wavelength, 1.0, side="top")  # 1 W/m^2
    return Device(mesh=mesh, materials=region, physics=[Poisson(), Carriers(), light, *levels], **given)


bias, wavelengths = {"drain": 0.5 * V, "gate": 0.8 * V}, np.linspace(450, 750, 6) * nm
seen = spectral_response(lit, wavelengths, irradiance=1.0, bias=bias, contact="drain", area=length * width)
names = {"responsivity": "responsivity [A/W]", "external_quantum_efficiency": "carriers per photon"}
table = seen.to_dataframe().rename(columns=names, index=lambda w: w / nm)[list(names.values())]
table.plot(style="o-", xlabel="Wavelength [nm]").figure.savefig("spectrum.png")
print(table)

# %% 7. Light programs, the gate erases: holes stay on levels until electrons of the channel come
from fem.physics import Traps
from studies import Pulse, Sweep, program_erase

level = {"density": 2e23, "depth": 1.2 * eV, "kind": "donor", "hole_capture": 1e-15}  # assumed
fast = Traps("fast", **level, electron_capture=1e-23)  # assumed: over a barrier
program, erase = Pulse(1, 0.01 * s, rise=1e-3 * s), Pulse(3 * V, 1 * s, rise=0.01 * s)
scan = {"bias": {"gate": Sweep(0, 2.5 * V, rate=100 * V / s)}, "threshold_current": 1e-8}
read = Read(contact="drain", voltage=0.05 * V, rise=2e-3 * s, rest=0.01 * s, **scan)
erased = program_erase(lit(520 * nm, fast), program=program, erase=erase, read=read, **quick)
print(erased)  # erased above the first threshold: at 0 V some levels are empty in equilibrium

# %% 8. What a flash leaves over two kinds of levels: a fit with two times, which the tail outlasts, and retention
from studies import Rest, decay, iv_sweep, retention

slow = Traps("slow", **level, electron_capture=1e-25)
flash = Pulse(1, 0.01 * s, rise=1e-3 * s) + Rest(100 * s, 0)
times = 0.012 + np.geomspace(1e-3, 99.9, 40)
held = {"protocol": Rest(flash.duration, 0.05 * V), "bias": {"gate": 0.8 * V}, "light": flash}
kept = iv_sweep(lit(520 * nm, fast, slow), contact="drain", **held, sample_times=times, **quick)
fit = decay((times - times[0], np.interp(times, kept.time, kept.current)))
print(fit, retention(kept, programmed=times[0]), sep="\n")
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
erased.plot(left)
fit.plot(right).set(yscale="log", ylim=(1e-11, 1e-5))
figure.savefig("light.png")

# %% 9. A ferroelectric gate, poled up and down: on, and off but for round-off, as nothing leaks
from fem.physics import DomainSwitching, Ferroelectric

slope = 40 * V / s / (100 * nm)  # of the field, at which 5e7 V/m (Naber 2005) are taken to be coercive
merz = {
    "coercive_field": 5e7,
    "ramp_rate": slope,
    "remanent_polarization": 0.08,
    "attempt_time": 1e-9,
}  # assumed
law = DomainSwitching.from_coercive_field(**merz)
polar = Transistor(channel=film, dielectric=(Layer("polymer", 100 * nm),), **plan).mesh(**fine)
stuff = {"film": materials.MAPBI3, "polymer": materials.PVDF_TRFE}
ferro = Device(mesh=polar, materials=stuff, physics=[*electrons, Ferroelectric("polymer", law)], **given)
train = PulseTrain([10 * V, -10 * V], 0.02 * s, interval=1e-3 * s, rise=1e-3 * s)
read = Read(contact="drain", voltage=0.05 * V, duration=1e-3 * s, rise=1e-4 * s, rest=1e-3 * s)
print(write_pulses(ferro, train, contact="gate", read=read, **quick))

# %% 10. A floating gate: electrons tunnel to it through 6 nm of SiO2, and back
from fem import FloatingGate
from fem.physics import FowlerNordheim, Tunnelling

inner = (Layer("Al2O3", 20 * nm), Layer("floating", 5 * nm), Layer("SiO2", 6 * nm))
law = FowlerNordheim(barrier=2.7 * eV, effective_mass=0.42)  # MAPbI3 on SiO2, both ways; mass assumed
tunnel = Tunnelling(gate="floating", across="SiO2", into="film", carrier="electron", law=law)
layered = Transistor(channel=film, dielectric=inner, **plan).mesh(**fine)
metals = {**region, "Al2O3": materials.AL2O3, "floating": materials.ALUMINIUM}
given["contacts"] = {**contacts, "floating": FloatingGate()}
memory = Device(mesh=layered, materials=metals, physics=[*electrons, tunnel], **given)
scan["bias"] = {"gate": Sweep(-3 * V, 4 * V, rate=100 * V / s)}
read = Read(contact="drain", voltage=0.05 * V, rise=2e-3 * s, rest=0.01 * s, **scan)
train = PulseTrain([12 * V, -5 * V], 0.01 * s, interval=1e-3 * s, rise=1e-3 * s)
charged = write_pulses(memory, train, contact="gate", read=read, **quick)
charged.plot().figure.savefig("floating_gate.png")
print(charged)

# %% 11. A lateral gap between two electrodes of gold on a film with few vacancies, driven by 1 V
from fem import SchottkyContact
from geometries import LateralDevice
from studies import Snapshots

few = {"film": materials.MAPBI3.with_ion("iodide_vacancy", perovskites.VACANCY_FUTSCHER)}
lateral = LateralDevice(film=Layer("film", 200 * nm), gap=2 * um, electrode_width=300 * nm)
wide = lateral.mesh(size=100 * nm, interface_size=25 * nm, lateral_size=150 * nm, edge_size=10 * nm, growth=2)
given["contacts"] = dict.fromkeys(("left", "right"), SchottkyContact(work_function=5.1 * eV))
mixed = [Poisson(), Carriers(), MobileIons("iodide_vacancy")]
gap = Device(mesh=wide, materials=few, physics=mixed, **given)
shots = Snapshots({"at rest": 0.0, "1 ms": 1e-3, "30 ms": 0.03, "0.1 s": 0.1, "0.3 s": 0.3, "10 s": 10.0})
poling, when = Sweep(0, 1 * V, rate=1e3 * V / s) + Rest(10 * s, 1 * V), list(shots.times.values())[1:]
poled = iv_sweep(gap, contact="left", protocol=poling, observe=shots, sample_times=when, **quick)
print(poled)

# %% 12. What a Kelvin probe above the film sees, and why
from studies import plot_potential_cuts

line = {"start": (-1 * um, 200 * nm), "end": (1 * um, 200 * nm)}
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
probe = {"quantity": "contact_potential_difference", "tip_work_function": 4.6 * eV}
plot_potential_cuts(shots.states, **line, **probe, ax=left)
plot_potential_cuts(shots.states, **line, quantity="iodide_vacancy", ax=right)
right.set(yscale="log", ylim=(1e19, 1e23))
figure.savefig("cuts.png")
