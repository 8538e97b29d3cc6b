"""A device taken to rest in time: implicit Euler steps at a fixed drive that grow from picoseconds to years.

Where Newton's method finds no steady state on a straight way of bias and light (a film in the dark that light fills by
forty orders of magnitude, a part without any leak, whose content only time keeps), each short step has a solution
beside the one before, and the last ones are so long that nothing is left of their rates (pseudo-transient
continuation: C. T. Kelley and D. E. Keyes, SIAM J. Numer. Anal. 35, 508, 1998). Here the steps are those of the
device's own time, so that of several steady states the one is found that it goes to when the drive is switched on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fem.device.device import Device
from fem.errors import ConvergenceError
from fem.errors.records import logger
from fem.solvers.newton import CoupledProblem

Array = npt.NDArray[np.float64]
_LOG = logger(__name__)
_FIRST = 1e-12  # [s]
_SHORTEST = 1e-20  # [s]
_LONGEST = 1e8  # [s]: a part whose content does not change in three years has no leak
_LONGER, _MUCH_LONGER = 3.0, 10.0  # times as long as the step before, if that took many or
_FEW = 6  # iterations
_CUT = 0.1  # of a step that failed
_STEPS = 150  # that one device is given
_CUTS = 20  # of them that may fail
_REST = 1e-7  # change of an unknown in the longest steps, relative to its size
_PATIENCE = 8  # of the longest steps, after which what still changes is round-off, or grows for ever
_FLOORS = (1e-14, 1e-3)  # of the largest density, of carriers and ions: less is as small as that


def take_to_rest(
    device: Device, problem: CoupledProblem, longest: float, kept: Callable[[], bool] = lambda: True
) -> bool:
    """Take the unknowns to rest at the drive that ``problem`` is set to, in steps of up to ``longest`` [s] or more.

    The unknowns are where time begins. Returns whether they are at rest: the longest steps may go on to change
    something, by round-off or for ever. The last step is the one before that after which no longer all is ``kept``
    that time keeps: rounding gains on rates as steps grow. Raises ConvergenceError.
    """
    context, step, goal, long, cuts = device.context, _FIRST, max(_LONGEST, longest), 0, 0
    change = np.inf
    for count in range(_STEPS):
        rate = device.scaling.time / step
        context.set_time_formula((rate, -rate, 0.0), (rate, -rate, 0.0))
        before = context.unknown.x.array.copy()
        context.previous.x.array[:] = before
        try:
            iterations = problem.solve()
        except ConvergenceError as error:
            context.unknown.x.array[:] = before
            step, long, cuts = _CUT * step, 0, cuts + 1
            _LOG.debug("to rest: step cut to %.3g s: %s", step, error.reason)
            if step < _SHORTEST or cuts > _CUTS:
                raise ConvergenceError(
                    f"no step of time leads on: {error.reason}", updates=error.updates
                ) from error
            continue
        if not kept():
            context.unknown.x.array[:] = before
            _LOG.info("taken to rest in %d steps; longer ones than %.3g s are lost in rounding", count, step)
            return change < _REST
        change = _change(device, before)
        _LOG.debug("to rest: step %d of %.3g s, change %.3g", count + 1, step, change)
        long += step >= goal
        if long and (change < _REST or long > _PATIENCE):
            _LOG.info(
                "taken to rest in %d steps; the last one of %.3g s has changed %.3g", count + 1, step, change
            )
            return change < _REST
        step *= _MUCH_LONGER if iterations <= _FEW else _LONGER
    raise ConvergenceError(f"the device did not come to rest in {_STEPS} steps of up to {step:.3g} s")


def _change(device: Device, before: Array) -> float:
    """Return the largest change of an unknown, relative to its size; that of potentials in kT/q."""
    from mpi4py import MPI

    context, comm = device.context, device.mesh.comm
    after = context.unknown.x.array.reshape(-1, context.block_size)
    size, top = np.abs(after), np.empty(after.shape[1])
    comm.Allreduce(size.max(axis=0, initial=0.0), top, MPI.MAX)
    floors = np.array([_FLOORS[f.ionic] for f in context.fields] + [0.0] * (len(top) - len(context.fields)))
    density = np.array([f.density for f in context.fields] + [False] * (len(top) - len(context.fields)))
    size = np.where(density, size + floors * top, 1.0)
    change = np.abs(after - before.reshape(after.shape)) / np.where(size > 0, size, 1.0)
    return float(comm.allreduce(float(change.max(initial=0.0)), op=MPI.MAX))
