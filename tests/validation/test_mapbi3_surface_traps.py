"""Traps under gold: trapped electrons raise the barrier of electrons and lower the hill of holes; no NDR, no RESET."""

from __future__ import annotations

import pytest

from fem.errors import UnknownNameError
from studies.comparisons import mapbi3_surface_traps as figures
from studies.comparisons.compared import Compared
from studies.devices import mapbi3_surface_traps as device
from studies.devices.mapbi3_surface_traps import HIGH, LOW


@pytest.fixture(scope="module")
def rows() -> dict[str, Compared]:
    """The whole table."""
    return {row.name: row for row in figures.compare()}


def test_a_fresh_surface_does_not_switch_and_air_does() -> None:
    fresh, air = device.loops("fresh"), device.loops()
    assert fresh.ratio(LOW) == pytest.approx(1.0, abs=1e-4)
    assert air.ratio(LOW) < 0.5
    assert air.ratio(HIGH) > 2


def test_electrons_end_up_between_empty_states_and_none() -> None:
    fresh, charged, air = (device.loops(kind) for kind in device.KINDS)
    assert fresh.up[LOW] < air.up[LOW] < charged.up[LOW]
    assert charged.up[HIGH] < air.up[HIGH] < fresh.up[HIGH]


def test_the_current_falls_at_a_constant_voltage_and_nowhere_where_it_rises() -> None:
    first, last = device.held()
    assert last < 0.5 * first
    assert device.loops().steepest_fall == 1.0


def test_an_unknown_surface_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="moist"):
        device.device("moist")


@pytest.mark.slow
def test_ndr_and_reset_by_a_voltage_are_missed(rows: dict[str, Compared]) -> None:
    falls = [row for name, row in rows.items() if name.startswith("fall while")]
    assert len(falls) == 4
    assert all(row.status == "missed" and row.simulated == 1.0 for row in falls)
    assert rows["part that -1.2 V brings back"].status == "missed"
    assert abs(rows["part that -1.2 V brings back"].simulated) < 0.05


@pytest.mark.slow
def test_emission_does_not_ask_for_the_voltage(rows: dict[str, Compared]) -> None:
    for name in ("0.8 eV", "0.6 eV"):
        kept, gone = (rows[f"electrons left, {name}, 24 s at {v} V"].simulated for v in ("0", "-1.2"))
        assert gone == pytest.approx(kept, rel=0.05)
    assert rows["electrons left, 0.8 eV, 24 s at 0 V"].simulated > 0.9
    assert rows["electrons left, 0.6 eV, 24 s at 0 V"].simulated < 0.2


@pytest.mark.slow
def test_switching_voltages_are_those_of_half_the_cells(rows: dict[str, Compared]) -> None:
    for name, read in (("V_reset", "0.3"), ("V_set", "1")):
        whole, half = rows[f"{name}, read at {read} V"], rows[f"{name}, half the cells"]
        assert whole.simulated == pytest.approx(half.simulated, rel=5e-3)
