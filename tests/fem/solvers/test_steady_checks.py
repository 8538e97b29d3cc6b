"""Steady states that break Kirchhoff's law or the second law are warned of; others are not."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, steady
from fem.errors import ModelWarning
from fem.physics import Carriers, MobileIons, Poisson, Term
from fem.units import nm, um
from geometries import Layer, VerticalStack

RATE = 1e26  # [1/(m^3 s)]


@dataclass(frozen=True)
class Made(Term):
    """Carriers made of nothing, in the dark."""

    species: tuple[str, ...]

    def residual(self, context: Any) -> Any:
        rate = context.constant(-RATE * context.scaling.time / context.scaling.density)
        rows = (context.row_scale(s) * context.test(s) for s in self.species)
        return sum(context.calculus.lump(lambda i: rate, row) for row in rows)


def with_term(device: Device, term: Term) -> Device:
    """Return a device with a further term."""
    return Device(
        mesh=device.mesh,
        materials=device.setting.materials,
        physics=[*device.physics, term],
        contacts=device.contacts,
        temperature=device.temperature,
    )


@pytest.fixture
def cell(devices: ModuleType) -> Device:
    """A cell with selective contacts, built so that light makes its top positive."""
    found: Device = devices.three_layers()
    return found


def test_a_term_that_makes_charge_is_told_by_its_imbalance(cell: Device) -> None:
    with pytest.warns(ModelWarning, match="do not balance"):
        steady(with_term(cell, Made(("electron",))), {})


def test_a_device_that_gives_power_in_the_dark_is_told(cell: Device) -> None:
    with pytest.warns(ModelWarning, match="second law"):
        state = steady(with_term(cell, Made(("electron", "hole"))), {"top": 0.5})
    assert sum(state.current(c) for c in cell.contacts) == pytest.approx(
        0.0, abs=1e-6 * abs(state.current("top"))
    )


def test_light_may_give_power(devices: ModuleType) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        state = steady(devices.three_layers(light=True), {"top": 0.5}, light=1.0)
    assert 0.5 * state.current("top") < 0


def test_sound_steady_states_are_not_warned_of(devices: ModuleType, transistors: ModuleType) -> None:
    film = devices.semiconductor("film", permittivity=10.0, donor_density=(1e22, "m^-3"))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        warnings.filterwarnings(
            "ignore", message="Boltzmann's statistics"
        )  # of the channel, which is another matter
        for volts in (0.0, 1e-6, 0.5, -5.0):
            steady(devices.pn_diode(np.linspace(0.0, 2 * um, 101)), {"top": volts})
            steady(transistors.transistor(film), {"gate": 1.0, "drain": volts})


def test_currents_that_no_two_evaluations_agree_on_are_not_warned_of(devices: ModuleType) -> None:
    wide = devices.semiconductor(
        "film",
        valence=7.2,
        conduction=4.0,
        states=2e25,
        mobility=1e-5,
        electron_lifetime=(1.8e-9, "s"),
        hole_lifetime=(8.3e-9, "s"),
        ions={"iodide_vacancy": devices.ion(1e23, mobility=1e-13, site=1e27)},
    )
    device = Device(
        mesh=VerticalStack(Layer("film", 400 * nm)).mesh(size=20 * nm, interface_size=1 * nm),
        materials={"film": wide},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")],
        contacts={"bottom": devices.ohmic(4.2), "top": devices.ohmic(7.0)},
        temperature=300.0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ModelWarning)
        for volts in (1e-6, -1e-6, 1e-5, 1e-4, 1e-3, 0.01):
            assert abs(steady(device, {"top": volts}).current("top")) < 1e-18


def test_currents_balance_where_carriers_are_cut_off_from_all_contacts(
    devices: ModuleType, transistors: ModuleType
) -> None:
    film = devices.semiconductor("film", permittivity=10.0, donor_density=(1e22, "m^-3"))
    with warnings.catch_warnings():
        warnings.filterwarnings("error", ".*(balance|second law)", ModelWarning)
        state = steady(transistors.transistor(film), {"gate": -2.0, "drain": 0.5})
    assert abs(state.current("gate")) <= state.current_error("gate")
    assert state.current("drain") == pytest.approx(-state.current("source"), rel=1e-6)
    assert state.current_error("drain") < 0.01 * state.current("drain")


@pytest.mark.parametrize(("barrier", "slow"), [(0.5, False), (1.0, False), (1.5, True)])
def test_a_part_that_barriers_keep_as_it_is_for_years_is_told(
    barrier: float, slow: bool, devices: ModuleType
) -> None:
    data: dict[str, Any] = {
        "permittivity": 10.0,
        "states": 1e25,
        "mobility": 1e-4,
        "electron_lifetime": (1e-9, "s"),
        "hole_lifetime": (1e-9, "s"),
    }
    bottom = 4.0 + 2 * barrier + 1.0
    wide = {n: devices.semiconductor(n, conduction=4.0, valence=bottom, **data) for n in ("below", "above")}
    well = devices.semiconductor("well", conduction=4.0 + barrier, valence=5.0 + barrier, **data)
    device = Device(
        mesh=VerticalStack(*(Layer(n, 50 * nm) for n in ("below", "well", "above"))).mesh(
            size=5 * nm, interface_size=1 * nm, growth=1.4
        ),
        materials={**wide, "well": well},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": devices.ohmic(4.3), "top": devices.ohmic(4.3)},
        temperature=300.0,
    )
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", "Boltzmann's statistics")  # another matter
        there = steady(device, {"top": 0.1})
        steady(device, {"top": 0.1}, start=there)
    assert [("behind barriers" in str(w.message)) for w in told] == [True] * slow
