"""An array with its cells' states, lines and drive as one SPICE netlist, and its run by ngspice."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError, IncompatibleError
from studies.arrays.cell_array import ArrayState, CellArray
from studies.arrays.cells import Cells, InSeries
from studies.arrays.schemes import Drive
from studies.compact.export.printers import safe
from studies.compact.export.spice import AMBIENT_NAME, run_deck, to_subcircuit
from studies.compact.family import Declared, Family
from studies.compact.model import CompactModel

Array = NDArray[np.float64]
#: Steps of the transient analysis, at least.
LEAST_STEPS = 2000
_OPTIONS = "reltol=1e-7 abstol=1e-18 vntol=1e-12 chgtol=1e-22 gmin=1e-25 trtol=1 itl1=500 itl4=200"


@dataclass(frozen=True, eq=False)
class NetlistRun:
    """What ngspice gives: ``time`` [s], ``input_current`` (time, row) and ``output_current`` (time, column) [A].

    Those of floating lines are 0. ``log``: its text.
    """

    time: Array
    input_current: Array
    output_current: Array
    log: str


def to_netlist(array: CellArray, state: ArrayState, drive: Drive) -> str:
    """Return the netlist of the array under the ``drive``, without an analysis.

    Each cell is an instance with its own parameters, states and temperature. Word lines end in the nodes w0, w1, ...,
    bit lines in b0, b1, ..., each held by a source of the same name. Heat from other cells and ions are not in it:
    raises IncompatibleError for an array with them.
    """
    if array.heating is not None or array.migration is not None:
        raise IncompatibleError(
            "a netlist has no heat and no ions from other cells; export the array without them."
        )
    rows, columns = array.shape
    parts = [array.cells] if isinstance(array.cells, Cells) else [array.cells.upper, array.cells.lower]
    lines = [f"* {rows} x {columns} cells between word lines w and bit lines b"]
    lines += [
        to_subcircuit(_model(cells.family, cells, (0, 0)), f"cell_{k}") for k, cells in enumerate(parts)
    ]
    lines += [*_segments(array), *_capacitors(array), *_cells(array, state, parts), *_sources(drive)]
    return "\n".join(lines) + "\n"


def run_ngspice(array: CellArray, state: ArrayState, drive: Drive, *, timeout: float = 300.0) -> NetlistRun:
    """Return the run of the netlist by ngspice; ``timeout`` [s] stops it.

    Raises MissingSoftwareError without ngspice, ConvergenceError (with its log) if it ends early.
    """
    rows, columns = array.shape
    driven = [f"vw{i}" for i in range(rows) if np.isfinite(drive.words[0, i])]
    driven += [f"vb{j}" for j in range(columns) if np.isfinite(drive.bits[0, j])]
    end = float(drive.times[-1])
    step = min(end / LEAST_STEPS, float(np.diff(drive.times).min()) / 20)
    deck = "\n".join(
        [
            "memfem array",
            to_netlist(array, state, drive),
            f".options method=gear {_OPTIONS}",
            ".control",
            "set wr_singlescale",
            "set numdgt=15",
            f"tran {step:.17g} {end:.17g} 0 {step:.17g}",
            f"wrdata out.txt {' '.join(f'i({name})' for name in driven)}",
            "quit",
            ".endc",
            ".end",
            "",
        ]
    )
    table, log = run_deck(deck, timeout)
    if table[-1, 0] < end * (1 - 1e-6):
        raise ConvergenceError(
            f"ngspice stopped early; the end of its log: {log[-600:].strip()}", time=table[-1, 0]
        )
    into, out = np.zeros((len(table), rows)), np.zeros((len(table), columns))
    for k, name in enumerate(driven):
        (into if name[1] == "w" else out)[:, int(name[2:])] = table[:, 1 + k] * (
            -1.0 if name[1] == "w" else 1.0
        )
    return NetlistRun(table[:, 0], into, out, log)


def _model(family: Family, cells: Cells, place: tuple[int, int]) -> CompactModel:
    """Return the model of one cell whose states at time 0 are parameters of their own."""
    began = {f"begin_{s}": Declared(unit=w.unit, meaning=f"{s} at time 0", lower=-1e30, upper=1e30)
             for s, w in family.states.items()}  # fmt: skip
    states = {s: replace(w, initial=f"begin_{s}") for s, w in family.states.items()}
    made = replace(
        family, name=f"{family.name} in an array", parameters=dict(family.parameters) | began, states=states
    )
    values = dict(zip(family.parameters, cells.values[place].tolist(), strict=True))
    return CompactModel.from_values(values | dict.fromkeys(began, 0.0), "A", made)


def _nodes(array: CellArray) -> tuple[list[list[str]], list[list[str]]]:
    """Return the names of word and bit nodes; nodes without a resistance between them are one."""
    rows, columns = array.shape
    r_word, r_bit = array.lines.segments(array.shape)
    words = [[""] * columns for _ in range(rows)]
    bits = [[""] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            words[i][j] = f"w{i}_{j}" if r_word[i, j] else (words[i][j - 1] if j else f"w{i}")
    for i in reversed(range(rows)):
        for j in range(columns):
            bits[i][j] = f"b{i}_{j}" if r_bit[i, j] else (bits[i + 1][j] if i + 1 < rows else f"b{j}")
    return words, bits


def _segments(array: CellArray) -> list[str]:
    """Return the resistors of the lines."""
    rows, columns = array.shape
    words, bits = _nodes(array)
    found = []
    for kind, ohms in zip("wb", array.lines.segments(array.shape), strict=True):
        for i in range(rows):
            for j in range(columns):
                if not ohms[i, j]:
                    continue
                if kind == "w":
                    ends = words[i][j - 1] if j else f"w{i}", words[i][j]
                else:
                    ends = bits[i][j], bits[i + 1][j] if i + 1 < rows else f"b{j}"
                found.append(f"R{kind}{i}_{j} {ends[0]} {ends[1]} {ohms[i, j]:.17g}")
    return found


def _capacitors(array: CellArray) -> list[str]:
    """Return the capacitors of the lines to ground."""
    stored = array.lines.capacitances(array.shape)
    if stored is None:
        return []
    found = []
    for kind, farads, nodes in zip("wb", stored, _nodes(array), strict=True):
        for (i, j), c in np.ndenumerate(farads):
            if c:
                found.append(f"C{kind}{i}_{j} {nodes[i][j]} 0 {c:.17g}")
    return found


def _cells(array: CellArray, state: ArrayState, parts: list[Cells]) -> list[str]:
    """Return the instances of the cells."""
    words, bits = _nodes(array)
    found = []
    for i, j in np.ndindex(*array.shape):
        ends = [words[i][j], *([f"m{i}_{j}"] if isinstance(array.cells, InSeries) else []), bits[i][j]]
        first = 0
        for k, cells in enumerate(parts):
            names = list(cells.family.states)
            pins = " ".join(f"x{k}_{i}_{j}_{n}" for n in range(len(names)))
            given = dict(zip(cells.family.parameters, cells.values[i, j], strict=True))
            given |= {f"begin_{s}": state.states[i, j, first + n] for n, s in enumerate(names)}
            first += len(names)
            told = " ".join(f"{safe(n)}={v:.17g}" for n, v in given.items())
            hot = array.ambient + state.rise[i, j]
            found.append(
                f"Xc{k}_{i}_{j} {ends[k]} {ends[k + 1]} {pins} cell_{k} {told} {AMBIENT_NAME}={hot:.17g}"
            )
    return found


def _sources(drive: Drive) -> list[str]:
    """Return the sources of the lines that do not float."""
    found = []
    for kind, volts in (("w", drive.words), ("b", drive.bits)):
        for line in range(volts.shape[1]):
            if np.isfinite(volts[0, line]):
                points = [f"+ {t:.17g} {v:.17g}" for t, v in zip(drive.times, volts[:, line], strict=True)]
                found += [f"V{kind}{line} {kind}{line} 0 PWL(", *points, "+ )"]
    return found
