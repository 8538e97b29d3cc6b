"""One range of voltage: every law fitted, and the one that holds, or why none is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from studies.metrics import conduction_fits as fits
from studies.metrics.conductance import Array
from studies.metrics.conduction_figures import Figure, Film, described
from studies.metrics.conduction_laws import LAWS, NO_LAW, TRAP_FILLED_LIMIT, Law
from studies.metrics.conduction_ranges import ranges
from studies.metrics.conduction_samples import CLOSEST, Curve, samples
from studies.results.figure_table import Row

UNDECIDED = "undecided"
_RARE = 1e-3  # probability of a worse fit of the right law
_SEEN = 2.0  # standard errors by which a rise of the current is one
_OF_ESTIMATE = 0.35  # degrees of freedom of the estimated noise for each sample
_NARROWEST = (
    3.0  # ratio of voltages of a range between two others: below it, one may go over into the next there
)


@dataclass(frozen=True, kw_only=True, eq=False)
class LawFit:
    """A law fitted in a range: its ``parameters`` and ``figures`` with standard errors, and how well it fits.

    ``chi_square`` is the reduced one; ``weight`` the Akaike weight, nan of a law that does not count; ``objection``
    says why the law cannot be, "" if it can.
    """

    law: Law
    parameters: dict[str, tuple[float, float]]
    figures: list[Figure]
    chi_square: float
    aicc: float
    bic: float
    weight: float
    objection: str

    def __call__(self, voltage: ArrayLike, temperature: float | None = None) -> Array:
        """Return the size of the current at sizes of voltage [V] and a temperature [K], None if the data had none."""
        v = np.asarray(voltage, dtype=float)
        kelvin = np.full_like(v, 1.0 if temperature is None else temperature)
        at = fits.Samples(
            voltage=v, log_current=v, sigma=v, temperature=kelvin, known=temperature is not None
        )
        found = [self.parameters.get(name, (0.0, 0.0))[0] for name in ("a", "barrier", "shape")]
        return np.exp(fits.log_current(self.law, found, v, at.beta, kelvin))


@dataclass(frozen=True, kw_only=True, eq=False)
class LawRange:
    """What holds from ``low`` to ``high`` [V] (sizes) of a ``polarity``, 1 or -1, or 0 for both.

    ``name`` is that of the law, "hopping or direct tunnelling", or "undecided" with ``reason``, which says of a named
    law what else would be the same curve in this range; ``fits`` are all laws,
    the best one first and those that cannot be last.
    """

    polarity: int
    low: float
    high: float
    name: str
    reason: str
    fits: tuple[LawFit, ...]

    @property
    def best(self) -> LawFit:
        """The fit of the law that is named, the best one if none is."""
        return self.fits[0]

    @property
    def confidence(self) -> float:
        """The Akaike weight of the law that is named, 0 if none is."""
        return 0.0 if self.name == UNDECIDED else self.best.weight

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of the law and its figures."""
        if self.name == UNDECIDED:
            return [("law", UNDECIDED, ""), ("reason", self.reason, "")]
        found: list[Row] = [
            ("law", self.name, ""),
            *([("note", self.reason, "")] if self.reason else []),
            ("Akaike weight", self.confidence, ""),
            ("AICc", self.best.aicc, ""),
            ("reduced chi^2", self.best.chi_square, ""),
        ]
        for fit in (f for f in self.fits if f.law.name in self.name.split(" or ")):
            for name, value, error, unit in fit.figures:
                found.append((f"{name} ({fit.law.name})" if fit.law.name != self.name else name, value, unit))
                found += [("  standard error", error, unit)] if np.isfinite(error) else []
        return found


@dataclass(frozen=True)
class Judge:
    """What decides: the film, the relative noise and whether it is known, and the lead that a law must have."""

    film: Film
    noise: float
    known: bool
    threshold: float

    def ranges(self, polarity: int, own: Sequence[Curve], most: int) -> list[LawRange]:
        """Return the ranges of the curves of a polarity, each with its law."""
        every = samples(own, self.noise)
        ends = ranges(every, most, self.known, self._least)
        parts = [every.part(a, b) for a, b in pairwise(ends)]
        solutions = [[fits.solved(law, part) for law in LAWS] for part in parts]
        scale = self._scale(parts, solutions)
        limits = (scale, every.voltage.size)
        return _beside(
            [
                self._judged(polarity, part, solved, *limits)
                for part, solved in zip(parts, solutions, strict=True)
            ]
        )

    @property
    def _least(self) -> float:
        """The least variance over the estimated one: no law is closer to a device than `CLOSEST`."""
        return (CLOSEST / self.noise) ** 2

    def _scale(self, parts: list[fits.Samples], solutions: list[list[fits.Solution]]) -> float:
        """Return the variance over the estimated one, from the best fits of all ranges: 1 of a known noise."""
        if self.known:
            return 1.0
        count = sum(part.voltage.size for part in parts)
        found = [min(solved, key=_cost) for solved in solutions]
        free = count - sum(len(s.parameters) for s in found)
        return max(self._least, sum(s.chi_square for s in found) / max(free, 1))

    def _judged(
        self, polarity: int, part: fits.Samples, solved: list[fits.Solution], scale: float, total: int
    ) -> LawRange:
        every = [self._fit(solution, part, scale) for solution in solved]
        cannot = sorted((f for f in every if f.objection), key=lambda f: f.bic)
        low, high = float(part.voltage[0]), float(part.voltage[-1])
        name, reason, can = self._named(every, part.voltage.size, total)
        if name != UNDECIDED and not can[0].bic < self._unmoved(part, scale) - self.threshold:
            name, reason = UNDECIDED, f"a current that the voltage does not change fits as well as {name}"
        order = tuple([*can, *cannot])
        return LawRange(polarity=polarity, low=low, high=high, name=name, reason=reason, fits=order)

    def _unmoved(self, part: fits.Samples, scale: float) -> float:
        """Return the BIC of a current that does not depend on the voltage, as a mere noise does not."""
        solution = fits.solved(NO_LAW, part)
        return solution.chi_square / scale + len(solution.parameters) * float(np.log(part.voltage.size))

    def _fit(self, solution: fits.Solution, part: fits.Samples, scale: float) -> LawFit:
        """Return the fit of a law with its errors and figures."""
        n, k, law = part.voltage.size, len(solution.parameters), solution.law
        parameters = dict(
            zip(fits.names(law, part.several), ((p, np.nan) for p in solution.parameters), strict=True)
        )
        figures: list[Figure] = []
        objection = solution.objection
        if not objection:
            parameters = fits.standard_errors(solution, part, self.known)
            figures, objection = described(law, parameters, self.film)
            if law.linear and law.shape is not None and not law.limits:  # without its shape it is no law of V
                rise, error = parameters["shape"]
                if not rise > _SEEN * error:
                    objection = objection or "its current does not grow with the voltage beyond the noise"
        chi = solution.chi_square / scale
        return LawFit(
            law=law,
            parameters=parameters,
            figures=figures,
            chi_square=solution.chi_square / max(n - k, 1),
            aicc=chi + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1),
            bic=chi + k * np.log(n),
            weight=np.nan,
            objection=objection,
        )

    def _named(self, every: list[LawFit], n: int, total: int) -> tuple[str, str, list[LawFit]]:
        """Return the name, why there is none or what is the same, and the possible fits, the best first, weighted."""
        can = sorted((f for f in every if not f.objection), key=lambda f: f.bic)
        if not can:
            return UNDECIDED, "no law can be that of the film", can
        best = can[0]
        twin = [f for f in can[1:] if f.law.alike == best.law.name and abs(f.bic - best.bic) < 1e-3]
        rivals = [f for f in can[1:] if f not in twin and best.law.name not in f.law.limits]
        weights = np.exp([-(f.aicc - best.aicc) / 2 for f in [best, *rivals]])
        known = {id(f): w for f, w in zip([best, *rivals], weights / weights.sum(), strict=True)}
        weighted = [replace(f, weight=float(known.get(id(f), np.nan))) for f in can]
        limit = self._worst(n - len(best.parameters), total)
        family = " or ".join(sorted([best.law.name, *(f.law.name for f in twin)], reverse=True))
        if best.chi_square > limit:
            text = f"no law fits within the noise: the reduced chi^2 of {family} is {best.chi_square:.3g}"
            return UNDECIDED, text, weighted
        near = [f.law.name for f in rivals if min(f.aicc - best.aicc, f.bic - best.bic) < self.threshold]
        if near:
            return UNDECIDED, f"{family}, {', '.join(near)} fit alike in this range", weighted
        same = [
            f.law.name for f in every if best.law.name in f.law.limits and f.bic - best.bic < self.threshold
        ]
        return family, _not_told(twin, same), weighted

    def _worst(self, free: int, total: int) -> float:
        """Return the reduced chi^2 that the right law exceeds once in 1/`_RARE` curves."""
        if self.known:
            return float(stats.chi2.isf(_RARE, free) / free)
        return float(stats.f.isf(_RARE, free, max(_OF_ESTIMATE * total, 1)))


def _beside(found: list[LawRange]) -> list[LawRange]:
    """Return the ranges without names that those beside them make doubtful."""
    kept = []
    for k, one in enumerate(found):
        near = [r.name for r in found[max(0, k - 1) : k + 2] if r is not one]
        reason = ""
        if one.best.law.shape is not None and one.name in near:
            reason = f"{one.name}, but with another shape in the range beside it"
        elif len(near) == 2 and one.high < _NARROWEST * one.low and one.best.law is not TRAP_FILLED_LIMIT:
            reason = f"{one.name}, but in a narrow range between two others"
        kept.append(
            one if one.name == UNDECIDED or not reason else replace(one, name=UNDECIDED, reason=reason)
        )
    return kept


def _cost(solution: fits.Solution) -> float:
    """Return χ², infinite of a law that cannot be."""
    return np.inf if solution.objection else solution.chi_square


def _not_told(twin: list[LawFit], same: list[str]) -> str:
    """Return what the named law cannot be told from: ``twin`` without temperatures, ``same`` in a limit."""
    if twin:
        return "one curve at one temperature: a second one tells them apart"
    return f"so are, in a limit that this range does not exclude: {', '.join(same)}" if same else ""
