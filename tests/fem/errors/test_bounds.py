"""What is refused as no device's value, what is answered with a hint, and what is taken with a warning."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from fem import Device, HeatSink, OhmicContact, SchottkyContact, steady
from fem.errors import ModelWarning, OutOfRangeError, UnknownNameError
from fem.materials import MAPBI3, Datum, get
from fem.physics import (
    Carriers,
    DomainSwitching,
    Illumination,
    LandauKhalatnikov,
    OpticalGeneration,
    Poisson,
    Traps,
)
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.conducting import resistor


@pytest.mark.parametrize(
    "make",
    [
        lambda: MAPBI3.with_(electron_affinity=3.9),
        lambda: MAPBI3.with_(band_gap=3.9),
        lambda: OhmicContact(work_function=3.9),
        lambda: SchottkyContact(work_function=3.9),
    ],
)
def test_an_energy_without_its_unit_is_answered_with_it(make: Any) -> None:
    with pytest.raises(OutOfRangeError, match=r"did you mean 3\.9 \* eV\?$"):
        make()


def test_a_carrier_that_takes_part_cannot_be_immobile(devices: ModuleType) -> None:
    film = devices.film().with_(electron_mobility=0.0)
    with pytest.raises(OutOfRangeError, match=r"electron_mobility of region 'film'.*1e-12, say, holds it"):
        Device(
            mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=20 * nm),
            materials={"film": film},
            physics=[Poisson(), Carriers()],
            contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.3)},
            temperature=300.0,
        )


@pytest.mark.parametrize("temperature", [16.0, 25.0, 45.0])
def test_a_cold_temperature_is_taken_and_said(temperature: float) -> None:
    """Cold resistors are measured; a number that may be one of degrees Celsius is warned of."""
    with pytest.warns(
        ModelWarning, match=f"is {temperature:g} K, that is .* °C; write .* for {temperature:g} °C"
    ):
        sink = HeatSink(temperature)
    assert sink.temperature == temperature
    with pytest.warns(ModelWarning):
        device = resistor(conductivity=2.0, temperature=temperature)
    assert steady(device, {"top": 0.1}).current("top") == pytest.approx(2.0 * 0.1 / (100 * nm))


@pytest.mark.parametrize("temperature", [1.5, 4.2, 10.0, 77.0, 300.0, 1000.0])
def test_a_temperature_that_is_no_celsius_is_taken_without_a_word(
    temperature: float, recwarn: pytest.WarningsRecorder
) -> None:
    assert HeatSink(temperature).temperature == temperature
    assert not recwarn.list


def test_capture_of_a_cubic_metre_a_second_is_no_capture() -> None:
    level: dict[str, Any] = {"density": 1e22, "depth": 0.5 * eV, "electron_capture": 1e-14}
    with pytest.raises(OutOfRangeError, match="hole_capture"):
        Traps("deep", **level, hole_capture=0.5)


def test_a_bare_density_that_may_be_in_cubic_centimetres_is_warned_of(
    recwarn: pytest.WarningsRecorder,
) -> None:
    MAPBI3.with_ion("iodide_vacancy", mean_density=1.6e25).with_(effective_dos_valence=5e24)
    assert not recwarn.list
    with pytest.warns(
        ModelWarning, match=r"mean_density.* is 1\.6e\+19 m\^-3.* Datum\(1\.6e\+19, 'cm\^-3', source\)"
    ):
        MAPBI3.with_ion("iodide_vacancy", mean_density=1.6e19)
    with pytest.warns(ModelWarning, match="effective_dos_conduction is 2.2e\\+18"):
        MAPBI3.with_(effective_dos_conduction=2.2e18)


@pytest.mark.parametrize(
    ("name", "bare", "unit", "real"),
    [
        ("electron_mobility", 20.0, "cm^2/(V s)", 0.5),
        ("hole_mobility", 1.0, "cm^2/(V s)", 2e-3),
        ("radiative_coefficient", 1e-10, "cm^3/s", 1e-14),
    ],
)
def test_a_bare_number_that_may_be_in_powers_of_centimetres_is_warned_of(
    name: str, bare: float, unit: str, real: float, recwarn: pytest.WarningsRecorder
) -> None:
    MAPBI3.with_(**{name: real}).with_(
        **{name: Datum(20.0 if "mob" in name else 1e-6, unit, "assumed", "graphene")}
    )
    MAPBI3.with_(**{name: 0.0})
    assert not recwarn.list
    with pytest.warns(ModelWarning, match=f"{name} is {bare:g} .*, which is much; .* Datum"):
        MAPBI3.with_(**{name: bare})


def test_a_name_is_found_however_its_letters_are_written() -> None:
    with pytest.raises(UnknownNameError, match="unknown material 'mapbi3'; did you mean 'MAPbI3'"):
        get("mapbi3")
    with pytest.raises(UnknownNameError, match=r"unknown material 'xyzzy'\. Known: "):
        get("xyzzy")


@pytest.mark.parametrize(
    "make",
    [
        lambda: LandauKhalatnikov(remanent_polarization=10.0, coercive_field=5e6, switching_time=1e-6),
        lambda: LandauKhalatnikov(remanent_polarization=0.1, coercive_field=50.0, switching_time=1e-6),
        lambda: DomainSwitching(remanent_polarization=25.0, activation_field=1e8, attempt_time=1e-9),
        lambda: DomainSwitching(remanent_polarization=0.25, activation_field=10.0, attempt_time=1e-9),
    ],
    ids=["uC/cm^2", "kV/cm", "uC/cm^2 of domains", "MV/cm of domains"],
)
def test_polarisations_and_fields_in_powers_of_centimetres_are_refused(make: Any) -> None:
    with pytest.raises(OutOfRangeError, match=r"remanent_polarization|_field"):
        make()


def test_a_femtosecond_pulse_and_the_pairs_it_makes_are_no_errors() -> None:
    Illumination(400 * nm, 2e16, side="top")  # 100 mJ/cm^2 in 50 fs [W/m^2]
    OpticalGeneration(1e42)


def test_a_permittivity_in_farad_per_metre_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match=r"relative_permittivity .*at least 5e-07"):
        MAPBI3.with_(relative_permittivity=24.1 * 8.854e-12)
