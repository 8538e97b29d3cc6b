"""What ions on the same sites ask for."""

from __future__ import annotations

from fem.errors import IncompatibleError
from fem.physics.term import Composition


def check_sharing(name: str, others: tuple[str, ...], whole: Composition) -> None:
    """Raise unless ions that share their sites have the same density of these, and no term makes or takes them.

    Raises UnknownNameError or IncompatibleError.
    """
    if not others:
        return
    own = whole.ion(name)
    for other in (whole.ion(n) for n in others):
        if other.name == name or own.upper_bound is None or own.upper_bound != other.upper_bound:
            raise IncompatibleError(
                f"{name} shares its sites with {other.name}: both need the same site_density, and to be two; they are "
                f"{own.upper_bound} and {other.upper_bound} 1/m^3."
            )
    for term in whole.terms:
        for found in sorted({name, *others} & set(term.exchanges)):
            raise IncompatibleError(
                f"{term.title} makes or takes {found}, which shares its sites with other ions; it does not see them."
            )
