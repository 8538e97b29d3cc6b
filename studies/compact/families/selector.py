"""A two-terminal selector: it opens above a threshold voltage, holds down to a lower one, and remembers nothing.

The share s that is open goes within a time tau to a logistic step of the voltage, whose threshold falls from V_th to
V_hold as it opens: a slow sweep opens it below V_th and closes it above V_hold, by the width of the step (``figure``
says where), and without a jump if that is more than a quarter of their distance. The conductance goes from G_off to
G_on by its logarithm. For ovonic and insulator-metal selectors as in G. W. Burr et al., J. Vac. Sci. Technol. B 32,
040802, 2014 (requirements and kinds).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses from the steps of the conductance."""
    v_set = (
        abs(data.set_voltage) if math.isfinite(data.set_voltage) else 0.5 * max(data.highest_voltage, 1e-2)
    )
    v_hold = abs(data.reset_voltage) if math.isfinite(data.reset_voltage) else 0.5 * v_set
    found = []
    for width, tau, hold in itertools.product(
        (0.02, 0.1), (1e-3, 1e-2), (min(v_hold, 0.95 * v_set), 0.5 * v_set)
    ):
        found.append({
            "G_on": 1 / data.low_resistance, "G_off": 1 / data.high_resistance, "V_th": v_set, "V_hold": hold,
            "V_width": width * v_set, "tau": tau * data.stroke,
        })  # fmt: skip
    return found


SELECTOR = Family(
    name="selector",
    source="threshold and hold voltage as in Burr et al., J. Vac. Sci. Technol. B 32, 040802, 2014",
    parameters={
        "G_on": Declared(unit="{S}", meaning="conductance open", lower=1e-30, upper=1e24),
        "G_off": Declared(unit="{S}", meaning="conductance closed", lower=1e-30, upper=1e24),
        "V_th": Declared(unit="V", meaning="middle of the step while it is closed", lower=1e-3, upper=100.0),
        "V_hold": Declared(unit="V", meaning="middle of the step while it is open", lower=1e-4, upper=100.0),
        "V_width": Declared(unit="V", meaning="width of the step", lower=1e-4, upper=10.0),
        "tau": Declared(unit="s", meaning="time in which it follows", lower=1e-15, upper=1e6),
    },
    where={
        "turn": "(1 - sqrt(max(1 - 4*V_width/(V_th - V_hold), 0)))/2",
        "level": "V_th - (V_th - V_hold)*s",
        "wanted": "1/(1 + exp(-(abs(v) - level)/V_width))",
    },
    states={
        "s": StateVariable(
            rate="(wanted - s)/tau", initial="0", unit="1", meaning="share that is open", lower="0", upper="1"
        )
    },
    derived={
        "opening_voltage": (
            "V_th - (V_th - V_hold)*turn + V_width*log(turn/(1 - turn))",
            "V",
            "at which a slow sweep opens it",
        ),
        "closing_voltage": (
            "V_hold + (V_th - V_hold)*turn - V_width*log(turn/(1 - turn))",
            "V",
            "at which a slow sweep closes it",
        ),
    },
    current="v*G_off*exp(s*log(G_on/G_off))",
    starts=_starts,
)
