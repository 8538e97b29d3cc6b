"""Steady states: bias and light raised from a known state in steps that are halved on failure.

Where that leads nowhere, the bias is raised before the light, and then both are switched on and the device is left to
come to rest in time (see ``fem.solvers.resting``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from fem.circuit import Circuit
from fem.currents.terminal import current_unit
from fem.device.device import Device
from fem.device.loading import load
from fem.device.state import State
from fem.errors import ConvergenceError, IncompatibleError
from fem.errors.arguments import checked
from fem.errors.checking import anything, between, instance, not_negative, optional, table, truth, voltage
from fem.errors.records import Told, logger
from fem.forms.vacant_sites import follow
from fem.mesh.device_mesh import extent
from fem.mesh.ranks import collective
from fem.solvers.dense_carriers import warn_of_crowding, warn_of_density
from fem.solvers.equilibrium import equilibrium
from fem.solvers.hot_regions import too_hot, warn_of_decomposition
from fem.solvers.kept import circuits_of, closed_parts_of, currents_of, problem_of
from fem.solvers.lowered_barriers import warn_of_lowered_barriers
from fem.solvers.newton import CoupledProblem
from fem.solvers.options import NewtonOptions
from fem.solvers.resting import take_to_rest
from fem.solvers.steady_checks import unbalanced, warn_of_slow_parts, warn_of_steady

Array = npt.NDArray[np.float64]
_LOG = logger(__name__)
_LONG = 100.0  # step of the ions [L²/D], repeated until they rest; their mass matrix alone is singular
_REST = 1e-7  # change of an ion density in such a step, relative to local plus largest density / 1000
_REPEATS = 50
_PATIENCE = 4  # repeats of one length; then each is
_LONGER = 3.0  # times as long as the one before
_SHORTEST = 1e-4  # step of continuation, of the whole way
_ATTEMPTS = 5  # that end with the same updates, each with half the step of the one before
_SAME = 1e-3  # of an update


@checked(
    device=instance(Device),
    bias=table(voltage),
    start=optional(instance(State)),
    light=not_negative,
    circuits=anything,
    frozen_ions=truth,
    max_bias_step=between(1e-6, math.inf, "V"),
    options=optional(instance(NewtonOptions)),
)
@collective("steady", "bias", "light", "circuits", "frozen_ions", "max_bias_step", "options")
def steady(
    device: Device,
    bias: Mapping[str, float],
    *,
    start: State | None = None,
    light: float = 0.0,
    circuits: Mapping[str, Circuit] | None = None,
    frozen_ions: bool = False,
    max_bias_step: float = 0.25,
    options: NewtonOptions | None = None,
) -> State:
    """Return the steady state at ``bias`` [V by contact; 0 V where not given] and ``light`` (a factor).

    ``start``: a state to begin at, equilibrium if None. ``circuits``: by contact, what lies between it and its
    source, which ``bias`` then sets. ``frozen_ions`` keeps the ions where they are. A ferroelectric
    polarisation is history, and stays as it was at the start: transients move it.
    ``max_bias_step`` [V]: largest step of continuation, halved when Newton fails, as long as that
    changes something. Where it fails, light follows bias; and where that fails, the device with carriers is taken to
    rest in time, at the bias and light asked for, in steps of up to 1e8 s and more.
    Gives a ModelWarning if the currents of the contacts do not balance, or if their power is negative in the dark,
    beyond their errors (``State.current_error``); and if a coupled temperature is above the decomposition temperature
    of a region that was not so hot at the start; once for a device, if carriers are too dense for Boltzmann's law; and
    where there are more than 1e28 carriers per m^3 beside contacts, or a part behind barriers has a charge for which it
    would take more than 1e8 s.
    Raises ConvergenceError, whose ``last_good`` is the last state on the way.
    """
    check_drive(device, bias, light)
    system = circuits_of(device, circuits)
    if start is not None and start.device.context is not device.context:
        raise IncompatibleError("the start is a state of another device.")
    start = start if start is not None else equilibrium(device)
    problem = problem_of(device, options)
    problem.connect(system)
    target = {name: bias.get(name, 0.0) for name in device.contacts}
    amperes = {name for name, c in (circuits or {}).items() if c.source == "current"}
    units = {name: current_unit(device) if name in amperes else "V" for name in target}
    load(device, start)
    way = _Way(problem, start, target, light, frozen_ions, units, closed_parts_of(device).charges())
    found = _found(device, problem, way, max_bias_step)
    warn_of_steady(found, currents_of(device).rounding)
    warn_of_decomposition(found, too_hot(start))
    warn_of_crowding(found)
    warn_of_slow_parts(device, device.scaling.time * problem.inner.slowest(start.values))
    return warn_of_density(warn_of_lowered_barriers(found))


@dataclass(frozen=True)
class _Way:
    """The straight way of bias and light from a state to a goal; ``part`` is how much of it is done.

    ``units``: V, or that of the current of a source, by contact; ``charges``: of closed parts, which stay.
    """

    problem: CoupledProblem
    start: State
    target: dict[str, float]
    light: float
    frozen_ions: bool
    units: Mapping[str, str]
    charges: Array

    def bias(self, part: float) -> dict[str, float]:
        begin = self.start.drive
        return {n: begin.get(n, 0.0) + part * (v - begin.get(n, 0.0)) for n, v in self.target.items()}

    def light_at(self, part: float) -> float:
        return self.start.light + part * (self.light - self.start.light)

    @property
    def turns(self) -> bool:
        """Whether both bias and light change, so that one may come after the other."""
        return self.light != self.start.light and self.bias(0.0) != self.target

    def state(self, part: float) -> State:
        """Return the device's present unknowns as the state there."""
        device, bias = self.start.device, self.target if part == 1.0 else self.bias(part)
        currents, errors = currents_of(device).with_errors()
        return State(
            device=device,
            time=0.0,
            values=device.context.unknown.x.array.reshape(-1, device.context.block_size).copy(),
            light=self.light if part == 1.0 else self.light_at(part),
            currents=currents,
            current_errors=errors,
            frozen_ions=self.frozen_ions,
            **self.problem.drive(bias),
        )


def _found(device: Device, problem: CoupledProblem, way: _Way, max_bias_step: float) -> State:
    """Return the steady state at the end of the way, which may be another one; raises what the straight one did."""
    ways: list[Callable[[], State]] = [lambda: _along(device, problem, way, max_bias_step)]
    if way.turns:
        ways.append(lambda: _in_turn(device, problem, way, max_bias_step))
    if _with_time(device):
        ways.append(lambda: _in_time(device, problem, way))
    failed: list[ConvergenceError] = []
    for find in ways:
        try:
            return find()
        except ConvergenceError as error:
            _LOG.info("this way leads to no steady state: %s", error)
            failed.append(error)
    raise failed[0]


def _with_time(device: Device) -> bool:
    """Whether time may lead where a way of bias does not: there are carriers, and no gate whose charge would creep."""
    carriers = {"electron", "hole"} & set(device.context.names)
    return bool(carriers) and not any(term.supplies for term in device.context.terms)


def _along(device: Device, problem: CoupledProblem, way: _Way, max_bias_step: float) -> State:
    """Return the steady state at the end of the way, found in steps of bias and light."""
    _begin(device, way)
    _go(device, problem, way, max_bias_step)
    if not way.frozen_ions:
        _settle(device, problem, way)
    closed_parts_of(device).require(way.charges, way.start, way.target)
    return way.state(1.0)


def _in_turn(device: Device, problem: CoupledProblem, way: _Way, max_bias_step: float) -> State:
    """Return the steady state that is found where the bias is raised first, and the light then."""
    biased = _along(device, problem, replace(way, light=way.start.light), max_bias_step)
    return _along(device, problem, replace(way, start=biased), max_bias_step)


def _in_time(device: Device, problem: CoupledProblem, way: _Way) -> State:
    """Return the state in which a device comes to rest after bias and light are switched on; ConvergenceError.

    It is that of Newton's method without rates, from there. A part without any leak has many of these, and the method
    finds none; the state is then the one at rest, to which its content belongs.
    """
    _begin(device, way)
    problem.set_bias(way.target)
    context = device.context
    context.light.value = way.light
    closed = closed_parts_of(device)
    rests = take_to_rest(device, problem, _long_step(device), lambda: closed.changed(way.charges) <= 1)
    context.previous.x.array[:] = rest = context.unknown.x.array.copy()
    _set_rates(device, way)
    try:
        problem.solve()
        if not way.frozen_ions:
            _settle(device, problem, way)
        closed.require(way.charges, way.start, way.target)
    except ConvergenceError as error:
        if not rests:
            raise
        _LOG.info("Newton's method without rates finds no state, that at rest is taken: %s", error)
        context.unknown.x.array[:] = rest
        follow(context)
        closed.require(way.charges, way.start, way.target)
    found = way.state(1.0)
    if lack := unbalanced(found, currents_of(device).rounding):
        raise ConvergenceError(f"the device does not come to rest: {lack}", last_good=way.start)
    return found


def _begin(device: Device, way: _Way) -> None:
    """Put the start of the way into the device, and the rates of a steady state."""
    load(device, way.start)
    device.context.ion_motion.value = 0.0 if way.frozen_ions else 1.0
    device.context.switching.value = 0.0
    _set_rates(device, way)


def _set_rates(device: Device, way: _Way) -> None:
    _set_ion_step(device, 1.0 if way.frozen_ions else _long_step(device) / device.scaling.time)


def _go(device: Device, problem: CoupledProblem, way: _Way, max_bias_step: float) -> None:
    """Solve along the way, in steps that are halved where Newton fails."""
    done, part = 0.0, _first_part(way.bias(0.0), way.target, max_bias_step)
    context = device.context
    good = context.unknown.x.array.copy()
    failed: list[dict[str, float]] = []
    while done < 1.0:
        goal = min(1.0, done + part)
        problem.set_bias(way.bias(goal))
        context.light.value = way.light_at(goal)
        context.previous.x.array[:] = good
        try:
            iterations = problem.solve()
        except ConvergenceError as error:
            failed.append(error.updates)
            vain = _in_vain(problem, way, failed)
            context.unknown.x.array[:] = good
            part /= 2
            _LOG.info("%.4g %% of the way, step cut to %.3g %%: %s", 100 * done, 100 * part, error)
            if part < _SHORTEST or vain:
                raise ConvergenceError(
                    f"no steady state found beyond {100 * done:.3g} % of the way to {way.target}: "
                    f"{error.reason}{vain}",
                    updates=error.updates,
                    last_good=way.state(done),
                ) from error
            continue
        words = "steady state, %.4g %% of the way: %s, light %.3g; %d iterations"
        _LOG.info(words, 100 * goal, Told(way.bias(goal), way.units), way.light_at(goal), iterations)
        done, failed = goal, []
        good = context.unknown.x.array.copy()
        part *= 2


def _in_vain(problem: CoupledProblem, way: _Way, failed: list[dict[str, float]]) -> str:
    """Return why the next shorter step would fail as well, "" if it may not; by the updates of ``failed`` attempts."""
    last = failed[-_ATTEMPTS:]
    if len(last) < _ATTEMPTS or not all(_same_updates(updates, last[-1]) for updates in last):
        return ""
    reached = problem.drive(way.bias(0.0))
    driven = [f"{name} at {reached['bias'][name]:.3g} V" for name in reached["source"]]
    where = f", with {', '.join(driven)} and further in every iteration" if driven else ""
    return f", {_ATTEMPTS} times with the same updates although each step was half the one before{where}"


def _same_updates(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Whether Newton's method ended with updates as large; what is no number is as large as nothing."""
    known = bool(one) and one.keys() == other.keys() and all(map(math.isfinite, one.values()))
    return known and all(math.isclose(one[k], other[k], rel_tol=_SAME) for k in one)


def _set_ion_step(device: Device, step: float) -> None:
    """Let the ions take one implicit step of ``step`` [t0], and the carriers none."""
    device.context.set_time_formula((0.0, 0.0, 0.0), (1 / step, -1 / step, 0.0))


def _long_step(device: Device) -> float:
    """Return the time in which the slowest ions cross the device many times [s]."""
    diffusivities = [f.diffusivity for f in device.context.fields if f.ionic and f.diffusivity > 0]
    return _LONG * extent(device.mesh) ** 2 / min(diffusivities, default=1.0)


def _settle(device: Device, problem: CoupledProblem, way: _Way) -> None:
    """Repeat a long step until no ion density changes any more; longer ones where that takes many."""
    from mpi4py import MPI

    context, comm = device.context, device.mesh.comm
    ionic = [k for k, f in enumerate(context.fields) if f.ionic]
    if not ionic:
        return
    step = _long_step(device) / device.scaling.time
    for repeat in range(_REPEATS):
        _LOG.debug("ions, step %d of %.3g s", repeat + 1, step * device.scaling.time)
        before = problem.values[:, ionic].copy()
        context.previous.x.array[:] = context.unknown.x.array
        try:
            problem.solve()
        except ConvergenceError as error:
            context.unknown.x.array[:] = context.previous.x.array
            raise ConvergenceError(
                f"the ions do not come to rest at {way.target}: {error.reason}",
                updates=error.updates,
                last_good=way.state(1.0),
            ) from error
        after = problem.values[:, ionic]
        top = np.empty(len(ionic))
        comm.Allreduce(after.max(axis=0, initial=0.0), top, MPI.MAX)
        change = np.abs(after - before) / (after + 1e-3 * top)
        if comm.allreduce(float(change.max(initial=0.0)), op=MPI.MAX) < _REST:
            _LOG.info("the ions have come to rest in %d steps", repeat + 1)
            return
        if repeat >= _PATIENCE:
            step *= _LONGER
            _set_ion_step(device, step)
    raise ConvergenceError(
        f"the ions did not come to rest in {_REPEATS} steps of {_long_step(device):.3g} s and more; "
        "their diffusivities differ too much between species or regions for one steady state",
        last_good=way.state(1.0),
    )


def check_drive(device: Device, bias: Mapping[str, float], light: float) -> None:
    """Raise unless every bias is finite and of a contact, and light does something."""
    table(voltage)("bias [V]", bias)
    not_negative("light", light)
    for name in bias:
        if device.electrode(name).floating:
            raise IncompatibleError(f"{name!r} is a floating gate; it has no bias.")
    if light > 0 and not any(term.uses_light for term in device.context.terms):
        raise IncompatibleError(
            f"light is {light:g}, but the device's physics has no OpticalGeneration or Illumination, "
            "nor ions with a light_barrier."
        )


def _first_part(begin: Mapping[str, float], target: Mapping[str, float], step: float) -> float:
    largest = max((abs(target[n] - begin[n]) for n in target), default=0.0)
    return 1.0 if largest <= step else step / largest
