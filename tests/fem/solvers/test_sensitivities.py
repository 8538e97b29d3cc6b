"""Sensitivities of steady states are the derivatives of whole solves, whatever the datum."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from fem import (
    Device,
    NewtonOptions,
    OhmicContact,
    Parameter,
    State,
    equilibrium,
    parameters,
    steady,
    with_ions,
)
from fem.errors import IncompatibleError, UnknownNameError
from fem.solvers.kept import problem_of
from fem.solvers.state_tangent import StateTangent, state_tangent
from fem.units import eV, nm
from geometries import Axisymmetric, Dot, Planar
from studies import sensitivity
from tests import devices, sensitive, transistors
from tests.sensitive import at_rest, differences, driven

CELL = [
    "film.electron_affinity",
    "film.band_gap",
    "film.effective_dos_valence",
    "film.electron_mobility",
    "film.hole_lifetime",
    "film.ions.iodide_vacancy.mean_density",
    "film.ions.iodide_vacancy.site_density",
    "layer.donor_density",
    "layer.relative_permittivity",
    "Illumination.irradiance",
    "Illumination.absorption.film",
    "bottom.work_function",
    "top.work_function",
    "top.electron_velocity",
    "top.image_force_permittivity",
    "temperature",
    "scale",
]
CONDUCTOR = [
    "end.electrical_conductivity.prefactor",
    "end.electrical_conductivity.activation_energy",
    "film.thermal_conductivity",
    "film.ions.iodide_vacancy.mean_density",
    "Conduction.laws.film.density",
    "Conduction.laws.film.rich.activation_energy",
    "top.heat_sink.temperature",
    "bottom.heat_sink.resistance",
    "temperature",
    "scale",
]
NAMES = {"cell": CELL, "conductor": CONDUCTOR}


@cache
def solved(case: str) -> tuple[State, StateTangent]:
    state = driven(case)
    return state, state_tangent(state, parameters(state.device, NAMES[case]))


@pytest.mark.parametrize(("case", "name"), [(case, name) for case, names in NAMES.items() for name in names])
def test_a_sensitivity_is_the_difference_of_whole_solves(case: str, name: str) -> None:
    state, found = solved(case)
    k, column = NAMES[case].index(name), list(state.device.contacts).index("top")
    expected = differences(found.parameters[k], lambda device: driven(case, device).current("top"))
    size = max(abs(expected), 1e-3 * abs(state.current("top")))
    assert abs(found.currents[k, column] - expected) < 1e-6 * size


def test_the_sensitivities_of_all_contacts_add_up_to_nothing() -> None:
    _, found = solved("cell")
    assert np.abs(found.currents.sum(axis=1)).max() < 1e-9 * np.abs(found.currents).max()


@pytest.mark.parametrize(
    "shape",
    [Planar(width=20 * nm, lateral_size=10 * nm), Axisymmetric(radius=15 * nm, lateral_size=7 * nm)],
    ids=["plane", "disc"],
)
def test_a_plane_and_a_disc_have_the_sensitivities_of_a_line(shape: Any) -> None:
    names = ["film.electron_mobility", "top.work_function", "film.ions.iodide_vacancy.mean_density"]
    line, other = (
        state_tangent(state, parameters(state.device, names))
        for state in (
            at_rest(device, {"top": 0.3}, 1.0) for device in (sensitive.cell(), sensitive.cell(shape=shape))
        )
    )
    relative = [t.currents[:, 1] / t.state.current("top") for t in (line, other)]
    np.testing.assert_allclose(relative[1], relative[0], rtol=2e-2)  # of meshes that are not the same


def test_frozen_ions_keep_the_sensitivities_that_they_had() -> None:
    device = sensitive.cell()

    def frozen(device: Device) -> float:
        return at_rest(device, {"top": 0.3}, 1.0, frozen_ions=True).current("top")

    (parameter,) = parameters(device, ["film.ions.iodide_vacancy.mean_density"])
    found = state_tangent(at_rest(device, {"top": 0.3}, 1.0, frozen_ions=True), [parameter])
    assert found.currents[0, 1] == pytest.approx(differences(parameter, frozen), rel=1e-6)


def test_frozen_ions_of_another_state_ask_for_its_sensitivities() -> None:
    device = sensitive.cell()
    moved = at_rest(device, {"top": 0.3}, 1.0)
    state = at_rest(device, {"top": 0.1}, 1.0, start=moved, frozen_ions=True)
    wanted = parameters(device, ["top.work_function"])
    with pytest.raises(IncompatibleError, match="frozen ions"):
        state_tangent(state, wanted)

    def again(device: Device) -> float:
        start = at_rest(device, {"top": 0.3}, 1.0)
        return at_rest(device, {"top": 0.1}, 1.0, start=start, frozen_ions=True).current("top")

    found = state_tangent(state, wanted, start=state_tangent(moved, wanted))
    assert found.currents[0, 1] == pytest.approx(differences(wanted[0], again), rel=1e-6)
    labelled = sensitivity(state, ["top.work_function"], start=moved)
    assert labelled.relative_sensitivity.sel(contact="top").item() == pytest.approx(
        found.currents[0, 1] / state.current("top")
    )


def test_an_iterative_solver_gives_the_sensitivities_of_a_direct_one() -> None:
    names = ["film.electron_mobility", "film.ions.iodide_vacancy.site_density", "top.work_function", "scale"]
    dot, found = Dot(side=60 * nm, dot_radius=15 * nm, lateral_size=20 * nm), []
    for options in (sensitive.TIGHT, NewtonOptions(petsc={"ksp_type": "gmres"})):
        device = sensitive.cell(shape=dot)
        state = steady(device, {"top": 0.3}, light=1.0, max_bias_step=1.0, options=options)
        found.append(state_tangent(state, parameters(device, names)).currents)
        assert (problem_of(device, options).linear is None) == (options is sensitive.TIGHT)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)


def test_holes_of_a_pocket_have_sensitivities() -> None:
    contact = OhmicContact(work_function=3.9 * eV)  # that meets the conduction band alone
    film, contacts = devices.film(mobility=2e-4), {"source": contact, "drain": contact}
    device = transistors.transistor(film, depth=1e-5, contacts=contacts)

    def off(device: Device) -> State:
        return steady(device, {"gate": -2.0, "drain": 0.05}, start=equilibrium(device))

    state, (parameter,) = off(device), parameters(device, ["film.effective_dos_valence"])
    found = state_tangent(state, [parameter])
    assert problem_of(device).inner.found
    drain = list(device.contacts).index("drain")
    expected = differences(parameter, lambda other: off(other).current("drain"), 1e-3)
    assert found.currents[0, drain] == pytest.approx(expected, rel=1e-5)


def test_a_datum_that_does_nothing_has_no_sensitivity() -> None:
    state = equilibrium(sensitive.cell())
    found = state_tangent(state, parameters(state.device, ["film.ions.iodide_vacancy.diffusivity"]))
    assert np.abs(found.values).max() < 1e-9


def test_a_parameter_of_ones_own_is_as_good_as_one_by_name() -> None:
    device = sensitive.cell()
    (known,) = parameters(device, ["film.electron_mobility"])
    mine = Parameter(
        name="mobility", unit="cm^2/(V s)", value=2.0, device_of=lambda v: known.device_of(1e-4 * v)
    )
    found = sensitivity(at_rest(device, {"top": 0.3}, 1.0), ["film.electron_mobility", mine])
    one, other = found.sensitivity.sel(contact="top").values
    assert other == pytest.approx(1e-4 * one, rel=1e-8)
    assert list(found.parameter_unit.values) == ["m^2/(V s)", "cm^2/(V s)"]


def test_sensitivities_are_labelled_and_have_units() -> None:
    state, tangent = solved("cell")
    found = sensitivity(state, CELL)
    top = found.sel(contact="top", parameter="temperature")
    assert found.sensitivity.dims == ("parameter", "contact")
    assert top.sensitivity.item() == pytest.approx(tangent.currents[CELL.index("temperature"), 1] / 300.0)
    relative = 300.0 * top.sensitivity.item() / state.current("top")
    assert top.relative_sensitivity.item() == pytest.approx(relative)
    assert (top.parameter_unit.item(), found.current.attrs["units"]) == ("K", "A/m^2")


def test_what_is_not_known_is_refused_in_words() -> None:
    device = sensitive.cell()
    start = equilibrium(device)
    with pytest.raises(UnknownNameError, match=r"film\.electron_mobility"):
        sensitivity(start, ["film.electron_mobilty"])
    pushed = with_ions(start, sensitive.ION, lambda x: 1e24 * (1 + 0.5 * np.sin(x[0] / 1e-8)))
    with pytest.raises(IncompatibleError, match="not at rest"):
        sensitivity(pushed, ["film.electron_mobility"])
    other = Parameter(
        name="size",
        unit="nm",
        value=10.0,
        device_of=lambda size: sensitive.cell(size=round(size) * nm + 1e-9),
    )
    with pytest.raises(IncompatibleError, match="nodes of the mesh"):
        sensitivity(start, [other])

    def with_field_factor(value: float) -> Device:
        films = (
            {"film": device.setting.materials["film"].with_(electron_field_factor=1e-4)}
            if value != 1.0
            else {}
        )
        return device.alike(
            device.mesh,
            materials={**device.setting.materials, **films},
            physics=device.physics,
            contacts=device.contacts,
            heat_sinks={},
            temperature=300.0,
        )

    other = Parameter(name="a law of its own", unit="1", value=1.0, device_of=with_field_factor)
    with pytest.raises(IncompatibleError, match="form of the equations"):
        sensitivity(start, [other])
