"""The filament cell: its second loop does not depend on its cells, and rate, compliance and area act as published."""

from __future__ import annotations

from typing import Any

import pytest

from fem.units import nm, um
from studies import FilamentMetrics, filament_switching
from studies.comparisons import mapbi3_filament as trends
from studies.devices import mapbi3_filament as reference

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def second(**mesh: Any) -> FilamentMetrics:
    """Return figures of the second loop of a cell with other cells."""
    begin = trends.cycled(reference.start(reference.device(**mesh)))
    trace = trends.swept(begin, 0, trends.RESET, trends.SET, 0).trace
    return filament_switching(trace, read_voltage=trends.READ, compliance=(None, trends.COMPLIANCE))


def test_the_second_loop_does_not_depend_on_the_cells() -> None:
    """With cells of 2.5 nm at the axis, where the filament has a radius of 6 nm, V_set is lower by a third."""
    default, finer = second(), second(axis_size=0.5 * nm, finest=0.175 * nm)
    print(default, finer)
    assert default.V_set == pytest.approx(finer.V_set, rel=0.03)
    assert default.V_reset == pytest.approx(finer.V_reset, rel=0.03)
    ratios = [found.high_resistance / found.low_resistance for found in (default, finer)]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.15)


def test_a_faster_sweep_sets_and_resets_at_higher_voltages_and_currents() -> None:
    data = trends.rates((0.1, 10.0))
    print(data)
    assert [trends.sign(data, name) for name in ("V_set", "V_reset", "I_reset")] == [1, 1, 1]


def test_a_higher_compliance_gives_a_higher_on_off_ratio() -> None:
    data = trends.compliances((2e-6, 5e-6))
    print(data)
    assert trends.sign(data, "on_off_ratio") == 1


def test_the_area_lowers_the_high_resistance_more_than_the_low_one() -> None:
    """The low one is that of the filament beside a film that leaks."""
    data = trends.areas((0.5 * um, 4 * um))
    print(data)
    assert trends.change(data, "high_resistance") < -0.2
    assert abs(trends.change(data, "low_resistance")) < 0.5 * abs(trends.change(data, "high_resistance"))
    assert trends.sign(data, "on_off_ratio") == -1
