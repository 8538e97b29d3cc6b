"""The network of lines: against two independent programs, against one sparse matrix, and how long it takes."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path
from time import process_time

import numpy as np

from studies import Crossbar
from studies.arrays.kirchhoff import Network
from studies.arrays.network import bias
from tests.benchmarks.table import Row, at_most
from tests.sparse_crossbar import solve

ROOT = Path(__file__).parents[3]
_SHARED = ROOT.parent / "shared" / "references" / "R5_crossbar"
REFERENCES = _SHARED if _SHARED.is_dir() else ROOT / "tests" / "validation" / "data" / "R5_crossbar"


def linear() -> Iterator[Row]:
    """Yield the errors against stored currents, and the speed beside one sparse matrix."""
    yield at_most("currents of badcrossbar and ngspice, upright and transposed", 1e-9, _worst_reference())
    yield at_most("unequal segments against one sparse matrix", 1e-9, _unequal())
    cells = 10 ** np.random.default_rng(0).uniform(-6, -4, (256, 256))
    segments = np.full(cells.shape, 2.0)
    volts = np.random.default_rng(1).uniform(0, 0.2, 256)
    crossbar = Crossbar(conductances=cells, word_line_resistance=2.0, bit_line_resistance=2.0)
    seconds = min(_timed(lambda: crossbar.solve(volts)) for _ in range(5))
    sparse = _timed(lambda: solve(cells, segments, segments, volts, np.zeros(256)))
    yield at_most("256 x 256, CPU", 0.05, seconds, "s")
    yield Row(
        "256 x 256, the sparse LU over it",
        "at least 25",
        f"{sparse / seconds:.0f}",
        met=sparse >= 25 * seconds,
    )
    yield at_most("508 Ohm, 207 MOhm, floating, 512 x 512: iterations", 60, _iterations(512))


def large() -> Iterator[Row]:
    """Yield time and memory of a nonlinear array of a million cells."""
    random = np.random.default_rng(3)
    scale = 10 ** random.uniform(-7, -5, (1024, 1024))
    crossbar = Crossbar(conductances=scale, word_line_resistance=1.0, bit_line_resistance=1.0)
    words, bits = bias("V/2", scale.shape, (0, 1023), 0.5)
    before = process_time()
    found = crossbar.solve(
        words, bits, cell_current=lambda v: scale * 0.15 * np.sinh(v / 0.15),
        cell_conductance=lambda v: scale * np.cosh(v / 0.15),
    )  # fmt: skip
    seconds = process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    yield at_most("1024 x 1024 nonlinear cells, CPU", 20, seconds, "s")
    yield at_most("its process at most", 1.5, peak, "GB")
    lost = abs(float(found.input_current.sum() - found.output_current.sum())) / float(
        np.abs(found.input_current).max()
    )
    yield at_most("its current in less its current out, of the largest", 1e-9, lost)


def _timed(call) -> float:
    begin = process_time()
    call()
    return process_time() - begin


def _table(name: str) -> np.ndarray:
    return np.loadtxt(REFERENCES / f"{name}.csv", delimiter=",")


def _worst_reference() -> float:
    worst = 0.0
    for path in sorted(REFERENCES.glob("*_G.csv")):
        name = path.stem.removesuffix("_G")
        g, inputs, outputs = _table(f"{name}_G"), _table(f"{name}_Vin"), _table(f"{name}_Iout")
        upright = Crossbar(conductances=g, word_line_resistance=2.0, bit_line_resistance=2.0)
        turned = Crossbar(conductances=g.T[::-1, ::-1], word_line_resistance=2.0, bit_line_resistance=2.0)
        for k in range(2):
            found = upright.solve(inputs[:, k]).output_current.values
            into = turned.solve(np.zeros(g.shape[1]), inputs[::-1, k]).input_current.values
            for ours in (found, -into[::-1]):
                worst = max(worst, float(np.max(np.abs(ours - outputs[:, k]) / np.abs(outputs[:, k]))))
    return worst


def _unequal() -> float:
    random = np.random.default_rng(2)
    cells = 10 ** random.uniform(-6, -3, (48, 64))
    word, bit = 10 ** random.uniform(-1, 2, (2, *cells.shape))
    words, bits = bias("floating", cells.shape, (0, 63), 0.5)
    found = Crossbar(conductances=cells, word_line_resistance=word, bit_line_resistance=bit).solve(
        words, bits
    )
    above, below = solve(cells, word, bit, words, bits)
    off = max(np.abs(found.word_line_voltage - above).max(), np.abs(found.bit_line_voltage - below).max())
    return float(off) / 0.5


def _iterations(size: int) -> int:
    cells = np.full((size, size), 1 / 508.0)
    cells[0, -1] = 1 / 2.07e8
    segments = np.full(cells.shape, 2.0)
    network = Network.of((segments, segments), bias("floating", cells.shape, (0, size - 1), 0.5))
    network.solve(lambda v: (cells * v, cells), linear=True)
    return network.lines.iterations
