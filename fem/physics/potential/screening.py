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

from collections.abc import Callable
from dataclasses import dataclass

from fem.errors import OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import positive
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import contact_face
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
        mobility = context.constant(self.carrier_mobility / context.scaling.mobility)
        square = context.constant(shortest**2)

        def screening(i: int) -> Expr:
            warmth = context.warmth(i)
            kt = 1.0 if warmth is None else warmth
            sigma = conductivity(i)
            factor = inside * epsilon * sigma / (mobility * kt * epsilon + square * sigma)
            return factor * (c.at(psi, i) - c.at(phi, i))

        form = c.lump(screening, v) + c.stiffness(inside * epsilon, psi, v)
        for name in context.face_groups.contacts:
            face = contact_face(context, name)
            form += face.lump(context.constant(_STIFF * shortest / self._row_scale(context)) * (psi - phi), v)
        return form

    @staticmethod
    def _row_scale(context: Context) -> float:
        """Return the shortest λ² over the largest permittivity: it scales the row."""
        largest = max(
            float(m.si("relative_permittivity", context.setting.temperature))
            for m in context.setting.materials.values()
            if m.kind != "metal"
        )
        return (_SHORTEST / context.scaling.length) ** 2 / (context.scaling.debye_factor * largest)
