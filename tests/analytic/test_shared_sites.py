"""Ions on the same sites exclude each other."""

from __future__ import annotations

import numpy as np
import pytest

from fem import BlockingContact, Device, admittance, equilibrium, steady
from fem.errors import IncompatibleError, UnknownNameError
from fem.physics import IonExchange, MobileIons, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from tests import devices
from tests.benchmarks.physics_rows import shared_sites


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
