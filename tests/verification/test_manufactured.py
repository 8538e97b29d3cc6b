"""Steady manufactured solutions of whole devices: observed orders of convergence in space, two-sided."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import pytest
import ufl

from tests.verification.manufactured import FIELDS, WARM, Manufactured, orders
from tests.verification.manufactured_equations import LIMIT, Fields, Film, Place
from tests.verification.manufactured_meshes import mesh_of

CELLS = {
    "line": (20, 40, 80),
    "plane": (12, 24, 48),
    "right-angled": (12, 24, 48),
    "scattered": (12, 24, 48),
    "disc": (12, 24, 48),
    "box": (8, 16),
}
LOWER = Film()
UPPER = Film(
    electron=0.9,
    hole=1.6,
    ion=1.4,
    affinity=4.02,
    gap=0.27,
    trap=4.13,
    states=35.0,
    electron_lifetime=0.7,
    radiative=0.2,
    donors=0.4,
    ions=0.7,
    permittivity=9.0,
)
Errors = list[dict[str, float]]


def on(*everyday: str, slow: tuple[str, ...] = ()) -> Any:
    """Parametrize a test by the mesh; on some of them it is slow."""
    marked = [pytest.param(kind, marks=pytest.mark.slow) for kind in slow]
    return pytest.mark.parametrize("kind", [*everyday, *marked])


def drifting(place: Place, time: Any, *, drop: float = 10.0) -> Fields:
    """Return smooth fields with a ``drop`` of the potential [kT/q]; ions on a tenth to 0.6 of their sites."""
    z, across = place.height, place.across
    ions = LIMIT * (0.35 + 0.25 * across * ufl.cos(2 * z))
    return {
        "potential": drop * (z + 0.4 * z**2) / 1.4 + across * ufl.sin(2 * z + 0.3),
        "electron": 0.4 * (1 + 0.4 * across * ufl.cos(2 * z)) * ufl.exp(0.5 * z),
        "hole": 0.5 * (1 - 0.3 * across * ufl.sin(3 * z)) * ufl.exp(-0.5 * z),
        "cation": ions,
        "anion": ions,
        "temperature": 0.2 + 0.1 * z + 0.1 * across * ufl.cos(2 * z),
    }


def errors(
    devices: ModuleType,
    kind: str,
    *,
    cells: tuple[int, ...] | None = None,
    drop: float = 10.0,
    films: tuple[Film, ...] = (LOWER,),
    **more: Any,
) -> tuple[Errors, Errors, Errors]:
    """Return the errors on each mesh: in L2, at the nodes, and in H1."""
    by_region = dict(zip(("lower", "upper"), films, strict=False))
    found: tuple[Errors, Errors, Errors] = ([], [], [])
    for number in cells or CELLS[kind]:
        mesh = mesh_of(kind, number, tuple(by_region))
        problem = Manufactured(devices, mesh, partial(drifting, drop=drop), films=by_region, **more)
        problem.solve()
        for errors, now in zip(
            found, (problem.errors(), problem.nodal_errors(), problem.errors("H1")), strict=True
        ):
            errors.append(now)
    return found


def assert_orders(errors: Errors, expected: float) -> None:
    """Assert that all observed orders are within 0.1 of the expected one."""
    observed = orders(errors)
    assert all(abs(o - expected) < 0.1 for each in observed.values() for o in each), observed


@on("line", "disc", "right-angled", slow=("plane", "scattered", "box"))
def test_poisson_converges_with_order_two(devices: ModuleType, kind: str) -> None:
    in_space, at_nodes, _ = errors(devices, kind, names=("potential",))
    assert_orders(in_space, 2)
    if kind != "box":
        assert_orders(at_nodes[-2:], 2)


@on("line", slow=("plane", "scattered", "disc", "box"))
@pytest.mark.parametrize("species", ["electron", "hole", "cation", "anion"])
def test_each_species_in_a_given_potential_converges_with_order_two(
    devices: ModuleType, kind: str, species: str
) -> None:
    cells = (12, 24) if kind == "box" else None
    in_space, at_nodes, _ = errors(
        devices, kind, cells=cells, names=("potential", species), given=("potential",)
    )
    assert_orders(in_space, 2)
    if kind != "box":
        assert_orders(at_nodes[-2:], 2)


@on("line", slow=("plane", "scattered", "disc", "box"))
def test_carriers_with_recombination_and_poisson_converge_with_order_two(
    devices: ModuleType, kind: str
) -> None:
    in_space, at_nodes, _ = errors(devices, kind, names=FIELDS[:3])
    assert_orders(in_space, 2)
    if kind != "box":
        assert_orders(at_nodes[-2:], 2)


@on("line", "disc", "right-angled", "box", slow=("plane", "scattered"))
def test_all_equations_together_converge_with_order_two(devices: ModuleType, kind: str) -> None:
    in_space, at_nodes, _ = errors(devices, kind, drop=4.0 if kind == "box" else 10.0)
    assert_orders(in_space, 2)
    if kind != "box":
        assert_orders(at_nodes[-2:], 2)


@on("line", "right-angled", slow=("plane", "scattered", "disc", "box"))
@pytest.mark.parametrize("names", [("potential", "temperature"), WARM], ids=("alone", "all"))
def test_temperature_converges_with_order_two_alone_and_with_all_else(
    devices: ModuleType, kind: str, names: tuple[str, ...]
) -> None:
    """Joule heat, heat of recombination, and all that follows the temperature from 20 to 40 % above its unit."""
    in_space, at_nodes, _ = errors(devices, kind, names=names, drop=4.0 if kind == "box" else 10.0)
    assert_orders(in_space, 2)
    if kind != "box":
        assert_orders(at_nodes[-2:], 2)


@pytest.mark.slow
def test_all_equations_together_converge_with_order_two_in_a_finer_box(devices: ModuleType) -> None:
    in_space, _, in_slope = errors(devices, "box", cells=(12, 24))
    assert_orders(in_space, 2)
    assert_orders(in_slope, 1)


@on("line", slow=("plane", "disc"))
def test_two_films_with_band_offsets_converge_with_order_two(devices: ModuleType, kind: str) -> None:
    """Affinity, gap, density of states, permittivity, mobilities, doping and traps jump where they meet."""
    in_space, at_nodes, _ = errors(devices, kind, films=(LOWER, UPPER))
    assert_orders(in_space, 2)
    assert_orders(at_nodes[-2:], 2)


@pytest.mark.slow
def test_slopes_of_all_fields_converge_with_order_one(devices: ModuleType) -> None:
    _, _, in_slope = errors(devices, "line", cells=(40, 80, 160))
    assert_orders(in_slope, 1)


@on("line", slow=("plane", "disc"))
@pytest.mark.parametrize("species", ["electron", "hole", "cation"])
def test_drift_alone_converges_with_order_one(devices: ModuleType, kind: str, species: str) -> None:
    """4000 kT/q across the device, 50 or more along an edge: the edge fluxes are upwind differences."""
    in_space, _, _ = errors(devices, kind, drop=4000.0, names=("potential", species), given=("potential",))
    assert_orders(in_space, 1)


def test_order_two_returns_when_the_potential_along_an_edge_falls_below_one(devices: ModuleType) -> None:
    in_space, _, _ = errors(
        devices,
        "line",
        cells=(20, 40, 80, 160, 320),
        drop=100.0,
        names=("potential", "electron"),
        given=("potential",),
    )
    (observed,) = orders(in_space).values()
    assert 1.0 < observed[0] < 1.9, observed
    assert abs(observed[-1] - 2) < 0.1, observed
