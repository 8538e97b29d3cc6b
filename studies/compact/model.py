"""A compact memristor model as a value: parameters with units and errors, simulation, file and export.

Its equations are in ``studies.compact.ion_screening``.
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
    text,
    whole,
)
from fem.io.files import write_text
from studies.compact.ion_screening import (
    PARAMETERS,
    POSITIVE,
    Array,
    built_in_voltage,
    integrate,
    left_rate,
    subdivided,
    terminal_current,
    unit_of,
)
from studies.compact.model_file import read_content, text_of
from studies.compact.parameter import Parameter
from studies.compact.sampling import at_times, evenly
from studies.protocols import Protocol
from studies.results.provenance import program_version
from studies.results.trace import Trace

if TYPE_CHECKING:
    from studies.compact.export.spice import SpiceRun

#: Largest change of the state in one step of a simulation, relative to 1 + |q|.
LARGEST_CHANGE = 0.02
#: Quality of a fit -> 1 and the largest value, or -1 and the smallest one, of a fit that is not called bad.
QUALITY_BOUNDS = {"r_squared": (-1, 0.99), "max_error_over_peak": (1, 0.1)}


@dataclass(frozen=True, kw_only=True)
class CompactModel:
    """A compact model: ``parameters`` with errors, their ``covariance``, fit ``quality`` and provenance.

    ``covariance`` has its rows and columns in the order of ``fitted``, the parameters that the fit determined.
    ``current_unit`` is "A" or "A/m^2". ``warnings`` says in words what is wrong with the fit.
    """

    parameters: Mapping[str, Parameter]
    current_unit: str
    fitted: tuple[str, ...] = ()
    covariance: tuple[tuple[float, ...], ...] = ()
    quality: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settle(self, "a compact model", parameters=table(instance(Parameter)))
        for name in self.parameters:
            if name not in PARAMETERS:
                raise UnknownNameError("compact-model parameter", name, PARAMETERS)
        missing = [name for name in PARAMETERS if name not in self.parameters]
        if missing:
            raise IncompatibleError(f"the compact model lacks {', '.join(missing)}.")
        if [len(row) for row in self.covariance] != [len(self.fitted)] * len(self.fitted):
            raise IncompatibleError(
                "the covariance of a compact model must have a row and a column for each fitted parameter."
            )
        if self.current_unit not in ("A", "A/m^2"):
            raise OutOfRangeError("current unit of a compact model", self.current_unit, "'A' or 'A/m^2'")
        for name in POSITIVE:
            if not self[name] > 0:
                raise OutOfRangeError(f"compact-model parameter {name}", self[name], "positive")
        if self["charge_sign"] not in (-1.0, 1.0):
            raise OutOfRangeError("compact-model parameter charge_sign", self["charge_sign"], "1 or -1")

    @classmethod
    @checked()
    def from_values(cls, values: Mapping[str, float], current_unit: str) -> CompactModel:
        """Return a model from plain numbers in SI units, without errors."""
        filled = {
            name: Parameter(float(value), unit_of(name, current_unit), float("nan"), PARAMETERS[name][1])
            for name, value in values.items()
            if name in PARAMETERS or _unknown(name)
        }
        return cls(parameters=filled, current_unit=current_unit)

    def __getitem__(self, name: str) -> float:
        """Return the value of a parameter in its unit."""
        if name not in self.parameters:
            raise UnknownNameError("compact-model parameter", name, PARAMETERS)
        return self.parameters[name].value

    def values(self) -> dict[str, float]:
        """Return name -> value."""
        return {name: self.parameters[name].value for name in PARAMETERS}

    @checked(
        drive=any_of(instance(Protocol), each(each(number, 2), 2, 2)),
        times=optional(each(not_negative, 2)),
        points_per_segment=whole(2, 1_000_000),
    )
    def simulate(
        self,
        drive: Protocol | tuple[ArrayLike, ArrayLike],
        *,
        times: ArrayLike | None = None,
        points_per_segment: int = 200,
    ) -> Trace:
        """Return the current and ``memory_state`` q [1] under a protocol, or under (times [s], voltages [V]).

        With a protocol, output is at ``times`` [s] or at ``points_per_segment`` points of each straight
        piece. At a kink the displacement current is that of the piece before it.
        """
        attrs: dict[str, Any] = {"parameters": self.values(), "source": "compact model"}
        extra: dict[str, Any] = {}
        if isinstance(drive, Protocol):
            found = evenly(drive, points_per_segment) if times is None else at_times(drive, times)
            steps, v, keep, wanted = found.steps, found.voltages, found.places, found.time
            edges = drive.cycle_times[1:-1]
            extra["cycle"] = np.searchsorted(edges, wanted) if times is None else drive.cycle(wanted)
            attrs["protocol"] = drive.describe()
        else:
            wanted, v = (np.asarray(d, dtype=float) for d in drive)
            steps, keep = np.diff(wanted), np.arange(wanted.size)
        current, x = self._run(steps, v)
        name = "current" if self.current_unit == "A" else "current_density"
        columns = {"time": wanted, "voltage": v[keep], name: current[keep], "memory_state": x[keep]}
        return Trace.from_columns({**columns, **extra}, attrs)

    def _run(self, steps: Array, voltages: Array) -> tuple[Array, Array]:
        """Return current and state at ``voltages`` [V], integrated on steps fine enough for these."""
        p = self.values()
        step = max(0.2 * p["thermal_voltage"], float(np.ptp(voltages)) / 20000)
        h, v, places = subdivided(steps, voltages, step)
        q, slope = (column[places] for column in integrate(p, h, v, LARGEST_CHANGE))
        return terminal_current(p, voltages, left_rate(steps, voltages), q, slope), q

    @property
    def built_in_voltage(self) -> float:
        """Return V_bi [V], the voltage of flat bands."""
        return built_in_voltage(self.values())

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
        scale = {n: area if "{A}" in PARAMETERS[n][0] else 1.0 for n in PARAMETERS}
        scaled = {
            n: replace(
                p, value=p.value * scale[n], unit=unit_of(n, "A"), standard_error=p.standard_error * scale[n]
            )
            for n, p in self.parameters.items()
        }
        factors = np.array([scale[n] for n in self.fitted])
        cov = np.reshape(self.covariance, (len(factors), len(factors))) * np.outer(factors, factors)
        return CompactModel(
            parameters=scaled, current_unit="A", fitted=self.fitted,
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
    def load(cls, path: str | Path) -> CompactModel:
        """Return the model in the JSON file ``path``, which ``save`` has written.

        Raises OutOfRangeError if there is none, IncompatibleError if it is damaged, edited or something else.
        """
        return cls(**read_content(Path(path)))

    def __str__(self) -> str:
        rows = [
            f"{n:<20}{p.value:>13.5g} {p.error_text:<19}{p.unit:<12}{p.meaning}".rstrip()
            for n, p in self.parameters.items()
        ]
        rows += [f"{n:<20}{v:>13.5g}" for n, v in self.quality.items()]
        how = self.provenance.get("standard_errors")
        rows += [f"standard errors: {how}"] if how else []
        return "\n".join(rows + [f"warning: {text}" for text in self.warnings])


def _unknown(name: str) -> bool:
    raise UnknownNameError("compact-model parameter", name, PARAMETERS)
