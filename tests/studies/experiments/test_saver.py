"""A run that is stopped by anything leaves its trace and a checkpoint, from which it goes on as if it had not been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from types import ModuleType
from typing import Any

import numpy as np
import petsc4py.PETSc
import pytest

from fem import Device, State, equilibrium, load_checkpoint
from fem.errors import ConvergenceError, OutOfRangeError
from fem.solvers.newton import CoupledProblem
from fem.solvers.nonlinear_system import Residual
from fem.solvers.updates import Updates
from studies import Pulse, Rest, Trace, When, apply, iv_sweep
from studies.experiments.recorder import Recorder
from studies.experiments.saver import Saver

ROOT = Path(__file__).parents[3]
STEPS = 90  # of the sweep, at least
SWEEP: dict[str, Any] = {
    "contact": "top",
    "protocol": Pulse(0.4, 1e-3, rise=1e-6) + Rest(1e-3, 0.0),
    "sample_times": (5e-4,),
}
CHILD = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background ignores
sys.path[:0] = [{tests!r}, {here!r}]
import devices
import test_saver as test
from studies import iv_sweep

iv_sweep(test.cell(devices), checkpoint=sys.argv[1], save_partial=sys.argv[2], checkpoint_every=1e9,
         observe=lambda state: print("step", flush=True), **test.SWEEP)
"""


def cell(devices: ModuleType) -> Device:
    """Return a small cell with ions in its film."""
    ions = {"cation": devices.ion(1e24, diffusivity=1e-13)}
    return devices.three_layers(ions=ions, size=30e-9, interface_size=4e-9, growth=1.8)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def device(devices: ModuleType) -> Device:
    return cell(devices)


@pytest.fixture(scope="module")
def start(device: Device) -> State:
    return equilibrium(device)


@pytest.fixture(scope="module")
def uninterrupted(device: Device, start: State) -> Trace:
    """The trace of a sweep that nobody stops."""
    trace = iv_sweep(device, start=start, **SWEEP)
    assert trace.time.size > STEPS
    return trace


def raising(error: BaseException, call: int, inner: Callable[..., Any] = lambda *_, **__: None) -> Any:
    """Return a function that raises ``error`` in one of its calls, and else does what ``inner`` does."""
    calls = []

    def function(*given: Any, **named: Any) -> Any:
        calls.append(call)
        if len(calls) == call:
            raise error
        return inner(*given, **named)

    return function


def assert_same(trace: Trace, expected: Trace) -> None:
    """A trace has the samples of another one."""
    assert set(trace.data.variables) == set(expected.data.variables)
    for name, column in expected.data.variables.items():
        slack = 1e-13 * np.abs(column.values).max()
        np.testing.assert_allclose(trace.data[name].values, column.values, rtol=1e-8, atol=slack)


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        MemoryError(),
        petsc4py.PETSc.Error(76),
        ValueError("in the user's own function"),
        SystemExit(3),
        ConvergenceError("made to fail"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_any_error_leaves_trace_partial_file_and_checkpoint(
    device: Device, start: State, uninterrupted: Trace, tmp_path: Path, error: BaseException
) -> None:
    files: dict[str, Any] = {"checkpoint": tmp_path / "run.h5", "save_partial": tmp_path / "part.nc"}
    with pytest.raises(type(error)) as caught:
        iv_sweep(device, start=start, observe=raising(error, 40), **files, **SWEEP)
    assert caught.value is error and not getattr(error, "__notes__", [])
    trace = error.trace  # type: ignore[attr-defined]
    assert_same(Trace(trace.data.drop_attrs()), Trace(uninterrupted.data.isel(time=slice(40))))
    partial = Trace.load(files["save_partial"])
    assert np.array_equal(partial.current, trace.current)
    assert (
        type(error).__name__ in partial.provenance["stopped"] or str(error) == partial.provenance["stopped"]
    )
    assert load_checkpoint(device, files["checkpoint"]).time == trace.time[-1]
    assert_same(iv_sweep(device, start=start, **files, **SWEEP), uninterrupted)


@pytest.mark.parametrize(
    ("owner", "method", "call"),
    [
        (CoupledProblem, "solve", 1),
        (CoupledProblem, "solve", 2),
        (CoupledProblem, "solve", 61),
        (Residual, "__call__", 90),
        (Updates, "measure", 70),
        (Recorder, "add", 1 + 30),
        (Recorder, "add", 1 + 31),
        (Recorder, "_voltages", 45),
        (Saver, "__call__", 20),
        (Saver, "save", 20),
    ],
)
def test_an_interrupt_anywhere_in_a_step_is_resumed_without_a_trace_of_it(
    device: Device,
    start: State,
    uninterrupted: Trace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: type,
    method: str,
    call: int,
) -> None:
    every = 0.0 if owner is Saver else 60.0
    options: dict[str, Any] = {"checkpoint": tmp_path / "run.h5", "start": start, "checkpoint_every": every}
    inner = getattr(owner, method)
    stopping = raising(KeyboardInterrupt(), call, inner)
    with monkeypatch.context() as patch:
        patch.setattr(owner, method, lambda *given, **named: stopping(*given, **named))
        with pytest.raises(KeyboardInterrupt):
            iv_sweep(device, **options, **SWEEP)
    assert_same(iv_sweep(device, **{**options, "checkpoint_every": 60.0}, **SWEEP), uninterrupted)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there are no timers")
def test_interrupts_at_random_moments_leave_no_trace(
    device: Device, start: State, uninterrupted: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that come while Python looks for dead objects are lost, as Python says; all others stop the sweep."""
    begin = monotonic()
    iv_sweep(device, start=start, **SWEEP)
    duration, chance, stops = monotonic() - begin, random.Random(7), 0
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    try:
        for number in range(6):
            path, trace = tmp_path / f"{number}.h5", None
            while trace is None:
                options: dict[str, Any] = {"checkpoint": path, "checkpoint_every": chance.choice([0.0, 60.0])}
                signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.1, 1.5) * duration)
                try:
                    trace = iv_sweep(device, start=start, **options, **SWEEP)
                except KeyboardInterrupt as error:
                    stops += 1
                    assert not getattr(error, "__notes__", [])
                signal.setitimer(signal.ITIMER_REAL, 0.0)
            assert_same(trace, uninterrupted)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert stops >= 6


def test_a_stop_is_found_at_the_same_time_after_an_interrupt_at_any_sample(
    device: Device, start: State, tmp_path: Path
) -> None:
    stop = When(lambda state: state.bias["top"] - 0.2155, "0.2155 V are passed")
    whole = iv_sweep(device, start=start, stop=stop, **SWEEP)
    size = whole.time.size
    for call in (1, 2, size - 1, size):
        options: dict[str, Any] = {"checkpoint": tmp_path / f"{call}.h5", "start": start, "stop": stop}
        with pytest.raises(KeyboardInterrupt):
            iv_sweep(device, observe=raising(KeyboardInterrupt(), call), **options, **SWEEP)
        resumed = iv_sweep(device, **options, **SWEEP)
        assert_same(resumed, whole)
        for name in ("stopped", "crossing_time"):
            assert resumed.data.attrs[name] == whole.data.attrs[name]


def test_an_error_of_a_stop_of_the_user_keeps_the_trace(device: Device, start: State) -> None:
    looks = raising(ZeroDivisionError(), 20, lambda state: False)
    with pytest.raises(ZeroDivisionError) as failed:
        apply(start, {"top": SWEEP["protocol"]}, stop=When(looks, "never"))
    assert failed.value.trace.time.size == 20  # type: ignore[attr-defined]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_from_outside_is_survived_by_all_samples(
    device: Device, devices: ModuleType, tmp_path: Path, stop: signal.Signals
) -> None:
    checkpoint, partial = tmp_path / "run.h5", tmp_path / "part.nc"
    code = CHILD.format(tests=str(ROOT / "tests"), here=str(Path(__file__).parent))
    with subprocess.Popen(
        [sys.executable, "-c", code, str(checkpoint), str(partial)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in range(30):
            process.stdout.readline()
        process.send_signal(stop)
        _, errors = process.communicate(timeout=120)
    assert process.returncode != 0 and "KeyboardInterrupt" in errors
    kept = Trace.load(partial)
    assert kept.time.size >= 30
    assert load_checkpoint(device, checkpoint).time == kept.time[-1]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["part.nc", "run.h5"]
    expected = iv_sweep(device, **SWEEP)
    assert_same(iv_sweep(device, checkpoint=checkpoint, **SWEEP), expected)


def test_sigterm_is_again_what_it_was_after_a_run(device: Device, start: State) -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []
    iv_sweep(
        device,
        contact="top",
        protocol=Rest(1e-9, 0.0),
        start=start,
        observe=lambda _: seen.append(signal.getsignal(signal.SIGTERM)),
    )
    assert signal.getsignal(signal.SIGTERM) is before
    assert (seen[0] is before) == (before is not signal.SIG_DFL)


@pytest.mark.parametrize("name", ["checkpoint", "save_partial"])
def test_a_file_that_cannot_be_written_is_refused_before_the_first_solve(
    device: Device, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(CoupledProblem, "solve", raising(AssertionError("solved"), 1))
    for place in (tmp_path, "/proc/run.h5"):
        with pytest.raises(OutOfRangeError, match=f"{name} is '.*'; it must be"):
            iv_sweep(device, **{name: place}, **SWEEP)
    with pytest.raises(OutOfRangeError, match="checkpoint_every"):
        iv_sweep(device, checkpoint=tmp_path / "run.h5", checkpoint_every=float("nan"), **SWEEP)


def test_a_failure_to_save_is_a_note_on_what_came_first(
    device: Device, start: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And does not keep the trace from being saved."""
    monkeypatch.setattr(Saver, "save", raising(OSError(28, "No space left on device"), 1))
    error, partial = ConvergenceError("came first"), tmp_path / "part.nc"
    with pytest.raises(ConvergenceError, match="came first") as caught:
        iv_sweep(
            device,
            start=start,
            checkpoint=tmp_path / "run.h5",
            save_partial=partial,
            observe=raising(error, 30),
            **SWEEP,
        )
    assert caught.value is error and error.__context__ is None
    assert error.__notes__ == ["the checkpoint was not saved: OSError: [Errno 28] No space left on device"]
    assert Trace.load(partial).time.size == error.trace.time.size == 30
