"""Dopants that hold their carriers."""

from __future__ import annotations

import numpy as np
import pytest

from fem import Device, OhmicContact, admittance, equilibrium, integrate, steady
from fem.errors import IncompatibleError
from fem.materials import SILICON
from fem.physics import Carriers, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.benchmarks.physics_rows import freeze_out

N = {"donor_density": 2e25, "donor_depth": 0.045 * eV, "electron_lifetime": 1e-9, "hole_lifetime": 1e-9}
P = {"acceptor_density": 1e25, "acceptor_depth": 0.045 * eV, "electron_lifetime": 1e-9, "hole_lifetime": 1e-9}


def test_carriers_freeze_out_as_one_level_and_one_band_have_it() -> None:
    assert all(row.met for row in freeze_out.rows())


def diode(statistics: str, temperature: float = 200.0) -> Device:
    """Return a diode whose dopants are shallow."""
    return Device(
        mesh=VerticalStack(Layer("p", 60 * nm), Layer("n", 60 * nm)).mesh(size=6 * nm, interface_size=1 * nm),
        materials={"p": SILICON.with_(**P), "n": SILICON.with_(**N)},
        physics=[Poisson(), Carriers(statistics=statistics)],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=temperature,
    )


@pytest.mark.parametrize("statistics", ["boltzmann", "fermi-dirac"])
@pytest.mark.filterwarnings("ignore::fem.errors.ModelWarning")
def test_what_dopants_hold_is_in_the_currents(statistics: str) -> None:
    """Currents of both contacts balance while dopants fill and empty, and equilibrium is a steady state."""
    device = diode(statistics)
    rest = equilibrium(device)
    solved = steady(device, {}, start=rest)
    assert solved.values[:, 1:3] == pytest.approx(rest.values[:, 1:3], rel=1e-8)
    found = admittance(steady(device, {"bottom": 0.8}), "bottom", [1e6, 1e12])
    assert np.abs(found.sum(axis=0)) == pytest.approx(0.0, abs=1e-6 * float(np.abs(found).min()))
    for state in integrate(device, rest, bias=lambda t: {"bottom": 0.5 * t / 1e-9}, end=1e-9):
        size = max(abs(state.current("bottom")), 1.0)
        assert abs(state.current("bottom") + state.current("top")) < 1e-6 * size


@pytest.mark.filterwarnings("ignore::fem.errors.ModelWarning")
def test_a_cold_film_resists() -> None:
    frozen = freeze_out.film("donor", 50.0)
    ionised = Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=10 * nm),
        materials={"film": SILICON.with_(donor_density=freeze_out.DOPING)},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=50.0,
    )
    found = [steady(device, {"bottom": 1e-3}).current("bottom") for device in (frozen, ionised)]
    assert found[0] / found[1] == pytest.approx(freeze_out.law("donor", 50.0) / freeze_out.DOPING, rel=1e-3)


def test_dopants_that_hold_a_carrier_need_it() -> None:
    with pytest.raises(IncompatibleError, match="acceptors of region 'film' have a depth"):
        Device(
            mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=10 * nm),
            materials={"film": SILICON.with_(**P)},
            physics=[Poisson(), Carriers(("electron",))],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )
