"""I-V sweeps: a protocol applied to one contact of a device, every accepted step recorded."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fem.errors import IncompatibleError
from fem.errors.arguments import checked
from fem.errors.checking import (
    any_of,
    anything,
    between,
    each,
    function,
    instance,
    not_negative,
    number,
    optional,
    path,
    positive,
    table,
    text,
)
from fem.transient.times import same_time
from fem.transient.timestepping import StepControl
from studies.experiments.landing import landing_times, warn_of_passed
from studies.experiments.run import carry_out
from studies.experiments.saver import Saver
from studies.experiments.stop import Event, as_events
from studies.experiments.sweep_checks import checked_bias, step_control
from studies.experiments.sweep_drive import SweepDrive
from studies.protocols.protocol import Protocol
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.circuit import Circuit
    from fem.device.device import Device
    from fem.device.parameters import Parameter
    from fem.device.state import State
    from fem.solvers.options import NewtonOptions
    from fem.transient.drive import Light


@checked(
    contact=text,
    circuit=anything,
    light=any_of(function, instance(Protocol), not_negative),
    voltage_step=optional(positive),
    checkpoint_every=between(0.0, math.inf, "s"),
    sensitivities=optional(each(anything)),
    save_partial=optional(path),
    checkpoint=optional(path),
    stop_when_periodic=optional(positive),
)
def iv_sweep(
    device: Device,
    *,
    contact: str,
    protocol: Protocol,
    start: State | None = None,
    bias: Mapping[str, float | Protocol] | None = None,
    light: float | Light | Protocol = 0.0,
    light_kinks: Sequence[float] = (),
    circuit: Circuit | None = None,
    voltage_step: float | None = None,
    sample_times: Sequence[float] = (),
    stop_when_periodic: float | None = None,
    control: StepControl | None = None,
    options: NewtonOptions | None = None,
    observe: Callable[[State], None] | None = None,
    save_partial: str | Path | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: float = 60.0,
    stop: Event | Sequence[Event] | None = None,
    frozen_ions: bool = False,
    progress: bool | None = None,
    sensitivities: Sequence[str | Parameter] | None = None,
) -> Trace:
    """Return the trace of ``protocol`` applied to ``contact``, from equilibrium unless ``start`` is given.

    Where the protocol or ``bias`` begins at other voltages, it starts from the steady state there.

    The current is that into the device at ``contact``: [A], or [A/m^2] or [A/m] where the mesh has no
    area or depth. The other contacts stay at ``bias`` [V], 0 V if not given, or follow it if it is a Protocol of
    the same duration. ``light`` is a factor of all optical generation, a Protocol of that factor, or a function of
    the time since the start [s] that is smooth between the ``light_kinks`` [s]. With three contacts or more, or
    two protocols, the trace has "voltage_gate" and "current_gate" (or "current_per_width_gate" ...) of each other
    contact, "gate" for example, too, and "light" where that is a Protocol.

    ``circuit``: between the contact and the source that follows the protocol, whose numbers are amperes for a
    current source. The trace then has "voltage" (or "source_current"), what the source is set to, and
    "device_voltage", that of the contact. With ``parallel`` or a ``leakage`` in it, currents are those of the cell, and
    those of the one device are "device_current", "device_ion_current" and the like.

    ``voltage_step`` [V] bounds the change in one step, 1/50 of the largest swing if not given; where a
    current bends, steps are shorter, so that straight lines between samples are within 0.2 % of the largest
    current. Steps land on ``sample_times`` [s] too. ``stop_when_periodic``: end after a cycle that changes
    the state by less than that, the potential in kT/q and ion densities relative to mean plus local density.
    ``frozen_ions`` keeps the ions where they are at the start, as in a sweep too fast for them.
    ``stop``: what ends it earlier, such as ``CurrentAbove``; see ``apply``, which returns the last state as well.
    ``observe`` is called with the first and every accepted State, such as a ``Snapshots``; their times count from
    the begin of the sweep, whatever that of ``start`` is.

    ``progress``: whether to draw a line of it; None where somebody looks (``studies.show_progress``).
    ``sensitivities``: parameters, by their names in ``fem.parameters(device)`` or as Parameters, with respect to which
    the trace has the derivatives of all currents; ``studies.sensitivity(trace)`` returns them.

    ``checkpoint``: a file to which the sweep is saved every ``checkpoint_every`` seconds of computing, at the end, and
    at any error, Ctrl-C and SIGTERM (on several ranks at a ConvergenceError only). If it exists, the sweep goes on from
    there (``observe`` sees only what follows) and has the same trace as if it had not stopped; step control and solver
    options may be others. Functions are told apart by their source text: a light or a profile without one, such as a
    callable object, cannot be resumed.
    Raises ConvergenceError if a step fails: its ``trace``, as that of any error, has all samples up to then, which are
    also written to ``save_partial`` if that is given; a failure to save is a note on the error. Before any solve,
    OutOfRangeError if a file cannot be written, and IncompatibleError, which names what differs, if the checkpoint is
    of another device, sweep or start.
    """
    drive = SweepDrive(
        protocol=protocol,
        contact=contact,
        others=checked_bias(device, contact, protocol, bias),
        light=light,
        light_kinks=light_kinks,
        sample_times=landing_times(observe, protocol, sample_times),
        tolerance=stop_when_periodic,
        circuits={contact: circuit} if circuit is not None else {},
        stops=as_events(stop),
        frozen_ions=frozen_ions,
    )
    if control is not None and voltage_step is not None:
        raise IncompatibleError("give voltage_step or control, not both: control has max_bias_step.")
    run = carry_out(
        device,
        drive,
        start,
        control=control or step_control(drive, voltage_step),
        options=options,
        observe=observe,
        saver=Saver(
            checkpoint, checkpoint_every, experiment=drive.describe(), start=start, partial=save_partial
        ),
        progress=progress,
        sensitivities=sensitivities,
    )
    return run.trace


class Snapshots:
    """Keeps the states at named times [s] since the start of a sweep; an ``observe`` for ``iv_sweep`` and ``apply``.

    The sweep lands on them by itself. Called by a function that is the ``observe``, it lands on kinks and cycle
    ends, and on other times if they are among its ``sample_times``; a time that is passed by is warned of.
    ``states`` are those of the last sweep, by name.
    """

    def __init__(self, times: Mapping[str, float]) -> None:
        self.times = dict(table(number)("times of Snapshots [s]", times))
        self.states: dict[str, State] = {}
        self._last: float | None = None

    @property
    def sample_times(self) -> list[float]:
        """The times [s]."""
        return list(self.times.values())

    def landed(self, state: State) -> None:
        """Keep the state if its time is one of those wanted, and nearer to it than that of the one kept."""
        if self._last is not None and state.time < self._last:
            self.states = {}  # another sweep has begun
        self._last = state.time
        for name, time in self.times.items():
            before = self.states.get(name)
            nearer = before is None or abs(state.time - time) < abs(before.time - time)
            if nearer and same_time(state.time, time):
                self.states[name] = state

    def __call__(self, state: State) -> None:
        """Keep the state if its time is one of those wanted; warn of those that have been passed by."""
        before = self._last
        self.landed(state)
        warn_of_passed(
            "Snapshots", (t for n, t in self.times.items() if n not in self.states), before, state.time
        )
