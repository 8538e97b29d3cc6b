r"""A compact memristor model with one memory variable x in [0, 1], for interface-type switching.

Mobile vacancies shift the injection barriers: x is the share of them that a positive bias has moved. Each
end state k = 0, 1 conducts as a diode with its own amplitude and exponents, and the logarithm of the
current is mixed:

.. math::
    I = I_0^{1-x} I_1^{x} \left[e^{a(x) s_F(V)} - e^{-b(x) s_R(V)}\right]
        + C \frac{dV}{dt} + Q \frac{dx}{dt}

with :math:`a = (1-x) a_0 + x a_1`, :math:`b = (1-x) b_0 + x b_1`, and the saturating voltages
:math:`s_{F,R}(V) = V_{F,R}\,\mathrm{asinh}(V / V_{F,R})`: exponential below :math:`V_{F,R}`, a power law
above it (bulk-limited conduction). The memory follows

.. math::
    \frac{dx}{dt} = \frac{x_\infty(V) - x}{\tau(V)}, \quad
    x_\infty = \frac{1}{2}\left[1 + \tanh\frac{V - V_h}{2 V_w}\right], \quad
    \tau = \frac{\tau_0}{\cosh\left((V - V_\tau) / V_e\right)}

C is the geometric capacitance and Q the charge the electrodes see when all vacancies move. Log-mixing
between two end states is the simplest form of a barrier that shifts linearly with ionic charge (thermionic
emission, Sze and Ng, Physics of Semiconductor Devices, 3rd ed., 2007, section 3.3); the sinh-like field
acceleration of ion hopping is that of Strukov and Williams, Appl. Phys. A 2009, 94, 515.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Largest argument of exp and of cosh, in the model and in its SPICE text: keeps both from overflowing.
LARGEST_EXPONENT, LARGEST_COSH = 230.0, 40.0

#: name -> (unit, meaning); {A} stands for the unit of current, A or A/m^2.
PARAMETERS: dict[str, tuple[str, str]] = {
    "amplitude_0": ("{A}", "I_0, current amplitude of state x = 0"),
    "amplitude_1": ("{A}", "I_1, current amplitude of state x = 1"),
    "forward_exponent_0": ("1/V", "a_0, forward exponent of state x = 0"),
    "forward_exponent_1": ("1/V", "a_1, forward exponent of state x = 1"),
    "reverse_exponent_0": ("1/V", "b_0, reverse exponent of state x = 0"),
    "reverse_exponent_1": ("1/V", "b_1, reverse exponent of state x = 1"),
    "forward_saturation": ("V", "V_F, above it the forward current is a power law"),
    "reverse_saturation": ("V", "V_R, above it the reverse current is a power law"),
    "half_voltage": ("V", "V_h, voltage at which half of the vacancies have moved in steady state"),
    "width_voltage": ("V", "V_w, voltage width of the steady state"),
    "time_constant": ("s", "tau_0, longest relaxation time of the memory"),
    "time_centre": ("V", "V_tau, voltage of the longest relaxation time"),
    "time_slope": ("V", "V_e, voltage that accelerates the relaxation by e"),
    "capacitance": ("{A} s/V", "C, geometric capacitance"),
    "ionic_charge": ("{A} s", "Q, electrode charge of the moved vacancies"),
    "initial_state": ("1", "x at time 0"),
}
#: The equations, in words a reader of the file can type in.
EQUATIONS: dict[str, str] = {
    "current": "I = I_0^(1-x) I_1^x (exp(a s_F) - exp(-b s_R)) + C dV/dt + Q dx/dt",
    "exponents": "a = (1-x) a_0 + x a_1; b = (1-x) b_0 + x b_1",
    "saturation": "s_F = V_F asinh(V/V_F); s_R = V_R asinh(V/V_R)",
    "memory": "dx/dt = (x_inf - x)/tau",
    "steady_state": "x_inf = (1 + tanh((V - V_h)/(2 V_w)))/2",
    "relaxation": "tau = tau_0/cosh((V - V_tau)/V_e)",
}


def unit_of(name: str, current_unit: str) -> str:
    """Return the unit of parameter ``name`` for currents in ``current_unit``."""
    unit = PARAMETERS[name][0].replace("{A}", current_unit)
    return {"A s/V": "F", "A s": "C", "A/m^2 s/V": "F/m^2", "A/m^2 s": "C/m^2"}.get(unit, unit)


def steady_state(p: Mapping[str, float], voltage: Array) -> Array:
    """Return x_inf at ``voltage`` [V]."""
    return 0.5 * (1.0 + np.tanh((voltage - p["half_voltage"]) / (2.0 * p["width_voltage"])))


def relaxation_rate(p: Mapping[str, float], voltage: Array) -> Array:
    """Return 1/tau [1/s] at ``voltage`` [V]."""
    u = np.clip((voltage - p["time_centre"]) / p["time_slope"], -LARGEST_COSH, LARGEST_COSH)
    return np.cosh(u) / p["time_constant"]


def conduction_current(p: Mapping[str, float], voltage: Array, x: Array) -> Array:
    """Return the current without displacement [A or A/m^2] at ``voltage`` [V] and state ``x``."""
    log_amplitude = (1 - x) * np.log(p["amplitude_0"]) + x * np.log(p["amplitude_1"])
    forward = (1 - x) * p["forward_exponent_0"] + x * p["forward_exponent_1"]
    reverse = (1 - x) * p["reverse_exponent_0"] + x * p["reverse_exponent_1"]
    s_forward = p["forward_saturation"] * np.arcsinh(voltage / p["forward_saturation"])
    s_reverse = p["reverse_saturation"] * np.arcsinh(voltage / p["reverse_saturation"])
    up = np.exp(np.minimum(log_amplitude + forward * s_forward, LARGEST_EXPONENT))
    down = np.exp(np.minimum(log_amplitude - reverse * s_reverse, LARGEST_EXPONENT))
    return up - down


def integrate_lag(p: Mapping[str, float], times: Array, voltages: Array) -> Array:
    r"""Return :math:`d = x_\infty - x` at ``times`` [s] for the voltage through the points ``voltages`` [V].

    The start is ``initial_state``. Exponential integrator: over each step the rate is that of the middle and
    :math:`x_\infty` a straight line, :math:`d_1 = e^{-z} d_0 + (x_{\infty,1} - x_{\infty,0})(1 - e^{-z})/z`,
    :math:`z = h/\tau`; exact for a constant voltage, stable for any step, second order on a ramp. All steps
    are one bidiagonal system. The lag, not x, is the unknown, which keeps dx/dt free of cancellation.
    """
    from scipy.linalg import solve_banded

    z = np.diff(times) * relaxation_rate(p, 0.5 * (voltages[1:] + voltages[:-1]))
    z = np.maximum(z, 1e-300)
    target = steady_state(p, voltages)
    band = np.ones((2, times.size))
    band[1, :-1] = -np.exp(-z)
    right = np.concatenate(([target[0] - p["initial_state"]], np.diff(target) * (-np.expm1(-z) / z)))
    return solve_banded((1, 0), band, right, check_finite=False)


def terminal_current(p: Mapping[str, float], voltage: Array, rate: Array, lag: Array) -> Array:
    """Return the current [A or A/m^2] at ``voltage`` [V] changing at ``rate`` [V/s]; ``lag`` is x_inf - x."""
    x = np.clip(steady_state(p, voltage) - lag, 0.0, 1.0)
    ionic = p["ionic_charge"] * lag * relaxation_rate(p, voltage)
    return conduction_current(p, voltage, x) + p["capacitance"] * rate + ionic


def left_rate(times: Array, voltages: Array) -> Array:
    """Return the slope [V/s] just before each time; 0 at the first, where the voltage was at rest."""
    return np.concatenate(([0.0], np.diff(voltages) / np.diff(times)))


def subdivided(times: Array, voltages: Array, largest_step: float) -> tuple[Array, Array, NDArray[np.intp]]:
    """Return times, voltages and the places of the given ones, no voltage step above ``largest_step`` [V]."""
    parts = np.maximum(1, np.ceil(np.abs(np.diff(voltages)) / largest_step)).astype(int)
    places = np.concatenate(([0], np.cumsum(parts)))
    fine = np.arange(places[-1] + 1)
    return np.interp(fine, places, times), np.interp(fine, places, voltages), places
