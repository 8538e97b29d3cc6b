r"""Lateral devices and transistors with the solver: the spreading resistance of electrodes, the long channel.

An electrode on one face of a strip of thickness t lengthens the strip, beyond its edge, by
:math:`t\,\ln 4/\pi` if it is much longer than t: with :math:`\zeta=e^{\pi z/t}` the complex potential between an
electrode on :math:`-1<\zeta<0` and infinity is
:math:`2\,\mathrm{arsinh}\sqrt{\zeta}\to\ln\zeta+\ln 4` (Schwarz-Christoffel mapping).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, OhmicContact, State, equilibrium, steady
from fem.constants import ELEMENTARY_CHARGE, thermal_voltage
from fem.physics import Carriers, Conduction, Poisson
from fem.units import eV, mV, nm, um
from geometries import LateralDevice, Layer, Transistor, VerticalStack

CONDUCTIVITY, WIDTH = 10.0, 5 * um
DOPING, STATES, MOBILITY = 1e23, 2.2e24, 2e-4
FLAT = 3.9 + thermal_voltage(300.0) * np.log(STATES / DOPING)  # work function without band bending [eV]


def conductor(devices: ModuleType, kind: str = "insulator") -> Any:
    more = {"electrical_conductivity": devices.datum(CONDUCTIVITY, "S/m")}
    if kind == "insulator":
        return devices.insulator("film", 24.0, **more)
    return devices.metal(5.1, "Au")


def resistance(devices: ModuleType, lateral: LateralDevice, **sizes: Any) -> float:
    """Return V/I [ohm] of a device whose film conducts."""
    drawing = lateral.mesh(**sizes)
    kinds = {name: "metal" if name.startswith("Au") else "insulator" for name in drawing.regions}
    device = Device(
        mesh=drawing,
        materials={name: conductor(devices, kind) for name, kind in kinds.items()},
        physics=[Conduction()],
        contacts={"left": OhmicContact(), "right": OhmicContact()},
        temperature=300.0,
    )
    return 0.01 / steady(device, {"left": 0.01}).current("left")


@pytest.mark.parametrize("place", ["top", "bottom"])
@pytest.mark.parametrize("ends", [1, 2])
def test_an_electrode_on_a_face_lengthens_the_film_by_its_spreading_resistance(
    devices: ModuleType, place: str, ends: int
) -> None:
    thick, gap = 300 * nm, 1500 * nm
    lateral = LateralDevice(
        film=Layer("film", thick),
        gap=gap,
        electrode_width=1200 * nm,
        left=place,
        right="side" if ends == 1 else "top",
        width=WIDTH,
    )
    found = resistance(
        devices, lateral, size=20 * nm, interface_size=1 * nm, lateral_size=40 * nm, edge_size=1 * nm
    )
    length = gap + ends * thick * np.log(4) / np.pi
    assert found == pytest.approx(length / (CONDUCTIVITY * thick * WIDTH), rel=2e-3)


@pytest.mark.parametrize("dimension", [2, 3])
def test_a_film_between_metals_at_its_end_faces_has_the_resistance_of_a_bar(
    devices: ModuleType, dimension: int
) -> None:
    lateral = LateralDevice(
        film=Layer("film", 200 * nm),
        gap=1 * um,
        left="side",
        right="side",
        electrode_thickness=50 * nm,
        width=WIDTH,
    )
    found = resistance(
        devices, lateral, size=100 * nm, interface_size=50 * nm, lateral_size=250 * nm, dimension=dimension
    )
    assert found == pytest.approx(1 * um / (CONDUCTIVITY * 200 * nm * WIDTH), rel=1e-9)


def thin_film_transistor(devices: ModuleType, work: float, finer: int = 1) -> Device:
    """Return 50 nm of an n-type film on 20 nm of oxide, the gate's work function `work` [eV]."""
    sizes = {"size": 5 * nm, "interface_size": 1 * nm, "lateral_size": 100 * nm, "edge_size": 5 * nm}
    transistor = Transistor(
        channel=(Layer("film", 50 * nm),),
        dielectric=(Layer("oxide", 20 * nm),),
        channel_length=2 * um,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
        width=WIDTH,
    )
    return Device(
        mesh=transistor.mesh(growth=1 + 0.3 / finer, **{k: v / finer for k, v in sizes.items()}),
        materials=materials(devices),
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={
            "source": OhmicContact(),
            "drain": OhmicContact(),
            "gate": GateContact(work_function=work * eV),
        },
        temperature=300.0,
    )


def materials(devices: ModuleType) -> dict[str, Any]:
    film = devices.semiconductor(
        "film", states=STATES, mobility=MOBILITY, donor_density=(DOPING, "m^-3"), conduction=3.9
    )
    return {"film": film, "oxide": devices.insulator()}


def positions(state: State) -> np.ndarray:
    mesh = state.device.mesh
    return np.asarray(mesh.mesh.geometry.x * mesh.unit)


def test_the_middle_of_a_long_channel_is_the_stack_of_its_layers(devices: ModuleType) -> None:
    state = equilibrium(thin_film_transistor(devices, FLAT - 0.5))
    stack = Device(
        mesh=VerticalStack(Layer("oxide", 20 * nm), Layer("film", 50 * nm)).mesh(
            size=5 * nm, interface_size=1 * nm
        ),
        materials=materials(devices),
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={"bottom": GateContact(work_function=(FLAT - 0.5) * eV)},
        temperature=300.0,
    )
    line = equilibrium(stack)
    x, y = positions(state).T[:2]
    middle = np.abs(x - x[np.argmin(np.abs(x))]) < 1e-3 * nm
    expected = np.interp(y[middle] + 20 * nm, *sorted_line(line))
    found = state.potential()[middle]
    assert len(found) > 20 and np.ptp(expected) > 0.2
    assert found == pytest.approx(expected, abs=0.01 * mV)


def sorted_line(state: State) -> tuple[np.ndarray, np.ndarray]:
    x = positions(state)[:, 0]
    order = np.argsort(x)
    return x[order], state.potential()[order]


def test_source_and_drain_exchange_to_round_off(devices: ModuleType) -> None:
    """The diagonals of the mesh all point one way, and control volumes by bisectors do not see them."""
    device = thin_film_transistor(devices, FLAT + 0.5)
    one, other = (steady(device, {name: 0.5}).current(name) for name in ("drain", "source"))
    assert one == pytest.approx(other, rel=1e-12)


def test_a_channel_without_band_bending_has_the_resistance_of_a_bar(devices: ModuleType) -> None:
    state = steady(thin_film_transistor(devices, FLAT), {"drain": 0.01 * mV})
    sheet = ELEMENTARY_CHARGE * DOPING * MOBILITY * 50 * nm
    assert state.current("drain") == pytest.approx(0.01 * mV * sheet * WIDTH / (2 * um), rel=1e-4)
    assert abs(state.current("gate")) < 1e-9 * state.current("drain")
