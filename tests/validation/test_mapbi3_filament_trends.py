"""How a filament cell answers to rate, compliance and area: the signs of the published trends."""

from __future__ import annotations

import pytest

from fem.units import nm, um
from studies.comparisons import mapbi3_filament as trends

COARSE = {"fine": 4 * nm, "size": 25 * nm}


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_faster_sweep_sets_and_resets_at_higher_voltages_and_currents() -> None:
    data = trends.rates((0.1, 1.0, 10.0), **COARSE)
    print(data)
    assert [trends.sign(data, name) for name in ("V_set", "V_reset", "I_reset")] == [1, 1, 1]


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_higher_compliance_gives_a_higher_on_off_ratio() -> None:
    data = trends.compliances((2e-6, 5e-6), **COARSE)
    print(data)
    assert trends.sign(data, "on_off_ratio") == 1


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_the_area_lowers_the_high_resistance_more_than_the_low_one() -> None:
    """The low one is that of the filament beside a film that leaks; other meshes move the gap by some 10 %."""
    data = trends.areas((0.5 * um, 4 * um), **COARSE)
    print(data)
    assert trends.change(data, "high_resistance") < -0.2
    assert abs(trends.change(data, "low_resistance")) < 0.5 * abs(trends.change(data, "high_resistance"))
    assert trends.sign(data, "on_off_ratio") == -1
