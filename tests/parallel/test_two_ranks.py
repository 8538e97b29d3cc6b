"""Two ranks give the answer of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("currents_of_ranks.py")
ROOT = Path(__file__).parents[2]
MPIEXEC = Path(sys.executable).with_name("mpiexec")


def run(*command: str) -> dict[str, Any]:
    """Return what the script printed, or fail with its errors."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [*command, sys.executable, str(SCRIPT)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    printed: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return printed


@pytest.mark.skipif(not MPIEXEC.exists(), reason=f"there is no {MPIEXEC.name} beside this Python")
@pytest.mark.parametrize("ranks", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_several_ranks_give_the_currents_and_ions_of_one(ranks: int) -> None:
    serial, parallel = run(), run(str(MPIEXEC), "-n", str(ranks))
    assert (serial["ranks"], parallel["ranks"]) == (1, ranks)
    assert serial["found"].keys() == parallel["found"].keys()
    for name, expected in serial["found"].items():
        np.testing.assert_allclose(parallel["found"][name], expected, rtol=1e-8, err_msg=name)
