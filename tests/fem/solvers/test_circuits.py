"""Bad circuits are answered in one sentence, before any solve."""

from __future__ import annotations

from typing import Any

import pytest

from fem import Circuit, Leakage, steady
from fem.circuit import check_circuits
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies import Sweep, iv_sweep
from tests.conducting import resistor

GOOD = Circuit(series_resistance=1.0)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), "1k", None])
@pytest.mark.parametrize("name", ["series_resistance", "parallel_capacitance"])
def test_resistance_and_capacitance_are_zero_or_positive_numbers(answer: Any, name: str, value: Any) -> None:
    with answer(OutOfRangeError, name, repr(value), "zero or positive"):
        Circuit(**{name: value})


@pytest.mark.parametrize("value", [-1e-3, 0.0, float("nan"), "a", (None, "a"), (1.0, -2.0), [1.0, -2.0]])
def test_compliances_are_positive_numbers(answer: Any, value: Any) -> None:
    with answer(
        OutOfRangeError,
        "compliance of a circuit",
        "positive and finite",
    ):
        Circuit(compliance=value)


def test_compliances_are_one_or_two(answer: Any) -> None:
    with answer(OutOfRangeError, "compliance of a circuit", "pair"):
        Circuit(compliance=(1.0, 2.0, 3.0))  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["volt", None, 1.0])
def test_source_is_a_voltage_or_a_current(answer: Any, value: Any) -> None:
    with answer(UnknownNameError, "source of a circuit", "current, voltage"):
        Circuit(source=value)


@pytest.mark.parametrize("value", [0, -3, 2.5, 3.0, True, None, "2", float("nan")])
def test_devices_in_parallel_are_a_whole_number(answer: Any, value: Any) -> None:
    with answer(OutOfRangeError, "parallel of a circuit", repr(value), "a whole number, at least 1"):
        Circuit(parallel=value)


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), "1k", True])
@pytest.mark.parametrize("name", ["conductance", "quadratic", "emission_current"])
def test_leakages_are_zero_or_positive_numbers(answer: Any, name: str, value: Any) -> None:
    with answer(OutOfRangeError, f"{name} of a leakage", repr(value), "zero or positive"):
        Leakage(**{name: value})


def test_an_emission_is_given_whole(answer: Any) -> None:
    for given in ({"emission_current": 1e-9}, {"emission_current": 1e-9, "emission_voltage": 0.1}):
        with answer(IncompatibleError, "emission_current, emission_voltage and temperature together"):
            Leakage(**given)
    with answer(OutOfRangeError, "emission_voltage of a leakage", "0.0", "positive and finite"):
        Leakage(emission_current=1e-9, emission_voltage=0.0, temperature=300.0)


@pytest.mark.parametrize("value", [1e-9, "ohmic", Leakage, {"conductance": 1e-9}])
def test_a_leakage_is_one(answer: Any, value: Any) -> None:
    with answer(OutOfRangeError, "leakage of a circuit", "a Leakage"):
        Circuit(leakage=value)


@pytest.mark.parametrize(
    ("circuits", "kind", "words"),
    [
        ({"topp": GOOD}, UnknownNameError, ("'topp'", "did you mean 'top'")),
        ({"top": GOOD, "bottom": GOOD}, IncompatibleError, ("every contact has a circuit",)),
        ({"top": 1e-3}, IncompatibleError, ("circuit of contact 'top' is 0.001",)),
        (GOOD, IncompatibleError, ("by the name of its contact",)),
    ],
    ids=["name", "all", "number", "no mapping"],
)
def test_circuits_are_checked_before_any_solve(
    answer: Any, monkeypatch: pytest.MonkeyPatch, circuits: Any, kind: Any, words: Any
) -> None:
    def solves(*_: Any) -> None:
        raise AssertionError("it began to solve")

    monkeypatch.setattr("fem.solvers.steady.equilibrium", solves)
    monkeypatch.setattr("studies.experiments.run.equilibrium", solves)
    device = resistor()
    with answer(kind, *words):
        steady(device, {"top": 1.0}, circuits=circuits)
    if isinstance(circuits, dict) and "top" in circuits and len(circuits) == 1:
        with answer(kind, *words):
            iv_sweep(device, contact="top", protocol=Sweep(0.5, 1.0, rate=1.0), circuit=circuits["top"])


def test_circuits_of_one_cell_have_one_number_of_devices(answer: Any) -> None:
    """A device of three contacts, two of them with a circuit."""
    with answer(
        IncompatibleError, "parallel differs between the contacts of one cell", "'top' 2", "'gate' 1"
    ):
        check_circuits({"top": Circuit(parallel=2), "gate": GOOD})
