r"""Manufactured solutions of a whole ``Device``: smooth exact fields, and the sources that make them exact.

The device is a real one: Poisson, carriers with Shockley-Read-Hall and radiative recombination and optical
generation, ions with few sites. Its equations get one more physics term, ``Source``, without unknowns, whose
residual is minus the source: what the differential equations (``manufactured_equations``), applied by
UFL to the exact fields, leave at the nodes of each cell; nothing of the discrete equations enters. It is
lumped with the same one-point rule as everything else, so that the form has one rule (mixed rules go wrong, see
``fem.forms.edge_flux``); lumping a smooth source is of second order. Where two films meet, the jump of the exact flux
is a source too, on the face.

At the two contacts every field has its exact values: they are put in the place of the contacts' own values
before the problem is made. At the other faces nothing is set, for the exact fluxes vanish there. Fields that
are ``given`` are held at all nodes. Lengths, densities and times are scaled: the device is 1 high, t0 is 1.

The temperature is an unknown where it is among the ``names``: then everything else follows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import ModuleType
from typing import Any

import dolfinx.mesh as dmesh
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem as dfem

from fem import Device, DeviceMesh, HeatSink, OhmicContact, State, StepControl, integrate
from fem.physics import Carriers, Heat, MobileIons, OpticalGeneration, Poisson, Term
from fem.physics.heat.heat import heat_row_scale
from fem.solvers.kept import problem_of
from fem.transient.step_control import History
from tests.verification.manufactured_equations import (
    ABSORPTION,
    DENSITY,
    GENERATION,
    HEIGHT,
    IONS,
    TEMPERATURE,
    TIME,
    Equations,
    Fields,
    Film,
    Place,
    film_data,
)

Array = npt.NDArray[np.float64]
ExactFields = Callable[[Place, Any], Fields]

FIELDS = ("potential", "electron", "hole", "cation")
WARM = (*FIELDS, "temperature")


class Source(Term):
    """A physics term whose residual is minus a source: by cell and node lumped, and on the face of two films."""

    def __init__(self) -> None:
        self.bulk: Any = None  #: values of each equation at the nodes of each cell
        self.face: dict[str, Any] = {}  #: jump of each flux, times the area's measure

    @property
    def exchanges(self) -> tuple[str, ...]:
        """All ions."""
        return tuple(IONS)

    def row_scale(self, context: Any, name: str) -> float:
        """Return the factor by which the device multiplies the equation of ``name``."""
        return heat_row_scale(context) if name == "temperature" else float(context.row_scale(name).value)

    def residual(self, context: Any) -> Any:
        """Return minus the source of every equation."""
        c, form = context.calculus, 0
        for k, name in enumerate(context.names):
            test = context.constant(self.row_scale(context, name)) * context.test(name)
            form -= c.lump(lambda i, k=k: c.at(self.bulk[k], i), test)
            if name in self.face:
                form += self.face[name](ufl.avg(test))
        return form


class Manufactured:
    """A device with sources, whose solution is known.

    ``exact`` gives the fields by name at a ``Place`` and time. ``given``: those of them that are held;
    ``blocked``: those that no contact holds. ``films``: the materials of the mesh's regions.
    """

    source_of: type[Source] = Source
    equations_of: type[Equations] = Equations

    def __init__(
        self,
        devices: ModuleType,
        mesh: DeviceMesh,
        exact: ExactFields,
        *,
        names: Iterable[str] = FIELDS,
        given: Iterable[str] = (),
        blocked: Iterable[str] = (),
        films: Mapping[str, Film] = {"salt": Film()},
    ) -> None:
        self.mesh, self.given, self.place = mesh, set(given), Place(mesh)
        self.away = 0.02 if "temperature" in names else 0.3  # of the start of Newton's method, by node
        source = self.source_of()
        self.device = _device(
            devices, mesh, films, tuple(names), [*self.physics(films, tuple(names)), source]
        )
        self.context = context = self.device.context
        self.time = dfem.Constant(mesh.mesh, 0.0)
        time = ufl.variable(self.time)
        self.exact = {name: f for name, f in exact(self.place, time).items() if name in context.names}
        equations = self.equations_of(self.exact, self.place, time, film_data(mesh, films))
        self._exact = self._expression(self.exact)
        self._bulk = self._expression({name: equations.source(name) for name in context.names})
        source.bulk = dfem.Function(dfem.functionspace(mesh.mesh, ("DG", 1, (context.block_size,))))
        if len(films) == 2:
            ds = self._between_films()
            source.face = {name: self._jump(equations.flux(name), ds) for name in context.names}
        self._source = source
        self._hold(set(blocked))
        self.go_to(0.0)
        context.light.value = 1.0

    def physics(self, films: Mapping[str, Film], names: tuple[str, ...]) -> list[Term]:
        """Return the terms of the device but for heat."""
        carriers = tuple(name for name in names if name in ("electron", "hole"))
        found: list[Term] = [Poisson(), Carriers(carriers)] if carriers else [Poisson()]
        if len(carriers) == 2:
            found.append(OpticalGeneration(self._light))
        return [*found, *(MobileIons(name) for name in names if name in IONS)]

    def _light(self, x: Array) -> Array:
        decay: Array = np.exp(-ABSORPTION * x[self.mesh.dim - 1] / HEIGHT)
        return GENERATION * DENSITY / TIME * decay

    def _expression(self, by_name: Fields) -> Any:
        parts = [by_name[name] for name in self.context.names]
        parts += [0.0 * self.place.height] * (self.context.block_size - len(parts))
        return dfem.Expression(ufl.as_vector(parts), self.context.space.element.interpolation_points)

    def _between_films(self) -> Any:
        """Return the measure of the face of two films."""
        facets = self.mesh.facets(next(iter(self.mesh.interfaces)))
        tags = dmesh.meshtags(self.mesh.mesh, self.mesh.dim - 1, facets, np.ones_like(facets))
        rule = {"quadrature_degree": 4}
        return ufl.Measure("dS", self.mesh.mesh, subdomain_data=tags, subdomain_id=1, metadata=rule)

    def _jump(self, flux: Any, ds: Any) -> Callable[[Any], Any]:
        """Return what the jump of a flux gives for a test function."""
        jump = ufl.jump(flux, ufl.FacetNormal(self.mesh.mesh)) * self.place.ring("+")
        return lambda test: jump * test * ds

    def go_to(self, time: float) -> None:
        """Set the time of sources, of ``values`` and of the potential where it is held."""
        self.time.value = time
        self._source.bulk.interpolate(self._bulk)
        values = self.values()
        for electrode in self.device.electrodes:
            self.device.boundary.base[electrode.name] = values[electrode.nodes, 0]

    def values(self) -> Array:
        """Return the exact values at the nodes, shape (nodes, unknowns per node)."""
        function = dfem.Function(self.context.space)
        function.interpolate(self._exact)
        return function.x.array.reshape(-1, self.context.block_size).copy()

    def _hold(self, blocked: set[str]) -> None:
        """Give the contacts, and all nodes of given fields, the exact values."""
        device, values = self.device, self.values()
        self.context.ohmic_level = None  # what contacts hold is given
        every = np.arange(len(values), dtype=np.int32)
        contacts = np.unique(np.concatenate([e.nodes for e in device.electrodes]))
        if "potential" in self.given:
            first, *others = device.electrodes
            none = every[:0]
            device.electrodes = (replace(first, nodes=every), *(replace(e, nodes=none) for e in others))
        for k, name in enumerate(self.context.names[1:], start=1):
            outside = device.boundary.fixed[name]
            nodes = every if name in self.given else every[:0] if name in blocked else contacts
            device.boundary.fixed[name] = nodes = np.union1d(outside, nodes).astype(np.int32)
            device.boundary.values[name] = values[nodes, k]

    def solve(self) -> None:
        """Find the steady state at the present time, from far away."""
        values = self.values()
        values[:, 1:] *= 1 + self.away * np.sin(7.0 * np.arange(len(values)))[:, None]
        self.context.unknown.x.array[:] = values.ravel()
        self.context.set_time_formula((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
        self.context.ion_motion.value = 1.0
        problem = problem_of(self.device)
        problem.set_bias({})
        problem.solve()

    def integrate(self, times: Sequence[float]) -> dict[str, float]:
        """Follow the exact solution from 0 in steps that end at ``times``; return the largest nodal errors.

        The first step is done in two. A transient asks for its bias right before it solves for a time: then
        sources and potential are set.
        """

        def bias(time: float) -> dict[str, float]:
            self.go_to(time / TIME)
            return {}

        *milestones, end = (t * TIME for t in times)
        self.go_to(0.0)
        light = 1.0 if any(term.uses_light for term in self.device.context.terms) else 0.0
        start = State(device=self.device, time=0.0, bias={}, values=self.values(), light=light)
        control = StepControl(tolerance=1e9, start_fraction=1.0)
        worst: dict[str, float] = {}
        for state in integrate(
            self.device, start, bias=bias, end=end, milestones=milestones, light=light, control=control
        ):
            self.go_to(state.time / TIME)
            worst = _larger(worst, self.nodal_errors(state.values))
        return worst

    def step_backward_euler(self, times: Sequence[float]) -> dict[str, float]:
        """The same in steps of first order."""
        context, now, problem = self.context, 0.0, problem_of(self.device)
        self.go_to(0.0)
        context.unknown.x.array[:] = self.values().ravel()
        context.ion_motion.value = 1.0
        worst: dict[str, float] = {}
        for time in times:
            formula = History((context.unknown.x.array,)).formula(time - now)
            context.set_time_formula(formula, formula)
            context.previous.x.array[:] = context.unknown.x.array
            self.go_to(time)
            problem.set_bias({})
            problem.solve()
            worst, now = _larger(worst, self.nodal_errors()), time
        return worst

    def nodal_errors(self, values: Array | None = None) -> dict[str, float]:
        """Return the root mean square of the errors at the nodes, of the present unknowns if not of others."""
        exact = self.values()
        found = self.context.unknown.x.array.reshape(exact.shape) if values is None else values
        square = np.sqrt(np.mean((found - exact) ** 2, axis=0))
        return {n: float(square[k]) for k, n in enumerate(self.context.names) if n not in self.given}

    def errors(self, norm: str = "L2") -> dict[str, float]:
        """Return the error of each field that is not given at the present time, in the norm "L2" or "H1"."""
        dx, found = ufl.Measure("dx", self.mesh.mesh, metadata={"quadrature_degree": 6}), {}
        for name in set(self.context.names) - self.given:
            difference = self.context.field(name) - self.exact[name]
            if norm == "H1":
                difference = ufl.grad(difference)
            form = dfem.form(ufl.inner(difference, difference) * self.place.ring * dx)
            found[name] = float(np.sqrt(dfem.assemble_scalar(form)))
        return found


def _device(
    devices: ModuleType,
    mesh: DeviceMesh,
    films: Mapping[str, Film],
    names: tuple[str, ...],
    physics: list[Any],
) -> Device:
    warm = "temperature" in names
    contact: Any = [OhmicContact(), HeatSink(TEMPERATURE)] if warm else OhmicContact()
    return Device(
        mesh=mesh,
        materials={region: film.material(devices, region) for region, film in films.items()},
        physics=[*physics, *([Heat()] if warm else [])],
        contacts={"bottom": contact, "top": contact},
        temperature=TEMPERATURE,
    )


def _larger(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    return {name: max(first.get(name, 0.0), value) for name, value in second.items()}


def orders(errors: Iterable[Mapping[str, float]], ratio: float = 2.0) -> dict[str, list[float]]:
    """Return the observed orders of each error from one mesh, finer by ``ratio``, to the next."""
    errors = list(errors)
    return {n: [float(np.log(a[n] / b[n]) / np.log(ratio)) for a, b in pairwise(errors)] for n in errors[0]}
