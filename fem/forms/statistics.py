r"""Statistics of carriers and ions: density against chemical potential.

Carriers: :math:`n = N_c\,g(z)\,z` with the activity :math:`z = e^{\eta}` and what degeneracy leaves of it, g: 1
of Boltzmann, :math:`1/(1 + 0.27 z)` of Blakemore (J. S. Blakemore, Solid-State Electron. 25, 1067, 1982, good to 3 %
for :math:`\eta < 1.3`), :math:`F_{1/2}(\ln z)/z` of Fermi and Dirac in parabolic bands. Their excess chemical
potential is :math:`-\ln g` [kT].

Ions: site-limited (a lattice gas; Bikerman, Phil. Mag. 33, 384, 1942; A. A. Kornyshev, J. Phys. Chem. B 111, 5545,
2007), :math:`P = P_{max} a/(1 + a)` with the activity :math:`a`, and the excess chemical potential
:math:`\mu_{ex}/kT = -\ln(1 - P/P_{max})`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ufl

from fem.forms.fermi_dirac import SYMBOLS, Maths, half_per_activity, three_halves_per_half

BLAKEMORE = 0.27


@dataclass(frozen=True)
class CarrierStatistics:
    """What degeneracy makes of carriers: functions of the activity z, of symbols or of arrays.

    ``per_activity``: n/(N z). ``pressure``: that of the carriers over n kT, 1 without degeneracy.
    """

    name: str
    per_activity: Callable[[Any, Maths], Any]
    pressure: Callable[[Any, Maths], Any]


def _blakemore_pressure(z: Any, maths: Maths = SYMBOLS) -> Any:
    """Return (1 + a z) ln(1 + a z)/(a z)."""
    more = BLAKEMORE * z
    small = maths.no_more(more, 1e-4)
    series = 1 + more / 2 - more * more / 6
    safe = maths.highest(more, 1e-4)
    return maths.choose(small, series, (1 + safe) * maths.log(1 + safe) / safe)


#: By the name that ``Carriers(statistics=...)`` gives it.
STATISTICS = {
    "boltzmann": CarrierStatistics("boltzmann", lambda z, maths: 1.0, lambda z, maths: 1.0),
    "blakemore": CarrierStatistics(
        "blakemore", lambda z, maths: 1 / (1 + BLAKEMORE * z), _blakemore_pressure
    ),
    "fermi-dirac": CarrierStatistics("fermi-dirac", half_per_activity, three_halves_per_half),
}


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
