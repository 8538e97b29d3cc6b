"""Illumination and spectra: what they say about bad input, and how spectra are read."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from fem import Device, materials, steady
from fem.constants import PLANCK, SPEED_OF_LIGHT
from fem.description import from_dict, to_dict
from fem.errors import IncompatibleError, MemfemError, OutOfRangeError, UnknownNameError
from fem.materials import Spectrum
from fem.physics import Carriers, Conduction, Illumination, OpticalGeneration, Poisson
from fem.units import nm
from geometries import Axisymmetric, Layer, VerticalStack


def built(devices: ModuleType, term: Any, *, physics: Any = None, shape: Any = None, **more: Any) -> Device:
    """Return a film of MAPbI3 below silver, with this term."""
    stack = VerticalStack(Layer("film", 100 * nm), Layer("Ag", 20 * nm))
    return Device(
        mesh=stack.mesh(size=40 * nm, interface_size=10 * nm, shape=shape),
        materials={"film": materials.MAPBI3.without_ion("iodide_vacancy"), "Ag": devices.metal(4.4)} | more,
        physics=physics or [Poisson(), Carriers(), term],
        contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(4.4)},
        temperature=300.0,
    )


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"wavelength": 532.0}, OutOfRangeError, ("wavelength", "532.0", "532 * nm")),
        ({"irradiance": 0.0}, OutOfRangeError, ("irradiance", "0.0", "positive")),
        ({"irradiance": float("nan")}, OutOfRangeError, ("irradiance", "nan")),
        ({"side": "botom"}, UnknownNameError, ("side", "'botom'", "'bottom'")),
        ({"reflectance": 1.0}, OutOfRangeError, ("reflectance", "1.0")),
        ({"quantum_yield": 0.0}, OutOfRangeError, ("quantum_yield", "0.0")),
        ({"absorption": {"film": -1.0}}, OutOfRangeError, ("'film'", "-1.0", "1/m")),
        ({"name": "blue", "irradiance": -1.0}, OutOfRangeError, ("Illumination 'blue'", "-1.0")),
        ({"absorption": {"flim": 1e7}}, UnknownNameError, ("region", "'flim'", "'film'")),
        ({"regions": ("Ag",)}, IncompatibleError, ("'Ag'", "no semiconductor")),
        ({"regions": ("gold",)}, UnknownNameError, ("region", "'gold'")),
        ({"side": "left"}, IncompatibleError, ("left", "1-dimensional", "top, bottom")),
        ({"wavelength": 900 * nm}, OutOfRangeError, ("9e-07", "MAPbI3", "'film'", "4.05e-07 to 7.8e-07")),
        ({"side": "top"}, IncompatibleError, ("no pairs", "'Ag'", "opaque", "absorption")),
        ({"absorption": {"film": 0.0}}, IncompatibleError, ("no pairs", "absorbing regions none")),
    ],
)
def test_bad_illumination_is_named(
    devices: ModuleType, change: dict[str, Any], error: type[MemfemError], words: tuple[str, ...]
) -> None:
    given: dict[str, Any] = {"wavelength": 532 * nm, "irradiance": 10.0, "side": "bottom"} | change
    with pytest.raises(error) as caught:
        built(devices, Illumination(given.pop("wavelength"), given.pop("irradiance"), **given))
    for word in words:
        assert word in str(caught.value)


def test_light_from_the_side_of_an_axisymmetric_device_is_refused(devices: ModuleType) -> None:
    shape = Axisymmetric(radius=100 * nm, lateral_size=50 * nm)
    with pytest.raises(IncompatibleError, match=r"right.*axisymmetric mesh: top, bottom"):
        built(devices, Illumination(532 * nm, 1.0, side="right"), shape=shape)


def test_semiconductor_without_data_must_be_given_above_its_gap_only(devices: ModuleType) -> None:
    plain = devices.film()
    with pytest.raises(IncompatibleError, match=r"532 nm.*film.*no absorption; give absorption="):
        built(devices, Illumination(532 * nm, 1.0, side="bottom"), film=plain)
    infrared = Illumination(900 * nm, 1.0, side="bottom")
    with pytest.raises(IncompatibleError, match="absorbing regions none"):
        built(devices, infrared, film=plain)


@pytest.mark.parametrize("term", [OpticalGeneration(1e27), Illumination(532 * nm, 1.0, side="bottom")])
def test_pairs_need_poisson_and_both_carriers(devices: ModuleType, term: Any) -> None:
    name = type(term).__name__
    electrons = [Poisson(), Carriers(species=("electron",)), term]
    with pytest.raises(IncompatibleError, match=f"{name} makes pairs.*electrons and holes"):
        built(devices, term, physics=electrons)
    film = devices.film(electrical_conductivity=(1.0, "S/m"))
    film = film.with_(absorption=materials.MAPBI3.absorption)
    with pytest.raises(IncompatibleError, match=f"{name} needs Poisson"):
        built(devices, term, physics=[Conduction(), term], film=film)


def test_light_without_anything_that_it_acts_on_is_refused(devices: ModuleType) -> None:
    device = built(devices, None, physics=[Poisson(), Carriers()])
    with pytest.raises(IncompatibleError, match="no OpticalGeneration or Illumination"):
        steady(device, {}, light=1.0)


def test_photon_flux_is_the_power_that_enters_over_the_energy_of_a_photon() -> None:
    term = Illumination(405 * nm, 20.0, side="top", reflectance=0.25)
    assert term.photon_flux == pytest.approx(15.0 * 405e-9 / (PLANCK * SPEED_OF_LIGHT), rel=1e-14)


def test_one_material_and_wavelength_find_their_coefficient(devices: ModuleType) -> None:
    device = built(devices, Illumination(532 * nm, 10.0, side="bottom"))
    (term,) = (t for t in device.physics if isinstance(t, Illumination))
    assert term.coefficients(device.setting) == {"film": 1.2e7, "Ag": float("inf")}


# -- spectra -----------------------------------------------------------------------------------------------------


def test_spectrum_is_the_table_at_its_points_and_logarithmic_between() -> None:
    table = Spectrum((400e-9, 500e-9, 700e-9, 800e-9), (4e7, 1e7, 1e5, 0.0), source="assumed", note="a test")
    for wavelength, value in zip(table.wavelengths, table.values, strict=True):
        assert table.at(wavelength) == pytest.approx(value, rel=1e-14)
    assert table.at(450e-9) == pytest.approx(2e7)
    assert table.at(600e-9) == pytest.approx(1e6)
    assert table.at(750e-9) == pytest.approx(5e4)  # to 0 in a straight line


@pytest.mark.parametrize(
    ("wavelengths", "values", "words"),
    [
        ((400e-9,), (1e7,), ("1 wavelengths", "two at least")),
        ((400e-9, 500e-9), (1e7,), ("2 wavelengths", "1 values")),
        ((500e-9, 400e-9), (1e7, 1e7), ("above the one before",)),
        ((400.0, 500.0), (1e7, 1e7), ("400.0", "532 * nm")),
        ((400e-9, 500e-9), (1e7, -1.0), ("-1.0", "zero or positive")),
    ],
)
def test_bad_spectrum_is_named(wavelengths: Any, values: Any, words: tuple[str, ...]) -> None:
    with pytest.raises(MemfemError) as caught:
        Spectrum(wavelengths, values, source="assumed", note="a test")
    for word in words:
        assert word in str(caught.value)


def test_spectrum_outside_of_its_table_is_refused() -> None:
    spectrum = materials.MAPBI3.absorption
    assert spectrum is not None
    for wavelength in (404e-9, 781e-9):
        with pytest.raises(OutOfRangeError, match=r"from 4\.05e-07 to 7\.8e-07 m"):
            spectrum.at(wavelength)


def test_material_keeps_its_spectrum_in_plain_data_text_and_sources() -> None:
    assert from_dict(to_dict(materials.MAPBI3)) == materials.MAPBI3
    assert "Sherkar2017" in materials.MAPBI3.sources()
    (line,) = [row for row in str(materials.MAPBI3).splitlines() if row.startswith("absorption ")]
    assert "1/m" in line and "Sherkar2017" in line
    changed = materials.MAPBI3.with_(absorption=materials.CSPBBR3.absorption)
    assert changed.absorption == materials.CSPBBR3.absorption and changed.modified == ("absorption",)
    with pytest.raises(IncompatibleError, match="must be a Spectrum"):
        materials.MAPBI3.with_(absorption=1e7)
