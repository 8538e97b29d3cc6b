"""Manufactured solutions of whole devices that move: observed orders in time and space, two-sided.

Ions are blocked at all faces, and their exact flux vanishes there.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import ufl

from tests.verification.manufactured import FIELDS, WARM, Manufactured, orders
from tests.verification.manufactured_equations import LIMIT, Fields, Place
from tests.verification.manufactured_meshes import mesh_of

Array = npt.NDArray[np.float64]
CELLS = {"line": (80, 160, 320), "plane": (8, 16, 32), "disc": (8, 16, 32)}
STEPS = {"line": (60, 120, 240), "plane": (16, 32, 64), "disc": (16, 32, 64)}


def moving(place: Place, time: Any) -> Fields:
    """Return smooth fields of period 1; the flux of ions vanishes at all faces, carriers rest at the contacts."""
    z, across = place.height, place.across
    sin, cos = ufl.sin(2 * np.pi * time), ufl.cos(2 * np.pi * time)
    middle = ufl.sin(np.pi * z)
    potential = 3 * z + 0.8 * sin * z + 0.5 * across * ufl.sin(2 * z + 0.3) + 0.4 * (1 - cos) * middle
    level = -0.6 + 1.5 * (1 - ufl.cos(np.pi * z)) + 0.3 * across * ufl.cos(2 * np.pi * z) * cos
    return {
        "potential": potential,
        "electron": 0.4 * (1 + 0.4 * across * ufl.cos(2 * z)) * ufl.exp(0.5 * z) * (1 + 0.5 * sin * middle),
        "hole": 0.5
        * (1 - 0.3 * across * ufl.sin(3 * z))
        * ufl.exp(-0.5 * z)
        * (1 + 0.4 * (1 - cos) * middle),
        "cation": LIMIT / (1 + ufl.exp(potential - level)),
        # none at the contacts, where the flux of ions is then as it is without
        "temperature": 0.3 * middle**2 * (1 + 0.3 * across + 0.4 * sin),
    }


def even(count: int) -> Array:
    """Return the ends of equal steps from 0 to 1."""
    return np.arange(1, count + 1) / count


def uneven(count: int) -> Array:
    """Return the ends of steps from 0 to 1, every other of them 1.6 times as long."""
    steps = np.where(np.arange(count) % 2, 1.6, 1.0)
    ends: Array = np.cumsum(steps) / steps.sum()
    ends[-1] = 1.0
    return ends


EVEN = pytest.param(even, marks=pytest.mark.slow)


def worst(
    devices: ModuleType, kind: str, method: str, ends: Any, names: tuple[str, ...] = FIELDS, **more: Any
) -> list[dict[str, float]]:
    """Return the largest nodal errors over time, cells and steps halved together."""
    given = () if len(names) > 2 else ("potential",)
    found = []
    for cells, steps in zip(CELLS[kind], STEPS[kind], strict=True):
        problem = Manufactured(
            devices, mesh_of(kind, cells), moving, names=names, given=given, blocked=("cation",), **more
        )
        found.append(getattr(problem, method)(ends(steps)))
    return found


def assert_orders(errors: list[dict[str, float]], expected: float) -> None:
    """Assert that all observed orders are within 0.1 of the expected one."""
    observed = orders(errors)
    assert all(abs(o - expected) < 0.1 for each in observed.values() for o in each), observed


@pytest.mark.parametrize("ends", [uneven, EVEN])
def test_integrate_converges_with_order_two(devices: ModuleType, ends: Any) -> None:
    assert_orders(worst(devices, "line", "integrate", ends), 2)


@pytest.mark.slow
@pytest.mark.parametrize("names", [("potential", "electron"), ("potential", "cation")], ids="-".join)
@pytest.mark.parametrize("ends", [even, uneven])
def test_a_species_in_a_given_potential_converges_with_order_two(
    devices: ModuleType, ends: Any, names: tuple[str, ...]
) -> None:
    assert_orders(worst(devices, "line", "integrate", ends, names), 2)


@pytest.mark.slow
def test_all_equations_with_the_temperature_converge_with_order_two(devices: ModuleType) -> None:
    assert_orders(worst(devices, "line", "integrate", uneven, WARM), 2)


@pytest.mark.parametrize("ends", [uneven, EVEN])
def test_backward_euler_converges_with_order_one(devices: ModuleType, ends: Any) -> None:
    """On the same cells: so the errors of the time steps are seen above those of the cells."""
    assert_orders(worst(devices, "line", "step_backward_euler", ends), 1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["plane", "disc"])
def test_all_equations_converge_with_order_two_in_time_and_space(devices: ModuleType, kind: str) -> None:
    assert_orders(worst(devices, kind, "integrate", even)[-2:], 2)
