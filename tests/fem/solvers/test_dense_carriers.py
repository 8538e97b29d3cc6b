"""Steady states with more carriers than a solid has room for are warned of, by species and region; others are not."""

from __future__ import annotations

import warnings
from types import ModuleType

import pytest

from fem import BlockingContact, Device, OhmicContact, steady
from fem.contacts import Contact
from fem.errors import ModelWarning
from fem.physics import Carriers, OpticalGeneration, Poisson
from fem.solvers.dense_carriers import crowded
from fem.units import eV, nm
from geometries import Layer, VerticalStack

CLOSED = BlockingContact(work_function=4.5 * eV)
IN_THE_BAND = OhmicContact(work_function=3.63 * eV)


def lit(devices: ModuleType, contact: Contact) -> Device:
    """Return a film that light fills between two contacts."""
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=10 * nm, interface_size=1 * nm, growth=1.5),
        materials={"film": devices.film()},
        physics=[Poisson(), Carriers(), OpticalGeneration(1e27)],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


@pytest.fixture
def film(devices: ModuleType) -> Device:
    """A film from which no contact takes carriers."""
    return lit(devices, CLOSED)


def test_light_that_fills_a_film_beyond_its_atoms_is_told(film: Device) -> None:
    with pytest.warns(ModelWarning, match=r"electrons per m\^3 in region 'film'.*holes per m\^3"):
        state = steady(film, {}, light=1e14)
    found = crowded(state)
    assert found[("hole", "film")] == pytest.approx(state.density("hole")[1:-1].max())


def test_usual_light_is_not(film: Device) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        assert crowded(steady(film, {}, light=1.0)) == {}


def test_a_contact_has_a_limit_of_its_own(devices: ModuleType) -> None:
    state = steady(lit(devices, IN_THE_BAND), {"top": 0.1})
    assert state.density("electron").max() > 1e28
    assert crowded(state) == {}
