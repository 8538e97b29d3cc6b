"""Apply protocols to the contacts of a device and to its light: what it has gone through, and the state it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING

from fem.device.device import Device
from fem.device.state import State
from fem.errors import IncompatibleError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, optional
from studies.experiments.landing import landing_times
from studies.experiments.run import Run, carry_out
from studies.experiments.stop import Event, as_events
from studies.experiments.sweep_checks import checked_bias, step_control
from studies.experiments.sweep_drive import SweepDrive
from studies.protocols.protocol import Protocol
from studies.protocols.shapes import Rest

if TYPE_CHECKING:
    from fem.circuit import Circuit
    from fem.device.parameters import Parameter
    from fem.solvers.options import NewtonOptions
    from fem.transient.timestepping import StepControl


@checked(sensitivities=optional(each(anything)))
def apply(
    start: State | Device,
    contacts: Mapping[str, float | Protocol],
    *,
    light: float | Protocol | None = None,
    stop: Event | Sequence[Event] | None = None,
    circuits: Mapping[str, Circuit] | None = None,
    frozen_ions: bool = False,
    control: StepControl | None = None,
    options: NewtonOptions | None = None,
    sample_times: Sequence[float] = (),
    observe: Callable[[State], None] | None = None,
    restart: Callable[[State], State] | None = None,
    progress: bool | None = None,
    sensitivities: Sequence[str | Parameter] | None = None,
) -> Run:
    """Return the run of a device along protocols of its contacts [V] and of its ``light`` (a factor).

    ``start``: a state, or a device, which then begins in the steady state at the first voltages. ``contacts``: by
    name a Protocol, or a voltage that stays on; those that are not named, and a light that is not given, stay as they
    are in the start. All protocols are equally long and begin with the run: its times, those of its states too,
    count from 0, whatever the time of the start is, so that ``run.state`` can begin the next one.

    The run's trace is that of ``iv_sweep`` with the first contact named as the one that is driven. ``circuits``: by
    contact, what lies between it and its source, which its protocol then sets [V, or A of a current source]; those of
    the start are taken away unless they are given again. ``control``, ``options``, ``sample_times`` [s] and
    ``observe`` are those of ``iv_sweep``.

    ``stop``: one or more of ``CurrentAbove``, ``CurrentBelow``, ``AfterMaximum`` and ``When``, looked at after each
    accepted step. ``run.state`` then is the first that fulfils one, ``run.stopped`` says which, and
    ``run.crossing_time`` [s] when, on a straight line between the last two samples.
    ``frozen_ions`` keeps the ions where they are in the start.
    ``restart``: where a step fails, go on from the state that this function makes of the last good one.
    ``progress``: whether to draw a line of it; None where somebody looks (``studies.show_progress``).
    ``sensitivities``: parameters, by their names in ``fem.parameters(device)`` or as Parameters, with respect to which
    the trace has the derivatives of all currents; ``studies.sensitivity(trace)`` returns them.
    Raises UnknownNameError, IncompatibleError or OutOfRangeError before any solve, ConvergenceError in it.

    >>> written = apply(device, {"gate": Pulse(5.0, 1e-3, rise=1e-5), "drain": 0.0}).state       # doctest: +SKIP
    >>> run = apply(written, {"drain": Sweep(0, 3, rate=1.0)}, stop=CurrentAbove("drain", 1e-6)) # doctest: +SKIP
    >>> run.stopped, run.crossing_voltage                                                        # doctest: +SKIP
    """
    if not isinstance(start, State | Device):
        raise IncompatibleError(f"the start is {start!r}; it must be a State or a Device.")
    begin = start if isinstance(start, State) else None
    device = start if isinstance(start, Device) else start.device
    before, bright = (dict(begin.bias), begin.light) if begin is not None else ({}, 0.0)
    if begin is not None:
        before |= {name: begin.drive[name] for name in circuits or {} if name in begin.source}
    shine = bright if light is None else light
    contact, protocol = _first(contacts, shine)
    bias = {**{name: before.get(name, 0.0) for name in device.contacts}, **contacts}
    del bias[contact]
    drive = SweepDrive(
        protocol=protocol,
        contact=contact,
        others=checked_bias(device, contact, protocol, bias),
        light=shine,
        sample_times=landing_times(observe, protocol, sample_times),
        circuits=dict(circuits or {}),
        stops=as_events(stop),
        frozen_ions=frozen_ions,
    )
    return carry_out(
        device,
        drive,
        begin,
        control=control or step_control(drive, None),
        options=options,
        observe=observe,
        restart=restart,
        progress=progress,
        sensitivities=sensitivities,
    )


def _first(contacts: Mapping[str, float | Protocol], light: float | Protocol) -> tuple[str, Protocol]:
    """Return the first contact and its protocol, a Rest as long as the others if it is a voltage."""
    for name, value in [*contacts.items(), ("the light", light)]:
        if not isinstance(value, Protocol | Real):
            raise IncompatibleError(f"{name!r} is given {value!r}; it must be a number or a Protocol.")
    if not contacts:
        raise IncompatibleError("no contact is given; name one at least, such as {'top': Rest(1.0, 0.0)}.")
    lasting = [value for value in [*contacts.values(), light] if isinstance(value, Protocol)]
    if not lasting:
        raise IncompatibleError(
            "nothing says how long: give a contact or the light a Protocol, such as Rest(10, 0.0)."
        )
    name, value = next(iter(contacts.items()))
    return name, value if isinstance(value, Protocol) else Rest(lasting[0].duration, float(value))
