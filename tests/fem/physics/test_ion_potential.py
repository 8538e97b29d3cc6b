"""All that a field does to ions, it does with the electrostatic potential where that is an unknown of its own."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest
from dolfinx import fem as dfem

from fem import Device, OhmicContact, steady
from fem.forms.compilation import compiled
from fem.forms.context import Context
from fem.forms.setting import ELECTROSTATIC, Field, Setting
from fem.materials import Arrhenius
from fem.physics import (
    Conduction,
    ElectrodeReaction,
    MobileIons,
    Term,
    VacancyConductivity,
    VacancyGeneration,
)
from fem.units import eV, nm
from geometries import Layer, VerticalStack

MEAN = 1e25


@dataclass(frozen=True)
class Steeper(Term):
    """An electrostatic potential of twice the slope of the Fermi level's."""

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        regions = tuple(setting.mesh.regions)
        return (Field(name=ELECTROSTATIC, charge_number=0, regions=regions, density=False),)

    def residual(self, context: Context) -> Any:
        c, psi, phi = context.calculus, context.field(ELECTROSTATIC), context.field("potential")
        return c.lump(lambda i: c.at(psi, i) - 2 * c.at(phi, i), context.test(ELECTROSTATIC))


def of(devices: ModuleType, term: Any, volts: float, *, steeper: bool) -> float:
    """Return the flux of the ions, of what enters, or of what is made, with frozen ions at a voltage [a.u.]."""
    ions = MobileIons("cation", jump_distance=1 * nm)
    law = VacancyConductivity(ion="cation", poor=Arrhenius(1.0, 0.0), rich=Arrhenius(1.0, 0.0), density=MEAN)
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(MEAN, diffusivity=1e-16)})
    device = Device(
        mesh=VerticalStack(Layer("film", 20 * nm)).mesh(size=2 * nm, interface_size=1 * nm),
        materials={"film": film},
        physics=[
            Conduction({"film": law}),
            ions,
            *([term] if term is not None else []),
            *([Steeper()] if steeper else []),
        ],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    state, context = steady(device, {"top": volts}, frozen_ions=True), device.context
    context.unknown.x.array[:] = state.values.ravel()
    context.ion_motion.value = 1.0
    one = dfem.Function(context.scalar_space)
    if term is None:
        one.x.array[:] = context.scalar_space.tabulate_dof_coordinates()[:, 0]
        form = device.currents(one)["cation"]
    elif isinstance(term, ElectrodeReaction):
        form = term.inflows(context)["top", "cation"]
    else:
        one.x.array[:] = 1.0
        form = context.calculus.lump(lambda i: term.rate(context, i), one)
    return float(dfem.assemble_scalar(compiled(form)))


REACTION = ElectrodeReaction(
    "top",
    "cation",
    exchange_flux=Arrhenius(1e20, 0.3),
    transfer_coefficient=0.5,
    reaction_layer=0.5 * nm,
    reference_density=MEAN,
)
GENERATION = VacancyGeneration("cation", prefactor=1e40, energy=1.0 * eV, density=MEAN, dipole=2e-28)


@pytest.mark.parametrize("term", [None, REACTION, GENERATION], ids=["motion", "reaction", "generation"])
def test_ions_move_react_and_are_made_in_the_electrostatic_potential(devices: ModuleType, term: Any) -> None:
    plain, doubled = (of(devices, term, volts, steeper=False) for volts in (0.5, 1.0))
    assert abs(doubled) > 1.5 * abs(plain)
    assert of(devices, term, 0.5, steeper=True) == pytest.approx(doubled, rel=1e-6)
