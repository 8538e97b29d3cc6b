"""The command ``memfem`` as a shell starts it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def environment(**changes: str) -> dict[str, str]:
    """Return the environment of the command, of these sources, with ``changes``."""
    return os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", **changes}


def memfem(
    folder: Path, *words: str, limit: float = 600.0, **changes: str
) -> subprocess.CompletedProcess[str]:
    """Return what ``memfem WORDS`` answers in a folder, within ``limit`` [s]."""
    ask = [sys.executable, "-m", "studies.cli", *words]
    env = environment(**changes)
    return subprocess.run(
        ask, cwd=folder, env=env, capture_output=True, text=True, timeout=limit, check=False
    )


def is_a_sentence(done: subprocess.CompletedProcess[str], code: int = 1) -> bool:
    """Return whether a command ended with a code, and one line of its own on the error output."""
    return done.returncode == code and done.stderr.startswith("memfem: ") and done.stderr.count("\n") == 1
