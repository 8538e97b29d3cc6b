r"""Steady temperature: one assembled and preconditioned operator for many heat sources.

:math:`-\nabla\cdot(\kappa\nabla T) = H` in every region; at a heat sink T is given, or
:math:`\kappa\,\partial_n T = (T_{sink} - T)/R` with its boundary resistance R; other outer faces are
adiabatic. Heat into a sink is the residual's reaction there, never the integral of a gradient, so what
flows out is what was put in. Volume means and uniform sources are the same functional, so the thermal
resistances of an array are symmetric.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.contacts import HeatSink
from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.compilation import assembled, compiled
from fem.heat.field import TemperatureField
from fem.linear.held_operator import HeldOperator
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.mesh.ranks import collective
from fem.physics.heat.heat import check_sheets, conduction_form, transfer_form

Array = npt.NDArray[np.float64]
Conductor = Material | float  #: a material, or its thermal conductivity [W/(m K)]


class SteadyHeat:
    """Steady heat conduction in all regions of a mesh, ready for many sources.

    ``materials``: by region, a Material or a thermal conductivity [W/(m K)]; a conductivity that depends on
    temperature is taken at the mean temperature of the sinks. ``sinks``: HeatSink by contact name.
    ``degree`` of the elements: 1 or 2. ``many``: whether many sources follow, so that a factorisation pays. Powers are
    in W, or W/m, W/m² where the mesh lacks the rest.

    Raises UnknownNameError, OutOfRangeError or IncompatibleError.
    """

    @collective("SteadyHeat", "degree")
    def __init__(
        self,
        mesh: DeviceMesh,
        materials: Mapping[str, Conductor],
        sinks: Mapping[str, HeatSink],
        *,
        degree: int = 1,
        many: bool = False,
    ) -> None:
        from dolfinx import fem as dfem

        if degree not in (1, 2):
            raise OutOfRangeError("degree of the heat elements", degree, "1 or 2")
        _check_sinks(mesh, sinks)
        self.mesh, self.sinks, self.degree = mesh, dict(sinks), degree
        self.ambient = float(np.mean([sink.temperature for sink in sinks.values()]))
        self.conductivity = _conductivities(mesh, materials, self.ambient)
        self.space = dfem.functionspace(mesh.mesh, ("Lagrange", degree))
        size = 3 if mesh.axisymmetric else mesh.dim
        section = mesh.cross_section or 1.0  # units of volume, area, and volume over length squared, in SI
        self._volume, self._area, self._length = (mesh.unit ** (size - k) * section for k in range(3))
        self._radius = 2 * np.pi * ufl.SpatialCoordinate(mesh.mesh)[0] if mesh.axisymmetric else 1.0
        self._own = self.space.dofmap.index_map.size_local
        self._indicator = dfem.Function(dfem.functionspace(mesh.mesh, ("DG", 0)))
        v = ufl.TestFunction(self.space)
        self._load = compiled(self._indicator * self._radius * v * ufl.dx)
        self._means: dict[str, tuple[Array, float]] = {}
        self.held = self._held_dofs()
        self.transfers = self._transfer_vectors()
        self.conduction = self._conduction()
        self.operator = HeldOperator(
            compiled(self.conduction), self.space, self.fixed, name="the heat equation", many=many
        )
        self._base, self._base_reaction = self._without_source()

    @property
    def num_dofs(self) -> int:
        """Number of unknowns over all ranks."""
        return int(self.space.dofmap.index_map.size_global)

    @collective("SteadyHeat.solve", "powers")
    def solve(
        self,
        source: Mapping[str, float] | Any | None = None,
        *,
        powers: Mapping[str, float] | None = None,
    ) -> TemperatureField:
        """Return the temperature for a source, for powers, or for both together.

        ``source``: heat density [W/m³] by region or as a dolfinx Function; or a UFL form, linear in
        ``TestFunction(self.space)``, or an array over the dofs of this rank, each in W per dof.
        ``powers``: total power [W] by region, spread evenly over it.
        """
        if source is None and powers is None:
            raise IncompatibleError("solve() needs a source [W/m^3] or powers [W] by region.")
        load = np.zeros(self._own + self.space.dofmap.index_map.num_ghosts)
        for region, power in (powers or {}).items():
            load += _heat("power in region", region, power) * self.mean_of(region)[0]
        if isinstance(source, Mapping):
            for region, density in source.items():
                mean, volume = self.mean_of(region)
                load += _heat("heat density in region", region, density) * volume * mean
        elif source is not None:
            load += self._general_load(source)
        if not self.mesh.comm.allreduce(int(np.isfinite(load).all())) == self.mesh.comm.size:
            raise OutOfRangeError("heat source", "not finite", "finite everywhere")
        rise = self.operator.solved(load)
        return TemperatureField(
            problem=self,
            base=self._base,
            rise=rise,
            reaction=load - self.operator.applied(rise) + self._base_reaction,
            power=self.total(load),
        )

    def with_values(self, values: Array, load: Array, conducted: Array) -> TemperatureField:
        """Return nodal temperatures [K] found elsewhere as a field, with the heat per dof [W] that they hold.

        ``conducted``: what is conducted away from each node [W]; the load less that is the heat through a fixed
        sink there.
        """
        rise, reaction = values - self._base, load - conducted
        for name, vector in self.transfers.items():
            reaction = reaction - vector * (rise + (self._base - self.sinks[name].temperature))
        return TemperatureField(
            problem=self, base=self._base, rise=rise, reaction=reaction, power=self.total(load)
        )

    def total(self, load: Array) -> float:
        """Return the sum of an array over all dofs of all ranks."""
        return float(self.mesh.comm.allreduce(load[: self._own].sum()))

    @collective("volume", "region")
    def volume(self, region: str) -> float:
        """Return the volume of a region [m³, or m², m where the mesh lacks the rest]."""
        return self.mean_of(region)[1]

    @collective("mean temperature", "region")
    def mean(self, region: str, values: Array) -> float:
        """Return the volume mean of nodal ``values`` over a region."""
        return self.total(self.mean_of(region)[0] * values)

    def mean_of(self, region: str) -> tuple[Array, float]:
        """Return the vector of a region's volume mean, shape (dofs,), and the region's volume."""
        if region not in self._means:
            self.mesh.require("region", region)
            self._indicator.x.array[:] = self.mesh.cell_region == self.mesh.regions[region]
            vector = assembled(self._load)
            size = self.total(vector)
            self._means[region] = vector / size, size * self._volume
        return self._means[region]

    def _general_load(self, source: Any) -> Array:
        """Return the load [W] of a Function, a form or an array."""
        from dolfinx import fem as dfem

        if isinstance(source, np.ndarray):
            if source.shape != (self._own + self.space.dofmap.index_map.num_ghosts,):
                raise OutOfRangeError(
                    "shape of the heat load", source.shape, "one value per dof of this rank"
                )
            return source
        if isinstance(source, ufl.Form):
            return assembled(compiled(source))
        if not isinstance(source, dfem.Function):
            raise IncompatibleError(
                f"heat source is {source!r}; it must be a mapping by region, a Function, a form or an array."
            )
        form = compiled(source * self._radius * ufl.TestFunction(self.space) * ufl.dx)
        return self._volume * assembled(form)

    def _held_dofs(self) -> dict[str, npt.NDArray[np.int32]]:
        """Return the dofs of each sink without resistance; shared ones belong to the first."""
        from dolfinx import fem as dfem

        found: dict[str, npt.NDArray[np.int32]] = {}
        taken = np.empty(0, dtype=np.int32)
        for name, sink in self.sinks.items():
            if sink.resistance is None:
                facets = self.mesh.facets(name)
                dofs = dfem.locate_dofs_topological(self.space, self.mesh.dim - 1, facets)
                found[name] = np.setdiff1d(dofs, taken).astype(np.int32)
                taken = np.union1d(taken, dofs).astype(np.int32)
        self.fixed = taken
        return found

    def _facet_measure(self, names: Sequence[str]) -> Any:
        from dolfinx import fem as dfem

        topology, kind = self.mesh.mesh.topology, dfem.IntegralType.exterior_facet
        groups = [
            (k, dfem.compute_integration_domains(kind, topology, self.mesh.facets(name)).ravel())
            for k, name in enumerate(names)
        ]
        return ufl.Measure("ds", domain=self.mesh.mesh, subdomain_data=groups)

    def _transfer(self, sink: str) -> Any:
        """Return the scaled 1/R of a sink's boundary resistance R."""
        from dolfinx import fem as dfem

        return dfem.Constant(self.mesh.mesh, self._area / float(self.sinks[sink].resistance or 1.0))

    def _transfer_vectors(self) -> dict[str, Array]:
        """Return, for each sink with resistance, the vector whose product with T - T_sink is its heat."""

        names = [name for name, sink in self.sinks.items() if sink.resistance is not None]
        ds, v = self._facet_measure(names), ufl.TestFunction(self.space)
        found = {}
        for k, name in enumerate(names):
            found[name] = assembled(compiled(self._transfer(name) * self._radius * v * ds(k)))
        return found

    def by_region(self, table: Mapping[str, float]) -> Any:
        """Return a dolfinx Function that has the value of each region in ``table`` on all its cells."""
        from dolfinx import fem as dfem

        found = dfem.Function(self._indicator.function_space)
        values = np.zeros(max(self.mesh.regions.values()) + 1)
        for region, tag in self.mesh.regions.items():
            values[tag] = table[region]
        found.x.array[:] = values[self.mesh.cell_region]
        return found

    def _conduction(self) -> Any:
        """Return the form of the operator [W/K]: conduction, and transfer into sinks with a resistance."""
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        kappa = self.by_region({name: value * self._length for name, value in self.conductivity.items()})
        form = conduction_form(kappa, self._radius, u, v, ufl.dx)
        ds = self._facet_measure(list(self.transfers))
        for k, name in enumerate(self.transfers):
            form += transfer_form(self._transfer(name), self._radius, u, v, ds(k))
        return form

    def storage_form(self, capacity: Mapping[str, float]) -> Any:
        """Return the form of the heat [J/K] that is stored with a heat capacity [J/(m³ K)] by region."""
        u, v = ufl.TrialFunction(self.space), ufl.TestFunction(self.space)
        table = {name: capacity[name] * self._volume for name in self.mesh.regions}
        return self.by_region(table) * self._radius * u * v * ufl.dx

    def _without_source(self) -> tuple[Array, Array]:
        """Return temperature and reaction without any source: the sinks' own temperatures."""
        base = np.zeros(self._own + self.space.dofmap.index_map.num_ghosts)
        load = np.zeros_like(base)
        if len({sink.temperature for sink in self.sinks.values()}) > 1:
            for name, dofs in self.held.items():
                base[dofs] = self.sinks[name].temperature - self.ambient
            for name, vector in self.transfers.items():
                load += vector * (self.sinks[name].temperature - self.ambient)
            base += self.operator.solved(load - self.operator.applied(base))
        return self.ambient + base, load - self.operator.applied(base)


def _check_sinks(mesh: DeviceMesh, sinks: Mapping[str, HeatSink]) -> None:
    if not sinks:
        raise IncompatibleError(
            "the heat equation has no heat sink; give at least one, or its heat stays in."
        )
    for name, sink in sinks.items():
        mesh.require("contact", name)
        if not isinstance(sink, HeatSink):
            raise IncompatibleError(f"heat sink {name!r} is {sink!r}, which is no HeatSink.")
    check_sheets(mesh, sinks)


def _conductivities(
    mesh: DeviceMesh, materials: Mapping[str, Conductor], temperature: float
) -> dict[str, float]:
    """Return the thermal conductivity of each region [W/(m K)]."""
    for region in materials:
        mesh.require("region", region)
    found = {}
    for region in mesh.regions:
        if region not in materials:
            raise IncompatibleError(
                f"region {region!r} has no thermal conductivity; materials are given for {sorted(materials)}."
            )
        given = materials[region]
        if isinstance(given, Material):
            datum = given.require("thermal_conductivity", f"the heat equation in region {region!r}")
            given = datum.si(temperature)
        if not (np.isfinite(given) and given > 0):
            raise OutOfRangeError(
                f"thermal conductivity of {region!r} [W/(m K)]", given, "positive and finite"
            )
        found[region] = float(given)
    return found


def _heat(thing: str, region: str, value: float) -> float:
    if not (np.isfinite(value) and value >= 0):
        raise OutOfRangeError(f"{thing} {region!r}", value, "finite and zero or positive")
    return float(value)
