"""The window of programming: what trains of equal pulses do at each amplitude: nothing, an analog or a digital change.

A train is analog where it changes the conductance by a ratio up to 100, digital above it and none below 1 (S. K.
Vishwanath et al., Mater. Horiz. 11, 2643, 2024). A change of nothing at all has the ratio 1, so that what counts as
none reaches up to 1.05 here, unless said otherwise; a train that changes the conductance by more than that the other
way is "opposite".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, number, optional, positive, whole
from studies.experiments.write_reads import Read
from studies.metrics.conductance import Array
from studies.neuromorphic.schedule import Schedule
from studies.neuromorphic.subject import as_subject
from studies.progress import progress_line
from studies.protocols.shapes import PulseTrain
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DIGITAL, NONE = 100.0, 1.05  #: ratios above which a train is digital, and below which it does nothing
_KINDS = ("opposite", "none", "analog", "digital")
_READS = 12  # of a train, spread over its pulses by equal ratios


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ProgrammingWindow:
    """What trains of pulses do at each amplitude; ``print`` shows it.

    ``amplitudes`` [V], ascending, shape (n,); ``before`` [``unit``], shape (n,), and ``conductance`` [``unit``], shape
    (n, m): before the trains and after ``pulses`` of them, ascending, shape (m,). Ratios above ``digital`` are digital,
    up to ``none`` they are none, below its inverse opposite. ``rising`` is the sign of the amplitudes
    that raise the conductance.
    """

    amplitudes: Array
    pulses: Array
    before: Array
    conductance: Array
    digital: float
    none: float
    rising: int
    unit: str

    @classmethod
    @checked(digital=positive, none=positive)
    def from_data(
        cls,
        amplitudes: ArrayLike,
        pulses: ArrayLike,
        before: ArrayLike,
        conductance: ArrayLike,
        *,
        digital: float = DIGITAL,
        none: float = NONE,
        rising: int = 1,
        unit: str = "S",
    ) -> ProgrammingWindow:
        """Return the window of measured conductances [``unit``], shape (n, m), after ``pulses``, shape (m,).

        Raises IncompatibleError or OutOfRangeError, also for conductances that are not positive.
        """
        v, p, g0, g = (np.asarray(x, dtype=float) for x in (amplitudes, pulses, before, conductance))
        _check(v, p, g0, g)
        if not 1 <= none < digital:
            raise OutOfRangeError(
                "ratio up to which a train does nothing", none, f"between 1 and {digital:g}"
            )
        if rising not in (1, -1):
            raise OutOfRangeError("sign of the amplitudes that raise the conductance", rising, "1 or -1")
        order = np.argsort(v)
        return cls(
            amplitudes=v[order], pulses=p, before=g0[order], conductance=g[order], digital=digital, none=none,
            rising=rising, unit=unit,
        )  # fmt: skip

    @property
    def ratio(self) -> Array:
        """By how much the whole train changes the conductance, up or down as its sign has it, shape (n,)."""
        up = self.conductance[:, -1] / self.before
        return np.where(self.amplitudes * self.rising > 0, up, 1 / up)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Return "none", "analog", "digital" or "opposite" for each amplitude."""
        limits = (1 / self.none, np.nextafter(self.none, np.inf), np.nextafter(self.digital, np.inf))
        return tuple(_KINDS[k] for k in np.searchsorted(limits, self.ratio, side="right"))

    def edges(self, kind: str, sign: int) -> tuple[float, float]:
        """Return the amplitudes [V] of that sign, smallest and largest, whose trains are of a kind; nan if none is."""
        if kind not in _KINDS:
            raise OutOfRangeError("kind of a train", kind, " or ".join(map(repr, _KINDS)))
        found = [
            float(v) for v, k in zip(self.amplitudes, self.kinds, strict=True) if v * sign > 0 and k == kind
        ]
        return (min(found, key=abs), max(found, key=abs)) if found else (float("nan"), float("nan"))

    def rows(self) -> list[Row]:
        """Return (name, value, unit): the ratio and the kind of each amplitude."""
        return [
            (f"{v:+.4g} V, {k}", float(r), "1")
            for v, k, r in zip(self.amplitudes, self.kinds, self.ratio, strict=True)
        ]

    def __repr__(self) -> str:
        note = f"ratios after {self.pulses[-1]:g} pulses; analog above {self.none:g}, digital above {self.digital:g}"
        return figure_table("ProgrammingWindow", self.rows(), note)

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the map: amplitude against number of pulses, coloured by the ratio that is reached."""
        import matplotlib.pyplot as plt
        from matplotlib.colors import LogNorm

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        up = self.conductance / self.before[:, None]
        ratio = np.where((self.amplitudes * self.rising > 0)[:, None], up, 1 / up)
        norm = LogNorm(min(1.0, float(ratio.min())), max(float(ratio.max()), 1.01 * self.digital))
        mesh = axes.pcolormesh(
            self.pulses, np.arange(self.amplitudes.size), ratio, norm=norm, shading="nearest"
        )
        if self.pulses.size > 1 and self.amplitudes.size > 1:
            levels = [self.none, self.digital]
            axes.contour(
                self.pulses, np.arange(self.amplitudes.size), ratio, levels=levels, colors=["w", "r"]
            )
        axes.set_yticks(np.arange(self.amplitudes.size), [f"{v:+.3g}" for v in self.amplitudes])
        axes.set(xscale="log", xlabel="Number of pulses", ylabel="Amplitude [V]")
        axes.figure.colorbar(mesh, ax=axes, label="Ratio of the conductance")
        return axes

    def plot_courses(self, axes: Axes | None = None) -> Axes:
        """Return axes with the conductance against the number of pulses, a line for each amplitude."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        for sign, name, style in ((1, "viridis", "-"), (-1, "plasma", "--")):
            own = np.flatnonzero(self.amplitudes * sign > 0)
            own = own[np.argsort(np.abs(self.amplitudes[own]))]
            colours = plt.get_cmap(name)(0.15 + 0.7 * np.arange(own.size) / max(1, own.size - 1))
            for k, colour in zip(own, colours, strict=True):
                label = f"{self.amplitudes[k]:+g} V"
                axes.loglog(self.pulses, self.conductance[k], style, color=colour, label=label)
        axes.set(xlabel="Number of pulses", ylabel=f"Conductance [{self.unit}]")
        axes.legend(fontsize=8, title="Amplitude")
        return axes


def _check_amplitudes(v: Array) -> None:
    """Raise OutOfRangeError unless amplitudes [V] are finite, not 0, and differ."""
    if not np.isfinite(v).all() or (v == 0).any() or np.unique(v).size < v.size:
        raise OutOfRangeError("amplitudes of the trains [V]", v.tolist(), "finite, not 0, and each once")


def _check_meaning(digital: float, none: float, rising: int) -> None:
    """Raise OutOfRangeError unless thresholds and sign mean something."""
    if not 1 <= none < digital:
        raise OutOfRangeError(
            "ratio up to which a train does nothing", none, f"1 or more, and below {digital:g}"
        )
    if rising not in (1, -1):
        raise OutOfRangeError("sign of the amplitudes that raise the conductance", rising, "1 or -1")


def _check(v: Array, p: Array, g0: Array, g: Array) -> None:
    """Raise unless conductances after p pulses of the amplitudes v [V] go together."""
    if v.ndim != 1 or g0.shape != v.shape or g.shape != (v.size, p.size) or p.ndim != 1 or not g.size:
        raise IncompatibleError(
            f"amplitudes {v.shape}, pulses {p.shape}, conductances {g0.shape} before and {g.shape} after must be "
            "(n,), (m,), (n,) and (n, m)."
        )
    _check_amplitudes(v)
    if not (np.isfinite(g).all() and np.isfinite(g0).all() and min(g.min(), g0.min()) > 0):
        raise OutOfRangeError("smallest conductance", float(min(g.min(), g0.min())), "positive and finite")
    if not (p.min() >= 1 and (np.diff(p) > 0).all()):
        raise OutOfRangeError("numbers of pulses", p.tolist(), "at least 1, and increasing")


@checked(
    subject=anything,
    falling_subject=anything,
    amplitudes=each(number, 1),
    pulses=whole(1, 1_000_000),
    reads=optional(each(whole(1, 1_000_000), 1)),
    width=positive,
    interval=positive,
    rise=positive,
)
def programming_window(
    subject: Any,
    amplitudes: Sequence[float],
    read: Read,
    *,
    width: float,
    interval: float,
    rise: float,
    pulses: int = 300,
    reads: Sequence[int] | None = None,
    falling_subject: Any = None,
    digital: float = DIGITAL,
    none: float = NONE,
    rising: int = 1,
    progress: bool | None = None,
) -> ProgrammingWindow:
    """Return what trains of ``pulses`` equal pulses do at each of ``amplitudes`` [V], each from the begin.

    ``width`` [s] of a pulse, ``rise`` [s] of its edges, ``interval`` [s] to the next. The ``read`` follows the pulses
    of the numbers ``reads``, some twelve up to the last one if not given. ``falling_subject``: where trains of the sign
    that lowers the conductance begin, such as the low-resistance state; the ``subject`` itself if None. ``rising``: 1
    if positive amplitudes raise the conductance, or -1. Thresholds and measured data as in
    ``ProgrammingWindow.from_data``.
    Raises IncompatibleError or OutOfRangeError, and what the subject raises.
    """
    up = as_subject(subject)
    down = up if falling_subject is None else as_subject(falling_subject)
    at = _read_after(pulses, reads)
    _check_amplitudes(np.asarray(amplitudes, dtype=float))
    _check_meaning(digital, none, rising)
    found, unit = [], "S"
    with progress_line(f"window of {pulses} pulses", progress) as line:
        for k, amplitude in enumerate(amplitudes):
            line.to(k / len(amplitudes), f"{amplitude:+.3g} V")
            schedule = Schedule(read)
            schedule.read()
            for before, after in zip((0, *at[:-1]), at, strict=True):
                schedule.write(
                    PulseTrain(amplitude, width, interval=interval, rise=rise, count=after - before)
                )
                schedule.read()
            answer = schedule.run(up if amplitude * rising > 0 else down, energies=False)
            found.append(answer.conductance)
            unit = answer.conductance_unit
    values = np.array(found)
    return ProgrammingWindow.from_data(
        amplitudes, at, values[:, 0], values[:, 1:], digital=digital, none=none, rising=rising, unit=unit
    )


def _read_after(pulses: int, reads: Sequence[int] | None) -> list[int]:
    """Return the numbers of the pulses that are followed by a read, the last one among them."""
    at = {*(reads or np.geomspace(1, pulses, _READS).round().astype(int).tolist()), pulses}
    if max(at) > pulses:
        raise OutOfRangeError("number of pulses before a read", max(at), f"at most {pulses}")
    return sorted(at)
