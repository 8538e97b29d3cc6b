"""Figures of the (PEA)2PbBr4 crystal beside those published: loop, states in the dark and under light, energy."""

from __future__ import annotations

import numpy as np

from fem import Device, State
from fem.units import nm
from studies.comparisons.compared import Compared, row
from studies.devices import pea2pbbr4 as crystal
from studies.devices.pea2pbbr4 import ABOUT
from studies.protocols.shapes import Sweep
from studies.results.trace import Trace

LIT_RATE = 1e5  #: of the sweep under light [V/s]: a slower one finds the filament dissolved


def lifetime(trace: Trace, factor: float) -> float:
    """Return when the conductance first is ``factor`` times that at the begin [s]; nan if never."""
    part = trace.current / trace.current[0]
    passed = part > factor if factor > 1 else part < factor
    k = int(np.argmax(passed))
    if not passed[k]:
        return float("nan")
    ends, times = np.log(part[k - 1 : k + 1]), trace.time[k - 1 : k + 1]
    share = (np.log(factor) - ends[0]) / (ends[1] - ends[0])
    return float(times[0] + share * (times[1] - times[0]))


def leaking_area(on: float, off: float, ratio: float) -> float:
    """Return the area [m²] of bare film that brings on/off down to ``ratio``, from both resistances [Ohm]."""
    return crystal.FILM / crystal.POOR.si(300.0) * (1 / (ratio * on) - 1 / off)


def compare(*, fine: float = 0.17 * nm) -> list[Compared]:
    """Return the figures of the crystal beside those published; ``fine`` [m]: cells where the gap closes."""
    cell = crystal.device(fine=fine)
    begin = crystal.start(cell)
    trace, after = crystal.set_up(begin)
    return [*_loop_rows(begin, trace, after), *_time_rows(cell, begin, after), *_light_rows(fine)]


def _loop_rows(begin: State, trace: Trace, after: State) -> list[Compared]:
    on, off, reset = (
        crystal.resistance(after),
        crystal.resistance(begin),
        crystal.reset_voltage(after),
    )
    carried = "of the filament after its SET, from 0.1 V"
    largest, around = "of the largest current, at 1 V/s", "of 40 nm around the filament"
    return [
        row(ABOUT, "V_set", crystal.set_voltage(trace), note="by the gap, at 1 V/s", of="V_set", by="gap"),
        row(
            ABOUT,
            "current at 1 V, ON",
            1 / on,
            note=carried,
            of="compliance",
            by="conductivity of the filament",
        ),
        row(ABOUT, "V_reset", reset, note=largest, of="V_reset", missed=True),
        row(ABOUT, "on/off at 0.1 V", off / on, note=around, of="on_off_ratio", missed=True),
        row(ABOUT, "area that leaks for on/off 10", leaking_area(on, off, 10.0), "m^2"),
    ]


def _time_rows(cell: Device, begin: State, after: State) -> list[Compared]:
    time, energy = crystal.set_pulse(begin)
    on, off = lifetime(crystal.kept(after, 1e5), 0.5), lifetime(crystal.kept(begin, 1e4), 10.0)
    return [
        row(ABOUT, "time of a SET at 2.8 V", time, "s"),
        row(ABOUT, "energy of a SET at 2.8 V", energy, "J", "400 fJ are published of a read"),
        row(ABOUT, "lifetime of ON", on, note="to half", of="retention", at_least=True),
        row(ABOUT, "lifetime of OFF", off, note="to 10 times", of="retention", at_least=True),
    ]


def _light_rows(fine: float) -> list[Compared]:
    lit = crystal.device(barrier=crystal.LIGHT, fine=fine)
    dark = lifetime(crystal.kept(crystal.start(lit), 1.0), 10.0)
    faster = crystal.set_voltage(crystal.run(crystal.start(lit), Sweep(0, 3.2, 0, rate=LIT_RATE)))
    note = "none to 3.2 V at 1e5 V/s: the field can take off no more than the barrier"
    return [
        row(ABOUT, "lifetime of OFF under light", dark, "s", "to 10 times, at 0.41 eV (iodide)"),
        row(ABOUT, "V_set under light", faster, "V", note),
    ]


def quick() -> list[Compared]:
    """Return the figures of the loop alone, those of its states in time and under light left out."""
    begin = crystal.start(crystal.device())
    trace, after = crystal.set_up(begin)
    return _loop_rows(begin, trace, after)
