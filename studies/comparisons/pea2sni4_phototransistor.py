"""Figures of the (PEA)2SnI4 phototransistor beside those published; most of these are trends, said in the notes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from studies.comparisons.compared import Compared, row
from studies.devices import pea2sni4_phototransistor as film
from studies.devices.pea2sni4_phototransistor import ABOUT

WIDTHS = (film.PULSE, 1.0, 3.0, 10.0, 30.0)  #: of the pulses whose decays are fitted [s]
LINES = (405, 610)  #: [nm]


@dataclass(frozen=True)
class Decay:
    """What is left of one pulse: the peak [A], two times [s], the weight of the slow one, steps, BIC gained."""

    peak: float
    fast: float
    slow: float
    weight: float
    steps: int
    gained: float


def decayed(width: float, deep: float = 1.0) -> Decay:
    """Return the decay after a pulse of ``width`` [s] with this part of the deep levels."""
    trace, fit = film.fitted(film.device(deep=deep), width)
    weight = fit.amplitudes[-1] / fit.amplitudes.sum()
    return Decay(
        peak=float(film.excess(trace).max()),
        fast=float(fit.time_constants[0]),
        slow=float(fit.time_constants[-1]),
        weight=float(weight),
        steps=int(trace.time.size),
        gained=float(fit.bic["one constant"] - fit.bic["two constants"]),
    )


def compare() -> list[Compared]:
    """Return the figures of the transistor beside those published (about a minute)."""
    return [*_pairs(), *_times(), *_numbers(), *_spectrum()]


def _pairs() -> Iterable[Compared]:
    cell, note = film.device(), "by the depth of the shallow level"
    ratio = film.paired(cell)
    yield row(ABOUT, "PPF, 1 s apart", ratio, note=note, of="paired_pulse_ratio", by="shallow level")
    for interval in (0.1, 10.0):
        yield row(
            ABOUT, f"PPF, {interval:g} s apart", film.paired(cell, interval), "1", "no interval is printed"
        )


def _times() -> Iterable[Compared]:
    found = {width: decayed(width) for width in WIDTHS}
    poor = decayed(10.0, film.SNF2)
    short, long = found[film.PULSE], found[10.0]
    yield row(ABOUT, "peak current, 20 ms", short.peak, "A", "order only: sizes are assumed")
    figure, note = film.responsivity(short.peak), "another device, of two terminals"
    yield row(ABOUT, "responsivity, 20 ms", figure, note=note, of="responsivity of a photoconductor")
    figure, note = film.responsivity(long.peak), "another device; the levels are full here"
    yield row(ABOUT, "responsivity, 10 s", figure, note=note, of="responsivity of a phototransistor")
    for one, width in ((short, "20 ms"), (long, "10 s")):
        yield row(
            ABOUT, f"BIC of one less that of two times, {width}", one.gained, "1", "published: two times"
        )
    for length, one in found.items():
        note = "published trend: grows with the pulse, saturates above 10 s"
        yield row(ABOUT, f"t1 after {length:g} s", one.fast, "s", note)
        yield row(ABOUT, f"t2 after {length:g} s", one.slow, "s", note)
    name, note = "with SnF2 over without, 10 s", "published trend: {} less"
    yield row(ABOUT, f"t1 {name}", poor.fast / long.fast, "1", note.format("little"))
    yield row(ABOUT, f"t2 {name}", poor.slow / long.slow, "1", note.format("much"))
    yield row(ABOUT, "weight of t2, 10 s", long.weight, "1")
    steps = max(one.steps for one in found.values())
    yield row(ABOUT, "most steps of a pulse and 1000 s", steps, "1", "numerical; 500 were allowed")


def _numbers() -> Iterable[Compared]:
    cell = film.device()
    for count, interval in ((1, 1.0), (5, 1.0), (20, 1.0), (20, 0.1)):
        name = f"left after 10 s of {count} pulses, {interval:g} s apart"
        left = film.kept(cell, count, interval=interval, after=10.0)
        note = "of the first peak; published trend: grows with number and frequency"
        yield row(ABOUT, name, left, "1", note)


def _spectrum() -> Iterable[Compared]:
    blue = film.excess(film.run(film.device(), film.flashes())).max()
    for line in LINES:
        other = film.excess(film.run(film.device(wavelength=line * 1e-9), film.flashes())).max()
        name = f"peak at {line} nm over that at 470 nm"
        yield row(ABOUT, name, other / blue, "1", "from an assumed absorption")


def quick() -> list[Compared]:
    """Return the figures of pairs of pulses alone."""
    return list(_pairs())
