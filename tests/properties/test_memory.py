"""Devices leave nothing behind when they are forgotten."""

from __future__ import annotations

import json

import pytest

from tests.benchmarks import memory
from tests.benchmarks.own_process import said


@pytest.mark.parametrize("kind", ["small_signal", "ions", "section"])
def test_no_object_stays_with_each_device(kind: str) -> None:
    assert json.loads(said("-m", "tests.properties.left_objects", kind)) == {}


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_devices() -> None:
    assert memory.growth(64, 24) < memory.LIMIT * (64 - 24) / (200 - 20)
