"""Files of instruments, read or refused; round trips; a measured drive that is replayed."""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import numpy as np

from fem.errors import MemfemError
from studies import Protocol, Sweep, Trace, iv_sweep
from studies.experiments import sweep_drive
from tests.benchmarks.table import Row, at_least, at_most
from tests.conftest import load

TESTS = Path(__file__).parents[2]
#: Files in which something is open to two readings: heading, rows, and the word that the refusal must have.
UNCLEAR = {
    "two voltages": ("t (s),Vset (V),Vread (V),I (A)", "{0},{0},{0},{0}E-6", "columns="),
    "two currents": ("t (s),V (V),I1 (A),I2 (A)", "{0},{0},{0}E-6,{0}E-6", "columns="),
    "no unit": ("t (s),V (V),I", "{0},{0},{0}E-6", "units="),
    "mega or milli": ("t (s),V (V),I (MA)", "{0},{0},{0}", "units="),
    "a unit of another kind": ("t (S),V (V),I (A)", "{0},{0},{0}", "units="),
    "no time": ("V (V),I (A)", "{0},{0}E-6", "rate="),
    "no headings": ("", "{0},{0},{0}E-6", "columns="),
    "thousands or decimals": ("t (s);V (V);I (A)", "{0};1,234;{0}", "decimal="),
    "decimal commas between commas": ("V (V),I (A)", "0,{0},1,{0}E-6", "semicolons or tabs"),
    "two marks of decimals": ("t (s);V (V);I (A)", "{0};0,{0};1.5", "decimal="),
    "gate and drain": ("t (s),Vg (V),Id (A)", "{0},{0},{0}E-6", "columns="),
    "strange flags": ("t (s),V (V),I (A),Compliance", "{0},{0},{0},perhaps", "columns="),
}
_POINTS, _NOISE = 200, 1e-2  # of the drive [V]


def rows() -> Iterator[Row]:
    """Yield the rows."""
    instruments = load(TESTS / "studies" / "data" / "instruments.py")
    with tempfile.TemporaryDirectory() as folder:
        yield from _read(instruments, Path(folder))
        yield _refused(Path(folder))
        yield _round_trips(instruments, Path(folder))
    yield from _replayed(load(TESTS / "devices.py"))


def _read(instruments: ModuleType, folder: Path) -> Iterator[Row]:
    """Yield how many exports are read as what was measured, and how far the worst number is from it."""
    right, worst = 0, 0.0
    for case, file in instruments.FILES.items():
        path = folder / case / file.name
        path.parent.mkdir()
        truth = file.write(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trace = Trace.read(path, **file.options)
        if trace.time.size != truth.time.size:
            continue
        pairs = ((trace.voltage, truth.voltage), (trace.current, truth.current))
        off = max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in pairs)
        off = max(off, float(np.abs(np.ptp(trace.time) / np.ptp(truth.time) - 1)))
        known = "in_compliance" in trace.data
        limited = not known or np.array_equal(trace.data["in_compliance"] > 0, truth.limited)
        right += off < 1e-6 and limited and np.array_equal(trace.cycles, truth.cycle)
        worst = max(worst, off)
    yield at_least("exports of instruments read right", len(instruments.FILES), right)
    yield at_most("worst deviation of a number in them", 1e-6, worst)


def _refused(folder: Path) -> Row:
    """Return the row of files with two readings, refused in words that say what to give."""
    told = 0
    for case, (heading, row, word) in UNCLEAR.items():
        path = folder / f"{case}.csv"
        path.write_text("\n".join(filter(None, [heading, *(row.format(k) for k in range(9))])))
        try:
            Trace.read(path)
        except MemfemError as error:
            told += word in str(error)
    return at_least("files with two readings refused in words", len(UNCLEAR), told)


def _round_trips(instruments: ModuleType, folder: Path) -> Row:
    """Return the row of a trace that is written and read as netCDF, text and text for Origin."""
    instruments.labview(folder / "loops.tsv")
    trace = Trace.read(folder / "loops.tsv")
    files = [
        trace.save(folder / "a.nc"),
        trace.to_csv(folder / "a.csv"),
        trace.to_csv(folder / "o.csv", origin=True),
    ]
    same = [
        all(np.array_equal(Trace.read(f).data[n], trace.data[n]) for n in trace.data.variables) for f in files
    ]
    return at_least("round trips bit for bit (netCDF, text, Origin)", 3, sum(same))


def _replayed(devices: ModuleType) -> Iterator[Row]:
    """Yield the cost of a noisy measured drive of 200 points, point by point, by its kinks, and of the kinks alone."""
    device = devices.three_layers(ions=devices.CATION)
    clean = Sweep(0, 1.2, -0.4, 0, rate=0.08)
    at = np.linspace(0.0, clean.duration, _POINTS)
    volts = clean.voltage(at) + _NOISE * np.random.default_rng(0).normal(size=at.size)
    trace = Trace.from_columns({"time": at, "voltage": volts, "current": 0 * at}, {})
    iv_sweep(
        device, contact="top", protocol=Sweep(0, 0.02, 0, rate=0.1)
    )  # forms are compiled before the clock starts
    points, kinks, alone = (
        _run(device, p) for p in (Protocol.from_points(at, volts), Protocol.from_trace(trace), clean)
    )
    yield at_most("replay of 200 points: seconds over the kinks'", 2.0, kinks[0] / alone[0])
    yield at_most("replay of 200 points: restarts", 6, kinks[1])
    said = ", ".join(
        f"{n} {x[0]:.1f} s {x[2]} steps {x[1]} restarts" for n, x in (("replayed", kinks), ("kinks", alone))
    )
    each = f"{said}, every point {points[0]:.1f} s {points[2]} steps {points[1]} restarts"
    yield Row("replay beside the drive of its kinks", "steps within 1.3", each, kinks[2] <= 1.3 * alone[2])


def _run(device: Any, protocol: Protocol) -> tuple[float, int, int]:
    """Return seconds, restarts and steps of a sweep."""
    restarts: list[int] = []
    real = sweep_drive.kinks

    def counted(durations: np.ndarray, levels: np.ndarray, bends: list[int]) -> list[int]:
        restarts.append(len(real(durations, levels, bends)))
        return real(durations, levels, bends)

    with mock.patch.object(sweep_drive, "kinks", counted):
        begin = time.perf_counter()
        trace = iv_sweep(device, contact="top", protocol=protocol)
        return time.perf_counter() - begin, max(restarts), trace.time.size
