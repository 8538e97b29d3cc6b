"""Which family fits: several fitted to the same traces, compared by what they say of traces that they have not seen."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import IncompatibleError, MemfemError, ModelWarning, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import instance, one_or_each, optional, positive
from studies.compact.families import HOMES, named
from studies.compact.family import Family
from studies.compact.fit import fit, prediction_error, with_own_start
from studies.compact.fit_data import Conditions, each_conditions
from studies.compact.model import CompactModel
from studies.progress import progress_line
from studies.results.trace import Trace

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of a fit that stands for its trace: error over the peak and rms error in decades; of a trace not seen, over the peak.
FITTED_PEAK, FITTED_DECADES, HELD_OUT_PEAK = 0.05, 0.05, 0.15


@dataclass(frozen=True, eq=False)
class Candidate:
    """A ``family`` with its ``model``, None if it was refused for a ``reason``; ``held_out``: quality by trace."""

    family: Family
    model: CompactModel | None
    held_out: tuple[Mapping[str, float], ...] = ()
    reason: str = ""

    @property
    def error(self) -> float:
        """Return the largest error over the peak of what was not fitted, of what was if nothing was held out."""
        if self.model is None:
            return math.inf
        seen = [q["max_error_over_peak"] for q in self.held_out] or [
            self.model.quality["max_error_over_peak"]
        ]
        return max(seen)

    @property
    def excess(self) -> float:
        """Return the largest ratio of an error to what is asked: of the peak, in decades, of what was not fitted."""
        if self.model is None:
            return math.inf
        quality = self.model.quality
        ratios = [quality["max_error_over_peak"] / FITTED_PEAK, quality["rms_log10_error"] / FITTED_DECADES]
        ratios += [q["max_error_over_peak"] / HELD_OUT_PEAK for q in self.held_out]
        return math.inf if any(math.isnan(r) for r in ratios) else max(ratios)

    @property
    def stands(self) -> bool:
        """Whether the model stands for the traces: 5 % of the peak, 0.05 decades, and 15 % of what it has not seen."""
        return self.excess <= 1


@dataclass(frozen=True, eq=False)
class FamilyTable:
    """Families fitted to the same ``traces``, the nearest to what is asked first; ``held_out``: not seen by any."""

    candidates: tuple[Candidate, ...]
    traces: tuple[Trace, ...]
    held_out: tuple[Trace, ...] = ()
    conditions: tuple[Conditions, ...] = ()
    held_out_conditions: tuple[Conditions, ...] = field(default=())

    @property
    def best(self) -> CompactModel:
        """Return the nearest model; IncompatibleError, in words, if it does not stand for the traces."""
        first = self.candidates[0]
        if first.model is None or not first.stands:
            kept = f" As it is it stands in models[{first.family.name!r}]." if first.model else ""
            raise IncompatibleError(f"no family fits: {self.why}{kept}")
        return first.model

    @property
    def why(self) -> str:
        """Return in words what the nearest family misses, and what was asked."""
        first = self.candidates[0]
        if first.model is None:
            return f"all were refused, {first.family.name} for: {first.reason}"
        quality = first.model.quality
        seen = "".join(f", {q['max_error_over_peak']:.2g} on a trace not seen" for q in first.held_out)
        return (
            f"the nearest, {first.family.name}, is {quality['max_error_over_peak']:.2g} of the peak and "
            f"{quality['rms_log10_error']:.2g} decades off on what it was fitted to{seen}; asked are {FITTED_PEAK:g}, "
            f"{FITTED_DECADES:g} and {HELD_OUT_PEAK:g}.{_of_noise(self.traces)}"
        )

    @property
    def models(self) -> dict[str, CompactModel]:
        """Return the models that were not refused, by the name of the family."""
        return {c.family.name: c.model for c in self.candidates if c.model is not None}

    def __str__(self) -> str:
        rows = [f"{'family':<20}{'of peak':>9}{'decades':>9}{'not seen':>10}{'AIC':>11}  "]
        for c in self.candidates:
            if c.model is None:
                rows.append(f"{c.family.name:<20}refused: {c.reason}")
                continue
            q = c.model.quality
            unseen = f"{c.error:>10.3f}" if c.held_out else f"{'-':>10}"
            rows.append(
                f"{c.family.name:<20}{q['max_error_over_peak']:>9.3f}{q['rms_log10_error']:>9.3f}{unseen}"
                f"{q['aic']:>11.1f}  {'stands for the traces' if c.stands else ''}".rstrip()
            )
        return "\n".join([*rows, *([] if self.candidates[0].stands else [f"no family fits: {self.why}"])])

    def plot(self) -> Figure:
        """Return a figure: the traces and those held out, with the three best families over them."""
        import matplotlib.pyplot as plt

        every = [*self.traces, *self.held_out]
        made = [*self.conditions, *self.held_out_conditions]
        figure, axes = plt.subplots(
            1, len(every), figsize=(5 * len(every), 4), layout="constrained", squeeze=False
        )
        for k, (ax, trace, how) in enumerate(zip(axes[0], every, made, strict=True)):
            pulsed = np.ptp(trace.voltage[trace.cycles == trace.cycles[0]]) == 0 or _many_turns(trace)
            x = trace.time if pulsed else trace.voltage
            size = np.where(trace.current == 0, np.nan, np.abs(trace.current))
            ax.semilogy(x, size, color="0.3", lw=2.5, label="trace")
            for c in [c for c in self.candidates if c.model is not None][:3]:
                assert c.model is not None
                seen = with_own_start(c.model, trace, how) if k >= len(self.traces) else c.model
                ax.semilogy(x, np.abs(_current(seen, trace, how)), lw=1.2, label=c.family.name)
            ax.set(xlabel="Time [s]" if pulsed else "Voltage [V]", ylabel=f"|I| [{trace.current_unit}]",
                   title="fitted" if k < len(self.traces) else "held out")  # fmt: skip
        axes[0][0].legend()
        return figure


def _of_noise(traces: Sequence[Trace]) -> str:
    """Return in words how far samples near the peak lie off by their scatter alone, if that is more than is asked.

    The scatter is told by the median of second differences, the largest of n errors is sqrt(2 ln n) of it.
    """
    largest = 0.0
    for trace in traces:
        size = np.abs(trace.current)
        high = (size > 0.5 * size.max())[1:-1]
        if np.count_nonzero(high) >= 8:
            scatter = np.median(np.abs(np.diff(trace.current, 2))[high]) / (0.6745 * np.sqrt(6) * size.max())
            largest = max(largest, float(scatter * np.sqrt(2 * np.log(np.count_nonzero(high)))))
    if largest < FITTED_PEAK:
        return ""
    return (
        f" The scatter of neighbouring samples alone makes an error of some {largest:.2g} of the peak, which no family "
        "is nearer than: fit the mean of several loops, or a smoothed one."
    )


def _many_turns(trace: Trace) -> bool:
    return int(np.count_nonzero(np.diff(np.sign(np.diff(trace.voltage))) != 0)) > 12


def _current(model: CompactModel, trace: Trace, made: Conditions) -> np.ndarray:
    from studies.compact.fit_data import FitData

    data = FitData.of(trace, model.family, made=made)
    return data.modelled(model.family, model.values())


@checked(
    traces=one_or_each(instance(Trace)),
    held_out=optional(one_or_each(instance(Trace))),
    current_floor=optional(positive),
)
def compare_families(
    traces: Trace | Sequence[Trace],
    families: Sequence[Family | str] | None = None,
    *,
    conditions: Conditions | Sequence[Conditions] | None = None,
    held_out: Trace | Sequence[Trace] | None = None,
    held_out_conditions: Conditions | Sequence[Conditions] | None = None,
    fixed: Mapping[str, Mapping[str, float]] | None = None,
    own_starts: bool = False,
    current_floor: float | None = None,
    starts: int = 24,
    progress: bool | None = None,
) -> FamilyTable:
    """Return ``families`` (values or names; all of memfem's) fitted to ``traces``, the nearest to what is asked first.

    ``held_out``: traces that the fits do not see, such as one at another rate and a train of pulses; each begins in a
    state of its own, which alone is fitted to it. ``fixed``: by the name of a family, parameters that stay.
    ``current_floor`` [A or A/m^2]: below it currents count linearly. A family that is refused stands in the table with
    the reason. Raises UnknownNameError for a family that there is not, IncompatibleError if all are refused.
    """
    seen = [traces] if isinstance(traces, Trace) else list(traces)
    unseen = [] if held_out is None else [held_out] if isinstance(held_out, Trace) else list(held_out)
    made, later = each_conditions(conditions, len(seen)), each_conditions(held_out_conditions, len(unseen))
    asked = [named(f) for f in (families or [n for n in HOMES if n != "pulse table"])]
    for name in fixed or {}:
        if name not in [f.name for f in asked]:
            raise UnknownNameError("family in fixed", name, [f.name for f in asked])
    found = []
    with progress_line("families of compact models", progress) as line:
        for k, family in enumerate(asked):
            line.to(k / len(asked), family.name)
            own = dict((fixed or {}).get(family.name, {}))
            found.append(
                _candidate(family, seen, made, unseen, later, own, own_starts, current_floor, starts)
            )
    found.sort(key=lambda c: c.excess)
    if found[0].model is None:
        raise IncompatibleError(f"no family could be fitted: {found[0].family.name}: {found[0].reason}")
    return FamilyTable(tuple(found), tuple(seen), tuple(unseen), tuple(made), tuple(later))


def _candidate(
    family: Family,
    seen: Sequence[Trace],
    made: Sequence[Conditions],
    unseen: Sequence[Trace],
    later: Sequence[Conditions],
    fixed: Mapping[str, float],
    own_starts: bool,
    floor: float | None,
    starts: int,
) -> Candidate:
    """Return one family with its fit, or with the reason for which there is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)  # the table says what they say
            model = fit(
                list(seen), family=family, conditions=list(made), fixed=fixed, own_starts=own_starts,
                current_floor=floor, starts=starts, progress=False,
            )  # fmt: skip
        errors = [
            prediction_error(with_own_start(model, trace, how), trace, current_floor=floor, conditions=how)
            for trace, how in zip(unseen, later, strict=True)
        ]
        return Candidate(family, model, tuple(errors))
    except MemfemError as error:
        return Candidate(family, None, reason=" ".join(str(error).split()))
