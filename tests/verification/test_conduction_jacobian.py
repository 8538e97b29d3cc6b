"""The Jacobian of current continuity with vacancies and heat."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from fem import Device, HeatSink, OhmicContact, equilibrium
from fem.materials import Arrhenius
from fem.physics import Conduction, Heat, MobileIons
from tests.conducting import LAW, VACANCY, material, vacancies
from tests.verification.test_jacobian import check_jacobian


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
    context, rng = device.context, np.random.default_rng(7)
    values = equilibrium(device).values
    sites = law.density / device.scaling.density
    for function in (context.unknown, context.previous, context.older):
        wild = values.copy()
        wild[:, 0] = rng.normal(0, 20, len(values))
        wild[:, 1] = np.where(values[:, 1] > 0, rng.uniform(0.05, 0.8, len(values)) * sites, 0.0)
        wild[:, 2] = rng.uniform(-0.1, 0.5, len(values))
        function.x.array[:] = wild.ravel()
    context.set_time_formula((1.5, -2.0, 0.5), (1.4, -1.9, 0.5))
    check_jacobian(device, ("potential", VACANCY, "temperature"))
