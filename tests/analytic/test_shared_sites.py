"""Ions on the same sites exclude each other."""

from __future__ import annotations

import numpy as np
import pytest

from fem import BlockingContact, Device, admittance, equilibrium, parameters, steady
from fem.constants import thermal_voltage
from fem.errors import IncompatibleError, UnknownNameError
from fem.forms.setting import Field
from fem.forms.shared_sites import on_one_kind_of_sites
from fem.physics import IonExchange, MobileIons, Poisson
from fem.solvers.state_tangent import state_tangent
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests import devices
from tests.benchmarks.physics_rows import shared_sites
from tests.sensitive import at_rest, differences


def test_two_ions_on_the_same_sites_are_as_the_closed_form_has_them() -> None:
    assert all(row.met for row in shared_sites.rows())


def test_without_sharing_more_ions_than_sites_may_be_in_a_place() -> None:
    filled = {}
    for shared in (True, False):
        state = equilibrium(shared_sites.film(2.0, shared=shared))
        filled[shared] = max(sum(state.density(n) for n in shared_sites.NAMES)) / shared_sites.SITES
    assert filled[True] < 1 < filled[False]


def test_equilibrium_of_shared_sites_is_a_steady_state_without_current() -> None:
    device = shared_sites.film(0.5)
    rest = equilibrium(device)
    solved = steady(device, {}, start=rest)
    assert solved.values == pytest.approx(rest.values, rel=1e-8, abs=1e-8)
    found = admittance(solved, "bottom", [1e-1, 1e9])
    assert (np.abs(found.sum(axis=0)) < 1e-8 * np.abs(found[0])).all()


def build(*physics: object, second: float = 4e27) -> Device:
    """Return a film with two ions, the second with sites of its own density."""
    ions = {
        "iodide_vacancy": devices.ion(2e26, site=4e27, diffusivity=1e-14),
        "silver_ion": devices.ion(1e26, site=second, diffusivity=1e-14),
    }
    return Device(
        mesh=VerticalStack(Layer("film", 10 * nm)).mesh(size=2 * nm, interface_size=1 * nm),
        materials={"film": devices.insulator("film", 10.0, ions=ions)},
        physics=[Poisson(), MobileIons("iodide_vacancy"), *physics],  # type: ignore[list-item]
        contacts={name: BlockingContact(work_function=7.2e-19) for name in ("bottom", "top")},
        temperature=300.0,
    )


def test_what_cannot_share_is_refused() -> None:
    sharing = MobileIons("silver_ion", shares_sites_with=("iodide_vacancy",))
    with pytest.raises(IncompatibleError, match="same site_density"):
        build(sharing, second=3e27)
    with pytest.raises(IncompatibleError, match="does not see them"):
        build(sharing, IonExchange("top", "silver_ion", velocity=1e-3, density=1e24))
    with pytest.raises(UnknownNameError, match="bromide_vacancy"):
        build(MobileIons("silver_ion", shares_sites_with=("bromide_vacancy",)))


@pytest.mark.parametrize("ion", shared_sites.NAMES)
def test_sites_that_are_shared_have_one_sensitivity_whatever_ion_names_them(ion: str) -> None:
    device = shared_sites.film(0.5)
    wanted = parameters(device, [f"film.ions.{ion}.site_density"])
    found = state_tangent(at_rest(device, {"top": 0.2}), wanted).values[0]
    expected = differences(wanted[0], lambda other: at_rest(other, {"top": 0.2}).values, 1e-3)
    assert np.abs(expected).max() > 1
    np.testing.assert_allclose(found, expected, atol=1e-7)
    assert sum(one.name.endswith("site_density") for one in parameters(device)) == 1


def test_ions_on_the_sites_of_a_third_one_exclude_each_other() -> None:
    """Else b and c would not see each other, while a sees both."""
    given = {"a": (), "b": ("a",), "c": ("a",), "d": ("c",), "free": ()}
    fields = [
        Field(name=n, charge_number=1, regions=("film",), ionic=True, shares_sites_with=others)
        for n, others in given.items()
    ]
    assert on_one_kind_of_sites(fields, "b") == ("a", "c", "d")
    assert on_one_kind_of_sites(fields, "free") == ()


def test_three_ions_on_one_kind_of_sites_have_one_level_each_everywhere() -> None:
    """The lattice gas: ln(c/(N - sum of all c)) + z phi/kT of each is even at rest; b and c meet through a alone."""
    names = ("iodide_vacancy", "silver_ion", "iodide_interstitial")
    charges = (1, 1, -1)
    sites = 4e26
    ions = {
        name: devices.ion(mean, site=sites, diffusivity=1e-14)
        for name, mean in zip(names, (1e26, 8e25, 6e25), strict=True)
    }
    device = Device(
        mesh=VerticalStack(Layer("film", 10 * nm)).mesh(size=1 * nm, interface_size=0.1 * nm),
        materials={"film": devices.insulator("film", 10.0, ions=ions)},
        physics=[
            Poisson(),
            MobileIons(names[0]),
            *(MobileIons(name, shares_sites_with=names[:1]) for name in names[1:]),
        ],
        contacts={
            "bottom": BlockingContact(work_function=4.5 * eV),
            "top": BlockingContact(work_function=5.1 * eV),
        },
        temperature=300.0,
    )
    state = equilibrium(device)
    density = np.array([state.density(name) for name in names])
    phi = state.potential() / thermal_voltage(300.0)
    assert np.ptp(phi) > 5.0
    assert density.sum(axis=0).max() < sites
    assert density.sum(axis=0).max() > 0.9 * sites
    levels = np.log(density / (sites - density.sum(axis=0))) + np.outer(charges, phi)
    assert np.ptp(levels, axis=1) == pytest.approx(0.0, abs=1e-6)
