r"""Oxidation and reduction of a metal at an electrode that gives ions to the film: electrochemical metallisation.

.. math:: j = j_0(T)\left[\frac{1-c/c_{max}}{1-c_{ref}/c_{max}}\,e^{(1-\alpha)z q\eta/kT}
              - \frac{c}{c_{ref}}\,e^{-\alpha z q\eta/kT}\right],\qquad \eta = \delta\,E_n

ions per area and time into the film, of density c at the electrode. Butler-Volmer, as S. Menzel, S. Tappertzhofen,
R. Waser and I. Valov, Phys. Chem. Chem. Phys. 15, 6945, 2013 have it for both electrodes of a cell of
electrochemical metallisation, with :math:`j_0 = j_{00}e^{-\Delta G/kT}`. Three things are assumed here:

- The overpotential η is what drops over a reaction layer of thickness δ, at the normal field :math:`E_n` of the film
  beside it (positive into the film; of the potential in which ions drift), as kinetic Monte Carlo models lower the
  barrier of oxidation by the local field. In a cell whose ions carry the current, η follows from that instead, and may
  be most of the voltage.
- Reduction goes with c, and at η = 0 nothing flows at the density :math:`c_{ref}`. An ion needs a vacant site to
  go to: without that factor, which is 1 for few ions, a strong field would fill more sites than there are. With it
  j = 0 where :math:`\mu = kT\ln[c/(c_{max}-c)]` is :math:`\mu_{ref} + zq\eta`: detailed balance.
- The layer has no thickness in the mesh, and the reaction gives off no heat.

The counter electrode blocks the ions, which stands for their reduction there: they pile up, and with
``Conduction``, where σ(c) makes the deposit metallic, it grows towards the active electrode. σ(c) in
place of a phase field: one unknown, conservative, and nothing whose width the mesh must resolve
but the pile itself (kT/qE, bounded by the sites). Left out: surface tension, nucleation, and that
deposited atoms are less mobile than ions: a deposit spreads by r²/D as soon as the field is off, and so
is volatile unless D is small.

Unknowns: none of its own. Lumped at the nodes of the contact where it meets a region of the ion.
"""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass

import ufl

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import Face, contact_face
from fem.forms.setting import Field, Setting
from fem.materials.datum import Arrhenius
from fem.physics.term import Composition, Term

_LARGEST = 300.0  # of an exponent, so that a wild guess stays finite
_THICKEST = 1e-7  # reaction layer [m]: above it a unit was left out


@dataclass(frozen=True)
class ElectrodeReaction(Term):
    """The reaction M = M^z+ + z e^- of the ``ion`` at the electrical ``contact``.

    ``ion``: the name of a MobileIons term. ``exchange_flux``: Arrhenius(prefactor [1/(m^2 s)], activation_energy
    [eV]) of j_0, an exchange current density over zq. ``transfer_coefficient`` α, from 0 to 1. ``reaction_layer``
    δ [m]. ``reference_density`` c_ref [1/m^3]: of the film in equilibrium with the electrode.

    With ``Conduction`` the ions that cross are not part of the terminal current; ``fem.ion_flow`` tells how
    many they are. Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    contact: str
    ion: str
    _: KW_ONLY
    exchange_flux: Arrhenius
    transfer_coefficient: float
    reaction_layer: float
    reference_density: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.exchange_flux, Arrhenius):
            raise IncompatibleError(
                f"exchange_flux of {self.title} is {self.exchange_flux!r}; give it as "
                "Arrhenius(prefactor, activation_energy)."
            )
        if not self.exchange_flux.prefactor > 0:
            raise OutOfRangeError(
                f"exchange flux of {self.title} [1/(m^2 s)]", self.exchange_flux.prefactor, "positive"
            )
        if not 0 <= self.transfer_coefficient <= 1:
            raise OutOfRangeError(
                f"transfer coefficient of {self.title}", self.transfer_coefficient, "from 0 to 1"
            )
        if not 0 < self.reaction_layer <= _THICKEST:
            raise OutOfRangeError(
                f"reaction layer of {self.title} [m]", self.reaction_layer, "positive, at most 100 nm"
            )
        if not (self.reference_density > 0 and math.isfinite(self.reference_density)):
            raise OutOfRangeError(
                f"reference density of {self.title} [1/m^3]", self.reference_density, "positive"
            )

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the reaction of {self.ion} at {self.contact!r}"

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The ion, whose number it changes."""
        return (self.ion,)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises if the mesh has no such contact."""
        setting.mesh.require("contact", self.contact)
        return ()

    def check(self, whole: Composition) -> None:
        """Raise unless the ion is an unknown of a region that touches the contact, with enough sites."""
        if self.contact not in whole.touching:
            raise UnknownNameError("contact", self.contact, whole.touching)
        field, regions = whole.ion(self.ion, f"mobile ion of {self.title}"), whole.touching[self.contact]
        if not set(regions) & set(field.regions):
            raise IncompatibleError(
                f"{self.title[0].upper() + self.title[1:]} has nothing to act on: the contact touches "
                f"{', '.join(regions)}, and the ion moves in {', '.join(field.regions)}."
            )
        if field.upper_bound is not None and not self.reference_density < field.upper_bound:
            raise OutOfRangeError(
                f"reference density of {self.title} [1/m^3]",
                self.reference_density,
                f"below the site density {field.upper_bound:g}",
            )
        if any((other.contact, other.ion) == (self.contact, self.ion) for other in whole.others(self)):
            raise IncompatibleError(
                f"ElectrodeReaction of {self.ion} is given twice at contact {self.contact!r}."
            )

    def face(self, context: Context) -> Face:
        """Return the part of the contact that meets regions of the ion."""
        return contact_face(context, self.contact, context.fields[context.index(self.ion)].regions)

    def residual(self, context: Context) -> Expr:
        """Return the source of the ion's equation at the contact."""
        v = context.row_scale(self.ion) * context.test(self.ion)
        return -self.face(context).lump(self.inflow(context), v)

    def inflows(self, context: Context) -> dict[tuple[str, str], Expr]:
        """Return the ions that enter at the contact."""
        return {(self.contact, self.ion): self.face(context).lump(self.inflow(context), 1)}

    def inflow(self, context: Context) -> Expr:
        """Return j [N0 D0/L0] on the facets of the contact."""
        alpha, field = self.transfer_coefficient, context.fields[context.index(self.ion)]
        face = self.face(context)
        warmth = face.warmth
        density, n0 = context.field(self.ion), context.scaling.density
        drop = field.charge_number * self.overpotential(context)
        drop = drop if warmth is None else drop / warmth
        out = _bounded_exp((1 - alpha) * drop)
        if field.upper_bound is not None:
            whole = 1 - self.reference_density / field.upper_bound
            out *= (1 - density * context.constant(n0 / field.upper_bound)) / context.constant(whole)
        back = density * context.constant(n0 / self.reference_density) * _bounded_exp(-alpha * drop)

        def exchange(_region: str, _material: object, temperature: float) -> float:
            return float(self.exchange_flux(temperature)) / (n0 * context.scaling.velocity)

        speed = face.law(f"{self.ion} exchange at {self.contact}", exchange)
        return context.ion_motion * speed * (out - back)

    def overpotential(self, context: Context) -> Expr:
        r"""Return :math:`\eta = \delta E_n` [kT/q] on the facets, positive where the field points into the film."""
        outward = ufl.FacetNormal(context.setting.mesh.mesh)
        thickness = context.constant(self.reaction_layer / context.scaling.length)
        return thickness * ufl.dot(ufl.grad(context.ion_potential), outward)


def _bounded_exp(exponent: Expr) -> Expr:
    return ufl.exp(ufl.max_value(ufl.min_value(exponent, _LARGEST), -_LARGEST))
