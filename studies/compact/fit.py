r"""Fit of the compact model to one trace or several: a grid of starts, then nonlinear least squares.

The residual is the difference of :math:`y(I) = \mathrm{asinh}(I / I_f) + w\, I / I_\mathrm{max}`: logarithmic
above the floor :math:`I_f`, so that every decade counts, with the weight w for the peak. Standard errors are those of
Newey and West (``studies.compact.uncertainty``): against a simulation without noise the residuals are what the
equations leave out, and neighbours go together. A parameter that is fixed, at its bound, or not determined by the trace
has none (nan) and says so. The errors say how sharply the trace fixes a parameter in these equations, not how near it
is to that of the device.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError, warn
from fem.errors.arguments import checked
from fem.errors.checking import between, device_area, instance, one_or_each, optional, positive, whole
from fem.errors.records import logger
from studies.compact.fit_data import FitData
from studies.compact.ion_screening import (
    PARAMETERS,
    POSITIVE,
    Array,
    steady_state,
    unit_of,
)
from studies.compact.model import CompactModel
from studies.compact.parameter import Parameter
from studies.compact.uncertainty import Uncertainty, uncertainty
from studies.progress import Line, progress_line
from studies.results.trace import Trace

if TYPE_CHECKING:
    from lmfit import Parameter as LmfitParameter
    from lmfit import Parameters
    from lmfit.minimizer import MinimizerResult

#: kT/q [V] at 300 K, where the fit starts.
ROOM_TEMPERATURE = 0.02585
#: (voltage steps per swing, largest change of the state) in the search, and in the last refinement.
#: While fitting the steps must not depend on the parameters, or the numerical derivatives would be noise.
COARSE, FINE = (200, math.inf), (800, math.inf)
#: Held in the search: the scale of voltage and the geometry, which are known best beforehand.
HELD = ("thermal_voltage", "debye_share")
_REFINED = 3  # starts that are refined to the end
_LONGER = 2  # times as long as a short search of a start: its refinement, and that of the best one
_LOG = logger(__name__)


@checked(
    trace=one_or_each(instance(Trace)),
    area=optional(device_area),
    current_floor=optional(positive),
    peak_weight=between(1e-3, 1e6),
    starts=whole(1, 10_000),
)
def fit(
    trace: Trace | Sequence[Trace],
    *,
    fixed: Mapping[str, float] | None = None,
    area: float | None = None,
    current_floor: float | None = None,
    peak_weight: float = 30.0,
    starts: int = 40,
    progress: bool | None = None,
) -> CompactModel:
    """Return the compact model that fits ``trace``, one or several, with errors, covariance and fit quality.

    ``fixed`` holds parameters at given values (SI), such as ``{"thermal_voltage": 0.0259}``. ``area`` [m^2]
    turns a trace in A/m^2 into a model in A. Currents below ``current_floor`` [A or A/m^2, as the trace]
    count linearly; without it, the level that 3 % of the samples stay below. ``peak_weight`` [1] is w above.
    Several traces share all parameters, the initial state too. The ``starts`` best of a fixed grid are
    refined, so that the result is the same each time. A parameter that is at its bound or that the trace does not
    determine, and a fit with r squared below 0.99 or an error above a tenth of the peak, give a ModelWarning; the model
    keeps it in ``warnings``, and ``to_spice`` repeats it.
    ``progress``: whether to draw a line of it; None where somebody looks (``studies.show_progress``).

    Raises UnknownNameError for a parameter that does not exist, OutOfRangeError for too few samples.
    """
    fixed = _checked(fixed)
    traces = [trace] if isinstance(trace, Trace) else list(trace)
    kinds = {t.current_name for t in traces}
    if len(kinds) != 1:
        raise IncompatibleError("the traces to fit must be some, all in A or all in A/m^2.")
    if kinds == {"current_per_width"}:
        raise IncompatibleError("the trace is in A/m; give the planar mesh its depth, so that it is in A.")
    unit = "A" if kinds == {"current"} else "A/m^2"
    if area is not None and unit == "A":
        raise IncompatibleError("the trace is in A already; an area applies to a current density only.")
    data = [FitData.of(t, current_floor, peak_weight) for t in traces]
    _LOG.info("fit of %d samples", sum(d.time.size for d in data))
    with progress_line("fit of the compact model", progress) as line:
        best = _without_bounds(data, _best(data, fixed, starts, line))
    model = _model(data, best, unit, [t.provenance for t in traces], fixed)
    if model.warnings:
        warn(f"compact model: {'; '.join(model.warnings)}.")
    return model if area is None else model.with_area(area)


def _checked(fixed: Mapping[str, float] | None) -> dict[str, float]:
    """Return ``fixed`` as a dictionary, if its names and values make sense."""
    fixed = dict(fixed or {})
    for name in fixed:
        if name not in PARAMETERS:
            raise UnknownNameError("compact-model parameter", name, PARAMETERS)
        if name in POSITIVE and not fixed[name] > 0:
            raise OutOfRangeError(f"fixed parameter {name}", fixed[name], "positive")
    if fixed.get("charge_sign", 1.0) not in (-1.0, 1.0):
        raise OutOfRangeError("fixed parameter charge_sign", fixed["charge_sign"], "1 or -1")
    return fixed


def _best(data: Sequence[FitData], fixed: Mapping[str, float], starts: int, line: Line) -> MinimizerResult:
    """Return the best fit found from the ``starts`` best guesses: a short search of all, then of a few."""
    guesses = _guesses(data, fixed)[:starts]
    rough, better = [], []
    of_all = len(guesses) + _LONGER * (_REFINED + 1)
    for k, guess in enumerate(guesses):
        line.to(k / of_all, f"start {k + 1} of {len(guesses)}")
        rough.append(_searched(data, _parameters(data, guess, fixed, HELD), 15))
        _LOG.debug("start %d of %d: sum of squares %.4g", k + 1, len(guesses), rough[-1][0])
    rough.sort(key=lambda pair: pair[0])
    for k, (_, guess) in enumerate(rough[:_REFINED]):
        line.to((len(guesses) + _LONGER * k) / of_all, f"refined start {k + 1} of {_REFINED}")
        better.append(_searched(data, _parameters(data, guess, fixed), 60))
        _LOG.info("refined start %d of %d: sum of squares %.4g", k + 1, _REFINED, better[-1][0])
    best = min(better, key=lambda pair: pair[0])[1]
    line.to(1 - _LONGER / of_all, "best start on fine grids")
    return _refined(data, _parameters(data, best, fixed))


@checked()
def prediction_error(
    model: CompactModel, trace: Trace, *, current_floor: float | None = None
) -> dict[str, float]:
    """Return the quality of ``model`` on a ``trace`` it was not fitted to, as in its own ``quality``."""
    if trace.current_name != ("current" if model.current_unit == "A" else "current_density"):
        raise IncompatibleError(f"the model is in {model.current_unit}, the trace is not.")
    return _quality([FitData.of(trace, current_floor, 3.0)], model.values())


def _guesses(data: Sequence[FitData], fixed: Mapping[str, float]) -> list[dict[str, float]]:
    """Return starting values, best first, from a grid around the scales of the data."""
    first = data[0]
    up, down = (max(float((s * first.current).max()), first.floor) for s in (1, -1))
    turns = max(1, int(np.count_nonzero(np.diff(np.sign(first.rate[1:])) != 0)))
    stroke = float(np.ptp(first.time)) / turns
    grid = itertools.product(
        (1.0, -1.0), (0.03, 0.1, 0.3, 1.0, 3.0), (0.02, 0.5), (0.02, 1.0), (0.003, 0.03), (False, True)
    )
    found = []
    for sign, tau, weak, drift, share, rest in grid:
        strong = up >= down
        plus, minus = (3 * up, weak * down) if strong else (weak * up, 3 * down)
        guess: dict[str, float] = {
            "emission_positive": plus, "emission_negative": minus, "image_force": 2 * ROOM_TEMPERATURE,
            "drift_current": drift * (up if strong else down * plus / minus), "debye_share": share,
            "thermal_voltage": ROOM_TEMPERATURE, "time_constant": tau * stroke, "initial_state": 0.0,
            "debye_charge": 0.1 * first.floor * tau * stroke, "charge_sign": sign,
        }  # fmt: skip
        guess |= {k: v for k, v in fixed.items() if k != "initial_state"}
        guess["initial_state"] = fixed.get("initial_state", steady_state(guess, 0.0) if rest else 0.0)
        if guess["charge_sign"] == sign:
            found.append((sum(_square(d.residual(guess, COARSE)) for d in data), guess))
    found.sort(key=lambda pair: pair[0])
    return _spread([g for _, g in found])


def _spread(guesses: list[dict[str, float]]) -> list[dict[str, float]]:
    """Return the guesses with the best of each sign, time constant and Debye share first."""
    seen: set[tuple[float, ...]] = set()
    first: list[dict[str, float]] = []
    rest: list[dict[str, float]] = []
    for g in guesses:
        key = (g["charge_sign"], g["time_constant"], g["debye_share"])
        (rest if key in seen else first).append(g)
        seen.add(key)
    return first + rest


def _square(values: Array) -> float:
    return float(values @ values)


def _bounds(data: Sequence[FitData]) -> dict[str, tuple[float, float]]:
    """Return the range of each parameter, from the voltages, times and currents of the data."""
    floor, peak = min(d.floor for d in data), max(d.peak for d in data)
    span = max(float(np.ptp(d.time)) for d in data)
    step = min(float(np.diff(d.time).min()) for d in data)
    emission = (1e-15 * floor, 1e15 * peak)
    return {
        "emission_positive": emission,
        "emission_negative": emission,
        "drift_current": (1e-20 * floor, 1e20 * peak),
        "image_force": (0.0, 1.0),
        "thermal_voltage": (5e-3, 0.2),
        "debye_share": (1e-5, 1.0),
        "time_constant": (1e-2 * step, 1e5 * span),
        "debye_charge": (1e-9 * floor * step, 10 * peak * span),
        "initial_state": (-50.0, 50.0),
        "charge_sign": (-1.0, 1.0),
    }


def _parameters(
    data: Sequence[FitData], guess: Mapping[str, float], fixed: Mapping[str, float], held: Sequence[str] = ()
) -> Parameters:
    """Return lmfit parameters, the positive ones by their logarithm; ``held`` ones do not vary."""
    from lmfit import Parameters

    out = Parameters()
    for name, (low, high) in _bounds(data).items():
        change = np.log if name in POSITIVE else float
        if name in fixed or name == "charge_sign":
            out.add(name, value=float(change(fixed.get(name, guess[name]))), vary=False)
            continue
        value = min(max(guess[name], low), high)
        out.add(name, value=float(change(value)), min=float(change(low)), max=float(change(high)),
                vary=name not in held)  # fmt: skip
    return out


def _values(parameters: Parameters) -> dict[str, float]:
    """Return the physical values of lmfit parameters."""
    return {n: float(np.exp(p.value)) if n in POSITIVE else float(p.value) for n, p in parameters.items()}


def _searched(data: Sequence[FitData], parameters: Parameters, rounds: int) -> tuple[float, dict[str, float]]:
    """Return the sum of squares and the values after at most ``rounds`` steps on coarse grids."""
    from scipy.optimize import least_squares

    free = [n for n, p in parameters.items() if p.vary]
    start = _values(parameters)

    def values(x: Array) -> dict[str, float]:
        return start | {
            n: float(np.exp(a)) if n in POSITIVE else float(a) for n, a in zip(free, x, strict=True)
        }

    def residual(x: Array) -> Array:
        return np.concatenate([d.residual(values(x), COARSE) for d in data])

    low, high = ([getattr(parameters[n], side) for n in free] for side in ("min", "max"))
    inside = np.clip([parameters[n].value for n in free], low, high)
    found = least_squares(residual, inside, bounds=(low, high), x_scale="jac", max_nfev=rounds)
    return float(found.cost), values(found.x)


def _refined(data: Sequence[FitData], parameters: Parameters) -> MinimizerResult:
    """Return lmfit's result on fine grids."""
    from lmfit import minimize

    def residual(p: Parameters) -> Array:
        values = _values(p)
        return np.concatenate([d.residual(values, FINE) for d in data])

    return minimize(residual, parameters, method="least_squares", x_scale="jac", ftol=1e-9, xtol=1e-9)


def _without_bounds(data: Sequence[FitData], result: MinimizerResult) -> MinimizerResult:
    """Return the result with parameters that sit at a bound held there, so that the others have an error."""
    held = [p for p in result.params.values() if p.vary and _at_bound(p)]
    for p in held:
        p.vary = False
    return _without_bounds(data, _refined(data, result.params)) if held else result


def _at_bound(p: LmfitParameter) -> str:
    """Return "at its lower bound" or "at its upper bound", "" if it is between them."""
    reach = 1e-4 * (p.max - p.min) if np.isfinite(p.max - p.min) else 0.0
    if p.value - p.min < reach * (1e-4 if p.min == 0 else 1.0):
        return "at its lower bound"
    return "at its upper bound" if p.max - p.value < reach else ""


def _model(
    data: Sequence[FitData], result: MinimizerResult, unit: str, sources: list[Any], fixed: Collection[str]
) -> CompactModel:
    """Return the model with physical standard errors and covariance from lmfit's result."""
    values = _values(result.params)
    known = _uncertainty(data, result, values)
    kept = np.flatnonzero(known.determined)
    names = tuple(result.var_names[k] for k in kept)
    factors = np.array([values[n] if n in POSITIVE else 1.0 for n in names])
    covariance = known.covariance[np.ix_(kept, kept)] * np.outer(factors, factors)
    errors = dict(zip(names, np.sqrt(np.diag(covariance)).tolist(), strict=True))
    status = {n: "not determined" if p.vary else _at_bound(p) for n, p in result.params.items()}
    status |= dict.fromkeys(names, "fitted") | {"charge_sign": ""} | dict.fromkeys(fixed, "fixed")
    source = {"trace": sources[0]} if len(sources) == 1 else {"traces": sources}
    weights = {"current_floor": data[0].floor, "peak_weight": data[0].peak_weight}
    return CompactModel(
        parameters={
            n: Parameter(
                values[n], unit_of(n, unit), errors.get(n, float("nan")), PARAMETERS[n][1], status[n]
            )
            for n in PARAMETERS
        },
        current_unit=unit,
        fitted=names,
        covariance=tuple(map(tuple, covariance.tolist())),
        quality=_quality(data, values),
        provenance={**source, **weights, "standard_errors": known.how},
    )


def _uncertainty(
    data: Sequence[FitData], result: MinimizerResult, values: Mapping[str, float]
) -> Uncertainty:
    """Return how well the varied lmfit parameters are known, the positive ones by their logarithm."""
    scales = {"image_force": max(values["image_force"], values["thermal_voltage"])}
    scales["initial_state"] = max(abs(values["initial_state"]), 1.0)
    return uncertainty(
        np.asarray(result.jac),
        np.asarray(result.residual),
        lengths=[d.time.size for d in data],
        scales=np.array([scales.get(n, 1.0) for n in result.var_names]),
        size=float(np.linalg.norm(np.concatenate([d.scaled(d.current) for d in data]))),
    )


def _quality(data: Sequence[FitData], values: Mapping[str, float]) -> dict[str, float]:
    """Return rms error in decades above the floor, largest error over the peak, and r squared of y."""
    parts = [d.quality(values) for d in data]
    decades, model, measured = (np.concatenate([part[k] for part in parts]) for k in range(3))
    variance = float(np.sum((measured - measured.mean()) ** 2))
    return {
        "rms_log10_error": float(np.sqrt(np.mean(decades**2))),
        "max_error_over_peak": max(part[3] for part in parts),
        "r_squared": 1 - _square(model - measured) / variance,
        "samples": float(model.size),
    }
