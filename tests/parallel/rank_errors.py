"""Programs in which one rank errs, each run by ``mpiexec``: how soon all ranks end, and whether they say why.

``ended(case, ranks)`` runs one of ``ERRORS``, ``completed(case, ranks)`` one of ``NO_ERRORS``. ``python rank_errors.py
CASE`` is such a program; without a case, it prints a table of all.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fem import Device, State

ROOT = Path(__file__).parents[2]
MPIEXEC = Path(sys.executable).with_name("mpiexec")
LIMIT = 20.0  #: [s] from an error to the end of all ranks
_LONGEST = 150.0  # [s] of a program, on a machine that does other things too
_FAULT = "error at"


def ended(case: str, ranks: int) -> tuple[float, bool]:
    """Return the time from the error of one rank to the end of all [s], and whether its message was printed.

    inf if they had to be stopped, or ended as if nothing had happened.
    """
    status, output, end = _run(case, ranks)
    begin = re.search(rf"{_FAULT} (\d+\.\d+)", output)
    seconds = end - float(begin[1]) if begin is not None and status != 0 else math.inf
    said = " ".join(output.split())
    return seconds, all(words in said for words in ERRORS[case][1])


def completed(case: str, ranks: int) -> bool:
    """Return whether all ranks of a program without an error came to its end."""
    status, output, _ = _run(case, ranks)
    return status == 0 and output.count("all is well") == ranks


def _run(case: str, ranks: int) -> tuple[int, str, float]:
    """Return the status of the program, what its ranks printed and when they ended; inf if they had to be stopped."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [str(MPIEXEC), "-n", str(ranks), sys.executable, str(Path(__file__).resolve()), case],
            cwd=folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            output, _ = process.communicate(timeout=_LONGEST)
            return process.returncode, output, time.time()
        except subprocess.TimeoutExpired:
            process.terminate()  # mpiexec ends its ranks
            output, _ = process.communicate()
            return 1, output, math.inf


def errs() -> None:
    """Print that it is now that this rank errs."""
    print(f"{_FAULT} {time.time():.3f}", flush=True)


def rank() -> int:
    """Return the number of this rank."""
    from mpi4py import MPI

    return int(MPI.COMM_WORLD.rank)


def small_device(thickness: float = 50e-9, comm: Any = None) -> Device:
    """Return a film between two contacts, of a few nodes."""
    from fem import Device, DeviceMesh
    from fem.physics import Carriers, Poisson
    from geometries import Layer, VerticalStack
    from tests import devices

    drawing = VerticalStack(Layer("film", thickness)).mesh(size=10e-9, interface_size=5e-9)
    return Device(
        mesh=DeviceMesh.from_drawing(drawing, comm),
        materials={"film": devices.semiconductor("film")},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.3)},
        temperature=300.0,
    )


def transient(device: Device, bias: Callable[[float], dict[str, float]]) -> Any:
    """Return a short transient of a device."""
    from fem import equilibrium, integrate

    return integrate(device, equilibrium(device), bias=bias, end=1e-6)


def error_before_the_mesh() -> None:
    import fem  # noqa: F401

    if rank() == 1:
        errs()
        raise ValueError("this file is missing")
    small_device()


def error_before_a_solve() -> None:
    from fem import equilibrium

    device = small_device()
    if rank() == 0:
        errs()
        raise ValueError("a slip in the script")
    equilibrium(device)


def error_in_a_thread() -> None:
    from fem import equilibrium

    device = small_device()

    def work() -> None:
        errs()
        raise ValueError("a slip in a thread")

    if rank() == 1:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        time.sleep(60)
    equilibrium(device)


def interrupted() -> None:
    device = small_device()
    if rank() == 1:
        errs()
        raise KeyboardInterrupt
    device.describe()


def exit_of_one_rank() -> None:
    from fem import equilibrium

    device = small_device()
    if rank() == 1:
        errs()
        sys.exit()
    equilibrium(device)


def users_hook() -> None:
    import fem  # noqa: F401

    ours = sys.excepthook

    def hook(kind: Any, error: Any, trace: Any) -> None:
        print("told to the user's log:", error, file=sys.stderr)
        ours(kind, error, trace)

    sys.excepthook = hook
    if rank() == 1:
        errs()
        raise ValueError("this file is missing")
    small_device()


def exit_in_observe() -> None:
    from studies import Sweep, apply

    def observe(state: State) -> None:
        if rank() == 1 and state.time > 0:
            errs()
            sys.exit("enough")

    apply(small_device(), {"top": Sweep(0, 0.1, rate=1.0)}, observe=observe)


def hook_in_the_place_of_ours() -> None:
    import fem  # noqa: F401

    sys.excepthook = sys.__excepthook__
    if rank() == 1:
        errs()
        raise ValueError("this file is missing")
    small_device()


def other_bias() -> None:
    from fem import steady

    device = small_device()
    errs()
    steady(device, {"top": 0.1 if rank() == 0 else 0.2})


def other_bias_in_time() -> None:
    volts = 0.1 if rank() == 0 else 0.2
    run = transient(small_device(), lambda t: {"top": volts * t})
    errs()
    for _ in run:
        pass


def other_physics() -> None:
    from fem import Device
    from fem.physics import Carriers, Poisson
    from tests import devices

    mesh = small_device().mesh
    errs()
    film = devices.semiconductor("film", mobility=1e-4 if rank() == 0 else 2e-4)
    contacts = {"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.3)}
    Device(
        mesh=mesh,
        materials={"film": film},
        physics=[Poisson(), Carriers()],
        contacts=contacts,
        temperature=300.0,
    )


def other_mesh() -> None:
    import fem  # noqa: F401

    errs()
    small_device(50e-9 if rank() == 0 else 60e-9)


def caught_on_one_rank() -> None:
    from fem import equilibrium, steady
    from fem.errors import MemfemError

    device = small_device()
    rest = equilibrium(device)
    errs()
    if rank() == 1:
        with contextlib.suppress(MemfemError):
            steady(device, {"no such contact": 0.1}, start=rest, light=-1.0)
        return
    steady(device, {"top": 0.1}, start=rest)


def caught_in_a_step() -> None:
    device = small_device()

    def bias(time: float) -> dict[str, float]:
        if rank() == 1 and time > 1e-7:
            errs()
            raise ArithmeticError("no voltage at this time")
        return {"top": 1e5 * time}

    with contextlib.suppress(ArithmeticError):
        for _ in transient(device, bias):
            pass


def caught_in_observe() -> None:
    from studies import Sweep, apply

    def observe(state: State) -> None:
        if rank() == 1 and state.time > 0:
            errs()
            raise ArithmeticError("a slip in observe")

    with contextlib.suppress(ArithmeticError):
        apply(small_device(), {"top": Sweep(0, 0.1, rate=1.0)}, observe=observe)


def call_of_one_rank() -> None:
    from fem import equilibrium, save_checkpoint

    rest = equilibrium(small_device())
    errs()
    if rank() == 1:
        save_checkpoint(rest, "rest.h5")


def two_calls() -> None:
    from fem import equilibrium, integral, save_checkpoint

    rest = equilibrium(small_device())
    errs()
    if rank() == 0:
        save_checkpoint(rest, "rest.h5")
    else:
        integral(rest, "electron")


def steps_of_one_rank() -> None:
    run = transient(small_device(), lambda t: {"top": 1e5 * t})
    errs()
    for _ in run:
        if rank() == 0:
            break


def work_of_rank_0() -> None:
    from fem.io.checkpoint import on_root

    mesh = small_device().mesh
    errs()
    with contextlib.suppress(LookupError):
        on_root(mesh, lambda: {}["a key"])


#: Programs with an error, and what the ranks must say of it.
ERRORS: dict[str, tuple[Callable[[], None], tuple[str, ...]]] = {
    "error before the mesh": (error_before_the_mesh, ("ValueError: this file is missing", "rank 1")),
    "error before a solve": (error_before_a_solve, ("ValueError: a slip in the script", "rank 0")),
    "error in a thread": (error_in_a_thread, ("ValueError: a slip in a thread", "rank 1")),
    "interrupted": (interrupted, ("KeyboardInterrupt", "rank 1")),
    "exit of one rank": (exit_of_one_rank, ("RankError", "rank 1 is at the end of the program")),
    "user's hook": (users_hook, ("told to the user's log: this file is missing", "rank 1")),
    "exit in observe": (exit_in_observe, ("RankError", "rank 1 is out of a sweep with SystemExit: enough")),
    "hook in the place of ours": (hook_in_the_place_of_ours, ("RankError", "rank 1", "this file is missing")),
    "other bias": (other_bias, ("RankError", "steady", "top: 0.1 here, 0.2 there")),
    "other bias in time": (other_bias_in_time, ("RankError", "the next step of a transient", "bias.top")),
    "other physics": (other_physics, ("RankError", "Device", "mobility")),
    "other mesh": (other_mesh, ("RankError", "DeviceMesh", "thickness")),
    "caught on one rank": (caught_on_one_rank, ("RankError", "in steady; rank 1 is at the end")),
    "caught in a step": (caught_in_a_step, ("ArithmeticError: no voltage at this time", "rank 1 is out of")),
    "caught in observe": (caught_in_observe, ("RankError", "ArithmeticError: a slip in observe")),
    "call of one rank": (call_of_one_rank, ("RankError", "rank 1 is in save_checkpoint", "the end")),
    "two calls": (two_calls, ("RankError", "rank 0 is in save_checkpoint", "in integral")),
    "steps of one rank": (steps_of_one_rank, ("RankError", "the next step of a transient", "rank 0")),
    "work of rank 0": (work_of_rank_0, ("RankError: KeyError on rank 0: 'a key'",)),
}


def busy_rank() -> None:
    """One rank computes alone for longer than a rank with an error would wait."""
    from fem import equilibrium

    device = small_device()
    if rank() == 0:
        time.sleep(12)
    equilibrium(device)
    if rank() == 1:
        time.sleep(2)


def caught_on_all_ranks() -> None:
    from fem import equilibrium, steady
    from fem.errors import MemfemError

    device = small_device()
    for bias in ({"no such contact": 0.1}, {"top": math.nan}):
        with contextlib.suppress(MemfemError):
            steady(device, bias)
    with contextlib.suppress(ZeroDivisionError):
        for _ in transient(device, lambda t: {"top": 0.1 / (t < 1e-7)}):
            pass
    equilibrium(device)


def device_of_each_rank() -> None:
    from mpi4py import MPI

    from fem import equilibrium, steady

    device = small_device(50e-9 * (1 + rank()), MPI.COMM_SELF)
    if rank() == 0:
        steady(device, {"top": 0.1})
    some = MPI.COMM_WORLD.Split(rank() > 0)
    assert equilibrium(small_device(50e-9 * (1 + some.size), some)).ion_inventory is not None


def look_of_rank_0() -> None:
    """Rank 0 prints and describes what needs no other rank."""
    from fem import equilibrium

    device = small_device()
    rest = equilibrium(device)
    described = device.describe()
    if rank() == 0:
        assert device.describe() == described
        print(rest, rest.current("top"), rest.potential().max(), rest.density("electron").max(), device)


def checkpoint_of_few_nodes() -> None:
    """Some ranks have no facet, or no cell."""
    from fem import equilibrium, load_checkpoint, save_checkpoint

    device = small_device()
    rest = equilibrium(device)
    save_checkpoint(rest, "rest.h5")
    assert (load_checkpoint(device, "rest.h5").values == rest.values).all()


def workers_of_rank_0() -> None:
    """The processes of a series are no ranks, though they begin in one."""
    from studies import series

    def run(thickness: float) -> dict[str, float]:
        from fem import equilibrium

        return {"current": equilibrium(small_device(thickness)).current("top")}

    small_device()
    if rank() == 0:
        data = series(run, parameter="thickness", values=[50e-9], unit="m", workers=2)
        assert not any(data["failure"].values) and "PMI_RANK" in os.environ


def import_of_rank_0() -> None:
    if rank() == 0:
        import fem  # noqa: F401


NO_ERRORS: dict[str, Callable[[], None]] = {
    "busy rank": busy_rank,
    "caught on all ranks": caught_on_all_ranks,
    "device of each rank": device_of_each_rank,
    "look of rank 0": look_of_rank_0,
    "checkpoint of few nodes": checkpoint_of_few_nodes,
    "workers of rank 0": workers_of_rank_0,
    "import of rank 0": import_of_rank_0,
}


def main(*cases: str) -> None:
    """Run a case as one of the ranks, or print a table of all."""
    if cases:
        case = cases[0]
        NO_ERRORS[case]() if case in NO_ERRORS else ERRORS[case][0]()
        print("all is well", flush=True)
        return
    for case in ERRORS:
        for ranks in (2, 3):
            seconds, said = ended(case, ranks)
            print(f"{case:24} {ranks} ranks {seconds:6.1f} s  {'said' if said else 'NOT SAID'}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
