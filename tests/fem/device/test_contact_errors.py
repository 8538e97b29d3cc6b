"""Bad contacts are answered in one sentence, before any solve: the thing, its value, what is allowed."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    BlockingContact,
    Device,
    GateContact,
    HeatSink,
    OhmicContact,
    SchottkyContact,
    StepControl,
    equilibrium,
    integrate,
    steady,
)
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, Conduction, Heat, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.conducting import resistor


def test_unknown_contact_is_named_with_close_matches(answer: Any, build: Any) -> None:
    with answer(UnknownNameError, "'topp'", "did you mean 'top'"):
        build(contacts={"topp": OhmicContact()})


def test_contact_on_an_inner_face_is_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'film|silver'", "inner face", "bottom, top"):
        build(contacts={"film|silver": OhmicContact()})


def test_contact_on_the_inner_face_of_an_insulator_is_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'film|oxide'", "inner face"):
        build(layers=("film", "oxide"), contacts={"film|oxide": GateContact(), "top": GateContact()})


@pytest.mark.parametrize("contact", [OhmicContact(), SchottkyContact(work_function=5 * eV)])
def test_carrier_contact_on_an_insulator_is_refused(answer: Any, build: Any, contact: Any) -> None:
    with answer(IncompatibleError, type(contact).__name__, "'top'", "'oxide'", "GateContact"):
        build(layers=("film", "oxide"), contacts={"top": contact})


def test_gate_on_a_semiconductor_is_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "GateContact 'bottom'", "semiconductor 'film'"):
        build(contacts={"bottom": GateContact(work_function=4 * eV)})


@pytest.mark.parametrize("kind", [SchottkyContact, BlockingContact])
def test_contact_without_metal_needs_a_work_function(answer: Any, build: Any, kind: Any) -> None:
    with answer(IncompatibleError, f"{kind.__name__} 'bottom'", "work_function", "no metal"):
        build(contacts={"bottom": kind()})


def test_contact_on_two_different_metals_needs_a_work_function(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'top'", "2 different work functions"):
        build(layers=("film", "silver", "gold"), contacts={"top": SchottkyContact()})


def test_two_electrical_contacts_on_one_face_are_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'top'", "twice"):
        build(contacts={"top": [OhmicContact(), SchottkyContact(work_function=4 * eV)]})


def test_two_heat_sinks_on_one_face_are_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'top'", "twice"):
        build(contacts={"top": [HeatSink(300.0), HeatSink(310.0)]})


def test_thing_that_is_no_contact_is_named(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'top'", "4.3", "no contact"):
        build(contacts={"top": 4.3})


def test_contacts_shorted_by_a_metal_are_refused(
    answer: Any, devices: ModuleType, drawings: ModuleType
) -> None:
    with answer(IncompatibleError, "'one'", "'other'", "shorted", "'upper'"):
        Device(
            mesh=drawings.Rectangle(sides={"left": "one", "right": "other"}, size=40.0),
            materials={"lower": devices.film(), "upper": devices.metal(4.3)},
            physics=[Poisson(), Carriers()],
            contacts={"one": devices.ohmic(4.3), "other": devices.ohmic(4.4)},
            temperature=300.0,
        )


def test_electrode_that_touches_only_metal_is_refused(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'bottom'", "no semiconductor and no insulator"):
        build(layers=("silver", "gold"), physics=[Poisson()])


def test_contacts_that_touch_are_refused(
    answer: Any, build: Any, devices: ModuleType, drawings: ModuleType
) -> None:
    mesh = drawings.Rectangle(sides={"left": "bottom", "top": "top"}, size=40.0)
    film = devices.film()
    with answer(IncompatibleError, "'bottom'", "'top'", "touch", "gap"):
        Device(
            mesh=mesh,
            materials={"lower": film, "upper": film},
            physics=[Poisson(), Carriers()],
            contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(4.4)},
            temperature=300.0,
        )


def test_floating_metal_is_refused(answer: Any, build: Any, devices: ModuleType) -> None:
    mesh = VerticalStack(*(Layer(n, 20 * nm) for n in ("film", "silver", "cap"))).mesh(
        size=20 * nm, interface_size=10 * nm
    )
    with answer(IncompatibleError, "'silver'", "floating"):
        build(mesh=mesh, materials={"cap": devices.film()})


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, 4.3])
def test_impossible_work_function_is_refused(answer: Any, value: float) -> None:
    for kind in (OhmicContact, SchottkyContact, BlockingContact, GateContact):
        with answer(OutOfRangeError, "work_function", repr(value), "4.3 * eV"):
            kind(work_function=value)


def test_impossible_numbers_of_contacts_and_steps_are_refused(answer: Any) -> None:
    with answer(OutOfRangeError, "electron_velocity", "-1.0"):
        SchottkyContact(electron_velocity=-1.0)
    with answer(OutOfRangeError, "temperature of a heat sink", "0"):
        HeatSink(0)
    with answer(OutOfRangeError, "tolerance of the step control", "0"):
        StepControl(tolerance=0)
    with answer(OutOfRangeError, "growth", "1.0"):
        StepControl(growth=1.0)


def test_unknown_contact_in_a_bias_is_named(answer: Any, build: Any) -> None:
    device = build()
    for solve in (
        lambda: steady(device, {"topp": 0.1}),
        lambda: list(integrate(device, equilibrium(device), bias=lambda t: {"topp": t}, end=1.0)),
        lambda: equilibrium(device).current("topp"),
    ):
        with answer(UnknownNameError, "contact 'topp'", "did you mean 'top'"):
            solve()


def test_a_region_is_no_contact(answer: Any, build: Any) -> None:
    with answer(UnknownNameError, "unknown contact 'film'", "'film' is a region, not a face"):
        build().electrode("film")


def test_device_without_electrical_contact_is_refused(answer: Any, devices: ModuleType) -> None:
    with answer(IncompatibleError, "no electrical contact"):
        Device(
            mesh=VerticalStack(Layer("film", 50 * nm)).mesh(size=25 * nm, interface_size=25 * nm),
            materials={"film": devices.film()},
            physics=[Poisson(), Carriers()],
            contacts={"top": HeatSink(300.0)},
        )


@pytest.mark.parametrize(
    ("sinks", "coupled", "warned"),
    [((340.0, 340.0), False, True), ((340.0, 340.0), True, False), ((300.0, 340.0), False, False)],
)
def test_a_temperature_beside_that_of_all_sinks_is_warned_of(sinks: Any, coupled: bool, warned: bool) -> None:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        resistor(
            physics=[Conduction(), Heat(coupled=coupled, electronic=False)],
            contacts={
                name: [OhmicContact(), HeatSink(t)] for name, t in zip(("bottom", "top"), sinks, strict=True)
            },
        )
    assert any("leave temperature out" in str(w.message) for w in found) == warned
