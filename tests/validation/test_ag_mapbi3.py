"""Ag/MAPbI3/Pt: what of the published fields and of the crossover in thickness the model has.

The barrier of the silver's exchange is calibrated to 1e7 V/m on 90 nm; all else here is predicted from it.
"""

from __future__ import annotations

import numpy as np
import pytest

from fem import ion_flow
from fem.device.state import State
from fem.units import nm
from studies.devices import ag_mapbi3
from studies.devices.ag_mapbi3 import COMPLIANCE, SILVER, VACANCY, device, set_voltage, start

#: Thickness, cells of the silver's film [nm] and tolerance; coarser cells on 300 nm fail on the way.
SERIES = ((60, 5.0, 0.3), (90, 7.5, 0.3), (150, 12.5, 0.3), (200, 200 / 12, 0.3), (300, 15.0, 0.2))


def test_silver_of_the_top_electrode_sets_a_thin_film() -> None:
    cell = device(SILVER, 12 * nm, size=6 * nm)
    seen: list[State] = []
    voltage = set_voltage(start(cell), observe=seen.append)
    assert 0.05 < voltage < 1.0
    assert seen[-1].ion_inventory(SILVER) > 50 * seen[0].ion_inventory(SILVER)
    assert ion_flow(seen[len(seen) // 2], "top", SILVER) > 0
    assert seen[-1].current("top") > COMPLIANCE
    assert seen[len(seen) // 2].current("top") < 1e-2 * COMPLIANCE


@pytest.mark.parametrize("ion", [SILVER, VACANCY])
def test_nothing_sets_at_a_low_bias(ion: str) -> None:
    cell = device(ion, 30 * nm, size=5 * nm)
    assert np.isnan(set_voltage(start(cell), highest=0.02))


def test_description_keeps_what_was_calibrated_apart() -> None:
    assert list(ag_mapbi3.ABOUT.calibrated) == ["barrier of the silver's exchange"]
    assert ag_mapbi3.ABOUT.reported["field_at_set"].value == 1e7


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize(
    ("thickness", "size", "tolerance"),
    SERIES,
)
def test_silver_sets_at_the_published_field_in_films_of_any_thickness(
    thickness: int, size: float, tolerance: float
) -> None:
    """1e7 V/m; at 90 nm by calibration, at the others predicted."""
    cell = device(SILVER, thickness * nm, size=size * nm)
    voltage = set_voltage(start(cell), tolerance=tolerance)
    assert voltage / (thickness * nm) == pytest.approx(1e7, rel=0.02 if thickness == 90 else 0.12)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_half_the_cells_move_the_set_of_silver_by_less_than_three_per_cent() -> None:
    coarse, fine = (
        set_voltage(start(device(SILVER, 90 * nm, size=size * nm)), tolerance=0.3) for size in (7.5, 3.75)
    )
    assert fine == pytest.approx(coarse, rel=0.03)


@pytest.mark.slow
def test_vacancies_set_first_in_thick_films_only() -> None:
    """At 1.6 V in any film, by their gap: more than silver's 1e7 V/m up to some 160 nm. Published: 90 nm, a miss."""
    voltages = []
    for thickness, *_ in SERIES:
        cell = device(VACANCY, thickness * nm, size=1.5 * nm)
        voltages.append(set_voltage(start(cell), tolerance=0.05))
    assert np.ptp(voltages) < 0.1
    crossover = float(np.mean(voltages)) / 1e7
    assert 145 * nm < crossover < 175 * nm
