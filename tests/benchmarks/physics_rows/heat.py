"""Heat that carriers take along, beside Peltier's and Thomson's laws, and the ledger of energy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fem import Device, HeatSink, OhmicContact, SchottkyContact, State, steady
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, thermal_voltage
from fem.heat.of_state import DeviceHeat, heat_parts, temperature
from fem.physics import Carriers, Heat, Poisson
from fem.units import eV, nm, um
from geometries import Axisymmetric, Layer, VerticalStack
from tests import devices
from tests.benchmarks.table import Row, at_most

STATES, LENGTH = 1e25, 1 * um


def thermoelectric() -> Iterator[Row]:
    """Yield by how much the heat of junctions, contacts and a bar between two temperatures differs from the laws."""
    lack = 0.0
    for step in (0.0, 0.1):
        state = steady(bar((1e22, 1e24), step=step), {"bottom": 1e-3})
        x, heat, _ = _along(state)
        first, second = (thermal_voltage(300.0) * (2.5 + np.log(STATES / n)) for n in (1e22, 1e24))
        near = np.abs(x - LENGTH) < 0.5 * LENGTH
        lack = max(lack, abs(heat[near].sum() / (-state.current("bottom") * (first - second)) - 1))
        contact = heat[x < 0.1 * um].sum() / (first * state.current("bottom"))
        lack = max(lack, abs(contact - 1))
    yield at_most("Peltier heat, junctions and contact: lack", 1e-3, float(lack))
    yield at_most("Thomson heat, N_c ~ T^3/2: lack", 1e-3, _thomson())
    worst = max(_lack_of_energy(bar((1e23, 1e22), **case), bias) for case in CASES for bias in (0.9, -0.1))
    yield at_most("energy ledger, six devices: lack", 1e-8, worst)


CASES: list[dict[str, Any]] = [
    {},
    {"ends": (330.0, 300.0)},
    {"resistance": 1e-6, "acceptors": True},
    {
        "contact": SchottkyContact(work_function=4.3 * eV, image_force_permittivity=11.7),
        "resistance": 1e-7,
    },
    {"shape": Axisymmetric(radius=100 * nm, lateral_size=40 * nm), "resistance": 1e-7, "step": 0.05},
    {"coupled": False, "acceptors": True},
]


def bar(
    doping: tuple[float, float],
    *,
    ends: tuple[float, float] = (300.0, 300.0),
    contact: Any = None,
    step: float = 0.0,
    **more: Any,
) -> Device:
    """Return two doped halves, the upper one's bands ``step`` [eV] deeper, between sinks at ``ends`` [K].

    ``more``: "acceptors" of the lower half, "resistance" of the sinks, "shape", "coupled".
    """
    common = dict(permittivity=11.7, states=STATES, mobility=(0.1, 0.04)) | {
        f"{s}_lifetime": (1e-7, "s") for s in ("electron", "hole")
    }
    common |= {"thermal_conductivity": (2.0, "W/(m K)"), "volumetric_heat_capacity": (2e6, "J/(m^3 K)")}
    halves = {}
    for k, density in enumerate(doping):
        kind = "acceptor_density" if k == 0 and more.get("acceptors") else "donor_density"
        half = devices.semiconductor(
            "ab"[k],
            conduction=4.05 + k * step,
            valence=5.12 + k * step,
            **{kind: (density, "m^-3")},
            **common,
        )
        halves["ab"[k]] = half
    contact = contact or OhmicContact()
    return Device(
        mesh=VerticalStack(Layer("a", LENGTH), Layer("b", LENGTH)).mesh(
            shape=more.get("shape"), size=40 * nm, interface_size=2 * nm
        ),
        materials=halves,
        physics=[Poisson(), Carriers(), Heat(coupled=more.get("coupled", True))],
        contacts={
            name: [contact, HeatSink(at, more.get("resistance"))]
            for name, at in zip(("bottom", "top"), ends, strict=True)
        },
        temperature=300.0,
    )


def _along(state: State) -> tuple[Any, Any, Any]:
    """Return places [m], heat that carriers took along [W/m²] and temperatures [K] of a line, from below."""
    x = state.device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * state.device.mesh.unit
    order = np.argsort(x)
    return (
        x[order],
        DeviceHeat(state.device).nodal(state)["thermoelectric"][order],
        state.temperature()[order],
    )


def _thomson() -> float:
    state = steady(bar((1e23, 1e23), ends=(300.0, 340.0)), {"bottom": 0.1})
    x, heat, t = _along(state)
    inside = np.flatnonzero((x > 0.4 * um) & (x < 1.6 * um))
    begin, end = ((t[k] + t[k + d]) / 2 for k, d in ((inside[0], -1), (inside[-1], 1)))
    expected = state.current("bottom") / ELEMENTARY_CHARGE * 1.5 * BOLTZMANN * (end - begin)
    return float(abs(heat[inside].sum() / expected - 1))


def _lack_of_energy(device: Device, bias: float) -> float:
    """Return by how much the heat of a state, or what its sinks take, differs from current times bias."""
    state = steady(device, {"bottom": bias})
    power = state.current("bottom") * bias
    lack = abs(sum(heat_parts(state).values()) / power - 1)
    if bias < 0.5:  # so little that the sinks' 300 K have no digits for it
        return lack
    field = temperature(state)
    return max(lack, abs(sum(field.heat_into(n) for n in device.contacts) / power - 1))
