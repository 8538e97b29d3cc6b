"""Bad trap levels and interfaces are answered in one sentence, before any solve."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from fem import Device, equilibrium
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import (
    Carriers,
    InterfaceRecombination,
    InterfaceTraps,
    Poisson,
    Traps,
    capture_coefficient,
)
from fem.units import eV, nm
from geometries import Layer, VerticalStack

GOOD: dict[str, Any] = {
    "density": 1e22,
    "energy": 4.6 * eV,
    "electron_capture": 1e-14,
    "hole_capture": 1e-14,
}
FACE: dict[str, Any] = {"electron_velocity": 1.0, "hole_velocity": 1.0}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"density": -1.0}, ("'deep'", "-1.0", "positive")),
        ({"electron_capture": float("nan")}, ("electron_capture", "nan", "zero or positive")),
        ({"name": "electron"}, ("'electron'", "new name")),
        ({"name": "two words"}, ("'two words'", "underscores")),
    ],
)
def test_impossible_value_of_a_level_is_named(answer: Any, change: dict[str, Any], words: tuple[str]) -> None:
    with answer(OutOfRangeError, *words):
        Traps(**({"name": "deep"} | GOOD | change))


def test_level_that_is_described_too_little_or_too_much_is_refused(answer: Any) -> None:
    with answer(UnknownNameError, "kind", "'aceptor'", "did you mean 'acceptor'"):
        Traps("deep", **(GOOD | {"kind": "aceptor"}))
    for change in ({"energy": None}, {"depth": 0.5 * eV}):
        with answer(IncompatibleError, "'deep'", "either energy"):
            Traps("deep", **(GOOD | change))
    with answer(IncompatibleError, "'deep'", "neither electrons nor holes"):
        Traps("deep", **(GOOD | {"electron_capture": 0.0, "hole_capture": 0.0}))
    with answer(OutOfRangeError, "cross section", "-1"):
        capture_coefficient(-1, 1e5)


def test_level_outside_of_the_gap_is_named_with_its_region_and_the_gap(answer: Any, build: Any) -> None:
    with answer(OutOfRangeError, "'film'", "energy", "3.5", "3.9 to 5.5 eV"):
        build(physics=[Poisson(), Carriers(), Traps("deep", **(GOOD | {"energy": 3.5 * eV}))])
    with answer(OutOfRangeError, "'film'", "depth", "2.0", "0 to 1.6 eV"):
        build(physics=[Poisson(), Carriers(), Traps("deep", **(GOOD | {"energy": None, "depth": 2 * eV}))])


def test_region_of_a_level_is_a_semiconductor(answer: Any, build: Any) -> None:
    with answer(UnknownNameError, "'flim'", "did you mean 'film'"):
        build(physics=[Poisson(), Carriers(), Traps("deep", **GOOD, regions=("flim",))])
    with answer(IncompatibleError, "'silver'", "no semiconductor"):
        build(physics=[Poisson(), Carriers(), Traps("deep", **GOOD, regions=("silver",))])


def test_level_needs_the_carriers_that_it_captures(answer: Any, build: Any) -> None:
    with answer(IncompatibleError, "'deep'", "captures holes", "hole_capture=0"):
        build(physics=[Poisson(), Carriers(species=("electron",)), Traps("deep", **GOOD)])
    with answer(IncompatibleError, "two physics terms", "'deep'"):
        build(physics=[Poisson(), Carriers(), Traps("deep", **GOOD), Traps("deep", **GOOD)])


def test_unknown_level_of_a_state_is_named(answer: Any, build: Any) -> None:
    device = build(physics=[Poisson(), Carriers(), Traps("deep", **GOOD)])
    with answer(UnknownNameError, "'dep'", "did you mean 'deep'"):
        equilibrium(device).trap_occupancy("dep")


def stack(devices: ModuleType, *physics: object) -> Device:
    """Return film, oxide and another oxide."""
    return Device(
        mesh=VerticalStack(*(Layer(n, 20 * nm) for n in ("film", "oxide", "cap"))).mesh(
            size=10 * nm, interface_size=10 * nm
        ),
        materials={
            "film": devices.film(),
            "oxide": devices.insulator("oxide"),
            "cap": devices.insulator("cap"),
        },
        physics=[Poisson(), *physics],
        contacts={"bottom": devices.ohmic(4.3)},
        temperature=300.0,
    )


def test_interface_that_cannot_recombine_is_named(answer: Any, devices: ModuleType) -> None:
    with answer(OutOfRangeError, "hole_velocity", "'film|oxide'", "-1.0"):
        InterfaceRecombination("film|oxide", electron_velocity=1.0, hole_velocity=-1.0)
    with answer(OutOfRangeError, "energy", "'film|oxide'", "-1.0"):
        InterfaceRecombination("film|oxide", **FACE, energy=-1.0)
    with answer(UnknownNameError, "interface", "'oxide|film'", "did you mean", "'film|oxide'"):
        stack(devices, Carriers(), InterfaceRecombination("oxide|film", **FACE))
    with answer(IncompatibleError, "'oxide|cap'", "no semiconductor", "insulator"):
        stack(devices, Carriers(), InterfaceRecombination("oxide|cap", **FACE))
    with answer(IncompatibleError, "'film|oxide'", "electrons from 'oxide'", "'film'"):
        stack(devices, Carriers(), InterfaceRecombination("film|oxide", **FACE, electrons_from="oxide"))
    with answer(IncompatibleError, "'film|oxide'", "electrons and holes"):
        stack(devices, Carriers(species=("hole",)), InterfaceRecombination("film|oxide", **FACE))


def test_interface_that_cannot_have_states_is_named(answer: Any, devices: ModuleType) -> None:
    def states(interface: str, **more: Any) -> InterfaceTraps:
        return InterfaceTraps("states", interface=interface, **(GOOD | {"density": 1e15} | more))

    with answer(OutOfRangeError, "density of InterfaceTraps('states')", "-1.0", "positive"):
        states("film|oxide", density=-1.0)
    with answer(UnknownNameError, "interface", "'oxide|film'", "did you mean", "'film|oxide'"):
        stack(devices, Carriers(), states("oxide|film"))
    with answer(IncompatibleError, "'oxide|cap'", "needs a semiconductor", "insulator"):
        stack(devices, Carriers(), states("oxide|cap"))
    with answer(IncompatibleError, "side='oxide'", "'film|oxide'", "'film'"):
        stack(devices, Carriers(), states("film|oxide", side="oxide"))
    with answer(IncompatibleError, "'states'", "captures holes", "hole_capture=0"):
        stack(devices, Carriers(species=("electron",)), states("film|oxide"))
    with answer(OutOfRangeError, "'film'", "energy", "3.5", "3.9 to 5.5 eV"):
        stack(devices, Carriers(), states("film|oxide", energy=3.5 * eV))
    with answer(IncompatibleError, "between two semiconductors", "side='ETL'", "side='film'"):
        base = devices.three_layers(size=20 * nm, interface_size=10 * nm)
        Device(
            mesh=base.mesh,
            materials=base.setting.materials,
            physics=[*base.physics, states("ETL|film")],
            contacts=base.contacts,
            temperature=300.0,
        )


def test_states_at_a_metal_are_refused(answer: Any, build: Any) -> None:
    states = InterfaceTraps("states", interface="film|silver", **(GOOD | {"density": 1e15}))
    with answer(IncompatibleError, "'film|silver'", "'silver' (metal)"):
        build(physics=[Poisson(), Carriers(), states])
