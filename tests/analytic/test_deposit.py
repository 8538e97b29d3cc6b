"""The conductivity of a deposit of ions, and the front with which it grows."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, NewtonOptions, OhmicContact, StepControl, equilibrium, integrate, steady, with_ions
from fem.errors import OutOfRangeError
from fem.materials import Arrhenius
from fem.physics import Conduction, DepositConductivity, ElectrodeReaction, MobileIons
from fem.units import nm
from geometries import Layer, VerticalStack

ION, SITES, LENGTH = "silver_ion", 4e27, 12 * nm
LAW = DepositConductivity(
    ion=ION, poor=Arrhenius(1e-2, 0.05), rich=Arrhenius(1e2, 0.0), threshold=2e27, density=3e27
)


def line(devices: ModuleType) -> Device:
    """Return a film under silver."""
    film = devices.insulator("film", 25.0).with_ion(ION, devices.ion(1e25, site=SITES, diffusivity=1e-14))
    reaction = ElectrodeReaction(
        "top",
        ION,
        exchange_flux=Arrhenius(1e21, 0.0),
        transfer_coefficient=0.5,
        reaction_layer=0.5 * nm,
        reference_density=1e25,
    )
    return Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=1 * nm, interface_size=1 * nm),
        materials={"film": film},
        physics=[Conduction({"film": LAW}), MobileIons(ION), reaction],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def test_conductivity_is_poor_below_and_rich_above_and_grows_between() -> None:
    kt = 0.025
    assert LAW.at(0.0, kt) == LAW.at(2e27, kt) == pytest.approx(1e-2 * np.exp(-2.0), rel=1e-12)
    assert LAW.at(3e27, kt) == LAW.at(4e27, kt) == pytest.approx(1e2, rel=1e-12)
    assert LAW.at(2.5e27, kt) == pytest.approx(np.exp(-1.0), rel=1e-12)
    assert np.all(np.diff([LAW.at(c, kt) for c in np.linspace(2e27, 3e27, 50)]) > 0)


@pytest.mark.parametrize("threshold", [-1.0, 3e27])
def test_bad_threshold_is_refused(threshold: float) -> None:
    with pytest.raises(OutOfRangeError, match="threshold"):
        DepositConductivity(
            ion=ION, poor=Arrhenius(1e-2, 0.0), rich=Arrhenius(1e2, 0.0), threshold=threshold, density=3e27
        )


def test_current_is_that_of_a_series_of_deposit_and_film(devices: ModuleType) -> None:
    device = line(devices)
    start = with_ions(equilibrium(device), ION, lambda x: np.where(x[0] < 5.5 * nm, 3.5e27, 1e25))
    state = steady(device, {"top": 0.1}, start=start, frozen_ions=True)
    kt = 300.0 * 8.617333262e-5
    poor, rich = LAW.at(0.0, kt), LAW.at(SITES, kt)
    edge = (1 / poor + 1 / rich) / 2  # of the one edge between them: the harmonic mean
    ohms = (5 / rich + edge + 6 / poor) * nm
    assert state.current("top") == pytest.approx(0.1 / ohms, rel=1e-6)


def test_deposit_grows_from_the_inert_electrode_and_shorts_the_film(devices: ModuleType) -> None:
    device = line(devices)
    height = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.mesh.unit
    tips, currents = [], []
    for state in integrate(
        device,
        equilibrium(device),
        bias=lambda t: {"top": 4.0 * t},
        end=0.5,
        control=StepControl(tolerance=0.3, growth=3.0),
        options=NewtonOptions(tolerance=1e-5),
    ):
        filled = state.ion_density(ION) > LAW.threshold
        tips.append(float(height[filled].max(initial=0.0)))
        if tips[-1] > 0:
            below = np.sort(height[~filled])
            assert below.size == 0 or below.min() > tips[-1] - 1e-12  # one front, no islands
        currents.append(abs(state.current("top")) / max(state.bias["top"], 1e-12))
        if currents[-1] > 100 * currents[0]:
            break
    assert currents[-1] > 100 * currents[0]
    assert tips[-1] > 0.7 * LENGTH
    assert len(set(tips)) > 5
