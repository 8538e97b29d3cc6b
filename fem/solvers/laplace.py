r"""Charges and currents of electrodes in a medium that is linear: Maxwell's matrices.

:math:`\nabla\cdot(k\,\nabla\varphi) = 0` between electrodes that are each at one potential, with the permittivity k
[F/m] or the conductivity k [S/m]; nothing leaves through outer faces without an electrode. The charge or current of
electrode i per volt on electrode j, all others at 0 V, is

.. math:: M_{ij} = \int k\,\nabla\varphi_i\cdot\nabla\varphi_j

(J. C. Maxwell, A Treatise on Electricity and Magnetism, 1873, art. 87), so M is symmetric, its off-diagonal entries are
not positive, and its columns add up to zero: what leaves one electrode arrives at the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.compilation import compiled
from fem.linear.held_operator import HeldOperator, product
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.heat.heat import conduction_form

Array = npt.NDArray[np.float64]


class Laplace:
    """The potentials between electrodes of a mesh, one for each with 1 V on it and 0 V on the others.

    ``coefficient``: by region, permittivity [F/m] or conductivity [S/m], zero where nothing flows; regions of
    electrodes need none. ``electrodes``: by name, the regions and contacts that are at its potential. ``degree`` of
    the elements: 1 or 2. Matrices are per metre of depth, or per square metre, where the mesh lacks the rest.

    Raises UnknownNameError, OutOfRangeError or IncompatibleError.
    """

    def __init__(
        self,
        mesh: DeviceMesh,
        coefficient: Mapping[str, float],
        electrodes: Mapping[str, Sequence[str]],
        *,
        degree: int = 2,
    ) -> None:
        from dolfinx import fem as dfem

        if degree not in (1, 2):
            raise OutOfRangeError("degree of the elements of a potential", degree, "1 or 2")
        self.mesh, self.electrodes = mesh, {name: tuple(parts) for name, parts in electrodes.items()}
        self.coefficient = _coefficients(mesh, coefficient, self.electrodes)
        self.space = dfem.functionspace(mesh.mesh, ("Lagrange", degree))
        self._piecewise = dfem.functionspace(mesh.mesh, ("DG", 0))
        self._radius = 2 * np.pi * ufl.SpatialCoordinate(mesh.mesh)[0] if mesh.axisymmetric else 1.0
        size = 3 if mesh.axisymmetric else mesh.dim
        self._length = mesh.unit ** (size - 2) * (mesh.cross_section or 1.0)
        self._own = self.space.dofmap.index_map.size_local
        form = self._form({name: k * self._length for name, k in self.coefficient.items()})
        self._dofs = self._electrode_dofs()
        fixed = np.concatenate([*self._dofs.values(), self._untouched(form)])
        self._operator = HeldOperator(
            form, self.space, np.unique(fixed).astype(np.int32), name="a potential", many=True
        )
        self.potentials = {name: self._unit(dofs) for name, dofs in self._dofs.items()}

    @property
    def num_dofs(self) -> int:
        """Number of unknowns over all ranks."""
        return int(self.space.dofmap.index_map.size_global)

    @property
    def matrix(self) -> Array:
        """Maxwell's matrix [F or S], shape (electrodes, electrodes), in the order of ``electrodes``."""
        return self._products(self._operator.full)

    @property
    def charges(self) -> Array:
        """The same from the reactions of each electrode, symmetric only as far as the potentials are solved."""
        rows = [np.zeros(self._own) for _ in self._dofs]
        for row, dofs in zip(rows, self._dofs.values(), strict=True):
            row[dofs[dofs < self._own]] = 1.0
        flows = [self._operator.applied(u)[: self._own] for u in self.potentials.values()]
        return np.asarray(self.mesh.comm.allreduce(np.array(rows) @ np.array(flows).T))

    def mean_field_products(self, region: str) -> Array:
        """Return the mean of grad φi · grad φj over a region [1/m²], shape (electrodes, electrodes).

        With the voltages v of the electrodes, v·M·v is the mean square of the field [V²/m²].
        """
        from dolfinx import fem as dfem
        from dolfinx.fem import petsc as fpet

        self.mesh.require("region", region)
        table = dict.fromkeys(self.mesh.regions, 0.0) | {region: 1.0}
        matrix = fpet.assemble_matrix(self._form(table))
        matrix.assemble()
        found = self._products(matrix)
        matrix.destroy()
        form = compiled(self._by_region(table) * self._radius * ufl.dx)
        volume = self.mesh.comm.allreduce(float(np.real(dfem.assemble_scalar(form))))
        return found / (volume * self.mesh.unit**2)

    def potential(self, voltages: Mapping[str, float]) -> Any:
        """Return the potential for ``voltages`` [V] on electrodes, 0 V on all others, as a dolfinx Function [V]."""
        from dolfinx import fem as dfem

        found = dfem.Function(self.space, name="potential")
        for name, voltage in voltages.items():
            if name not in self.potentials:
                raise IncompatibleError(
                    f"{name!r} is no electrode of this potential: {list(self.potentials)}."
                )
            found.x.array[:] += voltage * self.potentials[name]
        return found

    def _products(self, matrix: Any) -> Array:
        fields = np.array([u[: self._own] for u in self.potentials.values()])
        flows = np.array([product(matrix, u)[: self._own] for u in self.potentials.values()])
        found = np.asarray(self.mesh.comm.allreduce(fields @ flows.T))
        return 0.5 * (found + found.T)

    def _by_region(self, table: Mapping[str, float]) -> Any:
        from dolfinx import fem as dfem

        found = dfem.Function(self._piecewise)
        values = np.zeros(max(self.mesh.regions.values()) + 1)
        for region, tag in self.mesh.regions.items():
            values[tag] = table[region]
        found.x.array[:] = values[self.mesh.cell_region]
        return found

    def _form(self, table: Mapping[str, float]) -> Any:
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        return compiled(conduction_form(self._by_region(table), self._radius, u, v, ufl.dx))

    def _electrode_dofs(self) -> dict[str, npt.NDArray[np.int32]]:
        """Return the dofs of each electrode; raises IncompatibleError where two touch."""
        from dolfinx import fem as dfem

        found: dict[str, npt.NDArray[np.int32]] = {}
        owner = np.full(self._own + self.space.dofmap.index_map.num_ghosts, -1)
        for k, (name, parts) in enumerate(self.electrodes.items()):
            dofs = [np.empty(0, dtype=np.int32)]
            for part in parts:
                of_region = part in self.mesh.regions
                dim = self.mesh.dim if of_region else self.mesh.dim - 1
                entities = self.mesh.cells(part) if of_region else self.mesh.facets(part)
                dofs.append(dfem.locate_dofs_topological(self.space, dim, entities))
            found[name] = np.unique(np.concatenate(dofs))
            if (met := owner[found[name]]).max(initial=-1) >= 0:
                other = list(self.electrodes)[met.max()]
                raise IncompatibleError(f"electrodes {name!r} and {other!r} touch: they are one electrode.")
            owner[found[name]] = k
        return found

    def _untouched(self, form: Any) -> npt.NDArray[np.int32]:
        """Return the dofs that only regions without a coefficient have."""
        from dolfinx import fem as dfem
        from dolfinx.fem import petsc as fpet

        if min(self.coefficient.values()) > 0:
            return np.empty(0, dtype=np.int32)
        matrix = fpet.assemble_matrix(form)
        matrix.assemble()
        diagonal = dfem.Function(self.space)
        diagonal.x.array[: self._own] = matrix.getDiagonal().array
        diagonal.x.scatter_forward()
        matrix.destroy()
        return np.flatnonzero(diagonal.x.array == 0).astype(np.int32)

    def _unit(self, dofs: npt.NDArray[np.int32]) -> Array:
        """Return the potential with 1 V on the electrode of these dofs."""
        lift = np.zeros(self._own + self.space.dofmap.index_map.num_ghosts)
        lift[dofs] = 1.0
        return lift + self._operator.solved(-self._operator.applied(lift))


def _coefficients(
    mesh: DeviceMesh, given: Mapping[str, float], electrodes: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Return the coefficient of each region, 0 in electrodes."""
    if len(electrodes) < 2:
        raise IncompatibleError("a potential needs two electrodes: between fewer nothing flows.")
    for name, parts in electrodes.items():
        for part in parts:
            if part not in mesh.contacts:
                mesh.require("region", part)
        if not parts:
            raise IncompatibleError(f"electrode {name!r} has no region and no contact.")
    metal = {part for parts in electrodes.values() for part in parts}
    found = {}
    for region in mesh.regions:
        value = 0.0 if region in metal else given.get(region)
        if value is None:
            raise IncompatibleError(f"region {region!r} has no coefficient, and is no electrode.")
        if not (np.isfinite(value) and value >= 0):
            raise OutOfRangeError(
                f"coefficient of {region!r} [F/m or S/m]", value, "zero or positive, finite"
            )
        found[region] = float(value)
    return found
