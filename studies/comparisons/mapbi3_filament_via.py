"""MAPbI3 in a via as a filament cell, beside published: switching, pulses, retention and trends."""

from __future__ import annotations

import math

from fem import Device, State
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.units import eV
from studies.comparisons.compared import Compared, row
from studies.devices import mapbi3_filament_via as via
from studies.devices.mapbi3_filament_via import ABOUT
from studies.devices.shared.filament_runs import Loop, Shot, done, half_way, held, kept, shot

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
    part = [done(fire(run.off, v).conductance, low, high) for v in (0.6, 10.0)]
    half = half_way([fire(run.on, v) for v in (-3.0, -4.0, -5.0, -6.0)], high, low)
    note = "200 ns switch, at a voltage that is not printed"
    return [
        row(ABOUT, "part of SET by 200 ns at 0.6 V", part[0], "1", note),
        row(ABOUT, "part of SET by 200 ns at 10 V", part[1], "1"),
        row(ABOUT, "voltage of half a RESET in 200 ns", half.amplitude, "V"),
        row(ABOUT, "its peak temperature", half.peak_temperature, "K"),
    ]


def retention_rows(cell: Device, run: Loop, set_time: float) -> list[Compared]:
    """Return how long half of the conductance lasts, and which barriers the published times would take.

    ``set_time`` [s]: of SET at 0.6 V. With the barrier all times go as exp(E/kT), as long as there is no heat.
    """
    lasts = kept(run.on, duration=1e5, first_read=1e-2).retention_time
    thermal, barrier = BOLTZMANN * cell.temperature / ELEMENTARY_CHARGE, via.BARRIER.si() / eV
    slow, fast = via.PUBLISHED_RETENTION, via.PUBLISHED_TIME
    long, short = (barrier + thermal * math.log(t) for t in (slow / lasts, fast / set_time))
    ratio, bound = "SET time at 0.6 V / retention", "published: a lower bound"
    note = f"whatever the barrier; {fast / slow:.1g} if the 200 ns were at 0.6 V"
    return [
        row(ABOUT, "retention at 300 K", lasts, note=bound, of="retention", at_least=True),
        row(ABOUT, ratio, set_time / lasts, "1", note),
        row(ABOUT, "barrier for 1e5 s", long, "eV"),
        row(ABOUT, "barrier for 200 ns at 0.6 V", short, "eV", "that voltage is not printed"),
    ]


def warm_rows(temperatures: tuple[float, ...] = (300.0, 330.0, 360.0)) -> list[Compared]:
    """Return how long half of the conductance of the formed filament lasts at ambient temperatures [K]."""
    rows = []
    for temperature in temperatures:
        cell = via.device(temperature=temperature)
        lasts = kept(via.start(cell), duration=1e4, first_read=1e-4).retention_time
        rows.append(row(ABOUT, f"retention as formed at {temperature:g} K", lasts, "s"))
    return rows


def rate_trend(cell: Device, rates: tuple[float, ...] = (0.1, 1.0, 10.0)) -> list[tuple[float, float, float]]:
    """Return V_set [V], V_reset [V] and the largest RESET current [A] for each sweep rate [V/s].

    All three rise with the rate in MAPbI3 cells (H. J. Gogoi and A. T. Mallajosyula, Adv. Electron. Mater. 7,
    2100472, 2021, as reviewed by Yantara et al. 2026, section 3.3.1).
    """
    runs = [via.loop(cell, rate=rate) for rate in rates]
    return [(run.switching.V_set, run.switching.V_reset, run.largest_reset_current) for run in runs]


def compliance_trend(
    cell: Device, limits: tuple[float, ...] = (3e-7, 1e-6, 1e-5)
) -> list[tuple[float, float]]:
    """Return the low resistance [Ohm] and the on/off ratio for each compliance of SET [A].

    A higher compliance makes the filament and the ratio larger (the same source).
    """
    found = [via.loop(cell, compliance=limit).switching for limit in limits]
    return [(one.low_resistance, one.on_off_ratio) for one in found]


def compare() -> list[Compared]:
    """Return the whole table, simulated beside published; two minutes or so."""
    cell = via.device()
    run = via.loop(cell)
    pulses = pulse_rows(run)
    rest = retention_rows(cell, run, pulses[0].simulated)
    return [*loop_rows(run), *pulses, *short_rows(run), *rest, *warm_rows()]
