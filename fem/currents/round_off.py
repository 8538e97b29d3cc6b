r"""By how much terminal currents may be wrong: round-off, and what the solver has left.

The total current is free of divergence in the discrete equations, so that the sum of its fluxes at a free node,
:math:`r_i`, is zero but for the rounding of these fluxes, of the unknowns, and for what Newton's method left: it is
measured, not guessed. An edge's part of it goes as the two halves of its flux that cancel, as its conductance
:math:`K_{ij}`: :math:`r_i K_{ij}/\max_j K_{ij}`; the standard deviation of :math:`I_k = \sum_{ij} J_{ij}(w_j - w_i)` is
then the root of

.. math:: \sum_{ij} \left[r_i\,\frac{K_{ij}}{\max_j K_{ij}}\,(w_j - w_i)\right]^2

for parts that are independent. A current from contact to contact leaves no trace in it: the rounding ε of
potentials ψ [kT/q] at the contacts drives εψ times the conductance, and in a time step an error of the potential before
it a displacement current, its rate times the capacitance. What the currents of all contacts lack to add up to zero is
an error of each by its size.

Not in it: the current of minority carriers below the floor of Newton's method (``NewtonOptions.floor``, 1e-14 of the
largest density) balances at every node although they are not solved for. In random devices that was the case below
1e-12 A/m^2, where a current in the dark may be another one from another start.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.forms.assembly import Assembly
from fem.physics.potential.poisson import permittivity

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
_EPS = float(np.finfo(float).eps)
_DEVIATIONS = 5.0  # standard deviations that are taken for the largest error
_AT_CONTACTS = 3.0  # units of rounding of the potentials of contacts and of densities that follow from them
_LEFT = 1e-12  # [kT/q]: error of the potential before a step, that at which the solver of equilibrium stops
_OF_VALUE = 8.0  # units of rounding of the current itself
_LACK = 10.0  # currents that are all wrong may by chance add up to a tenth of one of them


class RoundOff:
    """Evaluates the round-off of the terminal currents of a device at its present unknowns."""

    def __init__(self, device: Device) -> None:
        from dolfinx import fem as dfem

        self.device: Device = weakref.proxy(device)  # the device keeps this, not the other way
        space = device.context.scalar_space
        self._found, self._weight = dfem.Function(space), dfem.Function(space)
        total = device.total_current(self._weight)
        divergence = ufl.derivative(total, self._weight, ufl.TestFunction(space))
        self._divergence = Assembly(divergence, device.context)
        self._capacity: Any = None  # form of a contact's capacitance, compiled in the first transient
        #: whether the conductances of the weights are those of what carries the current: insulators alone have none
        self._conducts = device.neutral or bool({"electron", "hole"} & set(device.context.names))
        self._held = np.unique(np.concatenate([e.nodes for e in device.electrodes]))
        self._pattern: tuple[IntArray, IntArray, IntArray] | None = None
        self._weights: Array | None = None  # the last ones, and
        self._falls: list[Array] = []  # of each its differences along edges
        self._capacitances: Array | None = None  # of each, scaled

    def __call__(self, weights: Array, conductances: Any) -> Array:
        """Return the largest error by rounding of each total, scaled, shape (contacts,).

        ``weights`` of the contacts, shape (contacts, nodes); ``conductances``: PETSc's matrix of those of the edges.
        """
        from mpi4py import MPI

        start, rows, columns = self._edges(conductances)
        size = np.abs(conductances.getValuesCSR()[2])
        size[rows == columns] = 0.0
        largest = np.maximum.reduceat(size, start) if rows.size else size
        part = np.abs(self._divergences()[rows]) * size / np.where(largest > 0, largest, 1.0)[rows]
        found = np.zeros((2, len(weights)))
        self._take(weights, rows, columns)
        for k, fall in enumerate(self._falls):
            found[:, k] = np.sum((part * fall) ** 2), np.sum(size * fall**2) / 2
        comm, context = self.device.mesh.comm, self.device.context
        variance, conductance = comm.allreduce(found)
        highest = float(np.abs(context.unknown.x.array[:: context.block_size]).max(initial=0.0))
        highest = comm.allreduce(highest, op=MPI.MAX)
        through = _LEFT * self._susceptances(weights)
        if self._conducts:
            through = through + _AT_CONTACTS * _EPS * highest * conductance
        return np.asarray(_DEVIATIONS * np.sqrt(variance) + through)

    def _take(self, weights: Array, rows: IntArray, columns: IntArray) -> None:
        """Take note of the weights; a transient keeps them for many steps."""
        if weights is not self._weights:
            self._weights, self._capacitances = weights, None
            self._falls = [
                np.where(columns < 0, 0.0, w[rows] - w[columns]) for w in weights
            ]  # -1: of other ranks

    def _susceptances(self, weights: Array) -> Array:
        """Return the current that flows at each contact per change of its potential in the time step, scaled."""
        context = self.device.context
        if context.steady:
            return np.zeros(len(weights))
        if self._capacity is None:
            form = context.calculus.stiffness(permittivity(context), self._weight, self._weight)
            self._capacity = Assembly(form, context)
        if self._capacitances is None:
            found = np.zeros(len(weights))
            for k, weight in enumerate(weights):
                self._weight.x.array[:] = weight
                found[k] = self._capacity.value()
            self._capacitances = np.abs(self.device.mesh.comm.allreduce(found))
        rate = abs(float(context.history("potential")[0][0].value))
        return np.asarray(rate * self._capacitances)

    def _edges(self, matrix: Any) -> tuple[IntArray, IntArray, IntArray]:
        """Return where the rows of this rank begin among the entries, and the nodes of each entry."""
        if self._pattern is None:
            start, columns, _ = matrix.getValuesCSR()
            local = self.device.context.scalar_space.dofmap.index_map.global_to_local(
                columns.astype(np.int64)
            )
            rows = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
            self._pattern = start[:-1].copy(), rows, local
        return self._pattern

    def _divergences(self) -> Array:
        """Return the sum of all fluxes at each node of this rank, scaled; 0 where a contact lets them out."""
        from dolfinx.la import InsertMode

        values = self._found.x.array
        values[:] = 0.0
        self._divergence.add_to_vector(values)
        self._found.x.scatter_reverse(InsertMode.add)
        values[self._held] = 0.0
        return np.asarray(values, dtype=np.float64)


def current_errors(totals: Mapping[str, float], rounding: Mapping[str, float]) -> dict[str, float]:
    """Return the error of the total current of each contact, from those by ``rounding`` and their lack of balance."""
    largest = max(map(abs, totals.values()), default=0.0)
    lack = min(1.0, _LACK * abs(sum(totals.values())) / largest) if largest > 0 else 0.0
    return {name: rounding[name] + (_OF_VALUE * _EPS + lack) * abs(i) for name, i in totals.items()}
