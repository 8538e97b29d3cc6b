r"""Fit of the compact model to a trace: many starts found by linear regression, then nonlinear least squares.

The residual is the difference of :math:`y(I) = \mathrm{asinh}(I / I_f) + w\, I / I_\mathrm{max}`: logarithmic
above the floor :math:`I_f`, so that every decade counts, with the weight w for the peak. Standard errors are
those of lmfit for independent residuals of equal size; a parameter at its bound, or fixed, has none (nan).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies.compact_equations import (
    PARAMETERS,
    Array,
    integrate_lag,
    left_rate,
    steady_state,
    subdivided,
    terminal_current,
    unit_of,
)
from studies.compact_model import CompactModel, Parameter

if TYPE_CHECKING:
    from lmfit import Parameters
    from lmfit.minimizer import MinimizerResult

    from studies.trace import Trace

#: Fitted through their logarithm, because they are positive and may span decades.
LOGARITHMIC = ("amplitude_0", "amplitude_1", "forward_saturation", "reverse_saturation",
               "width_voltage", "time_constant", "time_slope")  # fmt: skip
#: Largest exponent [1/V] the fit allows: an ideal diode has q/kT, 39 at 300 K and 116 at 100 K.
LARGEST_SLOPE = 120.0
_FINE_STEPS = 400  # voltage steps per swing while fitting
_REFINED = 6  # starts that are refined to the end


@dataclass(frozen=True)
class _Data:
    """The trace to fit, on a fine grid, with the scales of the residual."""

    time: Array
    voltage: Array
    rate: Array
    current: Array
    fine_time: Array
    fine_voltage: Array
    places: Any
    floor: float
    peak: float
    peak_weight: float

    @classmethod
    def of(cls, time: Array, voltage: Array, current: Array, floor: float | None, weight: float) -> _Data:
        """Return the data with floor and grid filled in."""
        peak, swing = float(np.abs(current).max()), float(np.ptp(voltage))
        if not (np.isfinite(current).all() and np.isfinite(voltage).all()):
            raise OutOfRangeError("current or voltage of the trace to fit", float("nan"), "finite everywhere")
        if not (peak > 0 and swing > 0):
            raise OutOfRangeError(
                "largest current of the trace to fit", peak, "positive, with a changing voltage"
            )
        if floor is None:
            size = np.sort(np.abs(current[np.abs(current) > 0]))
            floor = max(float(size[int(0.03 * size.size)]), 1e-12 * peak)
        fine = subdivided(time, voltage, swing / _FINE_STEPS)
        return cls(time, voltage, left_rate(time, voltage), current, *fine, floor, peak, weight)

    def scaled(self, current: Array) -> Array:
        """Return y(I)."""
        return np.arcsinh(current / self.floor) + self.peak_weight * current / self.peak

    def modelled(self, p: Mapping[str, float]) -> Array:
        """Return the model's current [A or A/m^2] at the data."""
        lag = integrate_lag(p, self.fine_time, self.fine_voltage)[self.places]
        return terminal_current(p, self.voltage, self.rate, lag)


def fit(
    trace: Trace,
    *,
    fixed: Mapping[str, float] | None = None,
    area: float | None = None,
    current_floor: float | None = None,
    peak_weight: float = 3.0,
    starts: int = 24,
) -> CompactModel:
    """Return the compact model that fits ``trace`` best, with standard errors, covariance and fit quality.

    ``fixed`` holds parameters at given values (SI), such as ``{"ionic_charge": 0.0}``. ``area`` [m^2] turns
    a trace in A/m^2 into a model in A. Currents below ``current_floor`` [A or A/m^2, as the trace] count
    linearly; without it, the level that 3 % of the samples stay below. ``peak_weight`` [1] is w above. The
    ``starts`` best of a fixed set of initial states and dynamics are refined, so that the result is the
    same each time.

    Raises UnknownNameError for a parameter that does not exist, OutOfRangeError for too few samples.
    """
    fixed = dict(fixed or {})
    for name in fixed:
        if name not in PARAMETERS:
            raise UnknownNameError("compact-model parameter", name, PARAMETERS)
    if area is not None and trace.current_name == "current":
        raise IncompatibleError("the trace is in A already; an area applies to a current density only.")
    if trace.time.size <= 2 * len(PARAMETERS):
        raise OutOfRangeError("number of samples to fit", trace.time.size, f"more than {2 * len(PARAMETERS)}")
    data = _Data.of(trace.time, trace.voltage, trace.current, current_floor, peak_weight)
    guesses = _guesses(data, fixed)[:starts]
    rough = [_refined(data, _parameters(data, g, fixed), 60) for g in guesses]
    rough.sort(key=lambda r: r.chisqr)
    final = [_refined(data, r.params, 400) for r in rough[:_REFINED]]
    best = _without_bounds(data, min(final, key=lambda r: r.chisqr))
    unit = "A" if trace.current_name == "current" else "A/m^2"
    model = _model(data, best, unit, trace.provenance)
    return model if area is None else model.with_area(area)


def _bounds(data: _Data) -> dict[str, tuple[float, float]]:
    """Return the range of each parameter, from the voltages, times and currents of the data."""
    top, span = float(np.abs(data.voltage).max()), float(np.ptp(data.time))
    step = float(np.diff(data.time).min())
    fastest = float(np.abs(data.rate).max())
    amplitude, slope, saturation = (
        (1e-12 * data.floor, 1e2 * data.peak),
        (0.0, LARGEST_SLOPE),
        (5e-3 * top, 1e2 * top),
    )
    return {
        "amplitude_0": amplitude,
        "amplitude_1": amplitude,
        "forward_exponent_0": slope,
        "forward_exponent_1": slope,
        "reverse_exponent_0": slope,
        "reverse_exponent_1": slope,
        "forward_saturation": saturation,
        "reverse_saturation": saturation,
        "half_voltage": (-5 * top, 5 * top),
        "width_voltage": (5e-3 * top, 10 * top),
        "time_constant": (0.1 * step, 1e5 * span),
        "time_centre": (-3 * top, 3 * top),
        "time_slope": (2e-2 * top, 1e2 * top),
        "capacitance": (0.0, 10 * data.peak / fastest),
        "ionic_charge": (0.0, 10 * data.peak * span),
        "initial_state": (0.0, 1.0),
    }


def _guesses(data: _Data, fixed: Mapping[str, float]) -> list[dict[str, float]]:
    """Return starting values, best first: a fixed grid of dynamics, conduction by linear regression."""
    top, span = float(np.abs(data.voltage).max()), float(np.ptp(data.time))
    fastest = float(np.abs(data.rate).max())
    turns = max(1, int(np.count_nonzero(np.diff(np.sign(data.rate[1:])) != 0)))
    half, slope = np.array([-0.4, 0.0, 0.4]) * top, np.array([0.15, 1.0]) * top
    constant, width = np.array([0.03, 0.3, 3.0]) * span / turns, np.array([0.05, 0.3]) * top
    saturation, start = np.array([0.1, 2.0]) * top, np.array([0.0, 1.0])
    found = []
    for h, w, tau, e, sat, x0 in itertools.product(half, width, constant, slope, saturation, start):
        guess: dict[str, float] = {
            "half_voltage": h, "width_voltage": w, "time_constant": tau * (20.0 if e < 0.5 * top else 1.0),
            "time_centre": h / 2, "time_slope": e, "forward_saturation": sat, "reverse_saturation": sat,
            "initial_state": x0, "capacitance": 0.3 * data.floor / fastest, "ionic_charge": 0.3 * data.floor
            * tau,
        }  # fmt: skip
        guess |= {k: v for k, v in fixed.items() if k in guess}
        guess |= _regressed(data, guess)
        difference = data.scaled(data.modelled({**guess, **fixed})) - data.scaled(data.current)
        found.append((float(difference @ difference), guess))
    found.sort(key=lambda pair: pair[0])
    return _spread([g for _, g in found])


def _spread(guesses: list[dict[str, float]]) -> list[dict[str, float]]:
    """Return the guesses with the best of each half voltage and time constant first."""
    seen: set[tuple[float, float]] = set()
    first: list[dict[str, float]] = []
    rest: list[dict[str, float]] = []
    for g in guesses:
        key = (g["half_voltage"], g["time_constant"])
        (rest if key in seen else first).append(g)
        seen.add(key)
    return first + rest


def _regressed(data: _Data, guess: Mapping[str, float]) -> dict[str, float]:
    """Return amplitudes and exponents of both states by linear regression of ln|I| on x, s_F and s_R."""
    v, top = data.voltage, float(np.abs(data.voltage).max())
    x = steady_state(guess, v) - integrate_lag(guess, data.fine_time, data.fine_voltage)[data.places]
    use = (v * data.current > 0) & (np.abs(v) > 0.05 * top) & (np.abs(data.current) > data.floor)
    if np.count_nonzero(use) < 12:
        use = data.current != 0
    sat = guess["forward_saturation"], guess["reverse_saturation"]
    up = np.where(v > 0, sat[0] * np.arcsinh(v / sat[0]), 0.0)
    down = np.where(v < 0, -sat[1] * np.arcsinh(v / sat[1]), 0.0)
    columns = np.stack((1 - x, x, (1 - x) * up, x * up, (1 - x) * down, x * down), axis=1)[use]
    size = np.log(np.abs(data.current[use]))
    ridge = 1e-3 * np.sqrt(columns.shape[0]) * np.eye(6)
    ridge[:2, :2] = 0.1 * np.array([[ridge[0, 0], -ridge[0, 0]], [0.0, 0.0]])
    target = np.concatenate((size, np.zeros(6)))
    found = np.linalg.lstsq(np.concatenate((columns, ridge)), target, rcond=None)[0]
    low, high = np.log(1e-11 * data.floor), np.log(10 * data.peak)
    logs, slopes = np.clip(found[:2], low, high), np.clip(found[2:], 0.05 / top, 0.9 * LARGEST_SLOPE)
    names = ("forward_exponent_0", "forward_exponent_1", "reverse_exponent_0", "reverse_exponent_1")
    amplitudes = {"amplitude_0": float(np.exp(logs[0])), "amplitude_1": float(np.exp(logs[1]))}
    return amplitudes | dict(zip(names, slopes.tolist(), strict=True))


def _parameters(data: _Data, guess: Mapping[str, float], fixed: Mapping[str, float]) -> Parameters:
    """Return lmfit parameters, the positive ones by their logarithm."""
    from lmfit import Parameters

    out = Parameters()
    for name, (low, high) in _bounds(data).items():
        change = np.log if name in LOGARITHMIC else float
        if name in fixed:
            out.add(name, value=float(change(fixed[name])), vary=False)
            continue
        value = min(max(guess[name], low), high)
        out.add(name, value=float(change(value)), min=float(change(low)), max=float(change(high)))
    return out


def _values(parameters: Parameters) -> dict[str, float]:
    """Return the physical values of lmfit parameters."""
    return {n: float(np.exp(p.value)) if n in LOGARITHMIC else float(p.value) for n, p in parameters.items()}


def _refined(data: _Data, parameters: Parameters, rounds: int) -> MinimizerResult:
    """Return lmfit's result after at most ``rounds`` Jacobians."""
    from lmfit import minimize

    target = data.scaled(data.current)

    def residual(p: Parameters) -> Array:
        return data.scaled(data.modelled(_values(p))) - target

    free = sum(p.vary for p in parameters.values())
    limit = {"max_nfev": rounds * (free + 1)}
    return minimize(
        residual, parameters, method="least_squares", x_scale="jac", ftol=1e-10, xtol=1e-10, **limit
    )


def _without_bounds(data: _Data, result: MinimizerResult) -> MinimizerResult:
    """Return the result with parameters that sit at a bound held there, so that the others have an error."""
    held = False
    for p in result.params.values():
        reach = 1e-4 * (p.max - p.min) if np.isfinite(p.max - p.min) else 0.0
        if p.vary and min(p.value - p.min, p.max - p.value) < reach * (1e-4 if p.min == 0 else 1.0):
            p.vary, held = False, True
    return _refined(data, result.params, 60) if held else result


def _model(data: _Data, result: MinimizerResult, unit: str, source: Mapping[str, Any]) -> CompactModel:
    """Return the model with physical standard errors and covariance from lmfit's result."""
    values = _values(result.params)
    names = tuple(result.var_names)
    factors = np.array([values[n] if n in LOGARITHMIC else 1.0 for n in names])
    raw = getattr(result, "covar", None)
    covariance = np.full((len(names),) * 2, np.nan) if raw is None else raw * np.outer(factors, factors)
    errors = dict(zip(names, np.sqrt(np.diag(covariance)).tolist(), strict=True))
    parameters = {
        n: Parameter(values[n], unit_of(n, unit), errors.get(n, float("nan")), PARAMETERS[n][1])
        for n in PARAMETERS
    }
    return CompactModel(
        parameters=parameters,
        current_unit=unit,
        fitted=names,
        covariance=tuple(map(tuple, covariance.tolist())),
        quality=_quality(data, values),
        provenance={"trace": dict(source), "current_floor": data.floor, "peak_weight": data.peak_weight},
    )


def _quality(data: _Data, values: Mapping[str, float]) -> dict[str, float]:
    """Return rms error in decades above the floor, largest error over the peak, and r squared of y."""
    model = data.modelled(values)
    ok = (np.abs(data.current) > data.floor) & (model * data.current > 0)
    decades = np.log10(np.abs(model[ok] / data.current[ok]))
    y, z = data.scaled(data.current), data.scaled(model)
    return {
        "rms_log10_error": float(np.sqrt(np.mean(decades**2))),
        "max_error_over_peak": float(np.abs(model - data.current).max() / data.peak),
        "r_squared": float(1 - np.sum((z - y) ** 2) / np.sum((y - y.mean()) ** 2)),
        "samples": float(data.time.size),
    }
