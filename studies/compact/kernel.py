"""A family's equations in C, compiled once and kept, and the integration of its states by it.

A fit simulates some thousand times and an array has some thousand cells, so that the steps are not taken in Python.
The compiler is the one that dolfinx compiles its forms with.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fem.errors import ConvergenceError, IncompatibleError, MissingSoftwareError
from studies.compact.equations import C_FUNCTIONS, TEMPERATURE, VOLTAGE, c_text, symbol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fem.circuit import Circuit
    from studies.compact.family import Family

Array = NDArray[np.float64]
#: Error of a step relative to the scale of a state and its value, and the most steps between two samples.
TOLERANCE, MOST_STEPS = 1e-7, 200_000
_TEMPLATES = [Path(__file__).with_name(name) for name in ("kernel.c", "stage.c")]
_DIGEST = hashlib.sha256().digest_size
_FLAGS = ("-O2", "-fPIC", "-shared", "-fno-math-errno", "-ffp-contract=off")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The circuit of a cell: ``resistance`` [Ohm] in series, ``lowest`` and ``highest`` current [A] of the source."""

    resistance: float = 0.0
    lowest: float = -np.inf
    highest: float = np.inf

    @property
    def some(self) -> bool:
        """Whether the voltage of the cell may differ from that of the source."""
        return self.resistance > 0 or bool(np.isfinite([self.lowest, self.highest]).any())


def limits_of(circuit: Circuit | None, family: Family, current_unit: str) -> Limits:
    """Return the limits that a ``fem.Circuit`` sets to a compact model.

    Raises IncompatibleError for what a compact model does not have: a current source, a capacitance, devices in
    parallel and a leakage, and for a model with a displacement current behind a resistor or a compliance.
    """
    if circuit is None:
        return Limits()
    if (
        circuit.source != "voltage"
        or circuit.parallel_capacitance
        or circuit.parallel != 1
        or circuit.leakage
    ):
        raise IncompatibleError(
            "a compact model is behind a voltage source with a series resistor and a compliance only; a cell with "
            "more is what its trace is of."
        )
    low, high = circuit.limits
    found = Limits(resistance=circuit.series_resistance, lowest=low, highest=high)
    if found.some and family.drain:
        raise IncompatibleError(
            f"{family.name}: the gate draws no current, so that a circuit before it does nothing."
        )
    if found.some and family.stores_charge:
        raise IncompatibleError(
            f"{family.name} has a displacement current: give it the voltage of the device and no circuit."
        )
    return found


@dataclass(frozen=True, eq=False)
class Course:
    """``states``, shape (n, number of states); ``conducted``, ``displacement`` current, the cell's ``voltage``."""

    states: Array
    conducted: Array
    displacement: Array
    voltage: Array


def integrate(
    family: Family,
    values: Mapping[str, float],
    steps: Array,
    voltages: Array,
    *,
    ambient: float = 300.0,
    limits: Limits | None = None,
    start: Mapping[str, float] | None = None,
    tolerance: float = TOLERANCE,
) -> Course:
    """Return the course at ``voltages`` [V], shape (n,), ``steps`` [s] apart, shape (n - 1,), on straight lines.

    ``start``: the states at the first, without it those at time 0. At a kink the displacement current is that of the
    piece before it. Raises ConvergenceError where steps become too small or too many, IncompatibleError or
    OutOfRangeError for a ``start`` that the family cannot have.
    """
    limits, n, count = limits or Limits(), voltages.size, len(family.states)
    if steps.shape != (n - 1,):
        raise IncompatibleError(f"{n} voltages need {n - 1} steps between them, not {steps.size}.")
    begin = family.initial(values, ambient) if start is None else dict(start)
    if start is not None:
        family.check_states(values, begin, ambient)
    sizes = family.scales(values, ambient)
    scale = np.array([sizes[s] for s in family.states])
    first = np.array([begin[s] for s in family.states], dtype=float)
    p = np.array([values[name] for name in family.parameters], dtype=float)
    h, v = (np.ascontiguousarray(a, dtype=float) for a in (steps, voltages))
    states, current, cell, displacement = np.empty((n, count)), np.empty(n), np.empty(n), np.empty(n)
    done = library(family).simulate(
        n, *map(pointer_to, (h, v, p)), ambient, limits.resistance, limits.lowest, limits.highest, tolerance,
        MOST_STEPS,
        *map(pointer_to, (scale, first, states, current, cell, displacement)),
    )  # fmt: skip
    if done < n:
        raise ConvergenceError(
            f"{family.name}: no step is short enough at {v[done]:g} V, sample {done} of {n}.",
            time=float(h[:done].sum()),
        )
    lost = ~(np.isfinite(current) & np.isfinite(displacement) & np.isfinite(states).all(axis=1))
    if lost.any():
        k = int(np.argmax(lost))
        raise ConvergenceError(
            f"{family.name}: the current is {current[k]:g} at {v[k]:g} V, sample {k} of {n}.",
            time=float(h[:k].sum()),
        )
    return Course(states, current, displacement, cell)


def pointer_to(values: Array) -> Any:
    return values.ctypes.data_as(ctypes.POINTER(ctypes.c_double))


def c_source(family: Family) -> str:
    """Return the C text of a family: its equations with their slopes, and the integration."""
    count = len(family.states)
    head = "#include <math.h>\n#include <string.h>\n"
    head += f"#define N {count}\n#define N_SPACE {max(count, 1)}\n{C_FUNCTIONS}"
    # names of its own for what the family names, which may be a word or a macro of C, such as int or N
    own = {symbol(n): symbol(f"m_{n}") for n in (*family.parameters, *family.states)}
    states = [own[symbol(s)] for s in family.states]
    found = {n: e.xreplace(own) for n, e in family.expressions.items()}
    v, rates = symbol(VOLTAGE), [found[f"rate {s}"] for s in family.states]
    current, charge = found["current"], found["charge"]
    parts = {
        "current_law": [current, current.diff(v), *(current.diff(s) for s in states)],
        "rates": [*rates, *(f.diff(v) for f in rates), *(f.diff(s) for f in rates for s in states)],
        "charge_law": [charge.diff(v), *(charge.diff(s) for s in states)],
    }
    return head + "".join(_function(family, n, e) for n, e in parts.items()) + _template()


def _template() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in _TEMPLATES)


def _function(family: Family, name: str, results: list[Any]) -> str:
    """Return the C function ``name`` that puts the ``results`` into its last argument."""
    import sympy

    common, reduced = sympy.cse(results, symbols=sympy.numbered_symbols("part_"), optimizations="basic")
    used = {str(s) for e in [*(e for _, e in common), *reduced] for s in e.free_symbols}
    lines = [f"static void {name}(const double *p_, double T, const double *x_, double v, double *out_) {{"]
    for given, names in (("p_", family.parameters), ("x_", family.states)):
        lines += [f"  const double m_{n} = {given}[{k}];" for k, n in enumerate(names) if f"m_{n}" in used]
    lines += [f"  const double {s} = {c_text(e)};" for s, e in common]
    lines += [f"  out_[{k}] = {c_text(e)};" for k, e in enumerate(reduced)]
    unused = "".join(f" (void){n};" for n in ("p_", TEMPERATURE, "x_", VOLTAGE))
    return "\n".join([*lines, f" {unused}", "}", ""])


@cache
def library(family: Family) -> Any:
    """Return the library with ``simulate`` for the family, compiled if none is kept."""
    told = "\n".join([family.key, _template(), Path(__file__).read_text(encoding="utf-8"),
                      C_FUNCTIONS, *_FLAGS, platform.system(), platform.machine()])  # fmt: skip
    name = f"family_{hashlib.sha256(told.encode()).hexdigest()[:24]}.so"
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "memfem"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not _whole(folder / name):
            _compile(c_source(family), folder / name)
        found = ctypes.CDLL(str(folder / name))
    except OSError:  # a home that cannot be written to, or from which no program may be run
        other = Path(tempfile.mkdtemp(prefix="memfem_")) / name
        _compile(c_source(family), other)
        found = ctypes.CDLL(str(other))
    number, pointer = ctypes.c_double, ctypes.POINTER(ctypes.c_double)
    found.simulate.restype = ctypes.c_long
    found.simulate.argtypes = [
        ctypes.c_long,
        pointer,
        pointer,
        pointer,
        *[number] * 5,
        ctypes.c_long,
        *[pointer] * 6,
    ]
    found.stage.restype = None
    found.stage.argtypes = [ctypes.c_long, ctypes.c_long, pointer, pointer, number, *[pointer] * 7]
    return found


def _whole(path: Path) -> bool:
    """Return whether the library at ``path`` is there as it was written: with its digest behind it."""
    if not path.is_file():
        return False
    content = path.read_bytes()
    return content[-_DIGEST:] == hashlib.sha256(content[:-_DIGEST]).digest()


def _compile(source: str, path: Path) -> None:
    """Write the library and its digest at ``path``; at once, so that two programs do not see half of it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise MissingSoftwareError("no C compiler was found; install one with: apt-get install gcc")
    with tempfile.TemporaryDirectory(prefix="memfem_cc_", dir=path.parent) as folder:
        text, made = Path(folder) / "family.c", Path(folder) / "family.so"
        text.write_text(source, encoding="utf-8")
        done = subprocess.run(
            [compiler, *_FLAGS, "-o", str(made), str(text), "-lm"],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise MissingSoftwareError(
                f"the C compiler did not take a compact model: {done.stderr.strip()[:600]}"
            )
        content = made.read_bytes()
        made.write_bytes(content + hashlib.sha256(content).digest())  # a loader does not read what is behind
        made.replace(path)
