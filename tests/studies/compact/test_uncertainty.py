"""What a fit says of its parameters: errors if neighbouring residuals go together, and what it does not know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fem.errors import ModelWarning
from studies import CompactModel, Sweep, Trace, fit
from studies.compact.uncertainty import uncertainty

SAMPLES = 800
LINE = np.stack((np.ones(SAMPLES), np.linspace(-1, 1, SAMPLES)), axis=1)


def _noise(rho: float, seed: int) -> np.ndarray:
    """Return residuals of standard deviation 0.1 whose neighbours have the correlation ``rho``."""
    white = np.random.default_rng(seed).normal(size=SAMPLES + 200) * np.sqrt(1 - rho**2)
    out = np.zeros(white.size)
    for k in range(1, white.size):
        out[k] = rho * out[k - 1] + white[k]
    return 0.1 * out[200:]


@pytest.mark.parametrize(("rho", "within"), [(0.0, 0.15), (0.6, 0.2), (0.9, 0.35)])
def test_standard_errors_are_the_scatter_of_the_estimates(rho: float, within: float) -> None:
    estimates, errors = [], []
    for seed in range(200):
        noise = _noise(rho, seed)
        found, *_ = np.linalg.lstsq(LINE, noise, rcond=None)
        known = uncertainty(LINE, noise - LINE @ found, lengths=[SAMPLES], scales=np.ones(2), size=1.0)
        estimates.append(found)
        errors.append(np.sqrt(np.diag(known.covariance)))
    np.testing.assert_allclose(np.mean(errors, axis=0), np.std(estimates, axis=0), rtol=within)


def test_two_series_are_not_neighbours() -> None:
    noise = _noise(0.9, 1)
    one = uncertainty(LINE, noise, lengths=[SAMPLES], scales=np.ones(2), size=1.0)
    two = uncertainty(LINE, noise, lengths=[400, 400], scales=np.ones(2), size=1.0)
    assert not np.allclose(one.covariance, two.covariance, rtol=1e-6)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=0.5, atol=1e-4)
    assert "Newey-West" in one.how


@pytest.mark.parametrize("effect", [0.0, 1e-12, 1e-5])
@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_parameter_without_an_effect_is_not_determined_and_spoils_no_other(
    effect: float, noise: float
) -> None:
    jacobian = np.column_stack((LINE, effect * np.sin(np.arange(SAMPLES))))
    residual = noise * np.random.default_rng(1).normal(size=SAMPLES)
    known = uncertainty(jacobian, residual, lengths=[SAMPLES], scales=np.ones(3), size=np.sqrt(SAMPLES))
    exact = noise == 0 and effect == 1e-5  # without noise even that is seen
    assert known.determined.tolist() == [True, True, exact]
    alone = uncertainty(LINE, residual, lengths=[SAMPLES], scales=np.ones(2), size=np.sqrt(SAMPLES))
    np.testing.assert_allclose(known.covariance[:2, :2], alone.covariance, rtol=0.02, atol=1e-30)


def test_of_two_parameters_that_act_alike_neither_is_determined() -> None:
    jacobian = np.column_stack((LINE, LINE[:, 1] * (1 + 1e-9)))
    residual = 0.1 * np.random.default_rng(1).normal(size=SAMPLES)
    known = uncertainty(jacobian, residual, lengths=[SAMPLES], scales=np.ones(3), size=np.sqrt(SAMPLES))
    assert known.determined.tolist() == [True, False, False]


# ---- what a model says

VALUES = {
    "emission_positive": 1.3e-8, "emission_negative": 2.5e-15, "drift_current": 3.1e-10, "image_force": 0.06,
    "thermal_voltage": 0.0259, "debye_share": 0.006, "time_constant": 32.0, "debye_charge": 1e-22,
    "initial_state": -4.5, "charge_sign": 1.0,
}  # fmt: skip
KNOWN = {
    n: VALUES[n] for n in ("image_force", "thermal_voltage", "debye_share", "initial_state", "charge_sign")
}
LOOP = Sweep(0, 1, -2, 0, rate=0.1)


def _trace(floor: float) -> Trace:
    """Return a loop of a model whose Debye charge makes no current, with 1 % of noise and a ``floor`` [A]."""
    clean = CompactModel.from_values(VALUES, "A").simulate(LOOP, points_per_segment=40)
    noise = np.random.default_rng(0)
    current = clean.current * np.exp(0.01 * noise.normal(size=clean.time.size))
    current = current + floor * noise.normal(size=clean.time.size)
    return Trace.from_columns({"time": clean.time, "voltage": clean.voltage, "current": current}, {})


@pytest.fixture(scope="module")
def undetermined() -> CompactModel:
    """Return the fit to a loop of fast ions: they forget where they began before the second sample."""
    fast = VALUES | {"time_constant": 1e-3, "debye_charge": 1e-16, "initial_state": 0.0}
    clean = CompactModel.from_values(fast, "A").simulate(LOOP, points_per_segment=40)
    current = clean.current * np.exp(0.01 * np.random.default_rng(0).normal(size=clean.time.size))
    trace = Trace.from_columns({"time": clean.time, "voltage": clean.voltage, "current": current}, {})
    fixed = {n: fast[n] for n in KNOWN if n != "initial_state"} | {"time_constant": 1e-3}
    with pytest.warns(ModelWarning, match="not determined: .*initial_state"):
        return fit(trace, fixed=fixed, starts=4)


def test_a_start_that_is_forgotten_is_not_determined(undetermined: CompactModel) -> None:
    start = undetermined.parameters["initial_state"]
    assert start.status == "not determined"
    assert np.isnan(start.standard_error)
    assert "initial_state" not in undetermined.fitted
    assert np.isfinite(undetermined.covariance).all()
    assert undetermined.fitted
    for name in undetermined.fitted:
        assert undetermined.parameters[name].status == "fitted"
        assert undetermined.parameters[name].standard_error > 0
    assert undetermined.parameters["image_force"].status == "fixed"


def test_print_file_and_subcircuit_repeat_it(undetermined: CompactModel, tmp_path: Path) -> None:
    for text in (str(undetermined), str(CompactModel.load(undetermined.save(tmp_path / "model.json")))):
        assert "warning: not determined: " in text
        assert "standard errors: Newey-West" in text
    head = undetermined.to_spice("cell").partition(".subckt")[0]
    assert f"* WARNING: {undetermined.warnings[0]}" in head
    assert "in Debye charges [1] not determined" in head


def test_a_parameter_at_its_bound_says_so_and_has_no_error() -> None:
    """A floor of noise asks for a charge below zero, which is at its lower bound."""
    with pytest.warns(ModelWarning, match="at its lower bound: debye_charge"):
        model = fit(_trace(1e-17), fixed=KNOWN, starts=4)
    assert np.isnan(model.parameters["debye_charge"].standard_error)
    assert "debye_charge" not in model.fitted


def test_a_bad_fit_is_called_bad_in_model_and_subcircuit() -> None:
    time = np.arange(401.0)
    volts = np.interp(time, [0, 100, 200, 300, 400], [0, 1, 0, -1, 0])
    on = (time >= 70) & (time < 360)
    columns = {"time": time, "voltage": volts, "current": np.where(on, volts / 1e3, volts / 1e6)}
    with pytest.warns(ModelWarning, match="the fit is bad: max_error_over_peak is .*, above 0.1"):
        model = fit(Trace.from_columns(columns, {}), starts=2)
    assert any("the fit is bad" in text for text in model.warnings)
    assert "* WARNING: the fit is bad" in model.to_spice("cell")


def test_a_good_fit_and_a_model_from_values_have_no_warnings() -> None:
    assert CompactModel.from_values(VALUES, "A").warnings == ()
