r"""Tunnelling through a Schottky barrier: thermionic-field and field emission, by field and charge at the contact.

With the energy :math:`kT x` below the top of the barrier, the transmission P(x) of Wentzel, Kramers and Brillouin and
both Fermi levels, what leaves the film through the barrier is, beside what goes over its top,

.. math:: v N_c \int_0^{X} P(x)\,\ln\frac{1 + a\,e^x}{1 + a_0\,e^x}\,dx,\qquad a = n/N_c,\quad a_0 = e^{-\phi_B/kT}

(R. Tsu and L. Esaki, Appl. Phys. Lett. 22, 562, 1973, with the supply of F. A. Padovani and R. Stratton, Solid-State
Electron. 9, 695, 1966): nothing where :math:`n = n_0`. The barrier falls from the metal as :math:`qEx - q\rho x^2/
2\varepsilon`, with the field E and the charge :math:`\rho` of dopants, ions and traps at the contact, down to
:math:`V_b = \varepsilon E^2/2\rho`; a triangle where :math:`\rho` is not of the sign that ends it. With s = kTx/V_b

.. math:: -\ln P = \frac{4\sqrt{2m}\,(kTx)^{3/2}}{3\hbar qE}\,h(s),\qquad
          h = \frac{3}{2}\frac{\sqrt s - (1 - s)\,\mathrm{artanh}\sqrt s}{s^{3/2}},

which is :math:`(V_b/E_{00})[\sqrt s - (1 - s)\,\mathrm{artanh}\sqrt s]` of the parabola with :math:`E_{00} = (q\hbar/2)
\sqrt{N/m\varepsilon}`. Where diffusion limits the current, the way over the barrier is eased as well, by the gain of a
triangle in the field along each edge near the contact (see ``image_force`` for how).

Field and charge are taken as they are at the contact: where they change within the barrier (ions within a nanometre, a
film thinner than the barrier, a heterojunction inside of it), it is that of a film that goes on as it begins. Those of
the film have a Boltzmann density with the occupancy of Fermi and Dirac that goes with it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl

from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK
from fem.forms.edge_flux import Expr

_POINTS = 24
_EDGE_POINTS = 10
_NOTHING = 40.0  # of -ln of the integrand: beyond it nothing is left
_LOW = 0.01  # of the field in which κ is 1: below, the gain of some 4 % is rounded off to none at zero field


def unit_field(mass: float, temperature: float) -> float:
    r"""Return the field [V/m] in which :math:`-\ln P = x^{3/2}`: :math:`4\sqrt{2m}(kT)^{3/2}/3\hbar q`; mass [m0]."""
    hbar, energy = PLANCK / (2 * np.pi), BOLTZMANN * temperature
    found = 4 * np.sqrt(2 * mass * ELECTRON_MASS) * energy**1.5 / (3 * hbar * ELEMENTARY_CHARGE)
    return float(found)


def steepness(field: Expr) -> Expr:
    r"""Return κ in :math:`-\ln P = \kappa x^{3/2}`; ``field``: that pulls the carrier out, in the unit of 1/κ."""
    e = ufl.max_value(field, 1e-6)
    return (e**2 + _LOW**2) / e**3


def tunnelled(kappa: Expr, depth: Expr, outside: Expr, inside: Expr, barrier: Expr) -> Expr:
    r"""Return :math:`\int P\ln[(1 + ae^x)/(1 + a_0e^x)]dx`, exactly 0 where ``inside`` a is ``outside`` a_0.

    ``depth``: V_b [kT]; ``barrier``: φ_B [kT]. By Gauss's rule in the root of x.
    """
    last = ufl.min_value(ufl.min_value(depth, _reach(kappa)), barrier + _NOTHING)
    total: Any = 0
    for place, weight in _rule(_POINTS):
        x = last * place**2
        share = ufl.min_value(x / depth, 1.0)
        supply = ufl.exp(x - kappa * x * ufl.sqrt(x) * _bent(share)) * _supply(inside, outside, x)
        total += 2 * place * weight * supply
    return last * total * (inside - outside)


def triangle_gain(kappa: Expr, barrier: Expr) -> Expr:
    r"""Return :math:`1 + \int e^x P\,dx` of a triangle down to the Fermi level of the metal."""
    last = ufl.min_value(_reach(kappa), barrier)
    total: Any = 0
    for place, weight in _rule(_EDGE_POINTS):
        x = last * place**2
        total += 2 * place * weight * ufl.exp(x - kappa * x * ufl.sqrt(x))
    return 1 + last * total


def _rule(count: int) -> list[tuple[float, float]]:
    """Return the points of Gauss's rule between 0 and 1, with their weights."""
    places, weights = np.polynomial.legendre.leggauss(count)
    return list(zip(((places + 1) / 2).tolist(), (weights / 2).tolist(), strict=True))


def _reach(kappa: Expr) -> Expr:
    """Return an energy [kT] beyond which nothing tunnels through a triangle."""
    return (_NOTHING / kappa) ** (2 / 3) + 2 / kappa**2


def _bent(s: Expr) -> Expr:
    """Return h(s): 1 for a triangle, 3/2 at the foot of the parabola."""
    root = ufl.sqrt(ufl.max_value(s, 0.04))
    below = ufl.min_value(ufl.max_value(s, 0.04), 1 - 1e-9)
    whole = 1.5 * (root - (1 - below) * ufl.ln((1 + ufl.sqrt(below)) / (1 - ufl.sqrt(below))) / 2) / root**3
    series = 1 + s * (1 / 5 + s * (3 / 35 + s * (1 / 21 + s * (1 / 33 + s * (3 / 143 + s / 65)))))
    return ufl.conditional(ufl.lt(s, 0.04), series, whole)


def _supply(a: Expr, b: Expr, x: Expr) -> Expr:
    """Return ln[(1 + a e^x)/(1 + b e^x)]/[(a - b) e^x], which has no difference of close numbers."""
    up = ufl.exp(x)
    below = 1 + b * up
    t = (a - b) * up / below
    small = ufl.lt(abs(t), 1e-3)
    safe = ufl.conditional(small, 1.0, t)
    series = 1 - t * (1 / 2 - t * (1 / 3 - t * (1 / 4 - t / 5)))
    return ufl.conditional(small, series, ufl.ln(ufl.max_value(1 + safe, 1e-300)) / safe) / below
