r"""Mobile ions between blocking electrodes against closed forms.

Gouy-Chapman: :math:`\sigma=\sqrt{8\varepsilon kTc_0}\,\sinh(u/2)`, :math:`u=q\phi/kT`. One mobile ion on a
fixed background, with filling s of its sites:
:math:`\sigma^2 = 2\varepsilon kT\,[P_{max}\ln(1-s+se^{-u})+P_0u]`.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, GateContact, State, StepControl, equilibrium, integrate, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.physics import MobileIons, Poisson
from fem.units import eV, mV, nm
from geometries import Layer, VerticalStack

DATA = Path(__file__).parent / "data"
VT = thermal_voltage(300.0)
PERMITTIVITY = 24 * VACUUM_PERMITTIVITY
Array = npt.NDArray[np.float64]


def electrolyte(devices: ModuleType, ions: dict[str, Any], nodes: Array, drop: float = 0.0) -> Device:
    """Return an insulator with mobile ions; its lower electrode is ``drop`` [V] above the upper one."""
    bottom, top = (GateContact(work_function=(4.5 + s * drop / 2) * eV) for s in (-1, 1))
    return Device(
        mesh=VerticalStack(Layer("salt", float(nodes[-1]))).line(nodes=nodes),
        materials={"salt": devices.insulator("salt", 24.0, ions=ions)},
        physics=[Poisson(), *map(MobileIons, ions)],
        contacts={"bottom": bottom, "top": top},
        temperature=300.0,
    )


def graded(length: float, first: float, count: int) -> Array:
    """Return nodes that grow geometrically from both ends to the middle, shape (2 count + 1,)."""
    low, high = 1.0, 3.0
    for _ in range(200):
        ratio = (low + high) / 2
        total = first * (ratio**count - 1) / (ratio - 1)
        low, high = (ratio, high) if total < length / 2 else (low, ratio)
    half = np.concatenate([[0.0], np.cumsum(first * ratio ** np.arange(count))])
    half *= length / 2 / half[-1]
    return np.concatenate([half, length - half[-2::-1]])


def sorted_fields(state: State, *names: str) -> tuple[Array, ...]:
    """Return positions [m], potential [V] and densities [1/m³] in the order of the positions."""
    mesh = state.device.mesh
    order = np.argsort(mesh.mesh.geometry.x[:, 0])
    fields = [mesh.mesh.geometry.x[:, 0] * mesh.unit, state.potential()]
    fields += [state.ion_density(name) for name in names]
    return tuple(f[order] for f in fields)


def charges(x: Array, density: Array) -> tuple[float, float]:
    """Return the charge on the lower and the upper electrode, by Gauss's law on each half [C/m²]."""
    volume = np.zeros_like(x)
    volume[1:] += np.diff(x) / 2
    volume[:-1] += np.diff(x) / 2
    share = ELEMENTARY_CHARGE * density * volume
    middle = len(x) // 2
    return -float(share[:middle].sum()), -float(share[middle:].sum())


@pytest.mark.parametrize("phi", [0.1, 0.2])
def test_gouy_chapman_profile_charge_and_capacitance(devices: ModuleType, phi: float) -> None:
    ions = {name: devices.ion(1e24, diffusivity=1e-12) for name in ("cation", "anion")}
    found = {}
    for step in (-1e-3, 0.0, 1e-3):
        state = equilibrium(electrolyte(devices, ions, graded(1e-3, 0.01 * nm, 260), 2 * (phi + step)))
        x, psi, cation, anion = sorted_fields(state, "cation", "anion")
        found[step] = charges(x, cation - anion)[0]
        if step == 0.0:
            middle = len(x) // 2
            assert cation[middle] == pytest.approx(1e24, rel=1e-3)
            profile = np.genfromtxt(DATA / "gc_profile.csv", delimiter=",", names=True)
            column = next(
                n for n in profile.dtype.names if n.replace("_", "") == f"phi{phi:g}".replace(".", "")
            )
            expected = profile[column]
            at = np.interp(profile["x_m"], x, psi - psi[middle])
            np.testing.assert_allclose(at, expected, atol=2e-3 * phi)
    table = np.loadtxt(DATA / "gc_charge_capacitance.csv", delimiter=",", skiprows=1)
    row = table[np.argmin(np.abs(table[:, 0] - phi))]
    closed = np.sqrt(8 * PERMITTIVITY * VT * ELEMENTARY_CHARGE * 1e24)
    if abs(row[0] - phi) < 1e-9:
        assert row[1] == pytest.approx(closed * np.sinh(phi / 2 / VT), rel=1e-6)
    assert found[0.0] == pytest.approx(closed * np.sinh(phi / 2 / VT), rel=2e-3)
    capacitance = (found[1e-3] - found[-1e-3]) / 2e-3
    assert capacitance == pytest.approx(closed / 2 / VT * np.cosh(phi / 2 / VT), rel=3e-3)


@pytest.mark.parametrize("filling", [0.0, 0.1, 0.6])
def test_one_mobile_ion_on_a_background_charges_until_its_sites_are_full(
    devices: ModuleType, filling: float
) -> None:
    site = 1e24 / filling if filling else None
    ions = {"cation": devices.ion(1e24, diffusivity=1e-12, site=site)}
    device = electrolyte(devices, ions, graded(2000 * nm, 0.02 * nm, 220))
    for voltage in (0.05, 1.5):
        state = steady(device, {"top": voltage})
        x, psi, cation = sorted_fields(state, "cation")
        middle = len(x) // 2
        assert cation[middle] == pytest.approx(1e24, rel=1e-3)
        for k, charge in zip((0, -1), charges(x, cation - 1e24), strict=True):
            u = (psi[k] - psi[middle]) / VT
            if filling:
                pressure = site * np.log(1 - filling + filling * np.exp(-u)) + 1e24 * u
            else:
                pressure = 1e24 * (np.exp(-u) - 1 + u)
            expected = np.sign(u) * np.sqrt(2 * PERMITTIVITY * VT * ELEMENTARY_CHARGE * pressure)
            assert charge == pytest.approx(expected, rel=5e-3)
        if filling:
            assert cation.max() < site
    if filling:
        assert cation.max() > 0.97 * site


def test_step_response_between_blocking_electrodes(devices: ModuleType) -> None:
    """Linear response of a binary electrolyte of 400 nm to a step of 2 mV, from 1 ms to the end."""
    rows = np.loadtxt(DATA / "blocking_step.csv", delimiter=",", skiprows=1)
    rows = rows[rows[:, 0] > 1e-3]
    ions = {name: devices.ion(1e23, diffusivity=1e-14) for name in ("cation", "anion")}
    device = electrolyte(devices, ions, graded(400 * nm, 0.5 * nm, 60))
    ramp = 1e-7
    states = list(
        integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": 2 * mV * min(t / ramp, 1.0)},
            end=rows[-1, 0],
            kinks=[ramp],
            milestones=rows[:-1, 0],
            control=StepControl(tolerance=1e-4),
        )
    )
    assert len(states) < 400
    times = np.array([s.time for s in states])
    at = [states[int(np.argmin(np.abs(times - t)))] for t in rows[:, 0]]
    current = np.array([s.current("top") for s in at])
    assert np.abs(current - rows[:, 2]).max() < 0.01 * rows[:, 2].max()
    charge = []
    for state in at:
        x, _, cation, anion = sorted_fields(state, "cation", "anion")
        charge.append(-charges(x, cation - anion)[0])
    # the table's charge includes that of the geometric capacitance, which no ion screens
    assert charge[-1] == pytest.approx(rows[-1, 1], rel=0.01)
