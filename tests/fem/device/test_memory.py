"""Devices are freed when the last name goes: parametric studies make thousands."""

from __future__ import annotations

import gc
import weakref

from fem import Device, HeatSink, SchottkyContact, equilibrium, materials, steady
from fem.heat.of_state import temperature
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import K, nm
from geometries import Layer, VerticalStack


def make() -> Device:
    stack = VerticalStack(Layer("ITO", 20 * nm), Layer("film", 50 * nm), Layer("Au", 20 * nm))
    contact = [SchottkyContact(), HeatSink(300 * K)]
    return Device(
        mesh=stack.mesh(size=10 * nm, interface_size=1 * nm),
        materials={"ITO": materials.ITO, "film": materials.MAPBI3, "Au": materials.GOLD},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy"), Heat(coupled=False)],
        contacts={"bottom": contact, "top": contact},
    )


def test_a_solved_device_is_freed_with_its_last_name() -> None:
    gc.collect()
    gc.disable()
    try:
        device = make()
        state = steady(device, {"top": 0.1}, start=equilibrium(device))
        temperature(state)
        watch = weakref.ref(device)
        del device, state
        assert watch() is None
    finally:
        gc.enable()
