r"""Circuits solved with the device: Newton's method on the unknowns and the potentials of driven contacts.

With the device's linear system :math:`A z = F`, and its answer :math:`a_k` to a unit of the potential :math:`U_k` of
a contact, one Newton step of all is :math:`x - z + \sum_k a_k\,\delta U_k`, where the :math:`\delta U_k` solve the
circuits' equations, linear in it (a bordered system; W. Govaerts, Numerical Methods for Bifurcations of Dynamical
Equilibria, 2000, ch. 3). Nothing is lagged: a converged step fulfils the circuits as it does the device.

A floating gate is a contact without a circuit, :math:`I = 0` with the displacement current in it; in a steady state
its charge is that of the state before.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt
import ufl

from fem.circuit import Circuit, Equation, NoWire, check_circuits
from fem.currents.gate_charge import gate_charges_of, hat
from fem.currents.terminal import TerminalCurrents, current_scale
from fem.currents.weights import put_weight
from fem.errors import IncompatibleError
from fem.forms.assembly import Assembly

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
_SAME = 1e-12  # [V]
_FARTHEST = 1.0  # [V]: largest change of a contact's potential in one iteration
_TURNS = 4  # of a source to a limit and back in one solve; then it stays where it is until all converges
_TRIES = 2  # sides of a source that a solve may converge on and find wrong


class DeviceEquations(Protocol):
    """The nonlinear problem that circuits are solved with (see ``CoupledProblem``)."""

    @property
    def context(self) -> Context: ...
    @property
    def potential(self) -> Any:
        """The potentials of the electrodes as a dolfinx Function [kT/q]."""

    @property
    def conditions(self) -> Any: ...
    @property
    def jacobian(self) -> Any: ...
    @property
    def inner(self) -> Any:
        """The linear solver of the device alone, as PETSc calls a preconditioner."""


class CircuitSystem:
    """The circuits and floating gates of a device, as one linear system with it.

    PETSc sees it as the preconditioner of the whole.
    """

    def __init__(self, device: Device, circuits: Mapping[str, Circuit], currents: TerminalCurrents) -> None:
        from dolfinx import fem as dfem

        self.device: Device = weakref.proxy(device)
        self.circuits = check_circuits(circuits)
        self._electrodes = [device.electrode(name) for name in (*circuits, *device.floating_gates)]
        for name in circuits:
            if name in device.floating_gates:
                raise IncompatibleError(f"{name!r} is a floating gate; no circuit can be connected to it.")
        if len(circuits) == len(device.contacts):
            raise IncompatibleError("every contact has a circuit; one at least must be held at a voltage.")
        self._wiring: dict[str, Circuit | NoWire] = {
            **self.circuits,
            **{name: NoWire() for name in device.floating_gates},
        }
        self._hats = {name: hat(device, name) for name in device.floating_gates}
        self._gates: Any = gate_charges_of(device) if device.floating_gates else None
        self.source = dict.fromkeys(self._wiring, 0.0)  #: what each source is set to [V or A]
        self._currents = currents
        self._problem: Any = None
        self._served: Any = lambda: None
        context = device.context
        self._weight = dfem.Function(context.scalar_space)
        self._direction = dfem.Function(context.space)
        total = device.total_current(self._weight)
        self._total = Assembly(total, context)
        self._slope = Assembly(ufl.derivative(total, context.unknown, self._direction), context)
        self._scale = current_scale(device)
        self._weights: dict[str, Array] = {}
        self._slopes: dict[str, float] = {}  # dI/dU of the device at each contact [A/V], the last ones known
        self._sides: dict[str, int] = {}  # of each source in this solve; see Equation
        self._fixed: dict[str, int] = {}  # those that stay
        self._turns: dict[str, int] = {}
        self._wrong = 0
        self._points: dict[str, Any] | None = None  # those found at the present unknowns, while these stay

    def connect(self, problem: DeviceEquations) -> None:
        """Take the place of the linear solver of ``problem``."""
        from dolfinx import fem as dfem

        self._problem, self._served = weakref.proxy(problem), weakref.ref(problem)
        space = problem.context.space
        sub = space.sub(0)
        scalar, _ = sub.collapse()
        self._units = []
        for electrode in self._electrodes:
            unit = dfem.Function(scalar)
            unit.x.array[electrode.nodes] = 1.0
            dofs = [space.dofmap.index_map_bs * electrode.nodes, electrode.nodes]
            self._units.append(dfem.dirichletbc(unit, dofs, sub))

    def serves(self, problem: DeviceEquations) -> bool:
        """Whether it has last taken the place of the linear solver of ``problem``."""
        return self._served() is problem

    def voltages(self) -> dict[str, float]:
        """Return the potential of every contact with a circuit or none in the present unknowns [V]."""
        unknown = self.device.context.unknown.x.array.reshape(-1, self.device.context.block_size)[:, 0]
        return {e.name: self._voltage(e, unknown) for e in self._electrodes}

    def _held(self) -> dict[str, float]:
        """Return the potentials [V] at which the conditions of the problem hold these contacts."""
        return {e.name: self._voltage(e, self._problem.potential.x.array) for e in self._electrodes}

    def begin(self) -> None:
        """Take note that a solve begins: contacts are where the first guess has them."""
        weights = self._currents.weights() if self._currents.latest is None else self._currents.latest
        names = [e.name for e in self.device.electrodes]
        self._weights = dict(zip(names, weights, strict=True)) | self._hats
        self._sides, self._fixed, self._wrong = {}, {}, 0
        self._turns = dict.fromkeys(self._wiring, 0)
        self._hold(self.voltages() | self._plain())

    def accepts(self) -> bool | None:
        """Return whether the sources are on sides they can be on, now that all has converged.

        One that is not goes to another side, and Newton's method on; None if that has been tried before. Where
        the device's resistance is negative there may be no side at all near by: it snaps over, in a shorter step.
        """
        good = True
        for electrode in self._electrodes:
            name = electrode.name
            voltage, current, rate = self._point(electrode)
            side = self._wiring[name].better_side(
                self.source[name], voltage, current, rate[0], self._sides[name]
            )
            if side != self._sides[name]:
                self._fixed[name], good = side, False
        self._wrong += not good
        return None if self._wrong >= _TRIES else good

    def apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        """Solve for the update y of the device's unknowns, and move the contacts with it; what PETSc calls."""
        self._points = {}
        try:
            self._apply(preconditioner, b, y)
        finally:
            self._points = None

    def _apply(self, preconditioner: Any, b: Any, y: Any) -> None:
        from petsc4py import PETSc

        preconditioner.setFailedReason(PETSc.PC.FailedReason.NOERROR)
        self._problem.inner.apply(preconditioner, b, y)
        if preconditioner.getFailedReason() != PETSc.PC.FailedReason.NOERROR:
            return
        now, held, plain = self.voltages(), self._held(), self._plain()
        if all(abs(plain.get(name, np.inf) - held[name]) <= _SAME for name in self._wiring):
            return  # nothing to find out: the conditions hold the contacts where the sources have them
        answers = [self._answer(preconditioner, unit, b) for unit in self._units]
        count = len(answers)
        matrix, right = np.zeros((count, count)), np.zeros(count)
        for k, electrode in enumerate(self._electrodes):
            slopes = [self._slope_along(electrode, a) for a in answers]
            self._slopes[electrode.name] = slopes[k]
            found = self._equation(electrode, slopes[k])
            matrix[k] = [found.by_current * s for s in slopes]
            matrix[k, k] += found.by_voltage
            right[k] = found.by_current * self._slope_along(electrode, y) * self._volt - found.value
            right[k] -= found.by_voltage * (held[electrode.name] - now[electrode.name])
        size = np.abs(matrix).max(axis=1, initial=0.0)  # volts, amperes and charges side by side
        good = bool(np.isfinite(matrix).all() and (size > 0).all())
        change = np.linalg.solve(matrix / size[:, None], right / size) if good else np.full(count, np.nan)
        farthest = [np.inf if e.floating else _FARTHEST for e in self._electrodes]
        change = np.clip(change, np.negative(farthest), farthest)
        for answer, step in zip(answers, change, strict=True):
            y.axpy(-step / self._volt, answer)
            answer.destroy()
        self._hold({e.name: held[e.name] + step for e, step in zip(self._electrodes, change, strict=True)})

    def _plain(self) -> dict[str, float]:
        """Return the voltages [V] of contacts that are, at the present unknowns, simply at that of their source."""
        found = {}
        for electrode in self._electrodes:
            equation = self._equation(electrode, self._slopes.get(electrode.name, 0.0))
            circuit = self._wiring[electrode.name]
            plain = equation.side == 0 and equation.by_current == 0.0 and equation.by_voltage == 1.0
            if circuit.source == "voltage" and plain:
                found[electrode.name] = self.source[electrode.name]
        return found

    @property
    def _volt(self) -> float:
        """The potential of one scaled unit [V]."""
        return self.device.scaling.potential

    def _hold(self, voltages: Mapping[str, float]) -> None:
        """Set the potentials of the contacts [V] in the conditions of the problem."""
        array = self._problem.potential.x.array
        for electrode in self._electrodes:
            base = self.device.boundary.base[electrode.name]
            array[electrode.nodes] = base + voltages[electrode.name] / self._volt

    def _voltage(self, electrode: Any, potential: Array) -> float:
        """Return the potential of a contact [V] where ``potential`` is that of the nodes, the same on all ranks."""
        from mpi4py import MPI

        own = -np.inf
        if electrode.nodes.size:
            base = self.device.boundary.base[electrode.name][0]
            own = float(potential[electrode.nodes[0]] - base) * self._volt
        return float(self.device.mesh.comm.allreduce(own, op=MPI.MAX))

    def _answer(self, preconditioner: Any, unit: Any, b: Any) -> Any:
        """Return what the unknowns change by when the potential of one contact rises by one unit."""
        from dolfinx.la import InsertMode, vector

        space = self.device.context.space
        right = vector(space.dofmap.index_map, space.dofmap.index_map_bs)
        self._problem.jacobian.lift(right.array, [unit], None, 1.0)
        right.scatter_reverse(InsertMode.add)
        for condition in self._problem.conditions:
            right.array[condition.dof_indices()[0]] = 0.0
        right.array[unit.dof_indices()[0]] = 1.0
        column, found = b.duplicate(), b.duplicate()
        column.array[:] = right.array[: column.getLocalSize()]
        self._problem.inner.respond(preconditioner, column, found)
        column.destroy()
        return found

    def _slope_along(self, electrode: Any, vector: Any) -> float:
        """Return the change of the current [A] per change of the unknowns along ``vector``, per volt of its unit."""
        size = vector.getLocalSize()
        self._direction.x.array[:size] = vector.array_r
        self._direction.x.scatter_forward()
        if self._by_charge(electrode):
            unknown, along = self.device.context.unknown.x.array, self._direction.x.array
            return self._gates.slope(electrode.name, unknown, along) / self._unit_time / self._volt
        self._weigh(electrode)
        return self._assembled(self._slope) / self._volt

    def _by_charge(self, electrode: Any) -> bool:
        """Whether a contact is a floating gate whose charge stays: a steady state has no rates."""
        return bool(electrode.floating and self.device.context.steady)

    @property
    def _unit_time(self) -> float:
        """The time in which the charge that is too much would flow off [s]; any does."""
        return self.device.scaling.time

    def _weigh(self, electrode: Any) -> None:
        put_weight(self.device, self._weight, self._weights[electrode.name])

    def _current(self, electrode: Any) -> float:
        """Return the current into the device at a contact [A]; see ``_by_charge``."""
        if self._by_charge(electrode):
            context = self.device.context
            now, before = (f.x.array for f in (context.unknown, context.previous))
            gained = self._gates.charge(electrode.name, now) - self._gates.charge(electrode.name, before)
            return gained / self._unit_time
        self._weigh(electrode)
        return self._assembled(self._total)

    def _assembled(self, form: Assembly) -> float:
        return float(self.device.mesh.comm.allreduce(form.value()) * self._scale)

    def _equation(self, electrode: Any, slope: float) -> Equation:
        """Return the equation of one circuit at the present unknowns, for dI/dU of the device [A/V]."""
        name = electrode.name
        voltage, current, rate = self._point(electrode)
        circuit, fixed = self._wiring[name], self._fixed.get(name)
        found = circuit.equation(self.source[name], voltage, current, slope, rate, fixed)
        if found.side != self._sides.setdefault(name, found.side):
            self._sides[name] = found.side
            self._turns[name] += 1
            if self._turns[name] >= _TURNS:
                self._fixed[name] = found.side
        return found

    def _point(self, electrode: Any) -> tuple[float, float, tuple[float, float]]:
        """Return potential [V] and current [A] of a contact, and dU/dt [V/s] with its derivative by U [1/s]."""
        if self._points is None:
            return self._point_now(electrode)
        if electrode.name not in self._points:
            self._points[electrode.name] = self._point_now(electrode)
        found: tuple[float, float, tuple[float, float]] = self._points[electrode.name]
        return found

    def _point_now(self, electrode: Any) -> tuple[float, float, tuple[float, float]]:
        size, time = self.device.context.block_size, self.device.scaling.time
        history = self.device.context.history("potential")
        formula = [(float(c.value) / time, v.x.array.reshape(-1, size)[:, 0]) for c, v in history]
        rate = sum(c * self._voltage(electrode, values) for c, values in formula)
        voltage = self._voltage(electrode, formula[0][1])
        return voltage, self._current(electrode), (rate, formula[0][0])
