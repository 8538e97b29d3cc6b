r"""A compact memristor model with one memory variable: ions that screen the voltage, carriers that pass.

The ions form a double layer at each electrode. Their charge in units of the Debye charge Q_D is the memory
variable q; it is the only state. All voltages below are in units of the thermal voltage V_t: v = V/V_t.

Ions. A layer with mobile ions of one sign on a fixed background carries the charge q at the voltage d where
it is depleted and a where it is enriched, :math:`d + e^{-d} - 1 = e^a - a - 1 = q^2/2`; within 1 %,

.. math::
    d = 1 + \frac{q^2}{2} - e^{-|q| - q^2/6}, \quad
    a = \ln\left[1 + \frac{q^2}{2} + \ln\left(1 + |q| + \frac{q^2}{3}\right)\right], \quad
    X(q) = \mathrm{sgn}(q) (a + d)

V_t X is the screened voltage. What is left of the voltage, e, drops in the bulk and moves the ions there:

.. math::
    \tau \frac{dq}{dt} = e, \quad e = v - \ln(I_+/I_-) - X(q)

(surface polarisation model: Richardson et al., Energy Environ. Sci. 2016, 9, 1476; ions that gate the barrier
of the carriers: Moia et al., Energy Environ. Sci. 2019, 12, 1296). An ohmic ionic resistor with the nonlinear
capacitor of the layers: the relaxation time is :math:`\tau / X'(q)`, shorter the more the layers are charged.

Carriers. They are too few to change the potential and their loss is neglected, so that emission at the
electrodes and drift-diffusion across layers and bulk are resistors in series (thermionic emission-diffusion:
Sze and Ng, Physics of Semiconductor Devices, 3rd ed., 2007, section 3.3):

.. math::
    I = \mathrm{sgn}(V) \frac{1 - e^{-|v|}}{R} + C \frac{d(V - V_t X)}{dt} + Q_D \frac{dq}{dt}, \quad
    \ell = \min(v, 0), \quad F = q + \kappa e

.. math::
    R = e^{\ell} \left[\frac{e^{-b(F)}}{I_+} + \frac{\kappa}{I_D \sqrt{1 + F_+^2}}
        + \frac{e^{-D}}{I_D} \frac{1 - e^{-e}}{e}\right]
      + e^{\ell - v} \left[\frac{e^{-b(-F)}}{I_-}
        + \frac{I_+}{I_-} \frac{\kappa}{I_D \sqrt{1 + F_-^2}}\right]

I_+ and I_- are the emission currents at zero field of the electrodes that inject at V > 0 and at V < 0; with
equal Richardson constants their ratio is that of the barriers, so that the built-in voltage is
:math:`V_{bi} = V_t \ln(I_+/I_-)`. F is the field at the electrodes in units of V_t over the Debye length,
:math:`F_\pm = [\sqrt{F^2 + 0.01} \pm F]/2`, and :math:`b(\pm F) = (V_\beta/V_t) \sqrt{F_\pm}` the image-force
lowering. D is the drop of the injecting layer: s D(s q) with D = d for q > 0 and -a for q < 0, where s = 1 if
carriers and mobile ions have charges of the same sign (holes and vacancies of iodide) and s = -1 otherwise.
The bulk has the geometric capacitance :math:`C = \kappa Q_D / V_t`, and I_D is the drift current that the
voltage V_t gives in it with the density of carriers behind the barrier of I_+.
The law for dq/dt is ohmic; the exponential one of ions in fields above 1e8 V/m is given by Strukov and
Williams, Appl. Phys. A 2009, 94, 515.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features

#: kT/q [V] at 300 K, where a fit starts.
ROOM_TEMPERATURE = 0.02585
_PARAMETERS = {
    "emission_positive": Declared(
        unit="{A}", meaning="I_+, emission at V > 0 without a field", lower=1e-300, upper=1e300
    ),
    "emission_negative": Declared(
        unit="{A}", meaning="I_-, emission at V < 0 without a field", lower=1e-300, upper=1e300
    ),
    "drift_current": Declared(
        unit="{A}", meaning="I_D, bulk drift current of V_t at the barrier of I_+", lower=1e-300, upper=1e300
    ),
    "image_force": Declared(
        unit="V",
        meaning="V_beta, image-force lowering at F = 1",
        lower=0.0,
        upper=1.0,
        natural="thermal_voltage",
    ),
    "thermal_voltage": Declared(
        unit="V", meaning="V_t, kT/q times the ideality", lower=5e-3, upper=0.2, held=True
    ),
    "debye_share": Declared(
        unit="1", meaning="kappa, Debye length over thickness", lower=1e-5, upper=1.0, held=True
    ),
    "time_constant": Declared(
        unit="s",
        meaning="tau, Debye length times thickness over ionic diffusivity",
        lower=1e-300,
        upper=1e300,
    ),
    "debye_charge": Declared(
        unit="{C}", meaning="Q_D, charge at the field of V_t per Debye length", lower=1e-300, upper=1e300
    ),
    "initial_state": Declared(unit="1", meaning="q at time 0, in Debye charges", lower=-50.0, upper=50.0),
    "charge_sign": Declared(
        unit="1",
        meaning="s, 1 if carriers and ions have the same sign, else -1; never fitted",
        lower=-1.0,
        upper=1.0,
        values=(-1.0, 1.0),
    ),
}
_WHERE = {
    # layers with the charge q: enriched a, depleted d, screened X
    "q": "memory_state",
    "side": "where(q, 1, -1)",
    "depleted": "1 + q**2/2 - exp(-side*q - q**2/6)",
    "enriched": "log(1 + q**2/2 + log(1 + side*q + q**2/3))",
    "screened": "side*(enriched + depleted)",
    # the bulk drop e and the field F
    "u": "v/thermal_voltage",
    "bias": "log(emission_positive/emission_negative)",
    "drop": "u - bias - screened",
    "field": "q + debye_share*drop",
    "rounded": "sqrt(field**2 + 0.01)",
    "plus": "(rounded + field)/2",
    "minus": "(rounded - field)/2",
    # resistors in series: emission, layer, bulk, emission, layer
    "beta": "image_force/thermal_voltage",
    "thin": "log(debye_share/drift_current)",
    "size": "sqrt(drop**2 + 1e-8)",
    "bulk": "log((1 - exp(-size))/size) + max(-drop, 0)",
    "layer": "where(charge_sign*q, charge_sign*depleted, -charge_sign*enriched)",
    "low": "min(u, 0)",
    "high": "min(-u, 0)",
    "log_resistance": "log(exp(low - beta*sqrt(plus) - log(emission_positive))"
    " + exp(low + thin - log(1 + plus**2)/2)"
    " + exp(low - layer + bulk - log(drift_current))"
    " + exp(high - beta*sqrt(minus) - log(emission_negative))"
    " + exp(high + bias + thin - log(1 + minus**2)/2))",
}


def steady_state(values: Mapping[str, float], voltage: float) -> float:
    """Return q [Debye charges] after a long time at ``voltage`` [V]: V_t X(q) = V - V_bi."""
    from scipy.optimize import brentq

    thermal = values["thermal_voltage"]
    target = voltage / thermal - math.log(values["emission_positive"] / values["emission_negative"])
    reach = 2 + math.sqrt(2 * abs(target))

    def left(q: float) -> float:
        return float(ION_SCREENING.part("screened", values, 0.0, {"memory_state": q})) - target

    return float(brentq(left, -reach, reach, xtol=1e-13))


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return starting values from a grid around the scales of the data."""
    up, down = max(data.highest, data.floor), max(-data.lowest, data.floor)
    strong = up >= down
    grid = itertools.product(
        (1.0, -1.0), (0.03, 0.1, 0.3, 1.0, 3.0), (0.02, 0.5), (0.02, 1.0), (0.003, 0.03), (False, True)
    )
    found = []
    for sign, tau, weak, drift, share, rest in grid:
        plus, minus = (3 * up, weak * down) if strong else (weak * up, 3 * down)
        guess = {
            "emission_positive": plus, "emission_negative": minus, "image_force": 2 * ROOM_TEMPERATURE,
            "drift_current": drift * (up if strong else down * plus / minus), "debye_share": share,
            "thermal_voltage": ROOM_TEMPERATURE, "time_constant": tau * data.stroke, "initial_state": 0.0,
            "debye_charge": 0.1 * data.floor * tau * data.stroke, "charge_sign": sign,
        }  # fmt: skip
        guess["initial_state"] = steady_state(guess, 0.0) if rest else 0.0
        found.append(guess)
    return found


def _bounds(data: Features) -> Mapping[str, tuple[float, float]]:
    """Return the ranges that voltages, times and currents of the data set."""
    emission = (1e-15 * data.floor, 1e15 * data.peak)
    return {
        "emission_positive": emission,
        "emission_negative": emission,
        "drift_current": (1e-20 * data.floor, 1e20 * data.peak),
        "time_constant": (1e-2 * data.shortest, 1e5 * data.longest),
        "debye_charge": (1e-9 * data.floor * data.shortest, 10 * data.peak * data.longest),
    }


ION_SCREENING = Family(
    name="ion screening",
    source="Richardson et al., Energy Environ. Sci. 9, 1476, 2016; Moia et al., Energy Environ. Sci. 12, 1296, 2019",
    parameters=_PARAMETERS,
    where=_WHERE,
    states={
        "memory_state": StateVariable(
            rate="drop/time_constant",
            initial="initial_state",
            unit="1",
            meaning="q, charge of a double layer in Debye charges",
        )
    },
    current="2*sinh(u/2)*exp(-abs(u)/2 - log_resistance)",
    charge="debye_share*debye_charge*(u - screened) + debye_charge*q",
    derived={"built_in_voltage": ("thermal_voltage*bias", "V", "V_bi, the voltage of flat bands")},
    nodes=("depleted", "enriched", "drop", "field", "bulk", "layer", "log_resistance"),
    starts=_starts,
    bounds=_bounds,
)
