"""Cs2TiBr6: loops, retention, sweep rates and temperatures of its filament cell."""

from __future__ import annotations

from collections.abc import Sequence

from studies.comparisons.compared import Compared, row
from studies.devices.cs2tibr6 import ABOUT, device, loop, start
from studies.devices.shared.filament_runs import Loop, kept


def loop_rows(run: Loop, label: str = "") -> list[Compared]:
    """Return the figures of a loop; ``label`` is appended to their names. Nothing is published beside them."""
    found = run.switching
    figures = [
        ("V_set", found.V_set, "V"),
        ("V_reset", found.V_reset, "V"),
        ("on/off at 0.2 V", found.on_off_ratio, "1"),
        ("low resistance", found.low_resistance, "Ohm"),
        ("largest RESET current", run.largest_reset_current, "A"),
        ("voltage of that current", run.reset_onset, "V"),
        ("peak temperature", run.peak_temperature, "K"),
    ]
    return [row(ABOUT, name + label, value, unit) for name, value, unit in figures]


def retention_rows() -> list[Compared]:
    """Return how long half of the conductance of the formed filament lasts at 300 K."""
    cell = device()
    lasts = kept(start(cell), duration=1e6, first_read=1.0).retention_time
    return [row(ABOUT, "retention as formed at 300 K", lasts, "s")]


def rate_rows(rates: Sequence[float] = (0.1,)) -> list[Compared]:
    """Return the figures of loops at sweep rates [V/s]."""
    cell = device()
    return [one for rate in rates for one in loop_rows(loop(cell, rate=rate), f", {rate:g} V/s")]


def temperature_rows(temperatures: Sequence[float] = (330.0,)) -> list[Compared]:
    """Return the figures of loops at ambient temperatures [K]."""
    runs = {f", {temperature:g} K": loop(device(temperature=temperature)) for temperature in temperatures}
    return [one for label, run in runs.items() for one in loop_rows(run, label)]


def compare() -> list[Compared]:
    """Return the whole table: the loop, without Joule heat, retention, another rate and temperature; some minutes."""
    own, cold = loop_rows(loop(device())), loop_rows(loop(device(heat=False)), ", no Joule heat")
    return [*own, *cold, *retention_rows(), *rate_rows(), *temperature_rows()]


def quick() -> list[Compared]:
    """Return the figures of the loop alone."""
    return loop_rows(loop(device()))
