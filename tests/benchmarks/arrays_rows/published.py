"""Published arrays: largest ones, reads with and without a diode, and the 16 x 16 crossbar; some two minutes."""

from __future__ import annotations

from collections.abc import Iterator

from studies.arrays.schemes import SCHEMES
from studies.comparisons.arrays_review.laws import KINDS
from studies.comparisons.compared import Compared
from studies.comparisons.prpyrpbi3_crossbar import SETTINGS
from studies.comparisons.tables import table
from tests.benchmarks.table import Row

Figures = dict[str, Compared]


def rows() -> Iterator[Row]:
    """Yield the figures of the review's arrays and of the (PrPyr)PbI3 crossbar."""
    for name, part in (("arrays_review", _review), ("prpyrpbi3_crossbar", _crossbar)):
        yield from part({figure.name: figure for figure in table(name, progress=False)})


def _compared(label: str, asked: str, figures: list[Compared]) -> Row:
    """Return the row of figures that are all to be where the published one is."""
    measured = ", ".join(f"{figure.simulated:.4g}" for figure in figures)
    return Row(label, asked, measured, met=all(f.status == "predicted" for f in figures))


def _review(found: Figures) -> Iterator[Row]:
    yield _compared(
        "largest, 1R, on/off 1e2 and 1e6", "5", [v for k, v in found.items() if "1R, on/off" in k]
    )
    for kind in KINDS:
        yield _compared(
            f"514 at 0.54 V, by V/2: {kind}", "1747 within 10 %", [found[f"largest, {kind}, V/2"]]
        )
    for kind in KINDS:
        figure = found[f"largest, {kind}, V/2 at 0.81 V over at 0.54 V"]
        yield _compared(f"at 0.81 V over 0.54 V: {kind}", "less than 1", [figure])
    switch = [v for k, v in found.items() if "1S1R, memory" in k]
    yield _compared("largest, 1S1R, a selector of 1e7", "1.2e6 within 50 %", switch)
    read = found["read of a high cell, 1R, 2 x 2"]
    yield Row("read of a high cell, 1R [Ohm]", "508 (calibrated)", f"{read.simulated:.4g}", met=True)
    for ideality in ("1", "1.45"):
        figure = found[f"read of a high cell, 1D1R, ideality {ideality}"]
        yield _compared(f"the same, 1D1R, ideality {ideality} [Ohm]", "2.07e8 within 50 %", [figure])


def _crossbar(found: Figures) -> Iterator[Row]:
    alone = [found["share above 1e3, cells alone"]]
    yield _compared("share above 1e3, cells alone", "0.9 within 0.05", alone)
    for name in SETTINGS:
        median, share = found[f"median on/off, {name}"], found[f"share above 1e3, {name}"]
        yield _compared(f"on/off, {name}", "1e4 to 1e6, 0.9 above 1e3", [median, share])
    windows = {s: found[f"lowest low over highest high current, {s}"].simulated for s in SCHEMES}
    measured = ", ".join(f"{s} {w:.3g}" for s, w in windows.items())
    yield Row(
        "N, T, U at 0.05 V: low over high", "more than 1 by a scheme", measured, met=max(windows.values()) > 1
    )
    drop = found["largest drop along lines, all cells low"]
    yield Row("drop along silver lines, 16 x 16", "none is published", f"{drop.simulated:.1%}", met=True)
