r"""Equilibrium: one Fermi level, no current. Nonlinear Poisson with the ions' level found along.

All densities are functions of the potential; each ion species has a level c, its density is
:math:`P_{max}/(1 + e^{z\psi - c})`, and c is such that the number of ions of each unconnected island of
its regions is the given one. Trap levels are filled as the Fermi level has it, a ferroelectric has its initial
polarisation, a floating gate its given charge and a potential of its own. Newton on the potential, the ions' levels
and the gates' potentials together (a bordered system), each update limited, and then the levels such that every
number is right.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.currents.gate_charge import EquilibriumCharges
from fem.device.device import Device
from fem.device.state import State, with_following
from fem.errors import ConvergenceError
from fem.errors.arguments import checked
from fem.errors.checking import instance
from fem.errors.records import logger
from fem.forms.compilation import assembled, compiled
from fem.linear.solvers import PotentialSolver
from fem.mesh.ranks import collective
from fem.physics.ions.ions import MobileIons
from fem.solvers.dense_carriers import warn_of_density
from fem.solvers.ion_levels import IonLevels, settle
from fem.solvers.lowered_barriers import warn_of_lowered_barriers

Array = npt.NDArray[np.float64]
_LOG = logger(__name__)
_ROUND_OFF = 1e-5  # [kT/q]: a smaller update that no longer falls is round-off
_ITERATIONS = 240
_FREE = 40  # iterations in which depleted places move freely
_LEAST = 1 / 16  # part of a step
_MORE = 1.2  # times as large a part of one that goes on
_STEP = 5.0  # largest update of the potential in one iteration [kT/q]


@checked(device=instance(Device))
@collective("equilibrium")
def equilibrium(device: Device) -> State:
    """Return the state at zero bias in the dark in which nothing flows.

    With ``Conduction``: no potential anywhere, and ions at their mean densities. Raises ConvergenceError.
    """
    from dolfinx import fem as dfem

    context = device.context
    if device.neutral:
        return _even(device)
    potential = dfem.Function(context.scalar_space)
    ions = [term for term in context.terms if term.keeps_content]
    levels = _newton(device, potential, ions)
    values = np.zeros((potential.x.array.size, context.block_size))
    values[:, 0] = potential.x.array
    _fill(device, values, levels)
    return warn_of_density(warn_of_lowered_barriers(_at_rest(device, values)))


def _even(device: Device) -> State:
    """Return the state of a device without space charge at rest: even potential and ions."""
    context = device.context
    nodes = context.scalar_space.dofmap.list
    values = np.zeros((context.unknown.x.array.size // context.block_size, context.block_size))
    for term in context.terms:
        for name, filled in term.equilibrium_values(context, values[:, 0].copy()).items():
            values[:, context.index(name)] = filled
    for term in (t for t in context.terms if t.keeps_content):
        column = values[:, context.index(term.name)]
        for region in context.fields[context.index(term.name)].regions:
            density = term.mean_density(device.setting, region) / context.scaling.density
            column[nodes[device.mesh.cells(region)]] = density
    for name, dofs in device.boundary.fixed.items():
        values[dofs, context.index(name)] = device.boundary.values[name]
    return _at_rest(device, with_following(context, values))


def _at_rest(device: Device, values: Array) -> State:
    """Return the state of the unknowns ``values`` without any current."""
    from dolfinx import fem as dfem

    parts = [*device.currents(dfem.Function(device.context.scalar_space)), "total"]
    flow = {e.name: dict.fromkeys(parts, 0.0) for e in device.electrodes}
    return State(
        device=device,
        time=0.0,
        bias=dict.fromkeys(device.contacts, 0.0),
        values=values,
        currents=flow,
        current_errors=dict.fromkeys(flow, 0.0),
    )


def _newton(device: Device, potential: Any, ions: list[MobileIons]) -> list[IonLevels]:
    """Solve for the potential and the ions' levels in place; return the levels."""
    from dolfinx import fem as dfem
    from dolfinx.fem import petsc as fpet

    context = device.context
    v, dv = ufl.TestFunction(context.scalar_space), ufl.TrialFunction(context.scalar_space)
    form = device.equilibrium_form(potential, v)
    residual = compiled(form)
    jacobian = compiled(ufl.derivative(form, potential, dv))
    levels = [IonLevels(device, term, potential, v) for term in ions]
    gates = EquilibriumCharges(device, form, potential)
    dofs, target = _electrode_values(device)
    potential.x.array[dofs] = target
    zero = dfem.Function(context.scalar_space)
    bc = dfem.dirichletbc(zero, dofs)
    matrix = fpet.create_matrix(jacobian)
    solver = PotentialSolver(matrix, device.mesh.dim)
    window = _Window(device)
    settle(levels, potential.x.array)
    update = np.inf
    for iteration in range(_ITERATIONS + window.patience(target)):
        before = update
        window.open = iteration < _FREE
        matrix.zeroEntries()
        fpet.assemble_matrix(matrix, jacobian, bcs=[bc])
        matrix.assemble()
        solver.update()
        update = _step(device, potential, levels, gates, residual, solver, dofs, window)
        _LOG.debug("iteration %d: largest update of the potential: %.3g kT/q", iteration + 1, update)
        stalled = iteration > 10 and _ROUND_OFF > update > 0.3 * before
        if update < 1e-12 or stalled:
            break
    else:
        raise ConvergenceError("the equilibrium potential did not converge", updates={"potential": update})
    _LOG.info("equilibrium of %d nodes: %d iterations", device.mesh.num_nodes, iteration + 1)
    solver.destroy()
    matrix.destroy()
    return levels


def _step(
    device: Device,
    potential: Any,
    levels: list[IonLevels],
    gates: EquilibriumCharges,
    residual: Any,
    solver: PotentialSolver,
    dofs: Any,
    window: _Window,
) -> float:
    """Do one bordered Newton step in place and return the largest update."""
    space, psi = potential.function_space, potential.x.array
    direct = -_solved(space, solver, _assembled(residual, dofs))
    columns, slopes, missing = _border(psi, levels, gates, dofs)
    responses = [_solved(space, solver, column) for column in columns]
    change = _level_changes(device, columns, responses, direct, slopes, missing)
    for response, value in zip(responses, change, strict=True):
        direct = direct + response * value
    direct = direct + gates.rise(change[len(change) - gates.count :])
    largest = float(device.mesh.comm.allreduce(np.abs(direct).max(initial=0.0), op=_max()))
    if not np.isfinite(largest):
        raise ConvergenceError("the equilibrium potential diverged (not a number)")
    potential.x.array[:] += window.limited(psi, direct, levels, change)
    settle(levels, potential.x.array)
    return largest


def _border(
    psi: Array, levels: list[IonLevels], gates: EquilibriumCharges, dofs: Any
) -> tuple[list[Array], Array, Array]:
    """Return the columns of all levels and gates, the slopes of their numbers and charges, and what these lack."""
    columns, slopes = [], []
    for found in levels:
        for k in range(found.count):
            form, slope = found.border(k, psi)
            columns.append(_assembled(form, dofs))
            slopes.append(slope)
    columns += [_assembled(gates.raise_gate(k), dofs) for k in range(gates.count)]
    count, mutual, charges = len(slopes), *gates.equations()
    matrix, missing = np.diag([*slopes, *np.zeros(gates.count)]), np.zeros(count + gates.count)
    if levels:
        matrix[:count, :count] += np.block(
            [[one.given_way(other, psi) for other in levels] for one in levels]
        )
    matrix[count:, count:], missing[count:] = mutual, charges
    return columns, matrix, missing


class _Window:
    """How far the potential may move at each node of this rank in one iteration.

    Freely to where a density reaches the device's scale N0, and beyond it by ``_STEP``: a density that is
    far below N0 does not answer yet. ``open``: where that does not lead to the end, it is ``_STEP`` everywhere.
    """

    open = True
    part = 1.0  #: of every step that is made

    def __init__(self, device: Device) -> None:
        context, setting = device.context, device.setting
        size = context.scalar_space.dofmap.index_map
        self.comm = device.mesh.comm
        self.last = np.zeros(size.size_local + size.num_ghosts)  # limited step of the last iteration
        self.exponent = {}  # of the reduced density in its densest region, at potential 0
        for name, sign in (("electron", 1), ("hole", -1)):
            if name not in context.names:
                continue
            offset = setting.bands.offset(name, context.scaling.density)
            found = np.full(size.size_local + size.num_ghosts, -np.inf)
            for region in setting.of_kind("semiconductor"):
                nodes = np.unique(context.scalar_space.dofmap.list[device.mesh.cells(region)])
                ratio = setting.bands.ratio(name, setting.materials[region])
                found[nodes] = np.maximum(found[nodes], offset + np.log(ratio))
            self.exponent[sign] = found

    @staticmethod
    def patience(target: Array) -> int:
        """Return the iterations that the potentials of the electrodes [kT/q] ask for, beside the usual ones."""
        return int(2 * np.abs(target).max(initial=0.0) / _STEP)

    def partly(self, step: Array) -> Array:
        """Return the part of a limited step that is made.

        Levels that fill and empty (traps, sites) may send the potential to and fro for ever: of a step that goes back
        half as much is made.
        """
        back = float(self.comm.allreduce(float(step @ self.last))) < 0.0
        self.part = max(self.part / 2, _LEAST) if back else min(1.0, _MORE * self.part)
        self.last = step
        return np.asarray(self.part * step)

    def limited(self, psi: Array, step: Array, levels: list[IonLevels], change: Array) -> Array:
        """Return the step without what goes too far; the ions' levels change by ``change``."""
        if not self.open:
            return self.partly(np.clip(step, -_STEP, _STEP))
        rise, fall = np.full(psi.size, np.inf), np.full(psi.size, np.inf)
        for sign, exponent in self.exponent.items():
            free = np.maximum(_STEP, -(exponent + sign * psi))
            if sign > 0:
                rise = np.minimum(rise, free)
            else:
                fall = np.minimum(fall, free)
        for found in levels:
            z = found.term.species.charge_number
            own, change = change[: found.count], change[found.count :]
            free = np.maximum(found.lowest_change(psi, own, _STEP) / abs(z), _STEP / abs(z))
            if z > 0:
                fall = np.minimum(fall, free)
            else:
                rise = np.minimum(rise, free)
        return np.asarray(np.clip(step, -fall, rise))


def _level_changes(
    device: Device,
    columns: list[Array],
    responses: list[Array],
    direct: Array,
    slopes: Array,
    missing: Array,
) -> Array:
    """Return the change of every level and gate, from the Schur complement of the bordered system.

    ``slopes``: of numbers and charges, shape (n, n); ``missing``: what they lack while potentials are as they are.
    """
    if not columns:
        return np.empty(0)
    own = slice(0, device.context.scalar_space.dofmap.index_map.size_local)
    left = np.array([column[own] for column in columns])
    right = np.array([*responses, direct])[:, own].T
    products = device.mesh.comm.allreduce(left @ right)
    change: Array = np.linalg.solve(slopes - products[:, :-1], products[:, -1] + missing)
    return change


def _electrode_values(device: Device) -> tuple[Any, Array]:
    dofs = np.concatenate([e.nodes for e in device.electrodes])
    values = np.concatenate([device.boundary.base[e.name] for e in device.electrodes])
    unique, first = np.unique(dofs, return_index=True)
    return unique.astype(np.int32), values[first]


def _fill(device: Device, values: Array, levels: list[IonLevels]) -> None:
    """Set every density from the potential, and the fixed ones to their fixed values."""
    context = device.context
    psi = values[:, 0].copy()
    for term in context.terms:
        for name, filled in term.equilibrium_values(context, psi).items():
            values[:, context.index(name)] = filled
    for found in levels:
        values[:, context.index(found.term.name)] = found.density(psi)
    for name, dofs in device.boundary.fixed.items():
        values[dofs, context.index(name)] = device.boundary.values[name]


def _assembled(form: Any, dofs: Any) -> Array:
    """Return the vector of a compiled form, 0 at ``dofs``."""
    found = assembled(form)
    found[dofs] = 0.0
    return found


def _solved(space: Any, solver: PotentialSolver, right: Array) -> Array:
    """Return the solution of the linear system with ghosts, shape (local dofs,)."""
    from dolfinx import fem as dfem

    size = space.dofmap.index_map.size_local
    b = solver.matrix.createVecLeft()
    x = b.duplicate()
    b.array[:] = right[:size]
    solver.solve(b, x)
    result = dfem.Function(space)
    result.x.array[:size] = x.array
    result.x.scatter_forward()
    b.destroy()
    x.destroy()
    return result.x.array.copy()


def _max() -> Any:
    from mpi4py import MPI

    return MPI.MAX
