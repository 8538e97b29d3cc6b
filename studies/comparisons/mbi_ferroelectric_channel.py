"""A ferroelectric tin-perovskite channel beside published: swing, traps, retention."""

from __future__ import annotations

import numpy as np

from fem import equilibrium, materials
from fem.constants import VACUUM_PERMITTIVITY, thermal_voltage
from fem.units import eV
from studies import transfer, transfer_curve
from studies.comparisons.compared import Compared
from studies.devices.mbi_ferroelectric_channel import (
    ABOUT,
    ACTIVE,
    AMPLITUDE,
    DRAIN,
    FILM,
    INSULATOR,
    RATE,
    REMANENT,
    loop,
    stack,
    stack_window,
    transistor,
    transistor_window,
)
from studies.devices.shared.ferroelectric_gates import sheet_density, written
from studies.protocols import Rest, Sweep


def swing(active: float = ACTIVE) -> float:
    """Return the subthreshold swing of the section with P at rest [V/decade]: steady points, -1.5 to 0 V."""
    trace = transfer_curve(transistor(active), np.linspace(-1.5, 0.0, 61).tolist(), DRAIN)
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
    return float(materials.SIO2.si("relative_permittivity")) * VACUUM_PERMITTIVITY / INSULATOR


def kept(after: float, duration: float = 1e4) -> float:
    """Return the holes after ``duration`` [s] at -1.5 V over those at its begin, both after ``after`` [V]."""
    there = Sweep(0, after, -1.5, rate=RATE)
    begin = written(equilibrium(stack()), "bottom", there).last
    end = written(begin, "bottom", Rest(duration, -1.5)).last
    return sheet_density(end, FILM) / sheet_density(begin, FILM)


def compare() -> list[Compared]:
    """Return the figures of the transistor beside those published."""
    printed = {name: figure.value for name, figure in ABOUT.reported.items()}
    _, holes, states = loop(stack(REMANENT.si()))
    _, plain, _ = loop(stack(0.0))
    reached = max(float(np.abs(state.polarization()).max()) for state in states)
    rows = [
        Compared(name="window at +-10 V, line", simulated=stack_window(), published=printed["window"],
                 unit="V", kind="calibrated", note="by the active polarisation; ON after +10 V, as published"),
        Compared(name="window without P", simulated=stack_window(0.0), published=printed["window_undoped"],
                 unit="V", note="trivial: no ions, no traps"),
        *(
            Compared(name=f"window at +-{a:g} V, line", simulated=stack_window(amplitude=a), published=None, unit="V")
            for a in (2.0, 5.0, 20.0)
        ),
        Compared(name="window at +-10 V, upper face free", simulated=transistor_window(),
                 published=printed["window"], unit="V", note="MISSED: both bound charges cancel at the gate"),
        Compared(name="swing", simulated=swing(), published=printed["swing"], unit="V/dec", note="no interface traps"),
        Compared(name="traps for the published swing", simulated=trap_density(printed["swing"]), published=None,
                 unit="1/m2eV", note="at the interface, on 100 nm of SiO2"),
        Compared(name="holes kept for 1e4 s after +10 V", simulated=kept(AMPLITUDE), published=1.0, unit="1",
                 note="read at -1.5 V; published: more than 1000 s"),
        Compared(name="holes kept for 1e4 s after -10 V", simulated=kept(-AMPLITUDE), published=1.0, unit="1",
                 note="read at -1.5 V; published: more than 1000 s"),
        Compared(name="active part of P_r", simulated=ACTIVE / REMANENT.si(), published=None, unit="1"),
        Compared(name="oxide charge at 10 V over P_r", simulated=capacitance() * AMPLITUDE / REMANENT.si(),
                 published=None, unit="1", note="all that a gate of 10 V can balance"),
        Compared(name="P reached over P_r, all of it active", simulated=reached / REMANENT.si(), published=None,
                 unit="1"),
        Compared(name="holes at -10 V, all active over none", simulated=float(holes.max() / plain.max()),
                 published=None, unit="1", note="what turns P makes no channel"),
    ]  # fmt: skip
    return rows
