"""What is evaluated at a state leaves its device as it was, and knows whether the ions of the state were held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fem import (
    Device,
    HeatSink,
    OhmicContact,
    State,
    admittance,
    equilibrium,
    integrate,
    ion_flow,
    load_checkpoint,
    save_checkpoint,
    steady,
    temperature,
    with_ions,
)
from fem.currents.density import current_density
from fem.errors import IncompatibleError
from fem.materials import Arrhenius
from fem.physics import Carriers, ElectrodeReaction, Heat, MobileIons, Poisson, Traps
from fem.units import eV, nm
from geometries import Layer, VerticalStack

Evaluation = Callable[[State], object]
EVALUATIONS: dict[str, Evaluation] = {
    "current density": current_density,
    "temperature": temperature,
    "admittance": lambda state: admittance(state, "top", [1e3]),
    "ion flow": lambda state: ion_flow(state, "top", "cation"),
}


@pytest.fixture(scope="module")
def device(devices: ModuleType) -> Device:
    """A film with crowded ions, traps and heat."""
    moving = {"cation": devices.ion(4e24, site=1e25, diffusivity=1e-15)}
    film = devices.film(ions=moving, thermal_conductivity=(0.5, "W/(m K)"))
    reaction = ElectrodeReaction(
        "top",
        "cation",
        exchange_flux=Arrhenius(1e18, 0.0),
        transfer_coefficient=0.5,
        reaction_layer=1 * nm,
        reference_density=4e24,
    )
    contact = [OhmicContact(work_function=4.7 * eV), HeatSink(300.0)]
    level = Traps("deep", density=1e21, depth=0.5 * eV, electron_capture=1e-15, hole_capture=1e-16)
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=10 * nm, interface_size=2 * nm),
        materials={"film": film},
        physics=[Poisson(), Carriers(), MobileIons("cation"), level, reaction, Heat(coupled=False)],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def inside(device: Device) -> list[np.ndarray]:
    """Return a copy of everything that a solve leaves in its device."""
    context = device.context
    functions = [context.unknown, context.previous, context.older, *context.vacancy("cation")]
    return [f.x.array.copy() for f in functions] + [np.array(c.value) for c in context.switches]


@pytest.mark.parametrize("name", EVALUATIONS)
def test_an_evaluation_leaves_the_device_as_it_was(device: Device, name: str) -> None:
    other = steady(device, {"top": -0.2}, frozen_ions=True)
    for _ in integrate(device, equilibrium(device), bias=lambda t: {"top": 1e3 * t}, end=1e-4):
        pass
    before = inside(device)
    EVALUATIONS[name](other)
    assert all(np.array_equal(a, b) for a, b in zip(before, inside(device), strict=True))


def test_a_transient_does_not_see_that_its_states_are_evaluated(device: Device) -> None:
    def last(*evaluations: Evaluation) -> State:
        for state in integrate(device, equilibrium(device), bias=lambda t: {"top": 1e3 * t}, end=2e-4):
            for evaluation in evaluations:
                evaluation(state)
        return state

    assert np.array_equal(last().values, last(*EVALUATIONS.values()).values)


def test_a_value_at_a_state_does_not_depend_on_what_was_solved_before(device: Device) -> None:
    state = steady(device, {"top": 0.3})
    first = {name: evaluation(state) for name, evaluation in EVALUATIONS.items() if name != "temperature"}
    for _ in integrate(device, state, bias=lambda t: {"top": 0.3 - 1e3 * t}, end=1e-4):
        pass
    for name, value in first.items():
        assert EVALUATIONS[name](state) == pytest.approx(value, rel=1e-6), name


def test_a_state_says_whether_its_ions_were_held(device: Device, tmp_path: Path) -> None:
    held, free = (steady(device, {"top": 0.1}, frozen_ions=frozen) for frozen in (True, False))
    assert held.frozen_ions and not free.frozen_ions and not equilibrium(device).frozen_ions
    assert replace(held, time=1.0).frozen_ions
    for k, state in enumerate((held, free)):
        again = load_checkpoint(device, save_checkpoint(state, tmp_path / f"{k}.h5"))
        assert again.frozen_ions is state.frozen_ions
    assert not next(integrate(device, held, bias=lambda t: {"top": 0.1}, end=1e-6)).frozen_ions


def test_ions_that_were_put_somewhere_carry_current_unless_they_are_held(device: Device) -> None:
    put = with_ions(equilibrium(device), "cation", lambda x: 1e24 * (1 + x[0] / (100 * nm)))
    assert np.abs(current_density(put, "cation")).max() > 0
    held = steady(device, {}, start=put, frozen_ions=True)
    assert np.all(current_density(held, "cation") == 0.0)


@pytest.mark.parametrize("cut", ["nodes", "unknowns", "flat"])
def test_a_start_of_another_shape_is_told_in_words(cut: str, devices: ModuleType) -> None:
    device = devices.single_layer()
    rest = equilibrium(device)
    wrong = {"nodes": rest.values[:-1], "unknowns": rest.values[:, :-1], "flat": rest.values.ravel()}[cut]
    with pytest.raises(IncompatibleError, match=r"the start have the shape .* nodes of this rank with"):
        steady(device, {"top": 0.1}, start=replace(rest, values=wrong))
    steady(device, {"top": 0.1}, start=rest)
