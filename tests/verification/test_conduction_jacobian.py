"""The Jacobian of current continuity with vacancies and heat."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, OhmicContact, equilibrium
from fem.materials import Arrhenius
from fem.physics import Conduction, ConductivityFormula, Heat, MobileIons, Screening
from fem.units import nm
from tests.conducting import LAW, VACANCY, material, vacancies
from tests.verification.test_jacobian import check_jacobian


def wild(device: Device) -> None:
    """Put a device and its history into states of no order, in which densities are 5 to 80 % of ``LAW.density``."""
    context, rng = device.context, np.random.default_rng(7)
    values = equilibrium(device).values
    sites = LAW.density / device.scaling.density
    for function in (context.unknown, context.previous, context.older):
        found = values.copy()
        for k, field in enumerate(context.fields):
            if field.ionic or field.name.startswith("averaged"):
                share = rng.uniform(0.05, 0.8, len(values))
                found[:, k] = np.where(values[:, k] > 0, share * sites, 0.0)
            elif field.name == "temperature":
                found[:, k] = rng.uniform(-0.1, 0.5, len(values))
            else:
                found[:, k] = rng.normal(0, 20, len(values))
        function.x.array[:] = found.ravel()
    context.set_time_formula((1.5, -2.0, 0.5), (1.4, -1.9, 0.5))


@pytest.mark.parametrize("coordinates", ["cartesian", "axisymmetric"])
@pytest.mark.parametrize("interpolation", ["logarithmic", "linear"])
def test_jacobian_of_conduction_with_vacancies_and_heat_is_the_finite_difference(
    drawings: ModuleType, coordinates: str, interpolation: str
) -> None:
    """Vacancies on 5 to 80 % of their sites in one region, an activated conductor in the other, 270 to 450 K."""
    law = replace(LAW, interpolation=interpolation)
    device = Device(
        mesh=drawings.Rectangle(size=30.0, coordinates=coordinates),
        materials={
            "lower": material(ions={VACANCY: vacancies()}),
            "upper": material(electrical_conductivity=(Arrhenius(1e5, 0.1), "S/m")),
        },
        physics=[Conduction({"lower": law}), MobileIons(VACANCY, ambipolar=True), Heat()],
        contacts={"bottom": [OhmicContact(), HeatSink(310.0, 1e-8)], "top": OhmicContact()},
        temperature=300.0,
    )
    wild(device)
    check_jacobian(device, ("potential", VACANCY, "temperature"))


def gap(density: Any, thermal_energy: Any, exp: Any, lowest: Any) -> Any:
    """Return a conductivity [S/m] that rises exponentially with the density [1/m^3]."""
    share = density / LAW.density
    return 1e4 * exp(-3 * (1 - share) - 0.1 * (1 - share) / thermal_energy)


@pytest.mark.parametrize("coordinates", ["cartesian", "axisymmetric"])
def test_jacobian_with_averages_screening_two_ions_and_heat_is_the_finite_difference(
    drawings: ModuleType, coordinates: str
) -> None:
    """A law and a formula in one region, both over a length; 270 to 450 K, and carriers that conduct heat."""
    ions = {VACANCY: vacancies(), "iodide_interstitial": vacancies()}
    laws = [
        replace(LAW, averaging_length=20 * nm),
        ConductivityFormula(
            ion="iodide_interstitial", density=LAW.density, formula=gap, averaging_length=10 * nm
        ),
    ]
    device = Device(
        mesh=drawings.Rectangle(size=30.0, coordinates=coordinates),
        materials={
            "lower": material(ions=ions, thermal_conductivity=(0.05, "W/(m K)")),
            "upper": material(electrical_conductivity=(Arrhenius(1e5, 0.1), "S/m")),
        },
        physics=[
            Conduction({"lower": laws}, screening=Screening(carrier_mobility=1e-4)),
            *(MobileIons(name) for name in ions),
            Heat(),
        ],
        contacts={"bottom": [OhmicContact(), HeatSink(310.0, 1e-8)], "top": OhmicContact()},
        temperature=300.0,
    )
    wild(device)
    averages = tuple(f"averaged {name}" for name in ions)
    check_jacobian(device, ("potential", *averages, "electrostatic potential", *ions, "temperature"))
