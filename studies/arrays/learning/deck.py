"""Netlists of small circuits around exported compact models, and their run by ngspice."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError
from studies.compact.export.spice import find_ngspice, longest_step, number
from studies.protocols.protocol import Protocol

Array = NDArray[np.float64]
_OPTIONS = "reltol=1e-6 abstol=1e-18 vntol=1e-9 chgtol=1e-22 gmin=1e-18 trtol=1"


def piecewise(protocol: Protocol) -> str:
    """Return the text of a piecewise-linear source."""
    points = zip(protocol.kinks, protocol.levels[protocol.bends], strict=True)
    return "PWL(" + "\n+ ".join(["", *(f"{t:.17g} {v:.17g}" for t, v in points)]) + ")"


def deck(title: str, elements: Sequence[str], protocol: Protocol, wanted: Sequence[str]) -> str:
    """Return a netlist that runs over ``protocol`` and writes what is ``wanted``, such as "v(m)", to out.txt."""
    longest = longest_step(protocol)
    return "\n".join(
        [
            title, *elements, f".options method=gear {_OPTIONS}", ".control", "set wr_singlescale", "set numdgt=15",
            f"tran {number('step', longest)} {number('duration', protocol.duration)} 0 {number('step', longest)}",
            f"wrdata out.txt {' '.join(wanted)}", "quit", ".endc", ".end", "",
        ]
    )  # fmt: skip


def run_deck(text: str, *, timeout: float = 300.0) -> Array:
    """Return the table that ngspice writes, time [s] first; shape (n, wanted + 1).

    ``timeout`` [s]. Raises MissingSoftwareError without ngspice, ConvergenceError with the end of its log if it fails.
    """
    program = find_ngspice()
    with tempfile.TemporaryDirectory(prefix="memfem_spice_") as folder:
        path, output = Path(folder) / "run.cir", Path(folder) / "out.txt"
        path.write_text(text, encoding="ascii")
        try:
            done = subprocess.run(
                [program, "-b", path.name],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise ConvergenceError(f"ngspice has not come to an end within {timeout:g} s") from late
        if not output.exists():
            log = (done.stdout + done.stderr).strip()
            raise ConvergenceError(f"ngspice returned no data; the end of its log: {log[-600:]}")
        table = np.loadtxt(output, ndmin=2)
    return table[np.concatenate(([True], np.diff(table[:, 0]) > 0))]
