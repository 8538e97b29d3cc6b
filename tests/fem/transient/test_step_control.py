"""Steps resolve ions where they are few, and say how well."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import StepControl
from fem.transient.step_control import ErrorNorm, History
from studies import Sweep, iv_sweep


def test_the_error_of_few_ions_is_that_of_themselves() -> None:
    before = np.array([[0.0, 1.0], [0.0, 1e-2]])
    after = before * [[1.0, 1.0], [1.0, 1.3]]
    norm = ErrorNorm.of(before, {1: 1.0})
    history = History((before, before), (1.0,))
    whole, own = norm.local_error(history, 1.0, after)
    assert whole == pytest.approx(0.5 * 3e-3 / 1.013) and own == pytest.approx(0.5 * 3e-3 / 0.014)
    part, _ = norm.local_error(history, 1.0, after, 0.01)
    assert part == pytest.approx(0.5 * 3e-3 / 0.023)


def test_steps_resolve_ions_in_depleted_places(devices: ModuleType) -> None:
    device, errors = devices.three_layers(ions=devices.CATION), []
    for depleted in (1.0, 0.01, 1e-3):
        control = StepControl(max_bias_step=0.032, depleted=depleted)
        trace = iv_sweep(device, contact="top", protocol=Sweep(0, 1.2, 0, rate=0.1), control=control)
        errors.append(trace.data.attrs["ion_error"])
    assert errors[0] > 5e-3 > errors[2] and errors[0] > errors[1] > errors[2]
    assert errors[2] <= StepControl().tolerance
