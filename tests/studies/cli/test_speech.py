"""The command ``memfem``: how much it tells."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: The command with one comparison that sweeps a resistor in the place of a device.
SWEEP = """
import sys
import fem
import studies.comparisons.pea2pbbr4 as device
from studies import Sweep, iv_sweep
from studies.cli.main import main
from tests.conducting import resistor

def compare():
    iv_sweep(resistor(), contact="top", protocol=Sweep(0, 0.1, rate=1.0))
    return []

device.compare = compare
main()
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    ask = [sys.executable, "-c", SWEEP, *arguments]
    return subprocess.run(ask, capture_output=True, text=True, timeout=200)


@pytest.mark.parametrize(
    ("option", "words", "missing"),
    [
        ("-v", ["INFO memfem.transient: t = 0.1 s", "INFO memfem.comparisons"], ["DEBUG"]),
        ("-vv", ["INFO memfem.transient: t = 0.1 s", "DEBUG memfem.solvers: iteration 1"], []),
    ],
)
def test_verbose_tells_steps_and_twice_iterations(option: str, words: list[str], missing: list[str]) -> None:
    done = run("compare", "pea2pbbr4", option)
    assert done.returncode == 0 and done.stdout.startswith("figure")
    assert all(word in done.stderr for word in words), done.stderr
    assert not any(word in done.stderr for word in missing)


@pytest.mark.parametrize("options", [(), ("-q",), ("--quiet",)])
def test_results_alone_are_printed_without_it_and_when_quiet(options: tuple[str, ...]) -> None:
    done = run(*options, "compare", "pea2pbbr4")
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("figure")


def test_an_error_is_told_when_quiet_too() -> None:
    done = run("-q", "materials", "nothing")
    assert done.returncode == 1 and done.stderr.startswith("memfem: unknown material 'nothing'")
