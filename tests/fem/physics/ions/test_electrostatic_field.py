"""Where a film has an electrostatic potential beside the Fermi level, it is its field that acts on ions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from dolfinx import fem as dfem

from fem import Device, OhmicContact, equilibrium
from fem.forms.compilation import compiled
from fem.materials import Arrhenius
from fem.physics import Conduction, ElectrodeReaction, MobileIons, Screening, VacancyGeneration
from fem.units import eV
from tests.conducting import VACANCY, material, resistor, vacancies

Array = npt.NDArray[np.float64]
REACTION = ElectrodeReaction(
    "top",
    VACANCY,
    exchange_flux=Arrhenius(1e20, 0.3),
    transfer_coefficient=0.5,
    reaction_layer=1e-9,
    reference_density=1e25,
)
TERMS = {
    "drift": MobileIons(VACANCY),
    "hopping": MobileIons(VACANCY, jump_distance=1e-9),
    "generation": VacancyGeneration(VACANCY, prefactor=1e30, energy=1 * eV, density=1e25, dipole=1e-28),
    "reaction": REACTION,
}


def film(term: Any) -> Device:
    """Return a film with its ions and a term that acts on them."""
    ions = [] if isinstance(term, MobileIons) else [MobileIons(VACANCY)]
    return resistor(
        materials={"film": material(electrical_conductivity=(1.0, "S/m"), ions={VACANCY: vacancies()})},
        physics=[Conduction(screening=Screening(carrier_mobility=1e-4)), *ions, term],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
    )


def acting(device: Device, term: Any, name: str) -> Array:
    """Return what a term does where one potential falls by 40 kT/q across the film and the other is flat."""
    context = device.context
    height = context.scalar_space.tabulate_dof_coordinates()[:, 0]
    values = equilibrium(device).values.copy()
    values[:, context.index(VACANCY)] *= 1 + 0.5 * height / height.max()
    if name:
        values[:, context.index(name)] = 40 * height / height.max()
    context.unknown.x.array[:] = values.ravel()
    return np.asarray(dfem.assemble_vector(compiled(term.residual(context))).array)


@pytest.mark.parametrize("what", TERMS)
def test_field_of_the_electrostatic_potential_acts_on_ions_and_not_that_of_the_fermi_level(what: str) -> None:
    term = TERMS[what]
    device = film(term)
    without, fermi, electrostatic = (
        acting(device, term, name) for name in ("", "potential", "electrostatic potential")
    )
    assert np.abs(without).max() > 0
    np.testing.assert_array_equal(fermi, without)
    assert np.abs(electrostatic - without).max() > 0.1 * np.abs(without).max()
