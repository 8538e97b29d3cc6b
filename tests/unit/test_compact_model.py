"""The compact model: its limits, its file, and what a fit recovers from its own and from foreign traces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies import CompactModel, Rest, Sweep, Trace, fit
from studies.compact_equations import conduction_current, integrate_lag, steady_state, subdivided

TRUE = {
    "amplitude_0": 1e-9,
    "amplitude_1": 1e-7,
    "forward_exponent_0": 12.0,
    "forward_exponent_1": 10.0,
    "reverse_exponent_0": 3.0,
    "reverse_exponent_1": 4.0,
    "forward_saturation": 0.5,
    "reverse_saturation": 0.6,
    "half_voltage": 0.2,
    "width_voltage": 0.08,
    "time_constant": 60.0,
    "time_centre": 0.05,
    "time_slope": 0.25,
    "capacitance": 1e-9,
    "ionic_charge": 3e-9,
    "initial_state": 0.1,
}
PROTOCOL = Sweep(0, 1.2, -1.2, 0, rate=0.1) * 2


@pytest.fixture(scope="module")
def model() -> CompactModel:
    return CompactModel.from_values(TRUE, "A")


def _noisy(model: CompactModel, seed: int) -> Trace:
    """Return 1000 samples of the model with 1 % noise and a floor of 10 pA."""
    noise = np.random.default_rng(seed)
    time = np.unique(np.concatenate((np.linspace(0, PROTOCOL.duration, 1000), PROTOCOL.milestones)))
    clean = model.simulate(PROTOCOL, times=time)
    current = clean.current * np.exp(0.01 * noise.standard_normal(time.size))
    current = current + 1e-11 * noise.standard_normal(time.size)
    columns = {"time": time, "voltage": clean.voltage, "current": current, "cycle": clean.cycles}
    return Trace.from_columns(columns, {"protocol": PROTOCOL.describe()})


@pytest.fixture(scope="module")
def fitted(model: CompactModel) -> CompactModel:
    return fit(_noisy(model, 0))


def _two_ion_diode(rate: float) -> Trace:
    """Return a trace of another model: a Schottky diode whose barrier follows two ionic modes.

    With series resistance, leakage, capacitance and the displacement current of the modes.
    """
    protocol = Sweep(0, 1.2, -1.2, 0, rate=rate) * 2
    time = np.unique(np.concatenate((np.linspace(0, protocol.duration, 1000), protocol.milestones)))
    fine = np.linspace(0, protocol.duration, 20000)
    drive, step = protocol.voltage(fine), fine[1]
    shift, ionic = np.zeros(fine.size), np.zeros(fine.size)
    for amplitude, tau, width in ((1.0, 8.0, 0.25), (0.6, 60.0, 0.5)):
        target = np.tanh(drive / width)
        left = 1 - np.exp(-step * np.cosh(drive / 0.5) / tau)
        mode = np.zeros(fine.size)
        for k in range(fine.size - 1):
            mode[k + 1] = mode[k] + (target[k] - mode[k]) * left[k]
        shift += 0.12 * amplitude * mode
        ionic += 1e-10 * amplitude * np.gradient(mode, fine)
    voltage = protocol.voltage(time)
    saturation = 1e-13 * np.exp(np.interp(time, fine, shift) / 0.0259)
    low, high = np.minimum(voltage, 0), np.maximum(voltage, 0)
    for _ in range(80):  # bisection for the junction voltage
        u = 0.5 * (low + high)
        forward, reverse = np.exp(np.minimum(u / 0.04, 200)), np.exp(np.minimum(-u / 0.3, 50))
        current = saturation * (forward - 1) - 50 * saturation * (reverse - 1) + 3e-11 * u
        above = u + 2e3 * current > voltage
        low, high = np.where(above, low, u), np.where(above, u, high)
    total = (voltage - u) / 2e3 + np.interp(time, fine, ionic)
    total[1:] += 2e-10 * np.diff(voltage) / np.diff(time)
    columns = {"time": time, "voltage": voltage, "current": total, "cycle": protocol.cycle(time)}
    return Trace.from_columns(columns, {"protocol": protocol.describe()})


def test_zero_voltage_at_rest_gives_zero_current(model: CompactModel) -> None:
    for x in (0.0, 0.3, 1.0):
        assert conduction_current(model.values(), np.zeros(1), np.full(1, x))[0] == 0.0


def test_log_of_the_current_is_mixed_between_the_end_states(model: CompactModel) -> None:
    v = np.array([0.9])
    ends = [conduction_current(model.values(), v, np.array([x]))[0] for x in (0.0, 1.0)]
    middle = conduction_current(model.values(), v, np.array([0.5]))[0]
    assert np.log(middle) == pytest.approx(np.mean(np.log(ends)), abs=1e-3)


def test_constant_voltage_relaxes_exponentially(model: CompactModel) -> None:
    trace = model.simulate(Rest(50.0, 0.4))
    target = steady_state(model.values(), np.array([0.4]))[0]
    tau = TRUE["time_constant"] / np.cosh((0.4 - TRUE["time_centre"]) / TRUE["time_slope"])
    expected = target + (TRUE["initial_state"] - target) * np.exp(-trace.time / tau)
    np.testing.assert_allclose(trace.data["memory_state"], expected, rtol=1e-12)


def test_integration_is_of_second_order(model: CompactModel) -> None:
    t, v = PROTOCOL.kinks, PROTOCOL.voltage(PROTOCOL.kinks)

    def end(step: float) -> float:
        return float(integrate_lag(model.values(), *subdivided(t, v, step)[:2])[-1])

    exact = end(1e-5)
    errors = [abs(end(step) - exact) for step in (0.04, 0.02, 0.01)]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(orders, 2.0, atol=0.15)


def test_capacitance_alone_gives_a_displacement_current(model: CompactModel) -> None:
    small = CompactModel.from_values(
        TRUE | {"amplitude_0": 1e-30, "amplitude_1": 1e-30, "ionic_charge": 0.0}, "A"
    )
    trace = small.simulate(Sweep(0, 1, 0, rate=2.0))
    np.testing.assert_allclose(trace.current[1:201], 2e-9, rtol=1e-6)
    np.testing.assert_allclose(trace.current[201:], -2e-9, rtol=1e-6)


def test_huge_voltages_do_not_overflow(model: CompactModel) -> None:
    trace = model.simulate(Sweep(0, 1e6, -1e6, 0, rate=1e6))
    assert np.isfinite(trace.current).all()


def test_fast_memory_follows_without_noise(model: CompactModel) -> None:
    """Where x follows at once, the ionic current is Q dx_inf/dt, although x_inf - x is below rounding."""
    quiet = {"amplitude_0": 1e-40, "amplitude_1": 1e-40, "capacitance": 0.0, "time_constant": 1e-12}
    fast = CompactModel.from_values(TRUE | quiet | {"initial_state": 0.0}, "A")
    trace = fast.simulate(Sweep(0.1, 0.3, rate=1.0), points_per_segment=2000)
    expected = TRUE["ionic_charge"] * np.gradient(steady_state(TRUE, trace.voltage), trace.time)
    np.testing.assert_allclose(trace.current[2:-2], expected[2:-2], rtol=1e-3)


def test_fit_recovers_its_own_parameters_within_three_standard_errors(fitted: CompactModel) -> None:
    for name, value in TRUE.items():
        parameter = fitted.parameters[name]
        assert parameter.standard_error > 0
        assert abs(parameter.value - value) < 3 * parameter.standard_error, name


def test_fit_of_its_own_trace_is_as_good_as_the_noise(fitted: CompactModel) -> None:
    assert fitted.quality["rms_log10_error"] < 0.01
    assert fitted.quality["max_error_over_peak"] < 0.04
    assert fitted.quality["r_squared"] > 0.9999


def test_fit_is_the_same_each_time(model: CompactModel) -> None:
    trace = _noisy(model, 1)
    assert fit(trace, starts=3).values() == fit(trace, starts=3).values()


def test_fixed_parameters_stay_and_have_no_error(model: CompactModel) -> None:
    got = fit(_noisy(model, 2), fixed={"ionic_charge": 3e-9, "capacitance": 1e-9}, starts=4)
    assert got["ionic_charge"] == 3e-9
    assert np.isnan(got.parameters["ionic_charge"].standard_error)
    assert "ionic_charge" not in got.fitted
    assert len(got.covariance) == len(got.fitted) == len(TRUE) - 2


@pytest.mark.parametrize("rate", [0.02, 0.1, 1.0])
def test_foreign_trace_over_seven_decades_is_followed(rate: float) -> None:
    trace = _two_ion_diode(rate)
    got = fit(trace)
    assert got.quality["rms_log10_error"] < 0.2
    assert got.quality["max_error_over_peak"] < 0.2
    assert got.quality["r_squared"] > 0.995


def test_current_density_times_area_is_the_current(model: CompactModel) -> None:
    trace = _noisy(model, 0)
    columns = {"time": trace.time, "voltage": trace.voltage, "current_density": trace.current / 1e-8}
    dense = fit(Trace.from_columns(columns, {}), area=1e-8, starts=4)
    assert dense.current_unit == "A"
    assert dense.parameters["capacitance"].unit == "F"
    assert dense["amplitude_0"] == pytest.approx(TRUE["amplitude_0"], rel=0.1)
    again = dense.simulate((trace.time, trace.voltage)).current
    assert np.abs(again - trace.current).max() < 0.04 * np.abs(trace.current).max()


def test_file_gives_the_model_back(fitted: CompactModel, tmp_path: Path) -> None:
    path = fitted.save(tmp_path / "compact_model.json")
    again = CompactModel.load(path)
    assert again == fitted
    assert '"standard_error"' in path.read_text()
    assert "dx/dt = (x_inf - x)/tau" in path.read_text()
    assert again.provenance["trace"]["protocol"]["cycles"] == 2


def test_printing_shows_units_and_errors(fitted: CompactModel) -> None:
    row = next(line for line in str(fitted).splitlines() if line.startswith("half_voltage"))
    assert "+-" in row
    assert " V " in row


def test_bad_requests_are_named(model: CompactModel) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'capacitance'"):
        fit(_noisy(model, 0), fixed={"capacitence": 0.0})
    with pytest.raises(UnknownNameError, match="'barrier'"):
        CompactModel.from_values(TRUE | {"barrier": 1.0}, "A")
    with pytest.raises(IncompatibleError, match="lacks initial_state"):
        CompactModel.from_values({k: v for k, v in TRUE.items() if k != "initial_state"}, "A")
    with pytest.raises(OutOfRangeError, match="width_voltage is 0"):
        CompactModel.from_values(TRUE | {"width_voltage": 0.0}, "A")
    with pytest.raises(IncompatibleError, match="in A already"):
        fit(_noisy(model, 0), area=1.0)
    t = np.arange(10.0)
    with pytest.raises(OutOfRangeError, match="number of samples"):
        fit(Trace.from_columns({"time": t, "voltage": t, "current": t}, {}))
