"""MAPbI3 in a via as a filament cell, beside published: switching, pulses, retention and trends."""

from __future__ import annotations

import math
from collections.abc import Sequence

from fem import Device, State
from studies.comparisons.compared import Compared, row
from studies.devices import mapbi3_filament as reference
from studies.devices import mapbi3_filament_via as via
from studies.devices.mapbi3_filament_via import ABOUT
from studies.devices.shared.filament_runs import (
    Loop,
    Shot,
    done,
    half_way,
    held,
    kept,
    shot,
    stays_open,
)

RESET_WITHIN = 0.3  #: of the published V_reset [V], at which it counts as predicted


def loop_rows(run: Loop) -> list[Compared]:
    """Return the figures of a loop beside the published ones."""
    found = run.switching
    return [
        row(ABOUT, "V_set", found.V_set, of="V_set", by="barrier of the vacancies"),
        row(ABOUT, "V_reset", found.V_reset, of="V_reset", within=RESET_WITHIN),
        row(ABOUT, "on/off at 0.2 V", found.on_off_ratio, "1"),
        row(ABOUT, "low resistance", found.low_resistance, "Ohm"),
        row(ABOUT, "peak temperature", run.peak_temperature, "K"),
    ]


def mesh_rows(sizes: Sequence[float] = (0.35e-9, 0.175e-9)) -> list[tuple[float, float, float]]:
    """Return V_set [V], V_reset [V] and on/off ratio of the second loop for finest cells of each of the ``sizes`` [m].

    They are those at the film's faces; radial cells are finer in proportion. Asked is that the voltages move by at most
    3 %, the ratio by 15 % from one to the next. Cells of more than 0.6 of the conductivity's length, 0.38 nm, are
    warned of.
    """
    finest = reference.FINEST.si()
    cells = [via.device(finest=size, axis_size=via.AXIS_SIZE * size / finest) for size in sizes]
    found = [via.loop(cell).switching for cell in cells]
    return [(one.V_set, one.V_reset, one.on_off_ratio) for one in found]


def pulse_rows(run: Loop) -> list[Compared]:
    """Return times and energies of SET at 0.6 V and RESET at -1.5 V, to 90 % of the change of ln G."""
    rows = []
    for name, begin, voltage, duration in (("SET", run.off, 0.6, 3.0), ("RESET", run.on, -1.5, 30.0)):
        found = held(begin, voltage=voltage, duration=duration, rise=via.RISE)
        time, at = found.delay + found.switching_time, f"at {voltage:g} V"
        note = "the voltage of the 200 ns is not printed"
        rows.append(row(ABOUT, f"{name} time {at}", time, note=note, of="switching_time", missed=True))
        rows.append(row(ABOUT, f"{name} energy {at}", found.energy_to_switch, "J"))
    return rows


def short_rows(run: Loop) -> list[Compared]:
    """Return what pulses of 200 ns do, and which amplitude does half of a RESET."""

    def fire(begin: State, amplitude: float) -> Shot:
        return shot(begin, amplitude=amplitude, width=via.PULSE, rise=via.RISE, read_voltage=via.READ)

    low, high = (fire(begin, via._NO_PULSE).conductance for begin in (run.off, run.on))
    part = [done(fire(run.off, v).conductance, low, high) for v in (0.6, 3.0)]
    half = half_way([fire(run.on, v) for v in (-3.0, -4.0, -5.0, -6.0)], high, low)
    note = "200 ns switch, at a voltage that is not printed"
    return [
        row(ABOUT, "part of SET by 200 ns at 0.6 V", part[0], "1", note),
        row(ABOUT, "part of SET by 200 ns at 3 V", part[1], "1"),
        row(ABOUT, "voltage of half a RESET in 200 ns", half.amplitude, "V"),
        row(ABOUT, "its peak temperature", half.peak_temperature, "K"),
    ]


def retention_rows(run: Loop, longest: float = 1e9) -> list[Compared]:
    """Return how long half of the ON conductance lasts, at most ``longest`` [s], and when OFF conducts ten times more.

    ON is lost aside, over the crystal's barrier; OFF along the filament, over the barrier that V_set asks for.
    """
    on = kept(run.on, duration=longest, first_read=1e-2).retention_time
    off = stays_open(run.off, duration=1e5, first_read=1e-2)
    note = "published: a lower bound"
    within = f"{note}; not lost within {longest:g} s, at which the run ends"
    lasts = longest if math.isnan(on) else on
    return [
        row(
            ABOUT,
            "retention of ON at 300 K",
            lasts,
            note=within if math.isnan(on) else note,
            of="retention",
            at_least=True,
        ),
        row(ABOUT, "retention of OFF at 300 K", off, note=note, of="retention", at_least=True),
    ]


def warm_rows(temperatures: Sequence[float] = (330.0, 360.0), longest: float = 1e8) -> list[Compared]:
    """Return how long half of the conductance of the formed filament lasts at ambient temperatures [K]."""
    rows = []
    for temperature in temperatures:
        cell = via.device(temperature=temperature)
        lasts = kept(via.start(cell), duration=longest, first_read=1e-2).retention_time
        rows.append(row(ABOUT, f"retention as formed at {temperature:g} K", lasts, "s"))
    return rows


def rate_trend(cell: Device, rates: Sequence[float] = (0.1, 10.0)) -> list[tuple[float, float, float]]:
    """Return V_set [V], the voltage [V] of the largest RESET current and that current [A] for each sweep rate [V/s].

    All three rise with the rate in MAPbI3 cells (H. J. Gogoi and A. T. Mallajosyula, Adv. Electron. Mater. 7,
    2100472, 2021, as reviewed by Yantara et al. 2026, section 3.3.1); the current here does not.
    """
    runs = [via.loop(cell, rate=rate) for rate in rates]
    return [(run.switching.V_set, run.reset_onset, run.largest_reset_current) for run in runs]


def compliance_trend(cell: Device, limits: Sequence[float] = (3e-7, 3e-6)) -> list[tuple[float, float]]:
    """Return the low resistance [Ohm] and the on/off ratio for each compliance of SET [A].

    A higher compliance makes the filament and the ratio larger (the same source), here, too: from 0.3 to 3 uA the low
    resistance falls from 665 to 210 kOhm, and the ratio rises from 930 to 1.9e3.
    """
    found = [via.loop(cell, compliance=limit).switching for limit in limits]
    return [(one.low_resistance, one.on_off_ratio) for one in found]


def compare() -> list[Compared]:
    """Return the whole table, simulated beside published; some minutes."""
    run = via.loop(via.device())
    return [*loop_rows(run), *pulse_rows(run), *short_rows(run), *retention_rows(run), *warm_rows()]


def quick() -> list[Compared]:
    """Return the figures of the loop alone."""
    return loop_rows(via.loop(via.device()))
