"""Manufactured solutions of films with ``Conduction``: observed orders in space and time of each field, two-sided.

With an averaging length, the screened potential, two ions that conduct in one film, an interlayer with a conductivity
of its own, Joule heat and the heat that carriers conduct.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import ufl

from tests.verification.manufactured import orders
from tests.verification.manufactured_conduction import FULL, NEUTRAL, PSI, Conductor, ManufacturedConduction
from tests.verification.manufactured_equations import LIMIT, Fields, Place
from tests.verification.manufactured_meshes import mesh_of
from tests.verification.test_manufactured_in_time import uneven

pytestmark = pytest.mark.filterwarnings("ignore::fem.errors.ModelWarning")

CELLS = {"line": (20, 40, 80)} | dict.fromkeys(("plane", "right-angled", "scattered", "disc"), (12, 24, 48))
IN_TIME = {"line": ((80, 160, 320), (60, 120, 240)), "disc": ((8, 16, 32), (16, 32, 64))}
FILM = Conductor(averaging=0.15)
INTERLAYER = Conductor(own=0.02, permittivity=9.0, conductivity=15.0, capacity=5.0)
Errors = list[dict[str, float]]


def steady(place: Place, time: Any) -> Fields:
    """Return smooth fields: 10 kT/q across the film, ions on a tenth to 0.6 of their sites."""
    z, across = place.height, place.across
    potential = 10 * (z + 0.4 * z**2) / 1.4 + across * ufl.sin(2 * z + 0.3)
    return {
        "potential": potential,
        PSI: potential - (1.5 + across) * ufl.sin(np.pi * z),
        "cation": LIMIT * (0.35 + 0.25 * across * ufl.cos(2 * z)),
        "anion": LIMIT * (0.4 - 0.2 * across * ufl.cos(3 * z)),
        "averaged cation": LIMIT * (0.4 + 0.2 * across * ufl.cos(np.pi * z)),
        "averaged anion": LIMIT * (0.4 - 0.3 * across * ufl.cos(np.pi * z)),
        "temperature": 0.2 + 0.1 * z + 0.1 * across * ufl.cos(2 * z),
    }


def moving(place: Place, time: Any) -> Fields:
    """Return smooth fields of period 1; no ions cross the faces, at which it is as warm as without heat."""
    z, across = place.height, place.across
    sin, cos = ufl.sin(2 * np.pi * time), ufl.cos(2 * np.pi * time)
    middle, bend = ufl.sin(np.pi * z), ufl.cos(np.pi * z)
    potential = 3 * z + 0.8 * sin * z + 0.5 * across * ufl.sin(2 * z + 0.3) + 0.4 * (1 - cos) * middle
    psi = potential - (0.7 + 0.3 * sin) * (1 + 0.5 * across) * middle
    level = -0.6 + 1.5 * (1 - bend) + 0.3 * across * ufl.cos(2 * np.pi * z) * cos
    return {
        "potential": potential,
        PSI: psi,
        "cation": LIMIT / (1 + ufl.exp(psi - level)),
        "anion": LIMIT / (1 + ufl.exp(0.8 * bend - psi + 0.3 * across * sin * bend)),
        "averaged cation": LIMIT * (0.4 + 0.2 * across * bend * sin),
        "averaged anion": LIMIT * (0.4 - 0.2 * bend * cos),
        "temperature": 0.3 * middle**2 * (1 + 0.3 * across + 0.4 * sin),
    }


def without_psi(fields: Any, place: Place, time: Any) -> Fields:
    """Return fields in which the ions' own potential is that of the current, as it is without a screening."""
    z = place.height
    found = fields(place, time)
    level = -0.6 + 1.5 * (1 - ufl.cos(np.pi * z))
    return found | {"cation": LIMIT / (1 + ufl.exp(found["potential"] - level))}


def errors(
    devices: ModuleType, kind: str, names: tuple[str, ...], *films: Conductor
) -> tuple[Errors, Errors]:
    """Return the steady errors on each mesh: in L2 and at the nodes."""
    by_region = dict(zip(("lower", "upper"), films, strict=False))
    free = (PSI, "averaged cation", "averaged anion")
    found: tuple[Errors, Errors] = ([], [])
    for number in CELLS[kind]:
        mesh = mesh_of(kind, number, tuple(by_region))
        problem = ManufacturedConduction(devices, mesh, steady, names=names, films=by_region, blocked=free)
        problem.solve()
        found[0].append(problem.errors())
        found[1].append(problem.nodal_errors())
    return found


def in_time(devices: ModuleType, kind: str, names: tuple[str, ...], film: Conductor) -> Errors:
    """Return the largest nodal errors over time, cells and steps halved together, in steps of unequal lengths."""
    free = (PSI, "averaged cation", "averaged anion", "cation", "anion")
    exact = moving if PSI in names else partial(without_psi, moving)
    found = []
    for cells, steps in zip(*IN_TIME[kind], strict=True):
        problem = ManufacturedConduction(
            devices, mesh_of(kind, cells), exact, names=names, films={"salt": film}, blocked=free
        )
        found.append(problem.integrate(uneven(steps)))
    return found


def apart(errors: Errors, fields: int) -> float:
    """Return how far the observed orders of that many fields are from 2, at most."""
    observed = orders(errors)
    assert len(observed) == fields
    return max(abs(o - 2) for each in observed.values() for o in each)


def apart_in_space(devices: ModuleType, kind: str, *films: Conductor) -> float:
    """Return how far orders of all fields are from 2: in L2, with two films from the second mesh on, and at nodes."""
    in_space, at_nodes = errors(devices, kind, FULL, *films)
    return max(apart(in_space[len(films) - 1 :], 7), apart(at_nodes[-2:], 7))


def apart_in_time(devices: ModuleType, kind: str) -> float:
    """Return how far orders of all fields are from 2 where cells and steps are halved together."""
    return apart(in_time(devices, kind, FULL, FILM)[-2:], 7)


def slowly(*kinds: str) -> list[Any]:
    return [pytest.param(kind, marks=pytest.mark.slow) for kind in kinds]


@pytest.mark.parametrize("kind", ["line", *slowly("plane", "scattered", "disc")])
def test_conduction_with_vacancies_and_heat_converges_with_order_two(devices: ModuleType, kind: str) -> None:
    """Continuity of the current, its Joule heat, and ions that drift and diffuse in what is warmed."""
    in_space, at_nodes = errors(devices, kind, NEUTRAL, Conductor())
    assert apart(in_space, 3) < 0.1
    assert apart(at_nodes[-2:], 3) < 0.1


@pytest.mark.parametrize("kind", ["line", "disc", "right-angled", *slowly("plane", "scattered")])
def test_averaging_screening_two_ions_and_heat_converge_with_order_two(
    devices: ModuleType, kind: str
) -> None:
    """φ, ψ, two ions, both of their averages and the temperature."""
    assert apart_in_space(devices, kind, FILM) < 0.1


@pytest.mark.parametrize("kind", ["line", "plane", "right-angled", *slowly("disc")])
def test_interlayer_with_a_conductivity_of_its_own_converges_with_order_two(
    devices: ModuleType, kind: str
) -> None:
    """It conducts a fiftieth of the film, has no ions, and averages end at its face."""
    assert apart_in_space(devices, kind, FILM, INTERLAYER) < 0.1


@pytest.mark.parametrize("kind", ["line", *slowly("disc")])
def test_conduction_with_displacement_converges_with_order_two_in_time_and_space(
    devices: ModuleType, kind: str
) -> None:
    assert apart(in_time(devices, kind, NEUTRAL, Conductor())[-2:], 3) < 0.1


@pytest.mark.parametrize("kind", ["line", *slowly("disc")])
def test_averaging_screening_two_ions_and_heat_converge_with_order_two_in_time_and_space(
    devices: ModuleType, kind: str
) -> None:
    assert apart_in_time(devices, kind) < 0.1
