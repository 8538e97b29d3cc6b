"""Which share of a transient is done, and what it tells of its steps."""

from __future__ import annotations

import logging
from itertools import pairwise

import numpy as np
import pytest

from fem import equilibrium, integrate
from fem.errors import ConvergenceError
from fem.solvers.newton import CoupledProblem
from fem.transient.drive import pieces_between
from studies import Sweep, iv_sweep
from tests import conducting


def test_the_share_rises_from_nothing_to_all() -> None:
    device = conducting.oxide(size=4e-9, lateral_size=10e-9)
    run = integrate(
        device, equilibrium(device), bias=lambda t: {"top": 0.1 * min(t, 1.0)}, end=1e3, kinks=[1.0]
    )
    shares = [run.share]
    shares += [run.share for _ in run]
    assert shares[0] == 0.0 and shares[-1] == 1.0
    assert all(a < b for a, b in pairwise(shares))
    assert np.interp(0.5, shares, np.linspace(0, 1, len(shares))) == pytest.approx(
        0.5, abs=0.2
    )  # of all steps


def test_a_long_rest_counts_no_more_than_its_steps() -> None:
    ramp, rest = pieces_between(0.0, 1e6, lambda t: {"top": min(t, 1.0)}, lambda t: 0.0, kinks=[1.0])
    steps = [p.expected_steps(p.end.elapsed, 0.01, 0.1) for p in (ramp, rest)]
    assert steps[0] > 100 and 5 < steps[1] < 20
    assert rest.expected_steps(0.01 * rest.end.elapsed, 0.01, 0.1) > 0.1 * steps[1]


def test_a_bias_that_comes_back_counts_both_ways() -> None:
    (wave,) = pieces_between(0.0, 1.0, lambda t: {"top": float(np.sin(2 * np.pi * t))}, lambda t: 0.0)
    assert wave.expected_steps(1.0, 0.01, 0.1) > 300


def test_steps_are_told_with_time_bias_and_iterations(caplog: pytest.LogCaptureFixture) -> None:
    device = conducting.resistor()
    with caplog.at_level(logging.INFO, "memfem"):
        trace = iv_sweep(device, contact="top", protocol=Sweep(0, 0.1, rate=1.0))
    steps = [r.getMessage() for r in caplog.records if r.name == "memfem.transient"]
    assert len(steps) == trace.time.size - 1
    assert "t = 0.1 s, step" in steps[-1] and "top 0.1 V" in steps[-1] and "iterations" in steps[-1]
    runs = [r.getMessage() for r in caplog.records if r.name == "memfem.experiments"]
    assert "Sweep(0, 0.1, rate=1 V/s)" in runs[0]
    assert f"{trace.time.size} samples" in runs[-1]


def test_a_cut_step_tells_why(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    device, solve, solved = conducting.resistor(), CoupledProblem.solve, []

    def failing(problem: CoupledProblem, *, time: float | None = None) -> int:
        solved.append(time)
        if len(solved) == 4:
            raise ConvergenceError("Newton had enough")
        return solve(problem, time=time)

    monkeypatch.setattr(CoupledProblem, "solve", failing)
    with caplog.at_level(logging.INFO, "memfem"):
        iv_sweep(device, contact="top", protocol=Sweep(0, 0.1, rate=1.0))
    (cut,) = [r.getMessage() for r in caplog.records if "step cut to" in r.getMessage()]
    assert cut.endswith("Newton had enough") and cut.startswith("t = ")


def test_records_cost_nothing_where_nobody_listens(caplog: pytest.LogCaptureFixture) -> None:
    from time import perf_counter

    from fem.errors.records import Told, logger

    device, log = conducting.oxide(size=4e-9, lateral_size=10e-9), logger("fem.solvers.newton")
    start, protocol = conducting.with_filament(device), Sweep(0, 0.1, rate=1.0)
    with caplog.at_level(logging.DEBUG, "memfem"):
        iv_sweep(device, contact="top", protocol=protocol, start=start)
    records = sum(r.name.startswith("memfem") for r in caplog.records)
    begin = perf_counter()
    iv_sweep(device, contact="top", protocol=protocol, start=start)
    whole, begin = perf_counter() - begin, perf_counter()
    for k in range(10_000):
        log.debug("iteration %d: largest scaled updates: %s", k, Told({}))
    each = (perf_counter() - begin) / 10_000
    assert records > 50 and records * each < 0.01 * whole
