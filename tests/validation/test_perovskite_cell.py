"""Perovskite cells against an independent one-dimensional Scharfetter-Gummel program.

Steady dark currents below some 1e-8 A/m² have a noise of round-off in the reference itself: its own meshes
2 and 4 differ by up to 3e-11 A/m² there without converging. That much is allowed on top of the tolerance.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, State, StepControl, equilibrium, integrate, steady

DATA = Path(__file__).parent / "data" / "R3_perovskite_cell"
NOISE = 3e-11  # of the reference [A/m^2]
Array = npt.NDArray[np.float64]


def reference(name: str) -> Array:
    """Return the rows of a reference file."""
    return np.loadtxt(DATA / f"{name}.csv", delimiter=",", skiprows=1)


def curve(device: Device, start: State, voltages: Array, light: float) -> Array:
    """Return the current density [A/m²] at the voltages, approached from 0 V."""
    found = {}
    for sign in (1, -1):
        last = start
        for voltage in sorted((v for v in voltages if (v >= 0 if sign > 0 else v < 0)), key=abs):
            last = steady(device, {"top": voltage}, start=last, light=light)
            found[voltage] = last.current("top")
            assert found[voltage] == pytest.approx(-last.current("bottom"), rel=1e-8, abs=1e-18)
    return np.array([found[v] for v in voltages])


def build(devices: ModuleType, case: str, light: bool) -> Device:
    make = devices.single_layer if case == "a1_single" else devices.three_layers
    device: Device = make(light=light)
    assert device.mesh.num_nodes <= 300
    return device


@pytest.mark.parametrize("case", ["a1_single", "a2_threelayer"])
def test_dark_current_is_that_of_the_reference(devices: ModuleType, case: str) -> None:
    fine, coarse = reference(f"{case}_dark_mesh4"), reference(f"{case}_dark_mesh2")
    low = np.abs(fine[:, 0]) < 0.4
    assert np.abs(fine - coarse)[np.abs(fine[:, 1]) < 1e-8, 1].max() < NOISE
    device = build(devices, case, False)
    current = curve(device, equilibrium(device), fine[:, 0], 0.0)
    error = np.abs(current - fine[:, 1])
    assert (error[low] <= 0.01 * np.abs(fine[low, 1]) + NOISE).all()
    assert (error[~low] <= 0.005 * np.abs(fine[~low, 1])).all()


@pytest.mark.parametrize("case", ["a1_single", "a2_threelayer"])
def test_current_under_light_is_that_of_the_reference(devices: ModuleType, case: str) -> None:
    rows = reference(f"{case}_light_mesh4")
    device = build(devices, case, True)
    current = curve(device, steady(device, {}, light=1.0), rows[:, 0], 1.0)
    assert (np.abs(current - rows[:, 1]) <= 0.005 * np.abs(rows[:, 1])).all()


@pytest.mark.parametrize(
    ("rate", "name"),
    [(0.1, "b_threelayer_dark_0.1Vs_dV0.02_mesh2"), (1.0, "b_threelayer_dark_1Vs_dV0.02_mesh1")],
)
def test_current_of_a_sweep_with_moving_ions_is_that_of_the_reference(
    devices: ModuleType, rate: float, name: str
) -> None:
    rows = reference(name)
    device = devices.three_layers(traps=False, ions=devices.CATION)
    assert device.mesh.num_nodes <= 300
    times, volts = np.array([0, 1.2, 2.8, 3.2]) / rate, [0, 1.2, -0.4, 0]
    found = list(
        integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": float(np.interp(t, times, volts))},
            end=times[-1],
            kinks=times,
            milestones=rows[1:, 0],
            control=StepControl(tolerance=2e-3),
        )
    )
    solved = np.array([state.time for state in found])
    nearest = [int(np.argmin(np.abs(solved - t))) for t in rows[1:, 0]]
    assert np.abs(solved[nearest] - rows[1:, 0]).max() < 1e-6 * times[-1]
    current = np.array([found[k].current("top") for k in nearest])
    assert np.abs(current - rows[1:, 2]).max() < 0.01 * np.abs(rows[:, 2]).max()
    ions = np.array([found[k].current("top", "cation") for k in nearest])
    gap = np.abs(ions - rows[1:, 3]) / np.abs(rows[1:, 3]).max()
    assert np.quantile(gap, 0.9) < 0.01  # the reference's own steps are long at its start and kinks
    assert gap.max() < 0.1
    assert len(found) < 500
    inventory = [state.ion_inventory("cation") for state in found[:: len(found) // 5]]
    np.testing.assert_allclose(inventory, 1e23 * 400e-9, rtol=1e-10)
