r"""Fermi-Dirac integrals as quotients of polynomials, in UFL and on arrays.

.. math:: F_j(\eta) = \frac{1}{\Gamma(j+1)}\int_0^\infty \frac{t^j\,dt}{1 + e^{t - \eta}}

(P. Rhodes, Proc. R. Soc. A 204, 396, 1950; J. S. Blakemore, Solid-State Electron. 25, 1067, 1982.) Both functions are
those of the activity :math:`z = e^\eta`: :math:`F_{1/2}/z`, which is 1 without degeneracy, to 2e-14, and
:math:`F_{3/2}/F_{1/2}` to 4e-9, in pieces up to :math:`\eta` = 0, 3, 10, 30 and beyond. The tables are printed by
``scripts/fermi_dirac.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

Expr = Any  # of UFL, or an array
Piece = tuple[
    tuple[float, ...], tuple[float, ...]
]  # numerator and denominator in x from -1 to 1, lowest power first
_ENDS = (0.0, 3.0, 10.0, 30.0)  # of the pieces in between [kT]
_MARGIN = 0.1  # beyond its ends a piece is not held yet, so that it has its slope there
_HALF: tuple[Piece, ...] = (
    # F(1/2)/z, z = e^eta to 1: 2.7e-15
    (
        (
            0.8597746431611565,
            0.6450500925803562,
            0.16641580834929287,
            0.017007387583642033,
            0.0005670282631007832,
            1.8286206441172515e-06,
        ),
        (
            1.0,
            0.8808357699351365,
            0.2835355165323179,
            0.04036205123283046,
            0.0024032936852904255,
            4.281806073269723e-05,
        ),
    ),
    # F(1/2), eta 0 to 3: 1.2e-14
    (
        (
            2.1448608775830986,
            3.5611616802219936,
            2.918084802137504,
            1.480597252376119,
            0.49374284293998266,
            0.1071948501482421,
            0.01394965475711444,
            0.0008364051037918023,
        ),
        (
            1.0,
            0.7866135636469834,
            0.44250594380584823,
            0.1302689244498575,
            0.026876390799159218,
            0.0025723417360705102,
            9.293238552062551e-05,
            -1.9454996146312144e-06,
        ),
    ),
    # F(1/2), eta 3 to 10: 1.6e-14
    (
        (
            12.839811239906053,
            29.200116517866697,
            29.427132316554996,
            17.021954448558663,
            6.068040863878647,
            1.308569276653234,
            0.15084479497269032,
            0.006279194811532912,
        ),
        (
            1.0,
            1.4987297794307106,
            1.0200254490570995,
            0.38188645675224453,
            0.07902237704873206,
            0.00709981389389539,
            0.00012148016405645268,
            -7.270913159477548e-07,
        ),
    ),
    # F(1/2), eta 10 to 30: 4.3e-15
    (
        (
            67.49151222165872,
            163.2496702899805,
            163.73485154286217,
            86.73908533005513,
            25.49901120868564,
            3.967205076060602,
            0.27507430747381617,
            0.005046809417140521,
        ),
        (
            1.0,
            1.6719063108859575,
            1.083483383692612,
            0.3270803205058463,
            0.04364148420733809,
            0.0019487353325954755,
            8.861071198250248e-06,
            1.0334567169927937e-07,
        ),
    ),
    # F(1/2)/eta^(3/2), eta^-2 to 1/900: 9.9e-17
    (
        (0.752768612622482, -0.0653773921516407, 0.0006261719956733101, 2.526941037807103e-07),
        (1.0, -0.08753483544130526, 0.0008915038790920307, -2.48060562255816e-07),
    ),
)
_RATIO: tuple[Piece, ...] = (
    # F(3/2)/F(1/2), z to 1: 5.0e-10
    (
        (1.075392920816238, 0.5650548371506783, 0.08284820437497042, 0.002863244231605923),
        (1.0, 0.4649667533210277, 0.056673139915996436, 0.0013833430834202455),
    ),
    # F(3/2)/F(1/2), eta 0 to 3: 3.5e-9
    (
        (
            1.3650066705153814,
            0.7303481415966094,
            0.3319851993347847,
            0.05881002059150604,
            0.006353328831709296,
        ),
        (1.0, 0.3098646203381113, 0.12084687754162182, 0.004883241236691365, 0.0005056634780753341),
    ),
    # F(3/2)/F(1/2), eta 3 to 10: 1.2e-9
    (
        (2.890062453953176, 3.924939846205453, 2.0922851974357837, 0.502553331379002, 0.04484209556230317),
        (1.0, 0.9224908679976549, 0.2999968018536106, 0.0319803129362531, 2.855683694588069e-07),
    ),
    # F(3/2)/F(1/2), eta 10 to 30: 9.0e-11
    (
        (8.098248092488504, 18.574419669838512, 15.81831150526222, 5.944406075399448, 0.8336353672421145),
        (1.0, 1.8057108086681068, 1.069288316950183, 0.20840771640331748, 1.7719176131743165e-07),
    ),
    # F(3/2)/F(1/2)/eta, eta^-2 to 1/900: 5.0e-14
    (
        (0.40109551958447026, -0.0025058381673881145, -1.4266326781206633e-05),
        (1.0, -0.008976051024637431, -8.322461896662514e-06),
    ),
)


@dataclass(frozen=True)
class Maths:
    """The functions of which densities are made, of symbols or of arrays; ``choose(a <= b, first, second)``."""

    no_more: Callable[[Any, Any], Any]
    choose: Callable[[Any, Any, Any], Any]
    log: Callable[[Any], Any]
    lowest: Callable[[Any, Any], Any]
    highest: Callable[[Any, Any], Any]


SYMBOLS = Maths(ufl.le, ufl.conditional, ufl.ln, ufl.min_value, ufl.max_value)
ARRAYS = Maths(np.less_equal, np.where, np.log, np.minimum, np.maximum)


def half_per_activity(z: Expr, maths: Maths = SYMBOLS) -> Expr:
    r"""Return :math:`F_{1/2}(\ln z)/z` for z >= 0.

    >>> float(half_per_activity(1.0, ARRAYS))  # (1 - 2^{-1/2}) zeta(3/2) = 0.765147...
    0.76514702462540...
    """
    eta = maths.log(maths.highest(z, 1.0))
    low = _quotient(_HALF[0], maths.lowest(z, 1.0 + _MARGIN) * 2 - 1)
    far = maths.highest(eta, _ENDS[-1])
    top = _quotient(_HALF[-1], 2 * (_ENDS[-1] / far) ** 2 - 1) * far**1.5
    above = _pieced(_HALF, eta, top, maths) / maths.highest(z, 1.0)
    return maths.choose(maths.no_more(z, 1.0), low, above)


def three_halves_per_half(z: Expr, maths: Maths = SYMBOLS) -> Expr:
    r"""Return :math:`F_{3/2}(\ln z)/F_{1/2}(\ln z)` for z >= 0."""
    eta = maths.log(maths.highest(z, 1.0))
    low = _quotient(_RATIO[0], maths.lowest(z, 1.0 + _MARGIN) * 2 - 1)
    far = maths.highest(eta, _ENDS[-1])
    top = _quotient(_RATIO[-1], 2 * (_ENDS[-1] / far) ** 2 - 1) * far
    return maths.choose(maths.no_more(z, 1.0), low, _pieced(_RATIO, eta, top, maths))


def _pieced(pieces: tuple[Piece, ...], eta: Expr, top: Expr, maths: Maths) -> Expr:
    """Return the pieces between the ends, and ``top`` beyond the last of them."""
    found = top
    for low, high, piece in reversed(list(zip(_ENDS[:-1], _ENDS[1:], pieces[1:-1], strict=True))):
        inside = maths.highest(maths.lowest(eta, high + _MARGIN), low - _MARGIN)
        here = _quotient(piece, (2 * inside - low - high) / (high - low))
        found = maths.choose(maths.no_more(eta, high), here, found)
    return found


def _quotient(piece: Piece, x: Expr) -> Expr:
    above, below = (_polynomial(c, x) for c in piece)
    return above / below


def _polynomial(coefficients: tuple[float, ...], x: Expr) -> Expr:
    found: Expr = coefficients[-1]
    for c in reversed(coefficients[:-1]):
        found = c + x * found
    return found
