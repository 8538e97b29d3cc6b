"""What a physics term sees when it writes its equations: fields, test functions, coefficients.

``Setting`` is the description (mesh, material of each region, temperature); ``Context`` adds the
unknown vector of one assembled device. All numbers in a Context are scaled (see ``scaling``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import ELEMENTARY_CHARGE
from fem.forms.bands import CARRIERS
from fem.forms.control_volumes import control_volumes
from fem.forms.curves import curve_of, is_table
from fem.forms.edge_flux import EdgeCalculus, Expr
from fem.forms.edge_graph import Graph, graphs
from fem.forms.face_groups import FaceGroups, radius_share
from fem.forms.ohmic_level import OhmicLevel
from fem.forms.scaling import Scaling
from fem.forms.setting import DROP, ELECTROSTATIC, TEMPERATURE, Field, Setting
from fem.forms.temperature_law import TemperatureLaw, power_and_energy, slope_and_bend
from fem.materials.datum import Datum
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.mesh.kept import kept


def scalar_space(mesh: DeviceMesh) -> Any:
    """Return the space of continuous, piecewise linear functions."""
    from dolfinx import fem as dfem

    return dfem.functionspace(mesh.mesh, ("Lagrange", 1))


class Context:
    """The unknown vector of one device, split into named fields, with scaled coefficients."""

    def __init__(
        self,
        setting: Setting,
        scaling: Scaling,
        fields: Sequence[Field],
        *,
        terms: Sequence[Any] = (),
        face_groups: FaceGroups | None = None,
        electrodes: Sequence[Any] = (),
        space: Any = None,
    ) -> None:
        import basix.ufl
        from dolfinx import fem as dfem

        self.setting = setting
        self.scaling = scaling
        self.fields = tuple(fields)
        self.names = tuple(f.name for f in fields)
        self.drops = tuple(k for k, name in enumerate(self.names) if name.startswith(DROP))
        mesh = setting.mesh.mesh
        element = basix.ufl.element("Lagrange", mesh.basix_cell(), 1, shape=(max(len(fields), 2),))
        self.space = dfem.functionspace(mesh, element)
        self.scalar_space = space or scalar_space(setting.mesh)
        shares = kept(setting.mesh, "control volumes", control_volumes)
        self.calculus = EdgeCalculus(mesh, axisymmetric=setting.mesh.axisymmetric, shares=shares)
        self.terms = tuple(terms)
        self._face_groups = face_groups
        self.electrodes = {e.name: e for e in electrodes}  #: see ``fem.device.electrodes``
        self._radii: dict[str, Any] = {}
        self.piecewise = dfem.functionspace(mesh, ("DG", 0))
        self.unknown, self.previous, self.older = (dfem.Function(self.space) for _ in range(3))
        self._test = ufl.TestFunction(self.space)
        self._coefficients: dict[tuple[Any, ...], Any] = {}
        self._laws: dict[tuple[Any, ...], TemperatureLaw] = {}
        self._row_scales: dict[str, Any] = {}
        self._graphs: dict[bytes | None, tuple[Graph, Graph]] = {}
        self.face_pairs: dict[str, Any] = {}  #: by name, see ``fem.forms.face_pairs``
        self.edge_graphs: dict[
            str, Graph
        ] = {}  #: those between faces, by what their integrals are marked with
        self._gate_weights: dict[str, Any] = {}
        self._ion_levels: dict[str, Any] = {}
        self._vacancies: dict[str, tuple[Any, Any]] = {}
        self._bdf = {ionic: tuple(self.constant(0.0) for _ in range(3)) for ionic in (False, True)}
        self.ion_motion = self.constant(1.0)  #: 0 freezes all ions
        self.light = self.constant(1.0)  #: factor of all optical generation
        self.ohmic_level: OhmicLevel | None = None  #: where carriers at ohmic contacts follow the temperature
        self.switching = self.constant(
            1.0
        )  #: 0 holds what has a history (polarisation, decomposition) as it was

    @property
    def face_groups(self) -> FaceGroups:
        """The facets of the device's contacts and heat sinks."""
        assert self._face_groups is not None
        return self._face_groups

    def graphs(self, cells: npt.NDArray[np.int32] | None = None) -> tuple[Graph, Graph]:
        """Return the graphs of the edges and nodes of the ``cells`` of this rank, of all if None; made once."""
        key = None if cells is None else cells.tobytes()
        if key not in self._graphs:
            self._graphs[key] = graphs(self.setting.mesh, self.scalar_space.dofmap.list, cells)
        return self._graphs[key]

    def radius_on(self, face: str, measure: Any, *, inner: bool = False) -> Any:
        """Return 2πr at the nodes of a face of an axisymmetric mesh, else 1; made once per name."""
        if face not in self._radii:
            self._radii[face] = radius_share(self.setting.mesh, self.scalar_space, measure, inner=inner)
        return self._radii[face]

    @property
    def heating(self) -> tuple[Any, ...]:
        """The terms that give off heat: in a neutral film the first, whose current is the terminals', and contacts."""
        if not self.terms[0].neutral:
            return self.terms
        return (self.terms[0], *(term for term in self.terms if term.heats_contact))

    @property
    def block_size(self) -> int:
        """Unknowns per node."""
        return int(self.space.dofmap.index_map_bs)

    def index(self, name: str) -> int:
        """Return the position of a field in the unknown vector."""
        return self.names.index(name)

    def field(self, name: str) -> Expr:
        """Return the unknown of that name in UFL; the potential with its drop and rise at contacts."""
        return self.unknown[self.index(name)] if self.index(name) else self.potential()

    def potential(self, values: Expr = None) -> Expr:
        """Return the potential in the film, of a vector of unknowns, the present ones if None."""
        found = self.linear_potential(values)
        return found if self.ohmic_level is None else found + self.potential_rise(values)

    def linear_potential(self, values: Expr = None) -> Expr:
        """Return it without its rise at warm neutral contacts, which is no piecewise linear function."""
        values = self.unknown if values is None else values
        return values[0] - sum(values[k] for k in self.drops)

    def potential_rise(self, values: Expr = None) -> Expr:
        """Return what comes to the unknown potential at neutral contacts, 0 elsewhere (``fem.forms.ohmic_level``).

        ``values``: a vector of unknowns, the present ones if None.
        """
        if self.ohmic_level is None:
            return 0.0
        values = self.unknown if values is None else values
        return self.ohmic_level.rise(1 + values[self.index(TEMPERATURE)])

    def test(self, name: str) -> Expr:
        """Return the test function that belongs to the balance of ``name``."""
        v = self._test[self.index(name)]
        level = self.ohmic_level
        return v if level is None or name not in CARRIERS else level.free * v

    def row(self, name: str) -> Expr:
        """Return the test function of all rows of ``name``, those too that hold no balance of it."""
        return self._test[self.index(name)]

    def tested_with(self, form: Expr, function: Any) -> Expr:
        """Return a residual with a function of ``space`` in the place of its test function."""
        return ufl.replace(form, {self._test: function})

    @property
    def ion_potential(self) -> Expr:
        """The potential in which ions drift [kT/q]: the electrostatic one, which may be an unknown of its own."""
        return self.field(ELECTROSTATIC if ELECTROSTATIC in self.names else "potential")

    @property
    def has_temperature(self) -> bool:
        """Whether the temperature is an unknown; else all is at the ambient temperature."""
        return TEMPERATURE in self.names

    def warmth(self, i: int, values: Expr = None) -> Expr | None:
        """Return the temperature at local vertex i over the ambient one; None if it is no unknown.

        ``values``: a vector of unknowns, the present ones if None.
        """
        if not self.has_temperature:
            return None
        values = self.unknown if values is None else values
        return 1 + self.calculus.at(values[self.index(TEMPERATURE)], i)

    def edge_warmth(self, i: int, j: int) -> Expr | None:
        """Return the mean of the temperature along an edge over the ambient one; None if it is no unknown."""
        if not self.has_temperature:
            return None
        at, rise = self.calculus.at, self.field(TEMPERATURE)
        return 1 + (at(rise, i) + at(rise, j)) / 2

    def law(
        self,
        name: str,
        value: Callable[[str, Material, float], float],
        datum: Callable[[Material], Datum | None] | None = None,
    ) -> TemperatureLaw:
        """Return a coefficient ``value(region, material, temperature)`` as a law; made once per name and values.

        ``datum``: that of a material with which it goes, and which may be a table or a formula.
        """
        at, materials = self.setting.temperature, self.setting.materials
        warm = (1.0, 1.1) if self.has_temperature else (1.0,)
        key = (name, *(value(r, m, factor * at) for r, m in materials.items() for factor in warm))
        if key not in self._laws:
            shape = {
                r: (0.0, 0.0)
                if datum and is_table(datum(m))
                else power_and_energy(lambda t, r=r, m=m: value(r, m, at * t))  # type: ignore[misc]
                for r, m in (materials.items() if self.has_temperature else ())
            }
            parts = [
                self.by_region(f"{name}: {part}", lambda r, _, k=k: shape[r][k])  # type: ignore[misc]
                if any(numbers[k] for numbers in shape.values())
                else None
                for k, part in enumerate(("power", "energy"))
            ]
            here = self.by_region(name, lambda r, m: value(r, m, at))
            curve = (
                curve_of(name, value, datum, materials, at, self.by_region, shape)
                if datum and shape
                else None
            )
            self._laws[key] = TemperatureLaw(here, parts[0], parts[1], curve)
        return self._laws[key]

    def energy_law(self, name: str, value: Callable[[str, Material, float], float]) -> tuple[Any, Any]:
        """Return s and b of ``value(region, material, temperature)`` = v + s (θ - 1) + b θ ln θ with θ = T/T0.

        By region; None, None where it does not depend on the temperature anywhere.
        """
        at, materials = self.setting.temperature, self.setting.materials
        shape = {r: slope_and_bend(lambda t, r=r, m=m: value(r, m, at * t)) for r, m in materials.items()}  # type: ignore[misc]
        if not any(any(numbers) for numbers in shape.values()):
            return None, None
        slope, bend = (
            self.by_region(f"{name}: {part}", lambda r, _, k=k: shape[r][k])  # type: ignore[misc]
            for k, part in enumerate(("slope", "bend"))
        )
        return slope, bend

    def ratio(self, carrier: str) -> TemperatureLaw:
        """Return density over reduced density of a carrier, which follows the temperature at band offsets."""
        bands = self.setting.bands
        return self.law(f"{carrier} ratio", lambda _, m, t: bands.ratio(carrier, m, t))

    def rate(self, name: str, i: int) -> Expr:
        """Return the time derivative of ``name`` at local vertex i by the current BDF formula."""
        k, at = self.index(name), self.calculus.at
        return sum(c * at(values[k], i) for c, values in self.history(name))

    def history(self, name: str) -> list[tuple[Expr, Expr]]:
        """Return the coefficients of the current BDF formula for ``name`` with their vectors of unknowns."""
        vectors = (self.unknown, self.previous, self.older)
        return list(zip(self._bdf[self.fields[self.index(name)].ionic], vectors, strict=True))

    def row_scale(self, name: str) -> Any:
        """Return D0 over the largest diffusivity of a species: it scales its equation."""
        if name not in self._row_scales:
            largest = self.fields[self.index(name)].diffusivity
            self._row_scales[name] = self.constant(self.scaling.diffusivity / largest if largest else 1.0)
        return self._row_scales[name]

    def ion_level(self, name: str) -> Any:
        """Return the piecewise constant equilibrium level of an ion species [kT], one value per island."""
        from dolfinx import fem as dfem

        if name not in self._ion_levels:
            self._ion_levels[name] = dfem.Function(self.piecewise, name=f"{name} level")
        return self._ion_levels[name]

    def vacancy(self, name: str) -> tuple[Any, Any]:
        """Return -ln of the share of vacant sites of a species and the density it is of; see ``vacant_sites``."""
        from dolfinx import fem as dfem

        if name not in self._vacancies:
            self._vacancies[name] = dfem.Function(self.scalar_space), dfem.Function(self.scalar_space)
        return self._vacancies[name]

    def displacement_rate(self) -> Expr:
        """Return the time derivative of the potential by the carriers' BDF formula."""
        c = self._bdf[False]
        parts = zip(c, (self.unknown, self.previous, self.older), strict=True)
        return sum(factor * self.potential(values) for factor, values in parts)

    def set_time_formula(self, electronic: Sequence[float], ionic: Sequence[float]) -> None:
        """Set the coefficients of (u, u_previous, u_older) in scaled 1/time; zeros mean steady."""
        for constants, values in ((self._bdf[False], electronic), (self._bdf[True], ionic)):
            for constant, value in zip(constants, values, strict=True):
                constant.value = value

    @property
    def switches(self) -> tuple[Any, ...]:
        """The constants that a solve sets: light, motion of the ions, switching and both time formulas."""
        return (self.light, self.ion_motion, self.switching, *self._bdf[False], *self._bdf[True])

    @property
    def ionic_formula(self) -> tuple[float, float, float]:
        """The coefficients of the ions' rate; see ``set_time_formula``."""
        first, second, third = (float(c.value) for c in self._bdf[True])
        return first, second, third

    @property
    def steady(self) -> bool:
        """Whether the carriers' rates are zero; see ``set_time_formula``."""
        return float(self._bdf[False][0].value) == 0.0

    def weight_on(self, gate: str) -> Any:
        """Return the constant value that the weight of a terminal current has on a floating gate."""
        if gate not in self._gate_weights:
            self._gate_weights[gate] = self.constant(0.0)
        return self._gate_weights[gate]

    def constant(self, value: float) -> Any:
        """Return a dolfinx constant, so that its value is no part of the compiled form."""
        from dolfinx import fem as dfem

        return dfem.Constant(self.setting.mesh.mesh, np.float64(value))

    def by_region(self, name: str, value: Callable[[str, Material], float]) -> Any:
        """Return a piecewise constant function with ``value(region, material)``; made once per name and values."""
        from dolfinx import fem as dfem

        mesh, materials = self.setting.mesh, self.setting.materials
        values = {tag: value(region, materials[region]) for region, tag in mesh.regions.items()}
        key = (name, *values.values())
        if key not in self._coefficients:
            table = np.zeros(max(values) + 1)
            table[list(values)] = list(values.values())
            function = dfem.Function(self.piecewise, name=name)
            function.x.array[:] = table[mesh.cell_region]
            self._coefficients[key] = function
        return self._coefficients[key]

    def indicator(self, regions: Sequence[str]) -> Any:
        """Return the function that is 1 in ``regions`` and 0 elsewhere."""
        wanted = set(regions)
        return self.by_region("in " + ",".join(sorted(wanted)), lambda r, _: float(r in wanted))

    def charge_density_scale(self) -> float:
        """Charge density of one scaled unit [C/m^3]."""
        return ELEMENTARY_CHARGE * self.scaling.density
