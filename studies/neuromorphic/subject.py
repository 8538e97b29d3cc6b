"""What an experiment is done on: a finite-element device, a compact model, or any function of a protocol.

Each run of a subject begins in the same state, so that experiments may run one protocol after the other. Its voltage
is that of one terminal over the other one, its current flows in there; with a positive voltage it is positive where
the device conducts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.device.device import Device
from fem.device.state import State
from fem.errors import IncompatibleError, OutOfRangeError, warn
from fem.errors.arguments import checked, settle
from fem.errors.checking import device_area, function, optional
from fem.transient.times import rounding
from studies.experiments.apply import apply
from studies.metrics.conductance import Array
from studies.protocols.protocol import Protocol
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.circuit import Circuit
    from fem.solvers.options import NewtonOptions
    from fem.transient.timestepping import StepControl

#: (protocol, times [s] that are needed, times [s] that are welcome) -> Trace.
Drive = Callable[[Protocol, Array, Array], Trace]
_ALLOWED = (
    "a (State, contact) pair, a compact model with simulate(), a function of a protocol that returns a Trace, "
    "or a Subject"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """What can be driven by a protocol, each time from the state in which it begins.

    ``drive``: returns the Trace of a protocol, with samples at the times [s] of its second argument, and, where they
    cost little, at those of its third one. ``area`` [m^2]: what energies are divided by, if the current is in A, or
    multiplied with, if it is a density.

    >>> subject = Subject.of_device(state, "top", control=StepControl(tolerance=2e-2))       # doctest: +SKIP
    >>> potentiation_depression(subject, up, down, read)                                     # doctest: +SKIP
    """

    drive: Drive
    area: float | None = None

    def __post_init__(self) -> None:
        settle(self, "a subject", drive=function, area=optional(device_area))

    @classmethod
    @checked()
    def of_device(
        cls,
        start: State | Device,
        contact: str,
        *,
        bias: Mapping[str, float] | None = None,
        light: float | None = None,
        circuits: Mapping[str, Circuit] | None = None,
        control: StepControl | None = None,
        options: NewtonOptions | None = None,
        area: float | None = None,
    ) -> Subject:
        """Return a device that is driven at ``contact``, with the others at ``bias`` [V] (those of the start if None).

        Other arguments are those of ``apply``. With ``circuits``, conductances are of the device with its circuit, and
        energies of the device. Raises UnknownNameError for a contact that is not there.
        """
        device = start if isinstance(start, Device) else start.device
        for name in (contact, *(bias or {})):
            device.electrode(name)

        def drive(protocol: Protocol, times: Array, _: Array) -> Trace:
            return apply(
                start,
                {contact: protocol, **(bias or {})},
                light=light,
                circuits=circuits,
                control=control,
                options=options,
                sample_times=times.tolist(),
            ).trace

        return cls(drive=drive, area=area)

    @classmethod
    def of_model(cls, model: Any, *, area: float | None = None) -> Subject:
        """Return a compact model: what has ``simulate(protocol, times=...)``, which begins in its initial state.

        Gives a ModelWarning with what is wrong with its fit: the figures of an experiment depend on it.
        """
        if isinstance(model, type) or not callable(getattr(model, "simulate", None)):
            raise IncompatibleError(
                f"the compact model is {model!r}; it must have a method simulate(protocol)."
            )

        if said := getattr(model, "warnings", ()):
            warn(f"the compact model of the experiment: {'; '.join(said)}.")

        def drive(protocol: Protocol, times: Array, welcome: Array) -> Trace:
            found: Trace = model.simulate(protocol, times=np.union1d(times, welcome))
            return found

        return cls(drive=drive, area=area)

    @classmethod
    @checked()
    def of_function(cls, simulate: Callable[[Protocol], Trace], *, area: float | None = None) -> Subject:
        """Return what a function of a protocol simulates or measures: a Trace with samples in every read at least."""
        return cls(drive=lambda protocol, *_: simulate(protocol), area=area)

    def run(self, protocol: Protocol, times: Array, welcome: Array | None = None) -> Trace:
        """Return the trace of a protocol with samples at ``times`` [s]; those at ``welcome`` [s] may be missing.

        Raises IncompatibleError or OutOfRangeError where it is no Trace of finite numbers from begin to end, and what
        the subject raises.
        """
        needed = np.unique(np.concatenate(([0.0], times, [protocol.duration])))
        trace = self.drive(protocol, needed, np.zeros(0) if welcome is None else welcome)
        if not isinstance(trace, Trace):
            raise IncompatibleError(f"the subject has returned {trace!r}; it must be a Trace.")
        for name, column in (("current", trace.current), ("voltage", trace.voltage)):
            if not np.isfinite(column).all():
                raise OutOfRangeError(f"{name} that the subject has returned", float("nan"), "finite")
        wanted = float(np.max(times, initial=0.0))
        if trace.time[-1] < wanted - rounding(wanted):
            raise IncompatibleError(
                f"the trace of the subject ends at {trace.time[-1]:g} s; it must reach {wanted:g} s."
            )
        return trace


def as_subject(given: Any) -> Subject:
    """Return the subject that is meant: a (State, contact) pair, a model, a function of a protocol, or a Subject."""
    if isinstance(given, Subject):
        return given
    if isinstance(given, tuple) and len(given) == 2 and isinstance(given[0], State | Device):
        return Subject.of_device(*given)
    if isinstance(given, State | Device):
        names = ", ".join((given if isinstance(given, Device) else given.device).contacts)
        raise IncompatibleError(f"give the contact that is driven too: (state, name), one of {names}.")
    if not isinstance(given, type) and callable(getattr(given, "simulate", None)):
        return Subject.of_model(given)
    if callable(given) and not isinstance(given, type):
        return Subject.of_function(given)
    if isinstance(given, Trace):
        raise IncompatibleError(
            "the subject is a Trace, which cannot be driven: what was measured becomes figures by from_data of the "
            "result, such as PotentiationDepression.from_data, with conductance_reads(trace, voltage), or is fitted by "
            "a compact model, which can be."
        )
    raise IncompatibleError(f"the subject is {given!r}; it must be {_ALLOWED}.")
