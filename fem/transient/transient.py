"""Transients: variable-step BDF2, started and restarted with backward Euler (formula: ``step_control``).

Steps land on kinks of bias and light, where the formula restarts, and on milestones. After a kink two equal
steps are taken together, so that the first of them is controlled as well. A jump of the bias at a kink is
taken in one very short step, in which little more than the charge on the contacts can move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from fem.circuit import Circuit
from fem.currents.cell import cell_currents
from fem.device.device import Device
from fem.device.state import State
from fem.errors import ConvergenceError, IncompatibleError
from fem.errors.records import Told, logger
from fem.mesh.ranks import together
from fem.solvers.hot_regions import warn_of_decomposition
from fem.solvers.kept import circuits_of, currents_of, problem_of
from fem.solvers.newton import CoupledProblem
from fem.solvers.options import NewtonOptions
from fem.transient.drive import Clock, Piece, Stop, UntilPeriodic, largest_light
from fem.transient.progress import FLOWS, Progress
from fem.transient.step_control import StepControl, still_vacant

Array = npt.NDArray[np.float64]
_LOG = logger(__name__)
_JUMP = 1e-12  # [s], the step after a jump of bias or light, or
_JUMP_PART = 1e-9  # this part of the piece if that is shorter
_SAME_BIAS = 1e-9  # [V]
_SAME_STATE = 1e-6  # change of a state that is more than the tolerance of Newton's method
_ROUNDING = 1e-10  # of what is left to a stop


class Transient(Iterator[State]):
    """The states of a transient one after the other; ``progress`` is where it stands, after the last one."""

    def __init__(
        self,
        device: Device,
        start: State | Progress,
        pieces: Sequence[Piece],
        *,
        until: UntilPeriodic | None = None,
        circuits: Mapping[str, Circuit] | None = None,
        frozen_ions: bool = False,
        control: StepControl | None = None,
        options: NewtonOptions | None = None,
    ) -> None:
        self.device, self.until, self.frozen_ions = device, until, frozen_ions
        self.control = control or StepControl()
        self.progress = start if isinstance(start, Progress) else Progress.at(start)
        if until is not None and self.progress.began in until.cycle_ends and self.progress.cycle is None:
            self.progress = replace(self.progress, cycle=self.progress.state.values)
        self._pieces = tuple(pieces)
        self._brightest = largest_light(pieces)
        self._ready: list[Progress] = []
        self._too_hot: set[str] = set()  # regions that have been warned of
        self._iterations, self._ion_error = 0, 0.0  # of the last attempt
        self._problem: CoupledProblem = problem_of(device, options)
        self._currents = currents_of(device)
        self._factors = self._problem.new_factors()
        self._circuits, self._cell = circuits_of(device, circuits), dict(circuits or {})
        if any(c.parallel_capacitance > 0 for c in (circuits or {}).values()):  # a contact has a history then
            error_norm = replace(self.progress.error_norm, potential=True)
            self.progress = replace(self.progress, error_norm=error_norm)
        if self.progress.state.device.context is not device.context:
            raise IncompatibleError("the start of the transient is a state of another device.")
        density = device.scaling.density
        fields = enumerate(device.context.fields)
        self._site_densities = [(k, f.upper_bound / density) for k, f in fields if f.upper_bound]

    @property
    def periodic(self) -> bool:
        """Whether the last cycles repeated themselves as closely as asked for."""
        return self.until is not None and self.progress.alike >= self.until.cycles

    @property
    def ion_error(self) -> float:
        """The largest local error of an ion density in a step so far, of itself or a thousandth of its mean."""
        return self.progress.ion_error

    @property
    def at_stop(self) -> bool:
        """Whether the present state is at a kink, a milestone or the end."""
        now = self.progress
        whole, rest = now.clock
        return rest == 0 and (whole == 0 or any(whole == s.elapsed for s in self._pieces[now.piece].stops))

    @property
    def share(self) -> float:
        """About which share of the steps of its drive is done, from 0 to 1; see ``Piece.expected_steps``."""
        now, done = self.progress, self._expected
        if now.piece >= len(self._pieces):
            return 1.0
        inside = self._pieces[now.piece].expected_steps(now.clock.whole, *self._drive_steps)
        return min(1.0, (done[now.piece] + inside) / done[-1])

    @cached_property
    def _expected(self) -> list[float]:
        """How many steps are expected before each piece, and in all of them."""
        steps = (p.expected_steps(p.end.elapsed, *self._drive_steps) for p in self._pieces)
        return list(accumulate(steps, initial=0.0))

    @property
    def _drive_steps(self) -> tuple[float, float]:
        """The largest change of bias [V] and light in one step."""
        return self.control.max_bias_step, self.control.max_light_step * self._brightest

    def go_on_from(self, state: State) -> None:
        """Go on from another state at the present time, as after a kink; IncompatibleError if of another device."""
        now, other = self.progress, Progress.at(state)
        if state.device.context is not self.device.context:
            raise IncompatibleError("the state to go on from is one of another device.")
        error_norm = replace(other.error_norm, potential=now.error_norm.potential)
        self.progress = replace(
            other, began=now.began, piece=now.piece, clock=now.clock, error_norm=error_norm, cycle=now.cycle
        )

    def __next__(self) -> State:
        if not self._ready:
            if self.periodic or self.progress.piece >= len(self._pieces):
                raise StopIteration
            self._ready = self._advance_together(self.progress)
        self.progress = now = self._ready.pop(0)
        words = "t = %.9g s, step %.3g s: %s; %d iterations"
        _LOG.info(words, now.state.time, now.taken, Told(now.state.bias, "V"), now.iterations)
        return now.state

    def _advance_together(self, now: Progress) -> list[Progress]:
        """Return what ``_advance`` does, on all ranks at the same time and with the same bias."""
        if self.device.mesh.comm.size == 1:
            return self._looked_at(self._advance(now))
        drive = {"time": now.state.time, "bias": self._pieces[now.piece].bias(now.clock.whole)}
        return together(
            self.device, "the next step of a transient", drive, lambda: self._looked_at(self._advance(now))
        )

    def _looked_at(self, accepted: list[Progress]) -> list[Progress]:
        """Return the same, and warn once of regions that are hot enough to decompose."""
        for after in accepted:
            self._too_hot = warn_of_decomposition(after.state, self._too_hot, timed=True)
        return accepted

    def _advance(self, now: Progress) -> list[Progress]:
        """Return the progress after one accepted step, after each of two from a kink."""
        piece = self._pieces[now.piece]
        stop = piece.next_stop(now.clock)
        bound = piece.largest_step(now.clock, *self._drive_steps)
        bound = min(bound, self.control.max_step)
        if now.step is not None:
            return [self._go_on(now, stop, min(now.step, bound))]
        if now.clock == Clock() and _jumps(now.state.drive, piece.bias(0.0)):
            step = max(self.control.min_step, min(_JUMP, _JUMP_PART * piece.end.elapsed))
            return [self._go_on(now, stop, step).restarted()]
        return self._begin(now, stop, bound * self.control.start_fraction)

    def _go_on(self, now: Progress, stop: Stop, step: float) -> Progress:
        """Do one step of at most ``step`` [s], not beyond ``stop``."""
        while True:
            step = _landing(now.clock.until(stop.elapsed), step)
            error, reason = self._attempt(now, stop, step)
            if error is not None and error <= 1.0:
                return self._accepted(now, stop, step, error)
            if error is not None and step <= self.control.min_step:
                # another state however short the step: the device has snapped over
                return self._accepted(now, stop, step, 0.0).restarted()
            step *= 0.25 if error is None else max(0.2, 0.8 * error ** (-1 / (now.history.order + 1)))
            step = self._allowed(now, step, error, reason)

    def _begin(self, now: Progress, stop: Stop, step: float) -> list[Progress]:
        """Do two equal steps from a kink; the error of the second decides on both."""
        while True:
            step = _landing(now.clock.until(stop.elapsed), 2 * step) / 2
            error, reason = self._attempt(now, stop, step)
            if error is not None:
                middle = replace(self._accepted(now, stop, step, 0.0), step=step)
                error, reason = self._attempt(middle, stop, step)
                if error is not None and (error <= 1.0 or step <= self.control.min_step):
                    return [middle, self._accepted(middle, stop, step, error)]
            step *= 0.25 if error is None else max(0.01, 0.8 * error**-0.5)
            step = self._allowed(now, step, error, reason)

    def _allowed(self, now: Progress, step: float, error: float | None, reason: str) -> float:
        """Return the next step to try [s]; raises ConvergenceError if Newton fails in the shortest one."""
        why = reason if error is None else f"its error is {error:.3g} of the tolerance"
        _LOG.info("t = %.9g s, step cut to %.3g s: %s", now.state.time, step, why)
        if step >= self.control.min_step or error is not None:
            return max(step, self.control.min_step)
        updates = self._problem.updates
        worst = max(updates, key=lambda name: np.nan_to_num(updates[name], nan=np.inf), default="")
        raise ConvergenceError(
            f"the time step fell below {self.control.min_step:g} s: {reason}"
            + (f"; the {worst} changed most in its last iteration" if worst else ""),
            time=now.state.time,
            updates=updates,
            last_good=now.state,
        )

    def _attempt(self, now: Progress, stop: Stop, step: float) -> tuple[float | None, str]:
        """Solve after ``step`` [s]; return the error over the tolerance (None if Newton failed) and why."""
        context, history, piece = self.device.context, now.history, self._pieces[now.piece]
        elapsed = _clock(now, stop, step).whole
        formula = [c * self.device.scaling.time for c in history.formula(step)]
        context.set_time_formula(formula, formula)
        context.ion_motion.value, context.switching.value = (0.0 if self.frozen_ions else 1.0), 1.0
        context.light.value = piece.light(elapsed)
        context.previous.x.array[:] = history.values[-1].ravel()
        context.older.x.array[:] = history.values[-history.order].ravel()
        guess = now.error_norm.guess(history, step)
        for k, bound in self._site_densities:
            guess[:, k] = still_vacant(guess[:, k], history.values[-1][:, k], bound)
        context.unknown.x.array[:] = guess.ravel()
        self._problem.connect(self._circuits)
        self._problem.set_bias(piece.bias(elapsed))
        self._problem.keep_factors(self._factors)
        try:
            self._iterations = self._problem.solve(time=piece.start + elapsed)
        except ConvergenceError as failure:
            return None, failure.reason
        finally:
            self._problem.keep_factors(None)
        norm, depleted = now.error_norm, self.control.depleted
        error, of_ions = norm.local_error(history, step, self._problem.values, depleted)
        self._ion_error = self._largest(of_ions)
        return self._largest(error) / self.control.tolerance, ""

    def _accepted(self, now: Progress, stop: Stop, step: float, error: float) -> Progress:
        """Return the progress with the state just solved for, ``step`` [s] later."""
        piece, clock = self._pieces[now.piece], _clock(now, stop, step)
        landed = clock.whole == stop.elapsed
        values = self._problem.values.copy()
        currents, errors, weights = self._currents.following(now.weights)
        state = State(
            device=self.device,
            time=stop.time if landed else piece.start + clock.whole,
            values=values,
            light=piece.light(clock.whole),
            currents=currents,
            current_errors=errors,
            frozen_ions=self.frozen_ions,
            **self._problem.drive(piece.bias(clock.whole)),
        )
        flow = np.array(list(cell_currents(state, self._cell).values()))
        after = replace(
            now,
            state=state,
            clock=clock,
            taken=step,
            iterations=self._iterations,
            history=now.history.after(step, values),
            weights=weights,
            ion_error=max(now.ion_error, self._ion_error),
            flow=(*now.flow, flow)[-FLOWS:],
            largest=max(now.largest, float(np.abs(flow).max(initial=0.0)))
            if self._moved(now, state)
            else 0.0,
        )
        next_step = self.control.next_step(step, error, now.history.order)
        next_step = min(next_step, after.straight_step(self.control.resolution))
        after = replace(after, step=max(next_step, self.control.min_step))
        if landed and stop.cycle_end:
            after = self._cycle_ended(after)
        if landed and stop is piece.end:
            after = replace(after.restarted(), piece=now.piece + 1, clock=Clock())
        return after

    def _moved(self, now: Progress, after: State) -> bool:
        """Whether anything has happened until now; before that, currents are round-off."""
        if now.largest > 0 or _jumps(now.state.drive, after.drive) or now.state.light != after.light:
            return True
        return self._largest(now.error_norm.distance(after.values, now.state.values)) > _SAME_STATE

    def _cycle_ended(self, now: Progress) -> Progress:
        """Compare the state with that at the cycle end before."""
        values = now.state.values
        if self.until is None or now.cycle is None:
            return replace(now, cycle=values)
        change = self._largest(now.error_norm.distance(values, now.cycle))
        alike = now.alike + 1 if change <= self.until.tolerance else 0
        return replace(now, cycle=values, change=change, alike=alike)

    def _largest(self, value: float) -> float:
        """Return the largest of a number over all ranks."""
        from mpi4py import MPI

        return float(self.device.mesh.comm.allreduce(value, op=MPI.MAX))


def _landing(left: float, step: float) -> float:
    """Return a step that uses up ``left`` [s] to rounding, or leaves room for another one."""
    if abs(step - left) <= _ROUNDING * left:
        return step
    if step > left:
        return left
    return left / 2 if step > 0.6 * left else step


def _clock(now: Progress, stop: Stop, step: float) -> Clock:
    """Return the clock ``step`` [s] later, exactly at ``stop`` if the step ends there to rounding."""
    if step >= now.clock.until(stop.elapsed) * (1 - _ROUNDING):
        return Clock(stop.elapsed)
    return now.clock.after(step)


def _jumps(before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    """Whether the bias of any contact differs [V by contact]."""
    return any(abs(after.get(n, 0.0) - before.get(n, 0.0)) > _SAME_BIAS for n in {*before, *after})
