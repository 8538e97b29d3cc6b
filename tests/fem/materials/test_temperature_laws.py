"""Densities of states and gaps that follow the temperature."""

from __future__ import annotations

import math

import pytest

from fem.constants import BOLTZMANN
from fem.errors import IncompatibleError, OutOfRangeError
from fem.materials import MAPBI3, SILICON, Arrhenius, Datum, PowerLaw, Varshni
from fem.units import eV


def test_a_plain_density_of_states_goes_with_temperature_to_three_halves() -> None:
    for name in ("effective_dos_conduction", "effective_dos_valence"):
        assert MAPBI3.si(name, 400.0) / MAPBI3.si(name, 300.0) == pytest.approx((4 / 3) ** 1.5, rel=1e-14)
        assert MAPBI3.si(name, 300.0) == MAPBI3.si(name)


def test_a_power_law_is_kept_as_it_is_given() -> None:
    held = MAPBI3.with_(effective_dos_conduction=PowerLaw(8e24, 0.0))
    assert held.si("effective_dos_conduction", 150.0) == 8e24
    steep = MAPBI3.with_(
        effective_dos_conduction=Datum(PowerLaw(8e18, 2.0, at=200.0), "cm^-3", "assumed", "a test")
    )
    assert steep.si("effective_dos_conduction", 400.0) == pytest.approx(3.2e25)
    assert (
        MAPBI3.with_(effective_dos_conduction=Arrhenius(8e24, 0.0)).si("effective_dos_conduction", 150.0)
        == 8e24
    )


def test_other_plain_numbers_do_not_follow_the_temperature() -> None:
    assert MAPBI3.si("electron_mobility", 150.0) == MAPBI3.si("electron_mobility", 300.0)


def test_silicon_has_the_gap_of_thurmond() -> None:
    for t in (100.0, 250.0, 400.0, 600.0):
        published = 1.17 - 4.73e-4 * t**2 / (t + 636.0)
        assert SILICON.si("band_gap", t) / eV == pytest.approx(published, abs=6e-4)
    assert SILICON.si("band_gap", 300.0) == pytest.approx(1.124 * eV, rel=1e-15)


def test_intrinsic_density_of_silicon_grows_as_measured() -> None:
    """K. Misiakos and D. Tsamakis, J. Appl. Phys. 74, 3293, 1993: 5.29e19 (T/300 K)^2.54 exp(-6726 K/T) per cm³."""

    def measured(t: float) -> float:
        return (t / 300) ** 2.54 * math.exp(-6726 / t)

    fitted = SILICON.with_(  # M. A. Green, J. Appl. Phys. 67, 2944, 1990
        effective_dos_conduction=PowerLaw(2.86e25, 1.58), effective_dos_valence=PowerLaw(3.1e25, 1.85)
    )
    for material, near in ((SILICON, 0.05), (fitted, 0.01)):
        for t in (250.0, 340.0):
            grown = material.intrinsic_density(t) / material.intrinsic_density(300.0)
            assert grown == pytest.approx(measured(t) / measured(300.0), rel=near)


def test_the_gap_of_mapbi3_opens_as_it_warms() -> None:
    assert (MAPBI3.si("band_gap", 380.0) - MAPBI3.si("band_gap", 290.0)) / eV == pytest.approx(
        0.035, rel=0.15
    )
    states = math.sqrt(
        MAPBI3.si("effective_dos_conduction", 360.0) * MAPBI3.si("effective_dos_valence", 360.0)
    )
    found = MAPBI3.intrinsic_density(360.0)
    assert found == pytest.approx(states * math.exp(-(1.7 + 0.0234) * eV / (2 * BOLTZMANN * 360.0)), rel=1e-9)


def test_laws_are_seen_in_the_table_of_a_material() -> None:
    assert "1.124 at 300 K, -0.000473/K; beta 636 K" in str(SILICON)
    assert "2e+25 (T/300 K)^1.58" in str(SILICON.with_(effective_dos_valence=PowerLaw(2e25, 1.58)))


def test_impossible_laws_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="temperature of a power law"):
        PowerLaw(1.0, 1.5, at=0.0)
    with pytest.raises(OutOfRangeError, match="exponent of a power law"):
        PowerLaw(1.0, 300.0)
    with pytest.raises(OutOfRangeError, match="law of Varshni"):
        Varshni(1.1, 4e-4, -1.0)
    with pytest.raises(OutOfRangeError, match="band_gap"):
        SILICON.with_(band_gap=Varshni(-1.0, 0.0))
    with pytest.raises(IncompatibleError, match="depends on the temperature"):
        SILICON.band_gap.si()  # type: ignore[union-attr]
