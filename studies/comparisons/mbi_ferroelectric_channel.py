"""A ferroelectric tin-perovskite channel beside published: swing, traps, retention."""

from __future__ import annotations

import numpy as np

from fem import materials
from fem.constants import VACUUM_PERMITTIVITY, thermal_voltage
from fem.units import eV
from studies import transfer, transfer_curve
from studies.comparisons.compared import Compared, row
from studies.devices import mbi_ferroelectric_channel as channel
from studies.devices.mbi_ferroelectric_channel import ABOUT
from studies.devices.shared.ferroelectric_gates import sheet_density, written
from studies.protocols.shapes import Rest, Sweep


def swing(active: float = channel.ACTIVE) -> float:
    """Return the subthreshold swing of the section with P at rest [V/decade]: steady points, -1.5 to 0 V."""
    trace = transfer_curve(channel.device(active), np.linspace(-1.5, 0.0, 61).tolist(), channel.DRAIN)
    return transfer(trace).first.subthreshold_swing


def trap_density(measured: float) -> float:
    """Return the interface traps [m^-2 eV^-1] that explain a ``measured`` swing [V/decade] on this oxide.

    D_it = (S / S_0 - 1) C_ox / q, with S_0 = ln(10) kT/q (S. M. Sze and K. K. Ng, Physics of Semiconductor Devices,
    2007, ch. 6), the film depleted.
    """
    ideal = thermal_voltage(300.0) * np.log(10)
    return float((measured / ideal - 1) * capacitance() / eV)


def capacitance() -> float:
    """Return that of the oxide [F/m^2]."""
    return float(materials.SIO2.si("relative_permittivity")) * VACUUM_PERMITTIVITY / channel.INSULATOR


def kept(after: float, duration: float = 1e4) -> float:
    """Return the holes after ``duration`` [s] at -1.5 V over those at its begin, both after ``after`` [V]."""
    there = Sweep(0, after, -1.5, rate=channel.RATE)
    begin = written(channel.start(channel.line()), "bottom", there).last
    end = written(begin, "bottom", Rest(duration, -1.5)).last
    return sheet_density(end, channel.FILM) / sheet_density(begin, channel.FILM)


def compare() -> list[Compared]:
    """Return the figures of the transistor beside those published."""
    return [*_window_rows(), *_channel_rows(), *_polarisation_rows()]


def _window_rows() -> list[Compared]:
    name, by = "window at +-{:g} V, line", "by the active polarisation; ON after +10 V, as published"
    whole = channel.line_window()
    return [
        row(ABOUT, name.format(channel.AMPLITUDE), whole, note=by, of="window", by="active polarisation"),
        row(
            ABOUT,
            "window without P",
            channel.line_window(0.0),
            note="trivial: no ions, no traps",
            of="window_undoped",
        ),
        *(row(ABOUT, name.format(a), channel.line_window(amplitude=a), "V") for a in (2.0, 5.0, 20.0)),
        row(
            ABOUT,
            "window at +-10 V, upper face free",
            channel.section_window(),
            note="both bound charges cancel at the gate",
            of="window",
            missed=True,
        ),
    ]


def _channel_rows() -> list[Compared]:
    traps = trap_density(ABOUT.reported["swing"].value)
    note = "read at -1.5 V; published: more than 1000 s"
    return [
        row(ABOUT, "swing", swing(), note="no interface traps", of="swing"),
        row(ABOUT, "traps for the published swing", traps, "1/m2eV", "at the interface, on 100 nm of SiO2"),
        row(ABOUT, "holes kept for 1e4 s after +10 V", kept(channel.AMPLITUDE), "1", note),
        row(ABOUT, "holes kept for 1e4 s after -10 V", kept(-channel.AMPLITUDE), "1", note),
    ]


def _polarisation_rows() -> list[Compared]:
    _, holes, states = channel.loop(channel.line(channel.REMANENT.si()))
    _, plain, _ = channel.loop(channel.line(0.0))
    reached = max(float(np.abs(state.polarization()).max()) for state in states)
    oxide, note = capacitance() * channel.AMPLITUDE, "what turns P makes no channel"
    return [
        row(ABOUT, "active part of P_r", channel.ACTIVE / channel.REMANENT.si(), "1"),
        row(
            ABOUT,
            "oxide charge at 10 V over P_r",
            oxide / channel.REMANENT.si(),
            "1",
            "all that 10 V can balance",
        ),
        row(ABOUT, "P reached over P_r, all of it active", reached / channel.REMANENT.si(), "1"),
        row(ABOUT, "holes at -10 V, all active over none", holes.max() / plain.max(), "1", note),
    ]


def quick() -> list[Compared]:
    """Return the window of the line alone, with the active polarisation that was chosen for it and without."""
    whole, note = channel.line_window(), "by the active polarisation; ON after +10 V, as published"
    name = f"window at +-{channel.AMPLITUDE:g} V, line"
    return [
        row(ABOUT, name, whole, note=note, of="window", by="active polarisation"),
        row(ABOUT, "window without P", channel.line_window(0.0), of="window_undoped"),
    ]
