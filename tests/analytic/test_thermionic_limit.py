r"""A thermionic limit at a heterojunction: :math:`kT/q^2vn_b` in series with the films, and Richardson's current."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, equilibrium, steady
from fem.constants import ELEMENTARY_CHARGE, thermal_voltage
from fem.errors import IncompatibleError
from fem.heat.of_state import heat_parts
from fem.physics import Carriers, Heat, Poisson, ThermionicLimit
from fem.units import nm
from geometries import Axisymmetric, Layer, Planar, VerticalStack

T, STATES, LENGTH, OFFSET, LEVEL = 300.0, 1e25, 50 * nm, 0.2, 0.5
VT = thermal_voltage(T)


def junction(
    devices: ModuleType,
    velocity: float | None,
    *,
    carrier: str = "electron",
    mobility: float = 1e-3,
    mirrored: bool = False,
    shape: Any = None,
    heat: bool = False,
) -> Device:
    """Return two films with few carriers and flat bands, the upper band higher by 0.2 eV (the lower, if mirrored)."""
    depth = {"low": 0.0, "high": OFFSET}  # how much less a band lies below vacuum, or a hole's more
    films = {}
    for name, step in depth.items():
        edges = (4.0 - step, 9.0) if carrier == "electron" else (2.0, 6.0 + step)
        films[name] = devices.semiconductor(
            name, conduction=edges[0], valence=edges[1], states=STATES, mobility=mobility,
            thermal_conductivity=(1.0, "W/(m K)"), volumetric_heat_capacity=(1e6, "J/(m^3 K)"),
        )  # fmt: skip
    layers = [Layer("low", LENGTH), Layer("high", LENGTH)]
    layers = layers[::-1] if mirrored else layers
    work = 4.0 + LEVEL if carrier == "electron" else 6.0 - LEVEL
    interface = "|".join(layer.name for layer in layers)
    limit = [ThermionicLimit(interface, **{f"{carrier}_velocity": velocity})] if velocity else []
    sink = [HeatSink(T)] if heat else []
    return Device(
        mesh=VerticalStack(*layers).mesh(shape=shape, size=5 * nm, interface_size=0.5 * nm),
        materials=films,
        physics=[Poisson(), Carriers(species=(carrier,)), *limit, *([Heat()] if heat else [])],
        contacts={n: [devices.ohmic(work), *sink] for n in ("bottom", "top")},
        temperature=T,
    )


def resistances(mobility: float) -> tuple[float, float]:
    """Return those of the films, and of the interface times the velocity [ohm m², ohm m³/s], near equilibrium."""
    low = STATES * np.exp(-LEVEL / VT)
    high = low * np.exp(-OFFSET / VT)
    films = LENGTH / (ELEMENTARY_CHARGE * mobility) * (1 / low + 1 / high)
    return films, VT / (ELEMENTARY_CHARGE * high)


@pytest.mark.parametrize("carrier", ["electron", "hole"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_it_is_in_series_with_the_films(devices: ModuleType, carrier: str, mirrored: bool) -> None:
    for velocity, mobility in ((1e3, 1e-3), (1.0, 1e-3), (1e6, 1e-1)):
        device = junction(devices, velocity, carrier=carrier, mobility=mobility, mirrored=mirrored)
        films, interface = resistances(mobility)
        found = 1e-5 / abs(steady(device, {"top": 1e-5}).current("top"))
        assert found == pytest.approx(films + interface / velocity, rel=1e-3)


@pytest.mark.parametrize(
    ("shape", "area"),
    [
        (Planar(width=20 * nm, lateral_size=5 * nm), 20 * nm),
        (Axisymmetric(radius=20 * nm, lateral_size=5 * nm), np.pi * (20 * nm) ** 2),
    ],
)
def test_sections_and_discs_have_it(devices: ModuleType, shape: Any, area: float) -> None:
    line, wide = (junction(devices, 100.0, shape=s) for s in (None, shape))
    one, other = (steady(d, {"top": 0.1}).current("top") for d in (line, wide))
    assert other / area == pytest.approx(one, rel=1e-4)


def test_the_largest_current_is_that_of_richardson(devices: ModuleType) -> None:
    """Where the field takes away all that crosses, q v n_b is left, n_b that of the barrier at the interface."""
    velocity = 10.0
    device = junction(devices, velocity, mobility=10.0)
    state = steady(device, {"top": 2.0})
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.mesh.unit
    at = int(np.argmin(np.abs(x - LENGTH)))
    low = state.density("electron", region="low")[at]
    expected = ELEMENTARY_CHARGE * velocity * low * np.exp(-OFFSET / VT)
    assert state.current("top") == pytest.approx(expected, rel=1e-3)


def test_a_large_velocity_is_no_limit(devices: ModuleType) -> None:
    plain, fast = (steady(junction(devices, v), {"top": 0.3}).current("top") for v in (None, 1e10))
    assert fast == pytest.approx(plain, rel=1e-5)


def test_nothing_crosses_in_equilibrium_and_heat_is_in_the_ledger(devices: ModuleType) -> None:
    device = junction(devices, 1.0, heat=True)
    forward = steady(device, {"top": 0.3})
    rest = steady(device, {})
    assert abs(rest.current("top")) < 1e-9 * abs(forward.current("top"))
    np.testing.assert_allclose(rest.values, equilibrium(device).values, rtol=1e-8, atol=1e-10)
    assert sum(heat_parts(forward).values()) == pytest.approx(0.3 * forward.current("top"), rel=1e-8)


def test_it_needs_an_offset_a_velocity_and_its_carrier(devices: ModuleType) -> None:
    device = junction(devices, 1.0)
    common: dict[str, Any] = dict(
        mesh=device.mesh, materials=device.setting.materials, contacts=device.contacts, temperature=T
    )
    for limit, say in (
        (ThermionicLimit("low|high"), "has no velocity"),
        (ThermionicLimit("low|high", hole_velocity=1.0), "no offset for holes"),
    ):
        with pytest.raises(IncompatibleError, match=say):
            Device(physics=[Poisson(), Carriers(), limit], **common)
    limit = ThermionicLimit("low|high", electron_velocity=1.0)
    with pytest.raises(IncompatibleError, match="with electrons"):
        Device(physics=[Poisson(), Carriers(species=("hole",)), limit], **common)
    with pytest.raises(IncompatibleError, match="given twice"):
        Device(
            physics=[Poisson(), Carriers(), limit, ThermionicLimit("low|high", electron_velocity=2.0)],
            **common,
        )
