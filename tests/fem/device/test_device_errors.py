"""Bad descriptions are answered in one sentence, before any solve: the thing, its value, what is allowed."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    DeviceMesh,
    GateContact,
    HeatSink,
    equilibrium,
    integrate,
)
from fem.errors import IncompatibleError, MeshError, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, MobileIons, OpticalGeneration, Poisson
from fem.species import IonSpecies
from fem.units import eV, nm
from geometries import Layer, VerticalStack


def test_good_description_is_accepted(build: Any) -> None:
    assert build().mesh.num_nodes > 5


def test_material_of_an_unknown_region_is_named_with_close_matches(
    answer: Any, build: Any, devices: ModuleType
) -> None:
    with answer(UnknownNameError, "'flim'", "did you mean 'film'"):
        build(materials={"flim": devices.film()})


def test_region_without_material_is_named(answer: Any, build: Any) -> None:
    mesh = VerticalStack(Layer("film", 50 * nm), Layer("cap", 50 * nm)).mesh(
        size=25 * nm, interface_size=25 * nm
    )
    with answer(UnknownNameError, "'silver'", "film"):
        build(mesh=mesh)
    with answer(IncompatibleError, "'cap'", "no material"):
        build(layers=("film",), mesh=mesh)


def test_material_that_is_none_is_named(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'film'", "'MAPbI3'"):
        build(materials={"film": "MAPbI3"})


def test_mesh_without_the_named_contact_is_refused(answer: Any, drawings: ModuleType) -> None:
    with answer(MeshError, "'gate'", "bottom"):
        DeviceMesh.from_drawing(drawings.Rectangle(size=40.0, missing=("gate",)))


def test_unknown_coordinates_and_negative_radius_are_refused(answer: Any, drawings: ModuleType) -> None:
    with answer(OutOfRangeError, "'polar'", "'axisymmetric'"):
        DeviceMesh.from_drawing(drawings.Rectangle(size=40.0, coordinates="polar"))
    with answer(MeshError, "radius", "-5e-08"):
        DeviceMesh.from_drawing(drawings.Rectangle(size=40.0, coordinates="axisymmetric", left=-50.0))


def test_missing_mesh_file_is_named(answer: Any) -> None:
    with answer(MeshError, "'nowhere.msh'"):
        DeviceMesh.from_file("nowhere.msh", unit=1e-9, contacts=("top",))


def test_missing_material_data_is_named(answer: Any, build: Any, devices: ModuleType) -> None:
    with answer(IncompatibleError, "film", "band_gap"):
        devices.film().with_(band_gap=None)
    with answer(IncompatibleError, "'iodide_vacancy'", "with_ion"):
        build(physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")])
    with answer(IncompatibleError, "film", "iodide_vacancy", "cation"):
        build(
            materials={"film": devices.film(ions={"cation": devices.ion(1e23, diffusivity=1e-15)})},
            physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy", regions=("film",))],
        )


def test_ions_do_not_enter_a_metal(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "cation", "'silver'", "metal"):
        build(physics=[Poisson(), Carriers(), MobileIons("cation", regions=("film", "silver"))])


def test_ion_density_above_its_site_density_is_refused(answer: Any, devices: ModuleType) -> None:
    with answer(OutOfRangeError, "mean density of cation", "2e+23", "1e+23"):
        devices.film(ions={"cation": devices.ion(2e23, diffusivity=1e-15, site=1e23)})


def test_two_site_densities_of_one_species_are_refused(answer: Any, build: Any, devices: ModuleType) -> None:
    ions = [{"cation": devices.ion(1e23, diffusivity=1e-15, site=s)} for s in (1e24, 2e24)]
    mesh = VerticalStack(Layer("film", 50 * nm), Layer("cap", 50 * nm)).mesh(
        size=25 * nm, interface_size=25 * nm
    )
    with answer(IncompatibleError, "cation", "film", "cap", "one site density"):
        build(
            layers=("film",),
            mesh=mesh,
            materials={"film": devices.film(ions=ions[0]), "cap": devices.film(ions=ions[1])},
            physics=[Poisson(), Carriers(), MobileIons("cation")],
        )


def test_unknown_species_is_named_with_close_matches(answer: Any) -> None:
    with answer(UnknownNameError, "'iodide_vacancies'", "did you mean 'iodide_vacancy'", "IonSpecies"):
        MobileIons("iodide_vacancies")


def test_own_species_are_accepted(build: Any, devices: ModuleType) -> None:
    own = IonSpecies("lead_vacancy", -2, "lead vacancy")
    film = devices.film(ions={"lead_vacancy": devices.ion(1e23, diffusivity=1e-16)})
    device = build(materials={"film": film}, physics=[Poisson(), Carriers(), MobileIons(own)])
    assert device.context.names[-1] == "lead_vacancy"
    assert device.context.fields[-1].charge_number == -2
    assert equilibrium(device).ion_inventory("lead_vacancy") == pytest.approx(1e23 * 50 * nm)


@pytest.mark.parametrize("temperature", [-1.0, 0.0, np.nan, np.inf])
def test_impossible_temperature_is_refused(answer: Any, build: Any, temperature: float) -> None:
    with answer(OutOfRangeError, "temperature [K]", repr(temperature), "positive"):
        build(temperature=temperature)


def test_missing_and_ambiguous_temperature_is_asked_for(answer: Any, build: Any, devices: ModuleType) -> None:
    with answer(IncompatibleError, "temperature", "no heat sink", "300 * K"):
        build(temperature=None)
    sinks = {"bottom": [devices.ohmic(4.3), HeatSink(300.0)], "top": [devices.ohmic(4.3), HeatSink(320.0)]}
    with answer(IncompatibleError, "temperature", "2 temperatures"):
        build(temperature=None, contacts=sinks)
    assert (
        build(temperature=None, contacts={"top": [devices.ohmic(4.3), HeatSink(320.0)]}).temperature == 320.0
    )


def test_physics_without_poisson_or_with_foreign_parts_is_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "Poisson()"):
        build(physics=[Carriers()])
    with answer(IncompatibleError, "'poisson'", "no physics term"):
        build(physics=["poisson"])
    with answer(IncompatibleError, "two physics terms", "'electron'"):
        build(physics=[Poisson(), Carriers(), Carriers()])


def test_carriers_without_a_semiconductor_are_refused(answer: Any, build: Any) -> None:
    gates = {"bottom": GateContact(work_function=4 * eV), "top": GateContact(work_function=4 * eV)}
    with answer(IncompatibleError, "Carriers", "semiconductor"):
        build(layers=("oxide",), contacts=gates)


def test_unknown_carrier_is_named(answer: Any) -> None:
    with answer(UnknownNameError, "'electrons'", "did you mean 'electron'"):
        Carriers(species=("electrons",))


def test_light_outside_of_semiconductors_is_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'silver'", "no semiconductor"):
        build(physics=[Poisson(), Carriers(), OpticalGeneration(1e27, ("silver",))])
    with answer(OutOfRangeError, "rate of OpticalGeneration", "-1"):
        OpticalGeneration(-1.0)


def test_transient_that_ends_before_it_starts_is_refused(answer: Any, build: Any) -> None:
    device = build()
    with answer(OutOfRangeError, "end of the transient", "-1.0", "0 s"):
        list(integrate(device, equilibrium(device), bias=lambda t: {}, end=-1.0))
