r"""The field at the apex of a hyperboloidal tip over a plane.

In prolate spheroidal coordinates the potential between the hyperboloid :math:`\eta = \eta_0` and the plane
:math:`\eta = 0` depends on η alone (W. R. Smythe, Static and Dynamic Electricity, 1950), so that at the apex
of radius of curvature R, at the distance d from the plane,

.. math:: E = \frac{2V}{R\,\eta_0\,\ln\frac{1+\eta_0}{1-\eta_0}},\quad \eta_0 = \sqrt{\frac{d}{d+R}},

which for R much below d is the well-known :math:`2V/(R\ln(4d/R))`.
"""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from fem import Device, DeviceMesh, GateContact, HeatSink, OhmicContact, steady
from fem.currents.density import electric_field
from fem.heat.steady import SteadyHeat
from fem.physics import Conduction, Poisson
from fem.units import V, eV, nm
from geometries import ConeTip, HyperboloidTip, Layer, TipElectrode, VerticalStack

VOLTAGE = 1.0 * V


def tip(radius: float, gap: float) -> TipElectrode:
    """Return a tip of that apex radius and distance to the plane [m], much higher than both."""
    height = 15 * gap
    return TipElectrode(
        stack=VerticalStack(Layer("film", height + gap)),
        electrode="bottom",
        film="film",
        tip=HyperboloidTip(apex_radius=radius, height=height),
        width=1.5 * height,
    )


def apex_field(devices: ModuleType, shape: TipElectrode, apex_size: float, size: float) -> float:
    """Return the field at the apex at 1 V [V/m], from the parabola through the first nodes on the axis."""
    gate = GateContact(work_function=4.5 * eV)
    device = Device(
        mesh=shape.mesh(size=size, apex_size=apex_size, growth=1.15),
        materials={"film": devices.insulator("film")},
        physics=[Poisson()],
        contacts={"bottom": gate, "top": gate},
        temperature=300.0,
    )
    state = steady(device, {"top": VOLTAGE})
    x = device.context.scalar_space.tabulate_dof_coordinates() * device.mesh.unit
    axis = np.flatnonzero(x[:, 0] < 1e-6 * apex_size)
    axis = axis[np.argsort(x[axis, 1])][:3]
    height, potential = x[axis, 1], state.potential()[axis]
    assert height[0] == pytest.approx(shape.apex, rel=1e-9)
    return float(np.polyfit(height - height[0], potential, 2)[1])


def closed_form(radius: float, gap: float) -> float:
    """Return the exact field at 1 V [V/m]."""
    eta = math.sqrt(gap / (gap + radius))
    return 2 * VOLTAGE / (radius * eta * math.log((1 + eta) / (1 - eta)))


@pytest.mark.parametrize(("radius", "gap"), [(5 * nm, 20 * nm), (2 * nm, 40 * nm)])
def test_the_apex_field_of_a_hyperboloid_is_that_of_the_closed_form(
    devices: ModuleType, radius: float, gap: float
) -> None:
    exact = closed_form(radius, gap)
    coarse, fine = (
        apex_field(devices, tip(radius, gap), apex_size=radius / n, size=gap) / exact for n in (10, 20)
    )
    assert coarse == pytest.approx(1.0, abs=0.05)
    assert fine == pytest.approx(1.0, abs=0.03)
    assert 2 * fine - coarse == pytest.approx(1.0, abs=0.01), "what is left is of first order in the cell"


def conducted_field(devices: ModuleType, shape: TipElectrode, apex_size: float, size: float) -> float:
    """Return the apex field at 1 V [V/m] in a film of one conductivity: that of the cells nearby, led to the apex."""
    device = Device(
        mesh=shape.mesh(size=size, apex_size=apex_size, growth=1.25),
        materials={"film": devices.insulator("film").with_(electrical_conductivity=1e-3)},
        physics=[Conduction()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    field = np.hypot(*electric_field(steady(device, {"top": VOLTAGE})).T)
    places = device.context.scalar_space.tabulate_dof_coordinates() * device.mesh.unit
    centres = places[device.context.scalar_space.dofmap.list].mean(axis=1)
    r, z = centres[:, 0] / apex_size, (centres[:, 1] - shape.apex) / apex_size
    near = np.hypot(r, z) < 5
    terms = np.column_stack((np.ones(near.sum()), z[near], z[near] ** 2, r[near] ** 2))
    return float(np.linalg.lstsq(terms, field[near])[0][0])


def test_the_current_meets_the_closed_form_field_at_the_apex_of_a_tip(devices: ModuleType) -> None:
    radius, gap = 5 * nm, 20 * nm
    found = conducted_field(devices, tip(radius, gap), apex_size=radius / 20, size=2 * gap)
    assert found == pytest.approx(closed_form(radius, gap), rel=0.05)
    assert found > 2 * VOLTAGE / gap, "more than twice the field of plates at the distance of the gap"


def test_the_planar_control_has_the_field_of_a_parallel_plate(devices: ModuleType) -> None:
    flat = tip(5 * nm, 20 * nm).planar()
    thickness = flat.stack.thickness
    found = apex_field(devices, flat, apex_size=1 * nm, size=thickness / 10)
    assert found == pytest.approx(VOLTAGE / thickness, rel=1e-6)


def test_the_section_and_the_volume_of_a_tip_conduct_the_same_heat() -> None:
    shape = TipElectrode(
        stack=VerticalStack(Layer("Au", 20 * nm), Layer("film", 100 * nm), Layer("Ag", 20 * nm)),
        electrode="Au",
        film="film",
        tip=ConeTip(apex_radius=5 * nm, half_angle=math.radians(20), height=70 * nm),
        width=120 * nm,
    )
    conductivities = {"Au": 300.0, "film": 0.5, "Ag": 400.0}
    sinks = {"bottom": HeatSink(301.0), "top": HeatSink(300.0)}

    def heat(cell: TipElectrode, dimension: int) -> float:
        mesh = DeviceMesh.from_drawing(cell.mesh(size=8 * nm, apex_size=1.5 * nm, dimension=dimension))
        found = SteadyHeat(mesh, conductivities, sinks).solve({"film": 0.0})
        assert found.heat_into("bottom") == pytest.approx(-found.heat_into("top"), rel=1e-6)
        return found.heat_into("top")

    layers = [layer.thickness / conductivities[layer.name] for layer in shape.stack.layers]
    assert heat(shape.planar(), 2) == pytest.approx(shape.area / sum(layers), rel=1e-6)
    assert heat(shape, 3) == pytest.approx(heat(shape, 2), rel=0.005)
    assert heat(shape, 2) > 1.3 * heat(shape.planar(), 2)
