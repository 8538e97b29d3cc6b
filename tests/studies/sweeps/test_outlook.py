"""What a sweep shows while it runs: a table that says what is done, runs and failed, and a picture with its gaps."""

from __future__ import annotations

import io
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from matplotlib import pyplot as plt
from rich.console import Console

from fem.errors import OutOfRangeError, UnknownNameError
from studies import Grid, Store, Study, sweep
from studies.sweeps.index import Row
from studies.sweeps.outlook import Pace, table_of
from tests.studies.sweeps.test_cases_dataset import kept


def shown(store: Store) -> str:
    screen = Console(file=io.StringIO(), width=120)
    store.watch(every=0.1, screen=screen)
    text: str = screen.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_the_table_says_how_many_are_done_and_why_others_are_not(tmp_path: Path) -> None:
    text = shown(kept(tmp_path, Grid(x=[1, 2, 4], top=["Au", "Ag"])))
    assert "loop: 6 cases, median 0.5 s, longest 0.5 s" in text
    assert "x 4 nm, top Au: bad luck" in text and "│ done    │ 5 " in text


def test_the_table_tells_how_long_the_rest_takes_from_what_has_ended_since() -> None:
    def rows(done: int) -> list[Row]:
        statuses = ["done"] * done + ["waiting"] * (10 - done)
        return [Row(str(k), {"x": 1.0}, s, 1.0, "", 0, 0, "", "") for k, s in enumerate(statuses)]

    pace = Pace(monotonic() - 8.0, 2)
    assert pace.left(rows(6)) == pytest.approx(8.0, rel=0.01)
    assert np.isnan(pace.left(rows(2)))
    assert "8 s left" in str(table_of("loop", {"x": "nm"}, rows(6), pace).title)


def test_a_picture_has_every_case_and_marks_those_that_failed(tmp_path: Path) -> None:
    store = kept(tmp_path, Grid(x=[1, 2, 4], top=["Au", "Ag"]))
    ax = store.plot("double")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x [nm]", "top")
    assert ax.get_legend_handles_labels()[1] == ["1 failed"] and "5 of 6" in ax.get_title()
    failed = ax.lines[0].get_xydata()
    assert np.asarray(failed).tolist() == [[4.0, 0.0]]
    one = Study(lambda x: {"double": (2 * x, "V")}, {"x": "nm"}, name="one")
    line = kept(tmp_path / "one", Grid(x=[1, 10, 100]), one).plot("double")
    assert line.get_xscale() == "log" and line.get_ylabel() == "double [V]"
    assert np.asarray(line.lines[0].get_ydata()).tolist() == [2.0, 20.0, 200.0]
    with pytest.raises(UnknownNameError, match="did you mean 'double'"):
        store.plot("doubel")
    plt.close("all")


def test_a_sweep_draws_its_picture_while_it_runs_and_at_its_end(tmp_path: Path) -> None:
    seen = str(tmp_path / "seen.png")

    def run(x: float) -> dict[str, float]:
        import os
        import time

        end = time.monotonic() + 20.0
        while x > 1 and not os.path.exists(seen) and time.monotonic() < end:
            time.sleep(0.05)
        return {"y": x, "seen": float(os.path.exists(seen))}

    study = Study(run, {"x": "1"}, name="drawn", version="1")
    store = sweep(study, Grid(x=[1, 2]), store=tmp_path / "s", workers=1, progress=False, picture=seen)
    assert store.index()["seen"].tolist() == [0.0, 1.0]
    with pytest.raises(OutOfRangeError, match="picture of a sweep"):
        store.resume(workers=1, progress=False, picture=tmp_path)
