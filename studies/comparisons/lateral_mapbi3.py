"""Fronts in the lateral MAPbI3 film beside those published: side, speed, scaling, current and potential."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fem.io.files import save_figure
from fem.units import um
from studies.comparisons.compared import Compared, row
from studies.devices.lateral_mapbi3 import ABOUT, GAP, VOLTAGE, hold, line
from studies.devices.shared.front import Front

FIRST = 0.2  #: of the gap, over which vacancies are timed: of their way, which a depletion layer bounds
BRIDGED = 0.9  #: of the gap, at which silver counts as arrived
ANODE, LINEAR = "published: anode, 1 (Li 2018)", "published: linear (Li 2018)"
_SILVER_CELLS = 60


def vacancies(gap: float = GAP, voltage: float = VOLTAGE, until: float = FIRST) -> Front:
    """Return the front of vacancies over a fixed charge for a ``gap`` [m] and a ``voltage`` [V]."""
    return hold(line("vacancies", gap), gap, voltage, until=until, longest=20.0, cuts=4)


def silver(gap: float = GAP, voltage: float = VOLTAGE) -> Front:
    """Return the front of the deposit for a ``gap`` [m] and a ``voltage`` [V]."""
    return hold(line("silver", gap, cells=_SILVER_CELLS), gap, voltage, until=BRIDGED, longest=40.0, cuts=4)


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Return the slope of ln(times) over ln(sizes), by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def share_near_anode(front: Front, part: float = 0.5) -> float:
    """Return the share of the voltage that the ``part`` of the gap at the left electrode bears, at the last cut."""
    _, x, potential = front.cuts[-1]
    at = np.interp(part * front.gap, x, potential)
    return float((potential[0] - at) / (potential[0] - potential[-1]))


def plot_cuts(front: Front, output: str | Path) -> Path:
    """Draw the potential along the gap at the times of the cuts, and return the picture's path."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3.5), layout="constrained")
    axes = figure.subplots()
    for time, x, potential in front.cuts:
        axes.plot(x / um, potential, label=f"{time:.2g} s")
    axes.set(xlabel="distance from the anode [µm]", ylabel="potential over the cathode [V]")
    axes.legend()
    return save_figure(figure, output, dpi=150)


def compare() -> list[Compared]:
    """Return the figures of the three films; a side is 1 for the anode and 0 for the cathode."""
    return [*_vacancy_rows(), *_dopant_rows(), *_silver_rows()]


def _side(front: Front) -> float:
    return float(front.side == "anode")


def _vacancy_rows() -> list[Compared]:
    base = vacancies(until=0.5)
    speed = base.speed(FIRST)
    field = ABOUT.reported["front speed"].value / speed * VOLTAGE / GAP
    by_gap = [vacancies(gap).arrival(FIRST) for gap in (5 * um, 7 * um)] + [base.arrival(FIRST)]
    slow, fast = (vacancies(voltage=v).arrival(FIRST) for v in (5.0, 20.0))
    by_voltage = exponent((5, 10, 20), [slow, base.arrival(FIRST), fast])
    name, note = "vacancies: speed at 10 V over 10 um", "unless at the field below"
    rises, trend = base.linearity(0.1, 0.5), "trend: Liu 2020"
    return [
        row(ABOUT, "vacancies: side where it starts", _side(base), "1", ANODE),
        row(ABOUT, name, speed, note=note, of="front speed", missed=True),
        row(ABOUT, "vacancies: field for the published speed", field, "V/m", "none read"),
        row(ABOUT, "vacancies: time to L/5 as L to the", exponent((5, 7, 10), by_gap), "1", "drift: 2"),
        row(ABOUT, "vacancies: time to L/5 as V to the", by_voltage, "1", "drift: -1"),
        row(ABOUT, "vacancies: correlation of 1/I^2 and time", rises, "1", f"{LINEAR}; I rises", missed=True),
        row(ABOUT, "vacancies: share of V in the anode's half", share_near_anode(base), "1", trend),
    ]


def _dopant_rows() -> list[Compared]:
    front = hold(line("dopants"), GAP, until=0.75, longest=10.0)
    late, whole = front.linearity(0.3, 0.7), front.linearity(0.1, 0.7)
    fall = front.current[-1] / front.current.max()
    note = f"{LINEAR}; front at 0.3 to 0.7 L"
    return [
        row(ABOUT, "dopants: side where it starts", _side(front), "1", ANODE),
        row(ABOUT, "dopants: correlation of 1/I^2 and time", late, "1", note),
        row(ABOUT, "dopants: the same from 0.1 L on", whole, "1", LINEAR),
        row(ABOUT, "dopants: current at 0.75 L over its largest", fall, "1"),
    ]


def _silver_rows() -> list[Compared]:
    base = silver()
    gaps = (5.0, 10.0, 20.0)
    times = [silver(gap * um).arrival(BRIDGED) if gap != 10 else base.arrival(BRIDGED) for gap in gaps]
    rise = base.current[-1] / np.interp(base.arrival(0.1), base.time, base.current)
    late = np.interp(0.5 * base.time[-1], base.time, base.current) / base.current[-1]
    note = "of an assumed deposit; 20 % less with 100 cells"
    return [
        row(ABOUT, "silver: side where it starts", _side(base), "1", "published: cathode, 0 (Luo 2024)"),
        row(ABOUT, "silver: time to 0.9 L", times[1], "s", note),
        row(ABOUT, "silver: time to 0.9 L as L to the", exponent(gaps, times), "1", "exchange: 1, drift: 2"),
        row(ABOUT, "silver: current at 0.9 L over that at 0.1 L", rise, "1", "trend: rises sharply"),
        row(ABOUT, "silver: current at half of that time", late, "1", "of that at 0.9 L"),
    ]


def quick() -> list[Compared]:
    """Return the figures of the doped film, without those of vacancies and of silver."""
    return _dopant_rows()
