r"""Small-signal admittance of a device around any of its states, without time stepping.

All fields and terminal currents, linearised around a state for a voltage :math:`\hat V e^{i\omega t}` on one
contact and none on the others:

.. math:: (J + i\omega M)\,\hat u = 0 \text{ with } \hat\psi = \hat V \text{ on the contact},\qquad
          \hat I_k = (g_k + i\omega d_k)\cdot\hat u,\qquad Y_k = \hat I_k/\hat V

(S. E. Laux, IEEE Trans. Electron Devices 32, 2028, 1985). The residual F is affine in the coefficient c of
the time formula, so :math:`J = F_u` at c = 0 and :math:`M = \partial F_u/\partial c`; g (conduction) and d
(displacement) come in the same way from the current forms of ``fem.currents``, with that state's weights.

Unknowns: the potential [kT/q] and the change of each density relative to its local value, so that all columns
are alike in size; each row is divided by its largest entry. The complex system is solved as a real one of
twice the size: directly in one and two dimensions, by GMRES with ILU of node blocks in three.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.currents.terminal import current_scale
from fem.currents.weights import put_weight
from fem.device.loading import loaded
from fem.device.state import State
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.checking import array, truth
from fem.forms.assembly import Assembly
from fem.linear.solvers import square_matrix
from fem.mesh.kept import kept
from fem.mesh.ranks import collective
from fem.solvers.block_system import BlockSystem
from fem.solvers.kept import currents_of, problem_of

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
LARGE = 2.0**100  #: coefficient of the time formula beside which the steady terms vanish


@collective("admittance", "contact", "frequencies", "frozen_ions")
def admittance(
    state: State,
    contact: str,
    frequencies: npt.ArrayLike,
    *,
    frozen_ions: bool = False,
) -> ComplexArray:
    """Return the current into every contact per volt on ``contact`` [S, or S/m, S/m² as the mesh has it].

    Shape (contacts, frequencies), contacts in the order of ``state.device.contacts``; the others are held at
    their bias. ``frequencies`` [Hz] in any order. ``frozen_ions`` keeps the ions where they are at every
    frequency. The state may be an equilibrium, a steady state or any moment of a transient, whose slow drift
    is then left out. Phasors go as exp(iωt): a capacitor has Im Y = ωC > 0.
    Raises OutOfRangeError, UnknownNameError, IncompatibleError or ConvergenceError.
    """
    checked = checked_frequencies(frequencies)
    _require_state(state).device.electrode(contact)
    system = SmallSignal(state, frozen_ions=frozen_ions)
    found = [system.admittance(system.response(contact, f), f) for f in checked]
    return np.array(found).T


_HIGHEST = 1e18  # [Hz]: beyond it matter is no continuum


def checked_frequencies(frequencies: npt.ArrayLike) -> Array:
    """Return frequencies [Hz], shape (n,); raises OutOfRangeError unless finite and positive."""
    allowed = "finite and positive numbers in Hz, in one list"
    values = np.atleast_1d(np.asarray(array("frequencies [Hz]", frequencies), dtype=float))
    if values.ndim != 1 or values.size == 0:
        raise OutOfRangeError("frequencies [Hz]", f"an array of shape {values.shape}", allowed)
    bad = values[~(np.isfinite(values) & (values > 0))]
    if bad.size:
        raise OutOfRangeError("frequency [Hz]", float(bad[0]), "finite and positive")
    if values.max() > _HIGHEST:
        raise OutOfRangeError("frequency [Hz]", float(values.max()), f"at most {_HIGHEST:g}")
    return values


def _require_state(state: State) -> State:
    if not isinstance(state, State):
        raise IncompatibleError(f"state is {state!r}; it must be a State such as steady(...) returns.")
    return state


class SmallSignal:
    """The equations of a device linearised around one state.

    >>> system = SmallSignal(state)                          # doctest: +SKIP
    >>> system.admittance(system.response("top", 1e3), 1e3)  # doctest: +SKIP
    """

    @collective("SmallSignal", "frozen_ions")
    def __init__(self, state: State, *, frozen_ions: bool = False) -> None:
        self.device: Device = _require_state(state).device
        self._state, self._frozen_ions = state, truth("frozen_ions", frozen_ions)
        #: what one scaled unit of current per scaled potential is, in the unit of ``admittance``
        self.per_volt = current_scale(self.device) / self.device.scaling.potential
        context = self.device.context
        with linearised_at(state, frozen_ions):
            self._scale = _column_scale(context)
            self._fixed = _fixed(self.device)
            pattern, steady, storage = _split(context, lambda: _jacobian(self.device, self._scale))
            self.weights: Array = np.array(currents_of(self.device).weights())  #: of the currents
            self._gradients = [self._current_gradients(w) for w in self.weights]
        self._system = BlockSystem(self.device, pattern, steady, storage, self._fixed)

    @collective("SmallSignal.response", "contact", "frequency")
    def response(self, contact: str, frequency: float) -> ComplexArray:
        """Return û for 1 kT/q on ``contact``: scaled, of the nodes of this rank without ghosts.

        Shape (nodes, unknowns per node): potential [kT/q] and densities [N0]. Floating gates move such that no
        current flows into them. Raises ConvergenceError if the system is singular.
        """
        found = self._held_response(contact, frequency)
        gates = list(self.device.floating_gates)
        if gates:
            units = [self._held_response(gate, frequency) for gate in gates]
            rows = len(self.device.contacts)
            flows = np.array([self._flows(u, frequency)[rows:] for u in units]).T
            moved = np.linalg.solve(flows, -self._flows(found, frequency)[rows:])
            found = found + sum(a * u for a, u in zip(moved, units, strict=True))
        return found

    def _held_response(self, contact: str, frequency: float) -> ComplexArray:
        """Return û for 1 kT/q on one electrode, all others held, floating gates too."""
        drive = np.zeros((self._scale.size // self._block, self._block))
        own = self.device.electrode(contact).nodes
        drive[own[own < len(drive)], 0] = 1.0
        u = self._system.solve(drive.ravel(), 2 * np.pi * frequency * self.device.scaling.time, frequency)
        return (self._scale * u).reshape(-1, self._block)

    def admittance(self, response: ComplexArray, frequency: float) -> ComplexArray:
        """Return the admittance of every contact for a response at ``frequency`` [Hz], shape (contacts,)."""
        return self._flows(response, frequency)[: len(self.device.contacts)]

    def _flows(self, response: ComplexArray, frequency: float) -> ComplexArray:
        """Return the current into every contact and floating gate, shape (electrodes,)."""
        return np.array([self._flow(g, response, frequency) for g in self._gradients])

    def admittance_with(self, weight: Array, response: ComplexArray, frequency: float) -> complex:
        """Return the admittance seen with another ``weight``, over the scalar dofs of this rank.

        It is 1 on the contact and 0 on the others; its values between them do not matter.
        """
        with linearised_at(self._state, self._frozen_ions):
            gradients = self._current_gradients(weight)
        return self._flow(gradients, response, frequency)

    def answer(self, right: ComplexArray, frequency: float) -> ComplexArray:
        """Return the unknowns that fulfil the equations at ``frequency`` [Hz] with ``right`` on their right side.

        Shape (nodes, unknowns per node), as a response; what is held has its values on the right.
        """
        omega = 2 * np.pi * frequency * self.device.scaling.time
        found = self._system.solve(right.ravel(), omega, frequency)
        return (self._scale * found).reshape(-1, self._block)

    @property
    def held(self) -> npt.NDArray[np.bool_]:
        """Which owned unknowns are held, shape (nodes, unknowns per node)."""
        return self._fixed.reshape(-1, self._block)

    @property
    def _block(self) -> int:
        return self.device.context.block_size

    def _flow(self, gradients: tuple[Array, Array], response: ComplexArray, frequency: float) -> complex:
        conduction, displacement = gradients
        omega = 2 * np.pi * frequency * self.device.scaling.time
        flow = complex((conduction + 1j * omega * displacement) @ response.ravel())
        return self.per_volt * complex(self.device.mesh.comm.allreduce(flow))

    def _current_gradients(self, weight: Array) -> tuple[Array, Array]:
        """Return the derivatives g and d of the total current for a weight; owned unknowns, scaled."""
        function, form = kept(self.device, "total current", _total_current)
        put_weight(self.device, function, weight)
        context = self.device.context
        _, conduction, displacement = _split(context, lambda: (None, _vector(form, context)))
        return conduction, displacement


def _split(context: Context, assemble: Any) -> tuple[Any, Array, Array]:
    """Return the pattern, the steady part and the part in proportion to c of what ``assemble`` returns."""
    drift = (0.0, 0.0, 1.0)  # times ``older``, see ``linearised_at``
    context.set_time_formula(drift, drift)
    pattern, steady = assemble()
    storage = (LARGE, -LARGE, 1.0)
    context.set_time_formula(storage, storage)
    _, with_storage = assemble()
    return pattern, steady, (with_storage - steady) / LARGE


@contextmanager
def linearised_at(state: State, frozen_ions: bool) -> Iterator[None]:
    """Have a state in its device, and afterwards what was there before, for a transient that goes on.

    ``older`` gets the rates of change: those of trapped electrons, which may have been captured long ago and
    whose equations are not linear in them, and none of all others.
    """
    context = state.device.context
    rates = np.zeros_like(state.values)
    for term in context.terms:
        for name, rate in term.drift(context, state.values).items():
            rates[:, context.index(name)] = rate
    with loaded(state, frozen_ions=frozen_ions):
        context.older.x.array[:] = rates.ravel()
        yield


def _owned(context: Context) -> int:
    return int(context.space.dofmap.index_map.size_local * context.block_size)


def _column_scale(context: Context) -> Array:
    """Return 1 for the potential and its local value for every density of the owned nodes, flat."""
    scale = np.ones((_owned(context) // context.block_size, context.block_size))
    values = context.unknown.x.array[: scale.size].reshape(scale.shape)
    densities = [k for k, f in enumerate(context.fields) if f.density and k > 0]
    scale[:, densities] = np.where(values[:, densities] > 0, values[:, densities], 1.0)
    return scale.ravel()


def _fixed(device: Device) -> npt.NDArray[np.bool_]:
    """Return which owned unknowns are held: at electrodes, outside of their regions, or without a field."""
    context = device.context
    fixed = np.zeros((_owned(context) // context.block_size, context.block_size), dtype=bool)
    fixed[:, len(context.fields) :] = True
    held = {0: np.concatenate([e.nodes for e in device.electrodes])}
    held |= {context.index(name): dofs for name, dofs in device.boundary.fixed.items()}
    for k, dofs in held.items():
        fixed[dofs[dofs < len(fixed)], k] = True
    return fixed.ravel()


def _jacobian(device: Device, scale: Array) -> tuple[tuple[Any, Any], Array]:
    """Return (row pointers, global columns) and values of the owned rows, with scaled columns."""
    jacobian = problem_of(device).jacobian
    matrix = square_matrix(jacobian.forms, comm=device.mesh.comm)
    jacobian.add_to_matrix(matrix, np.zeros(device.context.unknown.x.array.size, dtype=np.int8))
    matrix.assemble()
    columns = matrix.createVecRight()
    columns.array[:] = scale
    matrix.diagonalScale(None, columns)
    first = matrix.getOwnershipRange()[0]
    pointers, indices, values = matrix.getValuesCSR()
    matrix.destroy()
    pointers, indices, values = _with_diagonal(pointers, indices, values, first)
    return (pointers, indices), values


def _with_diagonal(pointers: Any, indices: Any, values: Array, first: int) -> tuple[Any, Any, Array]:
    """Return rows from number ``first`` on, also those without an entry, inside of metals, with their diagonal."""
    rows = np.repeat(np.arange(len(pointers) - 1), np.diff(pointers))
    bare = np.setdiff1d(np.arange(len(pointers) - 1), rows[indices == rows + first])
    place = pointers[bare]
    indices = np.insert(indices, place, (bare + first).astype(indices.dtype))
    values = np.insert(values, place, 0.0)
    more = np.zeros(len(pointers), dtype=pointers.dtype)
    more[bare + 1] = 1
    return pointers + np.cumsum(more, dtype=pointers.dtype), indices, values


def _total_current(device: Device) -> tuple[Any, Any]:
    """Return a weight and the compiled derivative of the total current for it."""
    from dolfinx import fem as dfem

    weight = dfem.Function(device.context.scalar_space)
    slope = ufl.derivative(device.total_current(weight), device.context.unknown)
    return weight, Assembly(slope, device.context)


def _vector(form: Assembly, context: Context) -> Array:
    """Return the owned entries of a linear form."""
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    found = dfem.Function(context.space)
    form.add_to_vector(found.x.array)
    found.x.scatter_reverse(InsertMode.add)
    return np.array(found.x.array[: _owned(context)])
