"""Cuts of the potential: what a Kelvin probe sees on a lateral film, with its signs."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, OhmicContact, equilibrium
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.solvers.steady import steady
from fem.units import eV, nm
from studies import plot_potential_cuts, potential_cut


@pytest.fixture(scope="module")
def device(devices: ModuleType, transistors: ModuleType) -> Device:
    """A transistor whose drain has a larger work function."""
    contacts = {"source": OhmicContact(work_function=4.0 * eV), "drain": OhmicContact(work_function=4.2 * eV)}
    return transistors.transistor(devices.film(), contacts=contacts)


def surface(transistors: ModuleType) -> dict[str, tuple[float, float]]:
    """Return the ends of the film's upper face."""
    height = transistors.OXIDE + transistors.FILM
    return {"start": (0.0, height), "end": (transistors.LENGTH, height)}


def test_a_contact_shows_its_work_function_and_bias(device: Device, transistors: ModuleType) -> None:
    state = steady(device, {"drain": 0.3, "gate": 1.0})
    tip = 4.6
    line = potential_cut(
        device, state, **surface(transistors), points=81,
        quantity="contact_potential_difference", tip_work_function=tip * eV,
    )  # fmt: skip
    seen = line["contact_potential_difference"]
    assert seen.values[0] == pytest.approx(tip - 4.0, abs=1e-6)
    assert seen.values[-1] == pytest.approx(tip - 4.2 + 0.3, abs=1e-6)
    assert seen.attrs["units"] == "V" and line["position"].values[-1] == pytest.approx(400 * nm)
    assert set(line["region"].values) == {"film"}
    potential = potential_cut(device, state, **surface(transistors), points=81)["potential"]
    assert np.allclose(potential.values + tip, seen.values)


def test_other_fields_are_cut_as_well(device: Device, transistors: ModuleType) -> None:
    state = steady(device, {"gate": 1.0})
    line = potential_cut(
        device, state, start=(200e-9, 0.0), end=(200e-9, 45e-9), quantity="electron", points=46
    )
    assert line["electron"].values[:29].max() == 0.0
    density = line["electron"].values[31:45]
    assert np.all(np.diff(density) < 0) and density[-1] > 0  # gathered at the oxide


def test_cuts_of_several_states_are_drawn(device: Device, transistors: ModuleType) -> None:
    rest, biased = equilibrium(device), steady(device, {"drain": 0.3})
    ax = plot_potential_cuts({"rest": rest, "0.3 V": biased}, **surface(transistors))
    assert [line.get_label() for line in ax.get_lines()] == ["rest", "0.3 V"]
    assert ax.get_ylabel() == "Electrostatic potential of the vacuum level [V]"
    change = plot_potential_cuts([biased], **surface(transistors), relative_to=rest)
    assert change.get_lines()[0].get_ydata()[-1] == pytest.approx(0.3, abs=1e-6)
    assert change.get_ylabel().startswith("Change of")


def test_bad_cuts_are_refused(device: Device, devices: ModuleType, transistors: ModuleType) -> None:
    state, line = equilibrium(device), surface(transistors)
    with pytest.raises(UnknownNameError, match="potental"):
        potential_cut(device, state, **line, quantity="potental")
    with pytest.raises(IncompatibleError, match="needs tip_work_function"):
        potential_cut(device, state, **line, quantity="contact_potential_difference")
    with pytest.raises(OutOfRangeError, match="20 eV"):
        potential_cut(device, state, **line, quantity="contact_potential_difference", tip_work_function=4.5)
    with pytest.raises(OutOfRangeError, match="2 finite coordinates"):
        potential_cut(device, state, start=(0.0,), end=(1e-9,))
    with pytest.raises(OutOfRangeError, match="nowhere on this line"):
        potential_cut(device, state, start=(0.0, 1e-6), end=(1e-7, 1e-6))
    with pytest.raises(IncompatibleError, match="another device"):
        potential_cut(devices.single_layer(size=50e-9), state, **line)
