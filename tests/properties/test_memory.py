"""Devices leave nothing behind when they are forgotten."""

from __future__ import annotations

import gc
from collections import Counter

import pytest

from tests.benchmarks import memory


def living() -> Counter[str]:
    """Return how many objects of each class there are; PETSc's empty shells do not count."""
    gc.collect()
    names = (f"{type(o).__module__}.{type(o).__name__}" for o in gc.get_objects())
    return Counter(name for name in names if name != "petsc4py.PETSc.Mat")


@pytest.mark.parametrize("kind", ["small_signal", "ions", "section"])
def test_no_object_stays_with_each_device(kind: str) -> None:
    solve, devices = memory.KINDS[kind], 3
    solve()
    before = living()
    for _ in range(devices):
        solve()
    left = {name: count for name, count in (living() - before).items() if count >= devices}
    assert not left


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_devices() -> None:
    assert memory.growth(64, 24) < memory.LIMIT * (64 - 24) / (200 - 20)
