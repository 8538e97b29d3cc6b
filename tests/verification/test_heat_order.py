"""Heat conduction converges with the order of its elements, in the plane and around an axis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl

from fem import DeviceMesh, HeatSink
from fem.heat.steady import SteadyHeat
from fem.units import nm
from geometries import Axisymmetric, Layer, Planar, VerticalStack

SIDE = 100 * nm
CONDUCTIVITY = 0.7


def exact(mesh: DeviceMesh, mathematics: Any) -> Any:
    """Return the rise [K] as a function of scaled positions: no flux at the sides, 0 at bottom and top."""
    side = SIDE / mesh.unit
    start = 0.0 if mesh.axisymmetric else -0.5 * side

    def rise(x: Any) -> Any:
        across = mathematics.cos(np.pi * (x[0] - start) / side)
        return (2 + across) * mathematics.sin(np.pi * x[1] / side)

    return rise


def error(shape_of: Any, size: float, degree: int) -> float:
    """Return the L2 error of the rise on a mesh of cells of ``size`` [m]."""
    from dolfinx import fem as dfem

    drawing = VerticalStack(Layer("film", SIDE)).mesh(size=size, interface_size=size, shape=shape_of(size))
    mesh = DeviceMesh.from_drawing(drawing)
    sinks = {name: HeatSink(300.0) for name in ("bottom", "top")}
    heat = SteadyHeat(mesh, {"film": CONDUCTIVITY}, sinks, degree=degree)
    x, v = ufl.SpatialCoordinate(mesh.mesh), ufl.TestFunction(heat.space)
    rise = exact(mesh, ufl)(x)
    radius = 2 * np.pi * x[0] if mesh.axisymmetric else 1.0
    length = mesh.unit if mesh.axisymmetric else 1.0  # volume over length squared, per unit
    dx = ufl.dx(metadata={"quadrature_degree": 8})
    source = CONDUCTIVITY * length * radius * ufl.inner(ufl.grad(rise), ufl.grad(v)) * dx
    field = heat.solve(source)
    found = field.function()
    square = dfem.assemble_scalar(dfem.form((found - 300.0 - rise) ** 2 * radius * dx))
    return float(np.sqrt(square))


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize(
    "shape_of",
    [
        lambda size: Planar(width=SIDE, lateral_size=size),
        lambda size: Axisymmetric(radius=SIDE, lateral_size=size),
    ],
    ids=["planar", "axisymmetric"],
)
def test_error_falls_with_the_order_of_the_elements(shape_of: Any, degree: int) -> None:
    sizes = [SIDE / n for n in (8, 16, 32)]
    errors = [error(shape_of, size, degree) for size in sizes]
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert np.abs(orders - (degree + 1)).max() < 0.1, orders
