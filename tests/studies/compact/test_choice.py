"""Families compared: the true one is found, what stands for nothing is said, and what cannot be fitted is a row."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import IncompatibleError, UnknownNameError
from studies import Sweep, Trace
from studies.compact.choice import compare_families
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


def test_a_family_that_is_refused_is_a_row_with_the_reason() -> None:
    few = Trace(_trace("threshold (VTEAM)", 0.5).data.isel(time=slice(0, 22)))
    table = compare_families(few, ["filament gap", "linear drift"], starts=2, progress=False)
    assert "refused: number of samples" in str(table)
    with pytest.raises(UnknownNameError, match="'fillament gap'"):
        compare_families(few, ["fillament gap"])
