"""A p-n diode against DEVSIM (128 bit, the same Scharfetter-Gummel scheme on the same nodes).

The terminal currents of the reference are exact on their mesh; what is left is the round-off of double
precision in a neutral, highly doped layer, which grows relative to the current towards zero bias.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fem import State, equilibrium, steady
from fem.constants import thermal_voltage

DATA = Path(__file__).parent / "data" / "R1_pn_diode"
PROFILE = np.loadtxt(DATA / "profile_tau1e-07_V0.5_mesh1.csv", delimiter=",", skiprows=1)
CURVE = np.loadtxt(DATA / "jv_tau1e-07_mesh1.csv", delimiter=",", skiprows=1)


@pytest.fixture(scope="module")
def states(devices: ModuleType) -> dict[float, State]:
    """The steady states at the voltages of the reference."""
    device = devices.pn_diode(PROFILE[:, 0])
    zero = equilibrium(device)
    found = {0.0: zero}
    for sign in (1, -1):
        last = zero
        for voltage in sorted((v for v in CURVE[:, 0] if v * sign > 0), key=abs):
            found[voltage] = last = steady(device, {"bottom": voltage}, start=last)
    return found


def test_mesh_is_that_of_the_reference(states: dict[float, State]) -> None:
    assert states[0.0].device.mesh.num_nodes == 161


@pytest.mark.parametrize(
    ("low", "high", "tolerance"), [(0.4, 0.8, 1e-6), (0.1, 0.4, 1e-3), (-1.0, -0.1, 1e-6)]
)
def test_current_is_that_of_the_reference(
    states: dict[float, State], low: float, high: float, tolerance: float
) -> None:
    rows = [(v, j) for v, j, _ in CURVE if low - 1e-9 <= v <= high + 1e-9]
    assert len(rows) >= 5
    for voltage, expected in rows:
        assert states[voltage].current("bottom") == pytest.approx(expected, rel=tolerance)


def test_both_contacts_carry_the_same_current(states: dict[float, State]) -> None:
    """The weights of the two do not overlap: this is a statement on the equations between them."""
    for voltage, state in states.items():
        into, out = state.current("bottom"), -state.current("top")
        if voltage >= 0.4 or voltage <= -0.1:
            assert into == pytest.approx(out, rel=1e-8)
        else:  # round-off in the doped layers, 1e-21 of the currents that cancel there
            assert into == pytest.approx(out, rel=1e-8, abs=2e-10)


def test_densities_and_potential_at_half_a_volt_are_those_of_the_reference(
    states: dict[float, State],
) -> None:
    state = states[0.5]
    scale = state.device.scaling
    order = np.argsort(state.device.mesh.mesh.geometry.x[:, 0])
    potential, n, p = state.values[order].T
    np.testing.assert_allclose(n * scale.density, PROFILE[:, 2], rtol=1e-8)
    np.testing.assert_allclose(p * scale.density, PROFILE[:, 3], rtol=1e-8)
    # the reference's potential is zero where n = p = n_i, and so is the scaled one
    np.testing.assert_allclose(potential * thermal_voltage(300.0), PROFILE[:, 1], atol=1e-9)
