r"""Layers beside the film, Ag | PMMA | film | PEDOT:PSS | ITO: resistances, thermal resistances and permittivities.

Their conductivities are stated here, for those of PMMA and PEDOT:PSS have a spread of many decades.
"""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, DeviceMesh, HeatSink, OhmicContact, State, equilibrium, integrate, steady
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, LORENZ_NUMBER
from fem.errors import IncompatibleError, ModelWarning
from fem.materials import ITO, PEDOT_PSS, PMMA, SILVER, Arrhenius
from fem.outputs import cell_values
from fem.physics import Conduction, Heat, MobileIons, Screening
from fem.units import nm
from geometries import Layer, VerticalStack
from tests.analytic.test_filament_gap import LAW, psi
from tests.analytic.test_forming import ION, MEAN
from tests.conducting import VACANCY, material

Array = npt.NDArray[np.float64]
THICK = {"ITO": 20 * nm, "PEDOT": 10 * nm, "film": 12 * nm, "PMMA": 4 * nm, "Ag": 20 * nm}
POLYMER = Arrhenius(10.0, 0.15)  # S/m: 0.03 at 300 K


def stack(
    *,
    heat: bool = False,
    screening: Screening | None = None,
    temperature: float = 300.0,
    ions: bool = True,
    law: Any = LAW,
    **conductivities: Any,
) -> Device:
    """Return the stack, of ``conductivities`` [S/m] by region; with ``heat`` a sink takes it from the silver alone."""
    sigma = {"PMMA": POLYMER, "PEDOT": 50.0} | conductivities
    film = material(ions={VACANCY: ION})
    materials = {
        "ITO": ITO,
        "PEDOT": PEDOT_PSS.with_(electrical_conductivity=sigma["PEDOT"]),
        "film": film if ions else film.with_(electrical_conductivity=sigma["film"]),
        "PMMA": PMMA.with_(electrical_conductivity=sigma["PMMA"]),
        "Ag": SILVER,
    }
    layers = [Layer(name, thick) for name, thick in THICK.items()]
    sink: Any = [OhmicContact(), HeatSink(temperature)] if heat else OhmicContact()
    return Device(
        mesh=DeviceMesh.from_drawing(VerticalStack(*layers).mesh(size=0.25 * nm, interface_size=0.25 * nm)),
        materials=materials,
        physics=[
            Conduction({"film": law} if ions else {}, screening=screening),
            *([MobileIons(VACANCY)] if ions else []),
            *([Heat()] if heat else []),
        ],
        contacts={"bottom": OhmicContact(), "top": sink},
        temperature=temperature,
    )


def nodes(device: Device) -> tuple[Array, Array]:
    """Return the order of the nodes from the bottom, and their heights [m]."""
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.mesh.unit
    order = np.argsort(x)
    return order, x[order]


@pytest.mark.parametrize("temperature", [280.0, 300.0, 340.0])
def test_current_is_that_of_the_resistances_in_series(temperature: float) -> None:
    """To 1e-6, with an interlayer that follows the temperature."""
    device = stack(temperature=temperature)
    state = steady(device, {"top": 0.3}, start=equilibrium(device), frozen_ions=True)
    sigma = {
        "PEDOT": 50.0,
        "film": LAW.at(MEAN, BOLTZMANN * temperature / ELEMENTARY_CHARGE),
        "PMMA": POLYMER(temperature),
    }
    resistances = {name: THICK[name] / value for name, value in sigma.items()}
    current = 0.3 / sum(resistances.values())
    assert state.current("top") == pytest.approx(current, rel=1e-6)
    order, x = nodes(device)
    middle = state.potential()[order][np.argmin(np.abs(x - 30 * nm))]  # between PEDOT:PSS and film
    assert middle == pytest.approx(current * resistances["PEDOT"], rel=1e-6)


def test_interlayer_heats_the_film_by_its_thermal_resistance() -> None:
    r"""All heat leaves through PMMA: each layer falls by :math:`t(P_{beyond} + P/2)/\kappa`, to 1 %."""
    device = stack(heat=True, PMMA=1.0, PEDOT=5.0)
    state = steady(device, {"top": 0.05}, frozen_ions=True)
    order, x = nodes(device)
    rise = state.temperature()[order] - 300.0
    sigma = {"PEDOT": 5.0, "film": LAW.at(MEAN, 0.0259), "PMMA": 1.0}
    current = 0.05 / sum(THICK[name] / value for name, value in sigma.items())
    assert state.current("top") == pytest.approx(current, rel=1e-3)
    height, beyond, expected = 0.0, 0.0, {}
    for name, thick in THICK.items():
        own = current**2 * thick / sigma[name] if name in sigma else 0.0
        kappa = float(device.setting.materials[name].si("thermal_conductivity", 300.0))
        kappa += LORENZ_NUMBER * sigma.get(name, 0.0) * 300.0  # of metals it is in the datum
        expected[height] = thick * (beyond + own / 2) / kappa
        beyond, height = beyond + own, height + thick
    ends = [*expected, height]
    for low, high in pairwise(ends):
        here, there = (rise[np.argmin(np.abs(x - at))] for at in (low, high))
        assert here - there == pytest.approx(expected[low], rel=0.01, abs=1e-3 * rise.max())
    assert expected[42 * nm] > 0.5 * rise.max()


def test_ions_stay_in_the_film() -> None:
    """Under bias for long enough to move through it: the same number, and none in the layers beside it.

    These conduct well here, so that the film has the voltage.
    """
    device = stack(PMMA=1e5, PEDOT=1e5, screening=Screening(carrier_mobility=1e-4))
    start = equilibrium(device)
    *_, state = integrate(device, start, bias={"top": 0.3}, end=0.3)
    order, x = nodes(device)
    density = state.ion_density(VACANCY)[order]
    outside = (x < 30 * nm - 1e-12) | (x > 42 * nm + 1e-12)
    assert (density[outside] == 0).all()
    assert density[~outside].max() > 1.2 * MEAN
    assert density[~outside].min() < 0.8 * MEAN
    assert state.ion_inventory(VACANCY) == pytest.approx(start.ion_inventory(VACANCY), rel=1e-10)


def test_electrostatic_potential_is_continuous_and_the_displacement_too() -> None:
    """Three layers that hardly conduct divide the voltage by their capacitances, the current by their resistances."""
    device = stack(ions=False, screening=Screening(carrier_mobility=1e-4), PEDOT=1e-5, film=1e-4, PMMA=1e-6)
    state = steady(device, {"top": 0.3})
    order, x = nodes(device)
    found = psi(state)[order]
    insulating = ("PEDOT", "film", "PMMA")
    epsilon = {n: float(device.setting.materials[n].si("relative_permittivity", 300.0)) for n in insulating}
    displacement = 0.3 / sum(THICK[n] / epsilon[n] for n in insulating)
    low = 20 * nm
    for name in insulating:
        inside = (x > low - 1e-12) & (x < low + THICK[name] + 1e-12)
        slopes = np.diff(found[inside]) / np.diff(x[inside])
        np.testing.assert_allclose(epsilon[name] * slopes, displacement, rtol=1e-3)
        low += THICK[name]
    assert_one_value_per_node(state)
    phi = state.potential()[order]
    # that of the current: 10 nm of 1e-5, 12 nm of 1e-4 and 4 nm of 1e-6 S/m
    assert phi[np.argmin(np.abs(x - 42 * nm))] == pytest.approx(0.3 * 1.12 / 5.12, rel=1e-6)
    assert found[np.argmin(np.abs(x - 42 * nm))] == pytest.approx(0.3 - displacement * 4 * nm / 3.6, rel=1e-3)


def assert_one_value_per_node(state: State) -> None:
    """Check that ψ at the corners of cells that meet is one, in all that is no metal."""
    corners = cell_values(state)["electrostatic potential"]
    ends = state.device.context.scalar_space.dofmap.list
    known = np.isfinite(corners)
    for node in np.unique(ends[known]):
        assert np.ptp(corners[known & (ends == node)]) == 0.0


@pytest.mark.parametrize("missing", ["PMMA", "PEDOT"])
def test_interlayer_without_a_conductivity_is_warned_of_by_name(missing: str) -> None:
    """Those of the library have none: all of the voltage would fall over it without a word."""
    with pytest.warns(ModelWarning, match=rf"no current .* region '{missing}' .* electrical_conductivity"):
        stack(**{missing: None})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stack()


def test_law_of_ions_in_a_layer_that_has_none_is_refused() -> None:
    device = stack()
    with pytest.raises(IncompatibleError, match=r"PMMA.* has no data of iodide_vacancy"):
        Device(
            mesh=device.mesh,
            materials=device.setting.materials,
            physics=[Conduction({"film": LAW, "PMMA": LAW}), MobileIons(VACANCY)],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )
