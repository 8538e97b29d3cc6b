"""Figures of the ion-gel gated (PEA)2SnI4 transistor beside those published: double layer, updates, memory."""

from __future__ import annotations

import numpy as np

from fem.constants import ELEMENTARY_CHARGE
from fem.device.state import State
from studies import Rest, apply
from studies.comparisons.compared import Compared
from studies.devices.ion_gel import (
    ABOUT,
    PULSE,
    Array,
    charged,
    conductance,
    control,
    line,
    nonlinearity,
    pulsed,
    rested,
)

PULSES = 50
WEAK = -0.65  #: gate [V] of pulses that take out about what +1 V brings in; chosen here, not published
FORGETTING = 10.0  #: [s]


def train(begin: State, amplitude: float, pulses: int = PULSES) -> tuple[Array, State]:
    """Return the conductance [S] before and after every pulse to ``amplitude`` [V], and the last state."""
    states = pulsed(begin, [amplitude] * pulses)
    return np.array([conductance(state) for state in states]), states[-1]


def kept(after: State, before: float, duration: float = FORGETTING) -> float:
    """Return which share of the change of the conductance from ``before`` [S] is left after a ``duration`` [s]."""
    gate = list(after.device.contacts)[-1]
    end = apply(after, {gate: Rest(duration, after.bias[gate])}, control=control()).state
    return (conductance(end) - before) / (conductance(after) - before)


def compare(*, pulses: int = PULSES) -> list[Compared]:
    """Return the figures of the transistor beside those published."""
    return [*_static_rows(), *_memory_rows(pulses)]


def _static_rows() -> list[Compared]:
    printed = {name: figure.value for name, figure in ABOUT.reported.items()}
    off, zero, on = charged("gel", [0.5, 0.0, -1.0])
    bare, drawn = charged("SiO2", [0.0, -1.0])
    charge = ELEMENTARY_CHARGE * (on - zero)
    oxide = ELEMENTARY_CHARGE * (drawn - bare)
    rows = [
        (
            "capacitance, 0 to -1 V",
            charge,
            printed["capacitance"],
            "F/m^2",
            "published: above; no Stern layer here",
        ),
        ("holes at -1 V", on, printed["holes"], "m^-2", "published: of a polymer, below 2.5 V"),
        (
            "capacitance over that of 300 nm SiO2",
            charge / oxide,
            None,
            "1",
            "trend: strongly lowered voltage",
        ),
        ("current at -1 V over that at +0.5 V", on / off, None, "1", "of holes that come at once"),
    ]
    return _compared(rows)


def _memory_rows(pulses: int) -> list[Compared]:
    begin = rested(line())
    start = conductance(begin)
    down, low = train(begin, PULSE, pulses)
    up, _ = train(low, -PULSE, pulses)
    weak, _ = train(low, WEAK, pulses)
    oxide, _ = train(rested(line("SiO2"), 1.0), -PULSE, 2)
    change = float((weak[-1] - weak[0]) / (down[0] - down[-1]))
    rows = [
        (f"conductance after {pulses} pulses of +1 V", float(down[-1] / start), None, "1", "velocity assumed"),
        ("nonlinearity, +1 V", nonlinearity(down), 0.0, "1", "trend: linear"),
        ("nonlinearity, -1 V", nonlinearity(up), 0.0, "1", "missed: ions leave at once"),
        ("nonlinearity, -0.65 V", nonlinearity(weak), 0.0, "1", "trend: linear; amplitude chosen here"),
        ("change by -0.65 V over that by +1 V", change, 1.0, "1", "trend: symmetric; not with -1 V"),
        ("share kept after 10 s", kept(low, start), None, "1", "at the rest of the gate"),
        ("change after 2 pulses of -1 V, SiO2", float(abs(oxide[-1] / oxide[0] - 1)), None, "1", "no ions, no memory"),
    ]  # fmt: skip
    return _compared(rows)


def _compared(rows: list[tuple[str, float, float | None, str, str]]) -> list[Compared]:
    return [
        Compared(name=name, simulated=float(np.real(value)), published=printed, unit=unit, note=note)
        for name, value, printed, unit, note in rows
    ]
