"""Samples of what traces leave open: widths against closed forms and the fit's errors, chains that are too short."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import t as student

from fem.errors import (
    ConvergenceError,
    IncompatibleError,
    MissingSoftwareError,
    ModelWarning,
    UnknownNameError,
)
from studies import CompactModel, Posterior, Rest, Sweep, Trace, fit, posterior
from studies.compact.family import Declared, Family
from studies.compact.fit_data import Conditions, FitData
from tests.family_values import LEVER

CUBIC = Family(
    name="cubic",
    source="a test",
    parameters={
        n: Declared(unit="{A}/V^" + str(k), meaning="of a power", lower=-1.0, upper=1.0)
        for k, n in enumerate("abc", 1)
    },
    states={},
    current="a*v + b*v**2 + c*v**3",
)
TRUE = CompactModel.from_values({"G_0": 1e-5, "rise": 0.4, "m_start": 0.2}, "A", LEVER)
LOOP = Sweep(0, 1, -1, 0, rate=0.5)


def noisy(clean: Trace, size: float, rho: float = 0.0, *, relative: bool = True) -> Trace:
    """Return a trace with noise of ``size`` whose neighbours have the correlation ``rho``."""
    white = np.random.default_rng(3).normal(size=clean.time.size) * np.sqrt(1 - rho**2)
    noise = white.copy()
    for k in range(1, noise.size):
        noise[k] = rho * noise[k - 1] + white[k]
    scale = clean.current if relative else np.abs(clean.current).max()
    columns = {"time": clean.time, "voltage": clean.voltage, "current": clean.current + size * noise * scale}
    return Trace.from_columns(columns, {})


@pytest.fixture(scope="module")
def lever() -> tuple[CompactModel, Trace, Posterior]:
    trace = noisy(TRUE.simulate(LOOP, points_per_segment=120), 0.02, rho=0.7)
    model = fit(trace, family=LEVER, starts=6)
    return model, trace, posterior(model, trace, steps=1200)


def test_of_a_linear_problem_it_is_students_distribution() -> None:
    """p ~ S^(-N/2) with S = S_0 + d^T J^T J d is Student's, of N - n degrees of freedom."""
    true = CompactModel.from_values({"a": 1e-5, "b": 4e-6, "c": -3e-6}, "A", CUBIC)
    trace = noisy(true.simulate(LOOP, points_per_segment=30), 0.05, relative=False)
    floor = 0.95 * float(np.abs(trace.current).max())  # currents count linearly
    with pytest.warns(ModelWarning, match="the fit is bad"):  # for its noise
        model = fit(trace, family=CUBIC, current_floor=floor, starts=4)
    data = FitData.of(trace, CUBIC, floor, 30.0)
    values, names = model.values(), tuple("abc")
    step = 1e-9
    sides = [[data.residual(CUBIC, values | {n: values[n] + s * step}, 1e-9) for s in (1, -1)] for n in names]
    jacobian = np.stack([(high - low) / (2 * step) for high, low in sides], axis=1)
    residual = data.residual(CUBIC, values, 1e-9)
    found = posterior(model, trace, steps=1500)
    free = found.independent - 3
    assert found.independent == pytest.approx(trace.time.size, rel=0.3)
    width = np.sqrt(residual @ residual / free * np.diag(np.linalg.inv(jacobian.T @ jacobian)))
    for k, (name, (low, middle, high)) in enumerate(found.quantiles((0.16, 0.5, 0.84)).items()):
        assert high - low == pytest.approx(2 * student.ppf(0.84, free) * width[k], rel=0.08), name
        assert abs(middle - model[name]) < 0.12 * width[k]
    np.testing.assert_allclose(
        np.corrcoef(found.samples.T), _correlation(np.linalg.inv(jacobian.T @ jacobian)), atol=0.06
    )


def _correlation(covariance: np.ndarray) -> np.ndarray:
    size = np.sqrt(np.diag(covariance))
    return covariance / np.outer(size, size)


def test_where_neighbours_go_together_it_is_as_wide_as_the_errors_of_the_fit(
    lever: tuple[CompactModel, Trace, Posterior],
) -> None:
    """Errors of Newey and West scatter: of four such traces the ratio is 0.87 to 1.39. Taken for independent, the
    residuals would give less than half of the width."""
    model, trace, found = lever
    assert found.independent < 0.25 * trace.time.size
    for name, (low, middle, high) in found.quantiles().items():
        error = model.parameters[name].standard_error
        assert (high - low) / 2 == pytest.approx(error, rel=0.4), name
        assert abs(middle - model[name]) < 0.6 * error
        assert abs(middle - TRUE[name]) < 3.5 * error
    assert found.lengths > 50 and 0.2 < found.acceptance < 0.7
    assert "chain over autocorrelation" in str(found) and "G_0" in str(found)


def test_a_seed_gives_the_same_samples(lever: tuple[CompactModel, Trace, Posterior]) -> None:
    model, trace, _ = lever
    own = {"parameters": ("G_0",), "steps": 250, "walkers": 8}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        one, two, other = (posterior(model, trace, **own, seed=s).samples for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert one.shape != other.shape or not np.allclose(one, other)


def test_a_chain_too_short_is_refused_or_warned_of_with_the_steps_that_it_needs(
    lever: tuple[CompactModel, Trace, Posterior],
) -> None:
    model, trace, _ = lever
    with pytest.raises(ConvergenceError, match=r"is too short: .* make [0-9]+ steps or more"):
        posterior(model, trace, steps=100)
    with pytest.warns(ModelWarning, match="autocorrelation times; quantiles need 50"):
        posterior(model, trace, steps=400)


def test_a_parameter_that_a_trace_leaves_open_fills_its_range_and_a_held_one_stays() -> None:
    """Of a cell that is written to the end at once nobody sees where it began."""
    values = {"G_0": 1e-5, "rise": 1e5, "m_start": 0.2}
    clean = CompactModel.from_values(values, "A", LEVER).simulate(
        Rest(0.5, 0.0) + LOOP, points_per_segment=20
    )
    trace = noisy(clean, 0.02)
    model = CompactModel.from_values(values, "A", LEVER)
    found = posterior(model, trace, parameters=("G_0", "m_start"), steps=800)
    assert found.parameters == ("G_0", "m_start")
    low, high = found.quantiles((0.05, 0.95))["m_start"]
    assert low < 0.12 and high > 0.88
    assert found.samples[:, 1].min() >= 0 and found.samples[:, 1].max() <= 1
    models = found.models(5)
    assert all(m["rise"] == 1e5 for m in models) and len({m["m_start"] for m in models}) == 5


def test_traces_that_began_elsewhere_keep_their_beginnings(tmp_path: Path) -> None:
    """With the start of the first trace for the second one, too, no value of the conductance would fit both."""
    traces = [noisy(TRUE.simulate(LOOP, points_per_segment=25, start={"m": m}), 0.01) for m in (0.2, 0.7)]
    model = fit(traces, family=LEVER, own_starts=True, starts=6)
    again = CompactModel.load(model.save(tmp_path / "lever.json"), family=LEVER)
    found = posterior(again, traces, parameters=("G_0", "rise"), walkers=8, steps=600)
    for name, (low, middle, high) in found.quantiles().items():
        assert middle == pytest.approx(TRUE[name], rel=0.01), name
        assert (high - low) / middle < 0.01
    with pytest.raises(IncompatibleError, match="3 conditions for 2 traces"):
        posterior(again, traces, conditions=[Conditions()] * 3)


def test_a_plot_has_each_parameter_and_each_pair(lever: tuple[CompactModel, Trace, Posterior]) -> None:
    figure = lever[2].plot()
    drawn = [ax for ax in figure.axes if ax.axison]
    assert len(figure.axes) == 9 and len(drawn) == 6
    assert {ax.get_xlabel() for ax in drawn} - {""} == {"G_0 [S]", "rise [1/(V s)]", "m_start [1]"}
    plt.close(figure)


def test_what_cannot_be_sampled_is_said(
    lever: tuple[CompactModel, Trace, Posterior], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, trace, _ = lever
    with pytest.raises(UnknownNameError, match="'G_1'"):
        posterior(model, trace, parameters=("G_1",))
    columns = {"time": trace.time, "voltage": trace.voltage, "current_density": trace.current}
    with pytest.raises(IncompatibleError, match="the model is in A"):
        posterior(model, Trace.from_columns(columns, {}))
    with pytest.raises(IncompatibleError, match="neighbours go together"):
        far = CompactModel.from_values(TRUE.values() | {"G_0": 1e-3}, "A", LEVER)
        posterior(far, TRUE.simulate(LOOP, points_per_segment=20))
    monkeypatch.setitem(sys.modules, "emcee", None)
    with pytest.raises(MissingSoftwareError, match=r"pip install 'memfem\[posterior\]'"):
        posterior(model, trace)
