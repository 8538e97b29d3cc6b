r"""Sensitivities of a transient: the tangent of its discrete steps, with the steps as they were taken.

A step of the variable-step formula (``fem.transient.step_control``) solves :math:`R(u, u', u''; c) = 0` with the
unknowns of the two steps before; its tangent is linear, with the Newton matrix of the accepted state, and goes through
the same steps. It is the exact derivative of the samples that the trace has, for steps that do not move with the
parameters (T. Maly and L. R. Petzold, Appl. Numer. Math. 20, 57, 1996).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fem.device.loading import loaded
from fem.errors import IncompatibleError
from fem.solvers.state_tangent import StateTangent, tangent_of
from fem.transient.progress import Progress

Array = npt.NDArray[np.float64]
_KEPT = 2  # changes that the next step may ask for


class TransientTangent:
    """How the states of a transient change with the logarithms of parameters, from that of its ``start`` on.

    ``latest``: of the last state that it has followed to.
    """

    def __init__(self, start: StateTangent) -> None:
        self.latest = start
        self._history: tuple[Array, ...] = (start.values,)
        self._tangent = tangent_of(start.state.device, start.parameters)

    def follow(self, before: Progress, after: Progress) -> StateTangent:
        """Return the changes of the state of ``after``, one accepted step after ``before``; collective.

        Raises IncompatibleError if the transient has been elsewhere since the last one, ConvergenceError.
        """
        if before.state is not self.latest.state and before.state.values is not self.latest.state.values:
            raise IncompatibleError("the sensitivities have not followed this transient from its start.")
        device, state, history = after.state.device, after.state, before.history
        context, order = device.context, before.history.order
        last, older = self._history[-1], self._history[-order]
        with loaded(state):
            formula = [c * device.scaling.time for c in history.formula(after.taken)]
            context.set_time_formula(formula, formula)
            context.switching.value = 1.0
            context.previous.x.array[:] = history.values[-1].ravel()
            context.older.x.array[:] = history.values[-order].ravel()
            self._tangent.linearise()
            values = self._tangent.solve(state.bias, last, older)
            assert after.weights is not None
            totals = {e.name: state.current(e.name) for e in device.electrodes}
            currents = self._tangent.currents(values, last, older, after.weights.weights, totals)
        kept = _KEPT if len(after.history.values) > 1 else 1
        self._history = (*self._history, values)[-kept:]
        self.latest = StateTangent(
            state=state, parameters=self._tangent.parameters, values=values, currents=currents
        )
        return self.latest
