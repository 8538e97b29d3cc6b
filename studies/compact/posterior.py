r"""What traces leave open of a fitted model: samples of its parameters by an ensemble of walkers (extra ``posterior``).

The residual of the fit has the sum of squares S and, as neighbours go together, :math:`N' = N (1-\rho)/(1+\rho)`
independent ones of N samples. With normal residuals of a standard deviation that nobody knows, over which the prior
:math:`1/\sigma` is integrated (H. Jeffreys, Theory of Probability, 3rd ed., 1961),

.. math:: \ln p = -\frac{N'}{2} \ln S + \mathrm{const}

inside the ranges of the family, where the prior is even in a parameter, in its logarithm for one that is varied by it.
Walkers move by stretches (D. Foreman-Mackey et al., Publ. Astron. Soc. Pac. 125, 306, 2013) and by differences of
others (C. J. F. ter Braak, Stat. Comput. 16, 239, 2006). Like the standard errors of a fit, this says how sharply
traces fix parameters in these equations, not how near these are to the device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.errors import ConvergenceError, IncompatibleError, MissingSoftwareError, UnknownNameError, warn
from fem.errors.arguments import checked
from fem.errors.checking import each, instance, one_or_each, optional, share, text, whole
from studies.compact.family import Array
from studies.compact.features import Features
from studies.compact.fit_data import Conditions, FitData, each_conditions
from studies.compact.model import CompactModel
from studies.compact.search import Search
from studies.compact.uncertainty import independent, neighbours
from studies.progress import Line, progress_line
from studies.results.figure_table import Row, figure_table
from studies.results.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TOLERANCE = 1e-7  # of the integration, finer than the differences that decide
#: Autocorrelation times: of a chain that is good, and of one that is too short to tell them: their estimate is
#: then a twentieth of its length, or a tenth, whatever they are.
_LONG, _SHORT = 50, 20
_FORGOTTEN = 5  # autocorrelation times from the begin that are thrown away
_DIFFERENCES = 0.7  # share of such moves
_NEAR = 0.05  # of its natural scale: where walkers begin in a parameter without a standard error
_WIDE = 10.0  # ratio of quantiles above which an axis is logarithmic


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Posterior:
    """Samples of the ``parameters`` of a ``model``; ``print`` shows their quantiles.

    ``samples`` in their ``units``, shape (n, parameters), nearly independent ones. ``autocorrelation``, shape
    (parameters,): the time [steps] after which a walker has forgotten a parameter; ``steps`` of each of the ``walkers``
    were made, and ``acceptance`` is the share of moves that were accepted. ``independent``: samples of the traces whose
    residuals are.
    """

    model: CompactModel
    parameters: tuple[str, ...]
    units: tuple[str, ...]
    samples: Array
    autocorrelation: Array
    steps: int
    walkers: int
    acceptance: float
    independent: float

    @checked(q=each(share, 1))
    def quantiles(self, q: Sequence[float] = (0.16, 0.5, 0.84)) -> dict[str, Array]:
        """Return name -> the quantiles ``q`` of each parameter in its unit, shape of ``q``."""
        found = np.quantile(self.samples, q, axis=0)
        return {name: found[:, k] for k, name in enumerate(self.parameters)}

    @checked(count=whole(1, 1_000_000))
    def models(self, count: int) -> list[CompactModel]:
        """Return ``count`` models with parameters of samples at even distances, such as to draw a band of currents."""
        values, kept = self.model.values(), np.linspace(0, len(self.samples) - 1, count).astype(int)
        return [
            CompactModel.from_values(
                values | dict(zip(self.parameters, map(float, self.samples[k]), strict=True)),
                self.model.current_unit,
                self.model.family,
            )
            for k in kept
        ]

    @property
    def lengths(self) -> float:
        """How many of the longest autocorrelation times the chain is long."""
        return float(self.steps / self.autocorrelation.max())

    def rows(self) -> list[Row]:
        """Return (name, value, unit): median of every parameter, and the quantiles 16 and 84 %."""
        rows: list[Row] = []
        for (name, (low, middle, high)), unit in zip(self.quantiles().items(), self.units, strict=True):
            rows += [(name, float(middle), unit), ("  16 %", float(low), unit), ("  84 %", float(high), unit)]
        return [
            *rows,
            ("samples", float(len(self.samples)), "1"),
            ("chain over autocorrelation", self.lengths, "1"),
            ("acceptance", self.acceptance, "1"),
            ("independent residuals", self.independent, "1"),
        ]

    def __repr__(self) -> str:
        return figure_table("Posterior", self.rows())

    def plot(self) -> Figure:
        """Return a figure: on the diagonal each parameter, below it each pair, the fit as a line and a cross."""
        from studies.compact.corner import corner

        q = self.quantiles((0.025, 0.975))
        wide = [bool(q[n][0] > 0 and q[n][1] > _WIDE * q[n][0]) for n in self.parameters]
        labels = [f"{n} [{u}]" for n, u in zip(self.parameters, self.units, strict=True)]
        return corner(self.samples, labels, [self.model[n] for n in self.parameters], wide)


@dataclass(frozen=True, eq=False)
class _Density:
    """The logarithm of the density at a point, of parameters as they are varied, and its range, shape (n, 2)."""

    search: Search
    model: CompactModel
    names: tuple[str, ...]
    range: Array
    independent: float

    def __call__(self, point: Array) -> float:
        if not ((point >= self.range[:, 0]) & (point <= self.range[:, 1])).all():
            return -np.inf
        residual = _residual(self.search, self.model, self.physical(point))
        return -0.5 * self.independent * math.log(max(float(residual @ residual), 1e-300))

    def physical(self, point: Array) -> dict[str, float]:
        """Return name -> value of a point."""
        declared = self.search.family.parameters
        return {
            n: math.exp(x) if declared[n].logarithmic else float(x)
            for n, x in zip(self.names, point, strict=True)
        }


@checked(
    model=instance(CompactModel),
    traces=one_or_each(instance(Trace)),
    conditions=optional(one_or_each(instance(Conditions))),
    parameters=optional(each(text, 1)),
    walkers=optional(whole(4, 10_000)),
    steps=whole(10, 10_000_000),
    seed=whole(0, 2**32 - 1),
)
def posterior(
    model: CompactModel,
    traces: Trace | Sequence[Trace],
    *,
    conditions: Conditions | Sequence[Conditions] | None = None,
    parameters: Sequence[str] | None = None,
    walkers: int | None = None,
    steps: int = 2000,
    seed: int = 0,
    progress: bool | None = None,
) -> Posterior:
    """Return samples of the ``parameters`` of a ``model`` that was fitted to ``traces`` under these ``conditions``.

    Without ``parameters``, all that the fit did not hold are sampled, also those that it did not determine or found at
    a bound. ``walkers``, four for each parameter if not given, make ``steps`` each; the same ``seed`` gives the same
    samples. Initial states of further traces stay where the fit found them. A chain shorter than 50 autocorrelation
    times gives a ModelWarning; one shorter than 20 raises ConvergenceError, in words with the steps that it needs.
    Raises MissingSoftwareError without emcee, UnknownNameError, and IncompatibleError for traces in another unit, or
    with no more independent residuals than parameters.
    """
    emcee = _emcee()
    density = _density(model, [traces] if isinstance(traces, Trace) else list(traces), conditions, parameters)
    random = np.random.RandomState(seed)  # of the kind that emcee keeps
    count = walkers or max(4 * len(density.names), 16)
    moves = [(emcee.moves.StretchMove(), 1 - _DIFFERENCES), (emcee.moves.DEMove(), _DIFFERENCES)]
    sampler = emcee.EnsembleSampler(count, len(density.names), density, moves=moves)
    sampler.random_state = random.get_state()
    begin = emcee.State(_begin(density, count, random), random_state=random.get_state())
    with progress_line("posterior of the compact model", progress) as line:
        _run(sampler, begin, steps, line)
    return _found(density, sampler, steps)


def _emcee() -> Any:
    try:
        import emcee
    except ImportError as error:
        raise MissingSoftwareError(
            "emcee was not found; install it with: pip install 'memfem[posterior]'"
        ) from error
    return emcee


def _run(sampler: Any, begin: Any, steps: int, line: Line) -> None:
    """Make the steps of all walkers."""
    for k, _ in enumerate(sampler.sample(begin, iterations=steps)):
        if k % 20 == 0:
            line.to(k / steps, f"step {k} of {steps}")


def _density(
    model: CompactModel,
    traces: Sequence[Trace],
    conditions: Conditions | Sequence[Conditions] | None,
    parameters: Sequence[str] | None,
) -> _Density:
    """Return the density of the parameters to sample."""
    wanted = "current" if model.current_unit == "A" else "current_density"
    if any(t.current_name != wanted for t in traces):
        raise IncompatibleError(f"the model is in {model.current_unit}, and not all traces are.")
    made = each_conditions(conditions, len(traces))
    data = _data(model, traces, made)
    names = _sampled(model, parameters)
    search = Search(model.family, data, {n: v for n, v in model.values().items() if n not in names})
    residual = _residual(search, model, {})
    free = independent(residual.size, neighbours(residual, [d.time.size for d in data]))
    if not free > len(names):
        raise IncompatibleError(
            f"the residuals of the model have {free:.1f} independent samples for {len(names)} parameters: neighbours "
            "go together, as the equations leave out what is larger than the noise."
        )
    bounds = search.bounds(Features.of(data))
    logarithmic = [model.family.parameters[n].logarithmic for n in names]
    limits = [
        tuple(map(math.log, bounds[n])) if log else bounds[n]
        for n, log in zip(names, logarithmic, strict=True)
    ]
    return _Density(search, model, names, np.array(limits, dtype=float), free)


def _data(model: CompactModel, traces: Sequence[Trace], made: Sequence[Conditions]) -> list[FitData]:
    """Return the traces with the floor and the weight of the peak that the fit had."""
    weight = float(model.provenance.get("peak_weight", 30.0))
    own = [FitData.of(t, model.family, None, weight, c) for t, c in zip(traces, made, strict=True)]
    floor = model.provenance.get("current_floor")
    if floor is None:
        return own
    floor = float(floor) * (float(model.provenance.get("area", 1.0)))
    if np.isclose(floor, own[0].floor, rtol=1e-9, atol=0.0):  # that of each trace, not one that was given
        return own
    return [FitData.of(t, model.family, floor, weight, c) for t, c in zip(traces, made, strict=True)]


def _sampled(model: CompactModel, parameters: Sequence[str] | None) -> tuple[str, ...]:
    """Return the parameters to sample; raises UnknownNameError or IncompatibleError for those that cannot be."""
    declared = model.family.parameters
    for name in parameters or ():
        if name not in declared:
            raise UnknownNameError("compact-model parameter", name, declared)
        if declared[name].values:
            raise IncompatibleError(f"{name} has single values only, and no density.")
    free = [n for n, d in declared.items() if not d.values and model.parameters[n].status != "fixed"]
    fixed = {n for n, d in declared.items() if d.fixed is not None and not model.parameters[n].status}
    return tuple(parameters or (n for n in free if n not in fixed))


def _residual(search: Search, model: CompactModel, values: dict[str, float]) -> Array:
    """Return the residuals of all traces; further ones begin in the states that the fit found for them."""
    starts = model.provenance.get("initial states", [{}] * len(search.data))
    full = model.values() | values
    parts = [
        d.residual(search.family, full | (dict(starts[k]) if k else {}), _TOLERANCE)
        for k, d in enumerate(search.data)
    ]
    return np.concatenate(parts)


def _begin(density: _Density, count: int, random: np.random.RandomState) -> Array:
    """Return where the walkers begin, shape (walkers, parameters): about the fit, with its covariance."""
    model, names = density.model, density.names
    declared, values = model.family.parameters, model.values()
    scale = np.array([values[n] if declared[n].logarithmic else 1.0 for n in names])
    covariance = np.diag([(_NEAR * density.search.natural_scale(n, values)) ** 2 for n in names])
    known = [(k, model.fitted.index(n)) for k, n in enumerate(names) if n in model.fitted]
    for k, i in known:
        for other, j in known:
            covariance[k, other] = model.covariance[i][j] / (scale[k] * scale[other])
    middle = np.array([np.log(values[n]) if declared[n].logarithmic else values[n] for n in names])
    points = random.multivariate_normal(middle, covariance, size=count, check_valid="ignore")
    low, high = density.range.T
    points = np.where(points < low, 2 * low - points, points)  # a fit at its bound: all on this side of it
    points = np.where(points > high, 2 * high - points, points)
    return np.clip(points, low, high)


def _found(density: _Density, sampler: Any, steps: int) -> Posterior:
    """Return the samples after the begin is forgotten; raises ConvergenceError, or warns, if there are too few."""
    times = np.asarray(sampler.get_autocorr_time(tol=0, quiet=True), dtype=float)
    longest = float(np.max(times)) if np.isfinite(times).all() else np.inf
    if steps < _SHORT * longest:
        need = (
            f"make {int(np.ceil(_LONG * longest))} steps or more"
            if np.isfinite(longest)
            else "no walker moved"
        )
        raise ConvergenceError(
            f"the chain of {steps} steps is too short: its autocorrelation time is {longest:.0f} steps or more; {need}"
            ", or sample fewer parameters: those that the traces do not determine take longest"
        )
    if steps < _LONG * longest:
        warn(
            f"posterior: {steps} steps are {steps / longest:.0f} autocorrelation times; quantiles need "
            f"{_LONG}, {int(np.ceil(_LONG * longest))} steps."
        )
    kept = sampler.get_chain(
        discard=int(np.ceil(_FORGOTTEN * longest)), thin=max(1, int(longest / 2)), flat=True
    )
    logarithmic = np.array([density.search.family.parameters[n].logarithmic for n in density.names])
    return Posterior(
        model=density.model,
        parameters=density.names,
        units=tuple(density.model.parameters[n].unit for n in density.names),
        samples=np.where(logarithmic, np.exp(np.where(logarithmic, kept, 0.0)), kept),
        autocorrelation=times,
        steps=steps,
        walkers=sampler.nwalkers,
        acceptance=float(np.mean(sampler.acceptance_fraction)),
        independent=density.independent,
    )
