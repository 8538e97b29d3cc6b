"""The 16 x 16 (PrPyr)PbI3 crossbar: which schemes read its letters, drops along its lines, on/off of 55 cells."""

from __future__ import annotations

import numpy as np

from studies.arrays.margin import sneak_resistance
from studies.arrays.schemes import SCHEMES
from studies.comparisons.compared import Compared, row
from studies.comparisons.prpyrpbi3_crossbar.about import ABOUT, HIGH, LOW, SIZE, array, letters
from studies.comparisons.prpyrpbi3_crossbar.reads import (
    READ,
    drops,
    good,
    holding,
    letter_errors,
    letter_window,
    on_off_ratios,
    ratios_alone,
    seen,
)
from studies.devices.shared import prpyrpbi3_data as data

__all__ = ["ABOUT", "compare"]

#: How a cell may stand among the others while it is measured: the scheme, and the share of the others that is low.
SETTINGS = {
    "grounded, all others erased": ("grounded", 0.0),
    "grounded, half written": ("grounded", 0.5),
    "floating, all others erased": ("floating", 0.0),
    "floating, one in ten written": ("floating", 0.1),
    "floating, half written": ("floating", 0.5),
    "V/2, half written": ("V/2", 0.5),
}


def compare() -> list[Compared]:
    """Return the whole table (a minute)."""
    return [*spread_rows(), *scheme_rows(), *line_rows()]


def spread_rows() -> list[Compared]:
    """Return on/off ratios of 55 cells: alone, and as read in the array."""
    alone = ratios_alone(seeds=200)
    ends = (float(np.exp(np.log(end).mean())) for end in (alone.min(axis=1), alone.max(axis=1)))
    lowest, highest = ends
    found = [
        row(
            ABOUT,
            "lowest on/off of 55 cells alone",
            lowest,
            of="crossbar_on_off_ratio_from",
            by="spread of the high resistance",
        ),
        row(
            ABOUT,
            "highest on/off of 55 cells alone",
            highest,
            of="crossbar_on_off_ratio_to",
            by="spread of the high resistance",
        ),
        row(
            ABOUT,
            "share above 1e3, cells alone",
            good(alone),
            note="the printed range and the printed yield are not those of one lognormal law",
            of="crossbar_yield",
            within=0.05,
        ),
    ]
    for name, (scheme, written) in SETTINGS.items():
        ratios = on_off_ratios(scheme, written)
        found += [
            row(
                ABOUT,
                f"median on/off, {name}",
                float(np.median(ratios)),
                of="crossbar_on_off_ratio_from",
                up_to="crossbar_on_off_ratio_to",
            ),
            row(ABOUT, f"share above 1e3, {name}", good(ratios), of="crossbar_yield", within=0.05),
        ]
    return found


def scheme_rows() -> list[Compared]:
    """Return the resistance of the sneak path, and how many cells of the letters each scheme misreads."""
    ideal = array(resistive=False)
    others = np.ones(ideal.shape, dtype=bool)
    others[0, 0] = False
    current = seen(ideal, holding(ideal, others), (0, 0), "floating")
    parallel = READ / current
    path = 1 / (1 / parallel - 1 / HIGH)
    return [
        row(
            ABOUT,
            "sneak path among low cells, equation (1)",
            sneak_resistance(LOW, SIZE),
            "Ohm",
            arithmetic=True,
        ),
        row(ABOUT, "sneak path among low cells, solved", path, "Ohm", "lines that float, of no resistance"),
        *(figure for scheme in SCHEMES for figure in _letter_rows(scheme)),
    ]


def _letter_rows(scheme: str) -> list[Compared]:
    """Return how far apart low and high cells of the letters are in a ``scheme``, and how many of them it misreads."""
    cells = array()
    windows = [letter_window(cells, bits, scheme) for bits in letters().values()]
    said = "published: they are read, the scheme is not said; one threshold a letter, the best"
    errors, none = letter_errors(cells, scheme), "below 1 no threshold parts them"
    return [
        row(ABOUT, f"lowest low over highest high current, {scheme}", min(windows), "1", none),
        row(ABOUT, f"misread cells of N, T and U, {scheme}", errors, "1", said),
    ]


def line_rows() -> list[Compared]:
    """Return drops along lines, and what half-selected cells see while one is written."""
    here, larger = drops(), drops(4 * SIZE)
    half = data.PRINTED["crossbar_write"][0] / 2
    share, none = float(here["line_drop"].max()), "none is printed"
    return [
        row(ABOUT, "largest drop along lines, all cells low", share, "1", none),
        row(ABOUT, "the same, 64 x 64", float(larger["line_drop"].max()), "1", none),
        row(ABOUT, "current of a row, all cells low", float(here["current"][0].sum()), "A", none),
        row(
            ABOUT,
            "half of the write voltage over V_set of the dots",
            half / data.PRINTED["V_set"][0],
            "1",
            "less than 1: half-selected cells stay",
            arithmetic=True,
        ),
        row(
            ABOUT,
            "half of the erase voltage over V_reset of the dots",
            -half / data.PRINTED["V_reset"][0],
            "1",
            "less than 1: half-selected cells stay",
            arithmetic=True,
        ),
    ]
