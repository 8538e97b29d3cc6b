r"""Statistics of carriers and ions: density against chemical potential.

Carriers: Boltzmann, :math:`n = N_c e^{\eta}`. Ions: site-limited (a lattice gas; Bikerman, Phil. Mag.
33, 384, 1942; A. A. Kornyshev, J. Phys. Chem. B 111, 5545, 2007),
:math:`P = P_{max} a/(1 + a)` with the activity :math:`a`, and the excess chemical potential
:math:`\mu_{ex}/kT = -\ln(1 - P/P_{max})`.
"""

from __future__ import annotations

from typing import Any

import ufl


def boltzmann(exponent: Any) -> Any:
    """Return exp(exponent) in UFL, the exponent held below 300 so that a wild guess stays finite."""
    return ufl.exp(ufl.min_value(exponent, 300.0))


def site_limited(activity_exponent: Any, site_density: Any) -> Any:
    r"""Return :math:`P_{max}/(1 + e^{-a})`: the ion density for the exponent a = ln(activity)."""
    return site_density / (1 + ufl.exp(ufl.min_value(-activity_exponent, 300.0)))


def excess_chemical_potential(density: Any, site_density: Any) -> Any:
    r"""Return :math:`-\ln(1 - P/P_{max})` in units of kT."""
    return -ufl.ln(1 - density / site_density)


def excess_of_crowded(density: Any, site_density: Any, exponent: Any, kept: Any) -> Any:
    r"""Return :math:`-\ln(1 - P/P_{max})` from m and P_0 (``exponent``, ``kept``); see ``vacant_sites``."""
    return exponent - ufl.ln(1 + (kept - density) / site_density * ufl.exp(exponent))
