"""Transients: ``integrate`` checks a drive and returns the iterator over the states that it makes (``transient``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fem.circuit import Circuit
from fem.device.device import Device
from fem.device.state import State
from fem.errors import OutOfRangeError
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
    table,
    truth,
    voltage,
)
from fem.mesh.ranks import collective
from fem.solvers.options import NewtonOptions
from fem.solvers.steady import check_drive
from fem.transient.drive import Bias, Light, UntilPeriodic, pieces_between
from fem.transient.progress import Progress
from fem.transient.step_control import StepControl
from fem.transient.transient import Transient

__all__ = ["Progress", "StepControl", "Transient", "UntilPeriodic", "integrate"]


@checked(
    device=instance(Device),
    start=instance(State, Progress),
    bias=any_of(function, table(voltage)),
    end=between(-1e15, 1e15, "s"),
    kinks=each(number),
    milestones=each(number),
    light=any_of(function, not_negative),
    light_kinks=each(number),
    until=optional(instance(UntilPeriodic)),
    circuits=anything,
    frozen_ions=truth,
    control=optional(instance(StepControl)),
    options=optional(instance(NewtonOptions)),
)
@collective(
    "integrate",
    "bias",
    "end",
    "kinks",
    "milestones",
    "light",
    "light_kinks",
    "until",
    "circuits",
    "frozen_ions",
    "control",
    "options",
)
def integrate(
    device: Device,
    start: State | Progress,
    *,
    bias: Bias,
    end: float,
    kinks: Sequence[float] = (),
    milestones: Sequence[float] = (),
    light: float | Light = 0.0,
    light_kinks: Sequence[float] = (),
    until: UntilPeriodic | None = None,
    circuits: Mapping[str, Circuit] | None = None,
    frozen_ions: bool = False,
    control: StepControl | None = None,
    options: NewtonOptions | None = None,
) -> Transient:
    """Return the iterator over the state after every accepted step from ``start`` to the time ``end`` [s].

    ``bias(t)`` [V by contact] is continuous and smooth between the ``kinks`` [s]; ``light``, a factor or a
    function of time, between them and the ``light_kinks`` [s]. Steps land on all kinks and on ``milestones``
    [s]. ``circuits``: by contact, what lies between it and its source, which ``bias`` then sets. ``frozen_ions``
    keeps the ions where they are, as in a sweep too fast for them. ``until`` ends it earlier, when cycles repeat
    themselves. ``start`` may be the ``progress`` of an earlier call with the same drive, that goes on from there as if
    it had not stopped.
    Once in a run a ModelWarning says which regions are above their decomposition temperature, and since when.
    The iterator raises ConvergenceError with the time, the reason and the last good state; all states
    before it have been yielded.
    """
    begin = start.time if isinstance(start, State) else start.began
    if not end > begin:
        raise OutOfRangeError("end of the transient [s]", end, f"after its start at {begin:g} s")
    for time in (begin, end):
        check_drive(device, bias(time) if callable(bias) else bias, light(time) if callable(light) else light)
    cycle_ends = until.cycle_ends if until is not None else ()
    pieces = pieces_between(
        begin, end, bias, light, kinks=[*kinks, *light_kinks], milestones=milestones, cycle_ends=cycle_ends
    )
    return Transient(
        device,
        start,
        pieces,
        until=until,
        circuits=circuits,
        frozen_ions=frozen_ions,
        control=control,
        options=options,
    )
