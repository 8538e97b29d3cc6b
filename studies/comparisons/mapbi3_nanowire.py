"""Figures of the MAPbI3 nanowire beside those published: SET, states, heat, and wires of other diameters."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fem import Device, State
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.materials import Arrhenius
from fem.units import nm
from studies.comparisons.compared import Compared
from studies.devices.mapbi3_nanowire import (
    COMPLIANCE,
    DIAMETER,
    LENGTH,
    NO_HEAT,
    SILVER,
    YEARS,
    Switched,
    device,
    kept,
    off_lifetime,
    reset_voltage,
    resistance,
    start,
    switch,
)

AMPLITUDES = (1.2, 1.5, 1.8)  #: of the series [V]


def amplitude_for(time: float, amplitudes: Sequence[float], times: Sequence[float]) -> float:
    """Return the amplitude [V] that switches in ``time`` [s], with straight lines of V against ln t."""
    order = np.argsort(times)
    return float(np.interp(math.log(time), np.log(np.array(times)[order]), np.array(amplitudes)[order]))


def series(wire: Device, amplitudes: Sequence[float] = AMPLITUDES) -> list[Switched]:
    """Return SET at each of the ``amplitudes`` [V] from the same OFF state, by pulses that are long enough."""
    begin = start(wire)
    widths = [3e-9 if amplitude < 1.4 else 5e-10 for amplitude in amplitudes]
    return [switch(wire, begin, *pulse) for pulse in zip(amplitudes, widths, strict=True)]


def of_diameter(diameter: float) -> Switched:
    """Return SET at 1.5 V of a wire of ``diameter`` [m], full of silver too, at the same compliance per area."""
    wire = device(diameter=diameter)
    return switch(wire, start(wire), 1.5, 5e-10, compliance=COMPLIANCE * (diameter / DIAMETER) ** 2)


def barrier_for(lifetime: float, lasted: float) -> float:
    """Return the barrier [eV] with which an OFF state lasts ``lifetime``, if with silver's it ``lasted`` [s]."""
    law = SILVER.diffusivity.value if SILVER.diffusivity is not None else 0.0
    assert isinstance(law, Arrhenius)
    return law.activation_energy + BOLTZMANN * 300.0 / ELEMENTARY_CHARGE * math.log(lifetime / lasted)


def compare(*, fine: float = 0.25 * nm) -> list[Compared]:
    """Return the figures of the wire beside those published: all predicted, for nothing is calibrated."""
    wire = device(fine=fine)
    runs = series(wire)
    return _set_rows(runs) + _gap_rows(wire) + _state_rows(wire, runs[1].after) + _heat_rows(runs[1], fine)


def _set_rows(runs: Sequence[Switched]) -> list[Compared]:
    needed = amplitude_for(1e-10, AMPLITUDES, [run.time for run in runs])
    half = "the amplitude that was used is not given"
    times = [
        Compared(name=f"SET time at {v} V", simulated=run.time, published=p, unit="s", note=note)
        for v, run, p, note in zip(AMPLITUDES, runs, (None, 1e-10, None), ("", half, ""), strict=True)
    ]
    return [
        *times,
        Compared(
            name="V_set of a pulse of 100 ps",
            simulated=needed,
            published=None,
            unit="V",
            note="0.19 to 4.8 V",
        ),
        Compared(
            name="energy of one wire, 0.5 ns at 1.5 V",
            simulated=runs[1].pulse_energy,
            published=1e-12,
            unit="J",
            note=f"{runs[1].energy:.2g} J until SET; 1 pJ is that of {1e-12 / runs[1].pulse_energy:.0f} wires",
        ),
    ]


def _gap_rows(wire: Device) -> list[Compared]:
    """Return the times of SET across a narrower and a wider gap, at the mean field of 1.5 V across 1.5 nm."""
    pulses = {1.0: 1.0, 2.0: 2.0}  # gap [nm]: amplitude [V]
    return [
        Compared(
            name=f"SET time at {v} V, gap of {gap} nm",
            simulated=switch(wire, start(wire, gap * nm), v, 1e-9).time,
            published=None,
            unit="s",
            note="the same mean field as 1.5 V across 1.5 nm",
        )
        for gap, v in pulses.items()
    ]


def _state_rows(wire: Device, after: State) -> list[Compared]:
    on, off, empty = (resistance(state) for state in (after, start(wire), start(wire, LENGTH)))
    lasted = off_lifetime(kept(wire, start(wire), 1e-3))
    years = kept(wire, after, YEARS).current
    reset = reset_voltage(wire, start(wire, 0.0))
    barrier = barrier_for(YEARS, lasted)
    rows = [
        ("on/off, gap of 1.5 nm", off / on, 1e7, "1", "without tunnelling"),
        (
            "on/off, wire without silver",
            empty / on,
            1e7,
            "1",
            "before any SET; both laws are of other materials",
        ),
        ("V_reset at 1 MV/s", reset, None, "V", "-0.078 to -3.6 V"),
        ("lifetime of OFF", lasted, YEARS, "s", "a miss: ions of 0.27 eV fill the gap; metal does not"),
        ("conductance of ON after 2 years", years[-1] / years[0], 1.0, "1", "of that after the pulse"),
        ("barrier that keeps OFF for 2 years", barrier, None, "eV", "silver ions have 0.27"),
    ]
    return [
        Compared(name=name, simulated=float(value), published=printed, unit=unit, note=note)
        for name, value, printed, unit, note in rows
    ]


def _heat_rows(run: Switched, fine: float) -> list[Compared]:
    bath = device(matrix=NO_HEAT, fine=fine)
    alone = switch(bath, start(bath), 1.5, 5e-10)
    runs = {"10 nm": run, "10 nm, matrix without heat": alone}
    runs |= {f"{d / nm:.0f} nm": of_diameter(d) for d in (50 * nm, 200 * nm)}
    found = []
    for name, one in runs.items():
        energy = f"{one.pulse_energy:.2g} J"
        found += [
            Compared(name=f"peak, {name}", simulated=one.peak, published=None, unit="K", note=energy),
            Compared(name=f"cooling to 1/e, {name}", simulated=one.cooling, published=None, unit="s"),
        ]
    return found
