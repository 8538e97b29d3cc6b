"""Figures of the ion-gel gated (PEA)2SnI4 transistor beside those published: double layer, updates, memory."""

from __future__ import annotations

import numpy as np

from fem.constants import ELEMENTARY_CHARGE
from fem.device.state import State
from studies import Rest, apply
from studies.comparisons.compared import Compared, row
from studies.devices import ion_gel as gel
from studies.devices.ion_gel import ABOUT

PULSES = 50
WEAK = -0.65  #: gate [V] of pulses that take out about what +1 V brings in; chosen here, not published
FORGETTING = 10.0  #: [s]


def train(begin: State, amplitude: float, pulses: int = PULSES) -> tuple[gel.Array, State]:
    """Return the conductance [S] before and after every pulse to ``amplitude`` [V], and the last state."""
    states = gel.pulsed(begin, [amplitude] * pulses)
    return np.array([gel.conductance(state) for state in states]), states[-1]


def kept(after: State, before: float, duration: float = FORGETTING) -> float:
    """Return which share of the change of the conductance from ``before`` [S] is left after a ``duration`` [s]."""
    gate = list(after.device.contacts)[-1]
    end = apply(after, {gate: Rest(duration, after.bias[gate])}, control=gel.control()).state
    return (gel.conductance(end) - before) / (gel.conductance(after) - before)


def compare(*, pulses: int = PULSES) -> list[Compared]:
    """Return the figures of the transistor beside those published."""
    return [*_static_rows(), *_memory_rows(pulses)]


def _static_rows() -> list[Compared]:
    off, zero, on = gel.charged("gel", [0.5, 0.0, -1.0])
    bare, drawn = gel.charged("SiO2", [0.0, -1.0])
    charge, oxide = ELEMENTARY_CHARGE * (on - zero), ELEMENTARY_CHARGE * (drawn - bare)
    above = "published: above; no Stern layer here"
    lowered = "trend: strongly lowered voltage"
    return [
        row(ABOUT, "capacitance, 0 to -1 V", charge, note=above, of="capacitance", at_least=True),
        row(ABOUT, "holes at -1 V", on, note="published: of a polymer, below 2.5 V", of="holes"),
        row(ABOUT, "capacitance over that of 300 nm SiO2", charge / oxide, "1", lowered),
        row(ABOUT, "current at -1 V over that at +0.5 V", on / off, "1", "of holes that come at once"),
    ]


def _memory_rows(pulses: int) -> list[Compared]:
    begin = gel.start(gel.line())
    first = gel.conductance(begin)
    down, low = train(begin, gel.PULSE, pulses)
    up, _ = train(low, -gel.PULSE, pulses)
    weak, _ = train(low, WEAK, pulses)
    oxide, _ = train(gel.start(gel.line("SiO2"), duration=1.0), -gel.PULSE, 2)
    change = (weak[-1] - weak[0]) / (down[0] - down[-1])
    forgets = abs(oxide[-1] / oxide[0] - 1)
    linear = "trend: linear"
    return [
        row(ABOUT, f"conductance after {pulses} pulses of +1 V", down[-1] / first, "1", "velocity assumed"),
        row(ABOUT, "nonlinearity, +1 V", gel.nonlinearity(down), "1", linear),
        row(
            ABOUT,
            "nonlinearity, -1 V",
            gel.nonlinearity(up),
            "1",
            f"{linear}; ions leave at once",
            missed=True,
        ),
        row(ABOUT, "nonlinearity, -0.65 V", gel.nonlinearity(weak), "1", f"{linear}; amplitude chosen here"),
        row(ABOUT, "change by -0.65 V over that by +1 V", change, "1", "trend: symmetric; not with -1 V"),
        row(ABOUT, "share kept after 10 s", kept(low, first), "1", "at the rest of the gate"),
        row(ABOUT, "change after 2 pulses of -1 V, SiO2", forgets, "1", "no ions, no memory"),
    ]


def quick() -> list[Compared]:
    """Return the figures of the double layer, without trains of pulses."""
    return _static_rows()
