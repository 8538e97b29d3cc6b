r"""Closed parts: semiconductors that no contact gives carriers or takes them from, whose charge stays what it was.

Between insulators, blocking contacts and gates, recombination makes and takes electrons and holes in pairs. Without
rates the equations hold for every charge :math:`\int\rho` of such a part: Newton's method ends with one that rounding
has chosen. That of the start is the right one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.contacts import BlockingContact, FloatingGate, GateContact
from fem.errors import ConvergenceError
from fem.forms.compilation import assembled, compiled
from fem.forms.islands import island_of_nodes

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
_SAME = 1e-6  # change of a charge, relative to all electrons and holes of the part
_FLOOR = 1e-14  # of the largest density of the device: carriers that Newton's method does not solve for
_SHUT = BlockingContact | GateContact | FloatingGate  # for carriers


class ClosedParts:
    """The closed parts of a device: none where ions are exchanged.

    Not closed is what charge tunnels into, from a floating gate. Collective.
    """

    def __init__(self, device: Device) -> None:
        context, self._comm = device.context, device.mesh.comm
        self._context = context
        carriers = [f for f in context.fields if f.name in ("electron", "hole")]
        self._columns = [context.index(f.name) for f in carriers]
        self._owned = context.scalar_space.dofmap.index_map.size_local
        self._part, self.count = np.full(self._owned, -1), 0
        if not carriers or device.neutral or any(t.exchanges for t in context.terms):
            return
        regions = tuple(dict.fromkeys(r for f in carriers for r in f.regions))
        nodes, count = island_of_nodes(context, regions)
        supplied = [e.nodes for e in device.electrodes if not isinstance(e.contact, _SHUT)]
        supplied += [_nodes_of(context, region) for term in context.terms for region in term.supplies]
        touched = np.zeros(count)
        for where in supplied:
            found = nodes[where]
            touched[found[found >= 0]] = 1.0
        closed = np.flatnonzero(self._sum(touched) == 0)
        self.count = closed.size
        names = np.full(count + 1, -1)  # the last one: of nodes in no island
        names[closed] = np.arange(closed.size)
        self._part = names[nodes[: self._owned]]
        if self.count:
            self._make(device, regions)

    def _make(self, device: Device, regions: tuple[str, ...]) -> None:
        """Compile what is measured."""

        context, v = self._context, ufl.TestFunction(self._context.scalar_space)
        calculus, inside = context.calculus, context.indicator(regions)
        charge = calculus.lump(lambda i: inside * sum(t.charge(context, i) for t in context.terms), v)
        self._charge = compiled(charge + sum(t.charge_form(context, v) for t in context.terms))
        names = [context.fields[k].name for k in self._columns]
        both = calculus.lump(
            lambda i: inside * sum(context.ratio(n)() * calculus.at(context.field(n), i) for n in names),
            v,
        )
        self._both, self._volume = compiled(both), compiled(calculus.lump(lambda _: inside, v))

    def charges(self) -> Array:
        """Return the charge of each part at the present unknowns and, below, what counts as none, scaled."""
        from mpi4py import MPI

        if not self.count:
            return np.zeros((2, 0))
        values = np.abs(self._context.unknown.x.array.reshape(-1, self._context.block_size)[:, self._columns])
        top = self._comm.allreduce(float(values.max(initial=0.0)), op=MPI.MAX)
        none = _SAME * np.abs(self._sums(self._both)) + _FLOOR * top * self._sums(self._volume)
        return np.array([self._sums(self._charge), none])

    def changed(self, before: Array) -> float:
        """Return the largest change of a charge since ``before``, relative to what counts as none."""
        now = self.charges()
        part = np.abs(now[0] - before[0]) / np.maximum(now[1], before[1])
        return float(part.max(initial=0.0))

    def require(self, before: Array, start: State, target: Mapping[str, float]) -> None:
        """Raise ConvergenceError if a charge is another one than ``before``, at ``start``."""
        change = self.changed(before)
        if not change <= 1:
            raise ConvergenceError(
                f"no steady state found at {dict(target)} with the charge that was there before in a part of the "
                f"device that no contact gives carriers: it has changed by {change:.3g} times what counts as none",
                last_good=start,
            )

    def _sums(self, form: Any) -> Array:
        """Return the integral of a form over each part."""
        mine = self._part >= 0
        found = np.bincount(self._part[mine], assembled(form)[: self._owned][mine], minlength=self.count)
        return self._sum(found)

    def _sum(self, values: Array) -> Array:
        total: Array = self._comm.allreduce(values)
        return total


def _nodes_of(context: Context, region: str) -> npt.NDArray[np.int32]:
    """Return the nodes of a region that this rank has."""
    found = np.unique(context.scalar_space.dofmap.list[context.setting.mesh.cells(region)])
    return found.astype(np.int32)
