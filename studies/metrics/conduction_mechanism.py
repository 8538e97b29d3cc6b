r"""Which law of conduction a current-voltage curve follows, in which range of voltage, or that the data do not say.

Every law of `studies.metrics.conduction_laws` is fitted to ln I. One is named if

- it fits within the noise: reduced χ² not above what the noise gives in one of a thousand curves,
- its parameters can be those of a film (no barrier below 0, no optical permittivity below 1 ...), and
- its AICc and BIC are both lower than those of every other such law by ``threshold``: by 6, the others are twenty times
  less likely (K. P. Burnham and D. R. Anderson, Model Selection and Multimodel Inference, 2nd ed., Springer 2002,
  section 2.6). A law that has the named one as a limit, and fits no better, does not count,
- its BIC is lower by as much than that of a current that does not depend on the voltage: noise has no law, and
- the range next to it has not the same law with another shape, nor is it a narrow one between two others, where one law
  may go over into the next.

It is "undecided" otherwise. Direct tunnelling and hopping are one curve at one temperature, and named together.
The confidence is the Akaike weight :math:`e^{-\Delta/2}/\sum e^{-\Delta/2}` with Δ in AICc among the laws that count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from fem.errors.arguments import checked
from fem.errors.checking import any_of, array, between, each, instance, optional, positive, whole
from studies.metrics.conduction_choice import UNDECIDED, Judge, LawRange
from studies.metrics.conduction_figures import Film
from studies.metrics.conduction_laws import TRAP_FILLED_LIMIT
from studies.metrics.conduction_samples import Curve, curves, estimated_noise, symmetric, units
from studies.results.figure_table import Row, figure_table
from studies.results.trace import Trace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 4  # ranges: an ohmic, a trap-filled and a space-charge one, and one more


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ConductionMechanism:
    """The laws of a film by polarity and range of voltage; ``print`` shows them with units.

    ``noise`` is the relative one of the current, ``temperatures`` [K] those of the traces, empty if not known,
    ``curves`` the data with their polarities. ``trap_density`` N [1/m^3] is that of a trap-filled limit which ends at
    V = q N d²/2ε (M. A. Lampert, Phys. Rev. 103, 1648, 1956), nan without one, or without thickness and permittivity.
    """

    ranges: tuple[LawRange, ...]
    noise: float
    temperatures: tuple[float, ...]
    current_unit: str
    curves: tuple[tuple[int, Curve], ...]
    trap_density: float

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all ranges."""
        return tuple(found.name for found in self.ranges)

    @property
    def trap_filled_voltage(self) -> float:
        """The size of the voltage [V] at which the range of the trap-filled limit ends, nan without one."""
        return _trap_filled(self.ranges)

    def rows(self) -> list[Row]:
        """Return (name, value, unit) of every range."""
        found: list[Row] = []
        for one in self.ranges:
            side = {1: "+", -1: "-", 0: "±"}[one.polarity]
            found += [(f"{side}{one.low:.3g} to {side}{one.high:.3g} V", "", ""), *one.rows()]
        for name, unit in (("trap_filled_voltage", "V"), ("trap_density", "1/m^3")):
            value = float(getattr(self, name))
            found += [(name, value, unit)] if np.isfinite(value) else []
        return [*found, ("noise", self.noise, "")]

    def __repr__(self) -> str:
        return figure_table("ConductionMechanism", self.rows())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return log-log axes with the data and the law of each range, dashed where it is undecided."""
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        kelvins = sorted({c.temperature for _, c in self.curves if c.temperature is not None})
        colours = {k: f"C{n}" for n, k in enumerate(kelvins)}
        known: list[float | None] = [*kelvins] or [None]
        for polarity, curve in self.curves:
            label = f"{'+' if polarity > 0 else '-'}V" + (f", {curve.temperature:g} K" if kelvins else "")
            marker, colour = ("o" if polarity > 0 else "x"), colours.get(curve.temperature or 0.0, "C0")
            ax.loglog(curve.voltage, curve.current, marker, color=colour, markersize=3, label=label)
        for one in (r for r in self.ranges if not r.best.objection):
            at, style = np.geomspace(one.low, one.high, 60), "--" if one.name == UNDECIDED else "-"
            for kelvin in known:
                ax.loglog(at, one.best(at, kelvin), style, color="black", linewidth=1)
            middle = at[30], one.best(at[30], known[-1])
            ax.annotate(one.name, middle, (-8, 8), textcoords="offset points", fontsize="small", ha="right")
        ax.set(xlabel="|Voltage| [V]", ylabel=f"|Current| [{self.current_unit}]")
        ax.legend()
        return ax


_CURVE = any_of(instance(Trace), each(array, 2, 2))


@checked(
    traces=any_of(_CURVE, each(_CURVE, 1)),
    temperature=optional(array),
    thickness=optional(positive),
    area=optional(positive),
    permittivity=optional(positive),
    optical_permittivity=optional(positive),
    effective_mass=optional(positive),
    noise=optional(between(1e-9, 100.0)),
    threshold=positive,
    most_ranges=whole(1, 8),
)
def conduction_mechanism(
    traces: Trace | tuple[ArrayLike, ArrayLike] | Sequence[Trace | tuple[ArrayLike, ArrayLike]],
    *,
    temperature: ArrayLike | None = None,
    thickness: float | None = None,
    area: float | None = None,
    permittivity: float | None = None,
    optical_permittivity: float | None = None,
    effective_mass: float | None = None,
    noise: float | None = None,
    branch: Literal["outward", "return"] = "outward",
    most_ranges: int = _MOST,
    threshold: float = 6.0,
) -> ConductionMechanism:
    """Return the law of conduction of a Trace or (voltage [V], current), in each range of voltage.

    Several traces with a ``temperature`` [K] each are fitted together, which gives barriers. With ``thickness`` [m],
    ``area`` [m^2] (of a current in A), relative ``permittivity``, that at optical frequencies, and ``effective_mass``
    [m0] the figures are those of the film, and laws with impossible ones are not named. ``noise`` is the relative
    standard error of the current; None estimates it, as 1 % at least. Of a loop the first ``branch`` of each polarity
    counts; polarities that differ are fitted apart. At most ``most_ranges`` ranges are looked for.
    Raises OutOfRangeError or IncompatibleError for data that do not make a curve.

    >>> v = np.geomspace(0.1, 5, 40)
    >>> conduction_mechanism((v, 1e-9 * v**2 * np.exp(-20 / v))).names
    ('Fowler-Nordheim',)
    """
    found = curves(traces, temperature, branch)
    unit = units(traces)
    every = [curve for own in found.values() for curve in own]
    kelvins = tuple(sorted({c.temperature for c in every if c.temperature is not None}))
    film = Film(
        thickness=thickness,
        area=1.0 if unit == "A/m^2" else area,
        permittivity=permittivity,
        optical_permittivity=optical_permittivity,
        effective_mass=effective_mass,
        temperature=float(1 / np.mean(1 / np.array(kelvins))) if kelvins else None,
        several=len(kelvins) > 1,
        current_unit=unit,
    )
    sigma = estimated_noise(every) if noise is None else noise
    sides = {0: every} if symmetric(found, sigma) else found
    judge = Judge(film, sigma, noise is not None, threshold)
    ranges = tuple(r for side, own in sides.items() for r in judge.ranges(side, own, most_ranges))
    return ConductionMechanism(
        ranges=ranges,
        noise=sigma,
        temperatures=kelvins,
        current_unit=unit,
        curves=tuple((side, curve) for side, own in found.items() for curve in own),
        trap_density=film.trap_density(_trap_filled(ranges)),
    )


def _trap_filled(ranges: Sequence[LawRange]) -> float:
    """Return the size of the voltage at which the first range of the trap-filled limit ends, nan without one."""
    return next((r.high for r in ranges if r.name == TRAP_FILLED_LIMIT.name), float("nan"))
