"""Figures of nanotubes under a perovskite beside those published: (a) under a crystal, (b) under dots."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from studies.comparisons.compared import Compared, row
from studies.devices import cnt_perovskite as tubes
from studies.devices.cnt_perovskite import ABOUT
from studies.devices.pea2sni4_phototransistor import flashes

PULSES, FORGOTTEN = 500, 200.0  #: pulses of a train; after it [s]
WEAKEST, BRIGHTEST = 0.049, 0.745  #: of the trains [W/m^2]
SWITCH = -5.0  #: gate voltage that inverts n-type tubes of (b) [V]
HOUR = 3600.0
DEPLETED = "a: change, {}-type tubes, {:+.0f} V in light"  #: name of a row


def compare() -> list[Compared]:
    """Return the figures of both devices beside those published (about a minute)."""
    crystal = [*_crystal("p", -tubes.DOPING), *_crystal("n", tubes.DOPING)]
    found = {one.name: one.simulated for one in crystal}
    p, n = (abs(found[DEPLETED.format(kind, gate)]) for kind, gate in (("p", tubes.GATE), ("n", -tubes.GATE)))
    note = "published trend: p-type doping enhances it; both dopings are equal here"
    more = row(ABOUT, "a: size of the change, p-type over n-type", p / n, "1", note)
    return [*_dots(), *_trains(), *crystal, more]


def _dots() -> Iterable[Compared]:
    cell = tubes.device()
    note = "by the depth of the trap; the interval is of another review than the 180 %"
    yield row(
        ABOUT, "b: PPF, 10 s", tubes.paired(cell), note=note, of="paired_pulse_ratio", by="trap of the dots"
    )
    yield row(ABOUT, "b: PPF, 60 s", tubes.paired(cell, 60.0), "1")
    peak = tubes.photocurrent(tubes.lit(cell, flashes()))
    yield row(ABOUT, "b: change by a pulse, p-type tubes", peak, "A", "light raises their current")
    n_type = tubes.device(donors=tubes.DOPING)
    other = tubes.photocurrent(tubes.lit(n_type, flashes()))
    yield row(ABOUT, "b: change by a pulse, n-type tubes", other, "A", "light lowers their current")
    turned = tubes.photocurrent(tubes.lit(n_type, flashes(), gate=SWITCH))
    yield row(ABOUT, f"b: change, n-type tubes, {SWITCH:g} V", turned, "A", "the gate turns them p-type")
    found = peak / (tubes.IRRADIANCE * tubes.LENGTH_B * tubes.WIDTH)
    yield row(ABOUT, "b: responsivity, 20 ms", found, of="responsivity", missed=True)


def _trains() -> Iterable[Compared]:
    for irradiance in (WEAKEST, tubes.IRRADIANCE, BRIGHTEST):
        trace = tubes.train(tubes.device(irradiance=irradiance), PULSES, rest=1.5 * FORGOTTEN)
        change = trace.current - trace.current[0]
        end = PULSES * tubes.PERIOD
        first, last, left = np.interp([tubes.PERIOD, end, end + FORGOTTEN], trace.time, change)
        name = f"b: {PULSES} pulses, {irradiance:g} W/m^2"
        yield row(ABOUT, f"{name}: over one", last / first, "1", "published trend: grows; mean light")
        yield row(ABOUT, f"{name}: current", last, "A", "published trend: more with the irradiance")
        yield row(ABOUT, f"{name}: left, 200 s", left / last, "1")
        if irradiance == WEAKEST:
            found = last / (irradiance * tubes.LENGTH_B * tubes.WIDTH)
            note = "over the power of a pulse"
            yield row(ABOUT, f"{name}: responsivity", found, note=note, of="responsivity", missed=True)


def _crystal(kind: str, donors: float) -> Iterable[Compared]:
    """Yield what 1 s at a gate voltage does to the conductance of tubes of one doping."""
    begin = tubes.start(tubes.crystal_device(donors))
    before = tubes.conductance(begin)
    for gate in (tubes.GATE, -tubes.GATE, 0.0):
        after = tubes.written(begin, gate, 1.0)
        depleting = (gate > 0) == (kind == "p") and gate != 0
        note = "small" if gate == 0 else "opposite sign; -0.1 % with cells of 2 nm"
        note = "opposite signs with doping: no sign is published" if depleting else note
        name, change = DEPLETED.format(kind, gate), tubes.conductance(after) / before - 1
        yield row(ABOUT, name, change, "1", note)
        if depleting:
            hour = tubes.written(after, 0.0, HOUR, light=0.0)
            kept = (tubes.conductance(hour) - before) / (tubes.conductance(after) - before)
            note = "given by the barrier of 0.74 eV"
            yield row(ABOUT, "a:   part of it after 1 h in the dark", kept, "1", note)
            dark = tubes.conductance(tubes.written(begin, gate, 1.0, light=0.0)) / before - 1
            yield row(ABOUT, "a:   the same in the dark", dark, "1", note)


def quick() -> list[Compared]:
    """Return the figures of the tubes under dots, without trains of pulses and without the crystal."""
    return list(_dots())
