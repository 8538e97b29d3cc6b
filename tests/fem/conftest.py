"""Fixtures of tests of bad descriptions: a device to change, and the answer to expect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import pytest

from fem import Device, OhmicContact
from fem.physics import Carriers, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack

Build = Callable[..., Device]


@pytest.fixture(scope="session")
def build(devices: ModuleType) -> Build:
    """A function that builds a device of film and metal, with changes."""

    def make(
        *,
        layers: tuple[str, ...] = ("film", "silver"),
        mesh: Any = None,
        materials: Mapping[str, Any] | None = None,
        physics: Any = None,
        contacts: Mapping[str, Any] | None = None,
        temperature: float | None = 300.0,
    ) -> Device:
        known = {
            "film": devices.film(ions={"cation": devices.ion(1e23, diffusivity=1e-15)}),
            "silver": devices.metal(4.3, "silver"),
            "gold": devices.metal(5.1, "gold"),
            "oxide": devices.insulator("oxide"),
        }
        drawn = VerticalStack(*(Layer(name, 50 * nm) for name in layers))
        return Device(
            mesh=drawn.mesh(size=25 * nm, interface_size=10 * nm) if mesh is None else mesh,
            materials={name: known[name] for name in layers} | dict(materials or {}),
            physics=[Poisson(), Carriers()] if physics is None else physics,
            contacts={"bottom": devices.ohmic(4.3), "top": OhmicContact(work_function=4.3 * eV)}
            | dict(contacts or {}),
            temperature=temperature,
        )

    return make


@contextmanager
def _answer(kind: type[Exception], *words: str) -> Iterator[None]:
    with pytest.raises(kind) as raised:
        yield
    text = str(raised.value)
    assert "\n" not in text
    for word in words:
        assert word in text, text


@pytest.fixture(scope="session")
def answer() -> Any:
    """A context that expects an error of one kind whose one sentence has all the words given."""
    return _answer
