r"""The compact model as a SPICE subcircuit, and its run by ngspice.

The memory variable q is the voltage of an internal node on a capacitor of tau farad per second,
:math:`\tau\,dq/dt = e`, which keeps its current of order 1 A for any tau. Further nodes hold the layer
voltages a and d, the bulk drop e and the field F, all in units of V_t; the geometric capacitance stands in
series with the screened voltage V_t X. Exponents are limited as in the model itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError, IncompatibleError, MissingSoftwareError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import not_negative, optional, table
from fem.io.files import write_text
from studies.compact.ion_screening import DROP_ROUNDING, EQUATIONS, FIELD_ROUNDING, LARGEST_EXPONENT
from studies.compact.parameter import Parameter
from studies.protocols import Protocol

Array = NDArray[np.float64]
#: Symbol of each parameter in the subcircuit.
SYMBOLS = {
    "emission_positive": "Ip",
    "emission_negative": "Im",
    "drift_current": "Id",
    "image_force": "Vb",
    "thermal_voltage": "Vt",
    "debye_share": "kappa",
    "time_constant": "tau",
    "debye_charge": "Qd",
    "initial_state": "q0",
    "charge_sign": "s",
}
#: How a cell gets its first state, said at the head of every export.
START = (
    "Every instance begins at its own q0, the state at time 0: X1 a b x1 name, or X2 c d x2 name q0=4 (PSpice:",
    "params: q0=4). Do not set it by .ic: one for the pin x that stands before the X line is overruled by that of the",
    "subcircuit, and one behind it overrules q0, both without a message.",
)
#: Steps of the transient analysis: at least so many in all and in the shortest piece, no finer than this.
LEAST_STEPS, LEAST_IN_PIECE, SMALLEST_SHARE = 6000, 20, 2e-5
#: ngspice takes corners nearer than about this part of the duration for one, or never ends.
SHORTEST_SHARE = 5e-11
_MISSED = 1e-3  # of the largest voltage: a corner further off was passed over


class Exportable(typing.Protocol):
    """What an export reads of a compact model (see ``CompactModel``)."""

    @property
    def current_unit(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, Parameter]: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    def __getitem__(self, name: str) -> float: ...


def to_subcircuit(model: Exportable, name: str) -> str:
    """Return the text of the SPICE subcircuit ``name`` with pins p, n and x (the memory as a voltage)."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise OutOfRangeError("subcircuit name", name, "a letter followed by letters, digits or _")
    if model.current_unit != "A":
        raise IncompatibleError("the model is in A/m^2; call with_area(area) before exporting it to SPICE.")
    head = [f"* Memristor compact model {name}: pins p n x, x is the memory variable q in volt"]
    head += [f"*   {key}: {text}" for key, text in EQUATIONS.items()]
    head += [f"* WARNING: {in_a_comment(text)}" for text in model.warnings]
    head += [f"* {line}" for line in START]
    first = model.parameters["initial_state"]
    head += [f"* q0 here: {in_a_comment(f'{first.meaning} [{first.unit}] {first.error_text}'.rstrip())}"]
    lines = [f".subckt {name} p n x params: q0={number('initial_state', first.value)}"]
    for key, p in model.parameters.items():
        if key == "initial_state":
            continue
        lines.append(f"* {in_a_comment(f'{p.meaning} [{p.unit}] {p.error_text}')}")
        lines.append(f".param {SYMBOLS[key]}={number(key, p.value)}")
    return "\n".join([*head, *lines, *_elements(), f".ends {name}"]) + "\n"


def in_a_comment(text: object) -> str:
    r"""Return a text as one line of ASCII, as it may stand in a comment of a netlist.

    >>> in_a_comment("work\n.control"), in_a_comment("5 µΩ")
    ('work .control', '5 \\xb5\\u03a9')
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return line.encode("ascii", "backslashreplace").decode("ascii")


def number(name: str, value: float) -> str:
    """Return a number as a netlist has it; raises OutOfRangeError for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, float | int) or not np.isfinite(value):
        raise OutOfRangeError(f"value of {name} in a netlist", value, "a finite number")
    return f"{value:.17g}"


def _elements() -> list[str]:
    """Return the elements of the subcircuit."""
    e = f"{LARGEST_EXPONENT:g}"
    low, high, ratio = "min(v(p,n)/Vt,0)", "min(-v(p,n)/Vt,0)", "ln(Ip/Im)"
    rounded = f"sqrt(v(f)*v(f)+{FIELD_ROUNDING**2:g})"
    plus, minus = f"(0.5*({rounded}+v(f)))", f"(0.5*({rounded}-v(f)))"
    exponents = (
        f"{low}-Vb/Vt*sqrt({plus})-ln(Ip)",
        f"{low}+ln(kappa/Id)-0.5*ln(1+{plus}*{plus})",
        f"{low}-v(d)+v(g)-ln(Id)",
        f"{high}-Vb/Vt*sqrt({minus})-ln(Im)",
        f"{high}+{ratio}+ln(kappa/Id)-0.5*ln(1+{minus}*{minus})",
    )
    resistance = "\n+ +".join(f"exp(max(-{e},min({e},{r})))" for r in exponents)
    return [
        "* layers: a enriched, d depleted, u screened",
        "Ba la 0 V=ln(1+0.5*v(x)*v(x)+ln(1+abs(v(x))+v(x)*v(x)/3))",
        f"Bd ld 0 V=1+0.5*v(x)*v(x)-exp(-min({e},abs(v(x))+v(x)*v(x)/6))",
        "Bu u n V=Vt*sgn(v(x))*(v(la)+v(ld))",
        "* bulk: drop e, field F, layer D, logarithm of (1 - exp(-e))/e",
        f"Be e 0 V=v(p,n)/Vt-{ratio}-sgn(v(x))*(v(la)+v(ld))",
        "Bf f 0 V=v(x)+kappa*v(e)",
        "Bl d 0 V=(s*v(x)>0)?(s*v(ld)):(-s*v(la))",
        f"Bs h 0 V=sqrt(v(e)*v(e)+{DROP_ROUNDING**2:g})",
        "Bg g 0 V=ln((1-exp(-v(h)))/v(h))+max(-v(e),0)",
        "* carriers: emission, layer, bulk, emission, layer in series",
        "Br r 0 V=ln(",
        f"+ {resistance})",
        "Bc p n I=sgn(v(p,n))*(1-exp(-abs(v(p,n))/Vt))*exp(-v(r))",
        "* memory: tau dq/dt = e",
        "Cx x xi {tau}",
        "Vx xi 0 0",
        "Bx 0 x I=v(e)",
        ".ic v(x)={q0}",
        "* displacement: C d(V - Vt X)/dt, and Qd dq/dt",
        "Cg p u {kappa*Qd/Vt}",
        "Fi p n Vx {Qd/tau}",
    ]


def write(model: Exportable, name: str, path: str | Path) -> Path:
    """Return the path of the file with the subcircuit ``name``."""
    return write_text(path, to_subcircuit(model, name), encoding="ascii")


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


@checked(options=optional(table(not_negative)))
def run_ngspice(
    model: Exportable,
    protocol: Protocol,
    *,
    options: Mapping[str, float] | None = None,
    timeout: float = 300.0,
) -> SpiceRun:
    """Return the run of the exported model under ``protocol`` by ngspice in batch mode.

    ``options`` overrides entries of the .options line; ``timeout`` [s] stops a run that hangs.
    Raises MissingSoftwareError without ngspice, OutOfRangeError for a piece of less than 5e-11 of the duration, and
    ConvergenceError (with the log of ngspice) if the run fails, or passed over a corner of the protocol.
    """
    _check_lengths(protocol)
    program = find_ngspice()
    with tempfile.TemporaryDirectory(prefix="memfem_spice_") as folder:
        deck = Path(folder) / "run.cir"
        deck.write_text(_deck(model, protocol, options or {}), encoding="ascii")
        try:
            done = subprocess.run(
                [program, "-b", deck.name],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise ConvergenceError(f"ngspice has not come to an end within {timeout:g} s") from late
        log = done.stdout + done.stderr
        output = Path(folder) / "out.txt"
        if not output.exists():
            raise ConvergenceError(f"ngspice returned no data; the end of its log: {log[-600:].strip()}")
        table = np.loadtxt(output)
    table = table[np.concatenate(([True], np.diff(table[:, 0]) > 0))]
    if table[-1, 0] < protocol.duration - 0.5 * np.diff(protocol.kinks)[-1]:
        raise ConvergenceError(
            f"ngspice stopped early; the end of its log: {log[-600:].strip()}", time=table[-1, 0]
        )
    run = SpiceRun(table[:, 0], table[:, 1], -table[:, 2], table[:, 3], log)
    _check_corners(run, protocol)
    return run


def _check_lengths(protocol: Protocol) -> None:
    """Raise OutOfRangeError if a piece is too short beside the duration for ngspice."""
    shortest, least = float(np.diff(protocol.kinks).min()), SHORTEST_SHARE * protocol.duration
    if shortest < least:
        raise OutOfRangeError(
            "shortest piece of a protocol for ngspice [s]",
            shortest,
            f"at least {least:.3g} in {protocol.duration:g} s: run what is short by itself, with the state at the end "
            "of what comes before as initial_state",
        )


def _check_corners(run: SpiceRun, protocol: Protocol) -> None:
    """Raise ConvergenceError where the voltage of the run is not that of the protocol at its corners."""
    wanted = protocol.levels[protocol.bends]
    found = np.interp(protocol.kinks, run.time, run.voltage)
    off = np.abs(found - wanted) > _MISSED * np.abs(wanted).max()
    if off.any():
        k = int(np.argmax(off))
        raise ConvergenceError(
            f"ngspice passed over the corner at {protocol.kinks[k]:.9g} s: {found[k]:.4g} V for {wanted[k]:.4g} V",
            time=float(protocol.kinks[k]),
        )


def _option(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise OutOfRangeError("name of an ngspice option", name, "a letter followed by letters, digits or _")
    return name


def _deck(model: Exportable, protocol: Protocol, overrides: Mapping[str, float]) -> str:
    """Return the input file: subcircuit, piecewise-linear source, transient analysis, output table."""
    kinks = protocol.kinks
    points = [f"{t:.17g} {v:.17g}" for t, v in zip(kinks, protocol.levels[protocol.bends], strict=True)]
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
            f".ic v(state)={number('initial_state', model['initial_state'])}",
            ".options method=gear " + " ".join(f"{_option(k)}={v:g}" for k, v in options.items()),
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
