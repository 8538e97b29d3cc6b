"""Floating gates: capacitive dividers, charge and shifts of a threshold in closed form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fem import (
    Circuit,
    Device,
    StepControl,
    equilibrium,
    floating_charge,
    floating_potential,
    integrate,
    load_checkpoint,
    save_checkpoint,
    steady,
)
from fem.units import nm
from geometries import Planar
from tests.floating import C_CONTROL, C_TUNNEL, capacitor, memory

CHARGE = -2e-3  # [C/m^2]


def divided(top: float, charge: float) -> float:
    """Return the potential of the gate of the capacitor [V]."""
    return (top * C_CONTROL + charge) / (C_CONTROL + C_TUNNEL)


@pytest.fixture(scope="module")
def device() -> Device:
    return capacitor(CHARGE)


@pytest.mark.parametrize(
    "shape", [None, Planar(width=20 * nm, lateral_size=10 * nm)], ids=["line", "section"]
)
def test_a_gate_is_at_the_potential_of_a_capacitive_divider(shape: Any) -> None:
    width = 1.0 if shape is None else 20 * nm
    device = capacitor(CHARGE * width, shape=shape)
    state = equilibrium(device)
    for volts in (0.0, 5.0, -3.0):
        state = steady(device, {"top": volts}, start=state) if volts else state
        assert floating_potential(state, "gate") == pytest.approx(divided(volts, CHARGE), rel=1e-10)
        assert floating_charge(state, "gate") == pytest.approx(CHARGE * width, rel=1e-11)


def test_charge_stays_over_a_cycle_of_the_bias_and_no_current_flows_into_the_gate(device: Device) -> None:
    start, control = equilibrium(device), StepControl(tolerance=0.1, max_bias_step=0.2)
    run = integrate(
        device, start, bias=lambda t: {"top": 8 * np.sin(2e3 * np.pi * t)}, end=1e-3, control=control
    )
    for state in run:
        assert floating_charge(state, "gate") == pytest.approx(CHARGE, rel=1e-10)
        flows = [state.current(name) for name in ("bottom", "top")]
        largest = np.abs(flows).max()
        assert abs(state.current("gate")) <= 1e-9 * largest
        assert abs(sum(flows)) <= 1e-9 * largest
        assert floating_potential(state, "gate") == pytest.approx(
            divided(state.bias["top"], CHARGE), abs=1e-10
        )


def test_charge_shifts_what_the_control_gate_does_by_its_negative_over_the_capacitance() -> None:
    """With the voltage raised by -Q/C the silicon is, node by node, as it is without the charge."""
    plain, charged = memory(), memory(CHARGE)
    for volts in (-0.5, 0.5, 2.0):
        first = steady(plain, {"top": volts})
        second = steady(charged, {"top": volts - CHARGE / C_CONTROL})
        column = plain.context.index("electron")
        np.testing.assert_allclose(
            np.log(second.values[:, column][first.values[:, column] > 0]),
            np.log(first.values[:, column][first.values[:, column] > 0]),
            atol=1e-7,
        )
        assert floating_potential(second, "gate") == pytest.approx(
            floating_potential(first, "gate"), abs=1e-8
        )


def test_equilibrium_with_charge_is_the_steady_state_at_zero_bias() -> None:
    device = memory(CHARGE)
    rest = equilibrium(device)
    assert floating_charge(rest, "gate") == pytest.approx(CHARGE, rel=1e-11)
    state = steady(device, {}, start=rest)
    assert floating_potential(state, "gate") == pytest.approx(floating_potential(rest, "gate"), abs=1e-7)


def test_two_gates_and_a_circuit_are_solved_at_once() -> None:
    """A chain of three capacitors with charges between them; the source's resistance carries nothing in the end."""
    first, second = 1e-3, -3e-3
    device = capacitor(first, second=second)
    circuits = {"top": Circuit(series_resistance=1e-3)}
    state = steady(device, {"top": 4.0}, circuits=circuits)
    matrix = np.array([[C_TUNNEL + C_CONTROL, -C_CONTROL], [-C_CONTROL, 2 * C_CONTROL]])
    expected = np.linalg.solve(matrix, [first, second + 4.0 * C_CONTROL])
    found = [floating_potential(state, name) for name in ("gate", "second")]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert floating_charge(state, "gate") == pytest.approx(first, rel=1e-11)
    assert floating_charge(state, "second") == pytest.approx(second, rel=1e-11)


def test_a_series_resistance_charges_the_divider_exponentially(device: Device) -> None:
    """The gate follows the contact at once, with the charge it has."""
    ohms, both = 1.0, C_CONTROL * C_TUNNEL / (C_CONTROL + C_TUNNEL)
    tau = ohms * both
    circuits = {"top": Circuit(series_resistance=ohms)}
    run = integrate(device, equilibrium(device), bias=lambda t: {"top": 1.0}, end=5 * tau, circuits=circuits)
    for state in run:
        assert floating_potential(state, "gate") == pytest.approx(
            divided(state.bias["top"], CHARGE), rel=1e-9
        )
        assert state.bias["top"] == pytest.approx(1 - np.exp(-state.time / tau), abs=5e-3)


def test_a_checkpoint_keeps_the_charge(device: Device, tmp_path: Path) -> None:
    state = steady(device, {"top": 2.0})
    path = save_checkpoint(state, tmp_path / "gate.h5")
    again = load_checkpoint(capacitor(CHARGE), path)
    assert floating_charge(again, "gate") == floating_charge(state, "gate")
    resumed = steady(again.device, {"top": -1.0}, start=again)
    assert floating_charge(resumed, "gate") == pytest.approx(CHARGE, rel=1e-11)
    assert floating_potential(resumed, "gate") == pytest.approx(divided(-1.0, CHARGE), rel=1e-9)
