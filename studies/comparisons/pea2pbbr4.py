"""Figures of the (PEA)2PbBr4 crystal beside those published: loop, states in the dark and under light, energy."""

from __future__ import annotations

import numpy as np

from fem.units import nm
from studies.comparisons.compared import Compared
from studies.devices.pea2pbbr4 import (
    ABOUT,
    COMPLIANCE,
    FILM,
    LIGHT,
    POOR,
    device,
    kept,
    reset_voltage,
    resistance,
    run,
    set_pulse,
    set_up,
    set_voltage,
    start,
)
from studies.protocols import Sweep
from studies.results.trace import Trace

LIT_RATE = 1e5  #: of the sweep under light [V/s]: a slower one finds the filament dissolved


def lifetime(trace: Trace, factor: float) -> float:
    """Return when the conductance first is ``factor`` times that at the begin [s]; nan if never."""
    part = trace.current / trace.current[0]
    passed = part > factor if factor > 1 else part < factor
    k = int(np.argmax(passed))
    return float(trace.time[k]) if passed[k] else float("nan")


def leaking_area(on: float, off: float, ratio: float) -> float:
    """Return the area [m²] of bare film that brings on/off down to ``ratio``, from both resistances [Ohm]."""
    return FILM / POOR.si(300.0) * (1 / (ratio * on) - 1 / off)


def compare(*, fine: float = 1 * nm) -> list[Compared]:
    """Return the figures of the crystal beside those published."""
    printed = {name: figure.value for name, figure in ABOUT.reported.items()}
    cell = device(fine=fine)
    begin = start(cell)
    trace, after = set_up(cell, begin)
    on, off = resistance(after), resistance(begin)
    reset = reset_voltage(cell, after)
    rows = [
        ("V_set", set_voltage(trace), printed["V_set"], "V", "calibrated", "by the gap, at 1 V/s"),
        ("current at 1 V, ON", 1 / on, COMPLIANCE, "A", "calibrated", "10 pA is that of the whole cone"),
        ("V_reset", reset, printed["V_reset"], "V", "predicted", "of the largest current, at 1 V/s"),
        (
            "on/off at 0.1 V",
            off / on,
            printed["on_off_ratio"],
            "1",
            "predicted",
            "of 40 nm around the filament",
        ),
        ("area that leaks for on/off 10", leaking_area(on, off, 10.0), None, "m^2", "predicted", ""),
    ]
    time, energy = set_pulse(cell, begin)
    rows += [
        ("time of a SET at 2.8 V", time, None, "s", "predicted", ""),
        ("energy of a SET at 2.8 V", energy, printed["energy"], "J", "predicted", "of an event in Sun 2026"),
    ]
    kept_on, kept_off = kept(cell, after, 1e5), kept(cell, begin, 1e4)
    rows += [
        ("lifetime of ON", lifetime(kept_on, 0.5), printed["retention"], "s", "predicted", "to half"),
        ("lifetime of OFF", lifetime(kept_off, 10.0), printed["retention"], "s", "predicted", "to 10 times"),
    ]
    lit = device(barrier=LIGHT, fine=fine)
    dark = lifetime(kept(lit, start(lit), 1.0), 10.0)
    faster = set_voltage(run(lit, start(lit), Sweep(0, 3.2, 0, rate=LIT_RATE)))
    rows += [
        ("lifetime of OFF under light", dark, None, "s", "predicted", "to 10 times, at 0.41 eV"),
        (
            "V_set under light",
            faster,
            None,
            "V",
            "predicted",
            "at 1e5 V/s: slower ones find the filament dissolved",
        ),
    ]
    return [
        Compared(name=n, simulated=float(x), published=p, unit=u, kind=kind, note=note)
        for n, x, p, u, kind, note in rows
    ]
