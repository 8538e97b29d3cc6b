"""Figures of traps under gold on MAPbI3 beside what is published of them in words: no number is printed."""

from __future__ import annotations

from studies.comparisons.compared import Compared, row
from studies.devices.mapbi3_surface_traps import ABOUT, HIGH, LOW, QUICK, held, left_after, loops

CAPTURES = (1e-14, 1e-17, 1e-20)  #: of electrons, in which NDR is looked for [m^3/s]
WAIT = 24.0  #: as long as the way to -1.2 V and back at 0.1 V/s [s]


def barrier_rows() -> list[Compared]:
    """Return the rows of the barrier: with empty states, all the time, and without any."""
    fresh, charged = loops("fresh"), loops("charged")
    more = charged.up[LOW] / fresh.up[LOW]
    return [
        row(
            ABOUT,
            "on/off, fresh, at 0.3 V",
            fresh.ratio(LOW),
            "1",
            "published (Ma 2018): fresh does not switch",
        ),
        row(
            ABOUT,
            "current, empty states over none, 0.3 V",
            more,
            "1",
            "published (Ma 2018, Zhou 2018): states that are positive lower the barrier",
        ),
        row(
            ABOUT,
            "the same at 1 V",
            charged.up[HIGH] / fresh.up[HIGH],
            "1",
            "the other way round: they are a hill for holes from gold",
        ),
    ]


def loop_rows() -> list[Compared]:
    """Return the rows of the first loop on two meshes, and of what -1.2 V brings back."""
    air, fine = loops(), loops(finer=2.0)
    ways = "current on the way down over that on the way up"
    return [
        row(ABOUT, "air, down over up, at 0.3 V", air.ratio(LOW), "1", ways),
        row(ABOUT, "at 0.3 V, half the cells", fine.ratio(LOW), "1", "on another mesh"),
        row(ABOUT, "air, down over up, at 1 V", air.ratio(HIGH), "1", ways),
        row(ABOUT, "at 1 V, half the cells", fine.ratio(HIGH), "1", "on another mesh"),
        row(ABOUT, "V_reset, read at 0.3 V", air.reset_voltage, "V", "on gold, which is not given"),
        row(ABOUT, "V_reset, half the cells", fine.reset_voltage, "V", "on another mesh"),
        row(ABOUT, "V_set, read at 1 V", air.set_voltage, "V", "on gold, which is not given"),
        row(ABOUT, "V_set, half the cells", fine.set_voltage, "V", "on another mesh"),
        row(
            ABOUT,
            "part that -1.2 V brings back",
            air.brought_back,
            "1",
            "published (Ma 2018): a negative voltage resets",
            missed=True,
        ),
    ]


def memory_rows() -> list[Compared]:
    """Return the rows of electrons that stay, with states of 0.8 eV and with QUICK ones of 0.6 eV."""
    told = "published (Ma 2018): kept at 0 V, let go at a negative voltage"
    rows = []
    for name, quick in (("0.8 eV", False), ("0.6 eV", True)):
        kept, gone = left_after(WAIT, quick=quick), left_after(WAIT, -1.2, quick=quick)
        rows += [
            row(ABOUT, f"electrons left, {name}, 24 s at 0 V", kept, "1", told, missed=kept < 0.5),
            row(ABOUT, f"electrons left, {name}, 24 s at -1.2 V", gone, "1", told, missed=gone > 0.5),
        ]
    return rows


def suppression_rows() -> list[Compared]:
    """Return the rows of a current that trapped electrons lower, at one voltage and as NDR."""
    first, last = held()
    told = "published (Ma 2018): NDR; 1 is a current that nowhere falls"
    rows = [
        row(
            ABOUT,
            "current at 0.5 V, 100 s over 0.1 s",
            last / first,
            "1",
            "electrons that are trapped lower it",
        )
    ]
    found = {f"capture {c:.0e}": loops(electrons=c).steepest_fall for c in CAPTURES}
    found |= {"0.6 eV": loops(**QUICK).steepest_fall}
    return [
        *rows,
        *(
            row(ABOUT, f"fall while voltage rises, {name}", fall, "1", told, missed=fall < 1.01)
            for name, fall in found.items()
        ),
    ]


def compare() -> list[Compared]:
    """Return the figures of traps under gold beside what is published, in about half a minute."""
    return [*barrier_rows(), *loop_rows(), *memory_rows(), *suppression_rows()]
