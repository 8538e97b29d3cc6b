"""A synaptic transistor: the threshold voltage of its channel is the state, and the gate writes it.

The current from drain to source is that of C. C. Enz, F. Krummenacher and E. A. Vittoz, Analog Integr. Circuits Signal
Process. 8, 83, 1995, from subthreshold to linear and saturation by one formula, over 1 + theta (V_G - V_th) above the
threshold, as mobility falls and contacts limit (S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 3rd ed.,
2007, chapter 6). Ions, traps or a polarization shift the threshold by x, which goes to ``share`` times the gate's
voltage, measured from its rest, within a time that falls by e for each V_a of it: fast writing, slow forgetting.
``v`` is the gate's voltage; the drain's is a parameter, and a terminal of its own in circuits.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return guesses from the range of the gate's voltage and the largest current."""
    span = data.highest_voltage - data.lowest_voltage
    middle = 0.5 * (data.highest_voltage + data.lowest_voltage)
    found = []
    for carriers, shift, share, tau, swing in itertools.product(
        (1.0, -1.0), (-0.5, 0.5), (-0.5, 0.5), (0.1, 1.0), (0.02, 0.1)
    ):
        found.append({
            "I_specific": data.peak * swing, "swing": swing * span, "V_threshold": middle + shift * span,
            "share": share, "tau": tau * data.stroke, "V_a": span, "ideality": 1.0, "theta": 0.3 / span,
            "V_rest": 0.0, "x_start": 0.0,
            "drain_voltage": 0.1, "carriers": carriers,
        })  # fmt: skip
    return found


def _bounds(data: Features) -> Mapping[str, tuple[float, float]]:
    """Return the ranges that the gate's voltage sets."""
    span = data.highest_voltage - data.lowest_voltage
    reach = (data.lowest_voltage - 5 * span, data.highest_voltage + 5 * span)
    return {"V_threshold": reach, "swing": (1e-3 * span, 3 * span), "x_start": (-5 * span, 5 * span)}


TRANSISTOR = Family(
    name="transistor synapse",
    source="Enz et al., Analog Integr. Circuits Signal Process. 8, 83, 1995; a threshold that relaxes",
    drain="drain_voltage",
    parameters={
        "I_specific": Declared(unit="{A}", meaning="specific current, 2 n beta V_t^2", lower=1e-30, upper=1e24),
        "swing": Declared(unit="V", meaning="2 n V_t, twice the gate voltage per e below threshold", lower=1e-3,
                          upper=100.0),
        "ideality": Declared(
            unit="1", meaning="n, of the gate's hold on the channel", lower=1.0, upper=1e3, fixed=1.0
        ),
        "V_threshold": Declared(unit="V", meaning="threshold without a shift", lower=-300.0, upper=300.0),
        "theta": Declared(unit="1/V", meaning="by which the overdrive lowers the mobility", lower=0.0, upper=20.0),
        "share": Declared(unit="1", meaning="shift of the threshold after long over the gate's voltage", lower=-10.0,
                          upper=10.0),
        "tau": Declared(unit="s", meaning="time of the shift near the rest", lower=1e-12, upper=1e12),
        "V_a": Declared(unit="V", meaning="gate voltage over which it is faster by e", lower=1e-2, upper=1e4),
        "V_rest": Declared(unit="V", meaning="gate voltage at rest", lower=-300.0, upper=300.0, fixed=0.0),
        "x_start": Declared(unit="V", meaning="shift at time 0", lower=-300.0, upper=300.0, fixed=0.0),
        "drain_voltage": Declared(unit="V", meaning="from drain to source", lower=-300.0, upper=300.0, fixed=0.1),
        "carriers": Declared(unit="1", meaning="1 of electrons, -1 of holes", lower=-1.0, upper=1.0,
                             values=(1.0, -1.0)),
    },
    where={
        "over": "carriers*(v - V_threshold - x)/swing",
        "back": "over - carriers*ideality*drain_voltage/swing",
        "at_source": "max(over, 0) + log(1 + exp(-abs(over)))",
        "at_drain": "max(back, 0) + log(1 + exp(-abs(back)))",
        "lifetime": "tau*exp(-abs(v - V_rest)/V_a)",
    },
    states={
        "x": StateVariable(
            rate="(share*(v - V_rest) - x)/lifetime", initial="x_start", unit="V", meaning="shift of the threshold"
        )
    },
    current="carriers*I_specific*(at_source**2 - at_drain**2)/(1 + theta*swing*max(over, 0))",
    starts=_starts,
    bounds=_bounds,
)  # fmt: skip
