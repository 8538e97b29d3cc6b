r"""Weights of terminal currents: 1 on one contact, 0 on the others, :math:`\nabla\cdot(c\nabla w)=0` between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.forms.compilation import compiled
from fem.linear.solvers import LINE, krylov_solver, potential_options

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.electrodes import Electrode

Array = npt.NDArray[np.float64]


def put_weight(device: Device, function: Any, values: Array) -> None:
    """Put the weight of a terminal current into its function, and its values on floating gates to where these are."""
    from mpi4py import MPI

    function.x.array[:] = values
    for gate in (e for e in device.electrodes if e.floating):
        own = float(values[gate.nodes[0]]) if gate.nodes.size else -np.inf
        device.context.weight_on(gate.name).value = device.mesh.comm.allreduce(own, op=MPI.MAX)


class WeightEquation:
    """Solves for the weights of all electrodes with one bilinear form, assembled anew at each call."""

    def __init__(self, space: Any, electrodes: Sequence[Electrode], bilinear: Any) -> None:
        from dolfinx import fem as dfem

        self._space = space
        self._operator = compiled(bilinear)
        held = [e.nodes for e in electrodes]
        self._held = np.unique(np.concatenate(held)).astype(np.int32)
        self._bc = dfem.dirichletbc(dfem.Function(space), self._held)
        index_map = space.dofmap.index_map
        self._size = index_map.size_local
        self._units = np.zeros((len(held), index_map.size_local + index_map.num_ghosts))
        for unit, nodes in zip(self._units, held, strict=True):
            unit[nodes] = 1.0
        self._system: tuple[Any, Any, Any] | None = None
        self._singular = False

    def __call__(self) -> Array | None:
        """Return the weight of each electrode over the dofs of this rank, shape (electrodes, nodes).

        None where the equation is singular to round-off: a conducting island is cut off from all electrodes.
        """
        from petsc4py import PETSc

        if len(self._units) == 1:
            return np.ones_like(self._units)
        matrix, full, solver = self._assembled()
        b, x = matrix.createVecLeft(), matrix.createVecRight()
        self._singular = False
        try:
            found = [self._solved(full, solver, b, x, unit) for unit in self._units[:-1]]
        except PETSc.Error:  # MUMPS has no factors, and would not make others
            for item in self._system or ():
                item.destroy()
            self._system, self._singular = None, True
            return None
        finally:
            for item in (b, x):
                item.destroy()
        return np.array([*found, 1.0 - sum(found)])

    @property
    def matrix(self) -> Any:
        """The conductances of the edges as last assembled, PETSc's matrix; None where there was no solution."""
        return None if self._system is None else self._system[1]

    def conductances(self) -> Any:
        """Return ``matrix`` at the present unknowns, without a solution; None where the last one was none."""
        if not self._singular and len(self._units) > 1:
            self._assemble(self._created()[1], [])
        return self.matrix

    def _assembled(self) -> tuple[Any, Any, Any]:
        matrix, full, solver = self._created()
        self._assemble(matrix, [self._bc])
        self._assemble(full, [])
        solver.setOperators(matrix)
        return matrix, full, solver

    def _created(self) -> tuple[Any, Any, Any]:
        from dolfinx.fem import petsc as fpet

        if self._system is None:
            matrix, full = fpet.create_matrix(self._operator), fpet.create_matrix(self._operator)
            self._system = matrix, full, _solver(matrix, self._space.mesh.topology.dim)
        return self._system

    def _assemble(self, target: Any, conditions: list[Any]) -> None:
        from dolfinx.fem import petsc as fpet

        try:
            target.zeroEntries()
            fpet.assemble_matrix(target, self._operator, bcs=conditions)
            target.assemble()
        except BaseException:  # Ctrl-C leaves a matrix that PETSc does not take again
            self._system = None
            raise

    def _solved(self, full: Any, solver: Any, b: Any, x: Any, unit: Array) -> Array:
        """Return w with w = unit on all electrodes and the equation elsewhere."""
        from dolfinx import fem as dfem

        x.array[:] = unit[: self._size]
        full.mult(x, b)
        b.scale(-1.0)
        own = self._held[self._held < self._size]
        b.array[own] = unit[own]
        solver.solve(b, x)
        weight = dfem.Function(self._space)
        weight.x.array[: self._size] = np.clip(np.nan_to_num(x.array), 0.0, 1.0)
        weight.x.array[own] = unit[own]
        weight.x.scatter_forward()
        return weight.x.array.copy()


def _solver(matrix: Any, dim: int) -> Any:
    """Return a direct solver, in large 3D a loose iterative one: any weight is exact, a good one is quiet."""
    if dim == 1 and matrix.comm.size == 1:
        return krylov_solver(matrix, LINE | {"pc_factor_zeropivot": 1e-200})
    return krylov_solver(matrix, potential_options(dim, matrix.getSize()[0], matrix.comm.size, 1e-6))
