"""The access transistor of a cell (1T1R): it conducts in the rows whose gates are on."""

from __future__ import annotations

import numpy as np

from fem.errors.checking import positive
from studies.arrays.cells import Cells
from studies.compact.family import Declared, Family
from studies.compact.model import CompactModel

#: A transistor, linear and saturated in one smooth law, I_sat tanh(V/(R_on I_sat)), and a leak when it is off
#: (the smooth saturation of W. R. Curtice, IEEE Trans. Microw. Theory Tech. 28, 448, 1980, at one gate voltage).
ACCESS = Family(
    name="access transistor",
    source="Curtice, IEEE Trans. Microw. Theory Tech. 28, 448, 1980",
    states={},
    parameters={
        "R_on": Declared(unit="{Ohm}", meaning="with the gate on, at low voltage", lower=1e-3, upper=1e12),
        "I_sat": Declared(unit="{A}", meaning="largest current with the gate on", lower=1e-15, upper=1e3),
        "R_off": Declared(unit="{Ohm}", meaning="with the gate off", lower=1e-3, upper=1e18),
        "gate": Declared(unit="1", meaning="1 where the gate is on", lower=0.0, upper=1.0, fixed=0.0),
    },
    current="where(gate - 0.5, I_sat*tanh(v/(R_on*I_sat)), v/R_off)",
)


def transistors(
    shape: tuple[int, int], *, on_resistance: float, saturation_current: float, off_resistance: float
) -> Cells:
    """Return the access transistors [Ohm, A, Ohm] of an array, all off, to be put in series with its cells.

    Reads and writes turn on the gates of the word lines that they select (``CellArray.selecting``), so that the
    saturation current limits a cell that is set. Cells of that word line share their gate: a write spares those on
    other bit lines if these follow the word line, ``Scheme(words=0.0, bits=1.0)``; with V/2 they see half of it.
    """
    values = {
        "R_on": positive("on resistance [Ohm]", on_resistance),
        "I_sat": positive("saturation current [A]", saturation_current),
        "R_off": positive("off resistance [Ohm]", off_resistance),
    }
    return Cells.of(CompactModel.from_values(values, "A", ACCESS), shape)


def gated(cells: Cells, rows: object) -> Cells:
    """Return the transistors with the gates of these ``rows`` on, all others off."""
    gate = np.zeros(cells.shape)
    gate[np.atleast_1d(np.asarray(list(rows) if isinstance(rows, range) else rows))] = 1.0
    return cells.replaced({"gate": gate})
