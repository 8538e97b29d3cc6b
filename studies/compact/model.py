"""A compact memristor model as a value: parameters with units and errors, simulation, file and export.

Its equations are those of its family (``studies.compact.family``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked, settle
from fem.errors.checking import (
    any_of,
    device_area,
    each,
    instance,
    not_negative,
    number,
    optional,
    table,
    temperature,
    text,
    whole,
)
from fem.io.files import write_text
from studies.compact.families import named
from studies.compact.families.ion_screening import ION_SCREENING
from studies.compact.family import AMBIENT, Family
from studies.compact.kernel import integrate, limits_of
from studies.compact.model_file import read_content, text_of
from studies.compact.parameter import Parameter
from studies.compact.sampling import at_times, evenly
from studies.protocols.protocol import Protocol
from studies.results.provenance import program_version
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.circuit import Circuit
    from studies.compact.export.spice import SpiceRun

#: Quality of a fit -> 1 and the largest value, or -1 and the smallest one, of a fit that is not called bad.
QUALITY_BOUNDS = {"r_squared": (-1, 0.99), "max_error_over_peak": (1, 0.1)}


@dataclass(frozen=True, kw_only=True)
class CompactModel:
    """A compact model: ``parameters`` with errors of a ``family``, their ``covariance``, ``quality`` and provenance.

    ``covariance`` has its rows and columns in the order of ``fitted``, the parameters that the fit determined.
    ``current_unit`` is "A" or "A/m^2". ``warnings`` says in words what is wrong with the fit.
    """

    parameters: Mapping[str, Parameter]
    current_unit: str
    family: Family = ION_SCREENING
    fitted: tuple[str, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settle(self, "a compact model", parameters=table(instance(Parameter)))
        declared = self.family.parameters
        for name in self.parameters:
            if name not in declared:
                raise UnknownNameError("compact-model parameter", name, declared)
        missing = [name for name in declared if name not in self.parameters]
        if missing:
            raise IncompatibleError(f"the compact model lacks {', '.join(missing)}.")
        if [len(row) for row in self.covariance] != [len(self.fitted)] * len(self.fitted):
            raise IncompatibleError(
                "the covariance of a compact model must have a row and a column for each fitted parameter."
            )
        if self.current_unit not in ("A", "A/m^2"):
            raise OutOfRangeError("current unit of a compact model", self.current_unit, "'A' or 'A/m^2'")
        for name, what in declared.items():
            what.check(name, self[name])

    @classmethod
    @checked()
    def from_values(
        cls, values: Mapping[str, float], current_unit: str, family: Family | str = ION_SCREENING
    ) -> CompactModel:
        """Return a model from plain numbers in SI units, without errors; what a family fixes may be left out.

        ``family``: a value, or the name of one of memfem's, such as "Yakopcic".
        """
        family = named(family)
        known = {n: d.fixed for n, d in family.parameters.items() if d.fixed is not None} | dict(values)
        filled = {}
        for name, value in known.items():
            if name not in family.parameters:
                raise UnknownNameError("compact-model parameter", name, family.parameters)
            what = family.parameters[name]
            filled[name] = Parameter(float(value), what.unit_for(current_unit), float("nan"), what.meaning)
        ordered = {n: filled[n] for n in family.parameters if n in filled}
        return cls(parameters=ordered, current_unit=current_unit, family=family)

    def __getitem__(self, name: str) -> float:
        """Return the value of a parameter in its unit."""
        if name not in self.parameters:
            raise UnknownNameError("compact-model parameter", name, self.family.parameters)
        return self.parameters[name].value

    def __repr__(self) -> str:
        """Return one line; ``print`` shows the parameters."""
        return (
            f"<CompactModel {self.family.name!r}, {len(self.parameters)} parameters, in {self.current_unit}>"
        )

    def values(self) -> dict[str, float]:
        """Return name -> value."""
        return {name: self.parameters[name].value for name in self.family.parameters}

    def figure(self, name: str) -> float:
        """Return a figure that the family derives of its parameters, such as "built_in_voltage" [V]."""
        return self.family.figure(name, self.values())

    @checked(
        drive=any_of(instance(Protocol), each(each(number, 2), 2, 2)),
        times=optional(each(not_negative, 2)),
        points_per_segment=whole(2, 1_000_000),
        ambient=temperature,
        start=optional(table(number)),
    )
    def simulate(
        self,
        drive: Protocol | tuple[ArrayLike, ArrayLike],
        *,
        times: ArrayLike | None = None,
        points_per_segment: int = 200,
        circuit: Circuit | None = None,
        ambient: float = AMBIENT,
        start: Mapping[str, float] | None = None,
    ) -> Trace:
        """Return the current and the states by name under a protocol, or under (times [s], voltages [V]).

        With a protocol, output is at ``times`` [s] or at ``points_per_segment`` points of each straight
        piece. At a kink the displacement current is that of the piece before it. ``circuit``: a resistor in series
        and a compliance; "device_voltage" is then the voltage behind them. ``ambient``: temperature [K]. ``start``:
        states at the begin, such as those ``last_states`` of another trace gives, in the place of the family's own.
        Raises ConvergenceError where the states cannot be followed.
        """
        attrs: dict[str, Any] = {"parameters": self.values(), "source": f"compact model: {self.family.name}"}
        extra: dict[str, Any] = {}
        if isinstance(drive, Protocol):
            found = evenly(drive, points_per_segment) if times is None else at_times(drive, times)
            steps, v, keep, wanted = found.steps, found.voltages, found.places, found.time
            edges = drive.cycle_times[1:-1]
            extra["cycle"] = np.searchsorted(edges, wanted) if times is None else drive.cycle(wanted)
            attrs["protocol"] = drive.describe()
        else:
            wanted, v = (np.asarray(d, dtype=float) for d in drive)
            if wanted.size != v.size:
                raise IncompatibleError(f"a drive of {wanted.size} times has {v.size} voltages.")
            steps, keep = np.diff(wanted), np.arange(wanted.size)
            if not np.all(steps > 0):
                raise OutOfRangeError("times of a drive", "some that do not rise", "strictly increasing")
        limits = limits_of(circuit, self.family, self.current_unit)
        course = integrate(self.family, self.values(), steps, v, ambient=ambient, limits=limits, start=start)
        name = "current" if self.current_unit == "A" else "current_density"
        columns = {
            "time": wanted,
            "voltage": v[keep],
            name: (course.conducted + course.displacement)[keep],
            **extra,
        }
        if self.family.stores_charge:
            columns[name.replace("current", "displacement_current")] = course.displacement[keep]
        if limits.some:
            columns["device_voltage"] = course.voltage[keep]
        units = {}
        for k, (state, what) in enumerate(self.family.states.items()):
            columns[state], units[state] = course.states[keep, k], what.unit
        return Trace.from_columns(columns, attrs, units=units)

    def last_states(self, trace: Trace) -> dict[str, float]:
        """Return the states at the end of a trace of this model, from which another run can ``start``."""
        return {state: float(trace.data[state].values[-1]) for state in self.family.states}

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is wrong with the fit, in words: parameters that it does not give, and a bad quality."""
        found = []
        for status in ("not determined", "at its lower bound", "at its upper bound"):
            names = [n for n, p in self.parameters.items() if p.status == status]
            if names:
                found.append(f"{status}: {', '.join(names)}")
        for name, (sign, bound) in QUALITY_BOUNDS.items():
            value = self.quality.get(name, bound)
            if not sign * value <= sign * bound:  # nan is no good quality
                side = "above" if sign > 0 else "below"
                found.append(f"the fit is bad: {name} is {value:.3g}, {side} {bound:g}")
        return tuple(found)

    @checked(area=device_area)
    def with_area(self, area: float) -> CompactModel:
        """Return the model in [A] of a device of ``area`` [m^2] from one in [A/m^2]."""
        if self.current_unit != "A/m^2":
            raise IncompatibleError("the model is in A already; with_area needs one in A/m^2.")
        declared = self.family.parameters
        scale = {n: area**d.power_of_area for n, d in declared.items()}
        scaled = {
            n: replace(
                p,
                value=p.value * scale[n],
                unit=declared[n].unit_for("A"),
                standard_error=p.standard_error * scale[n],
            )
            for n, p in self.parameters.items()
        }
        factors = np.array([scale[n] for n in self.fitted])
        cov = np.reshape(self.covariance, (len(factors), len(factors))) * np.outer(factors, factors)
        return CompactModel(
            parameters=scaled, current_unit="A", family=self.family, fitted=self.fitted,
            covariance=tuple(map(tuple, cov.tolist())), quality=self.quality,
            provenance={**self.provenance, "area": area},
        )  # fmt: skip

    @checked(name=text)
    def to_spice(self, name: str) -> str:
        """Return the text of a SPICE subcircuit ``name``."""
        from studies.compact.export.spice import to_subcircuit

        return to_subcircuit(self, name)

    @checked()
    def run_ngspice(self, protocol: Protocol) -> SpiceRun:
        """Return time, voltage, current and state of the exported model as ngspice solves it."""
        from studies.compact.export.spice import run_ngspice

        return run_ngspice(self, protocol)

    @checked()
    def save(self, path: str | Path) -> Path:
        """Return the path of the JSON file with values, errors, covariance, equations and provenance."""
        content = {
            "program": program_version(),
            "family": self.family.name,
            "equations": self.family.equations(),
            "current_unit": self.current_unit,
            "parameters": {n: vars(p) for n, p in self.parameters.items()},
            "fitted": self.fitted,
            "covariance": self.covariance,
            "quality": dict(self.quality),
            "provenance": dict(self.provenance),
        }
        return write_text(path, text_of(content))

    @classmethod
    @checked()
    def load(cls, path: str | Path, *, family: Family | None = None) -> CompactModel:
        """Return the model in the JSON file ``path``, which ``save`` has written.

        ``family``: that of the model, if it is none of memfem's own.
        Raises OutOfRangeError if there is none, IncompatibleError if it is damaged, edited or something else.
        """
        return cls(**read_content(Path(path), family))

    def __str__(self) -> str:
        rows = [
            f"{n:<20}{p.value:>13.5g} {p.error_text:<19}{p.unit:<12}{p.meaning}".rstrip()
            for n, p in self.parameters.items()
        ]
        rows.insert(0, f"{self.family.name} ({self.family.source})")
        rows += [f"{n:<20}{v:>13.5g}" for n, v in self.quality.items()]
        how = self.provenance.get("standard_errors")
        rows += [f"standard errors: {how}"] if how else []
        return "\n".join(rows + [f"warning: {text}" for text in self.warnings])
