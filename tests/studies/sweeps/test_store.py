"""Stores: what goes in comes out, an index is made again from files, and a case is one owner's at a time."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError, UnknownNameError
from studies import Choice, Grid, Store, Study, Trace
from studies.sweeps.case_file import Record, case_path, read_case, write_case
from studies.sweeps.dataset import Outcome
from studies.sweeps.owners import lives, this_process

TIME = np.linspace(0.0, 1.0, 5)


def loop(x: float, top: str) -> dict[str, float]:
    return {"double": 2 * x}


STUDY = Study(loop, {"x": "nm", "top": Choice("Ag", "Au")})
PLAN = Grid(x=[1.0, 2.0], top=["Ag", "Au"])


def outcome(x: float, top: str) -> Outcome:
    if (x, top) == (2.0, "Au"):
        return Outcome(failure="ValueError: bad luck")
    columns = {"time": TIME, "voltage": TIME, "current": x * TIME}
    trace = Trace.from_columns(columns, {"citations": ["nobody2026"], "bias": {"gate": 1}})
    return Outcome({"double": (2 * x, "nm"), "odd": (float("nan"), "1")}, trace)


def filled(folder: Path) -> Store:
    store = Store.made(folder)
    store.entries.add_study(STUDY.key, STUDY.about, b"", [])
    jobs = STUDY.jobs(PLAN).values()
    store.entries.add_cases(STUDY.key, [(j.key, j.labels, j.content, b"") for j in jobs])
    for job in jobs:
        origin = {"host": "here", "commit": "abc"}
        record = Record(
            key=job.key, about=STUDY.about, labels=job.labels, content=job.content, seconds=1.5, origin=origin,
            outcome=outcome(**job.arguments),
        )  # fmt: skip
        write_case(store.path, record)
        store.entries.enter(STUDY.key, [record])
    return store


def test_what_is_kept_comes_back_with_units_and_origin(tmp_path: Path) -> None:
    store = filled(tmp_path / "store")
    table = store.index()
    assert table["status"].tolist() == ["done", "done", "done", "failed"]
    np.testing.assert_array_equal(table["double"], [2.0, 2.0, 4.0, np.nan])
    assert table.attrs["units"] == {"x": "nm", "top": "1", "seconds": "s", "double": "nm", "odd": "1"}
    assert store.failures()["reason"].tolist() == ["ValueError: bad luck"]
    trace = store.trace(x=2.0, top="Ag")
    np.testing.assert_array_equal(trace.current, 2 * TIME)
    assert trace.provenance["bias"] == {"gate": 1} and trace.current_unit == "A"
    told = store.provenance(x=1.0, top="Au")
    assert told["host"] == "here" and told["seconds"] == 1.5 and told["citations"] == ["nobody2026"]
    assert told["parameters"] == {"x": 1.0, "top": "Au"} and told["study"]["units"] == {"x": "nm", "top": "1"}
    assert "3 done, 1 failed" in repr(store)


def test_an_index_that_is_lost_or_damaged_is_made_again_from_the_files(tmp_path: Path) -> None:
    store = filled(tmp_path / "store")
    before = store.index().sort_index()
    store.entries.path.unlink()
    assert Store(store.path).index().sort_index().equals(before)
    store.entries.path.write_bytes(b"no database" * 1000)
    assert Store(store.path).index().sort_index().equals(before)
    assert Store(store.path).entries.made is False


def test_a_damaged_file_is_left_out_and_told(tmp_path: Path) -> None:
    store = filled(tmp_path / "store")
    key = store.index().index[0]
    path = case_path(store.path, key)
    path.write_bytes(path.read_bytes()[:-200])
    store.entries.path.unlink()
    with pytest.warns(ModelWarning, match=f"case {key} is left out"):
        assert len(Store(store.path).index()) == 3


def test_a_case_is_found_by_its_parameters_and_errors_say_which_there_are(tmp_path: Path) -> None:
    store = filled(tmp_path / "store")
    with pytest.raises(UnknownNameError, match="x = 3"):
        store.trace(x=3.0)
    with pytest.raises(IncompatibleError, match="2 cases have x = 1"):
        store.trace(x=1.0)
    with pytest.raises(UnknownNameError, match="bad luck"):
        store.trace(x=2.0, top="Au")
    with pytest.raises(UnknownNameError, match="'topp'; did you mean 'top'"):
        store.record(topp="Au")
    with pytest.raises(UnknownNameError, match="study in store 'other'"):
        store.index("other")
    with pytest.raises(OutOfRangeError, match="that sweep"):
        Store(tmp_path / "nothing")
    store.entries.add_study("f" * 32, {"name": "other", "units": {}}, b"", [])
    with pytest.raises(IncompatibleError, match=r"loop \(.*other \(ffffffff\); say which"):
        store.index()
    assert len(store.index("loop")) == len(store.index(STUDY)) == 4 and store.index("ffffffff").empty


def claims(folder: Path) -> tuple[Any, str]:
    store = Store.made(folder)
    store.entries.add_cases("s", [("k", {}, {}, b"")])
    return store.entries, "k"


def test_a_claim_is_one_owners_until_it_ends_or_lets_go(tmp_path: Path) -> None:
    index, key = claims(tmp_path)
    me = this_process()
    assert index.claim(key, me) == "claimed"
    assert index.claim(key, me) == "running" == index.claim(key, "elsewhere/1/1.00")
    assert index.beat(key, me) and index.beats("s") == {key: (me, 1)}
    assert not index.beat(key, "elsewhere/1/1.00")
    assert not index.release(key, me, beat=0), "it has beaten since"
    assert index.release(key, me, beat=1) and not index.beat(key, me)
    assert index.claim(key, "elsewhere/1/1.00") == "claimed"
    assert index.claim(key, me) == "running", "nobody here knows whether a process elsewhere lives"


def test_a_claim_of_a_process_that_died_is_taken_over(tmp_path: Path) -> None:
    index, key = claims(tmp_path)
    script = (
        "import time; from studies.sweeps.owners import this_process\n"
        "print(this_process(), flush=True); time.sleep(60)"
    )
    root = str(Path(__file__).parents[3])
    command, environment = [sys.executable, "-c", script], os.environ | {"PYTHONPATH": root}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        owner = process.stdout.readline().strip()
        assert index.claim(key, owner) == "claimed" and lives(owner) is True
        assert index.claim(key, this_process()) == "running"
        process.kill()
    assert lives(owner) is False
    assert index.claim(key, this_process()) == "claimed"


def test_of_many_that_claim_a_case_one_gets_it(tmp_path: Path) -> None:
    index, _ = claims(tmp_path)
    keys = [f"{k:03}" for k in range(50)]
    index.add_cases("s", [(key, {}, {}, b"") for key in keys])
    script = (
        "import sys; from pathlib import Path; from studies.sweeps.index import Index\n"
        "from studies.sweeps.owners import this_process\n"
        "index, me = Index(Path(sys.argv[1])), this_process()\n"
        "print(sum(index.claim(f'{k:03}', me) == 'claimed' for k in range(50)), flush=True)\n"
        "sys.stdin.readline()"  # a claim ends with its owner
    )
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stdin": subprocess.PIPE, "text": True}
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", script, str(tmp_path)]
    both = [subprocess.Popen(command, **options, env=environment) for _ in range(2)]
    counts = [int(process.stdout.readline()) for process in both]
    assert sum(counts) == 50
    for process in both:
        process.communicate()


def test_a_file_of_another_format_of_index_is_refused(tmp_path: Path) -> None:
    store = filled(tmp_path)
    with sqlite3.connect(store.entries.path) as database:
        database.execute("PRAGMA user_version = 99")
    with pytest.raises(IncompatibleError, match="another memfem"):
        Store(tmp_path)
    assert read_case(tmp_path, case_path(tmp_path, STUDY.job({"x": 1, "top": "Ag"}).key).stem).seconds == 1.5
