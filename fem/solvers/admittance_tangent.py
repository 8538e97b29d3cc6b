r"""Sensitivities of small-signal admittances.

With :math:`A\hat u = b` the small-signal equations at one frequency, :math:`A = J + i\omega M`, and
:math:`Y = g\cdot\hat u`, a parameter moves the state by :math:`\delta u`, its tangent, and the equations' numbers:

.. math:: A\,\delta\hat u = -\delta A\,\hat u,\qquad \delta Y = g\cdot\delta\hat u + \delta g\cdot\hat u

The changes of A and g are those of their products with :math:`\hat u` along the whole direction: central differences of
fourth order of assembled vectors, with steps of some 1e-2 of the unknowns, which are right to ten digits. The system
of each frequency is factored once for all parameters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import ufl

from fem.currents.terminal import current_scale
from fem.device.dirichlet import cells_to_solve
from fem.device.parameters import Parameter
from fem.device.state import State
from fem.errors import IncompatibleError
from fem.forms.assembly import Assembly
from fem.forms.batches import Batch
from fem.solvers.smallsignal import LARGE, SmallSignal, linearised_at
from fem.solvers.state_tangent import StateTangent, state_tangent, tangent_of
from fem.solvers.tangent_forms import TangentForms
from fem.solvers.tangent_numbers import Numbers

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
_STEP = 8e-4  # of a potential [kT/q], of a density or of a number: about the fifth root of rounding
_RESTS = 1e-12  # [N0/t0]: rate of a level that rests
_PARTS = {1: 8 / 12, -1: -8 / 12, 2: -1 / 12, -2: 1 / 12}  # of a derivative of fourth order


@dataclass(frozen=True, eq=False)
class AdmittanceTangent:
    """Admittances, shape (contacts, frequencies), and their changes with ln of each parameter, (parameters, ...)."""

    admittance: ComplexArray
    changes: ComplexArray


def admittance_tangent(
    state: State,
    contact: str,
    frequencies: Array,
    parameters: Sequence[Parameter],
    *,
    frozen_ions: bool = False,
    start: StateTangent | None = None,
) -> AdmittanceTangent:
    """Return the admittances of every contact per volt on ``contact`` and how they change; collective.

    ``start``: see ``state_tangent``. Raises what that and ``admittance`` raise; IncompatibleError for a state whose
    traps do not rest.
    """
    device = state.device
    device.electrode(contact)
    moved = state_tangent(state, parameters, start)
    forms, system = tangent_of(device, parameters).forms, SmallSignal(state, frozen_ions=frozen_ions)
    responses = np.array([system.response(contact, f) for f in frequencies])
    with linearised_at(state, frozen_ions):
        drift = np.abs(device.context.older.x.array).max(initial=0.0)
        if device.mesh.comm.allreduce(int(drift > _RESTS)):
            raise IncompatibleError(
                "sensitivities of the impedance of a state whose traps do not rest are not known."
            )
        forms.load(device)
        products = _Products(forms, system, responses)
        changes = [products.changes(k, move) for k, move in enumerate(moved.values)]
    now = np.array([system.admittance(u, f) for u, f in zip(responses, frequencies, strict=True)]).T
    found = [
        _changed(system, numbers, frequencies, now, products.now, change)
        for numbers, change in zip(forms.numbers, changes, strict=True)
    ]
    return AdmittanceTangent(now, np.array(found))


def _changed(
    system: SmallSignal,
    numbers: Numbers,
    frequencies: Array,
    now: ComplexArray,
    products: Parts,
    change: Parts,
) -> ComplexArray:
    """Return how admittances ``now`` change, shape (contacts, frequencies), as products with the responses do."""
    device, found = system.device, []
    slower = numbers.scales[1] / device.scaling.time
    scale = numbers.scales[2] / current_scale(device) - numbers.scales[0] / device.scaling.potential
    for m, frequency in enumerate(frequencies):
        turn = 2j * np.pi * frequency * device.scaling.time
        right = -(change.steady[m] + turn * (change.stored[m] + slower * products.stored[m]))
        right[system.held] = 0.0
        answer = system.admittance(system.answer(right, frequency), frequency)
        direct = change.flow[m] + turn * (change.charge[m] + slower * products.charge[m])
        found.append(answer + system.per_volt * direct[: len(answer)] + scale * now[:, m])
    return np.array(found).T


class Parts(NamedTuple):
    """Products with the responses: rows of J and of M, flows of conduction and of displacement.

    Shapes (frequencies, nodes, unknowns per node) and (frequencies, electrodes).
    """

    steady: ComplexArray
    stored: ComplexArray
    flow: ComplexArray
    charge: ComplexArray


class _Products:
    """The products of a device's small-signal equations and currents with responses, where ``forms`` are."""

    def __init__(self, forms: TangentForms, system: SmallSignal, responses: ComplexArray) -> None:
        from dolfinx import fem as dfem

        self._forms, self._weights, context = forms, system.weights, forms.context
        self._own, self._shape = responses[0].size, responses.shape
        vector = dfem.Function(context.space)
        count, tags = 2 * len(responses), forms.device.mesh.cell_region
        rows = Assembly(
            ufl.derivative(forms.residual, context.unknown, vector), context, cells_to_solve(forms.device)
        )
        flows = Assembly(ufl.derivative(forms.current, context.unknown, vector), context)
        self._rows, self._flows = (Batch(form, [vector], count, tags) for form in (rows, flows))
        values = []
        for part in (*responses.real, *responses.imag):
            vector.x.array[: self._own] = part.ravel()
            vector.x.scatter_forward()
            values.append(vector.x.array.copy())
        for batch in (self._rows, self._flows):
            batch.set(vector, np.array(values))
        self.now = self._at()

    def changes(self, k: int, move: Array) -> Parts:
        """Return how the products change with ln of parameter number ``k``, with which the unknowns ``move``."""
        forms = self._forms
        values = forms.context.unknown.x.array.reshape(move.shape)
        density = [f.density and k > 0 for k, f in enumerate(forms.context.fields)]
        density += [False] * (move.shape[1] - len(density))
        size = np.where(density, np.where(values > 0, values, np.inf), 1.0)
        largest = max(1.0, float(np.abs(move / size).max(initial=0.0)), forms.relative_changes(k))
        step = _STEP / forms.device.mesh.comm.allreduce(largest, op=_max())
        found = []
        for times, part in _PARTS.items():
            with forms.shifted(k, times * step, move):
                found.append([part / step * product for product in self._at()])
        return Parts(*(np.sum(products, axis=0) for products in zip(*found, strict=True)))

    def _at(self) -> Parts:
        forms, found = self._forms, list[ComplexArray]()
        for formula in ((0.0, 0.0, 1.0), (LARGE, -LARGE, 1.0)):
            forms.set_time_formula(formula)
            rows = forms.assembled(self._rows, forms.context.space)[:, : self._own]
            own = forms.context.scalar_space.dofmap.index_map.size_local
            flows = (
                forms.assembled(self._flows, forms.context.scalar_space)[:, :own] @ self._weights[:, :own].T
            )
            flows = forms.device.mesh.comm.allreduce(flows)
            half = len(rows) // 2
            found += [x[:half] + 1j * x[half:] for x in (rows, flows)]
        steady, flow, both, all_flow = found
        stored, charge = (both - steady) / LARGE, (all_flow - flow) / LARGE
        return Parts(steady.reshape(self._shape), stored.reshape(self._shape), flow, charge)


def _max() -> Any:
    from mpi4py import MPI

    return MPI.MAX
