"""A case in a process of its own: whatever it does, it ends, says why, and takes nothing else with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from fem.errors import IncompatibleError
from studies import Store, Study
from studies.sweeps.child import Order
from studies.sweeps.owners import this_process
from studies.sweeps.watching import STOPPED, Task, compute, end_idle
from tests.studies.sweeps.orders import MODAL, ordered

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    end_idle()
    left = [p.cmdline() for p in psutil.Process().children(recursive=True) if p.status() != "zombie"]
    assert not [c for c in left if "studies.sweeps.child" in " ".join(c)]


def modal(folder: Path, mode: str, x: float = 3.0, memory: int | None = None) -> Order:
    return ordered(folder, MODAL, {"x": x, "mode": mode}, memory)


@pytest.mark.parametrize(
    ("mode", "reason", "log"),
    [
        ("raises", "ValueError: bad luck", "in run"),
        ("hangs", "TimeoutError: the run took longer than 0.6 s", ""),
        ("hangs in C", "TimeoutError: the run took longer than 0.6 s", ""),
        ("eats memory", "MemoryError: the case needs more than its 400 MB", ""),
        ("segfaults", "ended by SIGSEGV (segmentation fault)", "in run"),
        ("exits", "ended with code 3", ""),
        ("prints", "ended by SIGABRT (abort)", "it was here"),
    ],
)
def test_a_case_that_goes_wrong_is_kept_with_its_reason(
    tmp_path: Path, mode: str, reason: str, log: str
) -> None:
    order = modal(tmp_path, mode, memory=400_000_000)
    begin = time.monotonic()
    assert compute(Task(order, "s", time_limit=0.6)) == "failed"
    assert time.monotonic() - begin < 10.0
    store = Store(tmp_path)
    assert reason in store.failures()["reason"].tolist()[0]
    assert log in store.record().log
    assert compute(Task(modal(tmp_path, "fine"), "s")) == "done", "the next one has a process"
    assert store.record(mode="fine").outcome.figures["square"] == (9.0, "nm^2")


def test_one_process_computes_case_after_case_of_a_sweep_and_another_one_those_of_the_next(
    tmp_path: Path,
) -> None:
    orders = [modal(tmp_path, "fine", x) for x in (1.0, 2.0, 3.0)]
    for order, sweep in zip(orders, ("a", "a", "b"), strict=True):
        assert compute(Task(order, sweep)) == "done"
    first, second, third = Store(tmp_path).index()["process"]
    assert first == second != third
    assert compute(Task(orders[0], "a")) == "done", "and nothing is computed twice"
    assert Store(tmp_path).index()["process"].tolist() == [first, second, third]


def test_warnings_of_a_case_are_kept_with_its_result(tmp_path: Path) -> None:
    for mode in ("warns", "fine", "warns"):
        assert compute(Task(modal(tmp_path, mode, x=float(len(mode))), "s")) == "done"
    store = Store(tmp_path)
    assert store.index()["warnings"].tolist() == [1, 0]
    assert store.record(mode="warns").warnings == ("UserWarning: outside of the model",)


def test_a_process_that_was_killed_while_it_waited_is_replaced(tmp_path: Path) -> None:
    assert compute(Task(modal(tmp_path, "fine", 1.0), "s")) == "done"
    os.kill(int(Store(tmp_path).index()["process"].iloc[0]), signal.SIGKILL)
    assert compute(Task(modal(tmp_path, "fine", 2.0), "s")) == "done"


def test_a_case_that_is_stopped_waits_again(tmp_path: Path) -> None:
    order = modal(tmp_path, "hangs")
    asked: list[bool] = []

    def stopped() -> bool:
        asked.append(True)
        return len(asked) > 5

    assert compute(Task(order, "s"), stopped) == STOPPED
    store = Store(tmp_path)
    assert store.index()["status"].tolist() == ["waiting"]
    assert store.entries.claim(order.key, this_process()) == "claimed"
    assert compute(Task(order, "s")) == "running", "by another one"


def test_a_result_in_its_file_is_not_computed_again_where_the_index_missed_it(tmp_path: Path) -> None:
    order = modal(tmp_path, "fine")
    assert compute(Task(order, "s")) == "done"
    store = Store(tmp_path)
    before = store.index()["process"].tolist()
    store.entries.path.unlink()
    assert modal(tmp_path, "fine") == order
    with store.entries._write() as database:
        database.execute("UPDATE cases SET status = 'waiting'")
    assert compute(Task(order, "other")) == "done"
    assert Store(tmp_path).index()["process"].tolist() == before


def test_a_process_ends_with_the_one_that_watches_it(tmp_path: Path) -> None:
    """Also in the midst of compiled code that no thread of Python interrupts."""
    order = modal(tmp_path, "hangs in C")
    script = f"from studies.sweeps.watching import *; from studies.sweeps.child import *; compute(Task({order}, 's'))"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], env=environment) as process:
        own, until = psutil.Process(process.pid), time.monotonic() + 30.0
        while not (children := own.children()) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(1.0)
        process.kill()
    assert children
    gone, alive = psutil.wait_procs(children, timeout=5.0)
    assert gone and not alive


def test_what_a_case_has_started_ends_with_it(tmp_path: Path) -> None:
    def run(folder: str) -> dict[str, float]:
        import subprocess
        import time

        with subprocess.Popen(["sleep", "1000"], start_new_session=True) as process:
            with open(folder + "/pid", "w") as file:
                file.write(str(process.pid))
            time.sleep(1000)
        return {}

    from studies import Described

    study = Study(run, {"folder": Described()}, name="starts", version="1")
    order = ordered(tmp_path, study, {"folder": str(tmp_path)})
    assert compute(Task(order, "s", time_limit=1.0)) == "failed"
    started = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(started) or psutil.Process(started).status() == "zombie"


SLOW = [pytest.param(mode, marks=pytest.mark.slow) for mode in ("hangs", "segfaults")]


@pytest.mark.parametrize("mode", ["fine", "raises", *SLOW])
def test_ranks_compute_one_case_together_or_say_why_not(tmp_path: Path, mode: str) -> None:
    def run(mode: str) -> dict[str, Any]:
        import ctypes
        import time

        from mpi4py import MPI

        world = MPI.COMM_WORLD
        if world.rank == 1 and mode != "fine":
            if mode == "raises":
                raise ValueError("bad luck")
            time.sleep(1000.0 if mode == "hangs" else 0.0)
            ctypes.string_at(0)
        return {"sum": (world.allreduce(world.rank + 1), "1"), "ranks": world.size}

    from studies import Choice

    study = Study(run, {"mode": Choice("fine", "raises", "hangs", "segfaults")}, name="ranks", version="1")
    task = Task(
        ordered(tmp_path, study, {"mode": mode}), "s", time_limit=8.0 if mode == "hangs" else 120.0, ranks=2
    )
    status = compute(task)
    record = Store(tmp_path).record()
    if mode == "fine":
        assert status == "done" and record.outcome.figures == {"sum": (3.0, "1"), "ranks": (2.0, "")}
        assert record.provenance()["ranks"] == 2
    else:
        words = {"raises": "ValueError: bad luck", "hangs": "longer than 8 s", "segfaults": "SIGSEGV"}[mode]
        assert status == "failed" and words in record.outcome.failure


def test_a_store_that_is_not_on_this_host_is_an_error_and_no_failure_of_a_case(tmp_path: Path) -> None:
    with pytest.raises(IncompatibleError, match="no store in"):
        compute(Task(Order(str(tmp_path / "nowhere"), "s", "k"), "s"))


def test_a_process_with_other_programs_than_the_key_says_computes_nothing(tmp_path: Path) -> None:
    study = Study(MODAL.run, MODAL.parameters, name="other")
    study.about["programs"] = study.about["programs"] | {"dolfinx": "0.1"}
    order = ordered(tmp_path, study, {"x": 1.0, "mode": "fine"})
    assert compute(Task(order, "s")) == "failed"
    assert "those of the sweep memfem" in Store(tmp_path).record().outcome.failure
