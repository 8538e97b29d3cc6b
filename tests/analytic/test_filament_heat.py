"""Heat data that follow the density of ions, against closed forms and the energy that goes in and out."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, OhmicContact, State, StepControl, equilibrium, integrate, steady, with_ions
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.heat.of_state import temperature
from fem.physics import Carriers, FilamentHeat, Heat, MobileIons, Poisson
from fem.units import nm
from geometries import Layer, Planar, VerticalStack

LENGTH = 100 * nm
POOR, RICH, DENSITY = 4.0, 23.0, 1e20  # [W/(m K)], [W/(m K)], [1/m^3]: too few ions to matter otherwise
CAPACITIES = 1e6, 4e6  # [J/(m^3 K)]
FILAMENT = FilamentHeat(
    ion="cation", density=DENSITY, thermal_conductivity=RICH, volumetric_heat_capacity=CAPACITIES[1]
)


def rod(
    devices: ModuleType,
    *,
    filaments: Any = None,
    sinks: tuple[HeatSink, HeatSink] = (HeatSink(300.0), HeatSink(330.0)),
    size: float = 5 * nm,
    ions: tuple[str, ...] = ("cation",),
    shape: Any = None,
) -> Device:
    """Return an n-doped film with a few slow ions between two heat sinks."""
    film = devices.semiconductor(
        "film",
        states=1e25,
        mobility=(1e-3, 1e-9),
        donor_density=(1e24, "m^-3"),
        thermal_conductivity=(POOR, "W/(m K)"),
        volumetric_heat_capacity=(CAPACITIES[0], "J/(m^3 K)"),
        ions={"cation": devices.ion(DENSITY / 2, diffusivity=1e-22)},
    )
    contacts: Any = {
        name: [OhmicContact(), sink] for name, sink in zip(("bottom", "top"), sinks, strict=True)
    }
    return Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=size, interface_size=size, shape=shape),
        materials={"film": film},
        physics=[
            Poisson(),
            Carriers(("electron",)),
            *(MobileIons(name) for name in ions),
            Heat(filaments={"film": FILAMENT} if filaments is None else filaments),
        ],
        contacts=contacts,
        temperature=300.0,
    )


def sloped(device: Device) -> State:
    """Return the state with ions from none at the bottom to DENSITY at the top."""
    across = device.mesh.dim - 1
    return with_ions(equilibrium(device), "cation", lambda x: DENSITY * np.abs(x[across]) / LENGTH)


@pytest.mark.parametrize("shape", [None, Planar(width=20 * nm, lateral_size=10 * nm)], ids=["line", "plane"])
def test_temperature_of_a_sloped_conductivity_is_logarithmic(devices: ModuleType, shape: Any) -> None:
    r"""κ = κ₀ + (κ₁ - κ₀)x/L: T = T₀ + ΔT ln(κ/κ₀)/ln(κ₁/κ₀), and the flux is ΔT/L times the logarithmic mean."""
    mean = (RICH - POOR) / np.log(RICH / POOR)
    errors = []
    for size in (5 * nm, 2.5 * nm) if shape is None else (5 * nm,):
        device = rod(devices, size=size, shape=shape)
        state = steady(device, {}, start=sloped(device), frozen_ions=True)
        x = device.context.scalar_space.tabulate_dof_coordinates()[:, device.mesh.dim - 1] * device.mesh.unit
        kappa = POOR + (RICH - POOR) * x / LENGTH
        exact = 300 + 30 * np.log(kappa / POOR) / np.log(RICH / POOR)
        errors.append(np.abs(state.temperature() - exact).max())
        field = temperature(state)
        out = field.heat_into("bottom") / (20 * nm if shape else 1)
        gap = field.heat_into("top") + field.heat_into("bottom") - field.power  # of thermoelectric currents
        assert abs(gap) < 1e-9 * field.heat_into("bottom")
        assert out == pytest.approx(mean * 30 / LENGTH, rel=5e-3)
    assert errors[-1] < 0.05
    if shape is None:
        assert np.log2(errors[0] / errors[1]) == pytest.approx(2, abs=0.1), errors


def test_body_full_of_filament_cools_with_the_filaments_capacity(devices: ModuleType) -> None:
    """ΔT exp(-t/τ), τ = ρc L R/2, with resistances R at both ends much larger than that of the body."""
    resistance = 1e-4
    sinks = (HeatSink(300.0, resistance), HeatSink(300.0, resistance))
    device = rod(devices, sinks=sinks)
    for share in (0.0, 0.5, 1.0, 3.0):
        put = with_ions(equilibrium(device), "cation", lambda _, s=share: s * DENSITY)
        values = put.values.copy()
        values[:, device.context.index("temperature")] = 0.1
        capacity = CAPACITIES[0] + min(share, 1.0) * (CAPACITIES[1] - CAPACITIES[0])
        lifetime = capacity * LENGTH * resistance / 2
        control = StepControl(tolerance=1e-4)
        *_, last = integrate(
            device, replace(put, values=values), bias=lambda _t: {}, end=lifetime, control=control
        )
        np.testing.assert_allclose(last.temperature() - 300, 30 * np.exp(-1), rtol=2e-3)


def test_all_heat_goes_into_sinks_and_storage(devices: ModuleType) -> None:
    """∫(heat in - heat out) dt is the energy stored, ∫ρc(c)(T - T₀), at any time; at rest all goes out."""
    device = rod(devices, sinks=(HeatSink(300.0), HeatSink(300.0, 1e-7)))
    start, bias = sloped(device), {"top": 0.2}
    begin = steady(device, {}, start=start, frozen_ions=True)
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.mesh.unit
    order = np.argsort(x)
    capacity = CAPACITIES[0] + (CAPACITIES[1] - CAPACITIES[0]) * x / LENGTH
    times, lost, stored = [0.0], [0.0], [0.0]
    control = StepControl(max_step=5e-11, tolerance=1e-4)
    for state in integrate(device, begin, bias=lambda _t: bias, end=5e-9, control=control):
        field = temperature(state)
        times.append(state.time)
        lost.append(field.power - sum(field.heat_into(n) for n in ("bottom", "top")))
        stored.append(float(np.trapezoid((capacity * (state.temperature() - 300))[order], x[order])))
    put_in = np.concatenate([[0.0], np.cumsum(np.diff(times) * (np.array(lost[1:]) + lost[:-1]) / 2)])
    assert stored[-1] > 0.1 * field.power * times[-1]
    np.testing.assert_allclose(stored, put_in, atol=5e-3 * stored[-1])
    rest = steady(device, bias, start=start, frozen_ions=True)
    field = temperature(rest)
    out = field.heat_into("bottom") + field.heat_into("top")
    assert out == pytest.approx(field.power, rel=1e-9)
    assert out == pytest.approx(0.2 * rest.current("top"), rel=1e-3)  # but for J·∇T of thermoelectricity


def test_filaments_of_absent_ions_or_of_no_number_are_refused(devices: ModuleType) -> None:
    with pytest.raises(OutOfRangeError, match="thermal_conductivity of a filament of cation"):
        replace(FILAMENT, thermal_conductivity=0.0)
    with pytest.raises(IncompatibleError, match="'film' is of 'cation', which does not move there"):
        rod(devices, ions=())
    with pytest.raises(IncompatibleError, match="'anion', which does not move there"):
        rod(devices, filaments={"film": replace(FILAMENT, ion="anion")})
    with pytest.raises(UnknownNameError, match="'flim'"):
        rod(devices, filaments={"flim": FILAMENT})
    with pytest.raises(OutOfRangeError, match="must be a FilamentHeat"):
        rod(devices, filaments={"film": 23.0})
    device = rod(devices)
    contacts: Any = {name: [device.contacts[name], device.heat_sinks[name]] for name in device.contacts}
    with pytest.raises(IncompatibleError, match="coupled=True"):
        Device(
            mesh=device.mesh,
            materials=device.setting.materials,
            physics=[*device.physics[:-1], Heat(coupled=False, filaments={"film": FILAMENT})],
            contacts=contacts,
            temperature=300.0,
        )
