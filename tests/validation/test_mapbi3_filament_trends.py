"""How a filament cell answers to rate, compliance and area: the signs of the published trends, on two meshes."""

from __future__ import annotations

import math
from typing import Any

import pytest

from fem.units import nm, um
from studies.comparisons import mapbi3_filament as trends

COARSE: dict[str, Any] = {"axis_size": 3 * nm, "size": 12 * nm, "growth": 1.3}
MESHES = [COARSE, {**COARSE, "axis_size": 2.5 * nm, "finest": 0.25 * nm}]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.mark.parametrize("mesh", MESHES, ids=["coarse", "fine"])
def test_a_faster_sweep_sets_and_resets_at_higher_voltages_and_currents(mesh: dict[str, Any]) -> None:
    """On the finer mesh SET does not reach its compliance by 2.5 V at 10 V/s: its voltage is nan, and above that."""
    data = trends.rates((0.1, 10.0), **mesh)
    print(data)
    assert [trends.sign(data, name) for name in ("V_reset", "I_reset")] == [1, 1]
    slow, fast = (float(v) for v in data["V_set"].values)
    assert slow < trends.SET - 0.5
    assert math.isnan(fast) or fast > 1.1 * slow


@pytest.mark.parametrize("mesh", MESHES, ids=["coarse", "fine"])
def test_a_higher_compliance_gives_a_higher_on_off_ratio(mesh: dict[str, Any]) -> None:
    data = trends.compliances((2e-6, 5e-6), **mesh)
    print(data)
    assert trends.sign(data, "on_off_ratio") == 1


@pytest.mark.parametrize("mesh", MESHES, ids=["coarse", "fine"])
def test_the_area_lowers_the_high_resistance_more_than_the_low_one(mesh: dict[str, Any]) -> None:
    """The low one is that of the filament beside a film that leaks."""
    data = trends.areas((0.5 * um, 4 * um), **mesh)
    print(data)
    assert trends.change(data, "high_resistance") < -0.2
    assert abs(trends.change(data, "low_resistance")) < 0.5 * abs(trends.change(data, "high_resistance"))
    assert trends.sign(data, "on_off_ratio") == -1
