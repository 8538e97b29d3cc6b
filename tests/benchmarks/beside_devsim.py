"""A p-n diode in one, two and three dimensions by DEVSIM and by memfem, on one mesh, one after the other.

Each program runs in a process of its own on one thread. The time of a bias point is the median over the
points of a sweep in steps of 0.1 V; what comes before (reading the mesh, compiling forms, equilibrium) is
left out on both sides. Currents below 0.3 V are not compared: in double precision they are the small
difference of large ones in the doped layers, and DEVSIM's have only three digits left at 0.1 V.
"""

from __future__ import annotations

import glob
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.benchmarks.pn_box import TOLERANCE, Box, RightAngledBox, write

SWEEP = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
_COMPARED = 0.3  # lowest voltage at which currents are compared [V]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One mesh, what both programs solve on it, and what is asked of the result."""

    name: str
    box: Box
    voltages: Sequence[float] = SWEEP
    devsim_voltages: Sequence[float] | None = None  #: fewer, where it takes minutes per point
    ratio: float | None = None  #: DEVSIM's time over memfem's
    difference: float | None = None  #: relative, of the currents


CASES = (
    Case(
        name="1D right-angled",
        box=RightAngledBox(dimension=1, finest=5e-4, largest=0.02, across=1),
        ratio=10.0,
        difference=1e-4,
    ),
    Case(
        name="2D right-angled",
        box=RightAngledBox(dimension=2, finest=1e-3, across=84),
        ratio=4.0,
        difference=1e-4,
    ),
    Case(name="2D irregular", box=Box(dimension=2, finest=8.5e-4), ratio=8.0),
    Case(
        name="3D right-angled",
        box=RightAngledBox(dimension=3, finest=4e-3, across=6, width=0.06),
        voltages=(0.1, 0.2, 0.3, 0.4),
        difference=1e-4,
    ),
    Case(
        name="3D irregular",
        box=Box(dimension=3, finest=6.3e-3),
        voltages=(0.1, 0.2),
        devsim_voltages=(0.1,),
        ratio=60.0,
    ),
)


def run(long: bool = False) -> list[dict[str, Any]]:
    """Return one row per case; ``long`` lets DEVSIM do every point of the largest case (ten minutes more)."""
    rows = []
    for case in CASES:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "box"
            mesh = write(case.box, path)
            ours = _side("side_memfem", path.with_suffix(".msh"), case.voltages)
            theirs_at = case.voltages if long else case.devsim_voltages or case.voltages
            theirs = _side("side_devsim", path.with_suffix(".npz"), theirs_at)
        rows.append(_row(case, mesh, ours, theirs, theirs_at))
        print(sentence(rows[-1]), flush=True)
    return rows


def _row(
    case: Case, mesh: dict[str, int], ours: Any, theirs: Any, theirs_at: Sequence[float]
) -> dict[str, Any]:
    pairs = zip(theirs_at, theirs["currents"], ours["currents"], strict=False)
    gaps = [abs(b / a - 1) for v, a, b in pairs if v >= _COMPARED - 1e-9]
    seconds = {"memfem": float(np.median(ours["times"])), "DEVSIM": float(np.median(theirs["times"]))}
    ratio = seconds["DEVSIM"] / seconds["memfem"]
    return {
        "case": case.name,
        **mesh,
        "tolerance": TOLERANCE,
        "points": [len(ours["times"]), len(theirs["times"])],
        "seconds_per_point": seconds,
        "peak_MB": {"memfem": ours["peak_MB"], "DEVSIM": theirs["peak_MB"]},
        "ratio": ratio,
        "faster": "memfem" if ratio > 1 else "DEVSIM",
        "wanted_ratio": case.ratio,
        "current_difference": max(gaps) if gaps else None,
        "wanted_difference": case.difference,
        "met": (case.ratio is None or ratio >= case.ratio)
        and (case.difference is None or (bool(gaps) and max(gaps) <= case.difference)),
    }


def sentence(row: dict[str, Any]) -> str:
    """Return a row of the table."""
    gap, wanted = row["current_difference"], row["wanted_ratio"]
    seconds, memory = row["seconds_per_point"], row["peak_MB"]
    return (
        f"{row['case']:<16} {row['nodes']:>6} nodes  {seconds['memfem']:>8.4f} {seconds['DEVSIM']:>8.4f} s/point  "
        f"ratio {row['ratio']:>6.2f}{f' (wanted {wanted:g})' if wanted else '':<12}  {row['faster']} faster  "
        f"{memory['memfem']:>5.0f} {memory['DEVSIM']:>5.0f} MB  "
        f"currents differ by {f'{gap:.1e}' if gap is not None else '-':<8} {'met' if row['met'] else 'MISSED'}"
    )


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "DEVSIM_MATH_LIBS": os.environ.get("DEVSIM_MATH_LIBS") or _math_library(),
    }


def _side(module: str, path: Path, voltages: Sequence[float]) -> Any:
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", str(path), *map(str, voltages)]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, timeout=3600)
    if done.returncode:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _math_library() -> str:
    """Return the BLAS and LAPACK that DEVSIM shall load: a system's OpenBLAS; the name alone if none is seen."""
    found = glob.glob("/usr/lib/*/libopenblas.so.0") + glob.glob("/usr/lib64/libopenblas.so.0")
    return found[0] if found else "libopenblas.so.0"


def missing() -> str:
    """Return why DEVSIM cannot run here, empty if it can."""
    command = [sys.executable, "-c", "import devsim"]
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True)
    if not done.returncode:
        return ""
    advice = "install devsim and a system OpenBLAS (Debian: libopenblas0-pthread), or set DEVSIM_MATH_LIBS"
    return f"DEVSIM does not load ({done.stderr.strip().splitlines()[-1]}): {advice}"
