"""Floating gates that are charged by tunnelling and lose their charge: ordinary differential equations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.integrate import solve_ivp

from fem import (
    Device,
    State,
    StepControl,
    admittance,
    current_density,
    equilibrium,
    floating_charge,
    floating_potential,
    integrate,
    load_checkpoint,
    save_checkpoint,
    steady,
)
from fem.errors import IncompatibleError
from fem.physics import DirectTunnelling, FowlerNordheim, OhmicLeakage, PooleFrenkel, Tunnelling
from fem.units import eV, nm
from studies import Sweep, apply, iv_sweep
from tests.floating import C_CONTROL, C_TUNNEL, TUNNEL, capacitor, memory

Array = npt.NDArray[np.float64]
FN = FowlerNordheim(barrier=3.1 * eV, effective_mass=0.42)
DIRECT = DirectTunnelling(barrier=1.5 * eV, effective_mass=0.3, thickness=TUNNEL)
OHMIC = OhmicLeakage(conductivity=1e-13)
TRAPS = PooleFrenkel(conductivity=1e-16, relative_permittivity=3.9)


def through(law: Any, *, into: str = "base", across: str = "tunnel") -> Tunnelling:
    """Return the tunnelling of electrons into the gate."""
    return Tunnelling(gate="gate", across=across, into=into, carrier="electron", law=law)


def transient(device: Device, start: State, top: float, end: float, tolerance: float = 1e-3) -> list[State]:
    """Return the states at a constant voltage."""
    control = StepControl(tolerance=tolerance)
    return list(integrate(device, start, bias=lambda t: {"top": top}, end=end, control=control))


def charges(states: list[State], gate: str = "gate") -> tuple[Array, Array]:
    """Return times and charges of a gate."""
    return np.array([s.time for s in states]), np.array([floating_charge(s, gate) for s in states])


def solved(law: Any, top: float, first: float, times: Array) -> Array:
    """Return the charge of the gate of the capacitor by scipy."""

    def rate(_: float, q: Array) -> Array:
        potential = (top * C_CONTROL + q) / (C_CONTROL + C_TUNNEL)
        return np.asarray(law.current_density(-potential / TUNNEL, 300.0))

    span = (0.0, float(times[-1]))
    found = solve_ivp(rate, span, [first], t_eval=times, method="LSODA", rtol=1e-10, atol=1e-15)
    return np.asarray(found.y[0])


@pytest.mark.parametrize(
    ("law", "top", "end"),
    [(FN, 18.0, 1e-3), (FN, -18.0, 1e-3), (DIRECT, 8.0, 1e-3)],
    ids=["write", "erase", "direct"],
)
def test_a_gate_is_written_as_the_ordinary_differential_equation_has_it(
    law: Any, top: float, end: float
) -> None:
    device = capacitor(physics=[through(law)])
    states = transient(device, steady(device, {"top": top}), top, end)
    times, found = charges(states)
    expected = solved(law, top, 0.0, times)
    assert np.sign(expected[-1]) == -np.sign(top) and abs(expected[-1]) > 2e-3
    np.testing.assert_allclose(found, expected, rtol=0.01)
    for state in states:
        flows = [state.current(name) for name in ("bottom", "top")]
        assert abs(sum(flows)) <= 1e-8 * np.abs(flows).max()
        assert abs(state.current("gate")) <= 1e-8 * np.abs(flows).max()


def test_ohmic_retention_is_exponential() -> None:
    """τ = d (C_1 + C_2)/σ; the error falls with the tolerance."""
    first = -4e-3
    tau = (C_CONTROL + C_TUNNEL) * TUNNEL / OHMIC.conductivity
    device = capacitor(first, physics=[through(OHMIC)])
    errors = []
    for tolerance in (1e-2, 1e-4):
        times, found = charges(transient(device, equilibrium(device), 0.0, 3 * tau, tolerance))
        errors.append(np.abs(found / (first * np.exp(-times / tau)) - 1).max())
    assert errors[1] < 2e-3
    assert errors[1] < 0.2 * errors[0]


@pytest.mark.parametrize(("law", "end"), [(FN, 1e8), (TRAPS, 3e3)], ids=["tunnelling", "traps"])
def test_retention_is_that_of_the_ordinary_differential_equation(law: Any, end: float) -> None:
    """The field of its own charge drives it; all terminals are at 0 V."""
    first = -4.5e-2
    device = capacitor(first, physics=[through(law)])
    times, found = charges(transient(device, equilibrium(device), 0.0, end))
    expected = solved(law, 0.0, first, times)
    assert expected[-1] > 0.8 * first
    np.testing.assert_allclose(found, expected, rtol=0.01)


@pytest.fixture(scope="module")
def cell() -> Device:
    """A cell on silicon."""
    return memory(physics=[through(FN, into="channel")])


def test_what_leaves_the_silicon_is_on_the_gate(cell: Device) -> None:
    """Terminal currents add up to zero with the displacement, and the charge is their integral."""
    states = transient(cell, steady(cell, {"top": 16.0}), 16.0, 1e-3, tolerance=1e-2)
    for state in states:
        flows = [state.current(name) for name in ("bottom", "top")]
        assert abs(sum(flows)) <= 1e-8 * np.abs(flows).max()
        assert abs(state.current("gate")) <= 1e-8 * np.abs(flows).max()
    last = floating_charge(states[-1], "gate")
    assert last < -2e-3
    kept = steady(cell, {}, start=states[-1])
    assert floating_charge(kept, "gate") == pytest.approx(last, rel=1e-10)


def test_electrons_leave_as_the_edge_of_the_band_is_occupied(cell: Device) -> None:
    """The current of the gate of a steady state is J(E) n/(n + N_c), from the nodes beside the interface."""
    found = []
    for volts in (12.0, 16.0):
        state = steady(cell, {"top": volts})
        x = cell.context.scalar_space.tabulate_dof_coordinates()[:, 0] * cell.mesh.unit
        face = int(np.argmin(np.abs(x - 300 * nm)))
        gate = int(np.argmin(np.abs(x - 308 * nm)))
        psi = state.potential()
        field = (psi[face] - psi[gate]) / TUNNEL
        density = state.density("electron")[face]
        part = density / (density + 2.8e25)
        assert field < 0 and 0.01 < part < 0.99
        assert state.current("gate") == pytest.approx(-FN.current_density(field, 300.0) * part, rel=1e-6)
        found.append(part)
    assert found[1] > found[0]


def test_a_transient_resumes_from_a_checkpoint_with_its_charge(cell: Device, tmp_path: Path) -> None:
    states = transient(cell, steady(cell, {"top": 16.0}), 16.0, 1e-5, tolerance=1e-2)
    again = load_checkpoint(cell, save_checkpoint(states[-1], tmp_path / "cell.h5"))
    assert floating_charge(again, "gate") == floating_charge(states[-1], "gate")
    assert floating_potential(again, "gate") == floating_potential(states[-1], "gate")


def test_charge_that_leaks_from_gate_to_gate_is_not_lost() -> None:
    """Ohmic, between two gates: their sum stays, and in the end they are at one potential."""
    first, second = -4e-3, 1e-3
    leak = Tunnelling(gate="gate", across="control", into="second", carrier="electron", law=OHMIC)
    device = capacitor(first, second=second, physics=[leak])
    states = transient(device, equilibrium(device), 0.0, 3e5)
    own, other = charges(states)[1], charges(states, "second")[1]
    np.testing.assert_allclose(own + other, first + second, rtol=1e-9)
    gap = floating_potential(states[-1], "gate") - floating_potential(states[-1], "second")
    assert abs(gap) < 1e-4 < abs(own[-1] - first)


def test_small_signals_see_the_gate_float() -> None:
    """Two capacitors in series far above the rate of the leakage; far below, the tunnel oxide is a short."""
    device = capacitor(-1e-3, physics=[through(OHMIC)])
    state = equilibrium(device)
    rate = OHMIC.conductivity / TUNNEL / (C_CONTROL + C_TUNNEL) / (2 * np.pi)  # [Hz]
    frequencies = np.array([1e-4, 1e4]) * rate
    found = admittance(state, "top", frequencies)
    assert found.shape == (2, 2)
    np.testing.assert_allclose(found.sum(axis=0), 0, atol=1e-9 * np.abs(found).max())
    series = C_CONTROL * C_TUNNEL / (C_CONTROL + C_TUNNEL)
    np.testing.assert_allclose(found[1].imag / (2 * np.pi * frequencies), [C_CONTROL, series], rtol=1e-6)


def test_a_trace_has_the_charge_and_the_potential_of_the_gate() -> None:
    device = capacitor(-1e-3)
    trace = iv_sweep(device, contact="top", protocol=Sweep(0, 3.0, 0, rate=10.0))
    np.testing.assert_allclose(trace.data["gate_charge"].values, -1e-3, rtol=1e-10)
    expected = (trace.data["voltage"].values * C_CONTROL - 1e-3) / (C_CONTROL + C_TUNNEL)
    np.testing.assert_allclose(trace.data["gate_potential"].values, expected, rtol=1e-9)
    assert trace.data["gate_charge"].attrs["units"] == "C/m^2"


def test_a_bias_of_a_floating_gate_is_refused(cell: Device) -> None:
    with pytest.raises(IncompatibleError, match="floating gate"):
        iv_sweep(cell, contact="top", protocol=Sweep(0, 1, rate=1e3), bias={"gate": 5.0})
    with pytest.raises(IncompatibleError, match="floating gate"):
        apply(cell, {"gate": Sweep(0, 1, rate=1e3)})


def test_what_tunnels_is_in_no_current_density_of_cells(cell: Device) -> None:
    found = current_density(equilibrium(cell))
    assert found.shape[0] > 0 and np.isfinite(found).all()
