"""Lateral MAPbI3: vacancies leave the anode, silver deposits from the cathode; nothing is calibrated."""

from __future__ import annotations

import numpy as np
import pytest

from fem import equilibrium, with_ions
from fem.device.state import State
from fem.errors import OutOfRangeError, UnknownNameError
from fem.units import nm, um
from studies.comparisons.compared import Compared
from studies.comparisons.lateral_mapbi3 import compare, plot_cuts, share_near_anode
from studies.devices import lateral_mapbi3 as film
from studies.devices.shared.front import Front


@pytest.mark.parametrize("voltage", [1.0, -1.0])
@pytest.mark.parametrize("kind", ["vacancies", "dopants"])
def test_vacancies_leave_the_positive_electrode_and_stay_in_the_film(kind: str, voltage: float) -> None:
    device, seen = film.line(kind, 2 * um, cells=40), list[State]()
    front = film.hold(device, 2 * um, voltage, until=0.2, longest=2.0, observe=seen.append)
    assert front.side == "anode"
    assert front.arrival(0.2) <= seen[-1].time < 2.0
    assert seen[-1].ion_inventory(film.VACANCY) == pytest.approx(
        film.PAIR.mean_density.si() * 2 * um * film.THICKNESS * film.WIDTH, rel=1e-9
    )
    assert abs(front.current[-1]) > 0 and np.sign(front.current[-1]) == np.sign(voltage)


def test_silver_of_the_anode_deposits_from_the_cathode_on_and_brings_the_current_up() -> None:
    front = film.hold(film.line("silver", 2 * um, cells=20), 2 * um, 2.0, until=0.6, longest=10.0, cuts=2)
    assert front.side == "cathode"
    assert front.current[-1] > 2 * np.interp(front.arrival(0.1), front.time, front.current)
    assert share_near_anode(front) > 0.9  # a metal bears no voltage


def test_without_silver_at_the_positive_electrode_nothing_deposits() -> None:
    front = film.hold(film.line("silver", 2 * um, cells=20), 2 * um, -2.0, until=0.1, longest=1.0)
    assert np.isnan(front.arrival(0.1)) and front.position.max() == 0.0


@pytest.mark.parametrize("where", [0.3, 0.7])
def test_the_front_is_where_half_of_the_vacancies_are_left(where: float) -> None:
    mean = film.PAIR.mean_density.si()
    state = with_ions(
        equilibrium(film.line("vacancies", 2 * um)),
        film.VACANCY,
        lambda x: mean / (1 + np.exp((where * 2 * um - x[0]) / (100 * nm))),
    )
    left, right = film.extent(state, 2 * um)
    assert left == pytest.approx(where * 2 * um, abs=1 * nm)
    assert right == 0.0


def test_the_cut_of_a_section_is_that_of_its_surface_over_the_gap() -> None:
    device = film.device("vacancies", 2 * um, cells=10, rows=100 * nm)
    x, nodes = film.places(device)
    points = device.mesh.mesh.geometry.x * device.mesh.unit
    assert x[0] == pytest.approx(-film.ELECTRODE) and x[-1] == pytest.approx(2 * um + film.ELECTRODE)
    assert points[nodes, 1] == pytest.approx(film.THICKNESS)


def test_a_line_of_one_over_the_current_squared_is_found_linear_in_time() -> None:
    time = np.linspace(0.1, 1.0, 40)
    front = Front(side="anode", gap=1.0, time=time, position=time, current=(2 + 3 * time) ** -0.5)
    assert front.linearity(0.0, 2.0) == pytest.approx(1.0, abs=1e-9)
    assert front.arrival(0.5) == pytest.approx(0.5)
    assert np.isnan(front.arrival(1.5))


def test_bad_input_is_one_clear_error() -> None:
    with pytest.raises(UnknownNameError, match="lateral film"):
        film.line("gold")
    time = np.linspace(0.1, 1.0, 4)
    with pytest.raises(OutOfRangeError, match="at least 5"):
        Front(side="anode", gap=1.0, time=time, position=time, current=time).linearity(0.0, 1.0)


def test_cuts_can_be_drawn(tmp_path) -> None:  # type: ignore[no-untyped-def]
    front = film.hold(film.line("vacancies", 2 * um, cells=20), 2 * um, 1.0, until=0.1, longest=1.0, cuts=2)
    assert len(front.cuts) == 2
    assert plot_cuts(front, tmp_path / "cuts.png").stat().st_size > 1000


@pytest.fixture(scope="module")
def figures() -> dict[str, Compared]:
    return {row.name: row for row in compare()}


@pytest.mark.slow
def test_the_front_of_a_section_over_coplanar_electrodes_is_that_of_the_line() -> None:
    gap = 10 * um
    flat = film.hold(film.line("vacancies"), gap, until=0.2, longest=2.0)
    section = film.hold(film.device("vacancies"), gap, until=0.2, longest=2.0)
    assert section.side == "anode"
    assert section.arrival(0.2) == pytest.approx(flat.arrival(0.2), rel=0.3)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_fronts_start_where_they_are_seen_and_only_dopants_have_the_published_current(
    figures: dict[str, Compared],
) -> None:
    for kind, side in (("vacancies", 1.0), ("dopants", 1.0), ("silver", 0.0)):
        assert figures[f"{kind}: side where it starts"].simulated == side
    assert figures["dopants: correlation of 1/I^2 and time"].simulated > 0.98
    assert figures["vacancies: correlation of 1/I^2 and time"].simulated < 0  # missed
    assert figures["silver: current at 0.9 L over that at 0.1 L"].simulated > 5
