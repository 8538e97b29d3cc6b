"""Figures of the MAPbI3 nanowire beside those published: SET, states, heat, and wires of other diameters."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from fem import Device, State
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.materials import Arrhenius
from fem.units import nm
from studies.comparisons.compared import Compared, row
from studies.devices import mapbi3_nanowire as nanowire
from studies.devices.mapbi3_nanowire import ABOUT

AMPLITUDES = (2.2, 3.0, 4.8)  #: of the series [V], the last one the highest that is published
WIDTHS = (2e-8, 2e-9, 2e-10)  #: of their pulses [s]
PULSE = (3.0, 2e-9)  #: of all other rows [V], [s]


def amplitude_for(time: float, amplitudes: Sequence[float], times: Sequence[float]) -> float:
    """Return the amplitude [V] that switches in ``time`` [s], with straight lines of V against ln t."""
    order = np.argsort(times)
    return float(np.interp(math.log(time), np.log(np.array(times)[order]), np.array(amplitudes)[order]))


def series(
    wire: Device, amplitudes: Sequence[float] = AMPLITUDES, widths: Sequence[float] = WIDTHS
) -> list[nanowire.Switched]:
    """Return SET at each of the ``amplitudes`` [V] from the same OFF state, by pulses of these ``widths`` [s]."""
    begin = nanowire.start(wire)
    return [nanowire.switch(begin, *pulse) for pulse in zip(amplitudes, widths, strict=True)]


def of_diameter(diameter: float) -> nanowire.Switched:
    """Return SET at 3 V of a wire of ``diameter`` [m], full of silver too, at the same compliance per area."""
    wire = nanowire.device(diameter=diameter)
    return nanowire.switch(
        nanowire.start(wire),
        *PULSE,
        compliance=nanowire.COMPLIANCE * (diameter / nanowire.DIAMETER) ** 2,
    )


def barrier_for(lifetime: float, lasted: float) -> float:
    """Return the barrier [eV] with which an OFF state lasts ``lifetime``, if with silver's it ``lasted`` [s]."""
    law = nanowire.SILVER.diffusivity.value if nanowire.SILVER.diffusivity is not None else 0.0
    assert isinstance(law, Arrhenius)
    return law.activation_energy + BOLTZMANN * 300.0 / ELEMENTARY_CHARGE * math.log(lifetime / lasted)


def compare(*, fine: float = 0.25 * nm) -> list[Compared]:
    """Return the figures of the wire beside those published; the gap was chosen for the 100 ps."""
    wire = nanowire.device(fine=fine)
    runs = series(wire)
    return _set_rows(runs) + _gap_rows(wire) + _state_rows(wire, runs[1].after) + _heat_rows(runs[1], fine)


def _set_rows(runs: Sequence[nanowire.Switched]) -> list[Compared]:
    slow, run, fast = runs
    name, low, middle, high = "SET time at {} V", *AMPLITUDES
    needed = amplitude_for(ABOUT.reported["switching_time"].value, AMPLITUDES, [one.time for one in runs])
    share = ABOUT.reported["energy"].value / run.pulse_energy
    note, half = (
        f"{run.energy:.2g} J until SET; 1 pJ is that of {share:.0f} wires",
        "100 ps are printed, without the amplitude",
    )
    return [
        row(ABOUT, name.format(low), slow.time, "s"),
        row(ABOUT, name.format(middle), run.time, "s", half),
        row(ABOUT, name.format(high), fast.time, "s"),
        row(ABOUT, "V_set of a pulse of 100 ps", needed, of="V_set_lowest", up_to="V_set_highest", by="gap"),
        row(ABOUT, "energy of one wire, 2 ns at 3 V", run.pulse_energy, "J", note),
    ]


def _gap_rows(wire: Device) -> list[Compared]:
    """Return the times of SET across a narrower and a wider gap, at the mean field of PULSE across GAP."""
    note, times = f"the same mean field as {PULSE[0]:g} V across {nanowire.GAP / nm:.1f} nm", {}
    for gap in (1.0 * nm, 1.8 * nm):
        volts = PULSE[0] * gap / nanowire.GAP
        times[f"SET time at {volts:.2f} V, gap of {gap / nm:.1f} nm"] = nanowire.switch(
            nanowire.start(wire, gap), volts, 4e-9
        ).time
    return [row(ABOUT, name, time, "s", note) for name, time in times.items()]


def _state_rows(wire: Device, after: State) -> list[Compared]:
    on, off, empty = (
        nanowire.resistance(state)
        for state in (after, nanowire.start(wire), nanowire.start(wire, nanowire.LENGTH))
    )
    lasted = nanowire.off_lifetime(nanowire.kept(nanowire.start(wire), 1e-3))
    published = ABOUT.reported["retention"].value
    later = nanowire.kept(after, published).current
    reset = nanowire.reset_voltage(nanowire.start(wire, 0.0))
    fills = "ions of 0.27 eV fill the gap; metal does not"
    bare = "before any SET; both laws are of other materials"
    area = math.pi / 4 * nanowire.DIAMETER**2
    barrier, name = barrier_for(published, lasted), "barrier that keeps OFF as long"
    return [
        row(
            ABOUT,
            f"on/off, gap of {nanowire.GAP / nm:.1f} nm",
            off / on,
            note="without tunnelling",
            of="on_off_ratio",
            missed=True,
        ),
        row(ABOUT, "on/off, wire without silver", empty / on, "1", bare),
        row(ABOUT, "V_reset at 1 MV/s", reset, of="V_reset_lowest", up_to="V_reset_highest"),
        row(ABOUT, "lifetime of OFF", lasted, note=fills, of="retention", at_least=True),
        row(ABOUT, f"ON kept after {published:.2g} s", later[-1] / later[0], "1", "of that after the pulse"),
        row(ABOUT, name, barrier, "eV", "silver ions have 0.27"),
        row(ABOUT, "cross-section of a wire", area, note="as drawn", of="cell_area", arithmetic=True),
    ]


def _heat_rows(run: nanowire.Switched, fine: float) -> list[Compared]:
    bath = nanowire.device(matrix=nanowire.NO_HEAT, fine=fine)
    alone = nanowire.switch(nanowire.start(bath), *PULSE)
    runs = {"10 nm": run, "10 nm, matrix without heat": alone}
    runs |= {f"{d / nm:.0f} nm": of_diameter(d) for d in (50 * nm, 200 * nm)}
    found = []
    for name, one in runs.items():
        found.append(row(ABOUT, f"peak, {name}", one.peak, "K", f"{one.pulse_energy:.2g} J"))
        found.append(row(ABOUT, f"cooling to 1/e, {name}", one.cooling, "s"))
    return found


def quick() -> list[Compared]:
    """Return the figures of SET by pulses alone."""
    return _set_rows(series(nanowire.device()))
