"""``memfem compare``: published devices simulated, beside what is published; one as a table, several as a page."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies.cli.answers import FAILED, as_json
from studies.progress import progress_line

if TYPE_CHECKING:
    from studies.cli.pages.outcome import Outcome

QUICK = 840.0  #: [s], in which all of ``--quick`` ends


def compare(
    *names: Annotated[str, Parameter(help="published devices such as mapbi3_filament_via")],
    all: Annotated[bool, Parameter(help="all published devices and arrays", negative="")] = False,
    quick: Annotated[
        bool, Parameter(help="the shortest comparison of each, within 15 minutes", negative="")
    ] = False,
    page: Annotated[
        Path | None, Parameter(help="the HTML page; results/compare.html for several devices")
    ] = None,
    within: Annotated[str | None, Parameter(help='when to stop, as "2 h"; "14 min" with --quick')] = None,
    workers: Annotated[
        int | None, Parameter(help="processes side by side; as many as there are cores")
    ] = None,
    json: Annotated[bool, Parameter(help="print JSON", negative="")] = False,
) -> None:
    """Simulate published devices and print their figures beside those published, or list all without a name.

    One is printed as a table, several, or with --page, become one page with all tables and pictures. A device that
    fails is a row with its reason. Most take minutes, prpyrpbi3 half an hour.
    """
    from studies.comparisons.compared import compared_table
    from studies.comparisons.tables import ARRAYS, listed, quick_table, table
    from studies.comparisons.tables import names as known

    several = (*known(), *ARRAYS)
    if not (names or all or quick or page):
        print(as_json(list(several)) if json else listed())
        return
    chosen = tuple(dict.fromkeys(names)) or several
    for name in chosen:
        if name not in several:
            raise UnknownNameError("published device", name, several)
    if all and names:
        raise IncompatibleError("give names of devices, or --all, not both.")
    if len(chosen) > 1 or page is not None:
        _report(
            chosen,
            page or Path("results/compare.html"),
            quick,
            _seconds(within, quick),
            _workers(workers),
            json,
        )
        return
    rows = quick_table(chosen[0])[0] if quick else table(chosen[0])
    print(as_json([asdict(figure) for figure in rows]) if json else compared_table(rows))


def _report(
    names: Sequence[str], path: Path, quick: bool, within: float, workers: int, as_data: bool
) -> None:
    """Write the page of several comparisons, also of those that there are when it is stopped; 1 if none has a row."""
    from fem.io.files import check_writable, write_text
    from studies.cli.pages.page import page
    from studies.cli.pages.several import outcomes

    check_writable("page", path)
    found: dict[str, Outcome] = {}
    begin = monotonic()
    try:
        given = outcomes(names, quick=quick, workers=workers, within=within)
        with closing(given), progress_line(f"{len(names)} comparisons") as line:
            for one in given:
                found[one.name] = one
                line.to(len(found) / len(names), f"{one.name}: {_in_words(one)}")
                if not as_data:
                    print(f"{one.name:26}{one.seconds:6.0f} s  {_in_words(one)}", flush=True)
    finally:
        ordered = [found[name] for name in names if name in found]
        if found:
            write_text(path, page(ordered, quick=quick, seconds=monotonic() - begin))
    took = monotonic() - begin
    if as_data:
        print(as_json({"page": path, "seconds": took, "comparisons": [one.plain() for one in ordered]}))
    else:
        print(f"{path}: {sum(bool(one.rows) for one in ordered)} of {len(names)} tables, {took:.0f} s")
    if not any(one.rows for one in ordered):
        raise SystemExit(FAILED)


def _in_words(one: Outcome) -> str:
    if one.reason:
        return one.reason
    counted = ", ".join(f"{number} {status}" for status, number in one.counted().items())
    return f"{len(one.rows)} figures{' of a part' if one.short else ''}: {counted}"


def _seconds(text: str | None, quick: bool) -> float:
    """Return the time [s] of an option; raises IncompatibleError, OutOfRangeError."""
    from studies.cli.study_files.quantities import in_si

    if text is None:
        return QUICK if quick else math.inf
    if not (seconds := in_si(text, "s")) > 0:
        raise OutOfRangeError("--within", text, "longer than no time")
    return seconds


def _workers(count: int | None) -> int:
    """Return how many processes run side by side; raises OutOfRangeError."""
    if count is not None and count < 1:
        raise OutOfRangeError("--workers", count, "1 or more")
    return count or (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
