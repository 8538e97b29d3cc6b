"""Responsivity, quantum efficiency and detectivity: definitions, and a film that collects every pair."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device
from fem.constants import ELEMENTARY_CHARGE, PLANCK, thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, OpticalGeneration, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from studies import detectivity, external_quantum_efficiency, responsivity, spectral_response
from studies.metrics.photodetection import LIGHT_SPEED


def test_the_figures_are_those_of_their_definitions() -> None:
    found = responsivity(3e-9, 1e-9, irradiance=2.0, area=1e-8)
    assert found == pytest.approx(0.1)
    assert external_quantum_efficiency(found, 500e-9) == pytest.approx(
        0.1 * 1239.841984e-9 / 500e-9, rel=1e-9
    )
    noise = np.sqrt(2 * ELEMENTARY_CHARGE * 1e-9)  # [A/Hz^(1/2)]
    assert detectivity(found, -1e-9, area=1e-8) == pytest.approx(0.1 * 1e-4 / noise)
    many = responsivity([-2e-9, 5e-9], [-1e-9, 0.0], irradiance=[1.0, 2.0], area=1e-8)
    assert many == pytest.approx([0.1, 0.25])


def test_a_film_that_collects_every_pair_has_the_efficiency_of_its_absorption(devices: ModuleType) -> None:
    """Less the part 2kT/qV that diffuses into the wrong contacts (Sokel and Hughes, J. Appl. Phys. 53, 7414, 1982)."""
    thickness, irradiance = 100 * nm, 10.0

    def absorbed(wavelength: float) -> float:
        return 0.8 if wavelength < 600 * nm else 0.2

    def make(wavelength: float) -> Device:
        photons = irradiance * wavelength / (PLANCK * LIGHT_SPEED)
        film = devices.semiconductor("film", mobility=1e-3)  # without recombination
        return Device(
            mesh=VerticalStack(Layer("film", thickness)).mesh(size=10 * nm, interface_size=1 * nm),
            materials={"film": film},
            physics=[Poisson(), Carriers(), OpticalGeneration(absorbed(wavelength) * photons / thickness)],
            contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.3)},
            temperature=300.0,
        )

    places = [450 * nm, 550 * nm, 700 * nm]
    found = spectral_response(make, places, irradiance=irradiance, bias={"top": -0.5}, contact="top")
    collected = 1 - 2 * thermal_voltage(300.0) / (5.3 - 4.1 + 0.5)
    parts = collected * np.array([0.8, 0.8, 0.2])
    assert found["external_quantum_efficiency"].values == pytest.approx(parts, rel=5e-3)
    assert found["responsivity"].values[1] == pytest.approx(parts[1] * 550 / 1239.84, rel=5e-3)
    assert found["responsivity"].attrs["units"] == "A/W" and found["dark_current"].attrs["units"] == "A/m^2"
    noise = np.sqrt(2 * ELEMENTARY_CHARGE * np.abs(found["dark_current"].values))
    assert found["detectivity"].values == pytest.approx(found["responsivity"].values / noise)
    with pytest.raises(IncompatibleError, match="need no area"):
        spectral_response(make, places, irradiance=1.0, bias={}, contact="top", area=1e-6)
    with pytest.raises(UnknownNameError, match="tap"):
        spectral_response(make, places, irradiance=1.0, bias={}, contact="tap")


def test_a_lateral_device_needs_its_illuminated_area(devices: ModuleType, transistors: ModuleType) -> None:
    device = transistors.transistor(devices.film(), OpticalGeneration(1e25))
    with pytest.raises(IncompatibleError, match="currents in A/m; give area, the illuminated length"):
        spectral_response(lambda _: device, [5e-7], irradiance=1.0, bias={"drain": 0.5}, contact="drain")
    bias = {"drain": 0.5}
    found = spectral_response(
        lambda _: device, [5e-7], irradiance=1.0, bias=bias, contact="drain", area=transistors.LENGTH
    )
    change = found["light_current"].values - found["dark_current"].values
    assert change[0] > 0
    assert found["responsivity"].values == pytest.approx(change / transistors.LENGTH)


def test_bad_optical_data_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="irradiance"):
        responsivity(1e-9, 0.0, irradiance=0.0, area=1.0)
    with pytest.raises(OutOfRangeError, match="520 \\* nm"):
        external_quantum_efficiency(0.1, 520.0)
    with pytest.raises(OutOfRangeError, match="size of the dark current"):
        detectivity(0.1, 0.0, area=1.0)
    with pytest.raises(OutOfRangeError, match="light current"):
        responsivity(float("nan"), 0.0, irradiance=1.0, area=1.0)
    with pytest.raises(OutOfRangeError, match="number of wavelengths"):
        spectral_response(lambda _: None, [], irradiance=1.0, bias={}, contact="top")  # type: ignore[arg-type]
