"""Physical fields: bands, levels and densities of a state."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

import fem.materials as materials
from fem import Device, SchottkyContact, State, equilibrium, steady
from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError
from fem.fields import field_info
from fem.outputs import cell_values, cut, output_fields, profile
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from geometries import Layer, Planar, VerticalStack

VOLTAGE = 0.4


@pytest.fixture(scope="module")
def memristor() -> Device:
    """ITO, a film with iodide vacancies, and gold, with Schottky contacts."""
    stack = VerticalStack(Layer("ITO", 20 * nm), Layer("film", 100 * nm), Layer("Au", 20 * nm))
    return Device(
        mesh=stack.mesh(size=5 * nm, interface_size=0.5 * nm),
        materials={"ITO": materials.ITO, "film": materials.MAPBI3, "Au": materials.GOLD},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")],
        contacts={"bottom": SchottkyContact(), "top": SchottkyContact()},
        temperature=300.0,
    )


@pytest.fixture(scope="module")
def rest(memristor: Device) -> State:
    """Its equilibrium."""
    return equilibrium(memristor)


@pytest.fixture(scope="module")
def biased(memristor: Device, rest: State) -> State:
    """Its steady state under bias."""
    return steady(memristor, {"top": VOLTAGE}, start=rest)


@pytest.fixture(scope="module")
def cell(devices: ModuleType) -> State:
    """Equilibrium of the cell of three layers."""
    return equilibrium(devices.three_layers())


def test_all_levels_are_zero_in_equilibrium(rest: State, cell: State) -> None:
    for state in (rest, cell):
        data = profile(state)
        for name in ("electron_quasi_fermi", "hole_quasi_fermi"):
            assert np.abs(data[name].values).max() < 1e-10


def test_bands_without_charge_and_barriers_are_flat(devices: ModuleType) -> None:
    nodes = np.linspace(0, 2e-6, 101)
    diode = equilibrium(devices.pn_diode(nodes))
    data = profile(diode)
    far = data.where((data["position"] < 0.3e-6) | (data["position"] > 1.7e-6), drop=True)
    for region in ("p", "n"):
        band = far["conduction_band"].values[far["region"].values == region]
        assert np.ptp(band) < 1e-6


def test_product_of_densities_is_that_of_the_gap(rest: State, cell: State) -> None:
    for state in (rest, cell):
        data, kt = profile(state), state.device.scaling.energy
        for region, material in state.device.setting.materials.items():
            if material.kind != "semiconductor":
                continue
            here = data["region"].values == region
            states = material.si("effective_dos_conduction", 300.0) * material.si(
                "effective_dos_valence", 300.0
            )
            expected = states * np.exp(-material.si("band_gap", 300.0) / kt)
            product = data["electron"].values[here] * data["hole"].values[here]
            assert np.allclose(product, expected, rtol=1e-9)


def test_densities_follow_from_bands_and_levels(biased: State) -> None:
    data, volts = profile(biased), biased.device.scaling.potential
    film = data["region"].values == "film"
    material = biased.device.setting.materials["film"]
    above = (data["conduction_band"] - data["electron_quasi_fermi"]).values[film]
    below = (data["hole_quasi_fermi"] - data["valence_band"]).values[film]
    nc, nv = (material.si(f"effective_dos_{band}", 300.0) for band in ("conduction", "valence"))
    assert np.allclose(data["electron"].values[film], nc * np.exp(-above / volts), rtol=1e-9)
    assert np.allclose(data["hole"].values[film], nv * np.exp(-below / volts), rtol=1e-9)


def test_bands_jump_by_the_difference_of_affinities(cell: State) -> None:
    data = profile(cell)
    inner = np.flatnonzero(np.diff(data["position"].values) == 0)
    assert data["position"].values[inner] == pytest.approx([30 * nm, 430 * nm], rel=1e-9)
    affinity = {
        r: m.si("electron_affinity") / ELEMENTARY_CHARGE for r, m in cell.device.setting.materials.items()
    }
    for k, (low, high) in zip(inner, (("ETL", "film"), ("film", "HTL")), strict=True):
        assert [str(r) for r in data["region"].values[k : k + 2]] == [low, high]
        jump = np.diff(data["conduction_band"].values[k : k + 2])[0]
        assert jump == pytest.approx(affinity[low] - affinity[high], abs=1e-9)
        level = data["electron_quasi_fermi"].values[k : k + 2]
        assert level[0] == pytest.approx(level[1], abs=1e-12)


def test_a_metal_has_the_fermi_level_of_its_contact_and_no_bands(biased: State) -> None:
    data = profile(biased)
    for region, level in (("ITO", 0.0), ("Au", -VOLTAGE)):
        here = data["region"].values == region
        for name in ("electron_quasi_fermi", "hole_quasi_fermi"):
            assert np.allclose(data[name].values[here], level, atol=1e-12)
        assert np.isnan(data["conduction_band"].values[here]).all()
        for name in ("electron", "hole", "iodide_vacancy"):
            assert (data[name].values[here] == 0).all()


def test_barriers_at_the_contacts_are_work_function_minus_affinity(biased: State) -> None:
    data = profile(biased)
    film = np.flatnonzero(data["region"].values == "film")
    chi = materials.MAPBI3.si("electron_affinity")
    for k, metal, level in ((film[0], materials.ITO, 0.0), (film[-1], materials.GOLD, -VOLTAGE)):
        barrier = (metal.si("work_function") - chi) / ELEMENTARY_CHARGE
        assert data["conduction_band"].values[k] - level == pytest.approx(barrier, abs=1e-9)


def test_profile_has_units_names_and_ascending_positions(biased: State) -> None:
    data = profile(biased)
    assert (np.diff(data["position"].values) >= 0).all()
    assert data["position"].attrs["units"] == "m" and data.attrs["bias_top"] == VOLTAGE
    for name in data.data_vars:
        assert data[name].attrs["units"] == field_info(str(name)).unit
        assert data[name].attrs["long_name"]


def test_output_fields_are_functions_that_hold_the_corner_values(biased: State) -> None:
    fields, values = output_fields(biased), cell_values(biased)
    assert set(fields) == set(values)
    for name, function in fields.items():
        back = function.x.array[function.function_space.dofmap.list]
        assert np.array_equal(back, values[name], equal_nan=True)


def test_a_cut_through_a_section_is_the_profile(devices: ModuleType, cell: State) -> None:
    wide = equilibrium(devices.three_layers(shape=Planar(width=20 * nm, lateral_size=10 * nm)))
    along, line = cut(wide, (1 * nm, 0.0), (1 * nm, 460 * nm), 93), profile(cell)
    for name in ("potential", "conduction_band"):
        inner = along.where(np.abs(along["position"] - 230 * nm) < 190 * nm, drop=True)
        expected = np.interp(inner["position"].values, line["position"].values, line[name].values)
        assert np.allclose(inner[name].values, expected, atol=1e-6)
    with pytest.raises(IncompatibleError, match="use cut"):
        profile(wide)
    with pytest.raises(OutOfRangeError):
        cut(cell, (0.0,), (1e-7,), points=1)
