"""Laws of conduction are told from each other where a curve tells them, and only there."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import ModuleType

import matplotlib.pyplot as plt
import numpy as np
import pytest

from fem import steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, OutOfRangeError
from studies import Trace, conduction_mechanism
from studies.devices import prpyrpbi3
from studies.devices.shared.filament_runs import OPTIONS
from tests.analytic.test_space_charge import LENGTH, MOBILITY, PERMITTIVITY, T, film_of, slab
from tests.conduction_draws import FORMULAS, NOISE, draws, two_laws, verdict

SERIES = (250.0, 300.0, 350.0)
V = np.geomspace(0.05, 5.0, 60)


def noisy(current: np.ndarray, seed: int = 0, noise: float = NOISE) -> np.ndarray:
    return current * (1 + noise * np.random.default_rng(seed).standard_normal(current.size))


def drawn(law: str, **options: object) -> list:
    return [draw for draw in draws(8 * len(FORMULAS), **options) if draw.law == law]


def counted(found: list) -> Counter:
    return Counter(verdict(draw, draw.classified()) for draw in found)


def test_every_law_is_named_through_noise_and_none_is_misnamed() -> None:
    count = counted(list(draws(3 * len(FORMULAS), seed=11)))
    assert count["named"] >= 0.9 * 3 * len(FORMULAS) and count["wrong"] == 0


@pytest.mark.slow
def test_of_two_hundred_draws_95_per_cent_are_named_and_less_than_2_misnamed() -> None:
    count = counted(list(draws(204)))
    assert count["named"] >= 0.95 * 204 and count["wrong"] < 0.02 * 204


def test_a_narrow_range_is_left_undecided_rather_than_misnamed() -> None:
    narrow = [
        replace(draw, voltage=np.geomspace(draw.voltage[-1] / 2, draw.voltage[-1], 40))
        for draw in draws(2 * len(FORMULAS), seed=5)
    ]
    count = counted(narrow)
    assert count["wrong"] == 0 and count["undecided"] >= 2


@pytest.mark.parametrize("law", ["hopping", "direct tunnelling"])
def test_only_temperature_tells_hopping_from_direct_tunnelling(law: str) -> None:
    one, several = drawn(law)[0], drawn(law, temperatures=SERIES)[0]
    found = one.classified()
    assert found.names == ("hopping or direct tunnelling",) and "temperature" in found.ranges[0].reason
    assert several.classified().names == (law,)


@pytest.mark.parametrize("law", FORMULAS)
def test_a_series_of_temperatures_names_every_law(law: str) -> None:
    count = counted(drawn(law, temperatures=SERIES)[:2])
    assert count == {"named": 2}


def test_barrier_and_permittivity_of_trapped_and_emitted_electrons_are_those_of_the_film() -> None:
    d, area, kt = 100e-9, 1e-8, 8.617333e-5
    for law, power, times, phi, eps in (
        ("Schottky emission", 0, 1, 0.7, 4.0),
        ("Poole-Frenkel", 1, 2, 0.5, 6.0),
    ):
        lowering = times * np.sqrt(ELEMENTARY_CHARGE * V / (4 * np.pi * eps * VACUUM_PERMITTIVITY * d))
        scale = {0: 1.20173e6 * area, 1: 1e-3}[power]
        curves = [
            (V, noisy(scale * (t**2 if power == 0 else V) * np.exp(-(phi - lowering) / (kt * t)), int(t)))
            for t in SERIES
        ]
        best = conduction_mechanism(curves, temperature=SERIES, thickness=d, area=area).ranges[0].best
        figures = {name: (value, error) for name, value, error, _ in best.figures}
        assert best.law.name == law
        assert figures["barrier"][0] == pytest.approx(phi, abs=4 * figures["barrier"][1])
        assert figures["barrier"][1] < 0.01
        value, error = figures["optical_permittivity"]
        assert value == pytest.approx(eps, abs=4 * error) and error < 0.05 * eps


def test_the_barrier_of_fowler_and_nordheim_is_that_of_the_film() -> None:
    draw = drawn("Fowler-Nordheim")[0]
    free = draw.classified().ranges[0].best.figures[-1]
    light = draw.classified(effective_mass=0.125).ranges[0].best.figures[-1]
    assert free.name == "barrier, mass m0" and light.name == "barrier"
    assert light.value == pytest.approx(2 * free.value, rel=1e-9)  # B is sqrt(m) φ^1.5


def test_a_law_that_cannot_be_that_of_the_film_is_refused_in_words() -> None:
    current = noisy(1e-9 * V * np.exp(6 * np.sqrt(V)))
    free = conduction_mechanism((V, current), temperature=300)
    assert free.names == ("Poole-Frenkel",)
    thick = conduction_mechanism((V, current), temperature=300, thickness=1e-5)
    refused = {fit.law.name: fit.objection for fit in thick.ranges[0].fits}
    assert "Poole-Frenkel" not in thick.names and "optical permittivity is 0." in refused["Poole-Frenkel"]
    known = conduction_mechanism((V, current), temperature=300, thickness=1e-7, optical_permittivity=20.0)
    refused = {fit.law.name: fit.objection for fit in known.ranges[0].fits}
    assert "the film, with 20, may have 10 to 40" in refused["Poole-Frenkel"]


def test_a_barrier_below_zero_is_refused() -> None:
    kt = 8.617333e-5
    curves = [(V, noisy(V * np.exp(0.2 / (kt * t) * (np.sqrt(V) + 1)), int(t))) for t in SERIES]
    found = conduction_mechanism(curves, temperature=SERIES)
    refused = {fit.law.name: fit.objection for fit in found.ranges[0].fits}
    assert "barrier is -0.2" in refused["Poole-Frenkel"] and "Poole-Frenkel" not in found.names


def test_an_ohmic_curve_says_which_laws_are_ohmic_at_its_voltages() -> None:
    found = conduction_mechanism((V, noisy(1e-9 * np.sinh(V / 100))), noise=NOISE)
    assert found.names == ("ohmic",)
    assert "hopping" in found.ranges[0].reason and "direct tunnelling" in found.ranges[0].reason


def test_a_wire_that_conducts_worse_when_hot_is_ohmic() -> None:
    curves = [(V, noisy(1e-3 * V * 300 / t, int(t))) for t in SERIES]
    found = conduction_mechanism(curves, temperature=SERIES)
    assert found.names == ("ohmic",)
    assert found.ranges[0].best.parameters["barrier"][0] < 0


def test_ohmic_trap_filled_and_space_charge_ranges_are_found_with_the_density_of_traps() -> None:
    rise = np.where(V < 1.0, V, np.where(V < 1.6, V**18, 1.6**18 * (V / 1.6) ** 2))
    found = conduction_mechanism((V, noisy(1e-9 * rise)), temperature=300, thickness=2e-7, permittivity=25.0)
    assert found.names[:2] == ("ohmic", "trap-filled limit")
    assert "space charge" in found.names[2] + found.ranges[2].reason
    assert found.ranges[0].high == pytest.approx(1.0, rel=0.09)
    assert found.trap_filled_voltage == pytest.approx(1.6, rel=0.09)
    expected = 2 * 25 * VACUUM_PERMITTIVITY * found.trap_filled_voltage / (ELEMENTARY_CHARGE * 4e-14)
    assert found.trap_density == pytest.approx(expected, rel=1e-9)
    assert "trap_density" in repr(found)


def test_two_laws_are_found_with_the_voltage_between_them_and_no_third_one() -> None:
    every = list(two_laws(12))
    assert not [found.names for laws, _, found in every if set(found.names) - {*laws, "undecided"}]
    both = [(at, found) for laws, at, found in every if found.names == laws]
    assert len(both) >= 7
    assert np.median([abs(np.log(found.ranges[0].high / at)) for at, found in both]) < 0.1


def test_space_charge_of_finite_elements_has_its_name_and_mobility(devices: ModuleType) -> None:
    """The film is ohmic by diffusion at low voltage (4π² V), and follows Mott and Gurney at high voltage."""
    cell = slab(devices, film_of(devices), size=4, interface=0.02, growth=1.3)
    voltage, current, last = np.geomspace(0.2, 60.0, 24), np.empty(24), None
    for k, volts in enumerate(voltage):
        last = steady(cell, {"top": float(volts)}, start=last, max_bias_step=4.0)
        current[k] = last.current("top")
    film = {"thickness": LENGTH, "area": 1.0, "permittivity": PERMITTIVITY}
    for low, name in ((0.1, "ohmic and space charge"), (12.0, "space charge")):
        use = voltage > low
        curve = voltage[use], current[use]
        found = conduction_mechanism(curve, temperature=T, noise=NOISE, **film).ranges[0]
        assert found.name == name
        mobility = found.best.figures[-1]
        assert mobility.name == "mobility" and mobility.value == pytest.approx(MOBILITY, rel=0.12)


def test_a_curve_of_no_law_is_undecided() -> None:
    wave = noisy(1e-9 * V * np.exp(0.5 * np.sin(5 * np.log(V))))
    found = conduction_mechanism((V, wave), noise=NOISE, most_ranges=1)
    assert found.names == ("undecided",) and found.ranges[0].confidence == 0
    assert "no law fits within the noise" in found.ranges[0].reason


@pytest.mark.parametrize("rectified", [True, False])
@pytest.mark.parametrize("voltage", [V, np.linspace(-2.0, 2.0, 101)], ids=["one polarity", "both"])
def test_pure_noise_is_of_no_law(rectified: bool, voltage: np.ndarray) -> None:
    named = []
    for seed in range(20):
        noise = 1e-12 * np.random.default_rng(seed).standard_normal(voltage.size)
        current = np.abs(noise) * np.sign(voltage) if rectified else noise
        named += [r.name for r in conduction_mechanism((voltage, current)).ranges if r.name != "undecided"]
    assert len(named) <= 1


def test_of_noise_it_is_said_that_the_voltage_does_nothing() -> None:
    noise = np.abs(np.random.default_rng(3).standard_normal(V.size))
    found = conduction_mechanism((V, noise), most_ranges=1)
    assert "the voltage does not change fits as well as" in found.ranges[0].reason


def test_one_law_is_not_found_with_another_shape_in_each_range() -> None:
    found = conduction_mechanism((V, noisy(1e-9 * V**1.5)))
    assert set(found.names) == {"undecided"}


def test_polarities_are_fitted_together_only_if_they_are_alike() -> None:
    both = np.concatenate((-V[::-1], V))
    alike = noisy(np.sign(both) * 1e-9 * both**2)
    assert [r.polarity for r in conduction_mechanism((both, alike)).ranges] == [0]
    apart = conduction_mechanism((both, np.where(both > 0, alike, 1e-6 * both)))
    assert [(r.polarity, r.name) for r in apart.ranges] == [(1, "space charge"), (-1, "ohmic")]


def test_each_branch_of_a_loop_has_its_law() -> None:
    up = np.linspace(0, 2, 41)
    voltage = np.concatenate((up, up[-2::-1]))
    current = np.concatenate((1e-9 * np.sinh(3 * up), 1e-4 * up[-2::-1]))
    columns = {"time": np.arange(voltage.size), "voltage": voltage, "current": noisy(current)}
    trace = Trace.from_columns(columns, {})
    assert conduction_mechanism(trace).names == ("hopping or direct tunnelling",)
    assert conduction_mechanism(trace, branch="return").names == ("ohmic",)


def test_the_noise_is_estimated() -> None:
    found = [conduction_mechanism((V, noisy(1e-9 * V**2, k)), most_ranges=1).noise for k in range(30)]
    assert np.mean(found) == pytest.approx(NOISE, rel=0.1)


def test_currents_below_their_error_do_not_count() -> None:
    current = np.where(V < 0.5, 3e-12, 1e-9 * V**2)
    columns = {"time": np.arange(60), "voltage": V, "current": noisy(current), "current_error": 4e-12 + 0 * V}
    found = conduction_mechanism(Trace.from_columns(columns, {}))
    assert found.names == ("space charge",) and found.ranges[0].low >= 0.5


def test_errors_are_those_of_many_trials() -> None:
    trials = [
        conduction_mechanism((V, noisy(V * np.exp(5 * np.sqrt(V)), k)), noise=NOISE, most_ranges=1)
        for k in range(25)
    ]
    shapes = np.array([t.ranges[0].best.parameters["shape"] for t in trials])
    assert np.std(shapes[:, 0], ddof=1) == pytest.approx(shapes[:, 1].mean(), rel=0.4)
    assert shapes[:, 0].mean() == pytest.approx(5.0, abs=shapes[:, 1].mean())


def test_it_prints_and_draws_its_laws() -> None:
    draw = drawn("Schottky emission", temperatures=SERIES)[0]
    found = draw.classified()
    text = str(found)
    for word in ("Schottky emission", "Akaike weight", "barrier", "eV", "standard error"):
        assert word in text
    ax = found.plot()
    assert ax.get_xscale() == ax.get_yscale() == "log"
    drawn_law = ax.get_lines()[len(SERIES)]
    at, value = drawn_law.get_xdata(), drawn_law.get_ydata()
    assert value == pytest.approx(draw.current(np.asarray(at), SERIES[0]), rel=0.1)
    plt.close(ax.figure)


def test_data_that_make_no_curve_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match="current along the voltage"):
        conduction_mechanism((V, -V))
    with pytest.raises(IncompatibleError, match="equal length"):
        conduction_mechanism((V, V[:-1]))
    with pytest.raises(IncompatibleError, match="temperature each"):
        conduction_mechanism([(V, V), (V, V)])


@pytest.mark.slow
@pytest.mark.parametrize(("gap", "lowest", "highest"), [(0.0, 0.0, 0.05), (0.7e-9, 0.4, 0.5)])
def test_read_curves_of_the_reference_dot_are_ohmic(gap: float, lowest: float, highest: float) -> None:
    """Its conductivity depends on the vacancies alone: the gap of OFF is activated, and neither tunnels nor hops."""
    voltage, curves = np.geomspace(0.05, 0.5, 6), []
    for kelvin in (300.0, 350.0):
        cell = prpyrpbi3.device(temperature=kelvin)
        begin = prpyrpbi3.start(cell, gap=gap)
        read = [
            steady(cell, {"top": float(v)}, start=begin, frozen_ions=True, options=OPTIONS) for v in voltage
        ]
        curves.append((voltage, [state.current("top") for state in read]))
    found = conduction_mechanism(curves, temperature=[300.0, 350.0])
    assert found.names == ("ohmic",)
    assert lowest < found.ranges[0].best.parameters["barrier"][0] < highest


def test_a_current_that_does_not_grow_is_of_no_law() -> None:
    voltage = np.geomspace(0.1, 5, 40)
    assert conduction_mechanism((voltage, np.full(40, 1e-9))).names == ("undecided",)


@pytest.mark.parametrize("factor", [1e300, 1e-300])
def test_sizes_that_have_no_squares_are_refused(factor: float) -> None:
    voltage = np.geomspace(0.1, 5, 40) * factor
    with pytest.raises(OutOfRangeError, match="largest voltage"):
        conduction_mechanism((voltage, voltage))


def test_an_empty_curve_and_an_impossible_noise_are_refused() -> None:
    voltage = np.geomspace(0.1, 5, 40)
    with pytest.raises(OutOfRangeError, match="largest voltage"):
        conduction_mechanism((np.zeros(0), np.zeros(0)))
    for noise in (1e-300, 1e300):
        with pytest.raises(OutOfRangeError, match="noise"):
            conduction_mechanism((voltage, 1e-9 * voltage), noise=noise)
