"""Data that hold at some temperatures only: a device at another one says so."""

from __future__ import annotations

import warnings

import pytest

from fem import Device, OhmicContact, materials
from fem.errors import ModelWarning
from fem.materials import Datum, Material
from fem.physics import Carriers, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack


def device(film: Material, temperature: float) -> Device:
    """Return a film of one material."""
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=20 * nm),
        materials={"film": film},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=temperature,
    )


@pytest.mark.parametrize("temperature", [140.0, 600.0])
@pytest.mark.parametrize(
    ("name", "valid"), [("Si", "200 to 500 K"), ("MAPbI3", "160 to 400 K"), ("TiO2", "280 to 320 K")]
)
def test_a_device_beyond_the_temperatures_of_its_data_says_so(
    name: str, valid: str, temperature: float
) -> None:
    """Densities of states go with T^1.5 where the masses of their bands are those of room temperature."""
    words = rf"at {temperature:g} K the device is beyond .*effective_dos_valence of {name}\* \({valid}\)"
    with pytest.warns(ModelWarning, match=words):
        device(materials.get(name).with_(donor_density=1e22), temperature)


def test_within_them_and_with_data_of_the_user_nothing_is_said() -> None:
    doped = materials.SILICON.with_(donor_density=1e22)
    own = {
        name: Datum(value, unit, "assumed", "for 400 K")
        for name, value, unit in (
            ("band_gap", 1.097, "eV"),
            ("effective_dos_conduction", 4.4e25, "m^-3"),
            ("effective_dos_valence", 4.8e25, "m^-3"),
            ("electron_mobility", 0.05, "m^2/(V s)"),
            ("hole_mobility", 0.02, "m^2/(V s)"),
        )
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        device(doped, 300.0)
        device(doped.with_(**own), 400.0)
