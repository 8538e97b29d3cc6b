"""Every public function and description answers a call that makes no sense with one error of memfem, at once.

The public names are walked, so that a new one is covered: each gets values that are of no kind for all of its
arguments, and raises an error of memfem in the place of a traceback, or of taking them.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fem.errors import MemfemError
from geometries import GeometryError

#: What functions return and users do not make.
MADE_BY_FUNCTIONS = {
    "State", "DeviceMesh", "Drawing", "ArrheniusFit", "ConductionMechanism", "DecayFit", "Drift", "Endurance",
    "Influence",
    "Extrapolation", "FilamentMetrics", "FormingMetrics", "ImpedanceSpectrum", "OutputMetrics", "PulseMetrics",
    "RetentionMetrics", "RetentionReads", "Run", "SwitchingMetrics", "TransferBranch", "TransferMetrics",
    "Trend", "Variability", "WeightUpdate", "WriteReads", "Consolidation", "EventEnergies", "PairedPulse", "Posterior",
    "PotentiationDepression", "ProgrammingWindow", "PulseDependence", "RetentionLaw", "SpikeTiming",
}  # fmt: skip
#: What takes any value, or none.
TAKES_ANY = {"Term", "GeometryError"}


class Nothing:
    """A value of no kind."""

    def __repr__(self) -> str:
        return "Nothing()"


VALUES = [Nothing(), float("nan"), 1 + 1j, b"1", np.array([None]), [[1.0], [2.0, 3.0]], {1: 2}]
WRONG = st.sampled_from(VALUES)


def public() -> list[tuple[str, Callable[..., Any]]]:
    found = []
    for package in ("fem", "fem.physics", "geometries", "studies"):
        module = importlib.import_module(package)
        names = getattr(module, "__all__", None) or [n for n in vars(module) if not n.startswith("_")]
        for name in names:
            value = getattr(module, name)
            own = getattr(value, "__module__", "").split(".")[0] in ("fem", "geometries", "studies")
            if callable(value) and own and name not in MADE_BY_FUNCTIONS | TAKES_ANY:
                found.append((name, value))
    return found


PUBLIC = dict(public())


def arguments(value: Callable[..., Any]) -> list[inspect.Parameter]:
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p for p in inspect.signature(value).parameters.values() if p.kind in kinds]


NAMES = [name for name, value in PUBLIC.items() if arguments(value)]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
@settings(max_examples=5, deadline=None, database=None, derandomize=True)
def test_a_call_without_sense_is_answered_by_one_error_of_memfem(name: str, data: st.DataObject) -> None:
    value = PUBLIC[name]
    given_as = {p.name: data.draw(WRONG, label=p.name) for p in arguments(value)}
    with pytest.raises((MemfemError, GeometryError)):
        value(**given_as)
