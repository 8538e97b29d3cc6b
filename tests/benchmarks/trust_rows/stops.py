"""Ctrl-C and SIGTERM at random moments of a sweep, a series and a fit: what is left is gone on with."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import xarray as xr

from studies import Trace
from tests.benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[3]
SEED = 20
MOMENTS = {"sweep": 9, "series": 7, "fit": 4}
TERMINATED = 3  # every which stop is SIGTERM
LONGEST = 120.0  # [s] from a signal to the end of the process
TOLERANCE = 1e-8  # of a trace, relative to its largest value


class Bad(Exception):
    """A stop after which something was not as it should be."""


def rows() -> Iterator[Row]:
    """Yield a row for each kind of run."""
    chance = random.Random(SEED)
    for kind, count in MOMENTS.items():
        with tempfile.TemporaryDirectory() as name:
            stops, difference, said = _stopped(kind, count, chance, Path(name))
        how = "bit for bit" if difference == 0 else f"within {difference:.0e}"
        yield Row(
            f"{count} signals in a {kind}, then gone on",
            f"the result within {TOLERANCE:g}",
            said or f"{stops} stopped it, the result {how} (seed {SEED})",
            met=not said and stops >= count // 2 and difference <= TOLERANCE,
        )


def _stopped(kind: str, count: int, chance: random.Random, folder: Path) -> tuple[int, float, str]:
    """Return how many signals stopped a run, the largest difference of results, and what went wrong, if anything."""
    (whole := folder / "whole").mkdir()
    (place := folder / "0").mkdir()
    _, duration = _run(kind, whole, None)
    right, stops, difference = _result(whole), 0, 0.0
    try:
        for number in range(count + 1):
            last = number == count
            stop = signal.SIGTERM if number % TERMINATED == TERMINATED - 1 else signal.SIGINT
            after = None if last else (chance.uniform(0.0, 0.5) * duration, stop)
            if _run(kind, place, after)[0]:
                difference = max(difference, _difference(_result(place), right))
                (place := folder / str(number + 1)).mkdir()
            else:
                stops += 1
                _check(kind, place)
    except Bad as bad:
        return stops, difference, f"signal {number + 1}: {bad}"
    return stops, difference, ""


def _run(kind: str, folder: Path, after: tuple[float, signal.Signals] | None) -> tuple[bool, float]:
    """Return whether a run came to its end, not stopped by a signal [s after its begin], and how long it took [s]."""
    command = [sys.executable, "-m", "tests.benchmarks.trust_rows.stopped", kind, str(folder)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        begin = monotonic()
        if after is not None:
            sleep(after[0])
            process.send_signal(after[1])
        try:
            out, errors = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Bad(f"no end within {LONGEST:g} s") from None
    if "end" in out:
        return True, monotonic() - begin
    # SIGTERM outside of a sweep ends the program as it ends any other; PETSc takes it, and says so at length
    if after is None or not ("KeyboardInterrupt" in errors or after[1] == signal.SIGTERM):
        raise Bad(f"it ended with {process.returncode}: {' '.join(errors.split())[-200:]}")
    return False, monotonic() - begin


def _check(kind: str, folder: Path) -> None:
    """Raise Bad unless what a stopped sweep left can be read and no half-written file is left."""
    litter = [p.name for p in folder.iterdir() if p.name.startswith(".")]
    if litter and kind != "series":  # SIGTERM ends a series between runs as it ends any program
        raise Bad(f"left {litter[0]}")
    partial = folder / "partial.nc"
    if partial.exists() and Trace.load(partial).time.size < 2:
        raise Bad("the trace until then has no samples")


def _result(folder: Path) -> Any:
    """Return the columns or the text that a run has written."""
    if (path := folder / "result.json").exists():
        content = json.loads(path.read_text())
        return {k: v for k, v in content.items() if k in ("parameters", "covariance", "quality")}
    data = xr.load_dataset(folder / "result.nc", engine="h5netcdf", decode_times=False)
    return {str(n): v.values for n, v in data.variables.items() if v.dtype.kind == "f"}


def _difference(one: Any, other: Any) -> float:
    """Return the largest difference of columns, relative to the largest value of each; 0 if they are the same bits."""
    if set(one) != set(other):
        raise Bad(f"other columns: {sorted(set(one) ^ set(other))}")
    worst = 0.0
    for name, values in one.items():
        if not isinstance(values, np.ndarray):
            if values != other[name]:
                raise Bad(f"{name} differs")
            continue
        if values.shape != other[name].shape:
            raise Bad(f"{name} has {values.shape} samples for {other[name].shape}")
        if values.tobytes() != other[name].tobytes():
            scale = np.nanmax(np.abs(other[name])) or 1.0
            worst = max(worst, float(np.nanmax(np.abs(values - other[name])) / scale))
    return worst
