"""The balances of pockets of carriers, their derivatives and contents, as forms along the edges and at the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.device.dirichlet import cells_to_solve
from fem.forms.assembly import Assembly
from fem.forms.nodal_values import ALONG, EDGES
from fem.solvers.carrier_pockets import CarrierPocket, DeviceEquations

if TYPE_CHECKING:
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class PocketForms:
    """The balance of a pocket and its derivative by all unknowns, assembled along the edges.

    ``scales``: factors of the equations of the carriers, by column. Of both carriers it is the difference of theirs:
    what makes and takes pairs at a node (``Term.of_pairs``) is left out where both are in the pocket.
    """

    def __init__(self, problem: DeviceEquations, scales: Mapping[int, float]) -> None:
        from dolfinx import fem as dfem

        context, cells = problem.context, cells_to_solve(problem.device)
        self._context, self._scales = context, scales
        self._content: Assembly | None = None  # compiled when it is first asked for
        self._c = dfem.Function(context.space)
        self._space, self._comm = context.space, problem.device.mesh.comm
        self._size = context.block_size
        self._inside, self._alone = dfem.Function(context.space), dfem.Function(context.space)
        fluxes, pairs = _parted(context)
        balance = context.tested_with(fluxes, self._inside)
        if not pairs.empty():
            balance += context.tested_with(pairs, self._alone)
        self._value = Assembly(balance, context, cells)
        derivative = ufl.derivative(balance, context.unknown, ufl.TestFunction(context.space))
        self._row = Assembly(derivative, context, cells)

    def value(self, pocket: CarrierPocket) -> float:
        """Return F(χ)."""
        self._set(pocket)
        return float(self._comm.allreduce(self._value.value()))

    def row(self, pocket: CarrierPocket) -> Array:
        """Return c on this rank, ghosts at the end."""
        from dolfinx.la import InsertMode

        self._set(pocket)
        self._c.x.array[:] = 0.0
        self._row.add_to_vector(self._c.x.array)
        self._c.x.scatter_reverse(InsertMode.add)
        return np.array(self._c.x.array, dtype=np.float64)

    def change(self, pocket: CarrierPocket, start: Array) -> tuple[float, float, float]:
        """Return by how much the content has changed since the unknowns ``start``, of both carriers their difference.

        And all carriers at the nodes of the pocket, and of the device. Scaled as F(χ) times t0.
        """
        if self._content is None:
            self._content = Assembly(self._content_form(), self._context)
        unknown, chi = self._context.unknown.x.array, self._inside.x.array.reshape(-1, self._size)
        self._set(pocket)
        present, found = unknown.copy(), [self._content.value()]
        unknown[:] = start.ravel()
        found.append(self._content.value())
        unknown[:] = present
        nodes = (chi != 0).any(axis=1)
        for where in (nodes, np.ones_like(nodes)):
            chi[:] = 0.0
            for k, scale in self._scales.items():
                chi[where, k] = self._scales[pocket.column] / scale
            found.append(self._content.value())
        now, before, here, everywhere = (float(x) for x in self._comm.allreduce(np.array(found)))
        return abs(now - before), here, everywhere

    def _content_form(self) -> Any:
        """Return the form of the content, of each carrier with the factor of its equations."""
        return sum(self._content_of(k) for k in self._scales)

    def _content_of(self, k: int) -> Any:
        c, name = self._context, self._context.names[k]
        v = c.row_scale(name) * self._inside[k]
        return c.calculus.lump(lambda i: c.ratio(name)() * c.calculus.at(c.unknown[k], i), v)

    def dofs(self, pocket: CarrierPocket) -> Ints:
        """Return the places of the pocket's unknowns among those of this rank's own nodes."""
        return np.concatenate([self._mine(nodes) * self._size + k for k, nodes in pocket.nodes.items()])

    def _set(self, pocket: CarrierPocket) -> None:
        """Put χ into the functions of the forms."""
        both = np.empty(0, dtype=np.int64)
        if len(pocket.nodes) > 1:
            first, second = pocket.nodes.values()
            both = np.intersect1d(first, second, assume_unique=True)
        own = self._scales[pocket.column]
        for function, without in ((self._inside, both[:0]), (self._alone, both)):
            function.x.array[:] = 0.0
            for column, nodes in pocket.nodes.items():
                weight = 1.0 if column == pocket.column else -own / self._scales[column]
                self._put(function, column, np.setdiff1d(nodes, without, assume_unique=True), weight)
            function.x.scatter_forward()

    def _put(self, function: Any, column: int, nodes: Ints, value: float) -> None:
        function.x.array[self._mine(nodes) * self._size + column] = value

    def _mine(self, nodes: Ints) -> Ints:
        """Return those of the nodes that are this rank's own, counted from its first."""
        begin, end = self._space.dofmap.index_map.local_range
        return nodes[(nodes >= begin) & (nodes < end)] - begin


def _parted(context: Context) -> tuple[Any, Any]:
    """Return the residual of all terms without what makes and takes pairs at nodes, and that."""
    fluxes: list[Any] = []
    pairs: list[Any] = []
    for term in context.terms:
        form = term.residual(context)
        for integral in form.integrals() if isinstance(form, ufl.Form) else ():
            in_cells = integral.metadata().get(EDGES) in (True, ALONG)
            (pairs if term.of_pairs and not in_cells else fluxes).append(integral)
    return ufl.Form(fluxes), ufl.Form(pairs)
