"""Contacts that are a foil inside of a film: each side has its own carriers, and emission goes to both."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    BlockingContact,
    Device,
    DeviceMesh,
    HeatSink,
    OhmicContact,
    SchottkyContact,
    equilibrium,
    steady,
)
from fem.errors import IncompatibleError
from fem.heat.steady import SteadyHeat
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import eV

METAL = SchottkyContact(work_function=4.5 * eV, image_force_permittivity=5.0)


def device(devices: ModuleType, drawing: Any, foil: Any = METAL, ions: bool = False, **more: Any) -> Device:
    """Return a film with ohmic contacts outside and a foil inside."""
    moving = {"cation": devices.ion(1e23, mobility=1e-13)} if ions else None
    outer = {n: devices.ohmic(4.2) for n in drawing.contacts if n != "foil"}
    return Device(
        mesh=drawing,
        materials={"film": devices.film(ions=moving)},
        physics=[Poisson(), Carriers(), *([MobileIons("cation")] if ions else [])],
        contacts={**outer, "foil": foil},
        **{"temperature": 300.0} | more,
    )


@pytest.mark.parametrize("dimension", [1, 2])
@pytest.mark.parametrize("foil", [METAL, OhmicContact(work_function=4.5 * eV)])
@pytest.mark.parametrize("bias", [0.8, -0.8])
def test_a_foil_between_mirrored_films_carries_twice_the_current_of_one(
    devices: ModuleType, drawings: ModuleType, dimension: int, foil: Any, bias: float
) -> None:
    both, one = (
        steady(device(devices, drawings.Foil(dimension=dimension, alone=alone), foil), {"foil": bias})
        for alone in (False, True)
    )
    assert both.current("foil") == pytest.approx(2 * one.current("foil"), rel=1e-9)
    assert both.current("top") == pytest.approx(both.current("bottom"), rel=1e-9)


@pytest.mark.parametrize("foil", [METAL, BlockingContact(work_function=4.5 * eV)])
def test_the_sides_of_a_foil_do_not_know_of_each_other(
    devices: ModuleType, drawings: ModuleType, foil: Any
) -> None:
    both = device(devices, drawings.Foil(), foil, ions=True)
    one = device(devices, drawings.Foil(alone=True), foil, ions=True)
    state = steady(both, {"bottom": 0.4, "top": -0.7})
    for name, bias in (("bottom", 0.4), ("top", -0.7)):
        alone = steady(one, {"bottom": bias})
        assert state.current(name) == pytest.approx(alone.current("bottom"), rel=1e-8, abs=1e-10)
    assert state.ion_inventory("cation") == pytest.approx(equilibrium(both).ion_inventory("cation"), rel=1e-9)


def test_the_rim_of_a_foil_is_one_node(drawings: ModuleType) -> None:
    whole, half = (DeviceMesh.from_drawing(drawings.Foil(dimension=2, share=s)) for s in (1.0, 0.5))
    assert whole.sheets == half.sheets == ("foil",)
    assert whole.num_nodes == 41 * 21 + 21
    assert half.num_nodes == 41 * 41 + 20  # the end inside of the film stays one
    for mesh, edges in ((whole, 20), (half, 20)):
        assert len(mesh.facets("foil")) == 2 * edges


def test_a_foil_that_ends_in_a_film_emits_on_both_sides(devices: ModuleType, drawings: ModuleType) -> None:
    state = steady(device(devices, drawings.Foil(dimension=2, share=0.5)), {"foil": 0.8})
    assert state.current("top") == pytest.approx(state.current("bottom"), rel=1e-9)
    assert sum(state.current(n) for n in state.bias) == pytest.approx(
        0, abs=1e-9 * abs(state.current("foil"))
    )
    alone = device(devices, drawings.Foil(dimension=2, share=1.0))
    whole = steady(alone, {"foil": 0.8}).current("foil")
    assert 0.5 * whole < state.current("foil") < whole  # it is half as wide, and emits around its end


def test_a_foil_between_two_films_is_refused_where_carriers_would_pass_it(
    devices: ModuleType, drawings: ModuleType
) -> None:
    drawing = drawings.Rectangle(
        sides={"bottom": "bottom", "top": "top"}, missing=("lower|upper",), interfaces=("lower|upper",)
    )
    with pytest.raises(IncompatibleError, match="between the regions 'lower' and 'upper'"):
        Device(
            mesh=drawing,
            materials={"lower": devices.film(), "upper": devices.film()},
            physics=[Poisson(), Carriers()],
            contacts={"bottom": devices.ohmic(4.2), "lower|upper": METAL},
            temperature=300.0,
        )


def test_heat_does_not_end_at_a_foil_unsaid(devices: ModuleType, drawings: ModuleType) -> None:
    mesh = DeviceMesh.from_drawing(drawings.Foil())
    with pytest.raises(IncompatibleError, match="sheet inside of a region"):
        SteadyHeat(mesh, {"film": 0.5}, {"bottom": HeatSink(300.0)})
    SteadyHeat(mesh, {"film": 0.5}, {"bottom": HeatSink(300.0), "foil": HeatSink(300.0)})
    warm = devices.film(thermal_conductivity=(0.5, "W/(m K)"), volumetric_heat_capacity=(1e6, "J/(m^3 K)"))
    for sink in ([], [HeatSink(300.0, 1e-8)]):
        with pytest.raises(IncompatibleError, match="sheet inside of a region"):
            Device(
                mesh=mesh,
                materials={"film": warm},
                physics=[Poisson(), Carriers(), Heat()],
                contacts={"bottom": [devices.ohmic(4.2), HeatSink(300.0)], "foil": [METAL, *sink]},
            )


def test_fields_of_a_cut_mesh_are_those_of_its_halves(devices: ModuleType, drawings: ModuleType) -> None:
    state = equilibrium(device(devices, drawings.Foil()))
    x = state.device.context.scalar_space.tabulate_dof_coordinates()[:, 0]
    order = np.argsort(np.abs(x), kind="stable")
    np.testing.assert_allclose(state.potential()[order][::2], state.potential()[order][1::2], rtol=1e-9)
