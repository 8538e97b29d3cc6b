"""The content of ions: that every island of their regions keeps what it had.

The equations conserve it exactly, Newton's method only as far as it has converged, and a linear solver as far
as it is exact. So it is measured after a solve by itself, and what is left of an error is given back as a shift
of the island's electrochemical potential, :math:`\\delta P \\propto P(1 - P/P_{max})`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.forms.compilation import assembled, compiled
from fem.forms.islands import island_of_nodes
from fem.forms.vacant_sites import VacantSites

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
_ROUNDING = 1e-13  # of a content


class IonContent:
    """The contents of all ion species on all islands of their regions."""

    def __init__(self, device: Device) -> None:
        self.context, self._comm = device.context, device.mesh.comm
        self._owned = self.context.scalar_space.dofmap.index_map.size_local
        self._sites = {k: VacantSites(self.context, k) for k, f in _ions(device) if f.upper_bound is not None}
        self._parts: list[tuple[int, Array, npt.NDArray[np.int64], int]] = []
        for k, field in _ions(device):
            nodes, count = island_of_nodes(device.context, field.regions)
            island = np.where(nodes < 0, 0, nodes)[: self._owned]
            self._parts.append((k, self._volumes(field.regions), island, count))

    def _volumes(self, regions: tuple[str, ...]) -> Array:
        """Return the volume of each node of this rank inside of the regions."""
        inside = self.context.indicator(regions)
        v = ufl.TestFunction(self.context.scalar_space)
        return assembled(compiled(self.context.calculus.lump(lambda _: inside, v)))[: self._owned]

    def error(self, values: Array) -> float:
        """Return the largest relative error of a content of ``values``, shape (nodes, unknowns)."""
        return _largest(self._gaps(values))

    def restore(self, values: Array, acceptable: float) -> float:
        """Correct ``values`` of this rank in place if their error is below ``acceptable``; return what it was.

        The ghosts are left to the caller.
        """
        gaps = self._gaps(values)
        found = _largest(gaps)
        if found < acceptable:
            self._give_back(values, gaps)
        return found

    def _give_back(self, values: Array, gaps: list[tuple[Array, Array, Any]]) -> None:
        for gap, content, part in gaps:
            k, volumes, island, count = part
            if not np.abs(gap).max() > _ROUNDING:
                continue
            density = values[: self._owned, k]
            sites = self._sites.get(k)
            slope = density * (sites.share(density) if sites is not None else 1.0)
            whole = self._sums(volumes * slope, island, count)
            step = slope * (gap * content / whole)[island]
            if sites is not None:
                sites.move(density, step)
                sites.scatter()
            values[: self._owned, k] = density - step

    def _gaps(self, values: Array) -> list[tuple[Array, Array, Any]]:
        """Return by species the relative errors and the contents of its islands."""
        now, before, older = self.context.ionic_formula
        if now == 0.0:
            return []
        bs, n = self.context.block_size, self._owned
        history = [f.x.array.reshape(-1, bs)[:n] for f in (self.context.previous, self.context.older)]
        found = []
        for part in self._parts:
            k, volumes, island, count = part
            wanted = -(before * history[0][:, k] + older * history[1][:, k]) / now
            content = self._sums(volumes * wanted, island, count)
            gap = self._sums(volumes * values[:n, k], island, count) - content
            found.append((gap / np.where(content > 0, content, 1.0), content, part))
        return found

    def _sums(self, nodal: Array, island: npt.NDArray[np.int64], count: int) -> Array:
        total: Array = self._comm.allreduce(np.bincount(island, nodal, minlength=count))
        return total


def _largest(gaps: list[tuple[Array, Array, Any]]) -> float:
    return max((float(np.abs(gap).max()) for gap, *_ in gaps), default=0.0)


def _ions(device: Device) -> list[tuple[int, Any]]:
    """Return the columns and fields of the ions that no term makes or takes (``exchanges``)."""
    exchanged = {name for term in device.context.terms for name in term.exchanges}
    return [(k, f) for k, f in enumerate(device.context.fields) if f.ionic and f.name not in exchanged]
