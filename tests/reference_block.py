"""The crossbar blocks of an independent finite-volume program, its tables, and their limits for cells of size 0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from fem.units import nm
from geometries import CrossbarBlock

DATA = Path(__file__).parent / "validation" / "data" / "R7_thermal_crosstalk"
CONDUCTIVITY = {"bottom_line": 50.0, "top_line": 50.0, "film": 0.5, "fill": 1.4, "substrate": 1.4, "cap": 1.4}
#: Of metals, a halide perovskite and silica, rounded [J/(m^3 K)]: the tables are steady and have none.
CAPACITY = dict.fromkeys(("fill", "substrate", "cap"), 1.55e6) | {
    "bottom_line": 2.5e6,
    "top_line": 2.5e6,
    "film": 1.3e6,
}
SIZES = (12.5, 8.34, 6.25)  #: of the program's cells [nm]


def reference_block(count: int, margin: float = 1000 * nm) -> CrossbarBlock:
    """Return the block of ``count`` x ``count`` cells."""
    return CrossbarBlock(
        count,
        count,
        pitch=200 * nm,
        line_width=100 * nm,
        line_thickness=50 * nm,
        film_thickness=50 * nm,
        substrate_thickness=300 * nm,
        cap_thickness=100 * nm,
        margin=margin,
    )


def table(count: int, size: float) -> npt.NDArray[np.float64]:
    """Return the rises [K/W] with the centre heated; rows are top lines, as in the resistances."""
    return np.loadtxt(DATA / f"dT_matrix_base_{count}x{count}_h{size:.2f}nm.csv", delimiter=",").T


def limit(count: int) -> npt.NDArray[np.float64]:
    """Return the rises [K/W] for cells of size 0, in the order of which the three meshes of 3 x 3 tell."""
    own = [table(3, size)[1, 1] for size in SIZES]

    def off(order: float) -> float:
        a, b, c = (size**order for size in SIZES)
        return (own[0] - own[1]) / (own[1] - own[2]) - (a - b) / (b - c)

    order = brentq(off, 0.3, 4.0)
    coarse, fine = (size**order for size in SIZES[:2])
    return table(count, SIZES[1]) - fine / (coarse - fine) * (table(count, SIZES[0]) - table(count, SIZES[1]))


#: Of the electrical tables: relative permittivities (25 makes the printed plate 4.43e-17 F; 3.9 of silica is assumed,
#: the program's is not printed), the sink a conductor; a film of 1 S/m.
PERMITTIVITY = {"film": 25.0, "fill": 3.9, "substrate": 3.9, "cap": 3.9}
#: Between the top centre line and the bottom centre, the next top, the next bottom one [F, S], +-1 %.
CAPACITANCES, CONDUCTANCES = (1.057e-16, 2.445e-16, 1.127e-16), (4.305e-7, 6.90e-7, 4.45e-7)
#: The mesh that meets them, with quadratic elements and extrapolated: 2.2e5 unknowns, a minute and a half.
ELECTRICAL_MESH = {"size": 50 * nm, "film_size": 25 * nm, "edge_size": 8 * nm, "coarse_size": 500 * nm}
