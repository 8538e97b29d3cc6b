r"""The image force on carriers that leave a metal: by how much it eases emission, and diffusion over the barrier.

A carrier at the distance x of a metal is drawn to it by its image: :math:`q^2/16\pi\varepsilon x^2`. With a field E
that pulls it out, the barrier has its top at :math:`x_m = \sqrt{q/16\pi\varepsilon E}` and is lower by
:math:`\Delta\phi = \sqrt{q^3E/4\pi\varepsilon}` (W. Schottky, Phys. Z. 15, 872, 1914). Emission and the way over the
barrier are resistances in series (C. R. Crowell and S. M. Sze, Solid-State Electron. 9, 1035, 1966),

.. math:: J = \frac{q N_c v_R}{1 + v_R/v_D}\,e^{-(\phi_B - \Delta\phi)/kT}\,(e^{qV/kT} - 1),\qquad
          \frac{1}{v_D} = \int_{x_m}^\infty \frac{1}{D}\,e^{(E_c(x) - E_c(x_m))/kT}\,dx,

with the image force in :math:`E_c`. In a uniform field and with :math:`y = \Delta\phi/kT` the integral is

.. math:: v_D = \mu E/h(y),\qquad h(y) = \tfrac12\left[1 + y\,e^y K_1(y)\right]:

emission gains by :math:`e^y`, diffusion by :math:`e^y/h`. (All of the way from x = 0 on would give h = y e^y K_1(y):
P. R. Emtage and J. J. O'Dwyer, Phys. Rev. Lett. 16, 356, 1966.) h = 1 would be :math:`v_D = \mu E`.

On the unknowns, whose bands know no image force, the first is a factor of the emission. The second is one of the
mobility along edges near the contact, :math:`g_i g_j` with

.. math:: g_i = 1 + \left(e^y/h - 1\right) e^{-qEx_i/kT},

E being the field along the edge and :math:`x_i` the distance of its end from the metal (the potential between the ends
over how much further away one is than the other; of an edge along the metal that says nothing, and counts as no field):
in a uniform field the way over
the barrier is then easier by :math:`e^y/h` for any division into edges. Of a film that is thinner than this way,
:math:`kT/qE`, no metal can draw more than the film holds: the gain counts with :math:`1 - e^{-qE\ell/kT}`, where
:math:`\ell` is the largest distance from the metal. Both are 1 where the field is zero or holds the carrier back, and
both act on both directions alike, so that equilibrium carries no current.

All of it is of a field that is uniform over the way, and of a barrier. Where dopants or ions end the field within
:math:`x_m`, bands bend by less than :math:`\Delta\phi`: then there is no barrier left to be lowered further, and the
gain is too large; ``fem.solvers.lowered_barriers`` says where.
"""

from __future__ import annotations

from collections.abc import Callable

import ufl

from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.physics.dissipation import EdgeFlux

Gain = Callable[[Expr, Expr], Expr]
_ROUNDING = 0.02  # (Δφ/kT)² below which the lowering, without a slope at zero field, is rounded off
_ALONG = 0.15  # of an edge: what leads less than that away from the metal tells little of the field there
_STEEPEST = 1e4  # (Δφ/kT)²: beyond it the barrier is long gone, and the exponential stays finite


def lowering(pull: Expr) -> Expr:
    r"""Return :math:`y = \Delta\phi/kT` from its square, which is negative where the field holds the carrier back.

    0 there, with a continuous slope; it is the root but for :math:`(0.02/y^2)^4` of it.

    >>> [round(float(lowering(ufl.as_ufl(z))), 4) for z in (-1.0, 0.0, 0.01, 0.09, 4.0)]
    [0.0, 0.0, 0.0059, 0.2993, 2.0]
    """
    z = ufl.min_value(ufl.max_value(pull, 1e-30), _STEEPEST)
    return ufl.conditional(ufl.gt(pull, 1e-30), ufl.sqrt(z) * z**4 / (z**4 + _ROUNDING**4), 0.0)


def emission_gain(pull: Expr) -> Expr:
    """Return by how much emission into the film, and from it, is larger."""
    return ufl.exp(lowering(pull))


def diffusion_gain(pull: Expr) -> Expr:
    r"""Return :math:`e^y/h(y)`, by how much the way over the barrier is easier.

    :math:`(y e^y K_1)^2 \simeq 1 + \pi y/2 + 0.3318y/(1 + 2.061y)`, fitted here: h is good to 4e-4 for all y.
    """
    y = lowering(pull)
    bessel = ufl.sqrt(1 + ufl.pi * y / 2 + 0.3318 * y / (1 + 2.061 * y))
    return ufl.exp(y) / ((1 + bessel) / 2)


def edge_gain(
    context: Context, sign: float, gain: Gain, distance: Expr, depth: Expr, inside: Expr
) -> EdgeFlux:
    """Return the factor of the mobility along an edge near one contact.

    ``sign``: 1 for electrons, -1 for holes. ``gain``: of the way over the barrier, of the pull of a uniform field
    [kT0/qL0] and the temperature [T0]. ``distance`` of the nodes from the metal [L0]; ``inside``: 1 in the regions that
    touch it, else 0; ``depth``: the largest distance there [L0].
    """
    c, psi = context.calculus, context.field("potential")

    def factor(i: int, j: int) -> Expr:
        away = c.delta(distance, i, j)
        least = (_ALONG * c.length(i, j)) ** 4
        slope = sign * c.delta(psi, i, j) * away**3 * (1 + _ALONG**4) / (away**4 + least)
        slope = ufl.max_value(slope, 0.0)
        warmth = context.edge_warmth(i, j)
        theta = 1.0 if warmth is None else warmth
        more = inside * (gain(slope, theta) - 1) * (1 - ufl.exp(-slope * depth / theta))

        def of_node(k: int) -> Expr:
            return 1 + more * ufl.exp(-ufl.max_value(slope * c.at(distance, k), 0.0) / theta)

        return of_node(i) * of_node(j)

    return factor
