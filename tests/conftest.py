"""Fixtures of all tests."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("PETSC_OPTIONS", "-options_left no")  # pytest's summary is the last word

import fem  # noqa: F401  (loads the dolfinx wheel before any test imports dolfinx)

# how fast values are drawn says how busy the machine is, and nothing of memfem
settings.register_profile("memfem", suppress_health_check=[HealthCheck.too_slow], deadline=None)
settings.load_profile("memfem")


@pytest.fixture(scope="session")
def devices() -> ModuleType:
    """The module of devices that several tests build."""
    return load(Path(__file__).with_name("devices.py"))


def load(path: Path) -> ModuleType:
    """Return the module in the file ``path``, which is in no package."""
    name = f"memfem_tests_{path.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture(scope="session")
def drawings() -> ModuleType:
    """The module of drawings made for tests."""
    return load(Path(__file__).with_name("drawings.py"))


@pytest.fixture(scope="session")
def transistors() -> ModuleType:
    """The module of transistors made for tests."""
    return load(Path(__file__).with_name("transistors.py"))
