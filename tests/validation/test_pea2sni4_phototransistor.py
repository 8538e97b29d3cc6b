"""The (PEA)2SnI4 phototransistor: paired pulses as calibrated, two times of the decay, fewer deep levels, no red."""

from __future__ import annotations

import numpy as np
import pytest

from fem import Device
from fem.errors import IncompatibleError
from studies.comparisons.compared import Compared
from studies.comparisons.pea2sni4_phototransistor import WIDTHS, compare
from studies.devices import pea2sni4_phototransistor as film


@pytest.fixture(scope="module")
def transistor() -> Device:
    return film.device()


@pytest.fixture(scope="module")
def figures() -> dict[str, Compared]:
    return {row.name: row for row in compare()}


def test_paired_pulses_are_as_calibrated(transistor: Device) -> None:
    assert film.paired(transistor) == pytest.approx(1.297, abs=0.005)


def test_paired_pulses_do_not_depend_on_the_mesh(transistor: Device) -> None:
    assert film.paired(film.device(fine=0.6)) == pytest.approx(film.paired(transistor), abs=0.01)


def test_facilitation_fades_with_the_interval(transistor: Device) -> None:
    ratios = [film.paired(transistor, interval) for interval in (0.3, 3.0)]
    assert ratios[0] > ratios[1] > 1


def test_light_adds_holes_that_outlast_it(transistor: Device) -> None:
    trace = film.run(transistor, film.flashes(rest=5.0))
    above = film.excess(trace)
    assert above.min() > -1e-6 * above.max()
    assert 0.1 < film.faded(trace, film.PULSE, np.array([0.5]))[0] / above.max() < 0.9


def test_red_light_below_the_exciton_makes_no_pairs() -> None:
    with pytest.raises(IncompatibleError, match="makes no pairs"):
        film.start(film.device(wavelength=660e-9))


def test_photocurrent_grows_with_the_irradiance_and_less_than_it() -> None:
    peaks = [film.excess(film.run(film.device(irradiance=x), film.flashes())).max() for x in (0.116, 1.16)]
    assert 1 < peaks[1] / peaks[0] < 10


@pytest.mark.slow
def test_two_times_are_preferred_and_the_slow_one_is_of_the_deep_levels(
    figures: dict[str, Compared],
) -> None:
    for width in ("20 ms", "10 s"):
        assert figures[f"BIC of one less that of two times, {width}"].simulated > 10
    assert figures["t2 with SnF2 over without, 10 s"].simulated < 0.5
    assert 0.5 < figures["t1 with SnF2 over without, 10 s"].simulated < 1.2


@pytest.mark.slow
def test_the_slow_time_grows_with_the_pulse_and_saturates_above_ten_seconds(
    figures: dict[str, Compared],
) -> None:
    slow = [figures[f"t2 after {width:g} s"].simulated for width in WIDTHS]
    assert np.all(np.diff(slow) > 0)
    assert slow[-1] / slow[-2] < 1.1


@pytest.mark.slow
def test_a_pulse_and_a_thousand_seconds_take_few_steps(figures: dict[str, Compared]) -> None:
    assert figures["most steps of a pulse and 1000 s"].simulated <= 500


@pytest.mark.slow
def test_more_pulses_leave_more(figures: dict[str, Compared]) -> None:
    left = [figures[f"left after 10 s of {n} pulses, 1 s apart"].simulated for n in (1, 5, 20)]
    assert left[0] < left[1] < left[2]
