"""Ferroelectrics in devices: thresholds, directions, negative capacitance, classes of domains, admittance."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    Device,
    GateContact,
    NewtonOptions,
    OhmicContact,
    State,
    StepControl,
    admittance,
    equilibrium,
    integrate,
    steady,
)
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.physics import Carriers, DomainSwitching, Ferroelectric, LandauKhalatnikov, Poisson
from fem.units import eV, nm, us
from geometries import Layer, VerticalStack

GATE = GateContact(work_function=4.5 * eV)
FILM, PERMITTIVITY = 100 * nm, 10.0
CAPACITANCE = VACUUM_PERMITTIVITY * PERMITTIVITY / FILM  # [F/m^2]
MERZ = DomainSwitching(remanent_polarization=0.05, activation_field=6e8, attempt_time=1e-9)
SPREAD = DomainSwitching(
    remanent_polarization=0.05, activation_field=6e8, attempt_time=1e-9, classes=7, spread=0.3
)
CLOSE = StepControl(tolerance=2e-4, max_bias_step=0.2)


def transistor(
    devices: ModuleType, initial: float, law: Any = MERZ, carriers: Carriers | None = None
) -> Device:
    """Return a gate, a ferroelectric, and an n-type channel with an ohmic contact on a line."""
    places = {
        "film": np.linspace(0, FILM, 6),
        "channel": np.concatenate([[0.0], np.geomspace(0.2 * nm, 40 * nm, 40)]),
    }
    return Device(
        mesh=VerticalStack(Layer("film", FILM), Layer("channel", 40 * nm)).line(nodes=places),
        materials={
            "film": devices.insulator("film", PERMITTIVITY),
            "channel": devices.semiconductor("channel", donor_density=(1e23, "m^-3")),
        },
        physics=[Poisson(), carriers or Carriers(), Ferroelectric("film", law, initial=initial)],
        contacts={"bottom": GATE, "top": OhmicContact()},
        temperature=300.0,
    )


@pytest.mark.parametrize("polarization", [0.05, -0.05, 1e-3])
def test_polarization_shifts_the_flat_band_by_itself_over_the_capacitance(
    devices: ModuleType, polarization: float
) -> None:
    plain, poled = transistor(devices, 0.0), transistor(devices, polarization)
    level = equilibrium(plain).potential()
    flat = level[-1] - level[0]  # work function of the channel less that of the gate
    for above in (0.0, 0.4, -0.4):
        expected = steady(plain, {"bottom": flat + above}, max_bias_step=5.0)
        found = steady(poled, {"bottom": flat + above - polarization / CAPACITANCE}, max_bias_step=5.0)
        channel = slice(5, None)
        np.testing.assert_allclose(found.potential()[channel], expected.potential()[channel], atol=1e-7)
        if above == 0.0:
            assert np.ptp(found.potential()[channel]) < 1e-7


def test_a_pulse_on_the_gate_opens_the_channel_and_the_opposite_one_closes_it(devices: ModuleType) -> None:
    """At 0 V afterwards, by a charge of the order of the polarization, down to a channel without electrons."""
    law = replace(MERZ, remanent_polarization=0.01)
    device = transistor(devices, 0.0, law, Carriers(("electron",)))
    x = device.mesh.mesh.geometry.x[:, 0] * device.mesh.unit
    state, sheet = equilibrium(device), []
    for volts in (10.0, -10.0, 10.0):
        *_, state = run(state, "bottom", volts, 1e-3, edge=0.1)
        at_rest = steady(device, {}, start=state)
        assert abs(at_rest.polarization()[2]) == pytest.approx(0.01, rel=1e-6)
        electrons = at_rest.values[5:, device.context.index("electron")] * device.scaling.density
        sheet.append(float(np.trapezoid(electrons, x[5:])))
    assert 0.5 < ELEMENTARY_CHARGE * sheet[0] / 0.01 < 1.0
    assert sheet[1] < 0.1 * 1e23 * 40 * nm
    assert sheet[2] == pytest.approx(sheet[0], rel=1e-6)


def run(
    start: State, contact: str, volts: float, length: float, rest: float = 1e-3, edge: float = 1e-4
) -> list[State]:
    """Return the states of a pulse on a contact and the rest after it; its edges are that part of its length."""
    kinks = [start.time + length * part for part in (edge, 1.0, 1.0 + edge)]
    heights = [start.bias.get(contact, 0.0), volts, volts, 0.0]

    def bias(t: float) -> dict[str, float]:
        return {contact: float(np.interp(t, [start.time, *kinks], heights))}

    end = start.time + length + rest
    return [start, *integrate(start.device, start, bias=bias, end=end, kinks=kinks, control=CLOSE)]


def plane(
    devices: ModuleType, drawings: ModuleType, law: Any, axis: str | None, *, initial: float, **shape: Any
) -> Device:
    """Return an irregular rectangle or disc of film, 100 nm between its two gates."""
    drawing = drawings.Rectangle(size=30.0, **shape)
    film = devices.insulator("film", PERMITTIVITY)
    return Device(
        mesh=drawing,
        materials={"lower": film, "upper": film},
        physics=[
            Poisson(),
            Ferroelectric(("lower", "upper"), law, axis=axis, initial=initial),
        ],
        contacts=dict.fromkeys(drawing.contacts, GATE),
        temperature=300.0,
    )


@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ({}, "y"),
        ({"coordinates": "axisymmetric", "cross_section": None}, None),
        ({"sides": {"left": "left", "right": "right"}}, "x"),
    ],
)
def test_polarization_follows_the_field_along_its_axis_whatever_the_mesh(
    devices: ModuleType, drawings: ModuleType, shape: dict[str, Any], axis: str | None
) -> None:
    device = plane(devices, drawings, MERZ, axis, initial=-0.05, **shape)
    first = next(iter(device.contacts))
    volts, time = 5.0, 1e-4
    states = run(steady(device, {first: volts}, start=equilibrium(device)), first, volts, time)
    state = next(s for s in states if s.time == time)
    expected = float(MERZ.after(-0.05, volts / FILM, time))
    assert -0.04 < expected < 0.04
    np.testing.assert_allclose(state.polarization(), expected, atol=1e-3 * 0.05)
    flow = [[s.current(name) for name in device.contacts] for s in states]
    assert np.abs(np.sum(flow, axis=1)).max() < 1e-9 * np.abs(flow).max()


def test_a_field_across_the_axis_polarizes_nothing(devices: ModuleType, drawings: ModuleType) -> None:
    device = plane(devices, drawings, MERZ, "x", initial=0.0)
    *_, end = run(equilibrium(device), "bottom", 8.0, 1e-4, rest=1e-5)
    np.testing.assert_allclose(end.polarization(), 0.0, atol=1e-9 * 0.05)


def series(devices: ModuleType, law: Any, oxide: float, nodes: int = 9) -> Device:
    """Return a film on an oxide of permittivity 4, of p = 0.01 and a zigzag of 1e-6 about it."""
    return Device(
        mesh=VerticalStack(Layer("oxide", oxide), Layer("film", FILM)).line(
            nodes={"oxide": [0, oxide], "film": np.linspace(0, FILM, nodes)}
        ),
        materials={"oxide": devices.insulator(), "film": devices.insulator("film", PERMITTIVITY)},
        physics=[
            Poisson(),
            Ferroelectric(
                "film",
                law,
                initial=lambda x: (
                    law.remanent_polarization
                    * (0.01 + 1e-6 * (-1.0) ** np.round((x[0] - oxide) / FILM * (nodes - 1)))
                ),
            ),
        ],
        contacts={"bottom": GATE, "top": GATE},
        temperature=300.0,
    )


@pytest.mark.parametrize("stable", [True, False])
def test_a_capacitor_in_series_holds_a_landau_film_at_zero_if_it_is_small_enough(
    devices: ModuleType, stable: bool
) -> None:
    r"""P decays at 0 V if the depolarising field :math:`P/(\varepsilon_f + C_o d_f)` is more than αP."""
    law = LandauKhalatnikov(remanent_polarization=0.05, coercive_field=5e7, switching_time=1 * us)
    lost = 1 / abs(law.alpha) - VACUUM_PERMITTIVITY * PERMITTIVITY  # C_o d_f at the border
    oxide = 3.9 * VACUUM_PERMITTIVITY * FILM / lost * (1.3 if stable else 0.7)
    device = series(devices, law, oxide)
    ratio = 1 / (VACUUM_PERMITTIVITY * (PERMITTIVITY + 3.9 * FILM / oxide)) / abs(law.alpha)
    *_, end = run(equilibrium(device), "bottom", 0.0, 10 * law.time, rest=40 * law.time)
    p = end.polarization()[1:] / law.remanent_polarization
    if stable:
        assert np.abs(p).max() < 1e-5
    else:
        np.testing.assert_allclose(p, np.sqrt(1 - ratio), rtol=1e-3)


def test_classes_of_domains_switch_one_after_the_other(devices: ModuleType) -> None:
    device = Device(
        mesh=VerticalStack(Layer("film", FILM)).line(nodes=np.linspace(0, FILM, 3)),
        materials={"film": devices.insulator("film", PERMITTIVITY)},
        physics=[Poisson(), Ferroelectric("film", SPREAD, initial=-0.05)],
        contacts={"bottom": GATE, "top": GATE},
        temperature=300.0,
    )
    state, volts, length, written = equilibrium(device), 5.0, 1e-4, []
    for _ in range(3):
        *_, state = run(state, "bottom", volts, length)
        written.append(float(state.polarization()[1]))
    expected = SPREAD.after(-0.05, volts / FILM, length * np.array([1, 2, 3]))
    np.testing.assert_allclose(written, expected, atol=3e-3 * 0.05)
    classes = state.values[1, 1:]
    assert (np.diff(classes) < 1e-6).all() and classes[0] > 0.99 and classes[-1] < -0.99


def test_triangles_of_growing_height_write_by_degrees_and_by_all_domains(devices: ModuleType) -> None:
    """Up and down again domains have twice the time of the way up: p = 1 - 2 Σ exp(-2 K_k)/m."""
    film = Device(
        mesh=VerticalStack(Layer("film", FILM)).line(nodes=np.linspace(0, FILM, 3)),
        materials={"film": devices.insulator("film", PERMITTIVITY)},
        physics=[Poisson(), Ferroelectric("film", SPREAD, initial=-0.05)],
        contacts={"bottom": GATE, "top": GATE},
        temperature=300.0,
    )
    written, expected = [], []
    for volts in (3.0, 5.0, 8.0):
        *_, state = run(equilibrium(film), "bottom", volts, 1e-3, edge=1.0, rest=2e-3)
        written.append(float(state.polarization()[1]))
        expected.append(0.05 * (1 - 2 * SPREAD.unswitched(volts / FILM, volts / FILM / 2e-3)))
    np.testing.assert_allclose(written, expected, atol=3e-3 * 0.05)
    assert written[0] < -0.045 and abs(written[1]) < 0.005 and written[2] > 0.045


def test_a_poled_landau_film_has_the_capacitance_of_its_well_and_relaxes(devices: ModuleType) -> None:
    r"""Y = iωA/d (ε + χ/(1 + iωτ/2)) with χ = 1/(2|α|) about P_r at no field."""
    law = LandauKhalatnikov(remanent_polarization=0.05, coercive_field=5e7, switching_time=1 * us)
    device = Device(
        mesh=VerticalStack(Layer("film", FILM)).line(nodes=np.linspace(0, FILM, 4)),
        materials={"film": devices.insulator("film", PERMITTIVITY)},
        physics=[Poisson(), Ferroelectric("film", law, initial=0.05)],
        contacts={"bottom": GATE, "top": GATE},
        temperature=300.0,
    )
    frequencies = np.array([1.0, 1e5, 3e5, 1e7])
    omega = 2 * np.pi * frequencies
    well = 1 / (2 * abs(law.alpha)) / (1 + 0.5j * omega * law.time)
    expected = 1j * omega * (VACUUM_PERMITTIVITY * PERMITTIVITY + well) / FILM
    found = admittance(equilibrium(device), "bottom", frequencies)
    np.testing.assert_allclose(found, [expected, -expected], rtol=1e-7)


def test_domains_answer_a_small_signal_as_fast_as_they_switch(devices: ModuleType) -> None:
    r"""Of P in a field E: :math:`\hat P/\hat E = k'(E)(P_s - P)/(k + i\omega)`; none at E = 0."""
    device = transistor(devices, 0.0)
    frequencies = np.array([1.0, 1e3, 1e6])
    plain = device.setting.materials["film"].si("relative_permittivity")
    film = Device(
        mesh=VerticalStack(Layer("film", FILM)).line(nodes=np.linspace(0, FILM, 4)),
        materials={"film": device.setting.materials["film"]},
        physics=[Poisson(), Ferroelectric("film", MERZ, initial=0.01)],
        contacts={"bottom": GATE, "top": GATE},
        temperature=300.0,
    )
    field, omega = 5.0 / FILM, 2 * np.pi * frequencies
    speed = np.exp(-MERZ.activation_field / field) / MERZ.attempt_time
    slope = speed * MERZ.activation_field / field**2
    for volts, answer in ((0.0, 0.0), (5.0, slope * (0.05 - 0.01) / (speed + 1j * omega))):
        state = steady(film, {"bottom": volts}, start=equilibrium(film))
        expected = 1j * omega * (VACUUM_PERMITTIVITY * plain + answer) / FILM
        np.testing.assert_allclose(
            admittance(state, "bottom", frequencies)[0], expected * np.ones(3), rtol=1e-7
        )
    gate, channel = admittance(equilibrium(device), "bottom", frequencies)
    np.testing.assert_allclose(gate, -channel, rtol=1e-9)
    assert (gate.imag < omega * CAPACITANCE).all() and (gate.imag > 0.1 * omega * CAPACITANCE).all()


def test_currents_are_known_where_an_accumulated_layer_is_cut_off_from_all_contacts(
    devices: ModuleType, drawings: ModuleType
) -> None:
    """A gate on an irregular section drives a channel from accumulation by P to depletion."""
    law = replace(MERZ, remanent_polarization=0.08)
    device = Device(
        mesh=drawings.Rectangle(size=22.0),
        materials={
            "lower": devices.insulator("film", PERMITTIVITY),
            "upper": devices.semiconductor("channel", donor_density=(1e23, "m^-3")),
        },
        physics=[Poisson(), Carriers(), Ferroelectric("lower", law, initial=0.01)],
        contacts={"bottom": GATE, "top": OhmicContact()},
        temperature=300.0,
    )
    start = steady(device, {"bottom": -5.0}, start=equilibrium(device))
    states = list(
        integrate(
            device,
            start,
            bias=lambda t: {"bottom": -5.0 - 1e4 * t},
            end=5e-5,
            control=StepControl(max_bias_step=0.2),
            options=NewtonOptions(floor=1e-10),
        )
    )
    flow = np.array([[state.current(name) for name in ("bottom", "top")] for state in states])
    assert np.abs(flow.sum(axis=1)).max() < 1e-6 * np.abs(flow).max()
