"""What a result says of the programs that made it, and traces that are gathered."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import fem
from fem import equilibrium
from studies import Sweep, impedance, iv_sweep
from studies.results.gathering import gathered
from studies.results.software import commit, software
from tests.conducting import resistor

ROOT = Path(fem.__file__).parents[1]


def test_every_trace_and_spectrum_says_with_what_it_was_made() -> None:
    device = resistor()
    trace = iv_sweep(device, contact="top", protocol=Sweep(0, 0.1, rate=1.0))
    spectrum = impedance(equilibrium(device), contact="top", frequencies=[1.0])
    for told in (trace.provenance, spectrum.provenance):
        made = told["software"]
        assert made["memfem"] == fem.__version__ and made["python"] == platform.python_version()
        assert made["dolfinx"].startswith("0.11") and re.fullmatch(r"3\.\d+\.\d+", made["petsc"])
        assert made["gmsh"] and made["host"] == platform.node()
        assert told["device"]["physics"] and "Baratta2023" in told["citations"]
    assert trace.provenance["seconds"] > 0


def test_the_commit_is_that_of_the_checkout() -> None:
    if (ROOT / ".git").exists():
        ask = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
        head = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip()
        assert commit().removesuffix("-dirty") == head


def test_versions_are_told_without_loading_the_solver() -> None:
    ask = (
        "import sys; from studies.results.software import software as s; print(s(), 'dolfinx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "'dolfinx': '0.11" in done.stdout and done.stdout.strip().endswith("False")
    assert software().keys() >= {"memfem", "python", "gmsh", "host", "system"}


def test_traces_are_gathered_only_while_somebody_wants_them() -> None:
    device, protocol = resistor(), Sweep(0, 0.1, rate=1.0)
    with gathered() as outer:
        first = iv_sweep(device, contact="top", protocol=protocol)
        with gathered() as inner:
            second = iv_sweep(device, contact="top", protocol=protocol)
    iv_sweep(device, contact="top", protocol=protocol)
    assert outer == [first] and inner == [second]
