"""The library of a family that is kept on disk: it is believed only as it was written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studies.compact.families import known
from studies.compact.kernel import library

PROGRAM = """
import numpy as np
from studies.compact.families import known
from studies.compact.kernel import integrate
values = {"G_on": 1e-4, "G_off": 1e-8, "V_th": 0.6, "V_hold": 0.3, "V_width": 0.03, "tau": 0.05}
print(integrate(known("selector"), values, np.ones(1), np.array([0.0, 1.0])).conducted[-1])
"""


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The library of the selector, kept in a folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    library.cache_clear()
    library(known("selector"))
    (path,) = (tmp_path / "memfem").iterdir()
    yield path
    library.cache_clear()


def simulated(cache: Path) -> float:
    """Return the last current [A] of a selector in a process of its own, with libraries kept in ``cache``."""
    home = os.environ | {"XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=home, capture_output=True, text=True, check=True, timeout=120
    )
    return float(done.stdout)


@pytest.mark.parametrize("part", [0.0, 0.5], ids=["garbage", "half of it"])
def test_a_damaged_library_is_replaced(part: float, kept: Path) -> None:
    whole = kept.read_bytes()
    kept.unlink()  # this process has it in its memory
    kept.write_bytes(whole[: int(part * len(whole))] or b"garbage")
    assert simulated(kept.parents[1]) == pytest.approx(1e-4, rel=0.05)
    assert len(kept.read_bytes()) == len(whole)


def test_a_whole_library_is_not_compiled_anew(kept: Path) -> None:
    written = kept.stat().st_mtime_ns
    library.cache_clear()
    library(known("selector"))
    assert kept.stat().st_mtime_ns == written
