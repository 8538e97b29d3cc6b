"""Reads of an array: every cell by a scheme, what of it is sneak current, and how much the lines take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import any_of, instance, not_negative, optional, text
from studies.arrays.cell_array import ArrayState, CellArray
from studies.arrays.kirchhoff import Point
from studies.arrays.schemes import Scheme, line_voltages, scheme_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


@checked(
    array=instance(CellArray), state=instance(ArrayState), scheme=any_of(text, instance(Scheme)), noise=not_negative,
    random=optional(instance(np.random.Generator)),
)  # fmt: skip
def read_all(
    array: CellArray,
    state: ArrayState,
    voltage: float,
    scheme: str | Scheme = "grounded",
    *,
    noise: float = 0.0,
    random: np.random.Generator | None = None,
) -> xr.Dataset:
    """Return what is read of every cell by a scheme at a ``voltage`` [V]; no state moves.

    Where unselected word and bit lines are at 0 V, as with "grounded", the cells of a row are read at once, else one
    after the other. ``noise``: standard deviation of a read relative to it, drawn from ``random``.

    Over "row" and "column": ``current`` [A] out of the cell's bit line, ``own_current`` [A] of the cell alone at the
    voltage, ``sneak_current`` [A] that the bit line brings beside the cell's, ``line_drop`` [1]: the part of the
    voltage that the lines and their drivers take, ``power`` [W] of the whole array.
    """
    if not np.isfinite(voltage) or voltage == 0:
        raise OutOfRangeError("read voltage [V]", voltage, "finite and not 0")
    found = scheme_of(scheme)
    shape, together = array.shape, found.words == found.bits == 0.0
    table = {name: np.empty(shape) for name in ("current", "sneak_current", "line_drop", "power")}
    last: Point | None = None
    for i in range(shape[0]):
        for j in range(1 if together else shape[1]):
            chosen = np.arange(shape[1]) if together else np.array([j])
            applied = line_voltages(found, shape, i, chosen, voltage)
            _, last = array.selecting(i).point(state, *applied, start=last)
            out = last.cell.sum(axis=0)
            into = last.cell.sum(axis=1)
            table["current"][i, chosen] = out[chosen]
            table["sneak_current"][i, chosen] = out[chosen] - last.cell[i, chosen]
            table["line_drop"][i, chosen] = 1.0 - last.across[i, chosen] / voltage
            power = float(np.nansum(applied[0] * into) - np.nansum(applied[1] * out))
            table["power"][i, chosen] = power
    if noise:
        random = np.random.default_rng() if random is None else random
        table["current"] *= 1.0 + noise * random.standard_normal(shape)
    table["own_current"] = array.selecting(np.arange(shape[0])).currents(state, np.full(shape, voltage))
    return _labelled(table, voltage, scheme if isinstance(scheme, str) else repr(scheme))


def _labelled(table: dict[str, Array], voltage: float, scheme: str) -> xr.Dataset:
    names = {
        "current": ("A", "current out of the bit line"), "own_current": ("A", "current of the cell alone"),
        "sneak_current": ("A", "current out of the bit line beside the cell's"),
        "line_drop": ("1", "part of the voltage that lines and drivers take"),
        "power": ("W", "power into the whole array"),
    }  # fmt: skip
    data = {
        k: (("row", "column"), v, {"units": names[k][0], "long_name": names[k][1]}) for k, v in table.items()
    }
    return xr.Dataset(data, attrs={"read_voltage": voltage, "scheme": scheme})


def decided(reads: xr.Dataset, threshold: float | None = None) -> xr.DataArray:
    """Return which cells a read calls low in resistance, True, by a ``threshold`` [A].

    Without one it is the current that parts the logarithms of all reads best (N. Otsu, IEEE Trans. Syst. Man Cybern. 9,
    62, 1979): what a reader without a reference can do.
    """
    current = np.abs(reads["current"].values)
    level = best_threshold(current) if threshold is None else threshold
    found = xr.DataArray(
        current > level, dims=("row", "column"), attrs={"threshold": level, "long_name": "read as low"}
    )
    return found.rename("bit")


def best_threshold(currents: Array) -> float:
    """Return the current [A] that parts the logarithms of currents into two groups of least variance."""
    x = np.sort(np.log(np.maximum(np.abs(np.ravel(currents)), 1e-300)))
    n = np.arange(1, x.size)
    sums = np.cumsum(x)
    between = n * (x.size - n) * (sums[:-1] / n - (sums[-1] - sums[:-1]) / (x.size - n)) ** 2
    k = int(np.argmax(between)) if x.size > 1 else 0
    return float(np.exp(0.5 * (x[k] + x[min(k + 1, x.size - 1)])))


def plot_map(values: xr.DataArray | ArrayLike, ax: Axes | None = None, *, log: bool = False) -> Axes:
    """Return axes with a map over rows and columns, of magnitudes by their logarithm with ``log``.

    ``values``: of a read, or plain ones (rows, columns), such as those of ``errors``; True and False have two colours.
    Raises IncompatibleError for another shape.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import MaxNLocator

    values = values if isinstance(values, xr.DataArray) else xr.DataArray(np.asarray(values))
    if values.ndim != 2:
        raise IncompatibleError(f"a map has (rows, columns); these values have the shape {values.shape}.")
    if values.dtype == bool:
        log = False

    axes = plt.subplots(layout="constrained")[1] if ax is None else ax
    shown = np.abs(values.values) if log else values.values
    image = axes.imshow(shown, norm=LogNorm() if log else None, cmap="viridis", interpolation="nearest")
    unit = values.attrs.get("units", "")
    label = (
        f"{values.attrs.get('long_name', values.name)} [{unit}]"
        if unit
        else str(values.attrs.get("long_name", ""))
    )
    bar = axes.figure.colorbar(image, ax=axes, label=label)
    if values.dtype == bool:
        image.set_clim(0, 1)
        bar.set_ticks([0, 1], labels=["False", "True"])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.set_xlabel("bit line")
    axes.set_ylabel("word line")
    return axes
