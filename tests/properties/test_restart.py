"""A transient that was killed goes on from its last checkpoint as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, State, equilibrium, integrate
from fem.errors import ConvergenceError, IncompatibleError
from fem.io.checkpoint import load_checkpoint, save_checkpoint
from fem.io.restart import load_progress, save_progress
from fem.transient.step_control import StepControl
from fem.transient.timestepping import Transient, UntilPeriodic
from studies import Pulse, Rest, Trace, iv_sweep

ROOT = Path(__file__).parents[2]
PROTOCOL = (Pulse(0.6, 1e-3, rise=1e-6) + Rest(1e-2, 0.0)) * 2
SWEEP: dict[str, Any] = {"contact": "top", "protocol": PROTOCOL, "sample_times": (2e-3,)}
CHILD = """
import sys
sys.path.insert(0, {tests!r})
import devices
from studies import iv_sweep
from properties import test_restart as test

iv_sweep(test.cell(devices), checkpoint=sys.argv[1], checkpoint_every=0.0,
         observe=lambda state: print("step", flush=True), **test.SWEEP)
"""


def cell(devices: ModuleType, **changes: Any) -> Device:
    """Return a small cell with ions in its film."""
    ions = {"cation": devices.ion(1e24, diffusivity=1e-13)}
    return devices.three_layers(ions=ions, size=30e-9, interface_size=2e-9, growth=1.5, **changes)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def device(devices: ModuleType) -> Device:
    return cell(devices)


@pytest.fixture(scope="module")
def uninterrupted(device: Device) -> Trace:
    """The trace of a sweep that nobody stops."""
    return iv_sweep(device, **SWEEP)


def killed(checkpoint: Path, steps: int, wait: float) -> int:
    """Run the sweep in a process of its own and kill it ``wait`` [s] after ``steps``; return its exit code."""
    code = CHILD.format(tests=str(ROOT / "tests"))
    with subprocess.Popen(
        [sys.executable, "-c", code, str(checkpoint)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for _ in islice(process.stdout, steps):
            pass
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        return process.wait(timeout=60)


def test_a_sweep_killed_at_any_moment_has_the_trace_of_one_that_was_not(
    device: Device, uninterrupted: Trace, tmp_path: Path
) -> None:
    path = tmp_path / "sweep.h5"
    chance = random.Random(3)
    reached = []
    for steps in (40, 60, 50):
        assert killed(path, steps, chance.uniform(0.0, 0.02)) == -signal.SIGKILL
        reached.append(load_checkpoint(device, path).time)
    assert 0 < reached[0] < reached[1] < reached[2] < PROTOCOL.duration
    seen: list[State] = []
    trace = iv_sweep(device, checkpoint=path, observe=seen.append, **SWEEP)
    assert seen[0].time > reached[-1]
    assert set(trace.data.variables) == set(uninterrupted.data.variables)
    for name, column in uninterrupted.data.variables.items():
        expected = column.values
        largest = np.abs(expected).max()
        np.testing.assert_allclose(trace.data[name].values, expected, rtol=1e-8, atol=1e-14 * largest)
        assert trace.data[name].attrs == column.attrs
    finished = load_checkpoint(device, path)
    assert finished.time == PROTOCOL.duration
    again = iv_sweep(device, checkpoint=path, observe=seen.clear, **SWEEP)  # type: ignore[arg-type]
    assert np.array_equal(again.current, trace.current)


def test_every_step_follows_from_the_checkpoint_before_it(
    device: Device, devices: ModuleType, tmp_path: Path
) -> None:
    """Bit for bit, on a device made anew: after kinks, between the two steps after one, at cycle ends."""
    other, path = cell(devices), tmp_path / "progress.h5"
    ends = [0.0, 1e-3, 2e-3]
    drive: dict[str, Any] = {
        "bias": lambda t: {"top": 0.3 * float(np.interp(t % 1e-3, [0, 2e-4, 1e-3], [0, 1, 0]))},
        "end": 2e-3,
        "kinks": [2e-4, 1e-3, 1.2e-3],
        "milestones": [5e-4],
        "until": UntilPeriodic(tolerance=1e-9, cycle_ends=ends),
        "control": StepControl(tolerance=2e-2, max_bias_step=0.05, resolution=0.01),
    }

    def go(on: Device, start: Any) -> Transient:
        return integrate(on, start, **drive)

    run = go(device, equilibrium(device))
    states, resumed = [], None
    for state in run:
        states.append(state)
        if resumed is not None:
            after = next(go(other, resumed))
            assert (after.time, after.bias, after.currents) == (state.time, state.bias, state.currents)
            assert np.array_equal(after.values, state.values)
        save_progress(run.progress, path)
        resumed, rows = load_progress(other, path)
        assert rows == {}
    assert 20 < len(states) < 120
    assert resumed is not None and resumed.cycle is not None and 0 < resumed.change < np.inf


def test_a_checkpoint_of_another_sweep_is_refused(
    device: Device, devices: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "sweep.h5"
    short = {**SWEEP, "protocol": Pulse(0.1, 1e-3, rise=1e-4), "sample_times": ()}
    iv_sweep(device, checkpoint=path, **short)
    for change, reason in (
        ({"protocol": Pulse(0.2, 1e-3, rise=1e-4)}, r"protocol\.segments\.0\.end: 0\.2 V here, 0\.1 V there"),
        ({"light": lambda t: 0.0 * t}, "light: function <lambda> here, 0.0 there"),
        ({"stop_when_periodic": None, "sample_times": (1e-3,)}, r"sample_times: 0\.001 here, none there"),
    ):
        with pytest.raises(IncompatibleError, match=reason) as refused:
            iv_sweep(device, checkpoint=path, **{**short, **change})
        assert "\n" not in str(refused.value) and "sweep.h5" in str(refused.value)
    with pytest.raises(IncompatibleError, match="another device"):
        iv_sweep(cell(devices, work_functions=(4.2, 5.2)), checkpoint=path, **short)
    save_checkpoint(equilibrium(device), path)
    with pytest.raises(IncompatibleError, match="no transient"):
        iv_sweep(device, checkpoint=path, **short)


def test_a_sweep_that_failed_goes_on_with_another_step_control(
    device: Device, uninterrupted: Trace, tmp_path: Path
) -> None:
    """All samples and the last good state are kept, and the rest is done from there."""
    path, partial = tmp_path / "sweep.h5", tmp_path / "partial.nc"
    calls: list[float] = []

    def breaks(state: State) -> None:
        calls.append(state.time)
        if len(calls) == 100:
            raise ConvergenceError("stopped by the test", time=state.time, last_good=state)

    with pytest.raises(ConvergenceError) as failed:
        iv_sweep(device, checkpoint=path, save_partial=partial, observe=breaks, **SWEEP)
    assert failed.value.trace.time.size == 100
    assert Trace.load(partial).provenance["stopped"] == str(failed.value)
    assert load_checkpoint(device, path).time == calls[-1] == failed.value.trace.time[-1]
    control = StepControl(max_bias_step=0.02, resolution=1e-3)
    trace = iv_sweep(device, checkpoint=path, control=control, **SWEEP)
    assert np.array_equal(trace.current[:100], failed.value.trace.current)
    assert trace.time[-1] == uninterrupted.time[-1]
    charge, expected = (np.trapezoid(t.current, t.time) for t in (trace, uninterrupted))
    assert charge == pytest.approx(expected, rel=0.01)
