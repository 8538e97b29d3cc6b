r"""Terminal currents from the residual's own fluxes, never from the integral of a gradient.

The current into contact k is :math:`I_k = -\int J\cdot\nabla w_k` with the weight
:math:`w_k` = 1 on the contact and 0 on the others. The total current, displacement included, is free of
divergence in the discrete equations, so every such weight gives the same total; the one with
:math:`\nabla\cdot(\sigma\nabla w)=0` (σ the local conductivity) avoids the differences of large numbers in
which small currents drown.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import ufl

from fem.physics.carriers import density_ratio, mobility
from fem.poisson_boltzmann import _direct_solver

if TYPE_CHECKING:
    from fem.device import Device

_FLOOR = 1e-18  # smallest conductivity of the weight's equation, of the largest


class TerminalCurrents:
    """Evaluates the currents of all contacts of a device at its present unknowns."""

    def __init__(self, device: Device) -> None:
        from dolfinx import fem as dfem

        self.device: Device = weakref.proxy(device)  # the device keeps this, not the other way
        context = device.context
        self._weight = dfem.Function(context.scalar_space)
        forms = device.currents(self._weight)
        self.parts = tuple(forms)
        self._forms = [dfem.form(f) for f in forms.values()]
        self._floor = context.constant(1.0)
        trial, test = ufl.TrialFunction(context.scalar_space), ufl.TestFunction(context.scalar_space)
        self._operator = dfem.form(self._weight_form(trial, test))
        self._held = [e.nodes for e in device.electrodes]
        self._all = np.unique(np.concatenate(self._held)).astype(np.int32)
        self._zero = dfem.Function(context.scalar_space)
        self._bc = dfem.dirichletbc(self._zero, self._all)
        self._unit = [_indicator(context.scalar_space, nodes) for nodes in self._held]
        self._matrix: Any = None

    def _weight_form(self, trial: Any, test: Any) -> Any:
        """Return the form of ∇·(σ∇w) with the conductivity of carriers at the vertices."""
        context, c = self.device.context, self.device.context.calculus
        carriers = [n for n in ("electron", "hole") if n in context.names]

        def conductivity(i: int) -> Any:
            return self._floor + sum(
                mobility(context, s) * density_ratio(context, s) * c.at(context.field(s), i) for s in carriers
            )

        form = 0
        for i, j in c.edges:
            middle = ufl.sqrt(conductivity(i) * conductivity(j))
            form += c.weight(i, j) * middle * c.delta(trial, i, j) * c.delta(test, i, j)
        return form * c.measure

    def __call__(self) -> dict[str, dict[str, float]]:
        """Return ``currents[contact][part]`` with "total", in the unit of ``current_unit``."""
        from dolfinx import fem as dfem

        comm, scale = self.device.mesh.comm, current_scale(self.device)
        found: dict[str, dict[str, float]] = {}
        for electrode, weight in zip(self.device.electrodes, self._weights(), strict=True):
            self._weight.x.array[:] = weight
            values = [comm.allreduce(dfem.assemble_scalar(f)) * scale for f in self._forms]
            found[electrode.name] = dict(zip(self.parts, map(float, values), strict=True))
            found[electrode.name]["total"] = float(sum(values))
        return found

    def _weights(self) -> list[Any]:
        """Return the weight of each electrode over the scalar dofs of this rank; they add up to 1."""
        if len(self._unit) == 1:
            return [np.ones_like(self._unit[0])]
        self._assemble()
        weights = [self._solve(unit) for unit in self._unit[:-1]]
        return [*weights, 1.0 - sum(weights)]

    def _assemble(self) -> None:
        from dolfinx.fem import petsc as fpet

        self._set_floor()
        if self._matrix is None:
            self._matrix = fpet.create_matrix(self._operator)
            self._full = fpet.create_matrix(self._operator)
            self._solver = _direct_solver(self._matrix)
            if self.device.mesh.dim == 1 and self.device.mesh.comm.size == 1:
                self._solver.getPC().setFactorSolverType("petsc")
                self._solver.getPC().setFactorPivot(zeropivot=1e-200)
            self._b, self._x = self._matrix.createVecLeft(), self._matrix.createVecRight()
        for matrix, bcs in ((self._matrix, [self._bc]), (self._full, [])):
            matrix.zeroEntries()
            fpet.assemble_matrix(matrix, self._operator, bcs=bcs)
            matrix.assemble()
        self._solver.setOperators(self._matrix)

    def _set_floor(self) -> None:
        """Insulators conduct a little, by the largest carrier density of the device."""
        from mpi4py import MPI

        context = self.device.context
        values = context.unknown.x.array.reshape(-1, context.block_size)
        index = [context.index(n) for n in ("electron", "hole") if n in context.names]
        top = float(values[:, index].max(initial=0.0)) if index else 0.0
        self._floor.value = _FLOOR * context.setting.mesh.comm.allreduce(top, op=MPI.MAX) or 1.0

    def _solve(self, unit: Any) -> Any:
        """Return w with w = unit on all electrodes and the weight's equation elsewhere."""
        from dolfinx import fem as dfem

        size = self._x.getLocalSize()
        self._x.array[:] = unit[:size]
        self._full.mult(self._x, self._b)
        self._b.scale(-1.0)
        own = self._all[self._all < size]
        self._b.array[own] = unit[own]
        self._solver.solve(self._b, self._x)
        weight = dfem.Function(self.device.context.scalar_space)
        weight.x.array[:size] = self._x.array
        weight.x.array[own] = unit[own]
        weight.x.scatter_forward()
        return weight.x.array.copy()


def _indicator(space: Any, nodes: Any) -> Any:
    values = np.zeros(space.dofmap.index_map.size_local + space.dofmap.index_map.num_ghosts)
    values[nodes] = 1.0
    return values


def current_scale(device: Device) -> float:
    """Return what one scaled unit of current is in the unit of ``current_unit``."""
    dim = device.mesh.dim if not device.mesh.axisymmetric else 3
    scale = device.scaling.current_density * device.scaling.length ** (dim - 1)
    return scale * (device.mesh.cross_section if device.mesh.cross_section is not None else 1.0)


def current_name(device: Device) -> str:
    """Return "current", "current_per_width" or "current_density": the key of ``FIELDS``."""
    if device.mesh.cross_section is not None or device.mesh.dim == 3 or device.mesh.axisymmetric:
        return "current"
    return "current_density" if device.mesh.dim == 1 else "current_per_width"


def current_unit(device: Device) -> str:
    """Return the SI unit of this device's currents."""
    from fem.fields import FIELDS

    return FIELDS[current_name(device)].unit
