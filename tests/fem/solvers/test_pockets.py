"""Pockets of carriers that are cut off have a level, that of their own balance, with every linear solver."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import Circuit, Device, NewtonOptions, OhmicContact, State, equilibrium, steady
from fem.errors import ConvergenceError
from fem.solvers.kept import problem_of
from fem.solvers.pockets import Pocket, PocketSearch, with_rows
from fem.units import eV

Array = npt.NDArray[np.float64]
GMRES = NewtonOptions(petsc={"ksp_type": "gmres"})
RESISTANCE = 1e20  # [Ohm]


@pytest.fixture
def device(devices: ModuleType, transistors: ModuleType) -> Device:
    """A transistor between contacts that meet the conduction band alone: holes below the gate are cut off."""
    contact = OhmicContact(work_function=3.9 * eV)
    found: Device = transistors.transistor(
        devices.film(mobility=2e-4), depth=1e-5, contacts={"source": contact, "drain": contact}
    )
    return found


def off(device: Device, **more: Any) -> State:
    """Return the state with 2 V at the gate against the electrons."""
    return steady(device, {"gate": -2.0, "drain": 0.05}, start=equilibrium(device), **more)


def chain(*flow: float, lost: dict[int, float] | None = None) -> list[Pocket]:
    """Return the pockets of a row of nodes with a contact at its left end, for the exchange along its edges."""
    first = np.arange(len(flow))
    leaks = np.zeros(len(flow) + 1)
    leaks[0] = np.inf
    for node, loss in (lost or {}).items():
        leaks[node] = loss
    found = PocketSearch(first, first + 1)(np.array(flow), leaks)
    return with_rows([cluster.nodes for cluster in found], np.ones(len(flow) + 1))


def test_a_part_behind_a_weak_edge_is_a_pocket() -> None:
    (found,) = chain(1.0, 1e-12, 1.0, 2.0)
    assert sorted(found.nodes) == [2, 3, 4] and found.row in found.nodes


def test_a_slope_towards_the_contact_leaves_no_pocket() -> None:
    assert chain(1.0, 1e-4, 1e-8, 1e-12, 1e-16) == []
    assert chain(1e-12, 1e-6, 1e-6) == chain(1.0, 1e-6, 1.0) == []


def test_a_smooth_barrier_leaves_pockets_around_each_other_that_share_no_row() -> None:
    found = chain(*10.0 ** -np.arange(20.0), *10.0 ** -np.arange(20.0)[::-1])
    sizes = [pocket.nodes.size for pocket in found]
    assert len(found) == 2 and sizes == sorted(sizes)
    assert set(found[0].nodes) < set(found[1].nodes)
    assert len({pocket.row for pocket in found}) == 2


def test_carriers_that_recombine_fast_are_no_pocket() -> None:
    assert len(chain(1.0, 1e-12, 1.0, lost={3: 1e-9})) == 1
    assert chain(1.0, 1e-12, 1.0, lost={3: 1e-3}) == []


def test_a_part_that_nothing_joins_with_a_contact_is_a_pocket() -> None:
    (found,) = chain(1.0, 0.0, 1.0)
    assert sorted(found.nodes) == [2, 3]


def test_a_search_sees_what_has_changed_since_the_last_one() -> None:
    search, leaks = PocketSearch(np.arange(4), np.arange(1, 5)), np.array([np.inf, 0, 0, 0, 0])
    closed, open_ = np.array([1.0, 1e-12, 1.0, 2.0]), np.array([1.0, 0.5, 1.0, 2.0])
    assert [len(search(flow, leaks)) for flow in (open_, closed, open_, open_, closed)] == [
        0,
        1,
        0,
        0,
        1,
    ]
    other_end = leaks[::-1].copy()
    (found,) = search(closed, other_end)
    assert sorted(found.nodes) == [0, 1]


def test_currents_balance_around_a_pocket(device: Device) -> None:
    state = off(device)
    assert problem_of(device).inner.found
    drain, source = state.current("drain"), state.current("source")
    assert drain + source == pytest.approx(0.0, abs=1e-6 * drain)
    assert state.current_error("drain") < 1e-5 * drain


def test_without_its_balance_the_pocket_has_no_level(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PocketSearch, "__call__", lambda *_: [])
    with pytest.raises(ConvergenceError):
        off(device)


def test_every_linear_solver_finds_one_level(device: Device) -> None:
    direct, iterative = off(device), off(device, options=GMRES)
    assert problem_of(device, GMRES).linear is not None
    assert problem_of(device, GMRES).linear.name == "GMRES"
    np.testing.assert_allclose(iterative.values[:, 2], direct.values[:, 2], rtol=1e-6)
    assert iterative.current("drain") == pytest.approx(direct.current("drain"), rel=1e-6)


def test_circuits_are_solved_with_pockets(device: Device) -> None:
    drive, circuits = {"gate": -2.0, "drain": 0.05}, {"drain": Circuit(series_resistance=RESISTANCE)}
    state = steady(device, drive, start=off(device), circuits=circuits)
    assert problem_of(device).inner.found
    fall = state.source["drain"] - state.bias["drain"]
    assert 1e-3 < fall == pytest.approx(RESISTANCE * state.current("drain"), rel=1e-6)
    held = steady(device, drive | {"drain": state.bias["drain"]}, start=equilibrium(device))
    np.testing.assert_allclose(state.values[:, 2], held.values[:, 2], rtol=1e-6)


def test_a_device_without_pockets_is_solved_as_its_matrix_stands(devices: ModuleType) -> None:
    diode = devices.pn_diode(np.linspace(0.0, 2e-6, 51))
    steady(diode, {"top": -0.5})
    assert problem_of(diode).inner.found == []
