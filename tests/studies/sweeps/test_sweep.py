"""Sweeps: nothing is computed twice and nothing is lost, whatever is killed, here and at an address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from fem.errors import IncompatibleError, OutOfRangeError
from studies import Choice, Grid, Store, Study, sweep
from tests.studies.sweeps.killed_sweep import noted
from tests.studies.sweeps.orders import MODAL

ROOT = Path(__file__).parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def until(what: Callable[[], Any], seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)
    return found


def begun(folder: Path, cases: int, seconds: float, address: str = "") -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tests.studies.sweeps.killed_sweep",
        str(folder),
        str(cases),
        str(seconds),
    ]
    return subprocess.Popen([*command, *([address] if address else [])], env=ENVIRONMENT, cwd=ROOT, text=True)


def whole(folder: Path, cases: int) -> Store:
    """Return the store after a check that every case is there, and ended once."""
    store = Store(folder / "store")
    table = store.index()
    assert table["status"].tolist() == ["done"] * cases
    assert sorted(table["square"]) == [x * x for x in range(cases)]
    ended = Counter(x for x, _ in noted(folder, "ended"))
    assert ended == Counter(range(cases)), "computed once, each"
    return store


def test_cases_that_go_wrong_leave_all_others_and_their_reasons(tmp_path: Path) -> None:
    wrong = ["raises", "hangs in C", "eats memory", "segfaults"]
    plan = Grid(x=range(6), mode=["fine"])
    store = sweep(MODAL, plan, store=tmp_path, workers=2, progress=False)
    limits: dict[str, Any] = {"time_limit": 2.0, "memory_limit": 400e6, "progress": False}
    sweep(MODAL, Grid(x=[7], mode=wrong), store=tmp_path, workers=2, **limits)
    assert Counter(store.index()["status"]) == {"done": 6, "failed": 4}
    reasons = dict(zip(store.failures()["mode"], store.failures()["reason"], strict=True))
    for mode, word in zip(
        wrong, ("bad luck", "longer than 2 s", "more than its 400 MB", "SIGSEGV"), strict=True
    ):
        assert word in reasons[mode]
    begin = time.monotonic()
    sweep(MODAL, Grid(x=[7], mode=wrong), store=tmp_path, workers=2, **limits)
    assert time.monotonic() - begin < 4.0, "what failed stays so"
    assert [s["time_limit"] for s in store.sweeps()] == [None, 2.0, 2.0]


def test_a_longer_plan_and_another_sweep_compute_what_is_new(tmp_path: Path) -> None:
    store = sweep(MODAL, Grid(x=[1, 2], mode=["fine"]), store=tmp_path, workers=1, progress=False)
    before = store.index()["process"].to_dict()
    sweep(MODAL, Grid(x=[3, 2, 1], mode=["fine"]), store=tmp_path, workers=1, progress=False)
    after = store.index()["process"].to_dict()
    assert {k: after[k] for k in before} == before and len(after) == 3
    assert len(set(after.values())) == 2, "another sweep, another process"
    other = Study(MODAL.run, {"x": "m", "mode": Choice("fine")}, name="run")
    sweep(other, Grid(x=[1], mode=["fine"]), store=tmp_path, workers=1, progress=False)
    assert len(store.index(other)) == 1 and len(store.index(MODAL)) == 3


def test_failed_cases_are_computed_again_if_asked(tmp_path: Path) -> None:
    good = str(tmp_path / "good")

    def run(x: float) -> dict[str, float]:
        import os

        if not os.path.exists(good):
            raise ValueError("not yet")
        return {"y": x}

    study = Study(run, {"x": "1"}, name="later", version="1")
    store = sweep(study, Grid(x=[1, 2]), store=tmp_path / "s", workers=1, progress=False)
    assert "in run" in store.record(x=1.0).log
    Path(good).touch()
    assert len(store.resume(workers=1, progress=False).failures()) == 2
    assert store.resume(workers=1, retry=True, progress=False).index()["y"].tolist() == [1.0, 2.0]


@pytest.mark.slow
def test_a_case_whose_process_was_killed_has_another_try_and_no_third(tmp_path: Path) -> None:
    with begun(tmp_path, 6, 0.5) as process:
        until(lambda: noted(tmp_path, "began"))
        x, killed = noted(tmp_path, "began")[0]
        os.kill(killed, signal.SIGKILL)
        process.wait(60)
    whole(tmp_path, 6)
    assert [case for case, _ in noted(tmp_path, "began")].count(x) == 2
    with begun(tmp_path, 6, 0.6) as process:
        for number in (1, 2):
            tries = until(lambda n=number: [p for x, p in noted(tmp_path, "began")[7:] if x == 3][n - 1 :])
            os.kill(tries[0], signal.SIGKILL)
        process.wait(60)
    table = Store(tmp_path / "store").index()
    assert Counter(table["status"]) == {"done": 11, "failed": 1}
    assert "killed from outside, twice" in table[table["status"] == "failed"]["reason"].tolist()[0]


@pytest.mark.parametrize("how", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_a_sweep_that_was_killed_goes_on_and_its_processes_end(tmp_path: Path, how: signal.Signals) -> None:
    with begun(tmp_path, 8, 0.4) as process:
        until(lambda: len(noted(tmp_path, "ended")) >= 3)
        until(lambda: Counter(Store(tmp_path / "store").index()["status"])["done"] >= 3)
        process.send_signal(how)
        process.wait(60)
    began = {pid for _, pid in noted(tmp_path, "began")}
    until(lambda: not any(psutil.pid_exists(pid) for pid in began))
    store = Store(tmp_path / "store")
    counts = Counter(store.index()["status"])
    assert counts["done"] >= 3 and counts["waiting"] > 0
    assert how == signal.SIGKILL or not counts["running"], "cases that were stopped wait again"
    store.resume(workers=2, progress=False)
    whole(tmp_path, 8)


@pytest.mark.slow
def test_two_sweeps_at_the_same_time_share_their_cases(tmp_path: Path) -> None:
    with begun(tmp_path, 8, 0.25) as first, begun(tmp_path, 8, 0.25) as second:
        assert first.wait(60) == second.wait(60) == 0
    assert len({pid for _, pid in noted(tmp_path, "ended")}) > 2, "both have computed some"
    whole(tmp_path, 8)


@pytest.mark.slow
def test_a_sweep_goes_on_with_what_a_killed_one_computes_no_more(tmp_path: Path) -> None:
    with begun(tmp_path, 6, 0.5) as first:
        until(lambda: noted(tmp_path, "began"))
        with begun(tmp_path, 6, 0.5) as second:
            until(lambda: len(Store(tmp_path / "store").sweeps()) == 2)
            time.sleep(0.7)
            first.kill()
            assert second.wait(60) == 0
    whole(tmp_path, 6)


@contextmanager
def by_hand(folder: Path, workers: int = 2) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Yield the address of a scheduler and workers, each begun by a command line."""
    options: dict[str, Any] = {"env": ENVIRONMENT, "cwd": folder, "stdout": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    file = folder / "scheduler.json"
    loopback = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)]
    with open(folder / "log", "wb") as log:
        begun = [subprocess.Popen([*dask, "scheduler", *loopback], stderr=log, **options)]
        try:
            until(file.exists)
            import json

            address = json.loads(until(file.read_text))["address"]
            one = [*dask, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
            begun += [subprocess.Popen(one, stderr=log, **options) for _ in range(workers)]
            yield address, begun[1:]
        finally:
            for process in begun:
                process.kill()
                process.wait()


@pytest.mark.slow
def test_an_address_is_enough_and_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    with by_hand(tmp_path) as (address, workers):
        with begun(tmp_path, 8, 0.4, address) as process:
            until(lambda: len({pid for _, pid in noted(tmp_path, "began")}) == 2)
            workers[0].kill()
            assert process.wait(60) == 0
        store = whole(tmp_path, 8)

        def ranks(x: float) -> dict[str, float]:
            from mpi4py import MPI

            return {"sum": MPI.COMM_WORLD.allreduce(x)}

        together = Study(ranks, {"x": "1"}, name="ranks", version="1")
        sweep(together, Grid(x=[2.0]), store=store.path, address=address, ranks=2, progress=False)
        assert store.index("ranks")["sum"].tolist() == [4.0]
        cases = len(noted(tmp_path, "began"))
        with begun(tmp_path, 9, 300.0, address) as process:
            until(lambda: len(noted(tmp_path, "began")) > cases)
            process.kill()
        last = noted(tmp_path, "began")[-1][1]
        until(lambda: not psutil.pid_exists(last), 10.0)


@pytest.mark.slow
def test_jobs_of_a_queueing_system_compute_the_cases(tmp_path: Path) -> None:
    """By dask-jobqueue, whose stand-in for SLURM and others begins the same jobs here."""
    local = pytest.importorskip("dask_jobqueue.local")
    scheduler = {"host": "127.0.0.1", "dashboard_address": ":0"}
    options: dict[str, Any] = {"log_directory": str(tmp_path / "log"), "scheduler_options": scheduler}
    with local.LocalCluster(cores=1, memory="1GB", **options) as jobs:
        jobs.scale(jobs=2)
        plan = Grid(x=range(6), mode=["fine"])
        store = sweep(MODAL, plan, store=tmp_path / "s", address=jobs, progress=False)
    assert store.index()["square"].tolist() == [x**2 for x in range(6)]
    assert store.sweeps()[0]["address"].startswith("tcp://127.0.0.1")


def test_a_tiny_device_is_swept_over_its_thickness_and_material(tmp_path: Path) -> None:
    from fem.materials import CSPBBR3, MAPBI3

    def run(thickness: float, film: Any) -> Any:
        from fem import Device, OhmicContact, steady
        from fem.physics import Carriers, Poisson
        from fem.units import K, V, nm
        from geometries import Layer, VerticalStack

        stack = VerticalStack(Layer("film", thickness * nm))
        ohmic = {"bottom": OhmicContact(), "top": OhmicContact()}
        physics = [Poisson(), Carriers()]
        mesh = stack.mesh(size=10 * nm, interface_size=2 * nm)
        device = Device(
            mesh=mesh, materials={"film": film}, physics=physics, contacts=ohmic, temperature=300 * K
        )
        return {"current_density": (steady(device, {"top": 0.1 * V}).current("top"), "A/m^2")}

    study = Study(run, {"thickness": "nm", "film": Choice(mapi=MAPBI3, cspbbr3=CSPBBR3)}, name="film")
    plan = Grid(thickness=[50, 100], film=["mapi", "cspbbr3"])
    store = sweep(study, plan, store=tmp_path, workers=1, progress=False)
    table = store.index()
    assert not store.failures().size, store.failures()["reason"].tolist()
    assert (table["current_density"] > 0).all() and table["current_density"].nunique() == 4
    told = store.provenance(thickness=50.0, film="mapi")
    assert (
        told["petsc"] and told["dolfinx"] and told["parameters"]["film"]["type"] == "fem.materials.Material"
    )


def test_what_does_not_fit_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    held = (k for k in range(3))
    generator = Study(lambda x: {"y": next(held) + x}, {"x": "1"}, name="held", version="1")
    with pytest.raises(IncompatibleError, match="give the one or the other"):
        sweep(MODAL, Grid(x=[1], mode=["fine"]), store=folder, workers=1, address="tcp://127.0.0.1:1")
    with pytest.raises(OutOfRangeError, match="time_limit"):
        sweep(MODAL, Grid(x=[1], mode=["fine"]), store=folder, time_limit=0.0)
    assert not folder.exists()
    with pytest.raises(IncompatibleError, match="inside of its function"):
        sweep(generator, Grid(x=[1]), store=folder, progress=False)
    sweep(MODAL, Grid(x=[1], mode=["fine"]), store=folder, workers=1, progress=False)
    (folder / "index.sqlite").unlink()
    with pytest.raises(IncompatibleError, match="call sweep again"):
        Store(folder).resume(progress=False)
