"""Whether a fit finds the parameters that a noisy trace was made with, within two of its standard errors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping

import numpy as np

from fem.errors import ModelWarning
from studies import CompactModel, Trace, fit
from studies.compact.families.pulse_table import NODES, drawn, table_values
from studies.compact.family import Array
from tests.benchmarks.table import Row
from tests.family_values import VALUES, loop, model

COUNT, NOISE = 40, 0.01
#: Of the largest current, below which currents count linearly; a tenth of it is added noise. A loop of the ion
#: screening goes over six decades.
FLOOR, DEEP = 1e-4, {"ion screening": 1e-7}
#: What a loop cannot tell: without ends a linear drift has one resistance and one slope.
FIXED = {"linear drift": ("R_on", "R_off")}


def rows() -> Iterator[Row]:
    """Yield the share of parameters within two standard errors, of all and of the worst, by family."""
    for name in VALUES:
        if name != "pulse table":
            yield _of(name)
    yield _table()


def noisy(made: CompactModel, name: str, seed: int) -> tuple[Trace, float]:
    """Return a loop of a model with 1 % noise and a floor, and that floor [A]."""
    clean = made.simulate(loop(name), points_per_segment=100)
    floor = DEEP.get(name, FLOOR) * float(np.abs(clean.current).max())
    random = np.random.default_rng(seed)
    size = clean.time.size
    current = clean.current * (
        1 + NOISE * random.standard_normal(size)
    ) + 0.1 * floor * random.standard_normal(size)
    return Trace.from_columns({"time": clean.time, "voltage": clean.voltage, "current": current}, {}), floor


def recovered(name: str, count: int) -> tuple[dict[str, list[bool]], int]:
    """Return by parameter whether fits have it within two standard errors, and how often they give none."""
    made, without = model(name), 0
    found: dict[str, list[bool]] = {n: [] for n in VALUES[name]}
    for seed in range(count):
        trace, floor = noisy(made, name, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ModelWarning)
            got = fit(trace, family=made.family, starts=24, current_floor=floor, progress=False,
                      fixed={n: made[n] for n in FIXED.get(name, ())})  # fmt: skip
        for n in got.fitted:
            found[n].append(abs(got[n] - made[n]) <= 2 * got.parameters[n].standard_error)
        without += sum(
            p.status == "not determined" or p.status.startswith("at its") for p in got.parameters.values()
        )
    return found, without


def _of(name: str) -> Row:
    found, without = recovered(name, COUNT)
    every = [x for hits in found.values() for x in hits]
    worst = min(((float(np.mean(hits)), n) for n, hits in found.items() if hits), default=(0.0, "none"))
    share = float(np.mean(every)) if every else 0.0
    measured = f"{share:.1%}; worst {worst[1]} {worst[0]:.0%}; {without} without an error"
    return Row(
        f"{name}: within 2 standard errors", f"90 % of {COUNT} repetitions", measured, met=share >= 0.9
    )


def _table() -> Row:
    """Return the row of the table of pulses, which is read off and not fitted: its nodes within their spread."""
    values = VALUES["pulse table"] | {"spread": 0.01}
    pulses, cells, hits = 40, 10, []
    for seed in range(COUNT):
        course = drawn(values, [1.0] * pulses + [-1.0] * pulses, count=cells, seed=seed)
        series = {"up": course[:, : pulses + 1], "down": course[:, pulses:]}
        got = table_values(series["up"], series["down"], pulse_width=0.05, write_voltage=0.8)
        low, high = float(course.min()), float(course.max())
        for of, found in series.items():
            error = _errors(found, values, low, high)
            for k in range(
                1, NODES - 1
            ):  # steps [S] at the same conductance: the ranges of both tables differ
                at = (low + (high - low) * k / (NODES - 1) - values["G_min"]) / (
                    values["G_max"] - values["G_min"]
                )
                nodes = [values[f"{of}_{j}"] for j in range(NODES)]
                true = np.interp(at, np.linspace(0, 1, NODES), nodes) * (values["G_max"] - values["G_min"])
                off = abs(got[f"{of}_{k}"] * (high - low) - true)
                hits.append(bool(off < 2 * error[k] * (values["G_max"] - values["G_min"])))
    share = float(np.mean(hits))
    return Row(
        "pulse table: within 2 standard errors",
        f"90 % of {COUNT} repetitions",
        f"{share:.1%}",
        met=share >= 0.9,
    )


def _errors(course: Array, values: Mapping[str, float], low: float, high: float) -> Array:
    """Return the standard errors of the nodes of a linear table, of steps with the spread of the values."""
    x = ((course - low) / (high - low))[:, :-1].ravel()
    weights = np.maximum(0.0, 1 - np.abs((NODES - 1) * x[:, None] - np.arange(NODES)))
    return np.asarray(values["spread"] * np.sqrt(np.diag(np.linalg.pinv(weights.T @ weights))))
