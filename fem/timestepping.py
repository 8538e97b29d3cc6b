r"""Transients with adaptive steps: variable-step BDF2, started and restarted with backward Euler.

.. math:: \dot u \approx \frac{1}{h}\left[\frac{1+2\omega}{1+\omega}u^{m} - (1+\omega)u^{m-1}
          + \frac{\omega^2}{1+\omega}u^{m-2}\right],\quad \omega = h/h_{prev}

(E. Hairer and G. Wanner, Solving Ordinary Differential Equations II, 1996, ch. V.1). The local error is
estimated from the polynomial that predicts the step; it is controlled on the potential [kT/q] and on
the ion densities. Steps land on kinks of the bias, where the formula restarts, and on milestones. After
a kink two equal steps are taken together, so that the first of them is controlled as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fem.continuation import currents_of, load, problem_of
from fem.errors import ConvergenceError, OutOfRangeError
from fem.solvers import CoupledProblem, NewtonOptions
from fem.state import State

if TYPE_CHECKING:
    from fem.device import Device

Array = npt.NDArray[np.float64]
Bias = Callable[[float], Mapping[str, float]]
_ERROR_CONSTANT = {1: 0.5, 2: 0.2}
_SAMPLES = (0.03, 0.11, 0.23, 0.41, 0.62, 0.79, 0.92, 1.0)  # parts of a step at which the bias is looked at
_SAME_TIME = 1e-11  # stops closer than this part of the whole time are one
_SMALLEST_START = 1e-9  # of the first step after a kink: a jump of bias or light is then taken as it is


@dataclass(frozen=True, kw_only=True)
class StepControl:
    """How large time steps may be.

    ``tolerance``: local error of the potential [kT/q] and of ion densities (relative to mean plus local
    density). ``max_bias_step`` [V] bounds the change of any contact's bias in one step. ``start_fraction``
    of that bound is the first step after a kink. ``min_step`` and ``max_step`` [s]. ``resolution``: about how
    far a straight line between two steps may be from the current, of the largest current so far; none by
    default.
    """

    tolerance: float = 2e-3
    max_bias_step: float = 0.025
    start_fraction: float = 0.02
    growth: float = 2.0
    min_step: float = 1e-15
    max_step: float = np.inf
    resolution: float = np.inf

    def __post_init__(self) -> None:
        for name in ("tolerance", "max_bias_step", "start_fraction", "min_step", "max_step", "resolution"):
            if not getattr(self, name) > 0:
                raise OutOfRangeError(f"{name} of the step control", getattr(self, name), "positive")
        if not self.growth > 1:
            raise OutOfRangeError("growth of the step control", self.growth, "above 1")


def integrate(
    device: Device,
    start: State,
    *,
    bias: Bias,
    end: float,
    kinks: Sequence[float] = (),
    milestones: Sequence[float] = (),
    light: float = 0.0,
    control: StepControl | None = None,
    options: NewtonOptions | None = None,
) -> Iterator[State]:
    """Yield the state after every accepted step from ``start`` to the time ``end`` [s].

    ``bias(t)`` [V by contact] is continuous and smooth between the ``kinks`` [s]; steps land on kinks and
    ``milestones``. Raises ConvergenceError with the time, the reason and the last good state; all states
    before it have been yielded.
    """
    control = control or StepControl()
    if not end > start.time:
        raise OutOfRangeError("end of the transient [s]", end, f"after its start at {start.time:g} s")
    stepper = _Stepper(device, start, bias, light, control, options)
    same = max(_SAME_TIME * (end - start.time), 4 * np.finfo(float).eps * abs(end))
    kink_set = {*_apart(kinks, same, start.time, end), end}
    marks = _apart(milestones, same, start.time, end)
    stops = sorted({*kink_set, *(t for t in marks if all(abs(t - k) > same for k in kink_set))})
    for stop in stops:
        next_kink = min(t for t in kink_set if t >= stop)
        while stepper.time < stop:
            yield from stepper.advance(stop, next_kink)
        if stop in kink_set:
            stepper.restart()


def _apart(times: Sequence[float], same: float, start: float, end: float) -> list[float]:
    """Return the times between start and end in order, each farther than ``same`` from the one before."""
    found: list[float] = []
    for t in sorted(float(t) for t in times):
        if start + same < t < end - same and (not found or t - found[-1] > same):
            found.append(t)
    return found


class _Stepper:
    """The history of a transient and the size of its next step."""

    def __init__(
        self,
        device: Device,
        start: State,
        bias: Bias,
        light: float,
        control: StepControl,
        options: NewtonOptions | None,
    ) -> None:
        self.device, self.bias, self.control = device, bias, control
        self.problem: CoupledProblem = problem_of(device, options)
        load(device, start)
        device.context.ion_motion.value = 1.0
        device.context.light.value = self.light = light
        self.last = start
        self.history: list[tuple[float, Array]] = [(start.time, start.values.copy())]
        self.step: float | None = None
        self._flow: list[tuple[float, Array]] = []  # times and currents of the last accepted states
        self._largest = 0.0
        self._ionic = [k for k, f in enumerate(device.context.fields) if f.ionic]
        self._means = [start.values[:, k].max(initial=0.0) for k in self._ionic]

    @property
    def time(self) -> float:
        return self.history[-1][0]

    def restart(self) -> None:
        """Forget the history before the present state."""
        self.history = self.history[-1:]
        self._flow = []
        self.step = None

    def advance(self, stop: float, kink: float) -> list[State]:
        """Do one accepted step (two after a kink), not beyond ``stop``; the bias is smooth until ``kink``."""
        bound = self._bound(kink)
        if self.step is None:
            return self._begin(bound * self.control.start_fraction, stop)
        step = min(self.step, bound)
        while True:
            step = self._landing(step, stop)
            target = stop if self.time + step >= stop * (1 - 1e-14) else self.time + step
            error, reason = self._attempt(target)
            if error is not None and error <= 1.0:
                break
            shrink = 0.25 if error is None else max(0.2, 0.8 * error ** (-1 / (self._order() + 1)))
            step *= shrink
            if error is not None and step < self._smallest():
                return self._jump(target, step)
            self._require_step(step, reason)
        self._accept(target, step, error)
        return [self.last]

    def _jump(self, target: float, step: float) -> list[State]:
        """Accept a state that is another one however short the step: the device snapped over."""
        self._accept(target, step, 0.0)
        self.restart()
        return [self.last]

    def _smallest(self) -> float:
        """Return the shortest step that the control and the digits of the time allow [s]."""
        return max(self.control.min_step, 1e-14 * abs(self.time))

    def _begin(self, step: float, stop: float) -> list[State]:
        """Do two equal steps from a kink; the error of the second decides on both."""
        origin, before = self.history, self.last
        step = self._landing(2 * step, stop) / 2
        smallest = _SMALLEST_START * step
        while True:
            self.history, self.last, self._flow = origin, before, []
            ends_there = self.time + 2 * step >= stop * (1 - 1e-14)
            target = stop if ends_there else self.time + 2 * step
            error, reason = self._attempt(self.time + step)
            if error is not None:
                self._accept(self.time + step, step, 0.0)
                middle = self.last
                error, reason = self._attempt(target)
                if error is not None and (error <= 1.0 or step <= smallest):
                    self._accept(target, step, error)
                    return [middle, self.last]
            step *= 0.25 if error is None else max(0.2, 0.8 * error**-0.5)
            self.history, self.last = origin, before
            self._require_step(step, reason)

    def _require_step(self, step: float, reason: str) -> None:
        if step >= self._smallest():
            return
        raise ConvergenceError(
            f"the time step fell below {self.control.min_step:g} s: "
            f"{reason or 'the local error stays too large'}",
            time=self.time,
            updates=self.problem.updates,
            last_good=self.last,
        )

    def _bound(self, kink: float) -> float:
        """Return the largest step the bias and the control allow [s]."""
        span = kink - self.time
        change = self._change(kink)
        largest = self.control.max_bias_step
        limit = span if change == 0 else span * largest / change
        limit = min(limit, span, self.control.max_step)
        for _ in range(40):  # a bias that is not linear may change faster than its ends tell
            if max(self._change(self.time + part * limit) for part in _SAMPLES) <= 1.001 * largest:
                break
            limit /= 2
        return limit

    def _change(self, then: float) -> float:
        """Return the largest change of any contact's bias between now and ``then`` [V]."""
        now, later = self.bias(self.time), self.bias(then)
        return max((abs(later.get(n, 0.0) - now.get(n, 0.0)) for n in {*now, *later}), default=0.0)

    def _landing(self, step: float, stop: float) -> float:
        """Return a step that ends at ``stop`` or leaves room for another one."""
        left = stop - self.time
        if step >= left * (1 - 1e-10):
            return left
        return left / 2 if step > 0.6 * left else step

    def _order(self) -> int:
        return min(len(self.history), 2)

    def _attempt(self, target: float) -> tuple[float | None, str]:
        """Solve at ``target``; return the local error over the tolerance (None if Newton failed) and why."""
        context = self.device.context
        self._set_formula(target)
        guess = self._guess(target)
        context.unknown.x.array[:] = guess.ravel()
        self.problem.set_bias(self.bias(target))
        try:
            self.problem.solve(time=target)
        except ConvergenceError as failure:
            return None, failure.reason
        return self._error(target), ""

    def _set_formula(self, target: float) -> None:
        context = self.device.context
        h = (target - self.time) / self.device.scaling.time
        context.previous.x.array[:] = self.history[-1][1].ravel()
        if len(self.history) == 1:
            formula = (1 / h, -1 / h, 0.0)
        else:
            ratio = (target - self.time) / (self.time - self.history[-2][0])
            formula = ((1 + 2 * ratio) / (1 + ratio) / h, -(1 + ratio) / h, ratio**2 / (1 + ratio) / h)
            context.older.x.array[:] = self.history[-2][1].ravel()
        context.set_time_formula(formula, formula)

    def _weights(self, target: float, points: int) -> list[tuple[float, Array]]:
        """Return Lagrange weights that extrapolate the last ``points`` states to ``target``."""
        past = self.history[-points:]
        found = []
        for k, (t, values) in enumerate(past):
            weight = 1.0
            for m, (other, _) in enumerate(past):
                weight *= (target - other) / (t - other) if m != k else 1.0
            found.append((weight, values))
        return found

    def _guess(self, target: float) -> Array:
        """Return the start of Newton: potential and logarithms of densities extrapolated linearly."""
        terms = self._weights(target, min(2, len(self.history)))
        if len(terms) == 1:
            return terms[0][1].copy()
        guess: Array = sum(w * v for w, v in terms)  # type: ignore[assignment]
        older, newer = terms[0][1][:, 1:], terms[1][1][:, 1:]
        positive = (older > 0) & (newer > 0)
        ratio = np.ones_like(newer)
        np.divide(newer, older, out=ratio, where=positive)
        exponent = np.clip(-terms[0][0] * np.log(ratio), -3.0, 3.0)
        guess[:, 1:] = np.where(positive, newer * np.exp(exponent), newer)
        for k in self._ionic:  # nearly conserved: the linear guess keeps the inventory
            linear = terms[0][0] * terms[0][1][:, k] + terms[1][0] * terms[1][1][:, k]
            guess[:, k] = np.where(linear > 0.2 * terms[1][1][:, k], linear, guess[:, k])
        return guess

    def _error(self, target: float) -> float:
        """Return the estimated local error over the tolerance; 0 while there is no history."""
        from mpi4py import MPI

        if len(self.history) == 1:
            return 0.0
        order = min(len(self.history) - 1, 2)
        predicted: Array = sum(w * v for w, v in self._weights(target, order + 1))  # type: ignore[assignment]
        gap = np.abs(self.problem.values - predicted)
        worst = gap[:, 0].max(initial=0.0)
        for k, mean in zip(self._ionic, self._means, strict=True):
            scale = self.problem.values[:, k] + mean
            part = np.divide(gap[:, k], scale, out=np.zeros_like(scale), where=scale > 0)
            worst = max(worst, part.max(initial=0.0))
        worst = self.device.mesh.comm.allreduce(float(worst), op=MPI.MAX)
        return float(_ERROR_CONSTANT[order] * worst / self.control.tolerance)

    def _resolved(self, time: float, currents: Mapping[str, Mapping[str, float]]) -> float:
        """Return the step over which the current is as straight as ``resolution`` asks for [s]."""
        now = np.array([parts["total"] for parts in currents.values()])
        self._largest = np.maximum(self._largest, np.abs(now).max())
        self._flow = [*self._flow[-2:], (time, now)]
        if len(self._flow) < 3 or not np.isfinite(self.control.resolution):
            return np.inf
        (t0, i0), (t1, i1), (t2, i2) = self._flow
        bend = np.abs(((i2 - i1) / (t2 - t1) - (i1 - i0) / (t1 - t0)) / (t2 - t0)).max()
        return float(np.sqrt(4 * self.control.resolution * self._largest / bend)) if bend > 0 else np.inf

    def _accept(self, target: float, step: float, error: float) -> None:
        factor = self.control.growth if error == 0 else 0.8 * error ** (-1 / (self._order() + 1))
        self.step = step * min(self.control.growth, max(0.3, factor))
        values = self.problem.values.copy()
        currents = currents_of(self.device)()
        self.history = [*self.history[-2:], (target, values)]
        self.step = min(self.step, self._resolved(target, currents))
        self.last = State(
            device=self.device,
            time=target,
            bias=dict(self.bias(target)),
            values=values,
            light=self.light,
            currents=currents,
        )
