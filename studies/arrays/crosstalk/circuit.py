"""A thermal network as a SPICE subcircuit: watts are currents, kelvins voltages.

Each mode is a resistor of 1 Ohm beside a capacitor of its time constant in farad, both positive. The ports reach it
through ideal transformers, each a pair of a voltage- and a current-controlled source of one ratio, which take in as
much power as they give off: the subcircuit is passive and reciprocal by construction.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from fem.errors import ConvergenceError, OutOfRangeError, UnknownNameError
from fem.io.files import write_text
from studies.arrays.crosstalk.rising import ThermalNetwork
from studies.compact.export.spice import find_ngspice, number

Array = npt.NDArray[np.float64]
_STEPS = 1500  # of the transient analysis, at least
_NAME = r"[A-Za-z][A-Za-z0-9_]*"


def to_subcircuit(network: ThermalNetwork, name: str = "thermal_crosstalk") -> str:
    """Return the text of the subcircuit ``name``; its pins are the cells, and ``sink``, the temperature of the sink.

    Raises OutOfRangeError for a name of the subcircuit or of a cell that no circuit can have.
    """
    for one in (name, *network.cells):
        if not re.fullmatch(_NAME, one):
            raise OutOfRangeError("name in a circuit", one, "a letter followed by letters, digits or _")
    lines = [
        f"* Thermal network {name}: a current into a pin is the heat [W] in the film of that cell, the voltage of the",
        "* pin its mean rise [K] above the pin sink. Modes: 1 Ohm beside a capacitor, behind ideal transformers.",
        f".subckt {name} {' '.join(network.cells)} sink",
    ]
    for k, tau in enumerate(network.time_constants):
        lines += [f"R_{k} m{k} sink 1", f"C_{k} m{k} sink {number('time constant', float(tau))}"]
    for i, cell in enumerate(network.cells):
        lines.append(f"V_{i} {cell} n{i}_0 0")
        last = network.time_constants.size - 1
        for k, ratio in enumerate(network.shapes[:, i]):
            below = "sink" if k == last else f"n{i}_{k + 1}"
            value = number("ratio", float(ratio))
            lines += [f"E_{i}_{k} n{i}_{k} {below} m{k} sink {value}", f"F_{i}_{k} sink m{k} V_{i} {value}"]
    return "\n".join([*lines, f".ends {name}", ""])


def write_subcircuit(network: ThermalNetwork, path: str | Path, name: str = "thermal_crosstalk") -> Path:
    """Return the path of the file with the subcircuit."""
    return write_text(path, to_subcircuit(network, name), encoding="ascii")


def run_steps(
    network: ThermalNetwork, powers: Mapping[str, float], duration: float, *, timeout: float = 300.0
) -> tuple[Array, Array]:
    """Return times [s], shape (t,), and rises [K], shape (t, cells), that ngspice finds for steps of ``powers`` [W].

    Raises UnknownNameError for a cell that there is not, MissingSoftwareError without ngspice, ConvergenceError.
    """
    for cell in powers:
        if cell not in network.cells:
            raise UnknownNameError("cell", cell, network.cells)
    step = duration / _STEPS
    deck = [
        "thermal network",
        to_subcircuit(network),
        *(f"I_{cell} 0 {cell} {number('power', float(power))}" for cell, power in powers.items()),
        f"Xall {' '.join(network.cells)} 0 thermal_crosstalk",
        ".options method=gear reltol=1e-6 abstol=1e-20 vntol=1e-12 gmin=1e-20 trtol=1",
        ".control",
        "set wr_singlescale",
        "set numdgt=15",
        f"tran {step:.17g} {duration:.17g} 0 {step:.17g} uic",
        f"wrdata out.txt {' '.join(f'v({cell})' for cell in network.cells)}",
        "quit",
        ".endc",
        ".end",
        "",
    ]
    with tempfile.TemporaryDirectory(prefix="memfem_spice_") as folder:
        Path(folder, "run.cir").write_text("\n".join(deck), encoding="ascii")
        done = subprocess.run(
            [find_ngspice(), "-b", "run.cir"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        output = Path(folder, "out.txt")
        if not output.exists():
            log = (done.stdout + done.stderr)[-600:].strip()
            raise ConvergenceError(f"ngspice returned no data; the end of its log: {log}")
        table = np.atleast_2d(np.loadtxt(output))
    return table[:, 0], table[:, 1:]
