"""The (PrPyr)PbI3 dot: its data are those of the printed figures, and its drawing is fine where a filament opens."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fem.constants import BOLTZMANN, VACUUM_PERMITTIVITY, thermal_voltage
from fem.errors import OutOfRangeError
from fem.units import eV, nm
from studies.comparisons.prpyrpbi3 import printed
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_data as data


def axes(**sizes: float) -> tuple[np.ndarray, np.ndarray]:
    """Return radii and heights of the nodes [nm]."""
    points = dot.drawing(**sizes).simplices().points / nm
    return np.unique(np.round(points[:, 0], 6)), np.unique(np.round(points[:, 1], 6))


@pytest.mark.parametrize("fine", [0.2, 0.1])
@pytest.mark.parametrize("film", [160.0, 200.0])
def test_cells_are_fine_all_over_the_end_of_the_film_where_a_gap_opens(fine: float, film: float) -> None:
    _, heights = axes(fine=fine * nm, film=film * nm)
    cells, low = np.diff(heights), heights[:-1]
    end = (low >= 50.0 - 1e-6) & (low < 53.0 - 1e-6)
    assert cells[end] == pytest.approx(fine, rel=0.05)
    assert cells[np.argmin(np.abs(low - (50.0 + film - 0.2)))] == pytest.approx(0.2, rel=0.05)
    assert cells.max() > 10


@pytest.mark.parametrize("filament", [2.3, 5.2])
def test_cells_are_even_in_and_around_the_filament_and_grow_beyond(filament: float) -> None:
    radii, _ = axes(filament=filament * nm)
    cells = np.diff(radii)
    inside = radii[1:] <= 2.5 * filament * (1 + 1e-6)
    assert cells[inside] == pytest.approx(filament / 6, rel=0.01)
    assert inside.sum() == 15 and cells.max() > 10 * cells[0]
    own, _ = axes(filament=filament * nm, radial=0.3 * nm)
    assert np.diff(own)[0] == pytest.approx(0.3, rel=0.05)


def test_the_finest_cells_make_some_three_thousand_nodes_at_most() -> None:
    counts = [len(dot.drawing(fine=fine * nm).simplices().points) for fine in (0.2, 0.1)]
    assert 1500 < counts[0] < counts[1] < 3000


def test_the_poor_film_carries_the_printed_current_and_so_does_the_leak() -> None:
    film = data.POOR.si(300.0) * data.SIDE**2 / data.FILM
    for current in (film * data.READ, data.READ / data.LEAK.si()):
        assert current == pytest.approx(data.PRINTED["HRS_current"][0], rel=0.03)


def test_rich_filaments_of_their_number_and_radius_are_below_the_printed_resistance() -> None:
    area = data.FILAMENTS.si() * math.pi * data.NARROW.si() ** 2
    assert data.FILM / (data.RICH.si(300.0) * area) == pytest.approx(153.3, rel=0.01)


def test_the_barrier_out_of_a_filament_is_above_that_of_both_printed_times_by_less_than_a_tenth() -> None:
    span = 1 / (BOLTZMANN * 363.0) - 1 / (BOLTZMANN * 400.0)
    assert data.ACROSS.si() == pytest.approx(math.log(1200 / 60) / span, rel=0.1)
    assert data.ACROSS.si() > data.ALONG.si() > 0.39 * eV


def test_electrons_that_screen_are_those_that_conduct() -> None:
    density = data.PLUG.si() * data.FILAMENT.si()
    assert data.MOBILITY.si() * 1.602e-19 * density == pytest.approx(data.RICH.si(300.0), rel=0.3)
    # A film without vacancies screens over more than the film's finest cells; a filament over less.
    for law, low, high in ((data.POOR, 5 * nm, 1e-3), (data.RICH, 1e-13, 0.3 * nm)):
        square = VACUUM_PERMITTIVITY * data.PERMITTIVITY.si() * thermal_voltage(300.0) * data.MOBILITY.si()
        assert low < math.sqrt(square / law.si(300.0)) < high


def test_the_table_says_where_the_printed_figures_contradict_each_other() -> None:
    rows = {row.name: row for row in printed.rows()}
    assert rows["film by field and voltage of SET"].simulated == pytest.approx(160.7e-9, rel=1e-3)
    assert rows["film by field and voltage of RESET"].simulated == pytest.approx(160e-9, rel=1e-9)
    assert rows["barrier by both times"].simulated == pytest.approx(1.013, abs=2e-3)
    assert rows["capacitance of the dot"].ratio == pytest.approx(1 / 145, rel=0.02)
    assert {row.name for row in rows.values() if row.status != "missed"} == {
        "on/off of both currents",
        "energy of a SET pulse by area",
        "retention at 300 K with that barrier",
    }
    assert all(row.status in ("missed", "arithmetic") for row in rows.values())  # nothing is simulated there


@pytest.mark.parametrize("gap", [-1 * nm, 0.7, 300 * nm, math.nan])
def test_gaps_that_leave_no_filament_are_refused(gap: float) -> None:
    with pytest.raises(OutOfRangeError, match="gap of a filament"):
        dot.start(None, gap=gap)  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "rate"), [(0, 1.0), (1.5, 1.0), (1, 0.0), (1, math.nan)])
def test_cycles_that_are_none_are_refused(count: float, rate: float) -> None:
    with pytest.raises(OutOfRangeError):
        dot.cycles(None, count, rate=rate)  # type: ignore[arg-type]
