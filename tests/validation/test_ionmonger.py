"""The default cell of IonMonger: invariants and convergence.

No numbers of a published curve are at hand, so what is asked of it is that its numbers have converged,
that no ion is lost, and that the loop between the two scan directions follows the scan rate as moving ions
must: they follow a slow scan, are left behind by a fast one, and lag in between.
"""

from __future__ import annotations

import time

import numpy as np
import pytest

from fem import Device, State
from tests.benchmarks import ionmonger_cell as ionmonger

RATES = (0.1, 1.0, 10.0)  # [V/s]


@pytest.fixture(scope="module")
def device() -> Device:
    """The cell."""
    found = ionmonger.cell()
    assert isinstance(found, Device)
    return found


@pytest.fixture(scope="module")
def rest(device: Device) -> State:
    """The steady state at the built-in voltage under light."""
    found = ionmonger.preconditioned(device)
    assert isinstance(found, State)
    return found


def short_circuit(down: np.ndarray) -> float:
    """Return the magnitude of the short-circuit current [A/m²]."""
    return float(abs(down[0]))


def loop_area(voltage: np.ndarray, down: np.ndarray, up: np.ndarray) -> float:
    """Return the mean distance of the two branches up to 1 V over the short-circuit current."""
    low = voltage <= 1.0
    return float(np.trapezoid(np.abs(up - down)[low], voltage[low]) / short_circuit(down))


def test_film_without_interfaces_collects_almost_every_photon() -> None:
    """At short circuit after slow and fast scans alike.

    The trapezoidal rule on the mesh takes in 0.1 % too many photons.
    """
    device = ionmonger.cell(interfaces=False)
    rest = ionmonger.preconditioned(device)
    absorbed = ionmonger.PHOTONS * (1 - np.exp(-ionmonger.ABSORPTION * ionmonger.FILM_WIDTH))
    for rate in RATES:
        _, down, up = ionmonger.loop(list(ionmonger.scan(device, rest, rate)), rate)
        for current in (down[0], up[0]):
            assert 0.99 < -current / (absorbed * 1.602176634e-19) < 1.0015


def test_each_scan_takes_seconds_and_keeps_every_ion(device: Device, rest: State) -> None:
    for rate in RATES:
        begin = time.perf_counter()
        states = list(ionmonger.scan(device, rest, rate))
        assert time.perf_counter() - begin < 10
        vacancies = [state.ion_inventory("iodide_vacancy") for state in states]
        np.testing.assert_allclose(vacancies, ionmonger.VACANCIES * ionmonger.FILM_WIDTH, rtol=1e-10)
        for state in states[:: len(states) // 10]:
            assert state.current("top") == pytest.approx(-state.current("bottom"), rel=1e-7)
            assert (state.values[:, 1:3] > 0).all()


@pytest.mark.slow
def test_loop_is_widest_where_the_ions_lag_behind(device: Device, rest: State) -> None:
    """It grows with the rate up to about 1 V/s, and shrinks beyond, where ions stand still."""
    area = {
        rate: loop_area(*ionmonger.loop(list(ionmonger.scan(device, rest, rate)), rate))
        for rate in (1e-3, 1e-2, *RATES, 100.0)
    }
    for rate in (1e-3, 1e-2, 10.0):
        assert area[0.1] > 3 * area[rate]
        assert area[1.0] > 3 * area[rate]
    assert area[10.0] > 1.5 * area[100.0]


def test_scan_from_high_bias_has_the_higher_open_circuit_voltage(device: Device, rest: State) -> None:
    """At high bias the ions let the carriers out; on the way up from short circuit they hold them in."""
    voltage, down, up = ionmonger.loop(list(ionmonger.scan(device, rest, 0.1)), 0.1)
    opened = [float(np.interp(0.0, current, voltage)) for current in (down, up)]
    assert 1.0 < opened[1] < opened[0] - 0.02
    assert opened[0] < 1.1


@pytest.mark.slow
def test_without_ions_there_is_no_loop(device: Device) -> None:
    fixed = ionmonger.cell(ions=False)
    start = ionmonger.preconditioned(fixed)
    for rate in RATES:
        area = loop_area(*ionmonger.loop(list(ionmonger.scan(fixed, start, rate)), rate))
        assert area < 1e-5 * max(rate, 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("halved", ["mesh", "time step"])
def test_halving_changes_no_working_current_by_one_percent(device: Device, rest: State, halved: str) -> None:
    finer = ionmonger.cell(refine=2) if halved == "mesh" else device
    start = ionmonger.preconditioned(finer)
    control = {} if halved == "mesh" else {"tolerance": 2e-3 / 8, "max_bias_step": 0.0125}
    for rate in RATES:
        voltage, down, up = ionmonger.loop(list(ionmonger.scan(device, rest, rate)), rate)
        _, down2, up2 = ionmonger.loop(list(ionmonger.scan(finer, start, rate, **control)), rate)
        working = voltage <= 1.1  # beyond it the current is many times that under short circuit
        change = max(np.abs(down2 - down)[working].max(), np.abs(up2 - up)[working].max())
        assert change < 1e-2 * short_circuit(down)
