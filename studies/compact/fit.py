r"""Fit of a compact model to one trace or several: a list of starts, then nonlinear least squares.

The residual is the difference of :math:`y(I) = \mathrm{asinh}(I / I_f) + w\, I / I_\mathrm{max}`: logarithmic
above the floor :math:`I_f`, so that every decade counts, with the weight w for the peak. Standard errors are those of
Newey and West (``studies.compact.uncertainty``): against a simulation without noise the residuals are what the
equations leave out, and neighbours go together. A parameter that is fixed, at its bound, or not determined by the trace
has none (nan) and says so. The errors say how sharply the trace fixes a parameter in these equations, not how near it
is to that of the device.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fem.errors import IncompatibleError, UnknownNameError, warn
from fem.errors.arguments import checked
from fem.errors.checking import between, device_area, instance, one_or_each, optional, positive, whole
from fem.errors.records import logger
from studies.compact.families import named
from studies.compact.families.ion_screening import ION_SCREENING
from studies.compact.family import Family
from studies.compact.fit_data import Conditions, FitData, each_conditions
from studies.compact.model import CompactModel
from studies.compact.parameter import Parameter
from studies.compact.search import Refined, Search, at_bound
from studies.compact.uncertainty import Uncertainty, independent, uncertainty
from studies.progress import Line, progress_line
from studies.results.trace import Trace

_REFINED = 3  # starts that are refined to the end
_LONGER = 2  # times as long as a short search of a start: its refinement, and that of the best one
_LOG = logger(__name__)


@checked(
    trace=one_or_each(instance(Trace)),
    conditions=optional(one_or_each(instance(Conditions))),
    area=optional(device_area),
    current_floor=optional(positive),
    peak_weight=between(1e-3, 1e6),
    starts=whole(1, 10_000),
)
def fit(
    trace: Trace | Sequence[Trace],
    *,
    family: Family | str = ION_SCREENING,
    conditions: Conditions | Sequence[Conditions] | None = None,
    own_starts: bool = False,
    fixed: Mapping[str, float] | None = None,
    area: float | None = None,
    current_floor: float | None = None,
    peak_weight: float = 30.0,
    starts: int = 40,
    progress: bool | None = None,
) -> CompactModel:
    """Return the model of a ``family`` that fits ``trace``, one or several, with errors, covariance and fit quality.

    ``family``: a value, or the name of one of memfem's (``studies.compact.families.HOMES``), such as "Yakopcic".
    ``conditions``: circuit, temperature and weight of each trace, or of all. ``own_starts``: each trace begins in a
    state of its own; that of the first is the model's, those of the others are in its provenance.
    ``fixed`` holds parameters at given values (SI), such as ``{"thermal_voltage": 0.0259}``. ``area`` [m^2]
    turns a trace in A/m^2 into a model in A. Currents below ``current_floor`` [A or A/m^2, as the trace]
    count linearly; without it, the level that 3 % of the samples stay below. ``peak_weight`` [1] is w above.
    Several traces share all parameters, the initial state too if not ``own_starts``. The ``starts`` best of the
    family's guesses, or of a fixed grid in its ranges, are refined, so that the result is the same each time. A
    parameter that is at its bound or that the trace does not determine, and a fit with r squared below 0.99 or an error
    above a tenth of the peak, give a ModelWarning; the model keeps it in ``warnings``, and its exports repeat it.
    ``progress``: whether to draw a line of it; None where somebody looks (``studies.show_progress``).

    Raises UnknownNameError for a family or parameter that does not exist, OutOfRangeError for too few samples.
    """
    own = named(family)
    fixed = _checked(own, fixed)
    traces = [trace] if isinstance(trace, Trace) else list(trace)
    kinds = {t.current_name for t in traces}
    if len(kinds) != 1:
        raise IncompatibleError("the traces to fit must be some, all in A or all in A/m^2.")
    if kinds == {"current_per_width"}:
        raise IncompatibleError("the trace is in A/m; give the planar mesh its depth, so that it is in A.")
    unit = "A" if kinds == {"current"} else "A/m^2"
    if area is not None and unit == "A":
        raise IncompatibleError("the trace is in A already; an area applies to a current density only.")
    made = each_conditions(conditions, len(traces))
    data = [FitData.of(t, own, current_floor, peak_weight, c) for t, c in zip(traces, made, strict=True)]
    if all(n in fixed or d.values for n, d in own.parameters.items()):
        raise IncompatibleError(f"all parameters of {own.name} are fixed: nothing is left to fit.")
    search = Search(own, data, fixed, own_starts)
    _LOG.info("fit of %d samples", sum(d.time.size for d in data))
    with progress_line("fit of the compact model", progress) as line:
        best = _without_bounds(search, _best(search, starts, line))
    model = _model(search, best, unit, [t.provenance for t in traces])
    if model.warnings:
        warn(f"compact model: {'; '.join(model.warnings)}.")
    return model if area is None else model.with_area(area)


def _checked(family: Family, fixed: Mapping[str, float] | None) -> dict[str, float]:
    """Return ``fixed`` with what the family fixes, if names and values make sense."""
    found = {n: d.fixed for n, d in family.parameters.items() if d.fixed is not None} | dict(fixed or {})
    for name, value in found.items():
        if name not in family.parameters:
            raise UnknownNameError("compact-model parameter", name, family.parameters)
        family.parameters[name].check(name, value)
    return found


def _best(search: Search, starts: int, line: Line) -> Refined:
    """Return the best fit found from the ``starts`` best guesses: a short search of all, then of a few."""
    guesses = search.guesses()[:starts]
    rough, better = [], []
    of_all = len(guesses) + _LONGER * (_REFINED + 1)
    for k, guess in enumerate(guesses):
        line.to(k / of_all, f"start {k + 1} of {len(guesses)}")
        rough.append(search.improved(guess, 15, held=True))
        _LOG.debug("start %d of %d: sum of squares %.4g", k + 1, len(guesses), rough[-1][0])
    rough.sort(key=lambda pair: pair[0])
    for k, (_, guess) in enumerate(rough[:_REFINED]):
        line.to((len(guesses) + _LONGER * k) / of_all, f"refined start {k + 1} of {_REFINED}")
        better.append(search.improved(guess, 60))
        _LOG.info("refined start %d of %d: sum of squares %.4g", k + 1, _REFINED, better[-1][0])
    best = min(better, key=lambda pair: pair[0])[1]
    line.to(1 - _LONGER / of_all, "best start on fine steps")
    return search.refined(search.parameters(best))


@checked()
def prediction_error(
    model: CompactModel,
    trace: Trace,
    *,
    current_floor: float | None = None,
    conditions: Conditions | None = None,
    start: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return the quality of ``model`` on a ``trace`` it was not fitted to, as in its own ``quality``.

    ``start``: parameters of the initial state that this trace has, in the place of those of the model.
    """
    if trace.current_name != ("current" if model.current_unit == "A" else "current_density"):
        raise IncompatibleError(f"the model is in {model.current_unit}, the trace is not.")
    data = FitData.of(trace, model.family, current_floor, 3.0, conditions)
    return quality(model.family, [data], [model.values() | dict(start or {})])


def with_own_start(model: CompactModel, trace: Trace, conditions: Conditions | None = None) -> CompactModel:
    """Return the model with the initial state that fits ``trace`` best, all else as it is: that of another run.

    A model whose initial state no parameter sets alone comes back as it is.
    """
    names = model.family.initial_parameters
    if not names:
        return model
    data = FitData.of(trace, model.family, None, 3.0, conditions)
    search = Search(model.family, [data], {n: v for n, v in model.values().items() if n not in names})
    tried = [search.improved({**model.values(), **guess}, 30) for guess in _first_states(model, names)]
    best = min(tried, key=lambda pair: pair[0])[1]
    return CompactModel.from_values(best, model.current_unit, model.family)


def _first_states(model: CompactModel, names: Sequence[str]) -> list[dict[str, float]]:
    """Return what the initial parameters may be: as in the model, and at five places of their ranges."""
    found = [{n: model[n] for n in names}]
    for share in (0.02, 0.25, 0.5, 0.75, 0.98):
        guess = {}
        for n in names:
            declared = model.family.parameters[n]
            reach = model[declared.natural] if declared.natural in model.parameters else declared.upper
            guess[n] = declared.lower + share * (min(reach, declared.upper) - declared.lower)
        found.append(guess)
    return found


def _without_bounds(search: Search, result: Refined) -> Refined:
    """Return the result with parameters that sit at a bound held there, so that the others have an error."""
    held = [p for p in result.params.values() if p.vary and at_bound(p)]
    if len(held) == len(result.var_names):
        raise IncompatibleError(
            f"{search.family.name} does not fit: all of its parameters end at a bound of their ranges."
        )
    for p in held:
        p.vary = False
    return _without_bounds(search, search.refined(result.params)) if held else result


def _model(search: Search, result: Refined, unit: str, sources: list[Any]) -> CompactModel:
    """Return the model with physical standard errors and covariance from lmfit's result."""
    family, data = search.family, search.data
    values = search.values(result.params)
    known = _uncertainty(search, result)
    kept = [k for k in np.flatnonzero(known.determined) if result.var_names[k] in family.parameters]
    names = tuple(result.var_names[k] for k in kept)
    factors = np.array([values[n] if family.parameters[n].logarithmic else 1.0 for n in names])
    covariance = known.covariance[np.ix_(kept, kept)] * np.outer(factors, factors)
    errors = dict(zip(names, np.sqrt(np.diag(covariance)).tolist(), strict=True))
    status = {n: "not determined" if p.vary else at_bound(p) for n, p in result.params.items()}
    status |= dict.fromkeys(names, "fitted") | dict.fromkeys(search.fixed, "fixed")
    status |= {n: "" for n, d in family.parameters.items() if d.values and n not in search.fixed}
    source: dict[str, Any] = {"trace": sources[0]} if len(sources) == 1 else {"traces": sources}
    if search.own_starts:
        source["initial states"] = [search.start_values(values, k) for k in range(len(data))]
    weights = {"current_floor": data[0].floor, "peak_weight": data[0].peak_weight}
    return CompactModel(
        parameters={
            n: Parameter(values[n], d.unit_for(unit), errors.get(n, float("nan")), d.meaning, status[n])
            for n, d in family.parameters.items()
        },
        current_unit=unit,
        family=family,
        fitted=names,
        covariance=tuple(map(tuple, covariance.tolist())),
        quality=quality(family, data, [search.of_trace(values, k) for k in range(len(data))])
        | {"aic": aic(result, known)},
        provenance={**source, **weights, "standard_errors": known.how},
    )


def _uncertainty(search: Search, result: Refined) -> Uncertainty:
    """Return how well the varied lmfit parameters are known, the positive ones by their logarithm."""
    values = search.values(result.params)
    data = search.data
    return uncertainty(
        np.asarray(result.jac),
        np.asarray(result.residual),
        lengths=[d.time.size for d in data],
        scales=np.array([search.natural_scale(n, values) for n in result.var_names]),
        size=float(np.linalg.norm(np.concatenate([d.weight * d.scaled(d.current) for d in data]))),
    )


def aic(result: Refined, known: Uncertainty) -> float:
    """Return Akaike's information criterion of the residual, with as many samples as are independent.

    N ln(S/N) + 2 n with N the number of samples over the correlation time of the residual, (1 - rho)/(1 + rho) of all.
    """
    samples = independent(result.residual.size, known.correlation)
    mean = float(np.mean(np.square(result.residual)))
    return samples * math.log(max(mean, 1e-300)) + 2 * len(result.var_names)


def quality(
    family: Family, data: Sequence[FitData], values: Sequence[Mapping[str, float]]
) -> dict[str, float]:
    """Return rms error in decades above the floor, largest error over the peak, and r squared of y."""
    parts = [d.quality(family, own) for d, own in zip(data, values, strict=True)]
    decades, model, measured = (np.concatenate([part[k] for part in parts]) for k in range(3))
    variance = float(np.sum((measured - measured.mean()) ** 2))
    return {
        "rms_log10_error": float(np.sqrt(np.mean(decades**2))),
        "max_error_over_peak": max(part[3] for part in parts),
        "r_squared": 1 - float(np.sum((model - measured) ** 2)) / variance,
        "samples": float(model.size),
    }
