"""A lit film behind barriers for electrons and holes has one charge, that of its leaks, by every way and solver."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, NewtonOptions, OhmicContact, State, integral, steady
from fem.device.loading import load
from fem.forms.assembly import Assembly
from fem.physics import Carriers, InterfaceRecombination, OpticalGeneration, Poisson, Traps
from fem.solvers.carrier_pockets import CarrierPockets
from fem.solvers.kept import problem_of
from fem.units import eV, nm
from geometries import Layer, VerticalStack

GMRES = NewtonOptions(petsc={"ksp_type": "gmres"})
DRIVE = {"top": 0.2}
THICKNESS = 50 * nm


def well(devices: ModuleType, *physics: Any, **more: Any) -> Device:
    """Return a film behind barriers of 1.0 eV for electrons and 1.2 eV for holes."""
    data: dict[str, Any] = {
        "permittivity": 10.0,
        "states": 1e25,
        "mobility": (1e-4, 3e-5),
        "electron_lifetime": (1e-7, "s"),
        "hole_lifetime": (1e-7, "s"),
        "radiative_coefficient": (1e-16, "m^3/s"),
    }
    data |= more
    contact = OhmicContact(work_function=5.85 * eV)
    wide = {
        name: devices.semiconductor(name, conduction=4.0, valence=7.7, **data) for name in ("below", "above")
    }
    layers = [Layer(name, THICKNESS) for name in ("below", "well", "above")]
    return Device(
        mesh=VerticalStack(*layers).mesh(size=5 * nm, interface_size=1 * nm, growth=1.4),
        materials={**wide, "well": devices.semiconductor("well", conduction=5.0, valence=6.5, **data)},
        physics=[Poisson(), Carriers(), *physics],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def net(state: State) -> float:
    """Return holes less electrons in the well [1/m^2]."""
    return integral(state, "hole", "well") - integral(state, "electron", "well")


def crossing(state: State) -> tuple[float, float]:
    """Return the current through the middle of each barrier, scaled."""
    from dolfinx import fem as dfem

    device = state.device
    load(device, state)
    weight = dfem.Function(device.context.scalar_space)
    total = Assembly(device.total_current(weight), device.context)
    height = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.mesh.unit
    found = []
    for begin in (0.0, 2 * THICKNESS):
        weight.x.array[:] = np.clip((height - begin) / THICKNESS, 0.0, 1.0)
        found.append(total.value())
    return found[0], found[1]


LIGHTS = {
    "in the film": [OpticalGeneration(1e27, ("well",))],
    "and a little in a barrier": [
        OpticalGeneration(1e27, ("well",)),
        OpticalGeneration(1e15, ("above",)),
    ],
    "and traps": [
        OpticalGeneration(1e27, ("well",)),
        Traps(
            "deep",
            density=1e23,
            depth=0.7 * eV,
            kind="acceptor",
            electron_capture=1e-14,
            hole_capture=1e-14,
            regions=("well",),
        ),
    ],
    "and recombination at an interface": [
        OpticalGeneration(1e27, ("well",)),
        InterfaceRecombination("below|well", electron_velocity=10.0, hole_velocity=10.0),
    ],
}


@pytest.mark.parametrize("light", LIGHTS)
def test_every_way_and_solver_leads_to_one_charge(light: str, devices: ModuleType) -> None:
    device = well(devices, *LIGHTS[light])
    straight = steady(device, DRIVE, light=1.0)
    assert any(len(pocket.nodes) == 2 for pocket in problem_of(device).inner.found)
    bright = steady(device, DRIVE, light=1.0, start=steady(device, DRIVE, light=10.0))
    iterative = steady(device, DRIVE, light=1.0, options=GMRES)
    for other in (bright, iterative):
        assert net(other) == pytest.approx(net(straight), rel=1e-8)
        assert other.current("top") == pytest.approx(straight.current("top"), rel=1e-8)
    first, second = crossing(straight)
    assert first == pytest.approx(second, rel=1e-8)


def test_fast_carriers_have_pockets_of_their_own_within(devices: ModuleType) -> None:
    device = well(devices, OpticalGeneration(1e27, ("well",)), mobility=1.0)
    straight = steady(device, DRIVE, light=1.0)
    sizes = [len(pocket.nodes) for pocket in problem_of(device).inner.found]
    assert {1, 2} <= set(sizes)
    assert steady(device, DRIVE, light=1.0, options=GMRES).current("top") == pytest.approx(
        straight.current("top"), rel=1e-8
    )


def test_without_the_balance_of_both_the_way_decides(
    devices: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CarrierPockets, "_of_both", lambda *_: [])
    device = well(devices, *LIGHTS["in the film"])
    straight = steady(device, DRIVE, light=1.0)
    bright = steady(device, DRIVE, light=1.0, start=steady(device, DRIVE, light=10.0))
    assert net(bright) != pytest.approx(net(straight), rel=1e-2)
