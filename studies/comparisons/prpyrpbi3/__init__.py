"""The (PrPyr)PbI3 dot, simulated beside published: its cycles, pulses, retention, window of pulses, printed figures."""

from __future__ import annotations

from studies.comparisons.compared import Compared
from studies.comparisons.prpyrpbi3 import loops, printed, retention, window
from studies.devices import prpyrpbi3 as dot


def compare() -> list[Compared]:
    """Return the whole table; half an hour or so."""
    run = dot.cycles(dot.start(dot.device()), 2)
    last = run[-1]
    windows = window.window(last.off, last.on)
    return [
        *loops.rows(last),
        *loops.other_rows(last),
        *loops.pulse_rows(last),
        *retention.rows(last.on),
        *window.rows(*windows),
        *printed.rows(),
    ]


def quick() -> list[Compared]:
    """Return the figures of one cycle, and those that follow from printed ones."""
    return [*loops.rows(dot.cycles(dot.start(dot.device()), 1)[-1]), *printed.rows()]
