"""The compact model: its limits, its file, and what a fit finds in its own and in simulated traces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies import CompactModel, Pulse, Rest, Sweep, Trace, fit
from studies.compact.families.ion_screening import ION_SCREENING, steady_state
from studies.compact.family import Array
from studies.compact.fit import prediction_error
from tests.compact_values import VALUES as TRUE

PROTOCOL = Sweep(0, 1, -2, 0, rate=0.1) * 2
QUIET = {"emission_positive": 1e-60, "emission_negative": 1e-66}
#: What the simulated traces were made with: thickness [m], area [m^2], vacancies [m^-3] and their
#: diffusivity [m^2/s], permittivity [F/m], temperature [K], difference of work functions [V].
THICKNESS, AREA, VACANCIES, DIFFUSIVITY = 250e-9, np.pi * 125e-9**2, 1.6e25, 1.17e-17
PERMITTIVITY, TEMPERATURE, WORK_DIFFERENCE = 24.1 * VACUUM_PERMITTIVITY, 300.0, 0.4
FLOOR = 1e-15  # A: below it the simulated current is displacement


@pytest.fixture(scope="module")
def model() -> CompactModel:
    return CompactModel.from_values(TRUE, "A")


def _noisy(model: CompactModel, seed: int, samples: int = 400) -> Trace:
    """Return samples of the model with 1 % noise and a floor of 10 aA."""
    noise = np.random.default_rng(seed)
    time = np.unique(np.concatenate((np.linspace(0, PROTOCOL.duration, samples), PROTOCOL.milestones)))
    clean = model.simulate(PROTOCOL, times=time)
    current = clean.current * np.exp(0.01 * noise.standard_normal(time.size))
    current = current + 1e-17 * noise.standard_normal(time.size)
    columns = {"time": time, "voltage": clean.voltage, "current": current, "cycle": clean.cycles}
    return Trace.from_columns(columns, {"protocol": PROTOCOL.describe()})


def _simulated(rate: float, every: int = 1) -> Trace:
    """Return the drift-diffusion trace of the vertical device at ``rate`` [V/s]."""
    path = Path(__file__).parent / "data" / f"vertical_mapbi3_{rate}V_per_s.csv"
    table = np.loadtxt(path, delimiter=",")[::every]
    return Trace.from_columns(dict(zip(("time", "voltage", "current", "cycle"), table.T, strict=True)), {})


@pytest.fixture(scope="module")
def fitted(model: CompactModel) -> CompactModel:
    return fit(_noisy(model, 0))


@pytest.fixture(scope="module")
def device() -> CompactModel:
    """Return the fit to the simulated trace at 0.1 V/s."""
    return fit(_simulated(0.1))


def conduction_current(p: Mapping[str, float], v: Array, q: Array) -> Array:
    return ION_SCREENING.conducted(p, v, {"memory_state": q})


def layers(q: Array) -> tuple[Array, Array]:
    """Return the voltages of the enriched and the depleted layer [V_t]."""
    enriched, depleted = (
        ION_SCREENING.part(name, TRUE, 0.0, {"memory_state": q}) for name in ("enriched", "depleted")
    )
    return enriched, depleted


# ---- equations


def test_zero_voltage_gives_zero_conduction_and_no_jump(model: CompactModel) -> None:
    for q in (-8.0, 0.0, 8.0):
        left, zero, right = conduction_current(model.values(), np.array([-1e-9, 0.0, 1e-9]), np.full(3, q))
        assert zero == 0.0
        assert right == pytest.approx(-left, rel=1e-6)
        assert right > 0


@pytest.mark.parametrize("q", [0.01, 0.3, 1.0, 5.0, 50.0])
def test_layers_carry_opposite_charges_of_equal_size(q: float) -> None:
    enriched, depleted = layers(np.array(q))
    exact = 0.5 * q**2
    step = 0.01  # the explicit drops are right within 1 %

    def enriched_charge(a: float) -> float:
        return float(np.exp(a) - a - 1)

    def depleted_charge(d: float) -> float:
        return float(np.exp(-d) + d - 1)

    assert enriched_charge(enriched * (1 - step)) < exact < enriched_charge(enriched * (1 + step))
    assert depleted_charge(depleted * (1 - step)) < exact < depleted_charge(depleted * (1 + step))


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_turning_the_device_round_turns_voltage_and_current(sign: float) -> None:
    p = TRUE | {"charge_sign": sign}
    ratio = p["emission_positive"] / p["emission_negative"]
    turned = p | {"emission_positive": p["emission_negative"], "emission_negative": p["emission_positive"]}
    turned["drift_current"] = p["drift_current"] / ratio
    v, q = (a.ravel() for a in np.meshgrid(np.linspace(-2, 1, 31), np.linspace(-14, 9, 24)))
    forth, back = conduction_current(p, v, q), conduction_current(turned, -v, -q)
    np.testing.assert_allclose(forth, -back, rtol=2e-2)


def test_injection_limits_the_current_where_ions_pull_the_bulk_down() -> None:
    """At high voltage with screened bulk the current is thermionic emission with image-force lowering."""
    p = TRUE | {"debye_share": 1e-6}
    q = np.array([steady_state(p, 1.0)])
    lowering = p["image_force"] * np.sqrt(q) / p["thermal_voltage"]
    expected = p["emission_positive"] * np.exp(lowering)
    np.testing.assert_allclose(conduction_current(p, np.array([1.0]), q), expected, rtol=0.02)


def test_reverse_current_saturates_at_the_emission_of_the_other_electrode() -> None:
    p = TRUE | {"image_force": 0.0, "debye_share": 1e-6}
    q = np.array([steady_state(p, -1.5)])
    np.testing.assert_allclose(conduction_current(p, np.array([-1.5]), q), -p["emission_negative"], rtol=1e-3)


def test_rest_ends_in_the_steady_state(model: CompactModel) -> None:
    state = model.simulate(Rest(2000.0, 0.7)).data["memory_state"].values
    assert state[-1] == pytest.approx(steady_state(TRUE, 0.7), abs=1e-9)
    screened = TRUE["thermal_voltage"] * ION_SCREENING.part(
        "screened", TRUE, 0.0, {"memory_state": state[-1]}
    )
    assert screened == pytest.approx(0.7 - model.figure("built_in_voltage"), abs=1e-9)


def test_sparse_output_has_the_state_of_dense_output(model: CompactModel) -> None:
    coarse = model.simulate(Rest(20.0, 0.7), times=[0.0, 20.0]).data["memory_state"].values[-1]
    fine = model.simulate(Rest(20.0, 0.7), points_per_segment=20000).data["memory_state"].values[-1]
    assert coarse == pytest.approx(fine, abs=2e-3)


@pytest.mark.parametrize("wait", [1.0, 1e6])
def test_a_late_pulse_is_computed_like_an_early_one(wait: float) -> None:
    """After days a nanosecond has a few digits of the time left, but all of its own."""
    still = TRUE | {"initial_state": steady_state(TRUE, 0.0), "time_constant": 1e-8}
    late = Rest(wait, 0.0) + Pulse(0.5, 100e-9, rise=1e-9) + Rest(1e-6, 0.0)
    early = Pulse(0.5, 100e-9, rise=1e-9) + Rest(1e-6, 0.0)
    runs = [CompactModel.from_values(still, "A").simulate(p) for p in (early, late)]
    for name in ("voltage", "current", "memory_state"):
        first, second = (run.data[name].values for run in runs)
        assert second.max() == pytest.approx(first.max(), rel=1e-6)
    at = late.corners[1:-1]
    sparse = CompactModel.from_values(still, "A").simulate(late, times=at)
    assert sparse.voltage.tolist() == [0.0, 0.5, 0.5, 0.0]
    whole = runs[1].data["memory_state"].values[np.searchsorted(runs[1].time, at)]
    np.testing.assert_allclose(sparse.data["memory_state"], whole, atol=2e-2)


def test_frozen_ions_leave_the_geometric_capacitance() -> None:
    p = TRUE | QUIET | {"time_constant": 1e12, "drift_current": 1e-60}
    trace = CompactModel.from_values(p, "A").simulate(Sweep(0, 1, 0, rate=2.0))
    capacitance = p["debye_share"] * p["debye_charge"] / p["thermal_voltage"]
    np.testing.assert_allclose(trace.current[1:201], 2 * capacitance, rtol=1e-3)
    np.testing.assert_allclose(trace.current[201:], -2 * capacitance, rtol=1e-3)


def test_fast_ions_follow_without_noise() -> None:
    """Where the ions follow at once, the current is Q_D dq/dt, although the drop e is below rounding."""
    p = TRUE | QUIET | {"time_constant": 1e-12, "drift_current": 1e-60, "initial_state": 0.0}
    flat = p["thermal_voltage"] * np.log(p["emission_positive"] / p["emission_negative"])
    p |= {"initial_state": steady_state(p, flat + 0.1)}
    trace = CompactModel.from_values(p, "A").simulate(
        Sweep(flat + 0.1, flat + 0.5, rate=1.0), points_per_segment=2000
    )
    states = np.array([steady_state(p, v) for v in trace.voltage])
    expected = p["debye_charge"] * np.gradient(states, trace.time)
    np.testing.assert_allclose(trace.current[2:-2], expected[2:-2], rtol=2e-3)


def test_huge_voltages_do_not_overflow(model: CompactModel) -> None:
    with np.errstate(over="raise", invalid="raise"):
        trace = model.simulate(Sweep(0, 1e6, -1e6, 0, rate=1e6))
    assert np.isfinite(trace.current).all()


# ---- fit to its own traces


def test_fit_recovers_its_own_parameters_within_three_standard_errors(fitted: CompactModel) -> None:
    assert fitted["charge_sign"] == 1.0
    for name in fitted.fitted:
        parameter = fitted.parameters[name]
        assert parameter.standard_error > 0
        assert abs(parameter.value - TRUE[name]) < 3 * parameter.standard_error, name


def test_fit_of_its_own_trace_is_as_good_as_the_noise(fitted: CompactModel) -> None:
    assert fitted.quality["rms_log10_error"] < 0.01
    assert fitted.quality["max_error_over_peak"] < 0.04
    assert fitted.quality["r_squared"] > 0.9999


def test_fit_is_the_same_each_time(model: CompactModel) -> None:
    trace = _noisy(model, 1, 100)
    assert fit(trace, starts=2).values() == fit(trace, starts=2).values()


def test_fixed_parameters_stay_and_have_no_error(model: CompactModel) -> None:
    fixed = {"thermal_voltage": 0.0259, "debye_charge": 2e-16, "charge_sign": 1.0}
    got = fit(_noisy(model, 2, 100), fixed=fixed, starts=6)
    assert {n: got[n] for n in fixed} == pytest.approx(fixed, rel=1e-12)
    assert np.isnan(got.parameters["debye_charge"].standard_error)
    assert "debye_charge" not in got.fitted
    assert len(got.covariance) == len(got.fitted) == len(TRUE) - 3


def test_current_density_times_area_is_the_current(model: CompactModel) -> None:
    trace = _noisy(model, 0, 200)
    columns = {"time": trace.time, "voltage": trace.voltage, "current_density": trace.current / 1e-13}
    dense = fit(Trace.from_columns(columns, {}), area=1e-13, fixed={"charge_sign": 1.0}, starts=10)
    assert dense.current_unit == "A"
    assert dense.parameters["debye_charge"].unit == "C"
    assert dense["drift_current"] == pytest.approx(TRUE["drift_current"], rel=0.1)
    again = dense.simulate((trace.time, trace.voltage)).current
    assert np.abs(again - trace.current).max() < 0.05 * np.abs(trace.current).max()


# ---- fit to the simulated device


def test_simulated_loop_over_seven_decades_is_followed(device: CompactModel) -> None:
    error = prediction_error(device, _simulated(0.1), current_floor=FLOOR)
    assert error["rms_log10_error"] < 0.02
    assert error["max_error_over_peak"] < 0.02


def test_every_parameter_of_the_simulated_device_has_a_smaller_error(device: CompactModel) -> None:
    assert len(device.fitted) == len(TRUE) - 1
    for name in device.fitted:
        share = 0.9 if name == "debye_charge" else 0.15  # a charge that the peak says little of
        assert device.parameters[name].standard_error < share * abs(device[name]), name


def test_parameters_are_those_of_the_simulated_device(device: CompactModel) -> None:
    """Built-in voltage, kT/q, Debye length over thickness, its time constant, and the capacitance."""
    kt = BOLTZMANN * TEMPERATURE / ELEMENTARY_CHARGE
    debye = np.sqrt(PERMITTIVITY * kt / (ELEMENTARY_CHARGE * VACANCIES))
    assert device["charge_sign"] == 1.0
    assert device.figure("built_in_voltage") == pytest.approx(WORK_DIFFERENCE, abs=0.01)
    assert device["thermal_voltage"] == pytest.approx(kt, rel=0.01)
    assert device["debye_share"] == pytest.approx(debye / THICKNESS, rel=0.1)
    assert device["time_constant"] == pytest.approx(debye * THICKNESS / DIFFUSIVITY, rel=0.05)
    charge = PERMITTIVITY * kt / debye * AREA
    assert abs(device["debye_charge"] - charge) < 3 * device.parameters["debye_charge"].standard_error


def test_start_of_the_simulated_device_is_equilibrium(device: CompactModel) -> None:
    assert device["initial_state"] == pytest.approx(steady_state(device.values(), 0.0), abs=0.3)


def test_doubled_rate_is_predicted(device: CompactModel) -> None:
    error = prediction_error(device, _simulated(0.2), current_floor=FLOOR)
    assert error["rms_log10_error"] < 0.08
    assert error["max_error_over_peak"] < 0.12


def test_forward_lobe_crosses_as_in_the_simulation(device: CompactModel) -> None:
    """Below about 0.4 V the way up carries more current, above it the way down."""
    seen = _simulated(0.1)
    trace = device.simulate((seen.time, seen.voltage))
    for current in (seen.current, trace.current):
        last = seen.time > 60
        up, down = last & (seen.time <= 70), last & (seen.time >= 70) & (seen.time <= 80)

        def at(voltage: float, leg: np.ndarray, current: np.ndarray = current) -> float:
            order = np.argsort(seen.voltage[leg])
            return float(np.interp(voltage, seen.voltage[leg][order], current[leg][order]))

        assert at(0.2, up) > 30 * at(0.2, down)
        assert at(0.65, down) > 3 * at(0.65, up)


def test_several_rates_are_fitted_together() -> None:
    traces = [_simulated(0.1, 3), _simulated(0.2, 3)]
    joint = fit(traces, starts=10, current_floor=FLOOR)
    assert joint.quality["rms_log10_error"] < 0.06
    assert joint.quality["max_error_over_peak"] < 0.08
    assert joint.quality["samples"] == sum(t.time.size for t in traces)
    assert len(joint.provenance["traces"]) == 2


# ---- file, text, errors


def test_file_gives_the_model_back(fitted: CompactModel, tmp_path: Path) -> None:
    path = fitted.save(tmp_path / "compact_model.json")
    again = CompactModel.load(path)
    assert again == fitted
    content = json.loads(path.read_text())
    assert content["parameters"]["time_constant"]["standard_error"] > 0
    assert content["equations"]["d(memory_state)/dt [1/s]"] == "drop/time_constant"
    assert content["family"] == "ion screening"
    assert again.provenance["trace"]["protocol"]["cycles"] == 2


def test_printing_shows_units_and_errors(fitted: CompactModel) -> None:
    row = next(line for line in str(fitted).splitlines() if line.startswith("thermal_voltage"))
    assert "+-" in row
    assert " V " in row


def test_bad_requests_are_named(model: CompactModel) -> None:
    trace = _noisy(model, 0, 100)
    with pytest.raises(UnknownNameError, match="did you mean 'debye_charge'"):
        fit(trace, fixed={"debye_charg": 0.0})
    with pytest.raises(UnknownNameError, match="'barrier'"):
        CompactModel.from_values(TRUE | {"barrier": 1.0}, "A")
    with pytest.raises(IncompatibleError, match="lacks initial_state"):
        CompactModel.from_values({k: v for k, v in TRUE.items() if k != "initial_state"}, "A")
    with pytest.raises(OutOfRangeError, match="time_constant is 0"):
        CompactModel.from_values(TRUE | {"time_constant": 0.0}, "A")
    with pytest.raises(OutOfRangeError, match="charge_sign"):
        fit(trace, fixed={"charge_sign": 0.0})
    with pytest.raises(IncompatibleError, match="in A already"):
        fit(trace, area=1.0)
    with pytest.raises(
        OutOfRangeError, match=r"current_floor of the fit is 1\.0; it must be below the largest"
    ):
        fit(trace, current_floor=1.0)
    with pytest.raises(IncompatibleError, match="a row and a column for each fitted parameter"):
        replace(model, fitted=("time_constant",), covariance=((1.0, 2.0),))
    with pytest.raises(OutOfRangeError, match="between 1e-24 and 100 m"):
        CompactModel.from_values(TRUE, "A/m^2").with_area(1e300)
    t = np.arange(10.0)
    with pytest.raises(OutOfRangeError, match="number of samples"):
        fit(Trace.from_columns({"time": t, "voltage": t, "current": t}, {}))
