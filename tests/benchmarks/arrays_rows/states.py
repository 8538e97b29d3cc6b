"""Arrays of cells with laws and states against ngspice, and an image written with them."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time

import numpy as np

from studies.arrays.cell_array import CellArray, Lines
from studies.arrays.cells import Cells
from studies.arrays.netlist import run_ngspice
from studies.arrays.reading import decided, read_all
from studies.arrays.schemes import Drive, line_voltages
from studies.arrays.spread import Spread
from studies.arrays.stepping import apply
from studies.arrays.writing import WritePulse, Writer
from studies.compact.family import Declared, Family
from studies.compact.model import CompactModel
from tests.benchmarks.table import Row, at_most
from tests.family_values import VALUES, model

#: A cell without states whose law is bent.
BENT = Family(
    name="bent resistor", source="a test", states={}, current="G*V_0*sinh(v/V_0)",
    parameters={
        "G": Declared(unit="{S}", meaning="conductance at 0 V", lower=1e-12, upper=1.0),
        "V_0": Declared(unit="V", meaning="scale of the voltage", lower=1e-3, upper=10.0),
    },
)  # fmt: skip
#: Families whose arrays are compared; all of two terminals without a stored charge.
COMPARED = (
    "linear drift",
    "threshold (VTEAM)",
    "Yakopcic",
    "diffusive",
    "rectifying",
    "filament gap",
    "selector",
)


def circuits() -> Iterator[Row]:
    """Yield the distance of nonlinear arrays at rest and of arrays in time from ngspice."""
    yield at_most("nonlinear 16 x 16 against ngspice, of the largest", 1e-6, _at_rest(16))
    for name in COMPARED:
        yield at_most(f"{name}, 8 x 8 in time against ngspice", 1e-3, in_time(name, 8))


def _at_rest(size: int) -> float:
    random = np.random.default_rng(4)
    bent = CompactModel.from_values({"G": 1e-5, "V_0": 0.1}, "A", BENT)
    cells = Cells.of(bent, (size, size), {"G": 1e-5 * random.lognormal(0, 1, (size, size))})
    array = CellArray(cells=cells, lines=Lines(word_resistance=25.0, bit_resistance=40.0, bit_driver=100.0))
    words, bits = line_voltages("floating", array.shape, 0, size - 1, 0.6)
    ours = array.read(array.start(), words, bits)
    still = Drive(np.array([0.0, 1e-6]), np.tile(words, (2, 1)), np.tile(bits, (2, 1)))
    theirs = run_ngspice(array, array.start(), still)
    off = np.abs(ours.output_current.values - theirs.output_current[-1]).max()
    return float(off / np.abs(theirs.output_current[-1]).max())


def in_time(name: str, size: int, tolerance: float = 1e-6) -> float:
    """Return the largest distance of terminal currents from ngspice over the largest of them, of a pulse on a row.

    The lines have resistance and capacitance, the cells a spread; at the kinks of the drive, where the current of a
    capacitance jumps, nothing is compared.
    """
    cell = model(name)
    scaled = next(p for p in ("R_on", "a_1", "G_on", "I_on", "R_contact") if p in VALUES[name])
    spread = VALUES[name][scaled] * np.random.default_rng(5).lognormal(0, 0.2, (size, size))
    lines = Lines(word_resistance=20.0, bit_resistance=30.0, word_driver=100.0,
                  word_capacitance=1e-12, bit_capacitance=2e-12)  # fmt: skip
    array = CellArray(cells=Cells.of(cell, (size, size), {scaled: spread}), lines=lines)
    words, bits = line_voltages("V/2", array.shape, 2, range(1, size, 2), 1.0)
    share = np.array([0.0, 1.0, 1.0, 0.0, 0.0])
    drive = Drive(np.array([0.0, 0.005, 0.055, 0.06, 0.08]), np.outer(share, words), np.outer(share, bits))
    ours = apply(array, array.start(), drive, tolerance=tolerance).record
    theirs = run_ngspice(array, array.start(), drive)
    time = ours.time.values
    smooth = np.abs(time[:, None] - drive.times).min(axis=1) > 1e-6
    off, largest = 0.0, 0.0
    for mine, other in (
        (ours.input_current.values, theirs.input_current),
        (ours.output_current.values, theirs.output_current),
    ):
        for line in range(size):
            at = np.interp(time, theirs.time, other[:, line])
            off = max(off, float(np.abs(mine[:, line] - at)[smooth].max()))
            largest = max(largest, float(np.abs(other[:, line]).max()))
    return off / largest


def image() -> Iterator[Row]:
    """Yield the time and the errors of an image written into 64 x 64 cells, whose states evolve."""
    size = 64
    cell = model("threshold (VTEAM)")
    random = np.random.default_rng(6)
    array = CellArray(
        cells=Cells.of(cell, (size, size), {"R_on": 1e4, "R_off": 1e6}),
        lines=Lines(word_resistance=2.0, bit_resistance=2.0, word_driver=50.0),
    ).with_spread(Spread.of(cell, {"k_on": 0.2, "k_off": 0.2, "R_on": 0.1}), random)
    pulses = [WritePulse(voltage=v, width=0.3, rise=0.01) for v in (1.0, -1.0)]
    writer = Writer(array=array, set_pulse=pulses[0], reset_pulse=pulses[1], scheme="V/3")
    picture = random.random((size, size)) < 0.5
    begin = process_time()
    written = writer.write(array.start(), picture)
    seconds = process_time() - begin
    yield at_most("64 x 64 written with evolving states, CPU", 60, seconds, "s")
    wrong = int((decided(read_all(array, written.state, 0.05)).values != picture).sum())
    yield at_most("its cells read wrong, all bit lines at 0 V", 0, wrong)
