"""Updates by pulses as a table: how far one pulse moves the conductance from where it stands, with a spread.

What a potentiation and a depression measured with one pulse say of a cell, whatever moves in it: the table is linear
between nodes of the share x of the range of conductances (the piecewise step of simulators of learning, M. J. Rasch
et al., Proc. AICAS 2021). In time a pulse of the given width does what the table says; ``drawn`` adds its spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import positive, whole
from studies.compact.families.ends import stopped
from studies.compact.family import Declared, Family, StateVariable

if TYPE_CHECKING:
    from studies.compact.features import Features

NODES = 6


def _table(of: str) -> str:
    """Return the text of the table ``of`` "up" or "down", linear between its nodes."""
    hats = [f"{of}_{k}*max(0, 1 - abs({NODES - 1}*x - {k}))" for k in range(NODES)]
    return " + ".join(hats)


def _starts(data: Features) -> Sequence[Mapping[str, float]]:
    """Return one guess: even steps between the two conductances."""
    ladder = {f"{of}_{k}": 0.05 for of in ("up", "down") for k in range(NODES)}
    top = max(data.highest_voltage, -data.lowest_voltage)
    return [
        {
            "G_min": 0.9 / data.high_resistance, "G_max": 1.1 / data.low_resistance, "V_write": share * top,
            "pulse_width": data.shortest * 10, "x_start": first, "spread": 0.0, **ladder,
        }
        for share in (0.5, 0.8) for first in (0.0, 0.5, 1.0)
    ]  # fmt: skip


def _steps(of: str, way: str) -> dict[str, Declared]:
    meaning = f"step {way} of one pulse at x = {{}}, over the range"
    return {
        f"{of}_{k}": Declared(unit="1", meaning=meaning.format(f"{k / (NODES - 1):g}"), lower=0.0, upper=1.0)
        for k in range(NODES)
    }


PULSE_TABLE = Family(
    name="pulse table",
    source="piecewise step, Rasch et al., Proc. AICAS 2021",
    parameters={
        "G_min": Declared(unit="{S}", meaning="least conductance", lower=1e-30, upper=1e24),
        "G_max": Declared(unit="{S}", meaning="largest conductance", lower=1e-30, upper=1e24),
        "V_write": Declared(unit="V", meaning="voltage above which a pulse writes", lower=1e-4, upper=100.0),
        "pulse_width": Declared(
            unit="s", meaning="width of the pulse that the table is of", lower=1e-15, upper=1e6
        ),
        **_steps("up", "up"),
        **_steps("down", "down"),
        "x_start": Declared(unit="1", meaning="share of the range at time 0", lower=0.0, upper=1.0),
        "spread": Declared(
            unit="1", meaning="of a step from pulse to pulse, over the range", lower=0.0, upper=1.0, fixed=0.0
        ),
    },
    where={
        "up": _table("up"),
        "down": _table("down"),
        "step": "where(v - V_write, up, 0) - where(-v - V_write, down, 0)",
    },
    states={
        "x": StateVariable(
            rate=f"{stopped('step', 'x')}/pulse_width",
            initial="x_start",
            unit="1",
            meaning="share of the range of conductances",
            lower="0",
            upper="1",
        )
    },
    current="v*(G_min + (G_max - G_min)*x)",
    starts=_starts,
)


@checked(pulse_width=positive, write_voltage=positive)
def table_values(
    potentiation: ArrayLike, depression: ArrayLike, *, pulse_width: float, write_voltage: float
) -> dict[str, float]:
    """Return the values of the family from conductances [S] before and after each pulse up, and each pulse down.

    ``potentiation`` and ``depression``: shape (pulses + 1,), one series each or several of them as rows. A node's step
    is the mean of the steps near it, ``spread`` the rms of what is left; half of ``write_voltage`` [V] writes nothing.
    Raises OutOfRangeError where the conductances do not change.
    """
    up, down = (np.atleast_2d(np.asarray(g, dtype=float)) for g in (potentiation, depression))
    every = np.concatenate([up.ravel(), down.ravel()])
    if every.size < 4 or not np.isfinite(every).all() or not (every > 0).all():
        raise OutOfRangeError("conductances of a pulse table", every, "four or more, positive and finite")
    low, high = float(every.min()), float(every.max())
    if not high > low:
        raise OutOfRangeError("conductances of a pulse table", high, "some that change")
    found: dict[str, float] = {
        "G_min": low,
        "G_max": high,
        "pulse_width": pulse_width,
        "V_write": 0.5 * write_voltage,
    }
    left = []
    for of, series, sign in (("up", up, 1.0), ("down", down, -1.0)):
        x = (series - low) / (high - low)
        at, step = x[:, :-1].ravel(), sign * np.diff(x, axis=1).ravel()
        weights = np.maximum(0.0, 1 - np.abs((NODES - 1) * at[:, None] - np.arange(NODES)))
        nodes, *_ = np.linalg.lstsq(
            np.concatenate([weights, 1e-3 * np.eye(NODES)]),
            np.concatenate([step, np.full(NODES, 1e-3 * step.mean())]),
            rcond=None,
        )
        nodes = np.clip(nodes, 0.0, 1.0)
        left.append(step - weights @ nodes)
        found |= {f"{of}_{k}": float(value) for k, value in enumerate(nodes)}
    found["x_start"] = float((up[:, 0].mean() - low) / (high - low))
    found["spread"] = float(np.sqrt(np.mean(np.concatenate(left) ** 2)))
    return found


@checked(count=whole(1, 10_000_000))
def drawn(
    values: Mapping[str, float], signs: Sequence[float], *, count: int = 1, seed: int = 0
) -> NDArray[np.float64]:
    """Return conductances [S], shape (count, pulses + 1), of ``count`` cells under pulses up (1) and down (-1)."""
    random = np.random.default_rng(seed)
    tables = {
        s: np.array([values[f"{of}_{k}"] for k in range(NODES)]) for of, s in (("up", 1.0), ("down", -1.0))
    }
    x = np.full(count, values["x_start"])
    course = [x]
    nodes = np.linspace(0, 1, NODES)
    for sign in signs:
        if sign not in tables:
            raise OutOfRangeError("sign of a pulse", sign, "1 (up) or -1 (down)")
        step = np.interp(x, nodes, tables[sign]) + values["spread"] * random.standard_normal(count)
        x = np.clip(x + sign * step, 0.0, 1.0)
        course.append(x)
    return values["G_min"] + (values["G_max"] - values["G_min"]) * np.stack(course, axis=1)
