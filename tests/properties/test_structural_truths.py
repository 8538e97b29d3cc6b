"""What holds in every device, whatever its numbers: equilibrium, conservation, bounds and symmetry."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, State, StepControl, equilibrium, integrate, steady
from fem.materials import Material
from fem.physics import Carriers, MobileIons, Poisson
from fem.solvers.kept import problem_of
from fem.units import nm
from geometries import Layer, VerticalStack

COARSE = {"size": 15 * nm, "interface_size": 1 * nm, "growth": 1.4}


def two_ions(devices: ModuleType) -> dict[str, object]:
    """Return vacancies on few sites and a slower, negative ion."""
    return {
        "iodide_vacancy": devices.ion(4e23, diffusivity=2e-15, site=2e24),
        "methylammonium_vacancy": devices.ion(3e23, diffusivity=1e-16),
    }


def ionic_device(devices: ModuleType, **more: object) -> Device:
    device: Device = devices.three_layers(ions=two_ions(devices), **(COARSE | more))
    return device


def sweep(device: Device, *, volts: tuple[float, ...] = (0.0, 1.0, -0.5, 0.0), rate: float = 1.0) -> tuple:
    """Return bias and times of a triangular sweep of the top contact."""
    times = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(volts))) / rate])
    return (lambda t: {"top": float(np.interp(t, times, volts))}), times


def test_zero_bias_gives_zero_current(devices: ModuleType) -> None:
    device = ionic_device(devices)
    rest = equilibrium(device)
    large = abs(steady(device, {"top": 0.5}, start=rest).current("top"))
    solved = steady(device, {}, start=rest)
    assert abs(solved.current("top")) < 1e-9 * large
    np.testing.assert_allclose(solved.values[:, 0], rest.values[:, 0], atol=1e-7)
    for state in integrate(device, rest, bias=lambda t: {}, end=10.0):
        for contact in ("top", "bottom"):
            assert abs(state.current(contact)) < 1e-9 * large
            for part in ("electron", "hole", "iodide_vacancy", "methylammonium_vacancy"):
                assert abs(state.current(contact, part)) < 1e-4 * large  # round-off of the doped layers


def test_equilibrium_densities_obey_the_law_of_mass_action(devices: ModuleType) -> None:
    device = ionic_device(devices)
    values = equilibrium(device).values
    for region in device.mesh.regions:
        material = device.setting.materials[region]
        n, p = (
            values[:, device.context.index(c)]
            * device.setting.bands.ratio(c, material)
            * device.scaling.density
            for c in ("electron", "hole")
        )
        np.testing.assert_allclose(n * p, material.intrinsic_density(300.0) ** 2, rtol=1e-9)


def test_equilibrium_has_the_given_mean_ion_density(devices: ModuleType) -> None:
    device = ionic_device(devices)
    state = equilibrium(device)
    assert state.ion_inventory("iodide_vacancy") == pytest.approx(4e23 * 400 * nm, rel=1e-10)
    assert state.ion_inventory("methylammonium_vacancy") == pytest.approx(3e23 * 400 * nm, rel=1e-10)


@pytest.fixture(scope="module")
def swept(devices: ModuleType) -> tuple[Device, list[State], list[dict[str, dict[str, float]]]]:
    """A device with two ions, the states of a sweep, and its currents with another weight."""
    device = ionic_device(devices)
    bias, times = sweep(device)
    states, others = [], []
    for state in integrate(device, equilibrium(device), bias=bias, end=times[-1], kinks=times):
        states.append(state)
        # the equations' history is that of this state unless two steps were taken together
        current = np.array_equal(device.context.unknown.x.array, state.values.ravel())
        others.append(
            {
                "top": devices.weighted_currents(device, "top", lambda x: x[0] / 460),
                "bottom": devices.weighted_currents(device, "bottom", lambda x: 1 - x[0] / 460),
            }
            if current and len(states) % 10 == 0
            else {}
        )
    return device, states, others


def test_ion_inventory_is_constant_over_a_sweep(swept: tuple) -> None:
    """By the equations: hardly anything is left for the solver to give back."""
    device, states, _ = swept
    assert problem_of(device).lost < 1e-11
    for name in ("iodide_vacancy", "methylammonium_vacancy"):
        inventory = np.array([s.ion_inventory(name) for s in states])
        assert np.abs(inventory / inventory[0] - 1).max() < 1e-10


def test_contact_currents_sum_to_zero_with_displacement(swept: tuple) -> None:
    _, states, _ = swept
    top, bottom = (np.array([s.current(c) for s in states]) for c in ("top", "bottom"))
    assert np.abs(top + bottom).max() < 1e-8 * np.abs(top).max()


def test_current_does_not_depend_on_the_weight(swept: tuple) -> None:
    _, states, others = swept
    largest = max(abs(s.current("top")) for s in states)
    checked = [(s, o) for s, o in zip(states, others, strict=True) if o]
    assert len(checked) > 5
    for state, other in checked:
        for contact in ("top", "bottom"):
            assert abs(other[contact]["total"] - state.current(contact)) < 1e-8 * largest
    # the other weight is the even one, of which the parts are the means over the device
    state, other = checked[2]
    assert other["top"]["displacement"] == pytest.approx(state.current("top", "displacement"), rel=1e-9)


def test_densities_stay_between_their_bounds(swept: tuple) -> None:
    device, states, _ = swept
    for state in states:
        assert (state.values[:, 1:] >= 0).all()
        assert (state.ion_density("iodide_vacancy") < 2e24).all()
    inside = device.boundary.fixed["iodide_vacancy"]
    for state in states:
        assert (np.delete(state.values[:, 3], inside) > 0).all()


def test_mirrored_device_mirrors_its_current(devices: ModuleType) -> None:
    currents = []
    for mirrored in (False, True):
        device = ionic_device(devices, mirrored=mirrored)
        driven, grounded = ("bottom", "top") if mirrored else ("top", "bottom")
        bias, times = sweep(device, volts=(0.0, 0.8))
        states = list(
            integrate(
                device,
                equilibrium(device),
                bias=lambda t, bias=bias, driven=driven: {driven: bias(t)["top"]},
                end=times[-1],
                kinks=times,
                milestones=[0.2, 0.4, 0.6],
            )
        )
        assert states[-1].current(grounded) == pytest.approx(-states[-1].current(driven), rel=1e-8)
        at = {round(s.time, 6): s.current(driven) for s in states}
        currents.append([at[t] for t in (0.2, 0.4, 0.6, 0.8)])
    np.testing.assert_allclose(currents[0], currents[1], rtol=1e-6)


def test_shifting_all_contacts_by_one_voltage_changes_nothing(devices: ModuleType) -> None:
    device = ionic_device(devices)
    one = steady(device, {"top": 0.6})
    other = steady(device, {"top": 1.1, "bottom": 0.5})
    # ohmic contacts hold their densities, so only the origin of the potential moves
    assert other.current("top") == pytest.approx(one.current("top"), rel=1e-8)
    np.testing.assert_allclose(other.potential(), one.potential() + 0.5, atol=1e-8)


def test_site_limited_ions_never_exceed_the_sites_at_strong_bias(devices: ModuleType) -> None:
    crowded = {"iodide_vacancy": devices.ion(1e24, diffusivity=1e-13, site=1.5e24)}
    device = devices.three_layers(ions=crowded, **COARSE)
    for voltage in (-8.0, 8.0):
        state = steady(device, {"top": voltage})
        density = state.ion_density("iodide_vacancy")
        assert density.max() <= 1.5e24 * (1 + 1e-12)
        assert density.max() > 1.45e24
        assert state.ion_inventory("iodide_vacancy") == pytest.approx(1e24 * 400 * nm, rel=1e-9)


def test_steady_state_does_not_depend_on_how_fast_the_ions_move(devices: ModuleType) -> None:
    found = []
    for diffusivity in (1e-12, 1e-17, 1e-24):
        ions = {"cation": devices.ion(1e23, diffusivity=diffusivity)}
        found.append(steady(devices.three_layers(ions=ions, **COARSE), {"top": 0.6}))
    for state in found[1:]:
        assert state.current("top") == pytest.approx(found[0].current("top"), rel=1e-7)
        np.testing.assert_allclose(
            state.ion_density("cation"), found[0].ion_density("cation"), rtol=1e-5, atol=1e12
        )


def test_ions_in_an_insulator_move_without_carriers(devices: ModuleType) -> None:
    electrolyte = devices.insulator(
        "electrolyte", 10.0, ions={"silver_ion": devices.ion(1e23, diffusivity=1e-14)}
    )
    device = Device(
        mesh=VerticalStack(Layer("electrolyte", 100 * nm)).mesh(size=5 * nm, interface_size=1 * nm),
        materials={"electrolyte": electrolyte},
        physics=[Poisson(), MobileIons("silver_ion")],
        contacts={"bottom": _gate(4.5), "top": _gate(4.5)},
        temperature=300.0,
    )
    state = steady(device, {"top": 0.3})
    order = np.argsort(device.mesh.mesh.geometry.x[:, 0])
    density = state.ion_density("silver_ion")[order]
    assert density[0] > 5 * density[-1]
    assert state.ion_inventory("silver_ion") == pytest.approx(1e23 * 100 * nm, rel=1e-10)


def _gate(work_function: float) -> object:
    from fem import GateContact
    from fem.units import eV

    return GateContact(work_function=work_function * eV)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "relative_permittivity", "value": 20.0},
        {"name": "electron_affinity", "value": 3.85 * 1.602e-19},
        {"name": "band_gap", "value": 1.65 * 1.602e-19},
        {"name": "effective_dos_conduction", "value": 3e24},
        {"name": "effective_dos_valence", "value": 3e24},
        {"name": "electron_mobility", "value": 1e-4},
        {"name": "hole_mobility", "value": 1e-4},
        {"name": "electron_lifetime", "value": 3e-8},
        {"name": "hole_lifetime", "value": 3e-8},
        {"name": "trap_energy", "value": 4.1 * 1.602e-19},
        {"name": "radiative_coefficient", "value": 1e-13},
        {"name": "donor_density", "value": 3e22},
        {"name": "acceptor_density", "value": 3e22},
        {"ion": {"mean_density": 2e23}},
        {"ion": {"diffusivity": 1e-16}},
        {"ion": {"mobility": 1e-13}},
        {"ion": {"site_density": 3e23}},
    ],
    ids=lambda c: c.get("name") or "ion " + next(iter(c["ion"])),
)
def test_every_declared_parameter_changes_the_current(
    devices: ModuleType, changes: dict, plain_current: float
) -> None:
    material = _plain_film(devices)
    if "ion" in changes:
        material = material.with_ion("cation", **changes["ion"])
    else:
        material = material.with_(**{changes["name"]: changes["value"]})
    assert abs(_transient_current(devices, material) / plain_current - 1) > 1e-4


@pytest.fixture(scope="module")
def plain_current(devices: ModuleType) -> float:
    """The current of the unchanged film."""
    return _transient_current(devices, _plain_film(devices))


def _plain_film(devices: ModuleType) -> Material:
    material: Material = devices.film(ions={"cation": devices.ion(1e23, diffusivity=3e-15)})
    return material


def _transient_current(devices: ModuleType, material: Material) -> float:
    """Return the current at the end of a ramp to 1.1 V, with ions that partly follow."""
    device = devices.three_layers(film_material=material, **(COARSE | {"size": 20 * nm}))
    bias, times = sweep(device, volts=(0.0, 1.1), rate=10.0)
    control = StepControl(tolerance=1e-2, max_bias_step=0.1)
    states = list(integrate(device, equilibrium(device), bias=bias, end=times[-1], control=control))
    return states[-1].current("top")


def test_carriers_of_one_kind_conduct_alone(devices: ModuleType) -> None:
    material = devices.semiconductor("film", donor_density=(1e22, "m^-3"))
    device = Device(
        mesh=VerticalStack(Layer("film", 1000 * nm)).mesh(size=50 * nm, interface_size=10 * nm),
        materials={"film": material},
        physics=[Poisson(), Carriers(species=("electron",), recombination=())],
        contacts={"bottom": devices.OhmicContact(), "top": devices.OhmicContact()},
        temperature=300.0,
    )
    expected = 1.602176634e-19 * 2e-4 * 1e22 * 0.1 / 1e-6  # q mu N V / L
    assert steady(device, {"top": 0.1}).current("top") == pytest.approx(expected, rel=1e-6)
