r"""Equilibrium: one Fermi level, no current. Nonlinear Poisson with the ions' level found along.

All densities are functions of the potential; each ion species has a level c, its density is
:math:`P_{max}/(1 + e^{z\psi - c})`, and c is such that the mean density is the given one. Newton on
the potential and the levels together (a bordered system), each update limited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.errors import ConvergenceError
from fem.physics.carriers import equilibrium_offset
from fem.physics.ions import MobileIons
from fem.state import State

if TYPE_CHECKING:
    from fem.device import Device

Array = npt.NDArray[np.float64]
_STEP = 5.0  # largest update of the potential in one iteration [kT/q]


def equilibrium(device: Device) -> State:
    """Return the state at zero bias in the dark in which nothing flows.

    Raises ConvergenceError.
    """
    from dolfinx import fem as dfem

    context = device.context
    potential = dfem.Function(context.scalar_space)
    ions = [term for term in device.physics if isinstance(term, MobileIons)]
    for term in ions:
        _start_level(device, term)
    _newton(device, potential, ions)
    values = np.zeros((potential.x.array.size, context.block_size))
    values[:, 0] = potential.x.array
    _fill(device, values, ions)
    flow = {
        name: dict.fromkeys([*device.context.names[1:], "displacement", "total"], 0.0)
        for name in device.contacts
    }
    return State(
        device=device, time=0.0, bias=dict.fromkeys(device.contacts, 0.0), values=values, currents=flow
    )


def _start_level(device: Device, term: MobileIons) -> None:
    region = term.fields(device.setting)[0].regions[0]
    mean = term.mean_density(device.setting, region)
    limit = term.limit(device.setting)
    device.context.ion_level(term.name).value = np.log(mean / (limit - mean))


def _newton(device: Device, potential: Any, ions: list[MobileIons]) -> None:
    from dolfinx import fem as dfem
    from dolfinx.fem import petsc as fpet

    context = device.context
    v, dv = ufl.TestFunction(context.scalar_space), ufl.TrialFunction(context.scalar_space)
    form = device.equilibrium_form(potential, v)
    residual = dfem.form(form)
    jacobian = dfem.form(ufl.derivative(form, potential, dv))
    borders = [_border_forms(device, term, potential, v) for term in ions]
    dofs, target = _electrode_values(device)
    potential.x.array[dofs] = target
    zero = dfem.Function(context.scalar_space)
    bc = dfem.dirichletbc(zero, dofs)
    matrix = fpet.create_matrix(jacobian)
    solver = _direct_solver(matrix)
    update = 0.0
    for _ in range(200):
        matrix.zeroEntries()
        fpet.assemble_matrix(matrix, jacobian, bcs=[bc])
        matrix.assemble()
        solver.setOperators(matrix)
        update = _step(device, potential, ions, borders, residual, solver, dofs)
        if update < 1e-12:
            break
    else:
        raise ConvergenceError("the equilibrium potential did not converge", updates={"potential": update})
    solver.destroy()
    matrix.destroy()


def _step(
    device: Device,
    potential: Any,
    ions: list[MobileIons],
    borders: list[Any],
    residual: Any,
    solver: Any,
    dofs: Any,
) -> float:
    """Do one bordered Newton step in place and return the largest update."""
    from dolfinx.fem import assemble_scalar

    comm = device.mesh.comm
    right = _assembled(potential.function_space, residual, dofs)
    direct = -_solved(potential.function_space, solver, right)
    columns = [_assembled(potential.function_space, b[0], dofs) for b in borders]
    responses = [_solved(potential.function_space, solver, c) for c in columns]
    levels = np.zeros(len(ions))
    if ions:
        own = slice(0, potential.function_space.dofmap.index_map.size_local)

        def dot(a: Array, b: Array) -> float:
            return float(comm.allreduce(a[own] @ b[own]))

        gap = [comm.allreduce(assemble_scalar(b[1])) for b in borders]
        stiff = [comm.allreduce(assemble_scalar(b[2])) for b in borders]
        system = np.array(
            [
                [(stiff[i] if i == j else 0.0) - dot(columns[i], responses[j]) for j in range(len(ions))]
                for i in range(len(ions))
            ]
        )
        levels = np.linalg.solve(system, [-gap[i] + dot(columns[i], direct) for i in range(len(ions))])
        for response, level in zip(responses, levels, strict=True):
            direct = direct + response * level
    largest = float(comm.allreduce(np.abs(direct).max(initial=0.0), op=_max()))
    largest = max(largest, float(np.abs(levels).max(initial=0.0)))
    if not np.isfinite(largest):
        raise ConvergenceError("the equilibrium potential diverged (not a number)")
    potential.x.array[:] += np.clip(direct, -_STEP, _STEP)
    for term, level in zip(ions, levels, strict=True):
        device.context.ion_level(term.name).value += float(np.clip(level, -_STEP, _STEP))
    return largest


def _border_forms(device: Device, term: MobileIons, potential: Any, v: Any) -> tuple[Any, Any, Any]:
    """Return the forms of z dP/dc (a vector), of the missing ions, and of dP/dc (numbers)."""
    from dolfinx import fem as dfem

    context, calculus = device.context, device.context.calculus
    inside = context.indicator(term.fields(device.setting)[0].regions)
    one = context.constant(1.0)

    def density(i: int) -> Any:
        return inside * term.equilibrium_density(context, calculus.at(potential, i))

    def slope(i: int) -> Any:
        p = density(i)
        return p * (1 - p / term.limit_function(context))

    z = context.constant(float(term.species.charge_number))
    surplus = calculus.lump(lambda i: density(i) - term.mean_function(context), one)
    return (
        dfem.form(calculus.lump(lambda i: z * slope(i), v)),
        dfem.form(surplus),
        dfem.form(calculus.lump(slope, one)),
    )


def _electrode_values(device: Device) -> tuple[Any, Array]:
    dofs = np.concatenate([e.nodes for e in device.electrodes])
    values = np.concatenate([device.boundary.base[e.name] for e in device.electrodes])
    unique, first = np.unique(dofs, return_index=True)
    return unique.astype(np.int32), values[first]


def _fill(device: Device, values: Array, ions: list[MobileIons]) -> None:
    """Set every density from the potential, and the fixed ones to their fixed values."""
    context = device.context
    psi = values[:, 0]
    for name, sign in (("electron", 1), ("hole", -1)):
        if name in context.names:
            offset = equilibrium_offset(device.setting, name, context.scaling.density)
            values[:, context.index(name)] = np.exp(offset + sign * psi)
    for term in ions:
        limit = term.limit(device.setting) / context.scaling.density
        exponent = context.ion_level(term.name).value - term.species.charge_number * psi
        values[:, context.index(term.name)] = limit / (1 + np.exp(-exponent))
    for name, dofs in device.boundary.fixed.items():
        values[dofs, context.index(name)] = device.boundary.values[name]


def _direct_solver(matrix: Any) -> Any:
    from petsc4py import PETSc

    solver = PETSc.KSP().create(matrix.comm)
    solver.setType("preonly")
    solver.getPC().setType("lu")
    solver.getPC().setFactorSolverType("mumps")
    return solver


def _assembled(space: Any, form: Any, dofs: Any) -> Array:
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    vector = dfem.assemble_vector(form)
    vector.scatter_reverse(InsertMode.add)
    vector.scatter_forward()
    vector.array[dofs] = 0.0
    return vector.array.copy()


def _solved(space: Any, solver: Any, right: Array) -> Array:
    """Return the solution of the linear system with ghosts, shape (local dofs,)."""
    from dolfinx import fem as dfem

    size = space.dofmap.index_map.size_local
    b = solver.getOperators()[0].createVecLeft()
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
