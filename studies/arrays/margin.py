r"""Sneak-path resistance, read margin and the largest array that can still be read.

Worst case of a passive N x N array: one selected cell, all others in the low-resistance state, unselected
lines floating, no line resistance; read through a pull-up resistor. Yantara et al., Chem. Soc. Rev. 2026,
55, 2145, equations (1) and (2).
"""

from __future__ import annotations

import math
from typing import Literal

from fem.errors import OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import optional, positive, quantity, whole

#: "optimal" maximises the margin, "low_resistance_state" is that of the cell, a float is a resistance [Ohm].
PullUp = Literal["optimal", "low_resistance_state"] | float
#: The review's rule: the two read voltages must differ by more than a tenth of the read voltage.
MARGIN_RULE = 0.10


@checked()
def sneak_resistance(low_resistance_state: float, size: int) -> float:
    r"""Return the resistance [Ohm] of all sneak paths of a ``size`` x ``size`` array; infinite for one cell.

    .. math:: R_\mathrm{sneak} = \frac{R_\mathrm{LRS}}{N-1} + \frac{R_\mathrm{LRS}}{(N-1)^2}
              + \frac{R_\mathrm{LRS}}{N-1}

    ``low_resistance_state`` [Ohm] is the resistance of the unselected cells (Yantara et al., Chem. Soc. Rev.
    2026, 55, 2145, eq. 1).

    >>> sneak_resistance(169.0, 2)
    507.0
    """
    r = positive("low resistance state [Ohm]", low_resistance_state)
    whole(1)("array size", size)
    if size == 1:
        return math.inf
    n = size - 1
    return r / n + r / n**2 + r / n


def _parallel(a: float, b: float) -> float:
    """Return a and b in parallel [Ohm]."""
    return a if math.isinf(b) else a * b / (a + b)


@checked()
def read_margin(
    *,
    low_resistance_state: float,
    high_resistance_state: float,
    size: int,
    pull_up: PullUp,
    unselected_resistance: float | None = None,
) -> float:
    r"""Return the difference of the two read voltages over the read voltage [1], ``size`` x ``size`` cells.

    .. math:: \frac{\Delta V_\mathrm{RS}}{V_\mathrm{read}} =
              \frac{R_\mathrm{pu}}{R_\mathrm{LRS}\parallel R_\mathrm{sneak} + R_\mathrm{pu}}
              - \frac{R_\mathrm{pu}}{R_\mathrm{HRS}\parallel R_\mathrm{sneak} + R_\mathrm{pu}}

    (Yantara et al., Chem. Soc. Rev. 2026, 55, 2145, eq. 2; the review does not give R_pu, hence the
    choice.) Resistances in [Ohm]. The optimal pull-up is :math:`\sqrt{(R_\mathrm{LRS}\parallel
    R_\mathrm{sneak}) (R_\mathrm{HRS}\parallel R_\mathrm{sneak})}`. ``unselected_resistance`` is that of an
    unselected cell; without it the worst case, the low-resistance state (give it for cells with a selector
    or that rectify).
    """
    low = positive("low resistance state [Ohm]", low_resistance_state)
    high = positive("high resistance state [Ohm]", high_resistance_state)
    if high < low:
        raise OutOfRangeError(
            "high resistance state [Ohm]", high, f"at least the low resistance state, {low:g} Ohm"
        )
    sneak = sneak_resistance(low if unselected_resistance is None else unselected_resistance, size)
    a, b = _parallel(low, sneak), _parallel(high, sneak)
    if pull_up == "optimal":
        r = math.sqrt(a * b)
    elif pull_up == "low_resistance_state":
        r = low
    elif isinstance(pull_up, str):  # type: ignore[unreachable]
        raise UnknownNameError(
            "pull-up", pull_up, ("optimal", "low_resistance_state"), "Or a resistance [Ohm]."
        )
    else:
        r = positive("pull-up resistance [Ohm]", pull_up)
    return r / (a + r) - r / (b + r)


@checked(unselected_resistance=optional(quantity(0.0, 1e30, "Ohm")))
def largest_array(
    *,
    low_resistance_state: float,
    high_resistance_state: float,
    pull_up: PullUp,
    unselected_resistance: float | None = None,
    required_margin: float = MARGIN_RULE,
) -> int:
    """Return the largest N for which an N x N array keeps a read margin above ``required_margin``; 0 if none.

    The margin falls with N for any pull-up, so that N is found by doubling and bisection.

    >>> largest_array(low_resistance_state=1e3, high_resistance_state=1e6, pull_up="optimal")
    5
    """
    if not 0 < required_margin < 1:
        raise OutOfRangeError("required read margin", required_margin, "between 0 and 1")

    def enough(size: int) -> bool:
        margin = read_margin(
            low_resistance_state=low_resistance_state,
            high_resistance_state=high_resistance_state,
            size=size,
            pull_up=pull_up,
            unselected_resistance=unselected_resistance,
        )
        return margin > required_margin

    if not enough(1):
        return 0
    good, bad = 1, 2
    while enough(bad):
        good, bad = bad, 2 * bad
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (middle, bad) if enough(middle) else (good, middle)
    return good
