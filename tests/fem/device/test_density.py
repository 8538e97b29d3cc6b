"""Densities at nodes, on each side of a heterojunction, and how many particles they are."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, HeatSink, OhmicContact, State, equilibrium, integral, steady
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, thermal_voltage
from fem.errors import IncompatibleError, UnknownNameError
from fem.outputs import cell_values
from fem.physics import Carriers, Heat, InterfaceTraps, MobileIons, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Layer, Planar, VerticalStack

VT = thermal_voltage(300.0)
LENGTH, RADIUS, WIDTH, DEPTH = 40 * nm, 20 * nm, 30 * nm, 7 * nm
DOPING, STATES = 1e23, 2.2e24
FLAT = 3.9 + VT * np.log(STATES / DOPING)  # work function at which a film has no space charge [eV]
SHAPES: dict[str, Any] = {
    "line": {},
    "planar": {"shape": Planar(width=WIDTH, lateral_size=10 * nm, depth=DEPTH)},
    "disc": {"shape": Axisymmetric(radius=RADIUS, lateral_size=10 * nm)},
}
AREA = {"line": 1.0, "planar": WIDTH * DEPTH, "disc": np.pi * RADIUS**2}


@pytest.fixture(scope="module")
def cell(devices: ModuleType) -> Device:
    """Three layers with other bands each, and ions in the middle."""
    return devices.three_layers(ions=devices.CATION)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def rest(cell: Device) -> State:
    return equilibrium(cell)


def pair(devices: ModuleType, shape: str, *more: Any) -> Device:
    """Return a doped film in two layers with ions in the second, between neutral contacts, under an oxide."""
    moving = {"cation": devices.ion(1e20, diffusivity=1e-14)}
    film = devices.semiconductor("film", donor_density=(DOPING, "m^-3"), ions=moving)
    mesh = {"size": 10 * nm, "interface_size": 5 * nm} | SHAPES[shape]
    layers = Layer("first", LENGTH), Layer("film", LENGTH), Layer("oxide", 10 * nm)
    first = devices.semiconductor("first", donor_density=(DOPING, "m^-3"))
    return Device(
        mesh=VerticalStack(*layers).mesh(**mesh),
        materials={"first": first, "film": film, "oxide": devices.insulator()},
        physics=[Poisson(), Carriers(species=("electron",)), MobileIons("cation"), *more],
        contacts={"bottom": OhmicContact(), "top": GateContact(work_function=FLAT * eV)},
        temperature=300.0,
    )


@pytest.mark.parametrize("region", ["ETL", "film", "HTL"])
def test_carriers_in_equilibrium_are_those_of_their_level_on_each_side(
    cell: Device, rest: State, region: str
) -> None:
    material = cell.setting.materials[region]
    volts = {name: material.si(name, 300.0) / ELEMENTARY_CHARGE for name in ("electron_affinity", "band_gap")}
    conduction = -rest.potential() - volts["electron_affinity"]
    valence = conduction - volts["band_gap"]
    n = material.si("effective_dos_conduction", 300.0) * np.exp(-conduction / VT)
    p = material.si("effective_dos_valence", 300.0) * np.exp(valence / VT)
    for name, expected in (("electron", n), ("hole", p)):
        found = rest.density(name, region)
        inside = np.isfinite(found)
        x = cell.context.scalar_space.tabulate_dof_coordinates()[:, 0] * cell.mesh.unit
        assert 0 < np.ptp(x[inside]) <= 400.001 * nm
        assert found[inside] == pytest.approx(expected[inside], rel=1e-7)


def test_a_density_has_two_values_at_the_nodes_of_a_heterojunction(cell: Device, rest: State) -> None:
    below, above = rest.density("electron", "ETL"), rest.density("electron", "film")
    shared = np.isfinite(below) & np.isfinite(above)
    assert np.count_nonzero(shared) == 1
    ratio = 5e25 / STATES * np.exp((4.0 - 3.9) / VT)
    assert below[shared] / above[shared] == pytest.approx(ratio, rel=1e-9)
    with pytest.raises(IncompatibleError, match=r"'ETL' and 'film'.*region='ETL'"):
        rest.density("electron")


@pytest.mark.parametrize("coupled", [False, True])
def test_nodes_of_a_region_have_the_values_of_its_cells(devices: ModuleType, coupled: bool) -> None:
    thermal = {"thermal_conductivity": (0.05, "W/(m K)"), "volumetric_heat_capacity": (1e6, "J/(m^3 K)")}
    layers = {
        "lower": devices.semiconductor("lower", donor_density=(DOPING, "m^-3"), **thermal),
        "upper": devices.semiconductor("upper", conduction=3.8, donor_density=(DOPING, "m^-3"), **thermal),
    }
    contact = [OhmicContact(), HeatSink(300.0)]
    device = Device(
        mesh=VerticalStack(*(Layer(name, LENGTH) for name in layers)).mesh(
            size=4 * nm, interface_size=1 * nm
        ),
        materials=layers,
        physics=[Poisson(), Carriers(), Heat(coupled=coupled)],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )
    state = steady(device, {"top": 0.5})
    assert (np.ptp(state.temperature()) > 1.0) == coupled
    corners, shown = device.context.scalar_space.dofmap.list, cell_values(state)
    for region in layers:
        cells = device.mesh.cells(region)
        nodes = state.density("electron", region)
        assert np.array_equal(nodes[corners[cells]], shown["electron"][cells])
    hot = state.temperature()[corners]  # n of the quasi-Fermi level at the temperature of the node
    depth = (shown["conduction_band"] - shown["electron_quasi_fermi"]) * ELEMENTARY_CHARGE
    expected = STATES * (hot / 300.0) ** 1.5 * np.exp(-depth / (BOLTZMANN * hot))
    assert shown["electron"] == pytest.approx(expected, rel=1e-6)


def test_a_film_of_one_kind_needs_no_region(devices: ModuleType) -> None:
    state = equilibrium(pair(devices, "line"))
    whole, parts = state.density("electron"), [state.density("electron", r) for r in ("first", "film")]
    for part in parts:
        inside = np.isfinite(part)
        assert inside.sum() > 3 and np.array_equal(part[inside], whole[inside])
    outside = ~np.any(np.isfinite(parts), axis=0)
    assert outside.any() and np.all(whole[outside] == 0.0)
    oxide = state.density("electron", "oxide")
    assert np.nanmax(oxide) == 0.0 and np.isnan(oxide).any()


@pytest.mark.parametrize("shape", SHAPES)
def test_neutral_electrons_are_as_many_as_the_donors(devices: ModuleType, shape: str) -> None:
    state = equilibrium(pair(devices, shape))
    assert integral(state, "electron", "first") == pytest.approx(DOPING * AREA[shape] * LENGTH, rel=1e-6)
    assert integral(state, "electron", "oxide") == 0.0
    both = sum(integral(state, "electron", region) for region in ("first", "film"))
    assert integral(state, "electron") == pytest.approx(both, rel=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_ions_are_as_many_as_their_mean_density_says(devices: ModuleType, shape: str) -> None:
    state = equilibrium(pair(devices, shape))
    expected = 1e20 * AREA[shape] * LENGTH
    assert integral(state, "cation", "film") == pytest.approx(expected, rel=1e-9)
    assert integral(state, "cation") == state.ion_inventory("cation") == integral(state, "cation", "film")
    assert integral(state, "cation", "first") == 0.0


@pytest.mark.parametrize("shape", SHAPES)
def test_electrons_on_an_interface_are_their_density_times_its_area(devices: ModuleType, shape: str) -> None:
    level = InterfaceTraps(
        "deep", interface="film|oxide", density=1e15, depth=0.4 * eV, electron_capture=1e-14, hole_capture=0.0
    )
    state = equilibrium(pair(devices, shape, level))
    per_area = state.density("deep").max()
    assert 0 < per_area <= 1e15
    assert integral(state, "deep") == pytest.approx(per_area * AREA[shape], rel=1e-3)
    assert integral(state, "deep", "film") == integral(state, "deep")
    assert integral(state, "deep", "first") == 0.0


def test_electrons_of_a_heterojunction_are_counted_on_their_side(cell: Device, rest: State) -> None:
    x = cell.context.scalar_space.tabulate_dof_coordinates()[:, 0] * cell.mesh.unit
    total = 0.0
    for region in ("ETL", "film", "HTL"):
        density = rest.density("electron", region)
        order = np.argsort(x)
        order = order[np.isfinite(density[order])]
        total += np.trapezoid(density[order], x[order])
        assert integral(rest, "electron", region) == pytest.approx(
            np.trapezoid(density[order], x[order]), rel=1e-12
        )
    assert integral(rest, "electron") == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("ask", [State.density, integral, State.ion_inventory])
def test_an_unknown_name_is_answered_with_those_that_are_close(rest: State, ask: Any) -> None:
    with pytest.raises(UnknownNameError, match=r"(density|ion species) 'cations'; did you mean 'cation'"):
        ask(rest, "cations")
    with pytest.raises(UnknownNameError, match=r"unknown (density|ion species) 'potential'"):
        ask(rest, "potential")


def test_a_carrier_is_no_ion(rest: State) -> None:
    for ask in (rest.ion_density, rest.ion_inventory):
        with pytest.raises(UnknownNameError, match="unknown ion species 'electron'"):
            ask("electron")


@pytest.mark.parametrize("ask", [State.density, integral])
def test_an_unknown_region_is_answered_with_those_that_are_close(rest: State, ask: Any) -> None:
    with pytest.raises(UnknownNameError, match="region 'flim'; did you mean 'film'"):
        ask(rest, "cation", "flim")


def test_a_state_prints_as_one_line_with_its_time_and_bias(cell: Device, rest: State) -> None:
    contacts = ", ".join(f"{electrode.name} 0 V" for electrode in cell.electrodes)
    assert repr(rest) == f"State(t 0 s; {contacts}; of {cell!r})"
    assert "\n" not in repr(rest)
