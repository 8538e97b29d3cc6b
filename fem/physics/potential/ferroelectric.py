r"""Ferroelectric polarisation: a part of the displacement that keeps what fields have done to it.

.. math:: \mathbf D = -\varepsilon_0\varepsilon_r\nabla\psi + P\,\mathbf e,\qquad \partial_t P = R(P, E),\quad
          E = -\mathbf e\cdot\nabla\psi

with the polar axis :math:`\mathbf e` of the mesh and a law R of ``polarization_laws``; :math:`\varepsilon_r` is that
of the material, without the part that switches. The bound charge :math:`-\nabla\cdot(P\mathbf e)`, on the faces of
the region too, enters Poisson's equation as :math:`-\int P\,\mathbf e\cdot\nabla v`, and
:math:`\partial_t P` the terminal current in the same way, so that the total stays free of divergence.

Unknown: p = P/P_r at the nodes, of each class of domains; in Poisson's equation the mean of a cell's corners. The law
acts at each corner of a cell in the field of that cell, lumped, so that in a jump of the field no domain turns over
further than all the way.

P is history: it is not a function of the fields of its moment. ``equilibrium`` takes ``initial``, ``steady`` keeps the
P it starts with, and only transients (and the small-signal response around a state) move it. So a steady state is the
one that holds for times that are long for carriers and ions and short for domains. The loss of a loop is not counted
as heat, and R does not follow the temperature.

A large P (0.05 C/m^2 and more) draws carriers of 1e27 1/m^3 into a channel, beside which depleted places are round-off:
``NewtonOptions(floor=1e-10)`` says so where a transient that empties it again ends with too many iterations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import cache
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.checking import Kind, any_of, each, text
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.nodes import marked_nodes
from fem.forms.setting import Field, Setting
from fem.physics.potential.polarization_laws import Numbers, PolarizationLaw
from fem.physics.term import Composition, Term

Array = npt.NDArray[np.float64]
Initial = float | Callable[[Array], npt.ArrayLike] | Mapping[str, float]
_AXES = {False: ("x", "y", "z"), True: ("r", "z")}
_NAME = "polarization"


@dataclass(frozen=True)
class Ferroelectric(Term):
    """Polarisation of ``regions``, one name or several, that follows ``law`` along ``axis``.

    ``law``: LandauKhalatnikov, DomainSwitching or another PolarizationLaw. ``axis``: of the mesh, "x", "y" or "z"; the
    last one, along which layers are stacked, if None; P and its field count positive along it. ``initial`` [C/m^2]: a
    number, a function of positions [m] of shape (3, points), or numbers by region (at a node between two, their mean);
    all classes of domains begin alike. ``name`` of the unknown, "polarization" or beginning so: two terms need two.

    Raises UnknownNameError, OutOfRangeError or IncompatibleError.
    """

    regions: str | Sequence[str]
    law: PolarizationLaw
    _: KW_ONLY
    axis: str | None = None
    initial: Initial = field(default=0.0, hash=False)
    name: str = _NAME

    needs_charge: ClassVar[str] = "which knows no displacement"

    kinds: ClassVar[Mapping[str, Kind]] = {"regions": any_of(text, each(text))}

    def __post_init__(self) -> None:
        super().__post_init__()
        regions = (self.regions,) if isinstance(self.regions, str) else tuple(self.regions)
        object.__setattr__(self, "regions", regions)
        if not regions:
            raise IncompatibleError("Ferroelectric is given no region.")
        if not isinstance(self.law, PolarizationLaw):
            raise IncompatibleError(
                f"law of Ferroelectric is {self.law!r}; it must be a LandauKhalatnikov or a DomainSwitching."
            )
        if not self.name.startswith(_NAME):
            raise IncompatibleError(
                f"name of a Ferroelectric is {self.name!r}; it must begin with {_NAME!r}, by which its unit is known."
            )
        if isinstance(self.initial, Mapping):
            for region, value in self.initial.items():
                if region not in regions:
                    raise UnknownNameError("region of an initial polarization", region, regions)
                self._check_initial(f"initial polarization of region {region!r} [C/m^2]", value)
        elif not callable(self.initial):
            self._check_initial("initial polarization [C/m^2]", self.initial)

    @property
    def unknowns(self) -> tuple[str, ...]:
        """The name of the unknown of each class of domains."""
        if self.law.classes == 1:
            return (self.name,)
        return tuple(f"{self.name}_{k + 1}" for k in range(self.law.classes))

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the polarisation of each class, over that of all its domains."""
        for region in self.regions:
            setting.mesh.require("region", region)
            if setting.materials[region].kind == "metal":
                raise IncompatibleError(f"region {region!r} is ferroelectric, but its material is a metal.")
        self._axis(setting)
        return tuple(
            Field(name=name, charge_number=0, regions=tuple(self.regions), density=False, held=True)
            for name in self.unknowns
        )

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError where two terms polarise one region."""
        for other in whole.others(self):
            common = set(other.regions) & set(self.regions)
            if common:
                raise IncompatibleError(f"region {min(common)!r} is in two terms Ferroelectric.")

    def residual(self, context: Context) -> Expr:
        """Return the law of each class, or in steady states that P is what it was."""
        c, inside, on = context.calculus, context.indicator(self.regions), context.switching
        maths = Numbers(exp=ufl.exp, largest=ufl.max_value, constant=cache(context.constant))
        unit = context.constant(-context.scaling.potential / context.scaling.length)
        electric = unit * c.slope(context.field("potential"), self._axis(context.setting))
        pace = context.constant(self.law.time / context.scaling.time)
        form: Expr = 0
        for k, name in enumerate(self.unknowns):
            p, before = (u[context.index(name)] for u in (context.unknown, context.previous))

            def row(i: int, k: int = k, name: str = name, p: Expr = p, before: Expr = before) -> Expr:
                now = c.at(p, i)
                moved = pace * context.rate(name, i) - self.law.rate(k, now, p, electric, maths)
                return inside * (on * moved + (1 - on) * (now - c.at(before, i)))

            form += c.lump(row, context.test(name))
        return form

    def charge_form(self, context: Context, v: Expr) -> Expr:
        r"""Return :math:`\int P\,\partial v/\partial x_k` of the polar axis k, scaled as Poisson's equation."""
        return self._moment(context, sum(context.field(name) for name in self.unknowns), v)

    def equilibrium_charge_form(self, context: Context, potential: Expr, v: Expr) -> Expr:
        """Return the same of the initial polarisation, of all classes."""
        from dolfinx import fem as dfem

        start = dfem.Function(context.scalar_space)
        start.x.array[:] = self.initial_values(context)
        return self._moment(context, self.law.classes * start, v)

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the polarisation current."""
        moved = sum(c * u[context.index(n)] for n in self.unknowns for c, u in context.history(n))
        return {self.name: -self._moment(context, moved, weight)}

    def initial_values(self, context: Context) -> Array:
        """Return the initial p of a class at the nodes of this rank, shape (nodes,)."""
        space, mesh, given = context.scalar_space, context.setting.mesh, self.initial
        places = space.tabulate_dof_coordinates().T * mesh.unit
        found = np.zeros(places.shape[1])
        if isinstance(given, Mapping):
            count = np.zeros_like(found)
            for region in self.regions:
                nodes = marked_nodes(space, np.unique(space.dofmap.list[mesh.cells(region)]))
                found[nodes] += given.get(region, 0.0)
                count[nodes] += 1
            found /= np.maximum(count, 1)
        elif callable(given):
            found[:] = np.asarray(given(places), dtype=float)
            nodes = np.unique(space.dofmap.list[mesh.cells(*self.regions)])
            worst = (
                float(np.abs(found[nodes]).max(initial=0.0)) if np.isfinite(found[nodes]).all() else np.nan
            )
            worst = max(mesh.comm.allgather(worst), key=lambda value: np.inf if math.isnan(value) else value)
            self._check_initial("initial polarization, largest size [C/m^2]", worst)
        else:
            found[:] = given
        return found / self.law.scale

    def equilibrium_values(self, context: Context, potential: Array) -> dict[str, Array]:
        """Return the initial p of each class."""
        return {name: self.initial_values(context) for name in self.unknowns}

    def nodal_fields(self, context: Context, values: Array) -> dict[str, Array]:
        """Return P [C/m^2]."""
        columns = [context.index(name) for name in self.unknowns]
        return {self.name: np.asarray(values[:, columns].mean(axis=1) * self.law.scale)}

    def cell_fields(self, context: Context, values: Array, warmth: Array) -> dict[str, Array]:
        """Return P [C/m^2], 0 outside of its regions."""
        mesh, nodal = context.setting.mesh, self.nodal_fields(context, values)[self.name]
        inside = np.isin(mesh.cell_region, [mesh.regions[r] for r in self.regions])
        return {self.name: np.where(inside[:, None], nodal[context.scalar_space.dofmap.list], 0.0)}

    def _moment(self, context: Context, p: Expr, v: Expr) -> Expr:
        """Return the integral of P ∂v/∂x_k; ``p``: the sum of all classes."""
        c, scaling = context.calculus, context.scaling
        unit = self.law.scale / (ELEMENTARY_CHARGE * scaling.density * scaling.length)
        size = context.constant(unit / self.law.classes) * context.indicator(self.regions)
        return size * p * c.slope(v, self._axis(context.setting)) * c.radius_factor * c.measure

    def _axis(self, setting: Setting) -> int:
        """Return which of the mesh's axes is the polar one."""
        axes = _AXES[setting.mesh.axisymmetric][: setting.mesh.dim]
        if self.axis is None:
            return len(axes) - 1
        if self.axis not in axes:
            raise UnknownNameError("polar axis", self.axis, axes)
        if self.axis == "r":
            raise IncompatibleError(
                "polar axis 'r' points everywhere at the centre; an axisymmetric mesh has 'z'."
            )
        return axes.index(self.axis)

    def _check_initial(self, thing: str, value: Any) -> None:
        largest = self.law.largest
        number = float(value) if isinstance(value, int | float | np.floating) else math.nan
        if not abs(number) <= largest * (1 + 1e-12):
            raise OutOfRangeError(thing, value, f"from {-largest:g} to {largest:g}")
