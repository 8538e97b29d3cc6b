"""Influence: by how much a figure of a study owes its spread to each parameter, from the cases of a sample.

Cases that failed have no figure. Of Morris's ways those with one are left out; of a Sobol sample the estimator needs
every case, so that with any failed one the shares are estimated from the independent cases that are left (a given-data
method: E. Plischke, E. Borgonovo and C. L. Smith, Eur. J. Oper. Res. 226, 536, 2013), without total shares. Where more
than a fifth is lost nothing is said: what is left is no sample of the ranges any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import instance, text, truth, whole
from studies.metrics.conductance import Array
from studies.results.figure_table import Row, figure_table
from studies.sweeps.influence_plans import MorrisSample, SobolSample, salib
from studies.sweeps.plans import Plan, SamplePlan
from studies.sweeps.store import Store
from studies.sweeps.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LOST = 0.2  # of the cases, or ways
_FEWEST = 30  # cases of a given-data estimate
_RESAMPLES = 200
_WORDS = {
    "mu_star": "mean size of the change over the range",
    "mu": "mean change over the range",
    "sigma": "standard deviation of the change",
    "first": "share of the variance by the parameter alone",
    "total": "share of the variance with all it does together with others",
}


@dataclass(frozen=True, eq=False, repr=False)
class Influence:
    """What each parameter does to a ``figure`` [``unit``]; ``values`` and 95 % ``errors`` by measure and parameter.

    Of Morris's method "mu_star", "mu" and "sigma" in the figure's unit, for a change over the whole range; of the
    others "first" and "total", shares of the variance. ``lost`` of ``cases`` had no figure; ``note`` says what that
    changed.
    """

    figure: str
    unit: str
    method: str
    parameters: tuple[str, ...]
    values: Mapping[str, Array]
    errors: Mapping[str, Array]
    cases: int
    lost: int
    note: str = ""

    @property
    def ranked(self) -> list[str]:
        """The parameters, the one that does most first."""
        measure = next(iter(self.values))
        return [self.parameters[k] for k in np.argsort(-self.values[measure], kind="stable")]

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every figure, errors behind their values."""
        found: list[Row] = []
        for name in self.ranked:
            k = self.parameters.index(name)
            for measure, values in self.values.items():
                unit = self.unit if self.method == "Morris" else "1"
                found.append((f"{name}: {measure}", float(values[k]), unit))
                if measure in self.errors:
                    found.append((f"{name}: {measure}, 95 %", float(self.errors[measure][k]), unit))
        return found

    def __repr__(self) -> str:
        about = f"{self.method}, {self.cases} cases, {self.lost} without a figure"
        return figure_table(f"Influence on {self.figure} ({about})", self.rows(), self.note)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with a bar of each parameter, the longest on top, and its error."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        names = self.ranked[::-1]
        order = [self.parameters.index(name) for name in names]
        measures = [m for m in self.values if m in self.errors]
        height = 0.8 / len(measures)
        for i, measure in enumerate(measures):
            places = np.arange(len(names)) + (i - (len(measures) - 1) / 2) * height
            ax.barh(
                places,
                self.values[measure][order],
                height,
                xerr=self.errors[measure][order],
                label=_WORDS[measure],
            )
        ax.set_yticks(np.arange(len(names)), names)
        ax.set_xlabel(f"{self.figure.replace('_', ' ')} [{self.unit if self.method == 'Morris' else '1'}]")
        ax.legend()
        return ax


@checked(
    store=instance(Store), study=instance(Study), plan=instance(Plan), figure=text, log=truth, seed=whole(0)
)
def influence(
    store: Store, study: Study, plan: Plan, figure: str, *, log: bool = False, seed: int = 0
) -> Influence:
    """Return what each parameter does to a figure, from the cases of ``plan`` in the store of a sweep.

    ``plan``: a MorrisSample or a SobolSample; of a Random or LowDiscrepancy sample of numbers, shares of the variance
    by a given-data method. ``log``: of log10 of the figure, which must be positive. ``seed``: of the errors' resamples.
    Raises IncompatibleError if too many cases have no figure, or it does not vary, or another plan was swept.
    """
    values, unit = _figures(store, study, plan, figure, log=log)
    if not isinstance(plan, SamplePlan):
        raise IncompatibleError(
            "influence needs a MorrisSample, a SobolSample, a Random or a LowDiscrepancy sample; "
            f"{type(plan).__name__} is none."
        )
    lost = int(np.isnan(values).sum())
    if np.isfinite(values).sum() > 1 and np.ptp(values[np.isfinite(values)]) == 0.0:
        raise IncompatibleError(f"{figure} is the same in all cases: no parameter does anything to it.")
    title = f"log10 {figure}" if log else figure
    if isinstance(plan, MorrisSample):
        return _morris(plan, values, title, "1" if log else unit, seed)
    if isinstance(plan, SobolSample) and not lost:
        return _sobol(plan, values, title, unit, seed)
    return _given(plan, values, title, unit, seed)


def _figures(store: Store, study: Study, plan: Plan, figure: str, *, log: bool) -> tuple[Array, str]:
    """Return a figure of all cases of a plan in their order, nan where there is none, and its unit."""
    table = store.index(study)
    keys = [study.job(case).key for case in plan]
    if absent := sum(key not in table.index for key in keys):
        raise IncompatibleError(
            f"{absent} of {len(keys)} cases of the plan are not in {store.path.name}: sweep it first."
        )
    units = table.attrs["units"]
    if figure not in table or figure not in units or figure in study.parameters:
        raise UnknownNameError("figure of the study", figure, [n for n in units if n not in study.parameters])
    values = np.array(table[figure].reindex(keys), dtype=float)
    if log:
        if (values <= 0).any():
            raise OutOfRangeError(
                f"smallest {figure}", float(np.nanmin(values)), "positive, for its logarithm"
            )
        values = np.log10(values)
    return values, str(units[figure])


def _refuse_if_few(what: str, lost: int, of: int) -> None:
    if lost > _MOST_LOST * of:
        raise IncompatibleError(
            f"{lost} of {of} {what} have no figure, more than a fifth: what is left is no sample of the ranges. See "
            "store.failures()."
        )


def _morris(plan: MorrisSample, values: Array, figure: str, unit: str, seed: int) -> Influence:
    size = len(plan.ranges) + 1
    ways = values.reshape(-1, size)
    good = np.isfinite(ways).all(axis=1)
    _refuse_if_few("ways of the Morris sample", int((~good).sum()), len(good))
    shares = (plan.shares() * plan.levels - 0.5) / (plan.levels - 1)
    found = salib("analyze.morris").analyze(
        plan.problem,
        shares.reshape(-1, size, size - 1)[good].reshape(-1, size - 1),
        ways[good].ravel(),
        num_levels=plan.levels,
        num_resamples=_RESAMPLES,
        seed=seed,
    )
    note = (
        ""
        if good.all()
        else f"{int((~good).sum())} of {len(good)} ways have a case without a figure, and are left out."
    )
    whole_range = plan.levels / (plan.levels - 1)  # over that between the outer levels
    names = ("mu_star", "mu", "sigma")
    measures = {name: whole_range * np.asarray(found[name], dtype=float) for name in names}
    errors = {"mu_star": whole_range * np.asarray(found["mu_star_conf"], dtype=float)}
    return _made(plan, figure, unit, "Morris", measures, errors, values, note)


def _sobol(plan: SobolSample, values: Array, figure: str, unit: str, seed: int) -> Influence:
    found = salib("analyze.sobol").analyze(
        plan.problem, values, calc_second_order=False, num_resamples=_RESAMPLES, seed=seed
    )
    measures = {"first": np.asarray(found["S1"]), "total": np.asarray(found["ST"])}
    errors = {"first": np.asarray(found["S1_conf"]), "total": np.asarray(found["ST_conf"])}
    return _made(plan, figure, unit, "Sobol", measures, errors, values, "")


def _given(plan: SamplePlan, values: Array, figure: str, unit: str, seed: int) -> Influence:
    """Return first shares from independent cases alone."""
    shares, note = _independent(plan, values)
    good = np.isfinite(values) & np.isfinite(shares).all(axis=1)
    _refuse_if_few("cases", int(np.isnan(values).sum()), values.size)
    if good.sum() < _FEWEST:
        raise OutOfRangeError(
            "number of independent cases with a figure", int(good.sum()), f"at least {_FEWEST}"
        )
    names = list(plan.ranges)
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    found = salib("analyze.delta").analyze(
        problem, shares[good], values[good], num_resamples=_RESAMPLES, seed=seed, method="sobol"
    )
    measures, errors = {"first": np.asarray(found["S1"])}, {"first": np.asarray(found["S1_conf"])}
    return _made(plan, figure, unit, "given data", measures, errors, values, note)


def _independent(plan: SamplePlan, values: Array) -> tuple[Array, str]:
    """Return the numbers from 0 to 1 of independent cases, nan of others, and what is to be said of it."""
    shares = plan.shares()
    if not isinstance(plan, SobolSample):
        return shares, "By a given-data method, without total shares."
    size = len(plan.ranges) + 2
    first = np.arange(len(shares)) % size
    others = np.where((first == 0) | (first == size - 1), 0.0, np.nan)
    lost = int(np.isnan(values).sum())
    return shares + others[:, None], (
        f"{lost} cases have no figure: shares are those of the {2 * plan.number} independent cases that are left, by a "
        "given-data method, without total shares."
    )


def _made(
    plan: SamplePlan,
    figure: str,
    unit: str,
    method: str,
    measures: Mapping[str, Array],
    errors: Mapping[str, Array],
    values: Sequence[float] | Array,
    note: str,
) -> Influence:
    lost = int(np.isnan(np.asarray(values)).sum())
    return Influence(
        figure=figure,
        unit=unit,
        method=method,
        parameters=tuple(plan.ranges),
        values=measures,
        errors=errors,
        cases=len(values),
        lost=lost,
        note=note,
    )
