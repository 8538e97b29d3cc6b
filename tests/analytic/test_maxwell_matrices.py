"""Capacitances and conductances of electrodes against closed forms: plates, wires, strips; charge is conserved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ellipk

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.mesh.device_mesh import DeviceMesh
from fem.solvers.laplace import Laplace
from fem.units import nm
from geometries import Axisymmetric, LateralDevice, Layer, Planar, VerticalStack
from tests.two_wires import strips, wires

PAIR = {"left": ["left"], "right": ["right"]}


def stack(shape: Planar | Axisymmetric | None = None, area: float | None = None) -> DeviceMesh:
    """Return metals with two layers between them."""
    layers = [Layer("a", 20 * nm), Layer("one", 30 * nm), Layer("two", 50 * nm), Layer("b", 20 * nm)]
    drawing = VerticalStack(*layers).mesh(size=10 * nm, interface_size=10 * nm, shape=shape, area=area)
    return DeviceMesh.from_drawing(drawing)


@pytest.mark.parametrize(
    "shape",
    [
        None,
        Planar(width=200 * nm, depth=1e-6, lateral_size=50 * nm),
        Axisymmetric(radius=100 * nm, lateral_size=20 * nm),
    ],
)
def test_parallel_plates_are_layers_in_series(shape: Planar | Axisymmetric | None) -> None:
    area = {None: 3e-12, Planar: 200e-9 * 1e-6, Axisymmetric: np.pi * 1e-14}[type(shape) if shape else None]
    mesh = stack(shape, area if shape is None else None)
    found = Laplace(mesh, {"one": 2e-11, "two": 4e-10}, {"a": ["a"], "b": ["b"]})
    exact = area / (30e-9 / 2e-11 + 50e-9 / 4e-10)
    assert found.matrix == pytest.approx(exact * np.array([[1, -1], [-1, 1]]), rel=1e-9)
    field = found.mean_field_products("one")[0, 0]
    assert field == pytest.approx((exact / area / 2e-11) ** 2, rel=1e-9)


@pytest.mark.parametrize("radius", [0.2, 0.6, 0.9])
def test_two_wires_are_those_of_the_conformal_map(radius: float, tmp_path: Path) -> None:
    """C' = pi eps/arcosh(D/2r); the disc around them is 40 half distances in radius, which takes off 0.1 %."""
    found = Laplace(wires(tmp_path, radius), {"medium": 3.0}, PAIR)
    assert found.matrix[0, 0] == pytest.approx(np.pi * 3.0 / np.arccosh(1 / radius), rel=0.005)
    assert found.matrix.sum() == pytest.approx(0, abs=1e-12)


def test_coplanar_strips_are_those_of_elliptic_integrals(tmp_path: Path) -> None:
    """C' = eps K(k')/K(k), k = gap over outer width, for strips without thickness; theirs is a 1000th of the gap."""
    gap, width = 1.0, 1.5
    found = Laplace(strips(tmp_path, gap, width, 1e-3, 1e-3), {"medium": 2.0}, PAIR)
    k = gap / (gap + 2 * width)
    exact = 2.0 * ellipk(1 - k**2) / ellipk(k**2)
    assert found.matrix[0, 0] == pytest.approx(exact, rel=0.01)


def test_strips_on_a_film_as_wide_as_they_are_those_of_elliptic_integrals() -> None:
    """A sine maps the film, deep and as wide as the strips, onto a half plane: k = sin(pi gap/2 width)."""
    gap, strip = 100 * nm, 150 * nm
    device = LateralDevice(film=Layer("film", 1000 * nm), gap=gap, electrode_width=strip, width=1e-6)
    drawing = device.mesh(
        size=50 * nm, interface_size=1 * nm, lateral_size=20 * nm, edge_size=0.5 * nm, growth=1.5
    )
    found = Laplace(DeviceMesh.from_drawing(drawing), {"film": 5.0}, PAIR)
    k = np.sin(0.5 * np.pi * gap / (gap + 2 * strip))
    exact = 0.5 * 5.0 * 1e-6 * ellipk(1 - k**2) / ellipk(k**2)
    assert found.matrix[0, 0] == pytest.approx(exact, rel=0.005)


def test_charge_is_conserved_and_reactions_are_energies(tmp_path: Path) -> None:
    found = Laplace(wires(tmp_path, 0.5, 0.1), {"medium": 1.0}, PAIR, degree=1)
    assert found.charges == pytest.approx(found.matrix, rel=1e-9)
    assert np.abs(found.charges.sum(axis=0)).max() < 1e-10 * found.matrix.max()


def test_a_medium_that_does_not_conduct_takes_no_part(tmp_path: Path) -> None:
    mesh = stack(Planar(width=200 * nm, depth=1e-6, lateral_size=50 * nm))
    found = Laplace(mesh, {"one": 1.0, "two": 0.0}, {"a": ["a"], "b": ["b"]})
    assert np.abs(found.matrix).max() < 1e-20


def test_electrodes_that_touch_and_unknown_names_are_refused() -> None:
    mesh = stack()
    with pytest.raises(IncompatibleError, match="'one' and 'a' touch"):
        Laplace(mesh, {"two": 1.0, "b": 1.0}, {"a": ["a"], "one": ["one"]})
    with pytest.raises(IncompatibleError, match="two electrodes"):
        Laplace(mesh, {"two": 1.0}, {"a": ["a"]})
    with pytest.raises(UnknownNameError):
        Laplace(mesh, {"two": 1.0}, {"a": ["a"], "b": ["c"]})
    with pytest.raises(IncompatibleError, match="'two' has no coefficient"):
        Laplace(mesh, {"one": 1.0}, {"a": ["a"], "b": ["b"]})
    with pytest.raises(OutOfRangeError, match="coefficient of 'two'"):
        Laplace(mesh, {"one": 1.0, "two": -1.0}, {"a": ["a"], "b": ["b"]})
