r"""Emission over a barrier that the image force lowers, against its closed form.

Saturated emission is :math:`A^*T^2e^{-\phi_B/kT}\,e^{\Delta\phi/kT}` with
:math:`\Delta\phi=\sqrt{q^3E/4\pi\varepsilon}` and the field E at the contact (W. Schottky, 1914; S. M. Sze and
K. K. Ng, Physics of Semiconductor Devices, 2007, ch. 3).
"""

from __future__ import annotations

import warnings
from types import ModuleType

import numpy as np
import pytest
from scipy.integrate import quad

from fem import Device, OhmicContact, SchottkyContact, State, steady
from fem.constants import (
    BOLTZMANN,
    ELECTRON_MASS,
    ELEMENTARY_CHARGE,
    PLANCK,
    VACUUM_PERMITTIVITY,
    thermal_voltage,
)
from fem.errors import ModelWarning
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack

T, MASS, IMAGE = 300.0, 0.2, 5.0
VT = thermal_voltage(T)
STATES = 2 * (2 * np.pi * MASS * ELECTRON_MASS * BOLTZMANN * T / PLANCK**2) ** 1.5
RICHARDSON = 4 * np.pi * ELEMENTARY_CHARGE * MASS * ELECTRON_MASS * BOLTZMANN**2 / PLANCK**3
BARRIER = 0.6  # [eV]


def diode(devices: ModuleType, carrier: str, image: float | None) -> Device:
    """Return 20 nm of fast carriers between a barrier at the top and a collector that injects nothing."""
    film = devices.semiconductor("film", states=STATES, mobility=1e4, conduction=4.0, valence=7.0)
    # both electrodes alike in the dark; the collector takes all carriers that arrive
    work = 4.0 + BARRIER if carrier == "electron" else 7.0 - BARRIER
    return Device(
        mesh=VerticalStack(Layer("film", 20 * nm)).mesh(size=0.5 * nm, interface_size=0.1 * nm),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=(carrier,))],
        contacts={
            "bottom": devices.ohmic(work),
            "top": SchottkyContact(work_function=work * eV, image_force_permittivity=image),
        },
        temperature=T,
    )


def contact_field(state: State) -> float:
    """Return the magnitude of the field in the cell at the upper contact [V/m]."""
    mesh = state.device.mesh
    order = np.argsort(mesh.mesh.geometry.x[:, 0])
    x, potential = mesh.mesh.geometry.x[order, 0] * mesh.unit, state.potential()[order]
    return float(abs((potential[-1] - potential[-2]) / (x[-1] - x[-2])))


@pytest.mark.parametrize("carrier", ["electron", "hole"])
@pytest.mark.parametrize("voltage", [0.5, 1.0, 2.0])
def test_emission_is_that_of_richardson_times_the_gain_by_the_image_force(
    devices: ModuleType, carrier: str, voltage: float
) -> None:
    sign = -1.0 if carrier == "electron" else 1.0  # of the bias that pulls the carrier out of the top contact
    state = steady(diode(devices, carrier, IMAGE), {"top": sign * voltage})
    field = contact_field(state)
    assert field == pytest.approx(voltage / 20e-9, rel=0.02)
    lowering = np.sqrt(ELEMENTARY_CHARGE * field / (4 * np.pi * IMAGE * VACUUM_PERMITTIVITY))  # [V]
    expected = RICHARDSON * T**2 * np.exp((lowering - BARRIER) / VT)
    assert abs(state.current("top")) == pytest.approx(expected, rel=5e-3)
    assert np.sign(state.current("top")) == sign


@pytest.mark.parametrize("carrier", ["electron", "hole"])
def test_without_the_image_force_emission_is_that_of_richardson(devices: ModuleType, carrier: str) -> None:
    sign = -1.0 if carrier == "electron" else 1.0
    state = steady(diode(devices, carrier, None), {"top": sign * 1.0})
    assert abs(state.current("top")) == pytest.approx(RICHARDSON * T**2 * np.exp(-BARRIER / VT), rel=5e-3)


def test_gain_is_the_exponential_of_the_square_root_of_the_field(devices: ModuleType) -> None:
    """The ratio to a contact without image force, from 0.3 to 3 V."""
    devices_of = {image: diode(devices, "electron", image) for image in (None, IMAGE)}
    last: dict[float | None, State | None] = {None: None, IMAGE: None}
    logs, roots = [], []
    for voltage in np.geomspace(0.3, 3.0, 8):
        current = {}
        for image, device in devices_of.items():
            last[image] = found = steady(device, {"top": -voltage}, start=last[image])
            current[image] = found.current("top")
            field = contact_field(found)
        logs.append(np.log(current[IMAGE] / current[None]))
        roots.append(np.sqrt(field))
    slope = np.polyfit(roots, logs, 1)[0]
    expected = np.sqrt(ELEMENTARY_CHARGE / (4 * np.pi * IMAGE * VACUUM_PERMITTIVITY)) / VT
    assert slope == pytest.approx(expected, rel=2e-3)


def test_image_force_drives_no_current_in_equilibrium(devices: ModuleType) -> None:
    """Both directions gain alike; the saturated current is the scale."""
    state = steady(diode(devices, "electron", IMAGE), {})
    assert abs(state.current("top")) < 1e-9 * RICHARDSON * T**2 * np.exp(-BARRIER / VT)


def over(devices: ModuleType, carrier: str, image: float | None, *, voltage: float, **more: float) -> float:
    """Return the current that a barrier gives, whose velocity of emission is ``velocity`` [m/s], at a pulling bias."""
    size, velocity = more.get("size", 1.0), more.get("velocity", 1e12)
    film = devices.semiconductor("film", states=STATES, mobility=1e-4, conduction=4.0, valence=7.0)
    work = 4.0 + BARRIER if carrier == "electron" else 7.0 - BARRIER
    metal = SchottkyContact(
        work_function=work * eV,
        image_force_permittivity=image,
        electron_velocity=velocity,
        hole_velocity=velocity,
    )
    device = Device(
        mesh=VerticalStack(Layer("film", 20 * nm)).mesh(size=size * nm, interface_size=0.2 * size * nm),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=(carrier,))],
        contacts={"bottom": devices.ohmic(work), "top": metal},
        temperature=T,
    )
    return abs(steady(device, {"top": -voltage if carrier == "electron" else voltage}).current("top"))


def gains_of_crowell_and_sze(voltage: float) -> tuple[float, float]:
    """Return the gain of emission, and that of the diffusion velocity times it, by the integral over the barrier."""
    field = voltage / 20e-9
    y = np.sqrt(ELEMENTARY_CHARGE * field / (4 * np.pi * IMAGE * VACUUM_PERMITTIVITY)) / VT
    way, _ = quad(lambda u: np.exp(-u - y**2 / (4 * u)), y / 2, y / 2 + 60)  # u = qEx/kT, from the top on
    return float(np.exp(y)), 1 / way


@pytest.mark.parametrize("carrier", ["electron", "hole"])
@pytest.mark.parametrize("voltage", [0.3, 1.0, 2.0])
def test_both_limits_gain_as_crowell_and_sze_have_it(
    devices: ModuleType, carrier: str, voltage: float
) -> None:
    for velocity, expected in zip((1.0, 1e12), gains_of_crowell_and_sze(voltage), strict=True):
        with_image, without = (
            over(devices, carrier, k, voltage=voltage, velocity=velocity) for k in (IMAGE, None)
        )
        assert with_image / without == pytest.approx(expected, rel=3e-3)


def test_gain_of_diffusion_does_not_depend_on_the_mesh(devices: ModuleType) -> None:
    found = [over(devices, "electron", IMAGE, voltage=1.0, size=size) for size in (0.5, 2.0, 5.0)]
    np.testing.assert_allclose(found, found[0], rtol=1e-4)


@pytest.mark.parametrize("velocity", [1.0, 1e12])
def test_without_a_field_the_image_force_does_nothing(devices: ModuleType, velocity: float) -> None:
    with_image, without = (
        over(devices, "electron", image, voltage=1e-6, velocity=velocity) for image in (IMAGE, None)
    )
    assert with_image == pytest.approx(without, rel=1e-12, abs=0)


def test_a_field_that_holds_carriers_back_leaves_them_alone(devices: ModuleType) -> None:
    with_image, without = (
        over(devices, "electron", image, voltage=-0.3, velocity=1.0) for image in (IMAGE, None)
    )
    assert with_image == pytest.approx(without, rel=1e-12, abs=0)


@pytest.mark.parametrize("axisymmetric", [False, True])
def test_triangles_at_any_angle_have_the_gain_of_the_line(
    devices: ModuleType, drawings: ModuleType, axisymmetric: bool
) -> None:
    film = devices.semiconductor("film", states=STATES, mobility=1e-4, conduction=4.0, valence=7.0)
    currents = []
    for image in (IMAGE, None):
        metal = SchottkyContact(
            work_function=(4.0 + BARRIER) * eV,
            image_force_permittivity=image,
            electron_velocity=1e12,
            hole_velocity=1e12,
        )
        device = Device(
            mesh=drawings.Rectangle(size=8.0, coordinates="axisymmetric" if axisymmetric else "cartesian"),
            materials={"lower": film, "upper": film},
            physics=[Poisson(), Carriers(species=("electron",))],
            contacts={"bottom": devices.ohmic(4.0 + BARRIER), "top": metal},
            temperature=T,
        )
        currents.append(steady(device, {"top": -5.0}).current("top"))
    height = 100.0  # [nm], of the rectangle
    expected = gains_of_crowell_and_sze(5.0 * 20 / height)[1]
    assert currents[0] / currents[1] == pytest.approx(expected, rel=0.01)


def doped(devices: ModuleType, size: float) -> Device:
    """Return 40 nm between an ohmic contact and a barrier; dopants and ions end the field within some nanometres."""
    film = devices.semiconductor(
        "film",
        permittivity=20.0,
        conduction=4.1,
        valence=5.2,
        states=2e24,
        mobility=2e-4,
        donor_density=(3e24, "m^-3"),
        ions={"iodide_vacancy": devices.ion(1e24, site=5e24, diffusivity=1e-12)},
    )
    metal = SchottkyContact(work_function=4.3 * eV, electron_velocity=1e4, image_force_permittivity=IMAGE)
    return Device(
        mesh=VerticalStack(Layer("film", 40 * nm)).mesh(size=size, interface_size=size / 4),
        materials={"film": film},
        physics=[Poisson(), Carriers(species=("electron",)), MobileIons("iodide_vacancy")],
        contacts={"bottom": OhmicContact(), "top": metal},
        temperature=350.0,
    )


def test_towards_flat_band_the_current_over_a_lowered_barrier_rises_on_any_mesh(devices: ModuleType) -> None:
    voltages = np.arange(0.2, 0.4, 0.02)
    curves = []
    for size in (1 * nm, 0.5 * nm):
        device, state, found = doped(devices, size), None, []
        for voltage in voltages:
            state = steady(device, {"top": float(voltage)}, start=state)
            found.append(state.current("top"))
        curves.append(np.array(found))
    for curve in curves:
        assert (np.diff(curve) > 0).all()
    assert curves[0] == pytest.approx(curves[1], rel=0.01)


@pytest.mark.parametrize("voltage", [1e-3, 5e-3, 2e-2])
def test_a_film_that_is_thinner_than_the_way_over_the_barrier_gains_less_than_its_barrier(
    devices: ModuleType, voltage: float
) -> None:
    """Where diffusion limits, no image force can do more than take off all of the barrier, exp(qV/kT)."""
    with_image, without = (
        over(devices, "electron", image, voltage=voltage, velocity=1e9) for image in (IMAGE, None)
    )
    assert 1.0 < with_image / without < np.exp(voltage / VT)


def test_a_barrier_that_is_lowered_by_more_than_it_has_is_told(devices: ModuleType) -> None:
    device = doped(devices, 1 * nm)
    with pytest.warns(
        ModelWarning, match=r"image force takes .* off the barrier of electrons at contact 'top'"
    ):
        steady(device, {"top": 0.25})
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        steady(diode(devices, "electron", IMAGE), {"top": -1.0})
