"""Devices with Conduction: what they refuse, and what their states can show and keep."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fem import Device, GateContact, HeatSink, OhmicContact, SchottkyContact, State, admittance, steady
from fem.constants import VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError, UnknownNameError
from fem.io import read_fields, write_fields
from fem.io.checkpoint import load_checkpoint, save_checkpoint
from fem.materials import Arrhenius
from fem.outputs import cell_values
from fem.physics import (
    Carriers,
    Conduction,
    ConductivityFormula,
    ConductivityLaw,
    Heat,
    MobileIons,
    Poisson,
    Traps,
    VacancyConductivity,
)
from fem.units import eV, nm
from tests.conducting import LAW, VACANCY, oxide, screened_oxide, with_filament

AVERAGE, PSI = f"averaged {VACANCY}", "electrostatic potential"
MOVING = MobileIons(VACANCY)
LAWS = Conduction({"film": LAW})
FLAT = Arrhenius(1.0, 0.0)
TRAPS = Traps("deep", density=1e22, depth=0.7 * eV, electron_capture=1e-13, hole_capture=1e-13)


@pytest.fixture(scope="module")
def device() -> Device:
    return oxide(size=1.6e-9, lateral_size=2.5e-9)


@pytest.fixture(scope="module")
def state(device: Device) -> State:
    """A filament at 0.3 V."""
    return steady(device, {"top": 0.3}, start=with_filament(device), frozen_ions=True)


@pytest.mark.parametrize(
    ("physics", "kind", "words"),
    [
        ([LAWS, MOVING, Carriers()], IncompatibleError, ("Carriers needs Poisson()",)),
        ([LAWS, MOVING, TRAPS], IncompatibleError, ("Traps needs Poisson()",)),
        ([LAWS, Poisson()], IncompatibleError, ("must begin with one Poisson()",)),
        ([MOVING, LAWS], IncompatibleError, ("must begin with one Poisson()",)),
        ([LAWS, Heat()], IncompatibleError, ("'film'", "does not move there", "add MobileIons")),
        ([Conduction(), MOVING], IncompatibleError, ("no region that conducts",)),
        ([Conduction({"flim": LAW}), MOVING], UnknownNameError, ("'flim'", "did you mean 'film'")),
        ([Conduction({"TE": LAW}), MOVING], IncompatibleError, ("'TE'", "metal")),
        ([Conduction({"film": 1.0}), MOVING], IncompatibleError, ("1.0", "no VacancyConductivity")),
        ([Conduction(LAW), MOVING], IncompatibleError, ("by the names of regions",)),
    ],
)
def test_physics_that_does_not_fit_is_refused(
    answer: Any, device: Device, physics: Any, kind: Any, words: Any
) -> None:
    ends: Any = [OhmicContact(), HeatSink(300.0)]
    with answer(kind, *words):
        Device(
            mesh=device.mesh,
            materials=device.setting.materials,
            physics=physics,
            contacts={"bottom": ends, "top": ends},
        )


@pytest.mark.parametrize("contact", [SchottkyContact(), GateContact(), OhmicContact(work_function=4.5 * eV)])
def test_contacts_with_a_work_function_are_refused(answer: Any, device: Device, contact: Any) -> None:
    with answer(IncompatibleError, "'top'", "no barriers", "OhmicContact()"):
        Device(
            mesh=device.mesh,
            materials=device.setting.materials,
            physics=[LAWS, MOVING],
            contacts={"bottom": OhmicContact(), "top": contact},
            temperature=300.0,
        )


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"poor": 1.0}, IncompatibleError, "must be Arrhenius"),
        ({"poor": Arrhenius(0.0, 0.1)}, OutOfRangeError, "prefactor of the poor conductivity"),
        ({"density": -1.0}, OutOfRangeError, "density of a conductivity"),
        ({"averaging_length": 5e-19}, OutOfRangeError, "from 0.01 to 100 nm"),
        ({"averaging_length": 1.1e-7}, OutOfRangeError, "from 0.01 to 100 nm"),
        ({"interpolation": "log"}, UnknownNameError, "logarithmic"),
    ],
)
def test_laws_without_sense_are_refused(answer: Any, change: Any, kind: Any, words: str) -> None:
    with answer(kind, words):
        VacancyConductivity(**{"ion": VACANCY, "poor": FLAT, "rich": FLAT, "density": 1e27, **change})


def test_averaging_over_a_hundred_nanometres_is_taken() -> None:
    law = VacancyConductivity(ion=VACANCY, poor=FLAT, rich=FLAT, density=1e27, averaging_length=100 * nm)
    assert law.averaging_length == pytest.approx(1e-7)


def dips(density: Any, thermal_energy: Any, exp: Any, lowest: Any) -> Any:
    """Return a conductivity that is negative about a quarter of the density."""
    return (density / 1e27 - 0.25) ** 2 - 1e-3


@pytest.mark.parametrize(
    ("formula", "kind", "words"),
    [
        (dips, OutOfRangeError, "at 2.5e+26 1/m^3"),
        (lambda density: 1.0, IncompatibleError, "4 were given"),
        (lambda density, kt, exp, lowest: 1 / 0, IncompatibleError, "ZeroDivisionError"),
    ],
)
def test_formulas_that_are_no_positive_numbers_are_refused(
    answer: Any, formula: Any, kind: Any, words: str
) -> None:
    with answer(kind, words):
        ConductivityFormula(ion=VACANCY, density=1e27, formula=formula)


class Negative(ConductivityLaw):
    """A law of a user's own that is none."""

    def at(self, density: Any, thermal_energy: Any, *, exp: Any = math.exp, lowest: Any = min) -> Any:
        return -1.0


@pytest.mark.parametrize(
    ("law", "kind", "words"),
    [
        (Negative(ion=VACANCY, density=1e27), OutOfRangeError, "positive number"),
        (
            ConductivityFormula(
                ion=VACANCY, density=1e27, formula=lambda c, kt, exp, lowest: math.exp(c / 1e27)
            ),
            IncompatibleError,
            "cannot be asked with symbols",
        ),
        (
            ConductivityFormula(
                ion=VACANCY, density=1e27, formula=lambda c, kt, exp, lowest: 1.0 if c < 1e26 else 2.0
            ),
            IncompatibleError,
            "cannot be asked with symbols",
        ),
    ],
)
def test_laws_that_no_device_can_ask_are_refused(answer: Any, law: Any, kind: Any, words: str) -> None:
    with answer(kind, words):
        oxide(law=law)


def test_law_whose_density_is_far_below_that_of_its_ions_is_warned_of() -> None:
    """As one in 1/cm^3 is: 1e25 1/m^3 of ions leave it where it ends."""
    with pytest.warns(ModelWarning, match="it follows nothing"):
        oxide(law=replace(LAW, density=1.2e21, averaging_length=2 * nm))


def test_ions_without_a_barrier_along_an_axis_are_refused(answer: Any, device: Device) -> None:
    """As of an energy in J, from which the 1 eV of the material was taken."""
    ions = MobileIons(VACANCY, anisotropy={"film": (Arrhenius(1.0, 0.9 * eV - 1.0), 1.0)})
    with answer(OutOfRangeError, "barrier of", "along every axis"):
        Device(
            mesh=device.mesh,
            materials=device.setting.materials,
            physics=[LAWS, ions],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )


def test_conductivity_is_that_of_the_law_and_absent_in_metals(device: Device, state: State) -> None:
    values, mesh = cell_values(state), device.mesh
    film = mesh.cell_region == mesh.regions["film"]
    assert np.isnan(values["conductivity"][~film]).all()
    share = values[VACANCY][film] / LAW.density
    energy = 0.05 + share * (0.006 - 0.05)
    kt = 1.380649e-23 / 1.602176634e-19 * values["temperature"][film]
    expected = 1e-3 * (3.3e7) ** share * np.exp(-energy / kt)
    np.testing.assert_allclose(values["conductivity"][film], expected, rtol=1e-10)
    assert np.ptp(values["temperature"][film]) > 5


def test_admittance_at_rest_is_that_of_the_conductance_and_at_last_of_the_capacitance(device: Device) -> None:
    """Up to 1 MHz it is the steady conductance; at 1 PHz the film is a dielectric, twice as well at twice that."""
    start, frequencies = with_filament(device), [1.0, 1e6, 1e15, 2e15]
    found = admittance(start, contact="top", frequencies=frequencies)
    small = steady(device, {"top": 1e-5}, start=start, frozen_ions=True).current("top") / 1e-5
    np.testing.assert_allclose(found[1][:2].real, small, rtol=1e-6)
    np.testing.assert_allclose(found[0], -found[1], rtol=1e-6)
    capacitance = 25 * VACUUM_PERMITTIVITY * np.pi * (25e-9) ** 2 / 20e-9
    np.testing.assert_allclose(found[1][2:].imag, 2 * np.pi * np.array([1e15, 2e15]) * capacitance, rtol=1e-3)


def test_state_is_read_back_from_fields_and_from_a_checkpoint(state: State, tmp_path: Path) -> None:
    grid = read_fields(write_fields(state, tmp_path / "state.vtkhdf"))
    assert {"potential", "temperature", "conductivity", VACANCY} <= set(grid.point_data.keys())
    highest = np.nanmax(cell_values(state)["conductivity"])
    assert np.nanmax(grid.point_data["conductivity"]) == pytest.approx(highest, rel=1e-12)
    save_checkpoint(state, tmp_path / "state.h5")
    again = load_checkpoint(oxide(size=1.6e-9, lateral_size=2.5e-9), tmp_path / "state.h5")
    assert np.array_equal(again.values, state.values)
    assert again.currents == state.currents


def test_averages_and_screened_potential_are_read_back_from_fields_and_from_a_checkpoint(
    tmp_path: Path,
) -> None:
    """In SI units; in metals there is no ψ. A checkpoint gives back every bit, also to a device made anew."""
    device = screened_oxide()
    found = steady(device, {"top": 0.5}, start=with_filament(device), frozen_ions=True)
    grid = read_fields(write_fields(found, tmp_path / "state.vtkhdf"))
    column, unit = found.values.T, {AVERAGE: device.scaling.density, PSI: device.scaling.potential}
    metals = np.isnan(cell_values(found)["conductivity"])
    assert np.array_equal(np.isnan(cell_values(found)[PSI]), metals)
    assert np.abs(cell_values(found)[AVERAGE][metals.all(axis=1)]).min() == 0 < metals.sum()
    for name in (AVERAGE, PSI):
        written, own = grid.point_data[name], cell_values(found)[name]
        inside = ~np.isnan(written)
        expected = column[device.context.index(name)] * unit[name]
        np.testing.assert_allclose(np.nanmax(written), np.nanmax(own), rtol=1e-12)
        assert np.isin(np.round(written[inside] / unit[name], 9), np.round(expected / unit[name], 9)).all()
    assert 1e26 < np.nanmax(grid.point_data[AVERAGE]) < 1.2e27
    assert np.nanmax(grid.point_data[PSI]) == pytest.approx(0.5, abs=1e-6)
    save_checkpoint(found, tmp_path / "state.h5")
    again = load_checkpoint(screened_oxide(), tmp_path / "state.h5")
    assert np.array_equal(again.values, found.values)
    assert again.currents == found.currents
    with pytest.raises(IncompatibleError):
        load_checkpoint(oxide(size=1.6e-9, lateral_size=2.5e-9), tmp_path / "state.h5")


def test_pictures_of_conductivity_and_temperature_are_drawn(state: State, tmp_path: Path) -> None:
    """The conductivity, over seven decades, on a logarithmic scale."""
    from fem.outputs import cell_values
    from fem.visualize import plot_fields_2d
    from fem.visualize.colours import display

    for name, scale in (("conductivity", "LogNorm"), ("temperature", "Normalize")):
        path = plot_fields_2d(state, name, tmp_path / f"{name}.png")
        assert path.stat().st_size > 10_000
        assert type(display(name).norm(cell_values(state)[name])).__name__ == scale
