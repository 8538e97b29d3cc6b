"""Conductances of currents that are round-off are not known, and decays leave such samples out."""

from __future__ import annotations

import numpy as np

from studies import Trace, decay
from studies.metrics.conductance import conductance, is_unresolved


def test_a_current_below_its_error_gives_no_conductance() -> None:
    columns = {"time": [0.0, 1.0, 2.0], "voltage": [0.1] * 3, "current": [1e-6, 1e-9, 0.0]}
    trace = Trace.from_columns({**columns, "current_error": [1e-8, 1e-8, np.nan]}, {})
    assert is_unresolved(trace).tolist() == [False, True, False]
    found = conductance(trace)
    assert found[0] == 1e-6 / 0.1 and np.isnan(found[1]) and found[2] == 0.0


def test_without_a_column_of_errors_all_currents_count() -> None:
    trace = Trace.from_columns({"time": [0.0, 1.0], "voltage": [0.1, 0.1], "current": [1e-30, 0.0]}, {})
    assert not is_unresolved(trace).any() and trace.current_error.tolist() == [0.0, 0.0]


def test_a_decay_into_round_off_keeps_its_time_constant() -> None:
    time = np.linspace(0.0, 20.0, 400)
    current = 1e-9 * np.exp(-time / 0.5)
    noise = np.where(np.arange(400) % 2, 1e-11, -1e-11)
    columns = {"time": time, "voltage": np.ones(400), "current": current + noise}
    fit = decay(
        Trace.from_columns({**columns, "current_error": np.full(400, 2e-11)}, {}), constants=1, start=0.0
    )
    assert fit.time.max() < 2.5
    assert abs(fit.time_constants[0] - 0.5) < 0.02
