r"""The contents of conserved ions in tangents: each island has that which the mean density asks for.

The tangent system of ions that move in a steady state leaves the content of each island open. A long step keeps it but
for rounding, which grows with the step. So the answer v of the unknowns to ions that are given to an island is found
once, and what a change :math:`\delta u` lacks of a content is made up by :math:`\delta u + \alpha v` after each step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.device.device import Device
from fem.device.state import State
from fem.errors import IncompatibleError
from fem.forms.compilation import assembled, compiled
from fem.forms.islands import island_of_nodes
from fem.solvers.tangent import Tangent

Array = npt.NDArray[np.float64]
_SAME = 1e-6  # of a content


class ContentChanges:
    """The changes of the contents of one ion, in the column of its name, with each parameter of a tangent; collective.

    Raises IncompatibleError where the mean density changes and the state has another content.
    """

    def __init__(self, state: State, tangent: Tangent, column: int) -> None:
        device, context = state.device, state.device.context
        self._state, self._tangent, self._column = state, tangent, column
        self._comm, self._own = device.mesh.comm, context.scalar_space.dofmap.index_map.size_local
        name = context.names[column]
        self._nodes, self._count = island_of_nodes(context, context.fields[column].regions)
        lumped = _Lumped(device)
        self._volumes = lumped(context.indicator(context.fields[column].regions).x.array)
        term = next(t for t in context.terms if t.keeps_content and t.name == name)
        self._meant = self._sums(lumped(term.mean_function(context).x.array))
        tags = device.mesh.cell_region
        self._gained = np.array([self._sums(lumped(n.means[name][tags])) for n in tangent.numbers])
        self._kept = not any(name in other.exchanges for other in context.terms)
        content = self._contents(state.values[:, column])
        if self._kept and self._gained.any() and (np.abs(content - self._meant) > _SAME * self._meant).any():
            raise IncompatibleError(
                f"the content of {name} is not that of its mean density, whose change is asked for: what it had been "
                "given is not known."
            )
        self._answers = np.empty(0)
        self._shares = np.empty(0)

    def begin(self) -> Array:
        """Return changes in proportion to the density with the right contents, shape (parameters, nodes)."""
        share = (self._gained / self._meant)[:, np.maximum(self._nodes, 0)]
        return np.where(self._nodes < 0, 0.0, self._state.values[:, self._column] * share)

    def find_answers(self) -> None:
        """Find what all unknowns do as ions are given to an island, at the matrix as it is."""
        if not self._kept:
            return
        answers = []
        for island in range(self._count):
            given = np.zeros_like(self._state.values)
            density = self._state.values[:, self._column]
            given[:, self._column] = np.where(self._nodes == island, density, 0.0)
            answers.append(self._tangent.answer(given))
        self._answers = np.array(answers)
        self._shares = np.array([self._contents(a[:, self._column]) for a in answers])

    def restore(self, changes: Array) -> None:
        """Give changes of the unknowns, shape (parameters, nodes, unknowns), the contents that are asked for."""
        if self._kept:
            lack = self._gained - np.array([self._contents(c[:, self._column]) for c in changes])
            changes += np.tensordot(np.linalg.solve(self._shares.T, lack.T).T, self._answers, axes=1)

    def _contents(self, density: Array) -> Array:
        return self._sums(self._volumes * density[: self._own])

    def _sums(self, nodal: Array) -> Array:
        """Return the sums over the nodes of each island."""
        island = np.where(self._nodes < 0, self._count, self._nodes)[: self._own]
        own = np.bincount(island, nodal, minlength=self._count + 1)[: self._count]
        return np.asarray(self._comm.allreduce(own))


class _Lumped:
    """Integrates functions that are constant in cells, node by node of this rank."""

    def __init__(self, device: Device) -> None:
        from dolfinx import fem as dfem

        context = device.context
        self._function: Any = dfem.Function(context.piecewise)
        part, v = self._function, ufl.TestFunction(context.scalar_space)
        self._own = context.scalar_space.dofmap.index_map.size_local
        self._form = compiled(context.calculus.lump(lambda _: part, v))

    def __call__(self, values: Array) -> Array:
        self._function.x.array[:] = values
        return assembled(self._form)[: self._own]
