"""Descriptions: every public value survives plain data, what differs is named, and nothing runs from a file."""

from __future__ import annotations

import importlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fem import materials
from fem.contacts import GateContact, HeatSink, OhmicContact
from fem.description import differences, from_dict, same, to_dict, without_identity
from fem.description.public import MODULES, exported, is_description
from fem.errors import IncompatibleError, MemfemError, UnknownNameError
from fem.materials import MAPBI3
from fem.physics import (
    Carriers,
    MobileIons,
    OpticalGeneration,
    Poisson,
)
from fem.species import IonSpecies
from fem.units import eV
from studies import CurrentAbove, CurrentBelow, Protocol, Pulse, PulseTrain, Rest, Staircase, Sweep
from tests.fem.description.examples import EXAMPLES, NAMED

PROTOCOLS = (
    Protocol.from_points([0.0, 1.0, 3.0], [0.0, 1.0, 0.0]),
    Sweep(0, 1.2, rate=0.1),
    Rest(1.0, 0.2) + Pulse(1.0, 1e-3, rise=1e-4, base=0.2),
    PulseTrain(1.0, 1e-3, interval=1e-2, rise=1e-4, count=3),
    Staircase(0.0, 0.1, 0.2, hold=1.0, rise=1e-3),
)
FACTOR = 2.0
CHILDREN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=5)
PLAIN = st.recursive(
    CHILDREN,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def through_json(value: Any) -> Any:
    """Return what comes back from a value that was written as strict JSON."""
    return from_dict(json.loads(json.dumps(to_dict(value), allow_nan=False)))


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda x: type(x).__name__)
def test_a_public_value_survives_plain_data(value: Any) -> None:
    back = through_json(value)
    assert back == value and same(back, value)
    assert isinstance(back, Protocol if isinstance(value, Protocol) else type(value))
    name = "Protocol" if isinstance(value, Protocol) else type(value).__name__
    assert to_dict(value)["type"].rpartition(".")[2] == name
    assert to_dict(value)["type"].rpartition(".")[0] in MODULES


@pytest.mark.parametrize("path", [m for m in MODULES if m != "studies"])
def test_every_public_description_has_an_example(path: str) -> None:
    module = importlib.import_module(path)
    public = {name for name in exported(module) if is_description(getattr(module, name))}
    made = {
        "Drawing",
        "Protocol",
        "ConductivityLaw",
        "ConductivityFormula",
    }  # by mesh(); a base; of a function
    assert public - made <= set(NAMED)


@pytest.mark.parametrize(
    "name", sorted(n for n, value in vars(materials).items() if isinstance(value, materials.Material))
)
def test_every_material_survives_plain_data(name: str) -> None:
    material = getattr(materials, name)
    assert through_json(material) == material


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: p.text[:20])
def test_a_protocol_of_any_make_is_described_as_a_protocol(protocol: Protocol) -> None:
    assert to_dict(protocol)["type"] == "studies.Protocol"
    back = through_json(protocol)
    assert back == protocol and back.text == protocol.text and back.cycles == protocol.cycles


def test_an_ion_that_is_not_predefined_survives_plain_data() -> None:
    own = MobileIons(IonSpecies("lithium", 1, "lithium ion"))  # type: ignore[arg-type]
    assert through_json(own) == own


@given(PLAIN)
def test_plain_values_survive_with_nan_and_infinity(value: Any) -> None:
    described = to_dict(value)
    assert to_dict(through_json(value)) == described
    assert differences(described, json.loads(json.dumps(described))) == []


@pytest.mark.parametrize("dtype", ["f8", "f4", "i4", "u1", "?"])
def test_an_array_survives_with_its_type_and_shape(dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    back = through_json({"table": array})["table"]
    assert back.dtype == array.dtype and np.array_equal(back, array)
    holes = np.array([math.nan, -math.inf, 1.0])
    assert np.array_equal(through_json(holes), holes, equal_nan=True)
    assert same(holes, holes.copy()) and not same(holes, -holes)


@pytest.mark.parametrize(
    ("here", "there", "words"),
    [
        (
            {"top": OhmicContact(work_function=4.3 * eV)},
            {"top": OhmicContact(work_function=4.5 * eV)},
            ["top.work_function: 4.3 eV here, 4.5 eV there"],
        ),
        (
            HeatSink(300.0),
            HeatSink(350.0, 1e-8),
            ["resistance: none here, 1e-08 m² K/W there", "temperature: 300.0 K here, 350.0 K there"],
        ),
        ((Poisson(), Carriers()), (Poisson(),), ["the value: Poisson, Carriers here, Poisson there"]),
        (
            (Poisson(), OpticalGeneration(1e27)),
            (Poisson(), OpticalGeneration(2e27)),
            ["OpticalGeneration.rate: 1e+27 1/(m^3 s) here, 2e+27 1/(m^3 s) there"],
        ),
        (
            MAPBI3,
            MAPBI3.with_(electron_affinity=3.9 * eV, name="MAPbI3"),
            [
                "electron_affinity: 3.7 eV here, 3.9 eV there",
                "modified: none here, 'electron_affinity' there",
            ],
        ),
        (OhmicContact(), GateContact(), ["the value: OhmicContact here, GateContact there"]),
        ({"a": 1}, {"b": 1}, ["a: 1 here, none there", "b: none here, 1 there"]),
        (True, 1, ["the value: True here, 1 there"]),
        ((0.0, 1.0), (0.0, math.nan), ["1: 1.0 here, nan there"]),
        (np.zeros(3), np.ones(3), ["the value: other values of an array of shape (3,) there"]),
    ],
)
def test_what_differs_is_named_by_its_path(here: Any, there: Any, words: list[str]) -> None:
    assert differences(to_dict(here), to_dict(there)) == words
    assert not same(here, there) and same(here, here)


def test_names_notes_and_sources_are_in_no_equation() -> None:
    renamed = MAPBI3.with_(band_gap=replace(MAPBI3.band_gap, note="another", source="assumed"), name="x")  # type: ignore[type-var]
    assert differences(to_dict(MAPBI3), to_dict(renamed))
    assert differences(to_dict(MAPBI3, labels=False), to_dict(renamed, labels=False)) == []
    points = Protocol.from_points([0.0, 2.0], [0.0, 1.0])
    assert to_dict(points, labels=False) == to_dict(Sweep(0, 1, rate=0.5), labels=False)


@dataclass(frozen=True)
class OwnTerm:
    """A term of a user's own."""

    rate: float
    type: str = "strange"

    @property
    def doubled(self) -> float:
        return FACTOR * self.rate + OwnTerm(1.0).rate


class Derived(OwnTerm):
    """A term that is made like another and does something else."""

    def halved(self) -> float:
        return self.rate / 2


class Counted(OwnTerm):
    """A term with a constructor and a behaviour of its own."""

    def __init__(self) -> None:
        super().__init__(1.0)

    def halved(self) -> float:
        return self.rate / 2


@dataclass
class Changing:
    """A value that may change after it has been described."""

    rate: float


def test_a_class_of_the_user_is_identified_by_its_source_and_not_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    described = to_dict(OwnTerm(1.0))
    assert "A term of a user's own" in described["source"] and without_identity(described) == []
    assert differences(described, to_dict(OwnTerm(2.0))) == ["rate: 1.0 here, 2.0 there"]
    monkeypatch.setitem(globals(), "FACTOR", 3.0)
    assert differences(described, to_dict(OwnTerm(1.0))) == ["doubled.FACTOR: 2.0 here, 3.0 there"]
    edited = {**described, "source": described["source"].replace("float", "int")}
    assert differences(described, edited) == ["the value: class OwnTerm here, another class OwnTerm there"]
    with pytest.raises(IncompatibleError, match="OwnTerm cannot be made from its description"):
        from_dict(described)


def test_a_class_is_not_taken_for_the_one_it_is_derived_from() -> None:
    assert not same(CurrentAbove("top", 1.0), CurrentBelow("top", 1.0))
    assert through_json(CurrentBelow("top", 1.0)) == CurrentBelow("top", 1.0)
    assert same(Derived(1.0), Derived(1.0)) and not same(Derived(1.0), OwnTerm(1.0))
    assert not same(Counted(), Counted())


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Changing(1.0),
        {1: object()},
        (b"bytes",),
        [1j],
        np.array([object()]),
        {"value": 1j, "unit": "V"},
    ],
)
def test_what_cannot_be_identified_is_the_same_as_nothing(value: Any) -> None:
    described = json.loads(json.dumps(to_dict(value)))
    assert not same(value, value)
    assert len(without_identity(described)) == 1 and " 0x" not in str(described)
    with pytest.raises(IncompatibleError, match="could not be described"):
        from_dict(described)


def test_a_value_that_holds_itself_is_not_walked_for_ever() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert to_dict(loop)["why"] == "it holds itself"


def deep(depth: int) -> Any:
    """Return a list in a list in a list ..."""
    data: Any = 1
    for _ in range(depth):
        data = [data]
    return data


HOSTILE: tuple[Any, ...] = (
    {"type": "os.system", "command": "touch hacked"},
    {"type": "subprocess.Popen", "args": ["touch", "hacked"]},
    {"type": "builtins.eval", "source": "1"},
    {"type": "fem.physics.capture_coefficient", "value": 1.0},
    {"type": "fem.physics.importlib"},
    {"type": "fem.physics.carriers.carriers.Carriers"},
    {"type": "fem.Device", "mesh": None},
    {"type": "fem.io.save_checkpoint", "path": "hacked"},
    {"type": "studies.iv_sweep"},
    {"type": "studies.Sweep", "voltages": [0, 1], "rate": 1.0},
    {"type": "geometries.meshing.drawing.Drawing"},
    {"type": "geometries.Layer"},
    {"type": "geometries.Layer", "name": "film", "thickness": -1.0},
    {"type": "geometries.Layer", "name": ["film"], "thickness": {"a": 1}},
    {"type": "geometries.VerticalStack", "layers": 3},
    {"type": "geometries.VerticalStack", "layers": ["film"]},
    {"type": "fem.contacts.OhmicContact", "work_functoin": 1.0},
    {"type": "fem.contacts.OhmicContact", "__class__": "x"},
    {"type": "fem.contacts.HeatSink", "temperature": "hot"},
    {"type": "fem.physics.MobileIons", "name": "unobtainium"},
    {"type": "function", "name": "f", "source": "def f(): import os", "values": {}},
    {"type": "partial", "of": {"type": "function"}},
    {"type": "class", "name": "x"},
    {"type": "array", "dtype": "O", "shape": [1], "values": [1]},
    {"type": "array", "dtype": "f8", "shape": [10**12], "values": [1.0]},
    {"type": "array", "dtype": "f8,f8", "shape": [1], "values": [1.0]},
    {"type": "array", "dtype": "f8", "shape": [1], "values": ["a"]},
    {"type": "float", "value": "1e999"},
    {"type": "mapping", "items": [1]},
    {"type": "mapping", "items": [[{"a": 1}, 1]]},
    {"type": ""},
    {"type": 3},
    {"type": ["fem.contacts.OhmicContact"]},
    {3: "x"},
    object(),
    b"bytes",
    deep(100_000),
)


@pytest.mark.parametrize(
    "data", HOSTILE, ids=lambda d: str(d)[:40] if isinstance(d, dict) else type(d).__name__
)
def test_data_that_describe_no_value_are_refused_in_one_sentence(data: Any) -> None:
    for wrapped in (data, {"physics": [data]}):
        with pytest.raises(MemfemError) as refused:
            from_dict(wrapped)
        assert "\n" not in str(refused.value) and len(str(refused.value)) < 2000


def test_a_misspelt_type_is_answered_with_the_right_one() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'fem\.physics\.MobileIons'"):
        from_dict({"type": "fem.physics.MobileIon", "name": "iodide_vacancy"})


def test_a_function_given_for_a_rate_is_described_and_not_read() -> None:
    rate: Callable[[Any], Any] = lambda x: 1e27 + 0 * x[0]  # noqa: E731
    described = to_dict(OpticalGeneration(rate))
    assert described["rate"]["source"] == "lambda x: 1e27 + 0 * x[0]"
    with pytest.raises(IncompatibleError, match="which is not read from data"):
        from_dict(described)
