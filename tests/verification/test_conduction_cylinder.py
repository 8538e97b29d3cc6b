"""A round filament is the same in the section through its axis and in three dimensions."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, OhmicContact, State, equilibrium, steady
from fem.device.state import with_ions
from fem.materials import Arrhenius
from fem.physics import Conduction, Heat, MobileIons, Screening, VacancyConductivity
from fem.units import nm
from geometries import Axisymmetric, Layer, VerticalStack
from tests.conducting import VACANCY, material, vacancies

LAW = VacancyConductivity(
    ion=VACANCY,
    poor=Arrhenius(1e3, 0.05),
    rich=Arrhenius(3.3e4, 0.006),
    density=1.2e27,
    interpolation="linear",
)


def hot(
    mesh: Any,
    across: int,
    law: VacancyConductivity = LAW,
    screening: Screening | None = None,
    gap: float = 0.0,
) -> State:
    """Return a device with a filament of vacancies at 0.15 V, which thins out over a ``gap`` [m] above the bottom.

    ``across``: coordinates besides the height.
    """
    ends: Any = [OhmicContact(), HeatSink(300.0, 3e-9)]
    device = Device(
        mesh=mesh,
        materials={"film": material(ions={VACANCY: vacancies()})},
        physics=[Conduction({"film": law}, screening=screening), MobileIons(VACANCY), Heat()],
        contacts={"bottom": ends, "top": ends},
    )

    def filament(x: Any) -> Any:
        square = sum(x[k] ** 2 for k in range(across))
        whole = 1 - np.exp(-x[across] / gap) if gap else 1.0
        return 1e25 + 1e27 * whole * np.exp(-square / (12 * nm) ** 2)

    start = with_ions(equilibrium(device), VACANCY, filament)
    return steady(device, {"top": 0.15}, start=start, frozen_ions=True)


def test_current_and_temperature_of_a_filament_are_those_of_three_dimensions(drawings: ModuleType) -> None:
    """Within 1 %, that of the three-dimensional cells."""
    shape = Axisymmetric(radius=15 * nm, lateral_size=0.5 * nm)
    flat = hot(VerticalStack(Layer("film", 12 * nm)).mesh(size=1 * nm, interface_size=1 * nm, shape=shape), 1)
    solid = hot(drawings.Cylinder(size=1.4), 2)
    assert solid.current("top") == pytest.approx(flat.current("top"), rel=0.01)
    rises = [state.temperature().max() - 300.0 for state in (flat, solid)]
    assert rises[0] > 20.0
    assert rises[1] == pytest.approx(rises[0], rel=0.01)
    assert solid.ion_inventory(VACANCY) == pytest.approx(flat.ion_inventory(VACANCY), rel=0.01)


def with_gap(drawings: ModuleType) -> tuple[State, State]:
    """Return a filament with a gap, with averages and screening, in the section through its axis and in 3D."""
    shape = Axisymmetric(radius=15 * nm, lateral_size=0.5 * nm)
    law = replace(LAW, averaging_length=2.4 * nm)
    more: Any = {"law": law, "screening": Screening(carrier_mobility=1.0), "gap": 3 * nm}
    mesh = VerticalStack(Layer("film", 12 * nm)).mesh(size=1 * nm, interface_size=1 * nm, shape=shape)
    return hot(mesh, 1, **more), hot(drawings.Cylinder(size=1.1), 2, **more)


def differences(flat: State, solid: State) -> dict[str, float]:
    """Return by what share current, rise of temperature, averaged density and the gap of both potentials differ."""
    return {
        what: abs(of(solid) / of(flat) - 1)
        for what, of in {"current": current, "rise": rise, "average": averaged, "potentials": apart}.items()
    }


def test_filament_with_a_gap_is_that_of_three_dimensions_with_averages_and_screening(
    drawings: ModuleType,
) -> None:
    """Current, temperature, averaged density and how far both potentials part, within 1 %, that of the cells."""
    flat, solid = with_gap(drawings)
    assert rise(flat) > 20.0
    assert apart(flat) > 0.02
    found = differences(flat, solid)
    assert max(found.values()) < 0.01, found


def current(state: State) -> float:
    """Return the current into the top [A]."""
    return state.current("top")


def rise(state: State) -> float:
    """Return by how much the hottest place is above 300 K [K]."""
    return float(state.temperature().max()) - 300.0


def averaged(state: State) -> float:
    """Return the largest averaged density [scaled]."""
    return float(state.values[:, state.device.context.index(f"averaged {VACANCY}")].max())


def apart(state: State) -> float:
    """Return how far the potential of ions is from that of the current, at most [V]."""
    context = state.device.context
    psi = state.values[:, context.index("electrostatic potential")] * context.scaling.potential
    return float(np.abs(psi - state.potential()).max())
