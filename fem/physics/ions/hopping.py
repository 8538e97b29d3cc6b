r"""Hopping of ions in a strong field.

A field enhances hopping by :math:`\sinh(s)/s` with :math:`s = |z| q a E/2kT`, the jump distance a and the field E of
a cell, as in :math:`v = 2fa\,e^{-U/kT}\sinh(s)` with :math:`D = fa^2e^{-U/kT}` at low field (N. F. Mott and R. W.
Gurney, Electronic Processes in Ionic Crystals, 1940).
"""

from __future__ import annotations

import ufl

from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.physics.dissipation import EdgeFlux

_SMALL_FIELD = 1e-12  # [kT/q per L0], so that the root has a slope
_LARGEST_SINH = 300.0  # of s, so that a wild guess stays finite


def hopping_gain(context: Context, charge_number: int, jump_distance: float | None) -> EdgeFlux:
    """Return sinh(s)/s of an edge, by which the field of a cell enhances hopping; 1 without a jump distance [m]."""
    if jump_distance is None:
        return lambda i, j: 1.0
    factor = abs(charge_number) * jump_distance / (2 * context.scaling.length)
    squared = context.calculus.gradient_squared(context.ion_potential)
    cold = context.constant(factor) * ufl.sqrt(squared + _SMALL_FIELD**2)

    def gain(i: int, j: int) -> Expr:
        warmth = context.edge_warmth(i, j)
        s = ufl.min_value(cold if warmth is None else cold / warmth, _LARGEST_SINH)
        return ufl.conditional(ufl.lt(s, 1e-2), 1 + s * s / 6, (ufl.exp(s) - ufl.exp(-s)) / (2 * s))

    return gain
