r"""The electrostatic potential beside the Fermi level of a film that conducts: Poisson's equation, linear in their gap.

.. math:: \nabla\cdot(\varepsilon\nabla\psi) = \frac{\varepsilon}{\lambda^2}(\psi-\varphi),\qquad
          \frac{\varepsilon}{\lambda^2} = \frac{q\,\sigma}{\mu\,kT}

Ions drift in :math:`\psi`, the current follows :math:`\varphi`, the Fermi level over -q. Where :math:`n = \sigma/q\mu`
carriers screen well both are one; in a layer that is emptied of them :math:`\lambda` is long, and :math:`\psi` falls
evenly over it as in a dielectric, while :math:`\varphi` falls within the part of it that conducts least. It is
Poisson's equation with Boltzmann's carriers of density :math:`n\,e^{q(\psi-\varphi)/kT}` about the neutral film, to
the first order (N. W. Ashcroft and N. D. Mermin, Solid State Physics, 1976, ch. 17, for the screening length). Metals
and contacts have one potential. At other outer faces no field enters the film.

Ions bring no space charge of their own: each is taken to be compensated where it is, and at rest :math:`\psi` is
:math:`\varphi` everywhere. Nor is the field of a gradient of n in :math:`\psi`. For ions that are ``ambipolar`` it is
in their flux, as in a film that is neutral; in a layer that is emptied over less than :math:`\lambda` that is too much:
their diffusion there, not their drift, is up to 1 + |z| times too fast, at 300 K as much as 18 meV of barrier make for
z = 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import ufl

from fem.errors import OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import positive
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import contact_face
from fem.forms.nodes import closure_nodes
from fem.forms.setting import ELECTROSTATIC, Field, Setting
from fem.physics.potential.poisson import permittivity

_SHORTEST = 1e-10  # [m] of λ: it is no continuum below that, and its equation stays well scaled
_STIFF = 1e6  # how much stronger than by that length a contact holds ψ at its own potential


@dataclass(frozen=True, kw_only=True)
class Screening:
    """How carriers screen a film: by the density that their ``carrier_mobility`` [m^2/(V s)] makes of σ.

    That density is n = σ/(q carrier_mobility); the screening length is that of Boltzmann's carriers, so that a
    filament is one potential and its gap a dielectric. With one electron for each vacancy the mobility is the rich
    σ over q times the ``density`` of the law. The unknown is written and drawn as "electrostatic potential".

    Raises OutOfRangeError.
    """

    carrier_mobility: float

    def __post_init__(self) -> None:
        settle(self, "a screening", carrier_mobility=positive)
        if self.carrier_mobility > 10.0:
            raise OutOfRangeError(
                "carrier_mobility of a screening [m^2/(V s)]",
                self.carrier_mobility,
                "at most 10: 1 cm^2/(V s) is 1e-4",
            )

    @staticmethod
    def field(setting: Setting) -> Field:
        """Return the unknown."""
        regions = setting.of_kind("semiconductor", "insulator")
        return Field(name=ELECTROSTATIC, charge_number=0, regions=regions, density=False)

    def residual(self, context: Context, conductivity: Callable[[int], Expr]) -> Expr:
        """Return the equation over its largest coefficient; ``conductivity(i)``: at local vertex i [q mu0 N0]."""
        c, psi, phi = context.calculus, context.field(ELECTROSTATIC), context.field("potential")
        shortest = _SHORTEST / context.scaling.length
        inside = context.indicator(self.field(context.setting).regions)
        epsilon, v = (
            permittivity(context),
            context.constant(self._row_scale(context)) * context.test(ELECTROSTATIC),
        )
        form = c.lump(lambda i: self.charge(context, conductivity, i), v) + c.stiffness(
            inside * epsilon, psi, v
        )
        for name in context.face_groups.contacts:
            face = contact_face(context, name)
            form += face.lump(context.constant(_STIFF * shortest / self._row_scale(context)) * (psi - phi), v)
        return form

    def charge(self, context: Context, conductivity: Callable[[int], Expr], i: int) -> Expr:
        """Return what carriers lack of neutrality at local vertex i, as the right side of the equation has it."""
        c, epsilon = context.calculus, permittivity(context)
        mobility = context.constant(self.carrier_mobility / context.scaling.mobility)
        square = context.constant((_SHORTEST / context.scaling.length) ** 2)
        warmth, sigma = context.warmth(i), conductivity(i)
        kt = 1.0 if warmth is None else warmth
        inside = context.indicator(self.field(context.setting).regions)
        factor = inside * epsilon * sigma / (mobility * kt * epsilon + square * sigma)
        return factor * (c.at(context.field(ELECTROSTATIC), i) - c.at(context.field("potential"), i))

    def displacement(
        self, context: Context, conductivity: Callable[[int], Expr], fair: Sequence[str], v: Expr
    ) -> Expr:
        r"""Return :math:`\int\varepsilon\nabla\dot\psi\cdot\nabla v`; but inside of regions that
        are no ``fair`` conductors by the charge.

        By the equation it is minus the rate of the charge there. That is proportional to σ, as conduction is: however
        little a region conducts and however short a step is, its Fermi level is not lost in the rounding of ψ.
        """
        c, regions = context.calculus, self.field(context.setting).regions
        epsilon = context.indicator(regions) * permittivity(context)
        history = context.history(ELECTROSTATIC)
        k = context.index(ELECTROSTATIC)
        rate = sum(factor * values[k] for factor, values in history)
        if set(regions) <= set(fair):
            return c.stiffness(epsilon, rate, v)
        beside = _beside(context, fair)

        def flux(i: int, j: int) -> Expr:
            step = c.at(beside, j) * c.at(v, j) - c.at(beside, i) * c.at(v, i)
            return epsilon * c.weight(i, j) * c.delta(rate, i, j) * step

        def gained(i: int) -> Expr:
            now = self.charge(context, conductivity, i)
            each = (factor * ufl.replace(now, {context.unknown: values}) for factor, values in history)
            return (c.at(beside, i) - 1) * sum(each)

        return c.over_edges(flux) + c.lump(gained, v)

    @staticmethod
    def _row_scale(context: Context) -> float:
        """Return the shortest λ² over the largest permittivity: it scales the row."""
        largest = max(
            float(m.si("relative_permittivity", context.setting.temperature))
            for m in context.setting.materials.values()
            if m.kind != "metal"
        )
        return (_SHORTEST / context.scaling.length) ** 2 / (context.scaling.debye_factor * largest)


def _beside(context: Context, regions: Sequence[str]) -> Expr:
    """Return the function that is 1 at the nodes of ``regions`` and 0 at others."""
    from dolfinx import fem as dfem

    found = dfem.Function(context.scalar_space, name="nodes of fair conductors")
    found.x.array[closure_nodes(context, tuple(regions))] = 1.0
    return found
