r"""The compact model as a SPICE subcircuit, and its run by ngspice.

The memory variable is the voltage of an internal node on a capacitor of tau_0 farad per second:
:math:`\tau_0\,dx/dt = (x_\infty(V) - x)\cosh((V - V_\tau)/V_e)`, which keeps its current of order 1 A for any
tau_0. Arguments of exp and cosh are limited as in the model itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError, IncompatibleError, MissingSoftwareError, OutOfRangeError
from studies.compact_equations import EQUATIONS, LARGEST_COSH, LARGEST_EXPONENT
from studies.compact_model import CompactModel
from studies.protocols import Protocol

Array = NDArray[np.float64]
#: Symbol of each parameter in the subcircuit.
SYMBOLS = {
    "amplitude_0": "I0",
    "amplitude_1": "I1",
    "forward_exponent_0": "a0",
    "forward_exponent_1": "a1",
    "reverse_exponent_0": "b0",
    "reverse_exponent_1": "b1",
    "forward_saturation": "Vf",
    "reverse_saturation": "Vr",
    "half_voltage": "Vh",
    "width_voltage": "Vw",
    "time_constant": "tau0",
    "time_centre": "Vtau",
    "time_slope": "Ve",
    "capacitance": "Cg",
    "ionic_charge": "Qi",
    "initial_state": "x0",
}
#: Steps of the transient analysis: at least so many in all and in the shortest piece, no finer than this.
LEAST_STEPS, LEAST_IN_PIECE, SMALLEST_SHARE = 6000, 20, 1e-6


def to_subcircuit(model: CompactModel, name: str) -> str:
    """Return the text of the SPICE subcircuit ``name`` with pins p, n and x (the memory as a voltage)."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise OutOfRangeError("subcircuit name", name, "a letter followed by letters, digits or _")
    if model.current_unit != "A":
        raise IncompatibleError("the model is in A/m^2; call with_area(area) before exporting it to SPICE.")
    head = [f"* Memristor compact model {name}: pins p n x, x is the memory variable in volt"]
    head += [f"*   {key}: {text}" for key, text in EQUATIONS.items()]
    lines = [f".subckt {name} p n x"]
    for key, p in model.parameters.items():
        error = f" +- {p.standard_error:.2g}" if np.isfinite(p.standard_error) else ""
        lines.append(f"* {p.meaning} [{p.unit}]{error}")
        lines.append(f".param {SYMBOLS[key]}={p.value:.17g}")
    return "\n".join([*head, *lines, *_elements(model), f".ends {name}"]) + "\n"


def _elements(model: CompactModel) -> list[str]:
    """Return the elements of the subcircuit."""
    e, c = f"{LARGEST_EXPONENT:g}", f"{LARGEST_COSH:g}"
    mixed = "(1-v(x))*ln(I0)+v(x)*ln(I1)"
    up = f"{mixed}+((1-v(x))*a0+v(x)*a1)*Vf*asinh(v(p,n)/Vf)"
    down = f"{mixed}-((1-v(x))*b0+v(x)*b1)*Vr*asinh(v(p,n)/Vr)"
    drive = f"(0.5*(1+tanh((v(p,n)-Vh)/(2*Vw)))-v(x))*cosh(max(-{c},min({c},(v(p,n)-Vtau)/Ve)))"
    out = [
        "* conduction: log-mixing of the two end states",
        f"Bcond p n I=exp(min({e},{up}))-exp(min({e},{down}))",
        "* memory: tau0 dx/dt = (x_inf - x) cosh((V - Vtau)/Ve)",
        "Cx x xi {tau0}",
        "Vx xi 0 0",
        f"Bx 0 x I={drive}",
        ".ic v(x)={x0}",
    ]
    if model["capacitance"] != 0:
        out += ["* geometric capacitance", "Cgeo p n {Cg}"]
    if model["ionic_charge"] != 0:
        out += ["* charge of the moving vacancies: Qi dx/dt", "Fion p n Vx {Qi/tau0}"]
    return out


def write(model: CompactModel, name: str, path: str | Path) -> Path:
    """Return the path of the file with the subcircuit ``name``."""
    path = Path(path)
    path.write_text(to_subcircuit(model, name), encoding="ascii")
    return path


@dataclass(frozen=True, eq=False)
class SpiceRun:
    """``time`` [s], ``voltage`` [V], ``current`` [A] into the device, ``state`` [1], the log of ngspice."""

    time: Array
    voltage: Array
    current: Array
    state: Array
    log: str


def find_ngspice() -> str:
    """Return the path of ngspice."""
    found = shutil.which("ngspice")
    if found is None:
        raise MissingSoftwareError("ngspice was not found; install it with: apt-get install ngspice")
    return found


def run_ngspice(
    model: CompactModel,
    protocol: Protocol,
    *,
    options: Mapping[str, float] | None = None,
    timeout: float = 300.0,
) -> SpiceRun:
    """Return the run of the exported model under ``protocol`` by ngspice in batch mode.

    ``options`` overrides entries of the .options line; ``timeout`` [s] stops a run that hangs.
    Raises MissingSoftwareError without ngspice, ConvergenceError (with its log) if the run fails.
    """
    program = find_ngspice()
    with tempfile.TemporaryDirectory(prefix="memfem_spice_") as folder:
        deck = Path(folder) / "run.cir"
        deck.write_text(_deck(model, protocol, options or {}), encoding="ascii")
        done = subprocess.run(
            [program, "-b", deck.name],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        log = done.stdout + done.stderr
        output = Path(folder) / "out.txt"
        if not output.exists():
            raise ConvergenceError(f"ngspice returned no data; the end of its log: {log[-600:].strip()}")
        table = np.loadtxt(output)
    table = table[np.concatenate(([True], np.diff(table[:, 0]) > 0))]
    if table[-1, 0] < protocol.duration * (1 - 1e-6):
        raise ConvergenceError(
            f"ngspice stopped early; the end of its log: {log[-600:].strip()}", time=table[-1, 0]
        )
    return SpiceRun(table[:, 0], table[:, 1], -table[:, 2], table[:, 3], log)


def _deck(model: CompactModel, protocol: Protocol, overrides: Mapping[str, float]) -> str:
    """Return the input file: subcircuit, piecewise-linear source, transient analysis, output table."""
    kinks = protocol.kinks
    points = [f"{t:.17g} {v:.17g}" for t, v in zip(kinks, protocol.voltage(kinks), strict=True)]
    options = {"reltol": 1e-6, "abstol": 1e-20, "vntol": 1e-10, "chgtol": 1e-22, "gmin": 1e-25, "trtol": 1.0}
    options |= dict(overrides)
    shortest = float(np.diff(kinks).min())
    longest = min(protocol.duration / LEAST_STEPS, shortest / LEAST_IN_PIECE)
    longest = max(longest, SMALLEST_SHARE * protocol.duration)
    return "\n".join(
        [
            "memristor compact model",
            to_subcircuit(model, "memristor"),
            "Vdrive top 0 PWL(",
            *(f"+ {p}" for p in points),
            "+ )",
            "Xdut top 0 state memristor",
            f".ic v(state)={model['initial_state']:.17g}",
            ".options method=gear " + " ".join(f"{k}={v:g}" for k, v in options.items()),
            ".control",
            "set wr_singlescale",
            "set numdgt=15",
            f"tran {longest:.17g} {protocol.duration:.17g} 0 {longest:.17g}",
            "wrdata out.txt v(top) i(Vdrive) v(state)",
            "quit",
            ".endc",
            ".end",
            "",
        ]
    )
