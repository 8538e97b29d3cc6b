"""How far GMRES goes in Newton's method, and how long its factors serve."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, NewtonOptions, equilibrium
from fem.device.loading import load
from fem.linear.forcing import LOOSEST, Forcing, Goal
from fem.linear.kept_factors import KeptFactors
from fem.linear.scaled_matrix import ScaledMatrix, power_of_two
from fem.solvers.kept import problem_of
from tests.fem.linear.test_coarse_space import dot

ITERATIVE = NewtonOptions(petsc={"ksp_type": "gmres"})
MUMPS = NewtonOptions(petsc={"ksp_type": "preonly"})

ENOUGH, FINEST = 1e-10, 1e-7


def iterations(bend: float, start: float, linear: object) -> tuple[int, float]:
    """Return the iterations of Newton's method with r -> C r^2 + eta r until r is small, and the decades solved for."""
    size, count, decades = start, 0, 0.0
    forcing = Forcing(ENOUGH)
    forcing.solved(np.sqrt(start / bend), 0.0)  # the iteration before: C is known
    while size > ENOUGH:
        eta = max(forcing.tolerance(size), FINEST) if linear is None else FINEST
        forcing.solved(size, eta * size)
        size, count, decades = bend * size**2 + eta * size, count + 1, decades - np.log10(eta)
    return count, decades


@pytest.mark.parametrize("bend", [1e-3, 0.1, 1.0])
@pytest.mark.parametrize("start", [1e-4, 1e-2, 0.3])
def test_it_saves_digits_and_takes_no_more_iterations(bend: float, start: float) -> None:
    loose, tight = iterations(bend, start, None), iterations(bend, start, FINEST)
    assert loose[0] <= tight[0]
    assert loose[1] <= tight[1]
    if bend * start**2 > ENOUGH:
        assert loose[1] < tight[1]


def test_the_last_iteration_leaves_less_than_is_of_matter() -> None:
    forcing = Forcing(ENOUGH)
    forcing.solved(1e-2, 1e-12)
    size = 1e-7  # C = 1e-3
    assert forcing.tolerance(size) * size < ENOUGH


def test_nothing_known_is_solved_loosely() -> None:
    assert 0.1 * LOOSEST <= Forcing(ENOUGH).tolerance(1.0) <= LOOSEST


def test_gmres_stops_where_its_goal_says() -> None:
    goal = Goal(lambda _: 1e-2, 1e-3)
    assert [goal(None, k, norm) for k, norm in enumerate((1.0, 0.1, 0.02, 0.009))] == [0, 0, 0, 2]
    assert goal.reached and goal.tolerance == 1e-2
    assert Goal(lambda _: 1e-2, 1e-3)(None, 0, 1e-4) == 2  # nothing to be gained
    assert Goal(lambda _: 1e-2)(None, 0, np.nan) < 0
    goal.most = lambda decades: int(2 * decades)
    assert [goal(None, k, 1.0) for k in range(5)] == [0, 0, 0, 0, -3]


def test_factors_serve_until_gmres_takes_half_as_many_iterations_more() -> None:
    factors = KeptFactors()
    size = np.ones(3)
    assert factors.far(size)
    factors.made(size, size)
    factors.served(30, 5.0, reached=True)
    factors.fresh = False
    factors.served(46, 5.0, reached=True)
    assert not factors.stale and not factors.far(2 * size) and factors.far(np.array([1.0, 1.0, 0.1]))
    factors.served(60, 5.0, reached=True)
    assert factors.stale


def test_a_matrix_is_scaled_once_and_new_values_are_taken_as_they_are() -> None:
    from petsc4py import PETSc

    values = np.array([[2.0, 1e-9], [3e7, 5.0]])
    matrix = PETSc.Mat().createDense((2, 2), array=values.copy())
    matrix.assemble()
    system, ones = ScaledMatrix(matrix), np.ones(2)
    system.put(power_of_two(np.array([1e3, 1e-4])), power_of_two(np.array([7.0, 1e9])))
    assert not system.new
    np.testing.assert_array_equal(system.product(ones), values @ ones)
    np.testing.assert_array_equal(system.diagonal(), [2.0, 5.0])
    system.put(ones, ones)
    np.testing.assert_array_equal(matrix.getDenseArray(), values)
    matrix.setValue(0, 0, 4.0)
    matrix.assemble()
    assert system.new
    np.testing.assert_array_equal(system.diagonal(), [4.0, 5.0])


def stepped(device: Device, options: NewtonOptions) -> tuple[list[Any], npt.NDArray[np.float64]]:
    """Take ten equal steps of 20 mV; return for each the iterations, and the last unknowns."""
    problem, found = problem_of(device, options), []
    load(device, equilibrium(device))
    rate = device.scaling.time / 1e-3
    for k in range(10):
        device.context.previous.x.array[:] = device.context.unknown.x.array
        device.context.set_time_formula((rate, -rate, 0.0), (rate, -rate, 0.0))
        problem.set_bias({"top": 0.02 * (k + 1)})
        found.append(problem.solve())
    return found, problem.values.copy()


def test_steps_end_in_the_state_of_a_direct_solver_with_factors_of_earlier_ones(
    devices: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    original = KeptFactors.made

    def counted(factors: KeptFactors, *scales: npt.NDArray[np.float64]) -> None:
        made.append(1)
        original(factors, *scales)

    monkeypatch.setattr(KeptFactors, "made", counted)
    device = dot(devices, 1.0)
    direct, expected = stepped(device, MUMPS)
    count, values = stepped(device, ITERATIVE)
    assert sum(count) <= sum(direct) + 5
    assert len(made) < 0.5 * sum(count)
    sizes = np.abs(expected) + 1e-6 * np.abs(expected).max(axis=0)
    sizes[:, 0] = 1.0
    assert (np.abs(values - expected) / sizes).max() < 1e-9
    assert problem_of(device, ITERATIVE).lost < 1e-12
