"""Ions keep to their island: unconnected parts of a species' regions never share them."""

from __future__ import annotations

import numpy as np
import pytest

from fem import Device, OhmicContact, State, equilibrium, materials, steady
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import K, eV, nm
from geometries import Layer, VerticalStack

DILUTE = materials.MAPBI3.with_ion("iodide_vacancy", mean_density=1e23)
DENSE = materials.MAPBI3.with_ion("iodide_vacancy", mean_density=1e24)
STILL = materials.MAPBI3.without_ion("iodide_vacancy")


def two_islands(left: float, right: float) -> Device:
    stack = VerticalStack(Layer("A", 100 * nm), Layer("S", 50 * nm), Layer("B", 100 * nm))
    return Device(
        mesh=stack.mesh(size=5 * nm, interface_size=0.5 * nm),
        materials={"A": DILUTE, "S": STILL, "B": DENSE},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")],
        contacts={
            "bottom": OhmicContact(work_function=left * eV),
            "top": OhmicContact(work_function=right * eV),
        },
        temperature=300 * K,
    )


def ions_of(state: State) -> tuple[float, float]:
    """Return the numbers of ions below and above the blocking layer [1/m^2]."""
    x = state.device.context.scalar_space.tabulate_dof_coordinates()[:, 0]
    density = state.ion_density("iodide_vacancy")
    order = np.argsort(x)
    position, values = x[order] * nm, density[order]
    lower = position <= 100.001 * nm
    upper = position >= 149.999 * nm
    return (
        float(np.trapezoid(values[lower], position[lower])),
        float(np.trapezoid(values[upper], position[upper])),
    )


@pytest.mark.parametrize("work_functions", [(4.7, 4.7), (4.1, 5.3)])
def test_each_island_holds_the_ions_it_was_given(work_functions: tuple[float, float]) -> None:
    state = equilibrium(two_islands(*work_functions))
    assert ions_of(state) == pytest.approx((1e16, 1e17), rel=1e-10)


def test_bias_moves_no_ion_across_a_blocking_layer() -> None:
    state = steady(two_islands(4.1, 5.3), {"top": 0.8})
    assert ions_of(state) == pytest.approx((1e16, 1e17), rel=1e-9)
