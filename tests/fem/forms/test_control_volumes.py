"""Control volumes: what corners have of cells is all of them, and as the bisectors part it where no angle is obtuse."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, DeviceMesh
from fem.forms.control_volumes import bisected, control_volumes
from fem.forms.edge_data import CellShapes
from fem.units import nm
from geometries import Axisymmetric, Layer, Planar, VerticalStack
from tests.fem.forms.test_nodal_values import SHAPES, junction

Array = npt.NDArray[np.float64]
STACK = VerticalStack(Layer("lower", 20 * nm), Layer("upper", 10 * nm))


def plane() -> DeviceMesh:
    """Return two regions of right-angled cells, finer towards their faces."""
    shape = Planar(width=40 * nm, lateral_size=15 * nm)
    return DeviceMesh.from_drawing(STACK.mesh(size=8 * nm, interface_size=3 * nm, shape=shape))


def shares(mesh: DeviceMesh) -> Array:
    """Return the share of each corner in its cell, shape (cells, 3)."""
    return np.asarray(control_volumes(mesh).x.array.reshape(-1, 3))


def corners_of(x: list[list[float]]) -> CellShapes:
    return CellShapes(np.array([x]), axisymmetric=False)


def test_right_angles_have_half_of_their_triangles() -> None:
    triangle = corners_of([[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])
    np.testing.assert_allclose(bisected(triangle), [[0.5, 0.25, 0.25]], rtol=1e-14)


def test_parts_are_those_on_each_side_of_the_bisectors() -> None:
    """Counted: points of a grid in an acute triangle that are nearest to each of its corners."""
    x = [[0.0, 0.0], [1.0, 0.1], [0.35, 0.9]]
    a, b = np.meshgrid(*[(np.arange(2000) + 0.5) / 2000] * 2)
    inside = a + b < 1
    points = a[inside, None] * np.array(x[1]) + b[inside, None] * np.array(x[2])
    nearest = np.argmin([((points - np.array(corner)) ** 2).sum(axis=1) for corner in x], axis=0)
    expected = np.bincount(nearest) / len(points)
    np.testing.assert_allclose(bisected(corners_of(x))[0], expected, atol=1e-3)


def test_what_parts_lack_of_the_first_moment_is_a_sum_over_edges() -> None:
    """With opposite signs in neighbours, so that the volumes are of second order; obtuse triangles are among these."""
    x = np.random.default_rng(4).uniform(0, 1, (500, 3, 2))
    triangles = CellShapes(x, axisymmetric=False)
    volume, flow = triangles.volumes[:, None], np.zeros((500, 2))
    lack = volume * np.einsum("nk,nka->na", bisected(triangles) - 1 / 3, x)
    for i, j, other in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        edge = x[:, j] - x[:, i]
        normal = np.stack([edge[:, 1], -edge[:, 0]], axis=1)
        normal *= -np.sign(np.einsum("na,na->n", normal, x[:, other] - x[:, i]))[
            :, None
        ]  # as long as the edge
        flow -= (edge**2).sum(axis=1, keepdims=True) * normal / 24
    large = volume[:, 0] > 1e-3
    np.testing.assert_allclose(lack[large], flow[large], atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_without_obtuse_angles_and_only_so_all_parts_are_a_quarter_to_a_half(seed: int) -> None:
    x = np.random.default_rng(seed).uniform(0, 1, (2000, 3, 2))
    sides = x[:, [1, 2, 0]] - x
    obtuse = (np.einsum("nka,nka->nk", sides, sides[:, [1, 2, 0]]) > 0).any(axis=1)
    found = bisected(CellShapes(x, axisymmetric=False))
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)  # also of slivers
    assert 0.2 < obtuse.mean() < 0.8
    np.testing.assert_array_equal(found.min(axis=1) < 0.25, obtuse)
    assert found[~obtuse].max() <= 0.5


def volumes(device: Device) -> tuple[Array, Array]:
    """Return the volume of each node that is lumped [mesh unit^2], and its place."""
    space, mesh = device.context.scalar_space, device.mesh
    dofs, geometry = space.dofmap.list, mesh.mesh.geometry
    triangles = CellShapes(geometry.x[geometry.dofmaps[0]][:, :, :2], axisymmetric=False)
    parts = shares(mesh) * triangles.volumes[:, None]
    found = np.bincount(dofs.ravel(), weights=parts.ravel())
    return found, space.tabulate_dof_coordinates()[:, :2]


def test_nodes_of_rectangles_have_half_of_each_side_whichever_way_these_were_cut(devices: ModuleType) -> None:
    found, x = volumes(junction(devices, SHAPES["plane"], warm=False))
    widths = []
    for k in (0, 1):
        lines = np.unique(np.round(x[:, k], 9))
        half = np.diff(lines) / 2
        near = np.r_[half, 0.0] + np.r_[0.0, half]
        widths.append(near[np.searchsorted(lines, np.round(x[:, k], 9))])
    np.testing.assert_allclose(found, widths[0] * widths[1], rtol=1e-6)


def test_a_region_with_an_obtuse_angle_is_parted_evenly_and_the_other_by_bisectors() -> None:
    mesh = plane()
    x = mesh.mesh.geometry.x
    upper = x[:, 1] > x[:, 1].max() - 5.0
    x[upper, 0] += 0.5 * (x[upper, 1] - x[upper, 1].min())
    found, tag = shares(mesh), mesh.regions["upper"]
    slanted = found[mesh.cell_region == tag]
    np.testing.assert_array_equal(slanted, np.full_like(slanted, 1 / 3))
    assert np.sort(found[mesh.cell_region != tag], axis=1) == pytest.approx(
        np.tile([0.25, 0.25, 0.5], (len(found) - len(slanted), 1)), abs=1e-9
    )


@pytest.mark.parametrize("shape", [None, Axisymmetric(radius=40 * nm, lateral_size=15 * nm), SHAPES["block"]])
def test_lines_discs_and_blocks_are_parted_evenly(devices: ModuleType, shape: Any) -> None:
    assert junction(devices, shape, warm=False).context.calculus.shares is None
