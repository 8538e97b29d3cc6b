"""Meshes that nobody would draw: random, far from Delaunay, with slivers of quality down to 1e-3.

gmsh makes an irregular mesh of a box; then every inner node is pushed about at random as far as no cell turns
over, and some nodes are moved until one of their cells is all but flat. On each of them a p-n diode, or a film
with carriers and moving ions, has to be solved without failure, with positive densities, and with the
current of a fine one-dimensional mesh to 2 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, OhmicContact, State, steady
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
FLATTEST = 1e-3  # quality of the worst cell
LAYERS = {"diode": (("p", 400.0), ("n", 400.0)), "film": (("film", 200.0),)}  # [nm]
BIAS = {"diode": {"bottom": 0.5}, "film": {"top": 0.9}}  # [V]


@dataclass(frozen=True, kw_only=True)
class AbusedBox:
    """Layers along x with a random mesh; lengths in nm. ``slivers``: share of the inner nodes made flat."""

    dimension: int
    layers: tuple[tuple[str, float], ...]
    width: float
    seed: int
    finest: float
    largest: float
    slivers: float = 0.3
    unit: float = 1e-9
    coordinates: str = "cartesian"
    cross_section: float | None = None
    contacts: tuple[str, ...] = ("bottom", "top")
    interfaces: tuple[str, ...] = ()
    description: Mapping[str, Any] = field(default_factory=dict)

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the layers."""
        return tuple(name for name, _ in self.layers)

    @property
    def faces(self) -> Array:
        """Positions of all faces of the layers."""
        return np.concatenate([[0.0], np.cumsum([thickness for _, thickness in self.layers])])

    def draw(self, model: Any) -> None:
        """Add the box, its named groups and its abused mesh to ``model``."""
        d, occ, faces = self.dimension, model.occ, self.faces
        random = np.random.default_rng(self.seed)
        parts = []
        for start, (_, thickness) in zip(faces, self.layers, strict=False):
            if d == 2:
                parts.append((2, occ.addRectangle(start, 0, 0, thickness, self.width)))
            else:
                parts.append((3, occ.addBox(start, 0, 0, thickness, self.width, self.width)))
        if len(parts) > 1:
            parts = [kept[0] for kept in occ.fragment(parts[:1], parts[1:])[1]]
        occ.synchronize()
        for (name, _), (_, tag) in zip(self.layers, parts, strict=True):
            model.addPhysicalGroup(d, [tag], name=name)
        for name, x in zip(self.contacts, (0.0, faces[-1]), strict=True):
            found = [t for _, t in model.getEntities(d - 1) if self._flat_at(model, d - 1, t, x)]
            model.addPhysicalGroup(d - 1, found, name=name)
        uneven = random.uniform(0.7, 1.2, 64)

        def size(_dim: int, _tag: int, x: float, y: float, z: float, _size: float) -> float:
            factor = uneven[int(x / 17 + y / 13 + z / 11) % 64]
            return factor * min(self.largest, self.finest + 0.15 * float(np.abs(faces - x).min()))

        model.mesh.setSizeCallback(size)
        model.mesh.generate(d)
        for _, tag in parts:
            self._abuse(model, tag, random)

    @staticmethod
    def _flat_at(model: Any, dim: int, tag: int, x: float) -> bool:
        low, _, _, high, _, _ = model.getBoundingBox(dim, tag)
        return max(abs(low - x), abs(high - x)) < 1e-3

    def _abuse(self, model: Any, tag: int, random: np.random.Generator) -> None:
        """Move the inner nodes of one layer."""
        d = self.dimension
        tags, xyz, _ = model.mesh.getNodes()
        place = {int(t): k for k, t in enumerate(tags)}
        points = np.reshape(xyz, (-1, 3)).copy()
        cells = np.array([place[int(t)] for t in model.mesh.getElements(d, tag)[2][0]]).reshape(-1, d + 1)
        inner = [place[int(t)] for t in model.mesh.getNodes(d, tag)[0]]
        around: dict[int, Ints] = {k: np.flatnonzero((cells == k).any(axis=1)) for k in inner}
        sense = np.sign(signed_volume(points[cells]))
        for node in inner:
            star = cells[around[node]]
            reach = np.linalg.norm(points[star] - points[node], axis=2).max() * 0.4
            move_if_valid(points, node, star, sense[around[node]], random.uniform(-reach, reach, 3), d, 0.02)
        for node in random.permutation(inner)[: max(1, int(self.slivers * len(inner)))]:
            star, turn = cells[around[node]], sense[around[node]]
            target = random.choice(len(star))
            others = points[star[target][star[target] != node]]
            goal = random.dirichlet(np.ones(d)) @ others - points[node]
            for part in (0.9999, 0.9995, 0.998, 0.99, 0.95, 0.8):
                if move_if_valid(points, node, star, turn, part * goal, d, FLATTEST):
                    break
        for node in inner:
            model.mesh.setNode(int(tags[node]), points[node].tolist(), [])


def signed_volume(corners: Array) -> Array:
    """Return the signed volumes (areas in a plane) of simplices with these corners, shape (cells,)."""
    d = corners.shape[1] - 1
    return np.asarray(np.linalg.det(corners[:, 1:, :d] - corners[:, :1, :d]))


def quality(corners: Array) -> Array:
    """Return radius ratios of simplices: 1 if regular, 0 if flat, shape (cells,)."""
    d = corners.shape[1] - 1
    volume = np.abs(signed_volume(corners)) / (2 if d == 2 else 6)
    edge = np.linalg.norm(corners[:, :, None] - corners[:, None, :], axis=3)
    if d == 2:
        a, b, c = edge[:, 0, 1], edge[:, 1, 2], edge[:, 0, 2]
        return np.asarray(16 * volume**2 / ((a + b + c) * a * b * c))
    rest = [[k for k in range(4) if k != left] for left in range(4)]
    area = sum(
        np.linalg.norm(
            np.cross(corners[:, k[1]] - corners[:, k[0]], corners[:, k[2]] - corners[:, k[0]]), axis=1
        )
        for k in rest
    )
    p, q, r = (edge[:, 0, k] * edge[:, i, j] for k, i, j in ((1, 2, 3), (2, 1, 3), (3, 1, 2)))
    round_about = np.sqrt(np.maximum((p + q + r) * (p + q - r) * (p - q + r) * (q + r - p), 1e-300))
    return np.asarray(3 * (6 * volume / area) * 24 * volume / round_about)


def move_if_valid(
    points: Array, node: int, star: Ints, sense: Array, shift: Array, dimension: int, worst: float
) -> bool:
    """Move a node where none of its cells turns over or becomes worse than ``worst``; return whether."""
    old = points[node].copy()
    points[node, :dimension] += shift[:dimension]
    corners = points[star]
    valid = (signed_volume(corners) * sense > 0).all() and quality(corners).min() >= worst
    if not valid:
        points[node] = old
    return bool(valid)


def device_of(devices: ModuleType, kind: str, mesh: Any) -> Device:
    """Return the diode or the film on a mesh."""
    if kind == "diode":
        base: dict[str, Any] = dict(
            permittivity=11.7,
            mobility=(0.1, 0.04),
            states=1e25,
            conduction=4.05,
            valence=5.12,
            electron_lifetime=(1e-8, "s"),
            hole_lifetime=(1e-8, "s"),
        )
        return Device(
            mesh=mesh,
            materials={
                "p": devices.semiconductor("p", acceptor_density=(1e22, "m^-3"), **base),
                "n": devices.semiconductor("n", donor_density=(1e22, "m^-3"), **base),
            },
            physics=[Poisson(), Carriers()],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )
    ions = {"cation": devices.ion(1e23, diffusivity=1e-14, site=1e25)}
    return Device(
        mesh=mesh,
        materials={"film": devices.film(ions=ions)},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(5.1)},
        temperature=300.0,
    )


def box(kind: str, dimension: int, seed: int) -> AbusedBox:
    """Return the drawing of one case."""
    sizes = {("diode", 2): (6, 40), ("diode", 3): (12, 60), ("film", 2): (2.5, 10), ("film", 3): (6, 20)}
    finest, largest = sizes[kind, dimension]
    width = 100.0
    return AbusedBox(
        dimension=dimension, layers=LAYERS[kind], width=width, seed=seed, finest=finest, largest=largest
    )


@pytest.fixture(scope="module")
def fine_current(devices: ModuleType) -> Any:
    """The current density of a case on a fine line [A/m²]."""

    @cache
    def find(kind: str) -> float:
        stack = VerticalStack(*(Layer(name, thickness * nm) for name, thickness in LAYERS[kind]))
        mesh = stack.mesh(size=1 * nm, interface_size=0.1 * nm, growth=1.1)
        return solved(device_of(devices, kind, mesh), kind).current(next(iter(BIAS[kind])))

    return find


def solved(device: Device, kind: str) -> State:
    """Return the steady state of a case, reached in steps of 0.1 V."""
    return steady(device, BIAS[kind], max_bias_step=0.1)


def check(devices: ModuleType, kind: str, dimension: int, seed: int, wanted: float) -> None:
    """Solve a case and compare it."""
    drawing = box(kind, dimension, seed)
    device = device_of(devices, kind, drawing)
    mesh = device.mesh.mesh
    worst = quality(mesh.geometry.x[mesh.geometry.dofmaps[0]]).min()
    assert worst < 20 * FLATTEST, "the mesh is not bad enough"
    contact = next(iter(BIAS[kind]))
    state = solved(device, kind)
    fields = len(device.context.fields)
    assert (state.values[:, 1:fields] > 0).all()
    area = (drawing.width * drawing.unit) ** (dimension - 1)
    assert state.current(contact) / area == pytest.approx(wanted, rel=0.02)
    other = "top" if contact == "bottom" else "bottom"
    assert state.current(contact) == pytest.approx(-state.current(other), rel=1e-6)
    if kind == "film":
        assert state.ion_inventory("cation") == pytest.approx(1e23 * 200e-9 * area, rel=1e-10)


@pytest.mark.parametrize(("kind", "dimension"), [("diode", 2), ("film", 2), ("diode", 3)])
def test_a_bad_mesh_gives_the_current_of_a_fine_one(
    devices: ModuleType, fine_current: Any, kind: str, dimension: int
) -> None:
    check(devices, kind, dimension, 1, fine_current(kind))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "dimension", "seed"),
    [(k, d, s) for k in ("diode", "film") for d, n in ((2, 15), (3, 10)) for s in range(100, 100 + n)],
)
def test_fifty_bad_meshes_give_the_current_of_a_fine_one(
    devices: ModuleType, fine_current: Any, kind: str, dimension: int, seed: int
) -> None:
    check(devices, kind, dimension, seed, fine_current(kind))
