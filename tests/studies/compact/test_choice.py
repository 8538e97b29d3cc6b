"""Families compared: the true one is found, what stands for nothing is said, and what cannot be fitted is a row."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest

from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError, UnknownNameError
from studies import CompactModel, Sweep, Trace, fit
from studies.compact.choice import compare_families
from studies.compact.families import known
from tests.family_values import model, pulses


def _trace(name: str, rate: float) -> Trace:
    clean = model(name).simulate(Sweep(0, 1, -1, 0, rate=rate), points_per_segment=60)
    noise = np.random.default_rng(3).standard_normal(clean.time.size)
    columns = {"time": clean.time, "voltage": clean.voltage, "current": clean.current * (1 + 0.005 * noise)}
    return Trace.from_columns(columns, {})


def test_the_family_that_made_a_trace_is_found_and_predicts_the_others() -> None:
    name = "threshold (VTEAM)"
    table = compare_families(
        _trace(name, 0.5),
        [name, "chemical inductor", "linear drift"],
        held_out=[_trace(name, 2.0), model(name).simulate(pulses(name), points_per_segment=20)],
        current_floor=1e-8,
        starts=8,
        progress=False,
    )
    assert table.candidates[0].family.name == name
    assert table.best is table.models[name]
    assert "stands for the traces" in str(table).splitlines()[1]
    assert len(table.plot().axes) == 3


def test_where_no_family_fits_the_table_says_so_in_words() -> None:
    table = compare_families(
        _trace("filament gap", 0.5), ["chemical inductor", "linear drift"], starts=4, progress=False
    )
    with pytest.raises(IncompatibleError, match=r"no family fits: the nearest, .* of the peak .* asked are"):
        _ = table.best
    assert "no family fits" in str(table)
    assert table.candidates[0].excess <= table.candidates[1].excess


@pytest.mark.parametrize(("noise", "said"), [(0.005, False), (0.05, True)])
def test_noise_that_no_family_can_follow_is_said(noise: float, said: bool) -> None:
    clean = model("linear drift").simulate(Sweep(0, 1, -1, 0, rate=0.5), points_per_segment=100)
    off = 1 + noise * np.random.default_rng(3).standard_normal(clean.time.size)
    trace = Trace.from_columns(
        {"time": clean.time, "voltage": clean.voltage, "current": clean.current * off}, {}
    )
    table = compare_families(trace, ["chemical inductor"], starts=2, progress=False)
    assert ("scatter of neighbouring samples alone" in table.why) == said
    with pytest.raises(IncompatibleError, match=r"models\['chemical inductor'\]"):
        _ = table.best


def test_a_trace_that_cannot_be_fitted_is_refused_with_the_sample() -> None:
    clean = _trace("linear drift", 0.5)
    columns = {"time": clean.time, "voltage": clean.voltage, "current": clean.current.copy()}
    columns["current"][7] = np.nan
    with pytest.raises(OutOfRangeError, match=r"current of the trace .* sample 7, at "):
        fit(Trace.from_columns(columns, {}))
    still = {**columns, "current": clean.current, "voltage": np.full(clean.time.size, 0.5)}
    with pytest.raises(OutOfRangeError, match=r"voltage of the trace .* changes"):
        fit(Trace.from_columns(still, {}))


def test_a_family_that_is_refused_is_a_row_with_the_reason() -> None:
    few = Trace(_trace("threshold (VTEAM)", 0.5).data.isel(time=slice(0, 22)))
    table = compare_families(few, ["filament gap", "linear drift"], starts=2, progress=False)
    assert "refused: number of samples" in str(table)
    with pytest.raises(UnknownNameError, match="'fillament gap'"):
        compare_families(few, ["fillament gap"])


def test_a_family_is_asked_for_by_its_name_in_a_fit_and_of_plain_values_too() -> None:
    trace = _trace("linear drift", 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        found = fit(trace, family="linear drift", starts=2, progress=False)
    assert found.family is known("linear drift")
    again = CompactModel.from_values(found.values(), "A", "linear drift")
    assert again.values() == found.values()
    with pytest.raises(UnknownNameError, match="did you mean 'linear drift'"):
        fit(trace, family="linear drifts")


def test_help_and_errors_show_a_family_and_a_model_in_a_line() -> None:
    for thing in (known("ion screening"), model("ion screening")):
        assert "'ion screening'" in repr(thing)
        assert len(repr(thing)) < 100
    assert len(str(inspect.signature(fit))) < 1000
