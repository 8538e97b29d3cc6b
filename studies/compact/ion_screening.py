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

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Largest size of an exponent, in the model and in its SPICE text: keeps both from overflowing.
LARGEST_EXPONENT = 230.0
#: Rounding of the field F at zero, and of the bulk drop e in (1 - exp(-e))/e.
FIELD_ROUNDING, DROP_ROUNDING = 0.1, 1e-4

#: name -> (unit, meaning); {A} stands for the unit of current, A or A/m^2.
PARAMETERS: dict[str, tuple[str, str]] = {
    "emission_positive": ("{A}", "I_+, emission at V > 0 without a field"),
    "emission_negative": ("{A}", "I_-, emission at V < 0 without a field"),
    "drift_current": ("{A}", "I_D, bulk drift current of V_t at the barrier of I_+"),
    "image_force": ("V", "V_beta, image-force lowering at F = 1"),
    "thermal_voltage": ("V", "V_t, kT/q times the ideality"),
    "debye_share": ("1", "kappa, Debye length over thickness"),
    "time_constant": ("s", "tau, Debye length times thickness over ionic diffusivity"),
    "debye_charge": ("{A} s", "Q_D, charge at the field of V_t per Debye length"),
    "initial_state": ("1", "q at time 0, in Debye charges"),
    "charge_sign": ("1", "s, 1 if carriers and ions have the same sign, else -1; never fitted"),
}
#: Parameters that must be positive; the fit varies their logarithm.
POSITIVE = ("emission_positive", "emission_negative", "drift_current", "thermal_voltage", "debye_share",
            "time_constant", "debye_charge")  # fmt: skip
#: The equations, in words a reader of the file can type in.
EQUATIONS: dict[str, str] = {
    "memory": "tau dq/dt = e",
    "bulk_drop": "e = v - ln(I_+/I_-) - X(q); v = V/V_t",
    "screened": "X = sgn(q) (a + d); d = 1 + q^2/2 - exp(-|q| - q^2/6); "
    "a = ln(1 + q^2/2 + ln(1 + |q| + q^2/3))",
    "current": "I = sgn(V) (1 - exp(-|v|))/R + C d(V - V_t X)/dt + Q_D dq/dt; C = kappa Q_D/V_t",
    "resistance": "R = exp(l) [exp(-b(F))/I_+ + kappa/(I_D sqrt(1 + F_+^2)) + exp(-D)/I_D (1 - exp(-e))/e]"
    " + exp(l - v) [exp(-b(-F))/I_- + I_+/I_- kappa/(I_D sqrt(1 + F_-^2))]; l = min(v, 0)",
    "field": "F = q + kappa e; F_+- = (sqrt(F^2 + 0.01) +- F)/2; b(+-F) = V_beta/V_t sqrt(F_+-)",
    "layer": "D = s d if s q > 0 else -s a",
}


def unit_of(name: str, current_unit: str) -> str:
    """Return the unit of parameter ``name`` for currents in ``current_unit``."""
    unit = PARAMETERS[name][0].replace("{A}", current_unit)
    return {"A s": "C", "A/m^2 s": "C/m^2"}.get(unit, unit)


def built_in_voltage(p: Mapping[str, float]) -> float:
    """Return V_bi [V], the voltage of flat bands."""
    return p["thermal_voltage"] * math.log(p["emission_positive"] / p["emission_negative"])


def layer_drops(q: Array) -> tuple[Array, Array, Array]:
    """Return a, d and X'(q) [V_t] of layers with the charge ``q`` [Debye charges]."""
    size, half = np.abs(q), 0.5 * q * q
    core, tail = 1 + size + half / 1.5, np.exp(-np.minimum(size + half / 3, LARGEST_EXPONENT))
    inside = 1 + half + np.log(core)
    slope = size + (1 + size / 3) * tail + (size + (1 + size / 1.5) / core) / inside
    return np.log(inside), 1 + half - tail, slope


def screened_voltage(p: Mapping[str, float], q: Array) -> Array:
    """Return V_t X [V], the voltage that the ions screen at the state ``q`` [Debye charges]."""
    enriched, depleted, _ = layer_drops(q)
    return p["thermal_voltage"] * np.sign(q) * (enriched + depleted)


def steady_state(p: Mapping[str, float], voltage: float) -> float:
    """Return q [Debye charges] after a long time at ``voltage`` [V]: V_t X(q) = V - V_bi."""
    from scipy.optimize import brentq

    target = voltage - built_in_voltage(p)
    reach = 2 + math.sqrt(2 * abs(target) / p["thermal_voltage"])

    def left(q: float) -> float:
        return float(screened_voltage(p, np.array(q))) - target

    return float(brentq(left, -reach, reach, xtol=1e-13))


def conduction_current(p: Mapping[str, float], voltage: Array, q: Array) -> Array:
    """Return the current of the carriers [A or A/m^2] at ``voltage`` [V] and state ``q`` [Debye charges]."""
    vt, kappa, s = p["thermal_voltage"], p["debye_share"], p["charge_sign"]
    log_plus, log_minus, log_drift = (
        math.log(p[n]) for n in ("emission_positive", "emission_negative", "drift_current")
    )
    v = voltage / vt
    enriched, depleted, _ = layer_drops(q)
    drop = v - (log_plus - log_minus) - np.sign(q) * (enriched + depleted)
    field = q + kappa * drop
    rounded = np.sqrt(field * field + FIELD_ROUNDING**2)
    f_plus, f_minus = 0.5 * (rounded + field), 0.5 * (rounded - field)
    beta, thin = p["image_force"] / vt, math.log(kappa) - log_drift
    size = np.sqrt(drop * drop + DROP_ROUNDING**2)
    bulk = np.log(-np.expm1(-size) / size) + np.maximum(-drop, 0)
    low, high = np.minimum(v, 0), -np.maximum(v, 0)
    exponents = (
        low - beta * np.sqrt(f_plus) - log_plus,
        low + thin - 0.5 * np.log1p(f_plus * f_plus),
        low - np.where(s * q > 0, s * depleted, -s * enriched) + bulk - log_drift,
        high - beta * np.sqrt(f_minus) - log_minus,
        high + log_plus - log_minus + thin - 0.5 * np.log1p(f_minus * f_minus),
    )
    resistance = sum(np.exp(np.clip(r, -LARGEST_EXPONENT, LARGEST_EXPONENT)) for r in exponents)
    return np.sign(v) * -np.expm1(-np.abs(v)) / resistance


def integrate(
    p: Mapping[str, float], steps: Array, voltages: Array, largest_change: float
) -> tuple[Array, Array]:
    r"""Return q [Debye charges] and dq/dt [1/s] at ``voltages`` [V], ``steps`` [s] apart on straight lines.

    Exponential Rosenbrock-Euler steps, exact for a constant relaxation time and a straight voltage:
    :math:`q_1 = q_0 + h\varphi_1(z) f + h^2\varphi_2(z) \dot f`, :math:`z = -h X'(q_0)/\tau`, stable for any
    step and of second order. A step changes q by about ``largest_change`` (1 + abs(q)) at most. The slope
    comes from the same formula, which keeps dq/dt free of cancellation where the ions follow at once.
    """
    q, offset = float(p["initial_state"]), built_in_voltage(p)
    lengths = (steps / p["time_constant"]).tolist()
    drive = ((voltages - offset) / p["thermal_voltage"]).tolist()
    screened, _ = _screening(q)
    states, slopes = [q], [drive[0] - screened]
    for k, left in enumerate(lengths):
        at = drive[k]
        ramp, slope = (drive[k + 1] - at) / left, 0.0
        while left > 0:
            screened, rate = _screening(q)
            f, allowed = at - screened, largest_change * (1 + abs(q)) * rate
            h = left
            if abs(f) > allowed:
                h = -math.log(1 - allowed / abs(f)) / rate
            if abs(ramp) * h > allowed:
                h = allowed / abs(ramp)
            h = h if h < 0.999 * left else left
            z = h * rate
            one = -math.expm1(-z) / z if z > 1e-5 else 1 - 0.5 * z
            two = (1 - one) / z if z > 1e-3 else 0.5 - z / 6
            slope = f * math.exp(-z) + h * one * ramp
            q += h * (one * f + h * two * ramp)
            at, left = at + h * ramp, left - h
        states.append(q)
        slopes.append(slope)
    return np.array(states), np.array(slopes) / p["time_constant"]


def _screening(q: float) -> tuple[float, float]:
    """Return X and X'(q) [V_t] of one ``q`` [Debye charges]: ``layer_drops`` for a number, but faster."""
    size, half = abs(q), 0.5 * q * q
    core, tail = 1 + size + half / 1.5, math.exp(-size - half / 3)
    inside = 1 + half + math.log(core)
    drop = 1 + half - tail + math.log(inside)
    slope = size + (1 + size / 3) * tail + (size + (1 + size / 1.5) / core) / inside
    return (drop if q >= 0 else -drop), slope


def terminal_current(p: Mapping[str, float], voltage: Array, rate: Array, q: Array, slope: Array) -> Array:
    """Return the current [A or A/m^2] at ``voltage`` [V] with its ``rate`` [V/s]; ``slope``: dq/dt [1/s]."""
    charge, kappa = p["debye_charge"], p["debye_share"]
    bulk = kappa * charge * (rate / p["thermal_voltage"] - layer_drops(q)[2] * slope)
    return conduction_current(p, voltage, q) + bulk + charge * slope


def left_rate(steps: Array, voltages: Array) -> Array:
    """Return the slope [V/s] just before each of ``voltages``, ``steps`` [s] apart; 0 at the first, at rest."""
    return np.concatenate(([0.0], np.diff(voltages) / steps))


def subdivided(steps: Array, voltages: Array, largest_step: float) -> tuple[Array, Array, NDArray[np.intp]]:
    """Return steps [s], voltages and the places of the given ones, no voltage step above ``largest_step`` [V]."""
    parts = np.maximum(1, np.ceil(np.abs(np.diff(voltages)) / largest_step)).astype(int)
    places = np.concatenate(([0], np.cumsum(parts)))
    return np.repeat(steps / parts, parts), np.interp(np.arange(places[-1] + 1), places, voltages), places
