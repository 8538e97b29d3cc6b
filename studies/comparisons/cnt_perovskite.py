"""Figures of nanotubes under a perovskite beside those published: (a) under a crystal, (b) under dots."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from studies.comparisons.compared import Compared, row
from studies.devices.cnt_perovskite import (
    ABOUT,
    DOPING,
    GATE,
    IRRADIANCE,
    LENGTH_B,
    PERIOD,
    WIDTH,
    conductance,
    crystal_device,
    dots_device,
    fresh,
    lit,
    paired,
    photocurrent,
    train,
    written,
)
from studies.devices.pea2sni4_phototransistor import flashes

PULSES, FORGOTTEN = 500, 200.0  #: pulses of a train; after it [s]
WEAKEST, BRIGHTEST = 0.049, 0.745  #: of the trains [W/m^2]
SWITCH = -5.0  #: gate voltage that inverts n-type tubes of (b) [V]
HOUR = 3600.0


def compare() -> list[Compared]:
    """Return the figures of both devices beside those published (about a minute)."""
    return [*_dots(), *_trains(), *_crystal("p", -DOPING), *_crystal("n", DOPING)]


def _dots() -> Iterable[Compared]:
    printed, cell = {name: figure.value for name, figure in ABOUT.reported.items()}, dots_device()
    yield row(
        "b: PPF, 10 s",
        paired(cell),
        "1",
        "by the depth of the trap",
        printed["paired_pulse_ratio"],
        "calibrated",
    )
    yield row("b: PPF, 60 s", paired(cell, 60.0), "1")
    peak = photocurrent(lit(cell, flashes()))
    yield row("b: change by a pulse, p-type tubes", peak, "A", "light raises their current")
    n_type = dots_device(donors=DOPING)
    other = photocurrent(lit(n_type, flashes()))
    yield row("b: change by a pulse, n-type tubes", other, "A", "published trend of (a): opposite signs")
    turned = photocurrent(lit(n_type, flashes(), gate=SWITCH))
    yield row(f"b: change, n-type tubes, {SWITCH:g} V", turned, "A", "the gate turns them p-type")
    found = peak / (IRRADIANCE * LENGTH_B * WIDTH)
    yield row("b: responsivity, 20 ms", found, "A/W", "missed", printed["responsivity"])


def _trains() -> Iterable[Compared]:
    for irradiance in (WEAKEST, IRRADIANCE, BRIGHTEST):
        trace = train(dots_device(irradiance=irradiance), PULSES, rest=1.5 * FORGOTTEN)
        change = trace.current - trace.current[0]
        end = PULSES * PERIOD
        first, last, left = np.interp([PERIOD, end, end + FORGOTTEN], trace.time, change)
        name = f"{PULSES} pulses, {irradiance:g} W/m^2"
        yield row(f"b: {name}: over one", last / first, "1", "published trend: grows; mean light")
        yield row(f"b: {name}: current", last, "A", "published trend: more with the irradiance")
        yield row(f"b: {name}: left, 200 s", left / last, "1")
        if irradiance == WEAKEST:
            power = irradiance * LENGTH_B * WIDTH
            note = "over the power of a pulse: missed"
            yield row(
                f"b: {name}: responsivity", last / power, "A/W", note, ABOUT.reported["responsivity"].value
            )


def _crystal(kind: str, donors: float) -> Iterable[Compared]:
    """Yield what 1 s at a gate voltage does to the conductance of tubes of one doping."""
    begin = fresh(crystal_device(donors))
    before = conductance(begin)
    for gate in (GATE, -GATE, 0.0):
        after = written(begin, gate, 1.0)
        name = f"a: change, {kind}-type tubes, {gate:+.0f} V in light"
        depleting = (gate > 0) == (kind == "p") and gate != 0
        note = (
            "published trend: opposite signs with doping"
            if depleting
            else "small"
            if gate == 0
            else "opposite sign; -0.1 % with cells of 2 nm"
        )
        yield row(name, conductance(after) / before - 1, "1", note)
        if depleting:
            hour = written(after, 0.0, HOUR, light=0.0)
            kept = (conductance(hour) - before) / (conductance(after) - before)
            yield row("a:   part of it after 1 h in the dark", kept, "1", "given by the barrier of 0.74 eV")
            dark = conductance(written(begin, gate, 1.0, light=0.0)) / before - 1
            yield row("a:   the same in the dark", dark, "1", "given by the barrier of 0.74 eV")
