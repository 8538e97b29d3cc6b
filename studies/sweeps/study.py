"""A study: a function of named parameters, and the key under which the result of a case of it is kept.

The key is a checksum of all that the result depends on: the source text of the function and the values that it uses (or
a version that the user gives), the parameters by value, and the versions of the programs that compute.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fem.description import to_dict, without_identity
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.checking import anything, function, table, text, words
from studies.results.provenance import versions
from studies.sweeps.parameters import Label, Parameter, as_parameter, described

_LENGTH = 32  # letters of a key, 128 bits
#: What the table and the dataset of a store have themselves.
TAKEN = (
    "case",
    "failure",
    "host",
    "key",
    "parameter",
    "reason",
    "sample",
    "seconds",
    "status",
    "time",
    "warnings",
)


@dataclass(frozen=True)
class Job:
    """A case that can be computed: its key, the arguments of the function, and what stands for them at axes.

    ``content`` is the arguments as plain data.
    """

    key: str
    arguments: dict[str, Any]
    labels: dict[str, Label]
    content: dict[str, Any]


class Study:
    """A function of named parameters, of which any plan computes cases; ``study(...)`` above a function makes it.

    ``run`` returns a Trace, or figures: a mapping of names to numbers or to (number, unit), or an object with
    ``rows()`` such as ``trace.switching()``; a mapping may hold a Trace under "trace". ``parameters`` are its
    arguments by name: a unit or a ``Number``, a ``Choice``, a ``Described``. ``version`` stands for its source text,
    where that cannot be had or shall not count: results are kept until it is another one.

    >>> double = Study(lambda x: {"double": (2 * x, "nm")}, {"x": "nm"}, name="double")
    >>> double(x=2)
    {'double': (4.0, 'nm')}
    """

    def __init__(
        self, run: Callable[..., Any], parameters: Mapping[str, Any], *, name: str = "", version: str = ""
    ) -> None:
        self.run = function("run of a Study", run)
        given = table(anything, 1)("parameters of a Study", parameters)
        self.parameters: dict[str, Parameter] = {n: as_parameter(n, one) for n, one in given.items()}
        self.name = words("name of a Study", name) or text("name of a Study", getattr(run, "__name__", ""))
        self.version = words("version of a Study", version)
        _check_names(self.run, self.parameters)

    def __call__(self, **values: Any) -> Any:
        """Return what the function gives for these parameters, here and now; nothing is kept."""
        return self.run(**self._arguments(values))

    def __repr__(self) -> str:
        told = ", ".join(f"{n} [{p.unit}]" if p.unit != "1" else n for n, p in self.parameters.items())
        return f"Study {self.name} of {told}"

    @cached_property
    def about(self) -> dict[str, Any]:
        """All that results depend on besides the parameters, as plain data."""
        units = {name: parameter.unit for name, parameter in self.parameters.items()}
        what: Any = {"version": self.version} if self.version else {"run": to_dict(self.run, labels=False)}
        if not self.version and (unknown := without_identity(what["run"], self.name)):
            raise IncompatibleError(
                f"results of study {self.name} cannot be kept: {unknown[0]}; or give a version: Study(..., version=)."
            )
        return {"name": self.name, "units": units, "programs": versions(), **what}

    @cached_property
    def key(self) -> str:
        """The checksum of ``about``."""
        return checksum(self.about)

    def job(self, values: Mapping[str, Any]) -> Job:
        """Return a case; raises UnknownNameError or OutOfRangeError unless all parameters have a value that fits."""
        arguments = self._arguments(values)
        labels = {n: parameter.label(arguments[n]) for n, parameter in self.parameters.items()}
        content = {n: described(value) for n, value in arguments.items()}
        return Job(checksum([self.key, content]), arguments, labels, content)

    def _arguments(self, values: Mapping[str, Any]) -> dict[str, Any]:
        _check_given(self, values)
        return {n: parameter.checked(n, values[n]) for n, parameter in self.parameters.items()}

    def jobs(self, plan: Iterable[Mapping[str, Any]]) -> dict[str, Job]:
        """Return the cases of a plan by their keys, each of them once."""
        return {job.key: job for job in map(self.job, plan)}


def study(**parameters: Any) -> Callable[[Callable[..., Any]], Study]:
    """Return a decorator that makes a Study of a function: ``@study(thickness="nm", top=Choice("Ag", "Au"))``.

    >>> @study(x="nm")
    ... def double(x: float) -> dict[str, float]:
    ...     return {"double": 2 * x}
    >>> double
    Study double of x [nm]
    """
    return lambda run: Study(run, parameters)


def checksum(content: Any) -> str:
    """Return a checksum of plain data; floats count with all their digits."""
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]


def _check_names(run: Callable[..., Any], parameters: Mapping[str, Parameter]) -> None:
    """Raise unless the function takes the parameters, and no other argument that has no default."""
    for name in parameters:
        if not name.isidentifier() or name in TAKEN:
            raise OutOfRangeError(
                "name of a parameter", name, f"a name in Python, none of {', '.join(TAKEN)}"
            )
    try:
        inspect.signature(run).bind(**parameters)
    except TypeError as error:
        raise IncompatibleError(
            f"the function of the study does not take the parameters {', '.join(parameters)}: {error}."
        ) from None


def _check_given(study: Study, values: Mapping[str, Any]) -> None:
    for name in values:
        if name not in study.parameters:
            raise UnknownNameError(f"parameter of study {study.name}", name, study.parameters)
    if missing := [name for name in study.parameters if name not in values]:
        raise IncompatibleError(
            f"study {study.name} has no value of {', '.join(missing)}; the plan must give one."
        )
