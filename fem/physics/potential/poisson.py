r"""Poisson's equation for the potential of the vacuum level.

.. math:: \nabla\cdot(\mathbf P - \varepsilon_0\varepsilon_r\nabla\psi)
          = q\,(p - n + N_D - N_A + \sum_k z_k (P_k - \bar P_k))

Unknown: ``potential`` [kT/q in the residual]. The charge and the polarisation P come from the other terms. At a
heterojunction the normal part of :math:`\mathbf P - \varepsilon\nabla\psi` is continuous; at the outer faces without a
contact it vanishes. Linear P1 elements, charge lumped (S. M. Sze and K. K. Ng, Physics
of Semiconductor Devices, 2007, ch. 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from fem.errors import IncompatibleError
from fem.forms.context import Context
from fem.forms.dopants import DOPANT, bound_at_contact, bound_charge, bound_in_equilibrium, holds
from fem.forms.edge_flux import Expr
from fem.forms.setting import Field, Setting
from fem.physics.term import Composition, Term


@dataclass(frozen=True)
class Poisson(Term):
    """Electrostatics of all regions but metals; the first of every list of physics."""

    sets_potential: ClassVar[bool] = True

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the potential."""
        for region in setting.of_kind("semiconductor", "insulator"):
            setting.materials[region].require("relative_permittivity", f"Poisson in region {region!r}")
        regions = tuple(setting.mesh.regions)
        return (Field(name="potential", charge_number=0, regions=regions, controlled=True, density=False),)

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError if dopants have a depth and the carrier that they may hold is no unknown."""
        for region in whole.setting.of_kind("semiconductor"):
            for carrier, dopant in DOPANT.items():
                if holds(whole.setting.materials[region], carrier) and carrier not in whole.names:
                    raise IncompatibleError(
                        f"the {dopant}s of region {region!r} have a depth, and no Carriers() of this device has the "
                        f"{carrier}s that they hold; leave {dopant}_depth out."
                    )

    def charge(self, context: Context, i: int) -> Expr:
        """Return the doping, less that of dopants which hold their carriers."""
        return self._doping(context) + bound_charge(context, i)

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return the same as a function of the potential."""
        return self._doping(context) + bound_in_equilibrium(context, context.calculus.at(potential, i))

    def neutral_charge(self, setting: Setting, region: str, potential: float) -> float:
        """Return the charge [q/m^3] that neutral dopants lack at a scaled potential."""
        material = setting.materials[region]
        return bound_at_contact(setting.bands, material, potential) if setting.bands.reference else 0.0

    def residual(self, context: Context) -> Expr:
        """Return Poisson's equation with the charges of all terms of the device."""
        return poisson_residual(context, context.terms)

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the displacement current."""
        form = context.calculus.stiffness(permittivity(context), context.displacement_rate(), weight)
        return {"displacement": form}

    def _doping(self, context: Context) -> Expr:
        t, n0 = context.setting.temperature, context.scaling.density

        def net(_region: str, material: object) -> float:
            donors, acceptors = (getattr(material, f) for f in ("donor_density", "acceptor_density"))
            return ((donors.si(t) if donors else 0.0) - (acceptors.si(t) if acceptors else 0.0)) / n0

        return context.by_region("net doping", net)


def permittivity(context: Context) -> Expr:
    """Return λ² times the relative permittivity as a piecewise constant function."""
    t, factor = context.setting.temperature, context.scaling.debye_factor

    def scaled(_region: str, material: object) -> float:
        datum = getattr(material, "relative_permittivity")  # noqa: B009
        return factor * (datum.si(t) if datum else 1.0)

    return context.by_region("permittivity", scaled)


def poisson_residual(context: Context, terms: Sequence[Term], test: Expr = None) -> Expr:
    """Return the weak form with the charges of all ``terms``; ``test``: a function, the test function if None."""
    calculus, v = context.calculus, context.test("potential") if test is None else test
    form = calculus.stiffness(permittivity(context), context.field("potential"), v)
    form -= calculus.lump(lambda i: sum(term.charge(context, i) for term in terms), v)
    return form - sum(term.charge_form(context, v) for term in terms)


def equilibrium_residual(context: Context, terms: Sequence[Term], potential: Expr, v: Expr) -> Expr:
    """Return the nonlinear Poisson form in which all charges are functions of ``potential``."""
    calculus = context.calculus
    form = calculus.stiffness(permittivity(context), potential, v)
    charge = calculus.lump(lambda i: sum(term.equilibrium_charge(context, potential, i) for term in terms), v)
    return form - charge - sum(term.equilibrium_charge_form(context, potential, v) for term in terms)
