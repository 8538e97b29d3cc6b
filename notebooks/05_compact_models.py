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
# # Compact models: from a trace to a circuit
#
# A finite-element run of the MAPbI3 cell of the first notebook, as a line; families of equations that are fitted to one
# of its loops and asked for another that they have not seen; a family of one's own; the best one in a circuit, and as
# weights for programs that train networks.

# %% 1. Three loops by finite elements, from 0.1 to 10 V/s: two cycles of the slowest one
from fem.units import V, s
from studies import Sweep, iv_sweep
from studies.devices import mapbi3_interface_via

cell = mapbi3_interface_via.line()
slow, fast, fastest = (
    iv_sweep(cell, contact="top", protocol=Sweep(0, 1 * V, -2 * V, 0, rate=rate * V / s) * cycles)
    for rate, cycles in ((0.1, 2), (1, 1), (10, 1))
)
print(slow, fast, fastest, sep="\n")

# %% 2. What a source-meter would show, and the columns for other programs
import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained", sharey=True)
for ax, trace, rate in zip(axes, (slow, fast, fastest), ("0.1 V/s", "1 V/s", "10 V/s"), strict=True):
    trace.plot(ax).set_title(rate)
figure.savefig("loops.png")
print(slow.to_csv("slow.csv").read_text().splitlines()[-1])

# %% 3. Families fitted to the slow loop, in the order of what they say of the fast one
from studies.compact.choice import compare_families

names = ("ion screening", "threshold (VTEAM)", "Yakopcic", "rectifying", "diffusive")
table = compare_families(slow, names, held_out=fast, starts=8)
print(table)
table.plot().savefig("families.png")

# %% 4. The nearest one: parameters, their errors, and what the loop leaves open. `table.best` is one within 5 % of the
# peak and 0.05 decades, and refuses where there is none
model = table.models["ion screening"]
print(model)
model.save("model.json")

# %% 5. A rate that neither the fit nor the choice has seen
from studies.compact.fit import prediction_error

print(prediction_error(model, fastest))
predicted = model.simulate((fastest.time, fastest.voltage))
ax = fastest.plot()
ax.plot(predicted.voltage, abs(predicted.current), "k:", label="predicted")
ax.legend()
ax.figure.savefig("predicted.png")

# %% 6. How sharply the loop fixes two parameters, the others as they are: samples by walkers
from studies import posterior

found = posterior(model, slow, parameters=("drift_current", "time_constant"), walkers=8, steps=800)
print(found)
found.plot().savefig("posterior.png")

# %% 7. A family of one's own: a barrier that ions lift, which follow the voltage. It is told what it misses
from studies.compact.family import Declared as P
from studies.compact.family import Family, StateVariable

ions = StateVariable(rate="(v - q)/tau", initial="0", unit="V", meaning="what the ions follow")
size, swing = P(unit="{S}", meaning="film", lower=1e-14, upper=1e-4), "log(1 + exp({} - height/V_s))"
energy = {n: P(unit="V", meaning=m, lower=0.01, upper=1) for n, m in (("V_s", "swing"), ("V_b", "barrier"))}
lever = P(unit="1", meaning="lift of the barrier by the ions", lower=-3, upper=3)
time = P(unit="s", meaning="time of the ions", lower=0.1, upper=1e4)
current, where = f"g*V_s*({swing.format('v/V_s')} - {swing.format('0')})", {"height": "V_b + lever*q"}
given = {"parameters": {"g": size, **energy, "lever": lever, "tau": time}, "states": {"q": ions}}
own = Family(name="lifted barrier", source="this notebook", current=current, where=where, **given)
print(compare_families(slow, [own, "ion screening"], held_out=fast, starts=8))

# %% 8. The model for circuits: a SPICE subcircuit and a Verilog-A module
from pathlib import Path

from studies.compact.export.verilog_a import to_module

subcircuit = model.to_spice("memristor")
Path("memristor.va").write_text(to_module(model, "memristor"))
print(subcircuit[:300], Path("memristor.va").read_text()[-300:], sep="\n...\n")

# %% 9. A circuit: the cell behind 100 MOhm, which share the voltage of a source
import shutil
import subprocess

import numpy as np

drive = "V1 in 0 PWL(0 0 10 1 40 -2 60 0)\nR1 in mid 100Meg\nX1 mid 0 q memristor"
options = ".options method=gear reltol=1e-5 abstol=1e-20 gmin=1e-22 chgtol=1e-22"
control = ".control\nset wr_singlescale\ntran 0.01 60 0 0.01\nwrdata out.txt v(in) v(mid)\nquit\n.endc\n.end"
Path("circuit.cir").write_text("\n".join(["a divider", subcircuit, drive, options, control, ""]))
if shutil.which("ngspice"):
    subprocess.run(["ngspice", "-b", "circuit.cir"], check=True, capture_output=True)
    time, source, middle = np.unique(np.loadtxt("out.txt"), axis=0).T
    same = model.simulate((time, middle)).current
    print(
        f"current of the resistor off by {abs(same - (source - middle) / 1e8).max() / same.max():.1e} of the peak"
    )

# %% 10. Weights by pulses, and what programs that train networks are told of them
from studies import PotentiationDepression, PulseTrain, Read, potentiation_depression
from studies.compact.export.presets import to_aihwkit, to_neurosim

up, down = (PulseTrain(v, 1 * s, interval=1 * s, rise=0.05 * s, count=16) for v in (-1 * V, 1 * V))
read = Read(voltage=0.2 * V, duration=0.05 * s, rise=0.01 * s, rest=0.05 * s)
both = potentiation_depression(model, up, down, read, trains=2)  # the first one begins inside the range
weights = PotentiationDepression.from_data(both.potentiation[1], both.depression[1])
print(weights)
print(to_neurosim(weights, potentiation=up, depression=down, read_voltage=read.voltage, read_width=0.05 * s))
print(to_aihwkit(weights))
