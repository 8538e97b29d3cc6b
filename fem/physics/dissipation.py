r"""What drifting particles and recombining pairs give off as heat, edge by edge and node by node.

On an edge from i to j the flux :math:`\Gamma_{ij}` of a species falls through the difference
:math:`kT\,\Delta_{ij}` of its potential: the heat is :math:`\Gamma_{ij}\,kT\,\Delta_{ij} \ge 0`, half of it at
each end. Scharfetter-Gummel fluxes have the sign of their driving difference, so that no edge cools; J·E
would (G. K. Wachutka, IEEE Trans. Computer-Aided Design 9, 1141, 1990, eq. of Joule heat).
"""

from __future__ import annotations

from collections.abc import Callable

import ufl

from fem.forms.context import Context
from fem.forms.edge_flux import Expr

EdgeFlux = Callable[[int, int], Expr]
_NOTHING = 1e-300  # a density where there are no particles, so that its logarithm is finite


def logarithm(density: Expr) -> Expr:
    """Return ln of a density, finite where there is nothing."""
    return ufl.ln(ufl.max_value(density, _NOTHING))


def edge_heat(
    context: Context, flux: EdgeFlux, fall: EdgeFlux, v: Expr, weight: EdgeFlux | None = None
) -> Expr:
    """Return the form of a species' heat: flux times ``fall`` [kT0] along each edge, half to each end.

    ``weight(i, j)`` of an edge; that of the mesh if None.
    """
    c = context.calculus
    weigh = weight or c.weight

    def half_to_each(i: int, j: int) -> Expr:
        heat = ufl.max_value(flux(i, j) * fall(i, j), 0.0)  # below 0 by round-off only
        return weigh(i, j) * heat * (c.at(v, i) + c.at(v, j)) / 2

    return c.over_edges(half_to_each)
