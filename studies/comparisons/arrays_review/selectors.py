"""Arrays of resistors alone, with a silicon diode and with a threshold switch, beside what a review prints of them."""

from __future__ import annotations

from collections.abc import Callable

from studies.arrays.margin import largest_array
from studies.arrays.worst_case import Law, WorstCase, resistor
from studies.comparisons.arrays_review.about import ABOUT, READ_1D1R, SELECTIVITY, printed
from studies.comparisons.arrays_review.held import largest
from studies.comparisons.arrays_review.laws import current, fitted, in_series, ohmic_each_way, times
from studies.comparisons.compared import Compared, row

LOW = printed("read_1R") / 3  #: [Ohm]: three cells are the sneak path of two by two
HIGH = LOW * printed("on_off_1D1R")  #: [Ohm]
RATIOS = (1e2, 1e6)  #: on/off ratios of resistors: none is printed with their array
IDEALITIES = (1.0, 1.45)  #: of the diode
OFF = 1e4  #: high state of a memory with a switch, in units of the open one: more changes nothing
#: Saturation current [A] and ideality of the 1N4007 in its maker's SPICE model (Vishay, document 89789).
MAKERS = 14.3733e-9, 1.80829


def diode_cell(resistance: float, saturation: float, ideality: float) -> Law:
    """Return the law of a resistance [Ohm] and a diode of a ``saturation`` current [A]."""
    return in_series(resistance * saturation, ideality, saturation)


def fitted_saturation(ideality: float) -> float:
    """Return the saturation current [A] with which a low cell rectifies as printed at 0.5 V."""

    def made(amperes: float) -> Law:
        return diode_cell(LOW, amperes, ideality)

    found = fitted(made, (1e-18, 1e-3), printed("rectification_1D1R"), READ_1D1R)
    return -current(found, -READ_1D1R)


def read_resistance(of: Callable[[float], Law], scheme: str = "floating") -> float:
    """Return voltage over current [Ohm] of a high cell among three low ones; ``of``: law of a resistance [Ohm]."""
    found = WorstCase(low=of(LOW), high=of(HIGH), voltage=READ_1D1R, scheme=scheme)
    return READ_1D1R / found.currents(2)[1]


def resistor_rows() -> list[Compared]:
    """Return the figures of resistors alone."""
    cells = [WorstCase(low=resistor(LOW), high=resistor(LOW * r), voltage=READ_1D1R) for r in RATIOS]
    sizes = [cell.largest_array() for cell in cells]
    like = cells[-1].largest_array(pull_up=LOW)
    return [
        *(
            row(
                ABOUT,
                f"largest, 1R, on/off {ratio:.0e}",
                size,
                note="of the best pull-up",
                of="largest_1R",
                within=0.5,
            )
            for ratio, size in zip(RATIOS, sizes, strict=True)
        ),
        row(ABOUT, "largest, 1R, pull-up as the low state", like, of="largest_1R", within=0.5),
        row(
            ABOUT,
            "read of a high cell, 1R, 2 x 2",
            read_resistance(resistor),
            of="read_1R",
            by="low resistance",
        ),
    ]


def diode_rows() -> list[Compared]:
    """Return the figures of resistors with a diode each."""
    found = []
    for ideality in IDEALITIES:
        amperes = fitted_saturation(ideality)

        def cell(ohms: float, amperes: float = amperes, ideality: float = ideality) -> Law:
            return diode_cell(ohms, amperes, ideality)

        forward, backward = current(cell(LOW), READ_1D1R), -current(cell(LOW), -READ_1D1R)
        text = f"ideality {ideality:g}, {amperes:.2g} A saturate it"
        found += [
            row(
                ABOUT,
                f"rectification, 1D1R, ideality {ideality:g}",
                forward / backward,
                of="rectification_1D1R",
                by="saturation of the diode",
            ),
            row(
                ABOUT,
                f"read of a high cell, 1D1R, ideality {ideality:g}",
                read_resistance(cell),
                note=text,
                of="read_1D1R",
                within=0.5 * printed("read_1D1R"),
            ),
            *(
                row(
                    ABOUT,
                    f"largest, 1D1R, ideality {ideality:g}, {scheme}",
                    _largest(cell, scheme),
                    "1",
                    "at 0.5 V",
                )
                for scheme in ("floating", "V/2")
            ),
        ]
    return [*found, *_other_diode_rows()]


def _largest(cell: Callable[[float], Law], scheme: str) -> int:
    found = WorstCase(low=cell(LOW), high=cell(HIGH), voltage=READ_1D1R, scheme=scheme)
    return found.largest_array() if scheme == "floating" else largest(found)


def _other_diode_rows() -> list[Compared]:
    """Return reads with the diode of its maker's model, and with a resistance each way."""
    near, ratio = 0.5 * printed("read_1D1R"), printed("rectification_1D1R")

    def maker(ohms: float) -> Law:
        return diode_cell(ohms, *MAKERS)

    def ohmic(ohms: float) -> Law:
        law = ohmic_each_way(ratio)
        return times(law, 1.0 / (ohms * current(law, 1.0)))

    forward, backward = current(maker(LOW), READ_1D1R), -current(maker(LOW), -READ_1D1R)
    return [
        row(
            ABOUT,
            "rectification at 0.5 V, 1N4007 of its maker",
            forward / backward,
            note="nothing calibrated; no voltage is printed",
            of="rectification_1D1R",
            within=0.5 * ratio,
        ),
        row(
            ABOUT,
            "read of a high cell, 1N4007 of its maker",
            read_resistance(maker),
            note="its model leaks 14 nA",
            of="read_1D1R",
            within=near,
        ),
        row(
            ABOUT,
            "read of a high cell, 1.5e5 as of resistances",
            read_resistance(ohmic),
            note="no voltage is lost forward",
            of="read_1D1R",
            within=near,
        ),
    ]


def selector_sizes(memory: float, selectivity: float = SELECTIVITY) -> dict[str, int]:
    """Return the largest arrays by scheme of memories whose low state is ``memory`` times an open selector.

    ``selectivity``: resistance of a closed selector over that of an open one. Floating lines are the review's equations
    with the closed cells' resistance: a million cells a side are beyond the accuracy of a solved network.
    """
    low, high, others = (r + memory for r in (1.0, OFF, selectivity))
    below = WorstCase(
        low=resistor(low),
        high=resistor(high),
        others=resistor(others),
        voltage=2 * printed("selector_threshold"),
        scheme="V/2",
    )
    floating = largest_array(
        low_resistance_state=low, high_resistance_state=high, pull_up="optimal", unselected_resistance=others
    )
    return {"floating": floating, "V/2": largest(below)}


def selector_rows() -> list[Compared]:
    """Return the figures of memories with a threshold switch each."""
    opens, found = 2 * printed("selector_threshold"), []
    for text, memory in (("of none", 0.0), ("as the open selector", 1.0)):
        for scheme, size in selector_sizes(memory).items():
            found.append(
                row(
                    ABOUT,
                    f"largest, 1S1R, memory {text}, {scheme}",
                    size,
                    note="closed selectors 1e7 times as resistive, of another device",
                    of="largest_1S1R",
                    within=0.5 * printed("largest_1S1R"),
                )
            )
    unselected = WorstCase(low=resistor(1.0), high=resistor(OFF), voltage=opens)
    return [
        *found,
        row(
            ABOUT,
            "read voltage that opens half-selected selectors",
            opens,
            "V",
            "twice the printed threshold; from it on it is an array of resistors",
            arithmetic=True,
        ),
        row(ABOUT, "largest, 1S1R, above that voltage", unselected.largest_array(), "1"),
    ]


def rows() -> list[Compared]:
    """Return the figures of arrays of resistors, with diodes and with switches (half a minute)."""
    return [*resistor_rows(), *diode_rows(), *selector_rows()]
