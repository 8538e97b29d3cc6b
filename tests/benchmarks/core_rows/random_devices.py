"""How many of 44 random devices, with parts of all kinds cut off, find no steady state at a random bias."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from fem import equilibrium, steady
from fem.errors import ConvergenceError, ModelWarning
from tests import devices
from tests.benchmarks.table import Row, at_most
from tests.verification.test_random_devices import check, random_device

SEEDS = range(100, 144)


def rows() -> Iterator[Row]:
    """Yield the failures, named in the figure."""
    failed = [seed for seed in SEEDS if not found(seed)]
    which = f" ({', '.join(map(str, failed))})" if failed else ""
    yield at_most(f"random devices that fail{which}", 2, len(failed), f"of {len(SEEDS)}")


def found(seed: int) -> bool:
    """Return whether a steady state is found, whose ions are all there."""
    random = np.random.default_rng(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        device = random_device(devices, random)
        rest = equilibrium(device)
        try:
            check(steady(device, {"top": float(random.uniform(-3, 3))}, start=rest), rest)
        except ConvergenceError:
            return False
    return True
