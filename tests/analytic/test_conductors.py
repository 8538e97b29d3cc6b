r"""Uniform conductors: what linear elements must get exactly, and the resistance of a disk on a body.

Between a disk of radius a and a confocal oblate half-spheroid of height :math:`\xi a` the resistance is
:math:`\rho\,\arctan(\xi)/(2\pi a)`, which becomes :math:`\rho/4a` in a half-space (J. C. Maxwell, Treatise, 1873;
R. Holm, Electric Contacts, 1967).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from fem import Device, DeviceMesh, GateContact, OhmicContact, StepControl, equilibrium, integrate, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.physics import Carriers, Poisson
from fem.units import eV, mV, nm
from geometries import Layer, VerticalStack

DOPING, MOBILITY = 1e24, 1e-3
CONDUCTIVITY = ELEMENTARY_CHARGE * DOPING * MOBILITY  # [S/m]


@dataclass(frozen=True, kw_only=True)
class Shape:
    """One region "wire" drawn by gmsh; ``contacts`` are the groups that ``draw`` makes."""

    dimension: int
    contacts: tuple[str, ...] = ("bottom", "top")
    coordinates: str = "cartesian"
    cross_section: float | None = None
    unit: float = 1e-7
    regions: tuple[str, ...] = ("wire",)
    interfaces: tuple[str, ...] = ()
    description: Mapping[str, Any] = field(default_factory=dict)


class Brick(Shape):
    """A brick of 1 x 1 x 2 units with irregular tetrahedra, its inner nodes pushed about."""

    def draw(self, model: Any) -> None:
        """Add the brick and its mesh to ``model``."""
        tag = model.occ.addBox(0, 0, 0, 1, 1, 2)
        model.occ.synchronize()
        model.addPhysicalGroup(3, [tag], name="wire")
        for name, height in zip(self.contacts, (0.0, 2.0), strict=True):
            low = (-0.1, -0.1, height - 0.1)
            faces = model.getEntitiesInBoundingBox(*low, 1.1, 1.1, height + 0.1, 2)
            model.addPhysicalGroup(2, [t for _, t in faces], name=name)
        model.mesh.setSize(model.getEntities(0), 0.25)
        model.mesh.generate(3)
        random = np.random.default_rng(1)
        nodes, xyz, _ = model.mesh.getNodes(3, tag)
        for node, position in zip(nodes, np.reshape(xyz, (-1, 3)), strict=True):
            model.mesh.setNode(node, position + random.uniform(-0.04, 0.04, 3), [])


class Spheroid(Shape):
    """The half-plane section of an oblate half-spheroid, with a disk of one unit on its flat face."""

    height = 20.0

    def draw(self, model: Any) -> None:
        """Add the section and its mesh to ``model``; x is the radius, the body lies below y = 0."""
        occ, wide = model.occ, np.hypot(1.0, self.height)
        points = [occ.addPoint(*p, 0) for p in ((0, 0), (1, 0), (wide, 0), (0, -self.height))]
        lines = [
            occ.addLine(points[0], points[1]),
            occ.addLine(points[1], points[2]),
            occ.addEllipseArc(points[2], points[0], points[2], points[3]),
            occ.addLine(points[3], points[0]),
        ]
        face = occ.addPlaneSurface([occ.addCurveLoop(lines)])
        occ.synchronize()
        model.addPhysicalGroup(2, [face], name="wire")
        model.addPhysicalGroup(1, [lines[0]], name="top")
        model.addPhysicalGroup(1, [lines[2]], name="bottom")
        model.mesh.setSizeCallback(lambda _d, _t, x, y, _z, _s: 0.01 + 0.12 * np.hypot(x - 1, y))
        model.mesh.generate(2)


def wire(devices: ModuleType, mesh: Any) -> Device:
    """Return a uniform conductor by electrons."""
    metal = devices.semiconductor(
        "wire", mobility=MOBILITY, donor_density=(DOPING, "m^-3"), conduction=4.0, valence=6.0
    )
    return Device(
        mesh=mesh,
        materials={"wire": metal},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def negative_weights(mesh: Any) -> float:
    """Return the share of the edges of a tetrahedral mesh whose assembled edge weight is negative."""
    cells = mesh.geometry.dofmaps[0]
    corners = mesh.geometry.x[cells]
    system = np.concatenate([np.ones((*cells.shape, 1)), corners], axis=2)
    slopes = np.linalg.inv(system)[:, 1:, :]
    volume = np.abs(np.linalg.det(system)) / 6
    stiffness = np.einsum("cki,ckj,c->cij", slopes, slopes, volume)
    weights: dict[tuple[int, int], float] = {}
    for cell, matrix in zip(cells, stiffness, strict=True):
        for i in range(4):
            for j in range(i):
                key = tuple(sorted((int(cell[i]), int(cell[j]))))
                weights[key] = weights.get(key, 0.0) - matrix[i, j]
    return float(np.mean(np.array(list(weights.values())) < -1e-12))


def test_block_of_irregular_tetrahedra_carries_voltage_over_resistance(devices: ModuleType) -> None:
    """Every tenth edge or more has a negative weight, and yet one volt drives V / R."""
    mesh = DeviceMesh.from_drawing(Brick(dimension=3))
    assert negative_weights(mesh.mesh) > 0.1
    device = wire(devices, mesh)
    state = steady(device, {"top": 1.0})
    area, length = (1 * mesh.unit) ** 2, 2 * mesh.unit
    expected = CONDUCTIVITY * area / length
    assert state.current("top") == pytest.approx(expected, rel=1e-10)
    assert state.current("bottom") == pytest.approx(-expected, rel=1e-10)


def test_disk_on_a_body_has_the_spreading_resistance_of_maxwell(devices: ModuleType) -> None:
    section = Spheroid(dimension=2, coordinates="axisymmetric", cross_section=1.0)
    device = wire(devices, DeviceMesh.from_drawing(section))
    state = steady(device, {"top": 0.01})
    expected = np.arctan(section.height) / (2 * np.pi * section.unit * CONDUCTIVITY)
    assert 0.01 / state.current("top") == pytest.approx(expected, rel=0.01)


def test_ramp_on_a_capacitor_drives_its_capacitance_times_the_rate(devices: ModuleType) -> None:
    """Two insulators in series: nothing but displacement current."""
    layers = {"lower": (40 * nm, 3.9), "upper": (10 * nm, 25.0)}
    gate = GateContact(work_function=4.5 * eV)
    device = Device(
        mesh=VerticalStack(*(Layer(n, d) for n, (d, _) in layers.items())).mesh(
            size=5 * nm, interface_size=1 * nm
        ),
        materials={n: devices.insulator(n, e) for n, (_, e) in layers.items()},
        physics=[Poisson()],
        contacts={"bottom": gate, "top": gate},
        temperature=300.0,
    )
    capacitance = VACUUM_PERMITTIVITY / sum(d / e for d, e in layers.values())
    rate = 1e3
    states = list(integrate(device, equilibrium(device), bias=lambda t: {"top": rate * t}, end=1e-3))
    for state in states:
        assert state.current("top") == pytest.approx(capacitance * rate, rel=1e-9)
        assert state.current("top", "displacement") == pytest.approx(capacitance * rate, rel=1e-9)


def test_step_on_a_resistor_and_a_capacitor_decays_with_their_product(devices: ModuleType) -> None:
    r"""A conductor of 1 µm and an oxide of 10 nm in series.

    The linear response of both and of the double layer between them, of Debye length λ:

    .. math:: Z(s) = \frac{L}{\sigma+s\varepsilon} + \left(\frac{1}{s\varepsilon}
              - \frac{1}{\sigma+s\varepsilon}\right)\frac{1}{k} + \frac{d}{s\varepsilon},\qquad
              k^2\lambda^2 = 1 + s\varepsilon/\sigma.

    Its zero :math:`s_0`, close to -1/RC, gives the current after a step, :math:`I=Ve^{s_0t}/[s_0Z'(s_0)]`.
    """
    length, oxide, voltage = 1000 * nm, 10 * nm, 1 * mV
    metal = devices.semiconductor(
        "wire", permittivity=10.0, mobility=1e-6, donor_density=(1e24, "m^-3"), conduction=4.0, valence=6.0
    )
    flat = 4.0 + thermal_voltage(300.0) * np.log(2.2e24 / 1e24)  # no band bending at rest
    device = Device(
        mesh=VerticalStack(Layer("wire", length), Layer("oxide", oxide)).mesh(
            size=10 * nm, interface_size=0.1 * nm, growth=1.1
        ),
        materials={"wire": metal, "oxide": devices.insulator("oxide", 10.0)},
        physics=[Poisson(), Carriers(species=("electron",))],
        contacts={"bottom": OhmicContact(), "top": GateContact(work_function=flat * eV)},
        temperature=300.0,
    )
    permittivity, sigma = 10 * VACUUM_PERMITTIVITY, ELEMENTARY_CHARGE * 1e24 * 1e-6
    debye = np.sqrt(permittivity * thermal_voltage(300.0) / (ELEMENTARY_CHARGE * 1e24))

    def impedance(s: float) -> float:
        bulk = sigma + s * permittivity
        layer = debye / np.sqrt(1 + s * permittivity / sigma)
        return length / bulk + (1 / (s * permittivity) - 1 / bulk) * layer + oxide / (s * permittivity)

    product = length * permittivity / (oxide + debye) / sigma  # R C
    zero = float(brentq(impedance, -1.2 / product, -0.8 / product, xtol=1e-12 / product))
    assert -1 / zero == pytest.approx(product, rel=0.02)
    slope = (impedance(zero * 1.0001) - impedance(zero * 0.9999)) / (2e-4 * zero)
    ramp = 1e-4 * product
    marks = np.array([0.1, 0.3, 1.0, 2.0, 3.0]) * product
    states = list(
        integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": voltage * min(t / ramp, 1.0)},
            end=4 * product,
            kinks=[ramp],
            milestones=marks,
            control=StepControl(tolerance=1e-7),
        )
    )
    times = np.array([state.time for state in states])
    for mark in marks:
        state = states[int(np.argmin(np.abs(times - mark)))]
        expected = voltage / (zero * slope) * np.exp(zero * (mark - ramp / 2))
        assert state.current("top") == pytest.approx(expected, rel=5e-3)
        assert state.current("bottom") == pytest.approx(-state.current("top"), rel=1e-6)
