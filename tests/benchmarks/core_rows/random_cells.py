"""How many steady states of 60 random cells are not found, at three biases and under light."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from fem import equilibrium, steady
from fem.errors import ConvergenceError
from tests.benchmarks.table import Row, at_most
from tests.random_cells import random_cell

SEEDS = range(60)
BIASES = (0.3, 0.8, -0.6)  # [V], of the top contact


def rows() -> Iterator[Row]:
    """Yield the calls that fail, named in the figure, of all."""
    failed, calls = [], 0
    for seed in SEEDS:
        for name, found in steady_calls(seed).items():
            calls += 1
            failed += [] if found else [f"{seed} {name}"]
    which = f" ({', '.join(failed)})" if failed else ""
    yield at_most(f"steady calls of random cells that fail{which}", 3, len(failed), f"of {calls}")


def steady_calls(seed: int) -> dict[str, bool]:
    """Return whether a steady state is found at no bias, and from there at each bias and under light."""
    cell = random_cell(seed)
    drives = {f"{volts:+g} V": ({"top": volts}, 0.0) for volts in BIASES}
    if cell.lit:
        drives["light"] = ({}, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            rest = steady(cell.device, {}, start=equilibrium(cell.device))
        except ConvergenceError:
            return {"0 V": False}
        found = {"0 V": True}
        for name, (bias, light) in drives.items():
            try:
                steady(cell.device, bias, start=rest, light=light)
            except ConvergenceError:
                found[name] = False
            else:
                found[name] = True
    return found
