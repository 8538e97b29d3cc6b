"""A filament as a conductor of its own, and as a film that its vacancies dope: one device, two descriptions.

``Conduction`` takes the film as neutral, with σ = q μ c of the vacancies c. In the full picture (Poisson, carriers,
vacancies, heat) electrons make up for the vacancies' charge; they also spread out of the filament and in from the
contacts by a few Debye lengths (2.6 nm here), which the neutral film does not know.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, OhmicContact, State, equilibrium, integrate, steady, with_ions
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.materials import Arrhenius
from fem.physics import Carriers, Conduction, Heat, MobileIons, Poisson, VacancyConductivity
from fem.transient.timestepping import StepControl
from fem.units import V, nm
from geometries import Axisymmetric, FilamentSeed, Layer, VerticalStack

ION, DENSITY, LENGTH, RADIUS = "iodide_vacancy", 5e24, 150 * nm, 20 * nm
STATES, MOBILITY, CONDUCTION = 2.2e24, 6e-3, 3.9  # N_c [1/m^3], mobility [m^2/(V s)], affinity [eV]
SEED = FilamentSeed(
    film=(0, LENGTH), bottom_radius=RADIUS, top_radius=RADIUS, inside=DENSITY, outside=1e20, edge_width=8 * nm
)


def both(devices: ModuleType) -> dict[str, Device]:
    """Return the neutral and the full device, on one mesh."""
    film = devices.semiconductor(
        "film", states=STATES, mobility=MOBILITY, conduction=CONDUCTION,
        ions={ION: devices.ion(1e20, diffusivity=1.2e-17)},
        thermal_conductivity=(0.4, "W/(m K)"), volumetric_heat_capacity=(1.2e6, "J/(m^3 K)"),
    )  # fmt: skip
    kt = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    rich = Arrhenius(ELEMENTARY_CHARGE * MOBILITY * DENSITY, 0.0)
    law = VacancyConductivity(
        ion=ION,
        poor=Arrhenius(1e-6 * rich.prefactor, 0.0),
        rich=rich,
        density=DENSITY,
        interpolation="linear",
    )
    contact = {
        "neutral": OhmicContact(),
        "full": devices.ohmic(
            CONDUCTION + kt * float(np.log(STATES / DENSITY))
        ),  # as many electrons as vacancies
    }
    physics: dict[str, list[Any]] = {"neutral": [Conduction({"film": law})], "full": [Poisson(), Carriers()]}
    mesh = VerticalStack(Layer("film", LENGTH)).mesh(
        size=8 * nm, interface_size=0.7 * nm, shape=Axisymmetric(radius=36 * nm, lateral_size=2 * nm)
    )
    return {
        name: Device(
            mesh=mesh,
            materials={"film": film},
            physics=[*physics[name], MobileIons(ION), Heat(electronic=False)],
            contacts={end: [contact[name], HeatSink(300.0)] for end in ("bottom", "top")},
            temperature=300.0,
        )
        for name in contact
    }


def with_filament(device: Device) -> State:
    """Return the device at 0.1 V with its filament, filled step by step."""
    state = equilibrium(device)
    for part in (1e-3, 1e-2, 0.1, 0.3, 1.0):
        state = with_ions(state, ION, lambda x, part=part: part * SEED.density(x, 2))  # type: ignore[misc]
        state = steady(device, {}, start=state, frozen_ions=True)
    return steady(device, {"top": 0.1 * V}, start=state, frozen_ions=True)


def test_a_doped_film_carries_what_its_conductivity_says_and_a_little_beside_it(devices: ModuleType) -> None:
    """Current and heating within a tenth; on the axis, vacancies that drift in the same way.

    At the rim they do not: electrons that leave the filament pull its vacancies after them.
    """
    found = {}
    for name, device in both(devices).items():
        state = with_filament(device)
        found[name] = (
            state,
            *(
                integrate(
                    device,
                    state,
                    bias=lambda _: {"top": 0.1 * V},
                    end=0.3,
                    control=StepControl(tolerance=0.03),
                )
            ),
        )
    (neutral, *_, neutral_later), (full, *_, full_later) = found["neutral"], found["full"]
    assert 1.0 < full.current("top") / neutral.current("top") < 1.1
    rise = [s.temperature().max() - 300.0 for s in (neutral, full)]
    assert rise[0] > 3.0
    assert rise[1] == pytest.approx(rise[0], rel=0.1)
    axis = full.device.context.scalar_space.tabulate_dof_coordinates()[:, 0] < 1e-6
    moved = [
        (later.ion_density(ION) - s.ion_density(ION))[axis]
        for s, later in ((neutral, neutral_later), (full, full_later))
    ]
    assert np.abs(moved[0]).max() > 0.01 * DENSITY
    assert np.abs(moved[1] - moved[0]).max() < 0.3 * np.abs(moved[0]).max()
