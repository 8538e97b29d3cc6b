"""What cells of an array do to each other beside the lines: heat, and ions that leave one for another.

Both come from a geometry (``studies.arrays.crosstalk``) or are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import array, protocol

if TYPE_CHECKING:
    from studies.arrays.cells import AnyCells
    from studies.arrays.crosstalk.rising import ThermalNetwork

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Heating:
    """``resistance`` [K/W], (cells, cells): rise of a cell (row) by the power in another (column), cells row by row.

    The heat of a cell in itself is not added: a compact model with a thermal resistance has it already, and one without
    has it in its other parameters. With ``own`` it is.
    """

    resistance: Array
    own: bool = False

    def __post_init__(self) -> None:
        settle(self, "heat between cells", resistance=array)
        r = np.array(self.resistance, dtype=float)
        if r.ndim != 2 or r.shape[0] != r.shape[1] or not (np.isfinite(r).all() and (r >= 0).all()):
            raise OutOfRangeError(
                "thermal resistances [K/W]", r.shape, "a square of finite numbers, none below 0"
            )
        if not self.own:
            np.fill_diagonal(r, 0.0)
        object.__setattr__(self, "resistance", r)

    @classmethod
    def of_block(cls, crosstalk: xr.Dataset, shape: tuple[int, int], *, own: bool = False) -> Heating:
        """Return what cells of an array of any ``shape`` do to each other, by the resistances of a smaller block.

        ``crosstalk``: of ``studies.arrays.crosstalk``. A pair has the resistance of the block's central cell to the
        cell as many lines away. Beyond a block of 5 x 5 or more it goes on to fall as over the last two lines of the
        block, the exponential that a sink below makes of it. A smaller block does not tell how it falls: there it is
        1/distance from the edge, the point source in a half space (H. S. Carslaw and J. C. Jaeger, Conduction of Heat
        in Solids, 2nd ed., Oxford 1959, section 10.2), some times too much above a sink near by, and a little too
        little along lines that carry heat further than the block reaches.
        """
        if "layer" in crosstalk.coords and int(crosstalk["layer"].max()) > 0:
            raise IncompatibleError(
                "the block has several layers; an array is one: give its resistances to Heating."
            )
        block = crosstalk["thermal_resistance"].values
        rows, columns = int(crosstalk["row"].max()) + 1, int(crosstalk["column"].max()) + 1
        middle = (rows - 1) // 2, (columns - 1) // 2
        quarter = block[:, middle[0] * columns + middle[1]].reshape(rows, columns)[middle[0] :, middle[1] :]
        far = _continued if min(quarter.shape) > 2 else _shrunk
        i, j = np.indices(shape).reshape(2, -1)
        return cls(far(quarter, np.abs(i[:, None] - i), np.abs(j[:, None] - j)), own)

    def check(self, shape: tuple[int, int]) -> None:
        """Raise IncompatibleError unless it is of ``shape[0] * shape[1]`` cells."""
        if self.resistance.shape[0] != shape[0] * shape[1]:
            raise IncompatibleError(
                f"thermal resistances of {self.resistance.shape[0]} cells for an array {shape}."
            )

    def rise(self, powers: Array) -> Array:
        """Return the rises [K] around the cells with these ``powers`` [W], both (rows, columns), at rest."""
        return (self.resistance @ powers.ravel()).reshape(powers.shape)

    def risen(
        self, memory: Array | None, before: Array, after: Array, step: float
    ) -> tuple[Array | None, Array]:
        """Return the rises [K] with the powers [W] ``after`` a step, at rest; there is nothing to remember."""
        return memory, self.rise(after)


def _shrunk(quarter: Array, down: NDArray[np.intp], along: NDArray[np.intp]) -> Array:
    """Return resistances [K/W] so many lines away, 1/distance from the edge of a ``quarter`` block."""
    reach = quarter.shape[0] - 1, quarter.shape[1] - 1
    shrink = np.maximum(1.0, np.maximum(down / max(reach[0], 1), along / max(reach[1], 1)))
    near = [np.minimum(np.rint(a / shrink).astype(int), r) for a, r in zip((down, along), reach, strict=True)]
    return np.asarray(quarter[near[0], near[1]] / shrink)


def _continued(quarter: Array, down: NDArray[np.intp], along: NDArray[np.intp]) -> Array:
    """Return resistances [K/W] so many lines away, beyond a ``quarter`` block by its last ratios either way."""
    i, j = np.minimum(down, quarter.shape[0] - 1), np.minimum(along, quarter.shape[1] - 1)
    last = quarter[np.maximum(i - 1, 0), j], quarter[i, np.maximum(j - 1, 0)]
    here = quarter[i, j]
    ratios = [np.minimum(here, before) / np.maximum(before, np.finfo(float).tiny) for before in last]
    return np.asarray(here * ratios[0] ** (down - i) * ratios[1] ** (along - j))


@dataclass(frozen=True, eq=False)
class HeatingInTime:
    """The same with the time that heat takes: of a reduced ``network`` of all cells, row by row.

    Between the ends of a step the powers are taken as their mean.
    """

    network: ThermalNetwork
    own: bool = False

    def __post_init__(self) -> None:
        settle(
            self, "heat between cells", network=protocol("time_constants", "shapes", say="a ThermalNetwork")
        )

    def check(self, shape: tuple[int, int]) -> None:
        """Raise IncompatibleError unless it is of ``shape[0] * shape[1]`` cells."""
        if len(self.network.cells) != shape[0] * shape[1]:
            raise IncompatibleError(
                f"a thermal network of {len(self.network.cells)} cells for an array {shape}."
            )

    def risen(self, memory: Array | None, before: Array, after: Array, step: float) -> tuple[Array, Array]:
        """Return what is to be remembered, (cells, modes), and the rises [K] after a ``step`` [s] with these powers."""
        shapes, powers = self.network.shapes, 0.5 * (before + after).ravel()
        each = np.zeros(shapes.T.shape) if memory is None else memory
        share = -np.expm1(-step / self.network.time_constants)
        each = each + share * (shapes.T * powers[:, None] - each)  # the modes by the cell that drives them
        rise = each.sum(axis=0) @ shapes
        if not self.own:
            rise = rise - np.einsum("cm,mc->c", each, shapes)
        return each, rise.reshape(after.shape)


@dataclass(frozen=True, eq=False)
class Migration:
    """Of what a cell's ``state`` gains, its neighbours gain the ``shares``, an odd square with the cell in the middle.

    The middle of ``shares`` is 0; a share below 0 says that neighbours lose what the cell gains. At the ends of a state
    neighbours give and take no more.
    """

    state: str
    shares: Array
    lowest: float
    highest: float

    def __post_init__(self) -> None:
        settle(self, "ions between cells", shares=array)
        s = np.array(self.shares, dtype=float)
        if s.ndim != 2 or s.shape[0] % 2 == 0 or s.shape[1] % 2 == 0 or not np.isfinite(s).all():
            raise OutOfRangeError(
                "shares of neighbours", s.shape, "an odd number of rows and of columns, finite"
            )
        if s[s.shape[0] // 2, s.shape[1] // 2] != 0:
            raise OutOfRangeError("share of a cell in itself", s[s.shape[0] // 2, s.shape[1] // 2], "0")
        if not self.lowest < self.highest:
            raise OutOfRangeError("ends of a state", (self.lowest, self.highest), "one below the other")
        object.__setattr__(self, "shares", s)

    @classmethod
    def of_section(cls, crosstalk: xr.Dataset, state: str, lowest: float, highest: float) -> Migration:
        """Return what neighbours on a bit line take for each part that the written cell gains, after all pulses.

        ``crosstalk``: of ``studies.arrays.crosstalk.ionic_crosstalk``, with an odd number of word lines, the middle one
        written. The ``state`` of a model stands for the vacancies of its cell here: a first estimate, since what a
        vacancy does to the current of a neighbour that has no filament is another matter. Raises OutOfRangeError if the
        content of the written cell does not change.
        """
        content = crosstalk["content"].transpose("pulse", "cell").values
        moved = content[-1] - content[0]
        middle = moved.size // 2
        if moved.size % 2 == 0 or abs(moved[middle]) <= 1e-12 * abs(content[0, middle]):
            raise OutOfRangeError(
                "change of the written cell", float(moved[middle]), "one, in an odd number of cells"
            )
        shares = moved / moved[middle]
        shares[middle] = 0.0
        return cls(state, shares[:, None], lowest, highest)

    def check(self, cells: AnyCells) -> None:
        """Raise UnknownNameError unless the cells have the state."""
        cells.named(self.state)

    def moved(self, before: Array, after: Array) -> Array:
        """Return a state after a step with what the neighbours brought, all of the shape (rows, columns)."""
        gained = fftconvolve(after - before, self.shares, mode="same")
        return np.clip(after + gained, np.minimum(self.lowest, after), np.maximum(self.highest, after))
