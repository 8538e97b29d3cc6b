"""The window of pulses of the reference device with twice as many amplitudes, and which way is steeper."""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

import numpy as np

from studies.comparisons.prpyrpbi3 import window as pulses
from studies.devices.shared import prpyrpbi3_data as data
from tests.benchmarks.reference_rows.runs import timed
from tests.benchmarks.table import Row, at_most

#: Published: analog potentiation and depression [V] (Vishwanath et al., Mater. Horiz. 11, 2643, 2024).
PUBLISHED = "+1.0 to +1.2, -0.4 to -1.5"


def rows() -> Iterator[Row]:
    """Yield time, the analog amplitudes beside the published, and the steps of both ways."""
    cycle = timed(2).cycle
    begin = monotonic()
    graded, _ = pulses.window(cycle.off, cycle.on, amplitudes=_amplitudes().tolist())
    minutes = (monotonic() - begin) / 60
    yield at_most(f"{data.PULSES} pulses, {graded.amplitudes.size} amplitudes, r and z", 20.0, minutes, "min")
    analog = ", ".join(
        f"{v:+.2f}" for v, kind in zip(graded.amplitudes, graded.kinds, strict=True) if kind == "analog"
    )
    met = any(
        0.95 <= v <= 1.25 and k == "analog" for v, k in zip(graded.amplitudes, graded.kinds, strict=True)
    )
    yield Row("analog window of the ensemble [V]", PUBLISHED, analog or "none", met=met)
    yield _steeper(graded)


def _amplitudes() -> np.ndarray:
    """Return so many amplitudes over the published window."""
    up, down = np.linspace(0.5, 1.2, 15), np.linspace(-1.7, -0.3, 9)
    return np.concatenate([up, down])


def _steeper(graded) -> Row:
    """Return whether the change over a volt of amplitude is larger upwards than downwards."""
    change = np.abs(np.log10(graded.ratio))
    up = graded.amplitudes > 0
    slopes = [float(np.max(np.abs(np.gradient(change[side], graded.amplitudes[side])))) for side in (up, ~up)]
    measured = f"{slopes[0]:.2g} and {slopes[1]:.2g} decades per volt"
    return Row("potentiation steeper than depression", "steeper", measured, met=slopes[0] > slopes[1])
