"""What every physics term offers to the device that composes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Field, Setting


@runtime_checkable
class Physics(Protocol):
    """A part of the equations: its unknowns, its space charge and its residual.

    A term that makes or takes ions names their fields in an attribute ``exchanges``; the content of all others
    is kept. One that needs others has a method ``check_terms(setting, physics, fields, contacts)``, with the electrical
    contacts and floating gates by name, which raises without them. One that light acts on has a true ``uses_light``.
    One with charge that is no density in cells, on faces or as a polarisation, has ``charge_form(context, v)`` and
    ``equilibrium_charge_form(context, potential, v)``, the integrals of that charge times v.
    """

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the unknowns this term brings; raises if the materials lack what it needs."""

    def charge(self, context: Context, i: int) -> Expr:
        """Return the scaled space charge of this term at local vertex i."""

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return the scaled space charge at vertex i in equilibrium, as a function of the potential."""

    def residual(self, context: Context) -> Expr:
        """Return the weak form of this term's equations, or 0."""

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        r"""Return :math:`-\int J\cdot\nabla w` [J0 L0^(d-1)] of each species this term moves."""

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return the forms of the heat [kT0 N0/t0] that this term gives off, by origin, for a test function."""


class SourceTerm:
    """A term that makes or takes particles: without charge and current of its own, which are theirs, nor heat."""

    def charge(self, context: Context, i: int) -> Expr:
        """Return no charge."""
        return 0

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return no charge."""
        return 0

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return no current."""
        return {}

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return no heat."""
        return {}


@runtime_checkable
class ContactPhysics(Physics, Protocol):
    """A term that acts on the faces at which one electrical contact meets regions that are no metal."""

    @property
    def contact(self) -> str:
        """The contact's name."""

    def check_contact(self, context: Context, regions: Sequence[str]) -> None:
        """Raise unless the term can act at its contact, which touches these regions."""

    def acts_in(self, context: Context) -> tuple[str, ...]:
        """Return the regions on whose faces with the contact it acts."""

    def at_contact(self, context: Context, radius: Expr, measure: Expr) -> Expr:
        """Return the weak form on the facets of ``measure``; ``radius``: the factor 2πr at their nodes."""
