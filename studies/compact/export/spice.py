r"""A compact model of any family as a SPICE subcircuit, and its run by ngspice.

A state over its scale is the voltage of a node on a capacitor of 1 F, into which its rate flows as a current; a stored
charge is the voltage of a node, too, and its rate of change is added at the pins. All parameters are those of the
subcircuit, so that each instance may have its own. Exponents are limited as in the model itself.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import textwrap
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError, IncompatibleError, MissingSoftwareError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import not_negative, optional, table, temperature
from fem.io.files import write_text
from studies.compact.equations import TEMPERATURE, VOLTAGE
from studies.compact.export.printers import safe, written
from studies.compact.family import AMBIENT, Family
from studies.compact.parameter import Parameter
from studies.protocols.protocol import Protocol

Array = NDArray[np.float64]
AMBIENT_NAME = "Tamb"  #: the parameter of a subcircuit for the ambient temperature [K]
#: How a cell gets its first state, said at the head of every export.
START = (
    "Every instance begins at the states that its own parameters give at time 0, {names}: X1 a b {pins} {name}, or "
    "X2 c d {pins} {name} {first}={value} (PSpice: params: {first}={value}). Do not set them by .ic: one for a pin "
    "that stands before the X line is overruled by that of the subcircuit, and one behind it overrules the "
    "parameters, both without a message. A pin of a state shows it in units of its scale."
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
    def family(self) -> Family: ...
    @property
    def parameters(self) -> Mapping[str, Parameter]: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    def __getitem__(self, name: str) -> float: ...
    def values(self) -> dict[str, float]: ...


def to_subcircuit(model: Exportable, name: str, ambient: float = AMBIENT) -> str:
    """Return the text of the SPICE subcircuit ``name`` with the pins p, n and one of each state; ``ambient``: T [K]."""
    check_export(model, name)
    family, pins = model.family, " ".join(safe(s) for s in model.family.states)
    ends = " ".join(terminals(model))
    head = [
        f"* Memristor compact model {name}: {in_a_comment(family.name)}",
        f"*   {in_a_comment(family.source)}",
    ]
    for key, text in family.equations().items():
        head += textwrap.wrap(
            in_a_comment(f"{key}: {text}"), 140, initial_indent="*   ", subsequent_indent="*     "
        )
    head += [f"* WARNING: {in_a_comment(text)}" for text in model.warnings]
    if pins:
        first = (family.initial_parameters or tuple(family.parameters))[0]
        said = {"pins": pins, "name": name, "first": safe(first), "value": f"{model[first]:g}"}
        names = ", ".join(f"{s}(0) = {w.initial}" for s, w in family.states.items())
        told = START.format(names=names, **said)
        head += textwrap.wrap(told, 140, initial_indent="* ", subsequent_indent="* ")
    head += [f"* {safe(key)}: {in_a_comment(f'{p.meaning} [{p.unit}] {p.error_text}'.rstrip())}"
             for key, p in model.parameters.items()]  # fmt: skip
    given = [
        f"{safe(key)}={number(key, p.value)}" for key, p in model.parameters.items() if key != family.drain
    ]
    lines = [f".subckt {name} {ends} {pins} params:", *(f"+ {text}" for text in given),
             f"+ {AMBIENT_NAME}={number('ambient', ambient)}"]  # fmt: skip
    return "\n".join([*head, *lines, *_elements(model, ambient), f".ends {name}"]) + "\n"


def terminals(model: Exportable) -> tuple[str, ...]:
    """Return the terminals of a model: p and n, or drain, source and gate."""
    return ("d", "s", "g") if model.family.drain else ("p", "n")


def check_export(model: Exportable, name: str) -> None:
    """Raise OutOfRangeError or IncompatibleError for a name or a model that no circuit can have."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise OutOfRangeError("subcircuit name", name, "a letter followed by letters, digits or _")
    if model.current_unit != "A":
        raise IncompatibleError(
            "the model is in A/m^2; call with_area(area) before exporting it to a circuit."
        )
    family = model.family
    taken = [safe(n).lower() for n in (*family.parameters, *family.states)]
    taken += [f"part_{n}".lower() for n in family.where]
    for one in taken:
        if taken.count(one) > 1:
            raise IncompatibleError(f"family {family.name}: two of its names would be {one} in a circuit.")


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


def _elements(model: Exportable, ambient: float) -> list[str]:
    """Return the elements of the subcircuit."""
    family = model.family
    parts, found = family.stepwise(family.nodes)
    ends = terminals(model)
    symbols = {VOLTAGE: f"v({ends[-1 if family.drain else 0]},{ends[1]})", TEMPERATURE: AMBIENT_NAME}
    symbols |= {family.drain: "v(d,s)"} if family.drain else {}
    scales = {s: written(found[f"scale {s}"], symbols) for s in family.states}
    for s, scale in scales.items():
        symbols[s] = f"v({safe(s)})" if scale == "1" else f"(({scale})*v({safe(s)}))"
    symbols |= {n: f"v(part_{n})" for n in family.nodes}
    lines = []
    for n in family.nodes:
        lines += _folded(f"B_part_{n} part_{n} 0 V={written(parts[n], symbols)}")
    lines += ["* current", *_folded(f"B_current {ends[0]} {ends[1]} I={written(found['current'], symbols)}")]
    for s, scale in scales.items():
        node, what = safe(s), family.states[s]
        lines += [
            f"* {s}: {in_a_comment(f'{what.meaning} [{what.unit}]')}, pin in units of {scale}",
            f"C_{node} {node} 0 1",
            *_folded(f"B_{node} 0 {node} I=({written(found[f'rate {s}'], symbols)})/({scale})"),
            *_folded(f".ic v({node})={{({written(found[f'initial {s}'], symbols)})/({scale})}}"),
        ]
    if family.stores_charge:
        size = number("charge", _size_of_charge(model, ambient))
        charge = written(found["charge"], symbols)
        lines += ["* stored charge", *_folded(f"B_charge charge 0 V=({charge})/{size}"), "C_charge charge moved 1",
                  "V_charge moved 0 0", f"F_charge p n V_charge {size}"]  # fmt: skip
    return lines


def _size_of_charge(model: Exportable, ambient: float) -> float:
    """Return how large the stored charge [C] is: with the first states, its change over 1 V and itself."""
    family, values = model.family, model.values()
    first = family.initial(values, ambient)
    at = [float(family.evaluated("charge", values, v, first, ambient)) for v in (0.0, 1.0)]
    return max(abs(at[0]), abs(at[1] - at[0]), 1e-30)


def _folded(line: str, width: int = 150) -> list[str]:
    """Return a long line as one with continuations, cut behind an operator."""
    out = []
    while len(line) > width:
        cut = max(line.rfind(mark, 20, width) for mark in "*+(,")
        out.append(line[: cut + 1])
        line = "+ " + line[cut + 1 :]
    return [*out, line]


def write(model: Exportable, name: str, path: str | Path) -> Path:
    """Return the path of the file with the subcircuit ``name``."""
    return write_text(path, to_subcircuit(model, name), encoding="ascii")


@dataclass(frozen=True, eq=False)
class SpiceRun:
    """``time`` [s], ``voltage`` [V], ``current`` [A] into the device, ``states`` by name, the log of the simulator."""

    time: Array
    voltage: Array
    current: Array
    states: Mapping[str, Array]
    log: str


def find_ngspice() -> str:
    """Return the path of ngspice."""
    found = shutil.which("ngspice")
    if found is None:
        raise MissingSoftwareError("ngspice was not found; install it with: apt-get install ngspice")
    return found


@checked(options=optional(table(not_negative)), ambient=temperature)
def run_ngspice(
    model: Exportable,
    protocol: Protocol,
    *,
    options: Mapping[str, float] | None = None,
    ambient: float = AMBIENT,
    timeout: float = 300.0,
) -> SpiceRun:
    """Return the run of the exported model under ``protocol`` by ngspice in batch mode.

    ``options`` overrides entries of the .options line; ``ambient``: temperature [K]; ``timeout`` [s] stops a run.
    Raises MissingSoftwareError without ngspice, OutOfRangeError for a piece of less than 5e-11 of the duration, and
    ConvergenceError (with the log of ngspice) if the run fails, or passed over a corner of the protocol.
    """
    check_lengths(protocol)
    table, log = run_deck(_deck(model, protocol, options or {}, ambient), timeout)
    if table[-1, 0] < protocol.duration - 0.5 * np.diff(protocol.kinks)[-1]:
        raise ConvergenceError(
            f"ngspice stopped early; the end of its log: {log[-600:].strip()}", time=table[-1, 0]
        )
    scales = model.family.scales(model.values(), ambient)
    states = {s: table[:, 3 + k] * scales[s] for k, s in enumerate(model.family.states)}
    run = SpiceRun(table[:, 0], table[:, 1], -table[:, 2], states, log)
    check_corners(run, protocol)
    return run


def run_deck(deck: str, timeout: float = 300.0) -> tuple[Array, str]:
    """Return the table that ngspice in batch mode leaves of a ``deck`` as out.txt, of times that rise, and its log.

    ``timeout`` [s] stops it. Raises MissingSoftwareError without ngspice, ConvergenceError (with its log) without a
    table.
    """
    program = find_ngspice()
    with tempfile.TemporaryDirectory(prefix="memfem_spice_") as folder:
        path = Path(folder) / "run.cir"
        path.write_text(deck, encoding="ascii")
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
        log = done.stdout + done.stderr
        output = Path(folder) / "out.txt"
        if not output.exists():
            raise ConvergenceError(f"ngspice returned no data; the end of its log: {log[-600:].strip()}")
        table = np.atleast_2d(np.loadtxt(output))
    return table[np.concatenate(([True], np.diff(table[:, 0]) > 0))], log


def check_lengths(protocol: Protocol) -> None:
    """Raise OutOfRangeError if a piece is too short beside the duration for ngspice."""
    shortest, least = float(np.diff(protocol.kinks).min()), SHORTEST_SHARE * protocol.duration
    if shortest < least:
        raise OutOfRangeError(
            "shortest piece of a protocol for ngspice [s]",
            shortest,
            f"at least {least:.3g} in {protocol.duration:g} s: run what is short by itself, with the state at the end "
            "of what comes before as initial_state",
        )


def check_corners(run: SpiceRun, protocol: Protocol, program: str = "ngspice") -> None:
    """Raise ConvergenceError where the voltage of the run is not that of the protocol at its corners."""
    wanted = protocol.levels[protocol.bends]
    found = np.interp(protocol.kinks, run.time, run.voltage)
    off = np.abs(found - wanted) > _MISSED * np.abs(wanted).max()
    if off.any():
        k = int(np.argmax(off))
        raise ConvergenceError(
            f"{program} passed over the corner at {protocol.kinks[k]:.9g} s: {found[k]:.4g} V for {wanted[k]:.4g} V",
            time=float(protocol.kinks[k]),
        )


def longest_step(protocol: Protocol) -> float:
    """Return the longest step [s] of a circuit simulator under a protocol."""
    shortest = float(np.diff(protocol.kinks).min())
    longest = min(protocol.duration / LEAST_STEPS, shortest / LEAST_IN_PIECE)
    return max(longest, SMALLEST_SHARE * protocol.duration)


def _option(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise OutOfRangeError("name of an ngspice option", name, "a letter followed by letters, digits or _")
    return name


def _deck(
    model: Exportable, protocol: Protocol, overrides: Mapping[str, float], ambient: float = AMBIENT
) -> str:
    """Return the input file: subcircuit, piecewise-linear source, transient analysis, output table."""
    kinks = protocol.kinks
    points = [f"{t:.17g} {v:.17g}" for t, v in zip(kinks, protocol.levels[protocol.bends], strict=True)]
    options = {"reltol": 1e-6, "abstol": 1e-20, "vntol": 1e-10, "chgtol": 1e-22, "gmin": 1e-25, "trtol": 1.0}
    options |= dict(overrides)
    pins, drain = [f"state_{k}" for k in range(len(model.family.states))], model.family.drain
    longest = longest_step(protocol)
    return "\n".join(
        [
            "memristor compact model",
            to_subcircuit(model, "memristor", ambient),
            "Vdrive top 0 PWL(",
            *(f"+ {p}" for p in points),
            "+ )",
            *([f"Vdrain drain 0 {number('drain', model[drain])}"] if drain else []),
            f"Xdut {'drain 0 top' if drain else 'top 0'} {' '.join(pins)} memristor",
            ".options method=gear " + " ".join(f"{_option(k)}={v:g}" for k, v in options.items()),
            ".control",
            "set wr_singlescale",
            "set numdgt=15",
            f"tran {longest:.17g} {protocol.duration:.17g} 0 {longest:.17g}",
            f"wrdata out.txt v(top) i({'Vdrain' if drain else 'Vdrive'}) {' '.join(f'v({pin})' for pin in pins)}",
            "quit",
            ".endc",
            ".end",
            "",
        ]
    )
