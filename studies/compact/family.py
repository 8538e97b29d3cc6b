"""A family of compact models as a value: parameters, states with their rates, and the law of the current.

``simulate``, ``fit``, files and exports know no family by name: they read these texts (``studies.compact.equations``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import instance, table, text
from studies.compact.declared import Declared as Declared
from studies.compact.declared import StateVariable as StateVariable
from studies.compact.equations import NUMPY, TEMPERATURE, VOLTAGE, functions, read, symbol

if TYPE_CHECKING:
    from sympy import Expr

    from studies.compact.features import Features

Array = NDArray[np.float64]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
#: Columns of a trace beside the states.
_COLUMNS = ("time", "voltage", "current", "current_density", "device_voltage", "cycle")
AMBIENT = 300.0  #: K, where nothing else is said
ROUNDING = 1e-5  #: of the scale of a state, by which it may be beyond an end of its range


@dataclass(frozen=True, kw_only=True)
class Family:
    """Equations of a memristor under the voltage ``v`` [V] at the ambient temperature ``T`` [K].

    ``parameters`` and ``states`` by name; ``where``: further names for parts of the equations, in the order in which
    they need each other; ``current``: the law of the conducted current, and ``charge`` that whose rate of change is
    added to it, both of the states, the voltage and the parameters. At 0 V no current may flow. ``drain``: of a
    transistor, the parameter that is the voltage from drain to source, between which the current flows; ``v`` is then
    that of the gate, and no current may flow without one of the drain. ``derived``: further
    figures of the parameters, name -> (text, unit, meaning). ``nodes``: parts of ``where``, of the size of 1 all, which
    a SPICE subcircuit computes once, each as the voltage of a node: without them its text is long and slow.
    ``source``: who published the equations. ``starts``: from the features of traces (``studies.compact.features``)
    a list of parameter values to begin a fit with, best guesses first; without it they are spread over the ranges.

    Raises OutOfRangeError or UnknownNameError for equations that cannot be read.

    >>> resistor = Family(name="resistor", source="Ohm 1827", current="v/R", parameters={
    ...     "R": Declared(unit="Ohm", meaning="resistance", lower=1.0, upper=1e12)}, states={})
    >>> float(resistor.conducted({"R": 50.0}, 1.0, {}))
    0.02
    """

    name: str
    source: str
    parameters: Mapping[str, Declared]
    states: Mapping[str, StateVariable]
    current: str
    charge: str = "0"
    drain: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, tuple[str, str, str]] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()
    starts: Callable[[Features], Sequence[Mapping[str, float]]] | None = None
    bounds: Callable[[Features], Mapping[str, tuple[float, float]]] | None = None

    def __post_init__(self) -> None:
        settle(self, "a family", name=text, source=text, parameters=table(instance(Declared)),
               states=table(instance(StateVariable)))  # fmt: skip
        taken = [*self.parameters, *self.states, *self.where]
        for name in taken:
            if not _NAME.fullmatch(name):
                raise OutOfRangeError("name in a family", name, "a letter followed by letters, digits or _")
            alike = [other for other in [*taken, VOLTAGE, TEMPERATURE] if other.lower() == name.lower()]
            if (
                name in functions() or len(alike) > 1 or (self.drain and name.lower() in ("d", "s", "g"))
            ):  # SPICE does not tell capitals
                raise IncompatibleError(f"family {self.name}: the name {name} is taken.")
        for name in self.states:
            if name in _COLUMNS:
                raise IncompatibleError(
                    f"family {self.name}: {name} is a column of every trace, and no state."
                )
        if self.drain and (self.drain not in self.parameters or self.charge.strip() != "0"):
            raise IncompatibleError(
                f"family {self.name}: the drain's voltage is a parameter, and no charge is stored with one."
            )
        for name in self.nodes:
            if name not in self.where:
                raise UnknownNameError("part of the equations", name, self.where)
        _ = self.expressions
        self._check_rest()

    def __repr__(self) -> str:
        """Return one line, so that ``help`` of what has a family for its default can be read."""
        return f"<Family {self.name!r}, {len(self.parameters)} parameters>"

    def _check_rest(self) -> None:
        """Raise IncompatibleError if the law gives a current at 0 V, whatever the states are."""
        still = self.drain or VOLTAGE
        at_rest = self.expressions["current"].subs(symbol(still), 0)
        if not at_rest.is_zero:
            middle = {n: d.fixed if d.fixed is not None else (d.lower * d.upper) ** 0.5 if d.lower > 0
                      else 0.5 * (d.lower + d.upper) for n, d in self.parameters.items()}  # fmt: skip
            off = middle | ({self.drain: 0.0} if self.drain else {})
            first, sizes = self.initial(middle), self.scales(middle)
            for share in (0.0, 0.5, -0.5):  # a current of the states alone is 0 at some of them
                states = {n: x + share * sizes[n] for n, x in first.items()}
                found = float(np.ravel(self.conducted(off, 0.0, states))[0])
                size = abs(float(np.ravel(self.conducted(middle, 1.0, states))[0]))
                if not abs(found) <= 1e-9 * size:
                    raise IncompatibleError(f"family {self.name}: its law gives {found:.3g} A at 0 V.")

    @cached_property
    def expressions(self) -> dict[str, Expr]:
        """Return "current", "charge" and, by the name of the state, "rate NAME", "initial NAME" and "scale NAME".

        "lower NAME" and "upper NAME" are those of a state with ends;
        "part NAME" is one of ``where``, "derived NAME" one of ``derived``; in all are parameters, T, states and v only.
        """
        parts, found = self.stepwise(())
        return found | {f"part {name}": expression for name, expression in parts.items()}

    def stepwise(self, kept: Collection[str]) -> tuple[dict[str, Expr], dict[str, Expr]]:
        """Return the parts and the other expressions, in which the parts ``kept`` stand by their names."""
        known = [*self.parameters, TEMPERATURE]
        every = [*known, *self.states, VOLTAGE]
        parts: dict[str, Expr] = {}
        put: dict[str, Expr] = {}
        for name, equation in self.where.items():
            parts[name] = read(equation, [*every, *kept], put)
            put[name] = symbol(name) if name in kept else parts[name]
        found = {n: read(getattr(self, n), [*every, *kept], put) for n in ("current", "charge")}
        moving = {symbol(n) for n in [*self.states, VOLTAGE, *kept]}
        own = {n: e for n, e in parts.items() if not e.free_symbols & moving}
        for name, state in self.states.items():
            found[f"rate {name}"] = read(state.rate, [*every, *kept], put)
            found[f"initial {name}"] = read(state.initial, known, own)
            found[f"scale {name}"] = read(state.scale, known, own)
            for end in ("lower", "upper"):
                if getattr(state, end):
                    found[f"{end} {name}"] = read(getattr(state, end), known, own)
        found |= {f"derived {n}": read(equation, known, own) for n, (equation, _, _) in self.derived.items()}
        return parts, found

    @cached_property
    def initial_parameters(self) -> tuple[str, ...]:
        """The parameters that set the initial state and nothing else."""
        found = self.expressions
        first = (
            set().union(*(found[f"initial {s}"].free_symbols for s in self.states)) if self.states else set()
        )
        rest = [e for n, e in found.items() if n in ("current", "charge") or n.startswith(("rate", "scale"))]
        others = set().union(*(e.free_symbols for e in rest))
        return tuple(n for n in self.parameters if symbol(n) in first - others)

    @property
    def stores_charge(self) -> bool:
        """Whether a displacement current belongs to the law."""
        return self.charge.strip() != "0"

    def evaluated(
        self,
        what: str,
        values: Mapping[str, Any],
        voltage: ArrayLike,
        states: Mapping[str, Any],
        ambient: float,
    ) -> Array:
        import sympy

        known: dict[str, Any] = self.__dict__.setdefault("_functions", {})
        if what not in known:
            inputs = [symbol(n) for n in [*self.parameters, TEMPERATURE, *self.states, VOLTAGE]]
            known[what] = sympy.lambdify(inputs, self.expressions[what], modules=[NUMPY, "numpy"], cse=True)
        given = [
            *(values[n] for n in self.parameters),
            ambient,
            *(np.asarray(states[n]) for n in self.states),
        ]
        return np.asarray(known[what](*given, np.asarray(voltage, dtype=float)), dtype=float)

    def conducted(
        self,
        values: Mapping[str, float],
        voltage: ArrayLike,
        states: Mapping[str, Any],
        ambient: float = AMBIENT,
    ) -> Array:
        """Return the conducted current [A or A/m^2] at ``voltage`` [V] and ``states`` by name (arrays of one shape)."""
        return self.evaluated("current", values, voltage, states, ambient)

    def rate(
        self, name: str, values: Mapping[str, float], voltage: ArrayLike, states: Mapping[str, Any],
        ambient: float = AMBIENT,
    ) -> Array:  # fmt: skip
        """Return the rate of the state ``name`` [its unit/s] at ``voltage`` [V] and ``states`` by name."""
        if name not in self.states:
            raise UnknownNameError("state", name, self.states)
        return self.evaluated(f"rate {name}", values, voltage, states, ambient)

    def part(
        self, name: str, values: Mapping[str, float], voltage: ArrayLike, states: Mapping[str, Any],
        ambient: float = AMBIENT,
    ) -> Array:  # fmt: skip
        """Return what the equation ``name`` of ``where`` gives."""
        if name not in self.where:
            raise UnknownNameError("part of the equations", name, self.where)
        return self.evaluated(f"part {name}", values, voltage, states, ambient)

    def figure(self, name: str, values: Mapping[str, float], ambient: float = AMBIENT) -> float:
        """Return the ``derived`` figure ``name`` in its unit."""
        if name not in self.derived:
            raise UnknownNameError("derived figure", name, self.derived)
        return float(self.evaluated(f"derived {name}", values, 0.0, dict.fromkeys(self.states, 0.0), ambient))

    def scales(self, values: Mapping[str, float], ambient: float = AMBIENT) -> dict[str, float]:
        """Return how large each state is, by name."""
        nothing = dict.fromkeys(self.states, 0.0)
        return {n: float(self.evaluated(f"scale {n}", values, 0.0, nothing, ambient)) for n in self.states}

    def check_states(
        self, values: Mapping[str, float], states: Mapping[str, float], ambient: float = AMBIENT
    ) -> None:
        """Raise IncompatibleError for other states than the family's, OutOfRangeError for one that it cannot have.

        Beyond an end by ROUNDING of its scale a state is at that end, where an integration may leave it.
        """
        if set(states) != set(self.states):
            raise IncompatibleError(f"{self.name} starts with the states {', '.join(self.states)}.")
        nothing, sizes = dict.fromkeys(self.states, 0.0), self.scales(values, ambient)
        for name, value in states.items():
            ends = {"lower": -math.inf, "upper": math.inf}
            for end in ends:
                if f"{end} {name}" in self.expressions:
                    ends[end] = float(self.evaluated(f"{end} {name}", values, 0.0, nothing, ambient))
            slack = ROUNDING * sizes[name]
            if not (math.isfinite(value) and ends["lower"] - slack <= value <= ends["upper"] + slack):
                allowed = f"finite, from {ends['lower']:g} to {ends['upper']:g}"
                raise OutOfRangeError(f"state {name} [{self.states[name].unit}]", value, allowed)

    def initial(self, values: Mapping[str, float], ambient: float = AMBIENT) -> dict[str, float]:
        """Return the states by name at time 0."""
        nothing = dict.fromkeys(self.states, 0.0)
        return {n: float(self.evaluated(f"initial {n}", values, 0.0, nothing, ambient)) for n in self.states}

    def equations(self) -> dict[str, str]:
        """Return the equations as text, as a file and an export repeat them."""
        found = {f"d({n})/dt [{s.unit}/s]": s.rate for n, s in self.states.items()}
        found |= {f"{n}(0)": s.initial for n, s in self.states.items()}
        found |= {"current": self.current} | ({"charge": self.charge} if self.stores_charge else {})
        return found | dict(self.where)

    @cached_property
    def key(self) -> str:
        """Name, parameters and equations as one text: two families of one key are the same."""
        return repr(self._key())

    def __eq__(self, other: object) -> bool:
        """Return whether name, parameters and equations agree."""
        return isinstance(other, Family) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields alone: functions made of them are made again where a family is copied or sent to."""
        return {f.name: self.__dict__[f.name] for f in fields(self)}

    def _key(self) -> tuple[Any, ...]:
        return (
            self.name,
            dict(self.parameters),
            dict(self.states),
            self.current,
            self.drain,
            self.charge,
            dict(self.where),
            dict(self.derived),
        )
