"""A thin-film transistor against an independent finite-volume program (DEVSIM, 123 x 57 nodes, error about 0.3 %).

Currents below 1e-10 A/m are round-off in the reference.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, GateContact, OhmicContact, State, equilibrium, steady
from fem.materials import Material
from fem.physics import Carriers, Poisson
from fem.units import eV, nm, um
from geometries import Layer, Transistor

DATA = Path(__file__).parent / "data" / "R2_thin_film_transistor" / "A_iv_mesh2.csv"
ROUND_OFF = 1e-10  # of the reference [A/m]
GATE, DRAIN, CURRENT = range(3)
Array = npt.NDArray[np.float64]


def reference() -> Array:
    """Return gate voltage, drain voltage [V] and drain current [A/m] of every printed bias point."""
    rows = np.loadtxt(DATA, delimiter=",", skiprows=1, usecols=(1, 2, 3))
    points = {(v_g, v_d): current for v_g, v_d, current in rows if abs(current) > ROUND_OFF}
    return np.array([(*point, current) for point, current in points.items()])


def transistor(devices: ModuleType, refined: int = 1) -> Device:
    """Return the reference's device; twice as ``refined`` halves every cell."""
    shape = Transistor(
        channel=(Layer("film", 50 * nm, size=5 * nm / refined, interface_size=0.5 * nm / refined),),
        dielectric=(Layer("oxide", 20 * nm, size=5 * nm / refined, interface_size=0.5 * nm / refined),),
        channel_length=1 * um,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
    )
    mesh = shape.mesh(
        size=5 * nm / refined,
        interface_size=0.5 * nm / refined,
        lateral_size=20 * nm / refined,
        edge_size=1 * nm / refined,
    )
    film = devices.semiconductor("film", permittivity=25.0, conduction=4.0, valence=5.6, mobility=1e-4)
    oxide = Material(name="oxide", kind="insulator", relative_permittivity=devices.datum(3.9, "1"))
    ohmic = OhmicContact(work_function=4.1 * eV)
    return Device(
        mesh=mesh,
        materials={"film": film, "oxide": oxide},
        physics=[Poisson(), Carriers(("electron",))],
        contacts={"source": ohmic, "drain": ohmic, "gate": GateContact(work_function=4.1 * eV)},
        temperature=300.0,
    )


def states(device: Device, points: Array) -> list[State]:
    """Return the steady state at every (gate, drain) voltage, each found from the one before."""
    found = [equilibrium(device)]
    for v_g, v_d in points:
        found.append(steady(device, {"gate": v_g, "drain": v_d}, start=found[-1]))
    return found[1:]


@pytest.fixture(scope="module")
def coarse(devices: ModuleType) -> list[State]:
    """The states at all bias points of the reference."""
    return states(transistor(devices), reference()[:, :CURRENT])


def test_drain_current_is_that_of_the_reference(coarse: list[State]) -> None:
    assert coarse[0].device.mesh.num_nodes < 3000
    found = np.array([state.current("drain") for state in coarse])
    wanted = reference()[:, CURRENT]
    assert len(wanted) > 100
    assert np.abs(found / wanted - 1).max() < 0.015  # asked: 3 %


def test_gate_takes_no_current(coarse: list[State]) -> None:
    for state in coarse:
        drain = abs(state.current("drain"))
        assert abs(state.current("gate")) < 1e-12 * drain
        assert state.current("source") == pytest.approx(-state.current("drain"), abs=1e-9 * drain)


def test_drain_current_changes_by_less_than_a_percent_on_a_mesh_twice_as_fine(
    devices: ModuleType, coarse: list[State]
) -> None:
    rows = reference()
    chosen = [k for k, (v_g, v_d, _) in enumerate(rows) if v_g in (0.0, 1.0, 5.0) and v_d in (0.1, 1.0, 4.0)]
    fine = states(transistor(devices, refined=2), rows[chosen, :CURRENT])
    for k, state in zip(chosen, fine, strict=True):
        assert state.current("drain") == pytest.approx(coarse[k].current("drain"), rel=0.01)
