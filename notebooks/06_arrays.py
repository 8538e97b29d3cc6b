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
# # From one cell to the array
#
# A block of crossed lines warms, charges and feeds its neighbours; a compact model in 16 x 16 cells is written and read
# through real lines; the largest array that can be read is searched for; and a network learns digits in it.

# %% 1. Nine crossings at a pitch of 200 nm: what a watt in one cell does to all, from three dimensions
from fem import HeatSink, materials
from fem.units import K, nm
from geometries import CrossbarBlock
from studies import thermal_crosstalk

size = {"pitch": 200 * nm, "line_width": 100 * nm, "line_thickness": 50 * nm, "film_thickness": 50 * nm}
block = CrossbarBlock(3, 3, **size, substrate_thickness=300 * nm, cap_thickness=100 * nm, margin=1000 * nm)
parts = {"bottom_line": materials.SILVER, "top_line": materials.SILVER, "film": materials.MAPBI3,
         "fill": materials.SIO2, "substrate": materials.SIO2, "cap": materials.SIO2}  # fmt: skip
mesh = {"size": 50 * nm, "coarse_size": 400 * nm}
heat = thermal_crosstalk(block, materials=parts, sink=HeatSink(300 * K), **mesh)
print(heat.crosstalk_coefficient.sel(source="cell_1_1").values.reshape(3, 3).round(3))

# %% 2. Its time: a network of few modes, for circuits too
from studies.arrays.crosstalk import thermal_network, to_subcircuit

network = thermal_network(block, materials=parts, sink=HeatSink(300 * K), **mesh)
network.plot().figure.savefig("rises.png")
print(network, to_subcircuit(network)[:200], sep="\n")

# %% 3. A cell: thresholds near 0.5 V, two decades of resistance. A fit of your own trace takes its place
from studies import CompactModel, Sweep

values = {
    "R_on": 1e5,
    "R_off": 1e7,
    "V_off": 0.5,
    "V_on": 0.4,
    "k_off": 2e6,
    "k_on": 3e6,
    "a_off": 2.0,
    "a_on": 3.0,
}
model = CompactModel.from_values(values | {"s_start": 0.9, "polarity": -1.0}, "A", "threshold (VTEAM)")
model.simulate(Sweep(0, 1, -1, 0, rate=1e6)).plot().figure.savefig("cell.png")

# %% 4. 16 x 16 of them, all a little different, on lines of 5 Ohm from cell to cell, warming each other
import numpy as np

from studies import CellArray, Cells, Heating, Lines, Spread

lines = Lines(word_resistance=5.0, bit_resistance=5.0, word_driver=200.0)
array = CellArray(cells=Cells.of(model, (16, 16)), lines=lines, heating=Heating.of_block(heat, (16, 16)))
array = array.with_spread(
    Spread.of(model, {"k_on": 0.3, "k_off": 0.3, "R_on": 0.1}), np.random.default_rng(1)
)

# %% 5. A letter, row by row, with a third of the voltage on all other lines
from studies import WritePulse, Writer
from studies.arrays.writing import letter

pulses = [WritePulse(voltage=v, width=300e-9, rise=10e-9) for v in (1.0, -1.0)]
writer = Writer(array=array, set_pulse=pulses[0], reset_pulse=pulses[1], scheme="V/3")
image = letter("U", (16, 16))
written = writer.write(array.start(), image)
print(f"{written.energy * 1e9:.2f} nJ, neighbours at most {written.highest_rise:.1f} K warmer")

# %% 6. What each scheme reads of it
import matplotlib.pyplot as plt

from studies import read_all
from studies.arrays.reading import decided, plot_map

figure, axes = plt.subplots(1, 4, figsize=(15, 3.4), layout="constrained")
for ax, scheme in zip(axes, ("grounded", "floating", "V/2", "V/3"), strict=True):
    reads = read_all(array, written.state, 0.05, scheme)
    wrong = int((decided(reads).values != image).sum())
    plot_map(reads.current, ax, log=True).set_title(f"{scheme}: {wrong} wrong")
figure.savefig("reads.png")

# %% 7. What a hundred writes of one cell do to those on its lines, at half of the voltage
from dataclasses import replace

disturbed = replace(writer, scheme="V/2").disturb(written.state, (8, 8), [0, 10, 100], 0.05)
change = abs(disturbed.current / disturbed.current[0] - 1)
for kind in ("same word line", "same bit line", "unselected"):
    print(kind, change.where(disturbed.kind == kind).max(("row", "column")).values.round(4))

# %% 8. Vectors times conductances, with the lines in it
from studies import multiply

product = multiply(
    array, written.state, np.random.default_rng(2).uniform(0, 0.05, (20, 16)), read_voltage=0.05
)
print(f"off by {float(abs(product.error).max()):.2%} of the largest current")

# %% 9. The largest array that can be read: resistors, and cells whose law is bent
from studies import WorstCase
from studies.arrays.worst_case import resistor


def bent(scale):
    return lambda v: (scale * np.sinh(v / 0.1), scale / 0.1 * np.cosh(v / 0.1))


laws = {"resistors": (resistor(1e5), resistor(1e7)), "bent": (bent(1e-6), bent(1e-8))}
for scheme in ("floating", "V/2", "V/3"):
    cases = {n: WorstCase(low=a, high=b, voltage=0.5, scheme=scheme) for n, (a, b) in laws.items()}
    print(scheme, {name: case.largest_array() for name, case in cases.items()})

# %% 10. A network that learns digits by pulses in this cell, beside the same in software
from studies import Pulse
from studies.arrays.learning.accuracy import Learner, accuracy_study
from studies.arrays.learning.synapse import Synapse
from studies.arrays.learning.training import Training

up, down = (Pulse(volts, 20e-9, rise=1e-9) for volts in (0.8, -0.8))
cell = Synapse.of_model(model, up, down, read_voltage=0.05, pulses=100).with_(cycle_spread=0.005)
study = accuracy_study(
    Learner(synapse=cell, training=Training(hidden=0, epochs=10)), {"device_spread": [0, 0.3]}, seeds=3
)
print(study["device_spread"])
