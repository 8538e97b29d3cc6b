"""Extremes: sites that are all but full, strong bias, contacts deep inside of a band, 10 K."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, State, StepControl, equilibrium, integrate, steady
from fem.device.dirichlet import _require_same_numbering
from fem.errors import ModelWarning
from fem.forms.vacant_sites import VacantSites
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack

SITES = 1e24  # [1/m^3]


def film(
    devices: ModuleType,
    *,
    share: float | None = None,
    contacts: tuple[float, float] = (4.3, 5.1),
    **more: Any,
) -> Device:
    """Return a film of 200 nm with ions on ``share`` of their sites."""
    temperature = more.pop("temperature", 300.0)
    ions = {} if share is None else {"cation": devices.ion(share * SITES, site=SITES, diffusivity=1e-13)}
    return Device(
        mesh=VerticalStack(Layer("film", 200 * nm)).mesh(size=15 * nm, interface_size=0.5 * nm, growth=1.4),
        materials={"film": devices.film(traps=False, ions=ions, **more)},
        physics=[Poisson(), Carriers(), *map(MobileIons, ions)],
        contacts={"bottom": devices.ohmic(contacts[0]), "top": devices.ohmic(contacts[1])},
        temperature=temperature,
    )


def inventory_error(states: list[State]) -> float:
    """Return the largest relative change of the cations' number."""
    found = np.array([s.ion_inventory("cation") for s in states])
    return float(np.abs(found / found[0] - 1).max())


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_full_sites_are_as_good_as_half_full_ones(devices: ModuleType, share: float) -> None:
    device = film(devices, share=share)
    rest = equilibrium(device)
    for voltage in (0.5, 8.0, -8.0):
        state = steady(device, {"top": voltage}, start=rest)
        assert inventory_error([rest, state]) < 1e-12
        sites = VacantSites(device.context, device.context.index("cation"))
        density = state.values[:, sites.column]
        vacant = sites.share(density)
        assert (density <= sites.bound).all() and (vacant > 0).all()
        # blocked ions rest where their electrochemical potential is even, however few sites are vacant
        level = np.log(density / sites.bound) - np.log(vacant) + state.values[:, 0]
        many = density > 1e-6 * sites.bound
        assert np.ptp(level[many]) < 1e-5
    assert vacant.min() < 1e-20


def test_no_ion_gets_lost_in_a_sweep_to_10_volts_and_back(devices: ModuleType) -> None:
    device = film(devices, share=0.6)
    times = np.array([0.0, 10.0, 30.0, 40.0])
    states = list(
        integrate(
            device,
            equilibrium(device),
            bias=lambda t: {"top": float(np.interp(t, times, [0.0, 10.0, -10.0, 0.0]))},
            end=times[-1],
            kinks=times,
            control=StepControl(tolerance=5e-2, max_bias_step=1.0),
        )
    )
    assert inventory_error(states) < 1e-11


def test_a_contact_deep_inside_of_a_band_acts_as_one_at_a_thousandth_of_it(devices: ModuleType) -> None:
    currents = []
    for work_function in (6.5, 8.0):
        with pytest.warns(ModelWarning, match="contact 'top'"):
            device = film(devices, contacts=(4.3, work_function))
        currents.append(steady(device, {"top": 0.5}).current("top"))
    assert currents[1:] == pytest.approx([currents[0]], rel=1e-9)
    assert steady(film(devices, contacts=(4.3, 5.8)), {"top": 0.5}).current("top") == pytest.approx(
        currents[0], rel=2e-2
    )


@pytest.mark.parametrize("share", [None, 0.1])
def test_equilibrium_is_found_at_10_kelvin(devices: ModuleType, share: float | None) -> None:
    device = film(devices, share=share, contacts=(4.2, 6.4), valence=6.9, temperature=10.0)
    state = equilibrium(device)
    assert np.isfinite(state.values).all()
    assert np.ptp(state.potential()) == pytest.approx(2.2, abs=0.01)
    if share is not None:
        assert state.ion_inventory("cation") == pytest.approx(share * SITES * 200e-9, rel=1e-10)


def test_another_numbering_of_nodes_is_an_internal_error() -> None:
    with pytest.raises(AssertionError, match="error in memfem"):
        _require_same_numbering(np.array([1, 4, 7], dtype=np.int32), 0, 3)
