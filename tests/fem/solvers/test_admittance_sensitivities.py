"""Sensitivities of small-signal admittances are the derivatives of whole solves."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from fem import Device, admittance, equilibrium, parameters
from fem.solvers.admittance_tangent import AdmittanceTangent, admittance_tangent
from fem.units import nm
from tests import sensitive
from tests.interlayers import contact_on_oxide
from tests.sensitive import at_rest, differences, driven

FREQUENCIES = np.array([3e2, 1e5, 1e9])  # where ions follow, where they do not, and beyond
CELL = [
    "film.band_gap",
    "film.hole_mobility",
    "film.ions.iodide_vacancy.diffusivity",
    "film.ions.iodide_vacancy.mean_density",
    "film.ions.iodide_vacancy.site_density",
    "layer.relative_permittivity",
    "top.work_function",
    "top.image_force_permittivity",
    "temperature",
    "scale",
]
CONDUCTOR = [
    "end.electrical_conductivity.activation_energy",
    "film.volumetric_heat_capacity",
    "film.ions.iodide_vacancy.diffusivity.prefactor",
    "Conduction.laws.film.density",
    "bottom.heat_sink.resistance",
    "temperature",
    "scale",
]
NAMES = {"cell": CELL, "conductor": CONDUCTOR}


@cache
def solved(case: str) -> tuple[Device, AdmittanceTangent]:
    state = driven(case)
    return state.device, admittance_tangent(state, "top", FREQUENCIES, parameters(state.device, NAMES[case]))


@pytest.mark.parametrize(("case", "name"), [(case, name) for case, names in NAMES.items() for name in names])
def test_a_sensitivity_of_the_admittance_is_the_difference_of_whole_solves(case: str, name: str) -> None:
    device, found = solved(case)
    names = NAMES[case]

    def figures(device: Device) -> Any:
        return admittance(driven(case, device), "top", FREQUENCIES)

    (parameter,) = parameters(device, [name])
    expected = differences(parameter, figures, 1e-5 if name.endswith("work_function") else 1e-3)
    size = np.maximum(np.abs(expected), 1e-2 * np.abs(found.admittance))
    assert (np.abs(found.changes[names.index(name)] - expected) < 1e-6 * size).all()


def test_the_admittance_is_the_same_with_its_sensitivities() -> None:
    device, found = solved("cell")
    state = at_rest(device, {"top": 0.3}, 1.0)
    np.testing.assert_allclose(found.admittance, admittance(state, "top", FREQUENCIES), rtol=1e-9)


def test_frozen_ions_have_sensitivities_of_their_own() -> None:
    device = sensitive.cell()

    def figures(device: Device) -> Any:
        return admittance(equilibrium(device), "top", [1e2], frozen_ions=True)

    wanted = parameters(device, ["film.ions.iodide_vacancy.mean_density"])
    found = admittance_tangent(equilibrium(device), "top", np.array([1e2]), wanted, frozen_ions=True)
    expected = differences(wanted[0], figures, 1e-3)
    np.testing.assert_allclose(found.changes[0], expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["oxide.electron_tunnelling_mass", "temperature"])
def test_a_device_with_an_interlayer_has_sensitivities(name: str) -> None:
    device = contact_on_oxide(2 * nm, work_function=4.3)

    def figures(device: Device) -> Any:
        return admittance(at_rest(device, {"top": 0.2}), "top", [1e3])

    wanted = parameters(device, [name])
    found = admittance_tangent(at_rest(device, {"top": 0.2}), "top", np.array([1e3]), wanted)
    np.testing.assert_allclose(found.changes[0], differences(wanted[0], figures, 3e-4), rtol=1e-6)
