"""Products of a vector of voltages and the conductances of an array, and how far lines and laws of cells bend them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError
from fem.errors.arguments import checked
from fem.errors.checking import instance, not_negative, optional, positive
from studies.arrays.cell_array import ArrayState, CellArray


@checked(
    array=instance(CellArray), state=instance(ArrayState), read_voltage=positive, noise=not_negative,
    random=optional(instance(np.random.Generator)),
)  # fmt: skip
def multiply(
    array: CellArray,
    state: ArrayState,
    inputs: ArrayLike,
    *,
    read_voltage: float,
    noise: float = 0.0,
    random: np.random.Generator | None = None,
) -> xr.Dataset:
    """Return the currents of all bit lines at 0 V for word lines at ``inputs`` [V], shape (vectors, rows).

    Over "vector" and "column": ``current`` [A]; ``ideal`` [A], the product with the cells' conductances at
    ``read_voltage`` [V], without lines; ``error`` [1], their difference over the largest ideal current, 0 without a
    voltage. ``noise``: standard deviation of a current relative to it, drawn from ``random``. No state moves.
    """
    vectors = np.atleast_2d(np.asarray(inputs, dtype=float))
    rows, columns = array.shape
    if vectors.shape[1] != rows or not np.isfinite(vectors).all():
        raise IncompatibleError(f"inputs are (vectors, {rows}) finite voltages, not {vectors.shape}.")
    array = array.selecting(np.arange(rows))
    conductance = array.currents(state, np.full(array.shape, read_voltage)) / read_voltage
    found, last = np.empty((len(vectors), columns)), None
    for k, vector in enumerate(vectors):
        _, last = array.point(state, vector, np.zeros(columns), start=last)
        found[k] = last.cell.sum(axis=0)
    if noise:
        random = np.random.default_rng() if random is None else random
        found *= 1.0 + noise * random.standard_normal(found.shape)
    ideal = vectors @ conductance
    largest = float(np.abs(ideal).max())
    error = (found - ideal) / largest if largest > 0 else found - ideal
    both = ("vector", "column")
    return xr.Dataset({
        "current": (both, found, {"units": "A", "long_name": "current out of the bit line"}),
        "ideal": (both, ideal, {"units": "A", "long_name": "product with the cells' conductances"}),
        "error": (both, error, {"units": "1", "long_name": "error over the largest ideal current"}),
    })  # fmt: skip
