"""Functions of the user are told apart by their source and by the values that they take from elsewhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pytest

from fem.description import differences, from_dict, same, to_dict, without_identity
from fem.errors import IncompatibleError
from fem.physics import OpticalGeneration, Term
from geometries import FilamentSeed

Function = Callable[..., Any]
LEVEL = 2.0
TABLE = np.linspace(0.0, 1.0, 5)


def decaying(time: float) -> float:
    """A light that a global and a library set."""
    return LEVEL * math.exp(-time)


def halved(time: float) -> float:
    return decaying(time) / 2


def from_table(time: float) -> float:
    return float(np.interp(time, TABLE, TABLE))


def countdown(n: int) -> int:
    return 0 if n == 0 else countdown(n - 1)


def scaled(factor: float) -> Function:
    return lambda t: factor * t


def with_default(factor: float) -> Function:
    def light(t: float, by: float = factor, *, offset: float = factor) -> float:
        return t * by + offset

    return light


def doubled(function: Function) -> Function:
    @wraps(function)
    def twice(t: float) -> Any:
        return 2 * function(t)

    return twice


def tripled(function: Function) -> Function:
    @wraps(function)
    def thrice(t: float) -> Any:
        return 3 * function(t)

    return thrice


PAIR = (lambda t: 1.0, lambda t: 2.0 + t)
CONSTANTS = (lambda t: 1.0, lambda t: 2.0, lambda t: -2.0)
NESTED, INNER = (lambda t: lambda u: u + 1.0), [lambda u: u + 1.0][0]
SAME_TEXT = [lambda t: t + 1.0 for _ in range(2)]


class Ramp:
    """An object that can be called."""

    def __call__(self, time: float) -> float:
        return time


class Fixed:
    """A light that is a method."""

    def light(self, time: float) -> float:
        return time


def written(text: str, folder: Path, **values: Any) -> Any:
    """Return the function ``light`` of a user's file with this text."""
    path = folder / f"user{len(list(folder.iterdir()))}.py"
    path.write_text(text)
    space: dict[str, Any] = {"__name__": "user", **values}
    exec(compile(text, str(path), "exec"), space)
    return space["light"]


@pytest.mark.parametrize(
    "function",
    [decaying, halved, from_table, countdown, scaled(2.0), with_default(1.0), doubled(decaying), *PAIR, NESTED, INNER],
)  # fmt: skip
def test_a_function_with_a_source_is_the_same_as_itself(function: Function) -> None:
    described = to_dict(function)
    assert described["type"] == "function" and without_identity(described) == []
    assert same(function, function)
    with pytest.raises(IncompatibleError, match="a function, which is not read from data"):
        from_dict(described)


@pytest.mark.parametrize(
    ("a", "b", "word"),
    [
        (decaying, halved, "function decaying here, another function halved there"),
        (scaled(2.0), scaled(3.0), "factor: 2.0 here, 3.0 there"),
        (with_default(1.0), with_default(2.0), "(defaults).0: 1.0 here, 2.0 there"),
        (*PAIR, "another function <lambda> there"),
        (doubled(decaying), tripled(decaying), "another function"),
        (doubled(decaying), doubled(halved), "another function"),
        (partial(decaying, 1.0), partial(decaying, 2.0), "arguments.0: 1.0 here, 2.0 there"),
    ],
)
def test_functions_that_differ_are_told_apart(a: Function, b: Function, word: str) -> None:
    assert word in " ".join(differences(to_dict(a), to_dict(b)))


def test_lambdas_of_one_line_are_told_apart_by_their_place() -> None:
    assert [to_dict(f)["source"] for f in PAIR] == ["lambda t: 1.0", "lambda t: 2.0 + t"]
    assert to_dict(NESTED)["source"] == "lambda t: lambda u: u + 1.0"
    assert to_dict(INNER)["source"] == to_dict(NESTED(0.0))["source"] == "lambda u: u + 1.0"
    assert same(*SAME_TEXT)
    assert [to_dict(f).get("source") for f in CONSTANTS] == ["lambda t: 1.0", "lambda t: 2.0", None]


def test_a_global_number_a_helper_and_a_table_belong_to_a_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = {f: to_dict(f) for f in (decaying, halved, from_table)}
    monkeypatch.setitem(decaying.__globals__, "LEVEL", 3.0)
    assert differences(before[decaying], to_dict(decaying)) == ["LEVEL: 2.0 here, 3.0 there"]
    assert differences(before[halved], to_dict(halved)) == ["decaying.LEVEL: 2.0 here, 3.0 there"]
    monkeypatch.setitem(decaying.__globals__, "TABLE", TABLE**2)
    assert len(differences(before[from_table], to_dict(from_table))) == 1


def test_a_change_in_the_file_makes_another_function(tmp_path: Path) -> None:
    text = "FACTOR = 1.0\ndef light(t):\n    return FACTOR * t\n"
    first = written(text, tmp_path)
    assert same(first, written(text, tmp_path))
    assert not same(first, written(text.replace("* t", "+ t"), tmp_path))
    assert not same(first, written(text.replace("1.0", "1.1"), tmp_path))
    assert same(first, written("\n# a comment\n" + text, tmp_path))


def test_a_module_of_the_user_counts_with_its_text(tmp_path: Path) -> None:
    def module(text: str) -> ModuleType:
        made = ModuleType("profiles")
        made.__file__ = str(tmp_path / f"profiles{len(text)}.py")
        Path(made.__file__).write_text(text)
        return made

    text = "def light(t):\n    return profiles.f(t)\n"
    a, b = (written(text, tmp_path, profiles=module(f"f = {k}\n")) for k in ("abs", "float"))
    assert same(a, a) and not same(a, b)


@pytest.mark.parametrize(
    "function", [math.sin, np.exp, Ramp(), eval("lambda t: 1.0"), Fixed().light, partial(Ramp())]
)
def test_a_function_without_a_source_is_never_the_same(function: Function) -> None:
    described = to_dict({"light": function})
    (reason,) = without_identity(described)
    assert reason.startswith("light: ") and "give a function" in reason and "pass a Protocol" in reason
    assert differences(described, described) == [reason]


def test_what_a_function_uses_must_be_identified_too() -> None:
    ramp = Ramp()
    (reason,) = without_identity(to_dict({"light": lambda t: ramp(t)}))
    assert reason.startswith("light.ramp: ")


def test_a_method_of_a_value_of_memfem_is_identified_by_the_value() -> None:
    seed = FilamentSeed(film=(0.0, 1e-7), bottom_radius=2e-9, top_radius=1e-9, inside=1e27, outside=1e24)
    other = FilamentSeed(film=(0.0, 1e-7), bottom_radius=3e-9, top_radius=1e-9, inside=1e27, outside=1e24)
    assert same(OpticalGeneration(seed.density), OpticalGeneration(seed.density))
    assert not same(OpticalGeneration(seed.density), OpticalGeneration(other.density))


def term_with(value: float) -> Any:
    """Return a term of a user's class, whose text is the same, that holds a value in its class."""

    @dataclass(frozen=True)
    class Charged(Term):
        size: ClassVar[float] = value

        def charge(self, context: Any, i: int) -> Any:
            return context.constant(self.size)

    return Charged()


def test_a_value_that_a_users_class_holds_tells_it_from_another() -> None:
    assert same(to_dict(term_with(1.0)), to_dict(term_with(1.0)))
    assert not same(to_dict(term_with(1.0)), to_dict(term_with(2.0)))
