"""The choice of linear solvers, that they agree, and what happens when one fails."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import ufl

from fem import Device, NewtonOptions, OhmicContact, SchottkyContact, State, equilibrium, steady
from fem.forms.compilation import compiled
from fem.linear.solvers import (
    DIRECT,
    LARGEST_DIRECT,
    UNPIVOTED,
    PotentialSolver,
    SolverWarning,
    newton_options,
    potential_options,
    square_matrix,
)
from fem.physics import Carriers, MobileIons, Poisson
from fem.solvers.kept import problem_of
from fem.units import nm
from geometries import Dot, Layer, VerticalStack

GMRES = {"ksp_type": "gmres"}
MUMPS = {"ksp_type": "preonly"}


def dot(devices: ModuleType) -> Device:
    """Return a small device in 3D with ions."""
    ions = {"cation": devices.ion(1e23, diffusivity=1e-13, site=1e25)}
    shape = Dot(side=80 * nm, dot_radius=20 * nm, lateral_size=16 * nm)
    stack = VerticalStack(Layer("ITO", 10 * nm), Layer("film", 60 * nm), Layer("Ag", 10 * nm))
    return Device(
        mesh=stack.mesh(shape=shape, size=15 * nm, interface_size=0.5 * nm, growth=2.0),
        materials={"ITO": devices.metal(4.4), "film": devices.film(ions=ions), "Ag": devices.metal(5.0)},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": SchottkyContact(), "top": SchottkyContact()},
        temperature=300.0,
    )


@pytest.fixture(scope="module")
def direct(devices: ModuleType) -> State:
    """The state at 0.3 V, found with a direct solver."""
    return steady(dot(devices), {"top": 0.3}, options=NewtonOptions(petsc=MUMPS))


def same(found: State, expected: State) -> None:
    """Compare the currents of both contacts, their sum and the ions."""
    for contact in expected.device.contacts:
        assert found.current(contact) == pytest.approx(expected.current(contact), rel=1e-8)
    total = sum(found.current(contact) for contact in found.device.contacts)
    assert abs(total) < 1e-8 * abs(found.current("top"))
    assert found.ion_inventory("cation") == pytest.approx(expected.ion_inventory("cation"), rel=1e-10)


@pytest.mark.parametrize(
    ("dimension", "unknowns", "ranks", "method", "preconditioner"),
    [
        (1, 100, 1, "preonly", "lu"),
        (1, 10**6, 1, "preonly", "lu"),
        (1, 100, 2, "preonly", "lu"),
        (2, LARGEST_DIRECT[2], 1, "preonly", "lu"),
        (2, LARGEST_DIRECT[2] + 1, 1, "gmres", "composite"),
        (3, LARGEST_DIRECT[3], 1, "preonly", "lu"),
        (3, 70_000, 1, "gmres", "composite"),
        (3, 70_000, 2, "gmres", "composite"),
    ],
)
def test_the_size_decides(
    dimension: int, unknowns: int, ranks: int, method: str, preconditioner: str
) -> None:
    options = newton_options(dimension, unknowns, ranks)
    assert (options["ksp_type"], options["pc_type"]) == (method, preconditioner)
    package = options.get("pc_factor_mat_solver_type")
    if method == "preonly":
        assert package == ("petsc" if dimension == 1 else "mumps")


def test_given_options_come_first() -> None:
    filled = newton_options(3, 70_000, 1, {"pc_factor_levels": 2})
    assert filled["pc_type"] == "ilu" and filled["pc_factor_levels"] == 2
    assert newton_options(3, 70_000, 1, MUMPS) == UNPIVOTED
    assert newton_options(1, 100, 2, {"mat_mumps_icntl_14": 80})["pc_factor_mat_solver_type"] == "mumps"
    assert newton_options(2, 100, 1, GMRES)["pc_type"] == "composite"
    assert newton_options(2, 100, 1, {"mat_mumps_icntl_14": 80})["mat_mumps_icntl_14"] == 80


def test_potentials_in_large_3d_are_found_by_conjugate_gradients() -> None:
    assert potential_options(2, 10**6, 1) == DIRECT
    assert potential_options(3, 10**3, 1) == DIRECT
    assert potential_options(3, 10**5, 1)["ksp_type"] == "cg"
    assert potential_options(3, 10**5, 2)["sub_pc_type"] == "icc"


def test_gmres_gives_the_current_of_the_direct_solver(devices: ModuleType, direct: State) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", SolverWarning)
        found = steady(dot(devices), {"top": 0.3}, options=NewtonOptions(petsc=GMRES))
    solver = problem_of(found.device, NewtonOptions(petsc=GMRES)).linear
    assert solver is not None and solver.name == "GMRES" and solver.iterations > 0
    assert problem_of(direct.device, NewtonOptions(petsc=MUMPS)).linear is None
    same(found, direct)


def test_a_direct_solver_steps_in(devices: ModuleType, direct: State) -> None:
    hopeless = NewtonOptions(petsc=GMRES | {"pc_type": "none", "ksp_max_it": 3})
    device = dot(devices)
    solver = problem_of(device, hopeless).linear
    assert solver is not None
    solver.choices = [solver.choices[0], solver.choices[-1]]
    with pytest.warns(SolverWarning, match="GMRES did not converge; a direct solver takes its place"):
        found = steady(device, {"top": 0.3}, options=hopeless)
    assert solver.name == "a direct solver"
    same(found, direct)


def test_more_fill_comes_before_a_direct_solver(devices: ModuleType, direct: State) -> None:
    hopeless = NewtonOptions(petsc=GMRES | {"pc_type": "none", "ksp_max_it": 3})
    device = dot(devices)
    with pytest.warns(SolverWarning, match="GMRES with more fill takes its place"):
        found = steady(device, {"top": 0.3}, options=hopeless)
    solver = problem_of(device, hopeless).linear
    assert solver is not None and solver.name == "GMRES with more fill"
    same(found, direct)


def test_the_matrix_comes_back_bit_by_bit(devices: ModuleType) -> None:
    device = dot(devices)
    state = equilibrium(device)
    problem = problem_of(device, NewtonOptions(petsc=GMRES))
    device.context.unknown.x.array[:] = state.values.ravel()
    device.context.set_time_formula((1.0, -1.0, 0.0), (1.0, -1.0, 0.0))
    matrix = problem.snes.getJacobian()[0]
    x = matrix.createVecRight()
    x.array[:] = device.context.unknown.x.array[: x.getLocalSize()]
    problem.snes.computeJacobian(x, matrix)
    before = matrix.copy()
    b, y = x.duplicate(), x.duplicate()
    before.mult(x, b)
    assert problem.linear is not None
    problem.linear.refine()
    problem.linear.apply(problem.snes.getKSP().getPC(), b, y)
    assert problem.linear.iterations > 0
    problem.linear.restore()
    before.axpy(-1.0, matrix)
    assert before.norm() == 0.0
    np.testing.assert_allclose(y.array, x.array, rtol=1e-3)


def poisson(device: Device) -> tuple[Any, Any, Any]:
    """Return the matrix of a potential in a device, a right-hand side and the solution."""
    context = device.context
    u, v = ufl.TrialFunction(context.scalar_space), ufl.TestFunction(context.scalar_space)
    c = context.calculus
    form = compiled(c.stiffness(context.constant(1.0), u, v) + c.lump(lambda i: c.at(u, i), v))
    from dolfinx.fem import petsc as fpet

    matrix = square_matrix(form)
    fpet.assemble_matrix(matrix, form)
    matrix.assemble()
    x = matrix.createVecRight()
    x.array[:] = np.random.default_rng(1).random(x.getLocalSize())
    b = x.duplicate()
    matrix.mult(x, b)
    return matrix, b, x


def test_conjugate_gradients_find_a_potential(devices: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LARGEST_DIRECT, 3, 0)
    device = dot(devices)
    matrix, b, x = poisson(device)
    found = x.duplicate()
    PotentialSolver(matrix, 3).solve(b, found)
    np.testing.assert_allclose(found.array, x.array, rtol=1e-8)


def test_a_direct_solver_steps_in_for_a_potential(
    devices: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LARGEST_DIRECT, 3, 0)
    device = dot(devices)
    matrix, b, x = poisson(device)
    found = x.duplicate()
    solver = PotentialSolver(matrix, 3)
    solver.limit(1)
    with pytest.warns(SolverWarning, match="conjugate gradients did not converge; a direct solver"):
        solver.solve(b, found)
    np.testing.assert_allclose(found.array, x.array, rtol=1e-8)


def test_a_direct_solver_without_factors_says_so_and_solves_the_next_matrix() -> None:
    """Asked twice as well, as the circuits do: no error of PETSc comes out."""
    from petsc4py import PETSc

    from fem.linear.direct_solver import DirectSolver
    from fem.linear.solvers import DIRECT

    matrix = PETSc.Mat().createAIJ((2, 2), nnz=2)
    matrix.setValues([0, 1], [0, 1], [1.0, 1.0, 1.0, 1.0])
    matrix.assemble()
    b, y, shell = matrix.createVecLeft(), matrix.createVecRight(), PETSc.PC().create()
    b.set(1.0)
    solver = DirectSolver(matrix, DIRECT)
    for _ in range(2):
        shell.setFailedReason(PETSc.PC.FailedReason.NOERROR)
        solver.apply(shell, b, y)
        assert shell.getFailedReason() != PETSc.PC.FailedReason.NOERROR
    matrix.setValues([0, 1], [0, 1], [2.0, 0.0, 0.0, 4.0])
    matrix.assemble()
    shell.setFailedReason(PETSc.PC.FailedReason.NOERROR)
    solver.apply(shell, b, y)
    assert shell.getFailedReason() == PETSc.PC.FailedReason.NOERROR
    np.testing.assert_allclose(y.array, [0.5, 0.25])


def test_small_pivots_cost_no_digits() -> None:
    """Without exchanged rows the first solution has a zero, to the rounding of 1e18."""
    from petsc4py import PETSc

    from fem.linear.direct_solver import DirectSolver
    from fem.linear.solvers import krylov_solver

    matrix = PETSc.Mat().createAIJ((2, 2), nnz=2)
    matrix.setValues([0, 1], [0, 1], [1e-18, 1.0, 1.0, 1e-18])
    matrix.assemble()
    b, y, shell = matrix.createVecLeft(), matrix.createVecRight(), PETSc.PC().create()
    b.setValues([0, 1], [1.0, 2.0])
    b.assemble()
    as_given = UNPIVOTED | {"mat_mumps_icntl_6": 0, "mat_mumps_icntl_8": 0}
    krylov_solver(matrix, as_given).solve(b, y)
    assert np.abs(y.array - [2.0, 1.0]).max() > 0.5
    DirectSolver(matrix, as_given).apply(shell, b, y)
    np.testing.assert_allclose(y.array, [2.0, 1.0], rtol=1e-12)


def test_a_direct_solver_takes_the_options_of_those_that_failed_away() -> None:
    """PETSc would complain of them at the end of the program."""
    from petsc4py import PETSc

    from fem.linear.direct_solver import DirectSolver
    from fem.linear.solvers import DIRECT

    matrix = PETSc.Mat().createAIJ((2, 2), nnz=2)
    matrix.setValues([0, 1], [0, 1], [1.0, 1.0, 1.0, 1.0])
    matrix.assemble()
    b, y, shell = matrix.createVecLeft(), matrix.createVecRight(), PETSc.PC().create()
    b.set(1.0)
    before = set(PETSc.Options().getAll())
    DirectSolver(matrix, DIRECT).apply(shell, b, y)
    assert len(set(PETSc.Options().getAll()) - before) <= 1  # of the solver that waits for the next matrix


@pytest.mark.parametrize("options", [{}, {"ksp_type": "gmres"}])
def test_a_linear_solver_that_has_failed_once_solves_the_next_system(
    devices: ModuleType, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a time step that was too long: a shorter one has to have its chance."""
    from fem.errors import ConvergenceError
    from fem.linear.line_solver import LineSolver
    from fem.linear.scaled_solver import ScaledSolver
    from fem.physics import Conduction

    device = Device(
        mesh=VerticalStack(Layer("film", 10 * nm)).mesh(size=2 * nm, interface_size=1 * nm),
        materials={"film": devices.insulator("film", electrical_conductivity=devices.datum(1.0, "S/m"))},
        physics=[Conduction()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    problem = problem_of(device, NewtonOptions(petsc=options))
    problem.set_bias({"top": 0.1})

    def fails(_self: Any, preconditioner: Any, _b: Any, _y: Any) -> None:
        from petsc4py import PETSc

        preconditioner.setFailedReason(PETSc.PC.FailedReason.SUBPC_ERROR)

    kind = LineSolver if not options else ScaledSolver
    with monkeypatch.context() as patched:
        patched.setattr(kind, "apply", fails)
        with pytest.raises(ConvergenceError, match="linear solver failed"):
            problem.solve()
    assert problem.solve() > 0
