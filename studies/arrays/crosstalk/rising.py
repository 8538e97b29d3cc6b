r"""Temperatures of the cells in time, as a network of few modes.

.. math:: \Delta T_i(t) = \sum_j \sum_k b_{ki} b_{kj}\,(1 - e^{-t/\tau_k})\,P_j,\qquad
          R_{ij} = \sum_k b_{ki} b_{kj}

for powers :math:`P_j` [W] that are switched on at time 0. Every term is a resistor of 1 Ohm beside a capacitor of
:math:`\tau_k` farad behind ideal transformers of the ratios :math:`b_{ki}`, so that the network is passive and
reciprocal whatever the b, as long as all :math:`\tau_k` are positive (Foster's form of an RC multiport; B. D. O.
Anderson and S. Vongpanitlerd, Network Analysis and Synthesis, Prentice-Hall, 1973).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fem.errors import OutOfRangeError, UnknownNameError
from studies.results.files import read_stamped, write_stamped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
_KIND = "thermal network"
_BISECTIONS = 60


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ThermalNetwork:
    """A reduced network of the mean rises of cells.

    ``cells``: their names; ``time_constants`` [s], shape (modes,), falling; ``shapes`` [(K/W)^(1/2)], shape
    (modes, cells); ``about``: how it was made.

    Raises OutOfRangeError for a time constant that is not positive, or arrays of other shapes.
    """

    cells: tuple[str, ...]
    time_constants: Array
    shapes: Array
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted = (self.time_constants.size, len(self.cells))
        if self.shapes.shape != wanted:
            raise OutOfRangeError("shape of the modes of a thermal network", self.shapes.shape, str(wanted))
        if not (np.isfinite(self.time_constants).all() and (self.time_constants > 0).all()):
            raise OutOfRangeError("time constants of a thermal network [s]", self.time_constants, "positive")

    def __repr__(self) -> str:
        least, most = self.time_constants.min(), self.time_constants.max()
        modes = self.time_constants.size
        return f"ThermalNetwork({len(self.cells)} cells, {modes} modes of {least:.3g} to {most:.3g} s)"

    @property
    def resistance(self) -> Array:
        """Steady mean rise of cell i per power in cell j [K/W], shape (cells, cells)."""
        return self.shapes.T @ self.shapes

    @property
    def mean_times(self) -> Array:
        r"""First moment :math:`\int (1 - \Delta T_{ij}(t)/\Delta T_{ij}(\infty))\,dt` [s] of each pair (W. C. Elmore,
        J. Appl. Phys. 19, 55, 1948), shape (cells, cells)."""
        return (self.shapes.T * self.time_constants) @ self.shapes / self.resistance

    def step_response(self, times: npt.ArrayLike) -> Array:
        """Return the rises [K/W] at ``times`` [s] after a power is switched on, shape (times, cells, sources)."""
        time = np.atleast_1d(np.asarray(times, dtype=float))
        share = -np.expm1(-time[:, None] / self.time_constants)
        return np.einsum("tk,ki,kj->tij", share, self.shapes, self.shapes, optimize=True)

    def impedance(self, frequencies: npt.ArrayLike) -> npt.NDArray[np.complex128]:
        """Return the complex rise per power [K/W] at ``frequencies`` [Hz], shape (frequencies, cells, sources)."""
        omega = 2 * np.pi * np.atleast_1d(np.asarray(frequencies, dtype=float))
        share = 1 / (1 + 1j * omega[:, None] * self.time_constants)
        return np.einsum("tk,ki,kj->tij", share, self.shapes, self.shapes, optimize=True)

    def rise_times(self, share: float = 1 - np.exp(-1.0)) -> Array:
        """Return when each pair has reached a ``share`` of its steady rise [s], shape (cells, sources)."""
        if not 0 < share < 1:
            raise OutOfRangeError("share of the steady rise", share, "between 0 and 1")
        wanted = share * self.resistance
        low = np.full_like(wanted, np.log(1e-9 * self.time_constants.min()))
        high = np.full_like(wanted, np.log(1e3 * self.time_constants.max()))
        for _ in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            grown = -np.expm1(-np.exp(middle)[:, :, None] / self.time_constants)
            reached = np.einsum("ijk,ki,kj->ij", grown, self.shapes, self.shapes) >= wanted
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.asarray(np.exp(high))

    def heating(self) -> CellHeat:
        """Return the cells' heat from now on, all at the temperature of the sink."""
        return CellHeat(self)

    def to_dataset(self) -> xr.Dataset:
        """Return the network with its steady resistances and rise times, labelled and with units."""
        pair = ("cell", "source")
        data = {
            "time_constant": ("mode", self.time_constants, {"units": "s"}),
            "shape": (("mode", "cell"), self.shapes, {"units": "(K/W)^(1/2)"}),
            "thermal_resistance": (pair, self.resistance, {"units": "K/W"}),
            "rise_time": (pair, self.rise_times(), {"units": "s", "long_name": "time of 63.2 % of the rise"}),
            "mean_time": (pair, self.mean_times, {"units": "s", "long_name": "first moment of the rise"}),
        }
        names = list(self.cells)
        return xr.Dataset(data, coords={"cell": names, "source": names}, attrs=dict(self.about))

    def save(self, path: str | Path) -> Path:
        """Return the path of the netCDF-4 file written."""
        return Path(write_stamped(self.to_dataset(), path, _KIND))

    @classmethod
    def load(cls, path: str | Path) -> ThermalNetwork:
        """Return the network in a file; raises IncompatibleError if it is damaged or another."""
        data = read_stamped(path, _KIND)
        return cls(
            cells=tuple(map(str, data["cell"].values)),
            time_constants=data["time_constant"].values,
            shapes=data["shape"].values,
            about=dict(data.attrs),
        )

    def plot(self, source: str | None = None, ax: Axes | None = None) -> Axes:
        """Return axes with the rise of every cell in time, a watt being switched on in ``source``."""
        import matplotlib.pyplot as plt

        if source is not None and source not in self.cells:
            raise UnknownNameError("cell", source, self.cells)
        ax = ax or plt.subplots(layout="constrained")[1]
        j = len(self.cells) // 2 if source is None else self.cells.index(source)
        least, most = np.log10([0.1 * self.time_constants.min(), 10 * self.time_constants.max()])
        times = np.logspace(least, most, 200)
        ax.loglog(times, self.step_response(times)[:, :, j], label=self.cells)
        ax.set(xlabel="time [s]", ylabel=f"rise per power in {self.cells[j]} [K/W]")
        ax.set_ylim(bottom=1e-3 * self.resistance[j].min())
        if len(self.cells) <= 10:
            ax.legend(fontsize="small")
        return ax


class CellHeat:
    """The heat in the cells of an array while time goes on.

    ``network``: which cells and how they heat one another; ``modes``: its state, shape (modes,).

    Example:
        >>> one = ThermalNetwork(cells=("a",), time_constants=np.array([1e-9]), shapes=np.array([[1e3]]))
        >>> heat = one.heating()
        >>> [round(float(heat.step([1e-6], 1e-9)[0]), 3) for _ in range(3)]
        [0.632, 0.865, 0.95]
    """

    def __init__(self, network: ThermalNetwork) -> None:
        self.network = network
        self.modes = np.zeros(network.time_constants.size)

    @property
    def rises(self) -> Array:
        """Mean rise of each cell now [K], shape (cells,)."""
        return self.network.shapes.T @ self.modes

    def step(self, powers: npt.ArrayLike, dt: float) -> Array:
        """Return the rises [K], shape (cells,), after ``powers`` [W], shape (cells,), for a time ``dt`` [s].

        Exact for powers that are constant within the step, of whatever length. Raises OutOfRangeError.
        """
        driven = np.asarray(powers, dtype=float)
        if driven.shape != (len(self.network.cells),):
            raise OutOfRangeError("shape of the powers", driven.shape, f"({len(self.network.cells)},)")
        if not dt >= 0:
            raise OutOfRangeError("time step [s]", dt, "zero or positive")
        share = -np.expm1(-dt / self.network.time_constants)
        self.modes = self.modes + share * (self.network.shapes @ driven - self.modes)
        return self.rises
