"""A benchmark's Python of its own, in which nothing is imported yet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def said(*arguments: str, launch: Sequence[str] = ()) -> str:
    """Return what a new Python with these arguments prints; raises RuntimeError with its errors if it fails.

    ``launch``: the command that starts it, such as that of several ranks.
    """
    done = subprocess.run(
        [*launch, sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    return done.stdout
