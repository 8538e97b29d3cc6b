r"""Insulating interlayers between a contact and a film: what crosses them, beside closed forms and integrals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fem import (
    Circuit,
    Device,
    FloatingGate,
    GateContact,
    HeatSink,
    OhmicContact,
    admittance,
    equilibrium,
    floating_charge,
    floating_potential,
    integral,
    integrate,
    steady,
)
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, ModelWarning, UnknownNameError
from fem.heat.of_state import heat_parts
from fem.physics import (
    BarrierLaw,
    BarrierTunnelling,
    Carriers,
    DirectTunnelling,
    Heat,
    Interlayer,
    InterlayerLeakage,
    MobileIons,
    Poisson,
)
from fem.units import eV, nm
from geometries import Axisymmetric, Layer, Planar, VerticalStack
from tests.devices import datum, ion, metal, semiconductor
from tests.interlayers import (
    AFFINITY,
    FREE,
    GAP,
    LEAKING,
    TRAPS,
    WAYS,
    between_metals,
    capacity,
    contact_on_oxide,
    film,
    fowler_nordheim,
    levels,
    of_line,
    oxide,
    thin_barrier,
    tunnelled,
)


@pytest.mark.parametrize("temperature", [100.0, 400.0])
@pytest.mark.parametrize(("thickness", "barrier", "volts"), [(2, 3.0, 1.0), (5, 1.0, -0.5), (20, 1.0, 4.0)])
def test_current_is_the_integral_over_all_energies(
    temperature: float, thickness: float, barrier: float, volts: float
) -> None:
    """Of Tsu and Esaki with the transmission of Wentzel, Kramers and Brillouin, by another quadrature."""
    device = contact_on_oxide(
        thickness * nm,
        temperature=temperature,
        carriers=("electron",),
        materials={"oxide": oxide(barrier), "film": film()},
    )
    state = steady(device, {"top": volts}, max_bias_step=5.0)
    own, other, rise = levels(state)
    expected = tunnelled(temperature, thickness * nm, (barrier, barrier + rise), (own, other))
    assert state.current("top") == pytest.approx(expected, rel=1e-6)
    assert state.current("bottom") == pytest.approx(-expected, rel=1e-6)


def test_holes_cross_as_electrons_do_in_the_mirrored_bands() -> None:
    """A p film with the offsets and the work function mirrored has the opposite current at the opposite bias."""
    electrons = contact_on_oxide(3 * nm, work_function=AFFINITY + 0.3)
    p = film().with_(donor_density=None, acceptor_density=FREE)
    same = oxide().with_(electron_affinity=(AFFINITY + GAP - 6.0) * eV)  # 3 eV below the valence band
    holes = contact_on_oxide(3 * nm, work_function=AFFINITY + GAP - 0.3, materials={"film": p, "oxide": same})
    up, down = (steady(d, {"top": v}).current("top") for d, v in ((electrons, 0.7), (holes, -0.7)))
    assert down == pytest.approx(-up, rel=1e-6)
    assert up > 0


def test_without_a_barrier_it_is_the_emission_of_a_schottky_contact() -> None:
    """At low filling, v (n - n_0) with the thermionic velocity of the film's mass."""
    device = contact_on_oxide(
        2 * nm,
        work_function=AFFINITY + 0.5,
        carriers=("electron",),
        materials={"oxide": oxide(-0.2), "film": film(donors=1e20)},
    )
    state = steady(device, {"top": -0.2})
    own, other, rise = levels(state, AFFINITY + 0.5)
    assert rise < 0.2
    kt = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    velocity = np.sqrt(BOLTZMANN * 300.0 / (2 * np.pi * 9.1093837e-31))
    emitted = ELEMENTARY_CHARGE * velocity * FREE * (np.exp(own / kt) - np.exp(other / kt))
    assert state.current("top") == pytest.approx(emitted, rel=1e-4)


@pytest.mark.parametrize("temperature", [100.0, 200.0, 300.0, 400.0])
def test_strong_fields_give_the_current_of_fowler_and_nordheim(temperature: float) -> None:
    """From a metal, with the factor of the temperature and the next order of the exponent."""
    thickness, barrier = 10 * nm, 3.0
    device = contact_on_oxide(
        thickness, temperature=temperature, carriers=("electron",), materials={"film": film()}
    )
    state = steady(device, {"top": -7.0}, max_bias_step=7.0)
    _, level, rise = levels(state)
    expected = fowler_nordheim(temperature, rise / thickness, barrier + rise - level)
    assert -state.current("top") == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("work_function", [3.9, 5.0])
def test_equilibrium_carries_no_current(name: str, work_function: float) -> None:
    """Against what one millivolt gives, at both signs of the field in the layer."""
    device = contact_on_oxide(
        3 * nm, work_function=work_function, crossings=[WAYS[name]], materials={"oxide": LEAKING}
    )
    rest = equilibrium(device)
    at_rest = steady(device, {}, start=rest)
    driven = steady(device, {"top": 1e-3}, start=rest)
    assert abs(driven.current("top")) > 0
    assert abs(at_rest.current("top")) < 1e-9 * abs(driven.current("top"))


@pytest.mark.parametrize("name", WAYS)
def test_currents_of_both_contacts_add_up_to_zero(name: str) -> None:
    """In a steady state, and with the displacement current while the voltage rises."""
    device = contact_on_oxide(3 * nm, crossings=[WAYS[name]], materials={"oxide": LEAKING})
    state = steady(device, {"top": 0.8})
    assert abs(state.current("top") + state.current("bottom")) <= 1e-10 * abs(state.current("top"))
    for moment in integrate(device, equilibrium(device), bias={"top": 0.3}, end=1e-10):
        lack = moment.current("top") + moment.current("bottom")
        assert abs(lack) <= 1e-8 * abs(moment.current("top")) + moment.current_error("top")


@pytest.mark.parametrize("charge", [-2e-3, 3e-3])
@pytest.mark.parametrize("thickness", [2.0, 20.0])
def test_charge_at_the_interlayer_shifts_the_flat_band_voltage(charge: float, thickness: float) -> None:
    """By -Q/C, to a microvolt: at that voltage the film has no field, and no current flows into an empty barrier."""
    work = AFFINITY + 0.2
    device = contact_on_oxide(thickness * nm, work_function=work, charge=charge, crossings=())
    shift = -charge / capacity(thickness * nm)
    plain = work - AFFINITY  # the film's Fermi level is at its band's edge
    state = steady(device, {"top": plain + shift}, max_bias_step=20.0)
    face, metal, potential = of_line(state)
    inside = potential[:face]
    assert np.ptp(inside) < 1e-6
    assert potential[metal] - potential[face] == pytest.approx(shift, abs=1e-6)


def test_leakage_is_that_of_the_conductivity_with_its_activation() -> None:
    """The film is nearly a metal, so that all of the voltage is across the layer."""
    for temperature in (250.0, 350.0):
        device = contact_on_oxide(
            20 * nm, temperature=temperature, crossings=[InterlayerLeakage()], materials={"oxide": LEAKING}
        )
        state = steady(device, {"top": 0.4})
        sigma = LEAKING.si("electrical_conductivity", temperature)
        assert state.current("top") == pytest.approx(sigma * 0.4 / (20 * nm), rel=1e-3)


def test_poole_and_frenkel_raise_the_leakage_by_the_root_of_the_field() -> None:
    """ln(J/E) over √E is β/kT."""
    crossing = InterlayerLeakage(poole_frenkel_permittivity=2.0)
    device = contact_on_oxide(10 * nm, crossings=[crossing], materials={"oxide": LEAKING})
    fields, gains = [], []
    for volts in (1.0, 2.0):
        state = steady(device, {"top": volts}, max_bias_step=2.0)
        own, other, rise = levels(state)
        fields.append(abs(rise) / (10 * nm))
        sigma = LEAKING.si("electrical_conductivity", 300.0)
        gains.append(np.log(state.current("top") * 10 * nm / (sigma * (own - other))))
    beta = np.sqrt(ELEMENTARY_CHARGE**3 / (np.pi * 2.0 * VACUUM_PERMITTIVITY)) / (BOLTZMANN * 300.0)
    assert np.diff(gains)[0] == pytest.approx(beta * np.diff(np.sqrt(fields))[0], rel=1e-4)


def test_traps_carry_what_two_steps_let_through() -> None:
    """Beside a sum over the thickness, by another quadrature."""
    device = contact_on_oxide(4 * nm, crossings=[TRAPS], carriers=("electron",))
    state = steady(device, {"top": 0.6})
    own, other, rise = levels(state)
    kt = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    x = (np.arange(20000) + 0.5) / 20000
    edge = 3.0 + rise * x
    level, filling = edge - 2.6, np.exp(own / kt)

    def through(first: Any, second: Any, length: Any) -> Any:
        wave = 2 * np.pi / 6.62607015e-34 * np.sqrt(2 * 0.4 * 9.1093837e-31 * ELEMENTARY_CHARGE)
        return np.exp(-wave * length * (np.sqrt(first) + np.sqrt(second)))  # exact to second order

    energy = np.maximum(level, 0.0)
    c1 = 1e13 * through(3.0 - energy, edge - energy, x * 4 * nm)
    c1 = c1 * (filling + np.exp(np.minimum(level, 0) / kt))
    c2 = 1e13 * through(2.6 + 0 * x, 3.0 + rise - level, (1 - x) * 4 * nm)
    full = filling / (filling + np.exp(level / kt)) - 1 / (1 + np.exp((level - other) / kt))
    expected = ELEMENTARY_CHARGE * 1e25 * 4 * nm * np.mean(c1 * c2 / (c1 + c2) * full)
    assert state.current("top") == pytest.approx(expected, rel=2e-2)


def test_closed_law_gives_its_current_at_the_voltage_across() -> None:
    """Of Simmons, into the film from a metal, at the difference of both Fermi levels."""
    law = DirectTunnelling(barrier=3 * eV, effective_mass=0.4, thickness=3 * nm)
    crossing = BarrierLaw(carrier="electron", law=law)
    device = contact_on_oxide(3 * nm, crossings=[crossing], carriers=("electron",))
    state = steady(device, {"top": -1.0})
    own, other, _ = levels(state)
    assert state.current("top") == pytest.approx(
        law.current_density((own - other) / (3 * nm), 300.0), rel=1e-9
    )
    assert own - other == pytest.approx(-1.0, abs=1e-2)


@pytest.mark.parametrize("temperature", [100.0, 400.0])
@pytest.mark.parametrize("volts", [-0.5, 0.01, 2.0])
def test_electrons_cross_between_two_metals(temperature: float, volts: float) -> None:
    """By the integral, and at a low voltage by Simmons' with what he leaves out."""
    state = steady(between_metals(2 * nm, temperature=temperature), {"top": volts}, max_bias_step=5.0)
    expected = tunnelled(temperature, 2 * nm, (3.0, 3.0 - volts), (0.0, -volts), floor=-10.0)
    assert state.current("top") == pytest.approx(expected, rel=1e-4)
    assert state.current("bottom") == pytest.approx(-expected, rel=1e-4)
    if volts == 0.01:
        assert state.current("top") == pytest.approx(thin_barrier(temperature, 2 * nm, volts), rel=0.01)


def test_metals_of_two_work_functions_are_at_rest_at_no_voltage() -> None:
    device = between_metals(3 * nm, work_functions=(4.1, 4.8))
    driven = steady(device, {"top": 1e-3}).current("top")
    assert abs(steady(device, {}).current("top")) < 1e-9 * driven
    with pytest.raises(IncompatibleError, match="a part of the contact"):
        steady(between_metals(3 * nm, contact="bottom"), {"top": 0.1})
    with pytest.raises(IncompatibleError, match="between a semiconductor and a contact"):
        steady(between_metals(3 * nm, crossings=[TRAPS]), {"top": 0.1})


@pytest.mark.parametrize(
    "shape", [Planar(width=8 * nm, lateral_size=4 * nm), Axisymmetric(radius=8 * nm, lateral_size=4 * nm)]
)
def test_planes_and_cylinders_carry_what_a_line_does(shape: Any) -> None:
    """Per area."""
    line, other = (contact_on_oxide(3 * nm, shape=s) for s in (None, shape))
    area = 8 * nm if isinstance(shape, Planar) else np.pi * (8 * nm) ** 2
    expected = steady(line, {"top": -0.6}).current("top") * area
    assert steady(other, {"top": -0.6}).current("top") == pytest.approx(expected, rel=1e-6)


def test_small_signal_is_the_slope_of_the_steady_current() -> None:
    """And at high frequency the layer is a capacitor in series with the film."""
    device = contact_on_oxide(3 * nm)
    state = steady(device, {"top": -0.5})
    ends = [steady(device, {"top": -0.5 + dv}, start=state).current("top") for dv in (-1e-4, 1e-4)]
    slope = (ends[1] - ends[0]) / 2e-4
    top = list(device.contacts).index("top")
    assert admittance(state, "top", [1e-3])[top, 0].real == pytest.approx(slope, rel=1e-5)
    assert admittance(state, "top", [1e9])[top, 0].imag > 0


def test_circuit_in_series_shares_the_voltage() -> None:
    """The layer's current is that of its own share."""
    device = contact_on_oxide(3 * nm)
    alone = steady(device, {"top": -0.5})
    resistance = 0.5 / abs(alone.current("top"))
    state = steady(device, {"top": -1.0}, circuits={"top": Circuit(series_resistance=resistance)})
    assert state.bias["top"] == pytest.approx(-0.5, abs=1e-8)
    assert state.current("top") == pytest.approx(alone.current("top"), rel=1e-8)


def test_heat_of_what_crosses_is_the_power_that_is_put_in() -> None:
    """All parts add up to current times voltage, and most is given off where carriers arrive."""
    warm: Any = {
        "thermal_conductivity": datum(1.0, "W/(m K)"),
        "volumetric_heat_capacity": datum(2e6, "J/(m^3 K)"),
    }
    device = contact_on_oxide(
        3 * nm,
        materials={"film": film().with_(**warm), "oxide": oxide(**warm)},
        physics=[Heat()],
        end=[OhmicContact(), HeatSink(300.0)],
    )
    state = steady(device, {"top": -0.5})
    parts = heat_parts(state)
    power = -0.5 * state.current("top")
    assert sum(parts.values()) == pytest.approx(power, rel=1e-6)
    assert parts["interlayers"] == pytest.approx(power, rel=2e-2)


def between_layers(thickness: float = 2 * nm, *, floats: bool = False) -> Device:
    """Return a film with ions between two layers and metals; or behind one, with the other metal floating."""
    ions = {"iodide_vacancy": ion(1e24, diffusivity=1e-14)}
    inner = semiconductor("film", states=2e24, ions=ions, donor_density=(1e23, "m^-3"))
    low = oxide(1.0, electron_affinity=datum(2.9, "eV"))
    layers = [Layer("Ag", 5 * nm), Layer("film", 60 * nm), Layer("high", thickness), Layer("Au", 5 * nm)]
    layers[1:1] = [] if floats else [Layer("low", thickness)]
    layers += [Layer("control", 20 * nm)] if floats else []
    both = [Interlayer(contact="Au" if floats else "top", across="high", into="film")]
    both += [] if floats else [Interlayer(contact="bottom", across="low", into="film")]
    materials = {"Ag": metal(4.1), "low": low, "film": inner, "high": low, "Au": metal(4.3)}
    contacts: dict[str, Any] = {"bottom": OhmicContact() if floats else GateContact(), "top": GateContact()}
    if floats:
        contacts |= {"Au": FloatingGate(), "top": GateContact(work_function=4.3 * eV)}
        materials["control"] = oxide()
    return Device(
        mesh=VerticalStack(*layers).mesh(size=5 * nm, interface_size=0.5 * nm),
        materials={layer.name: materials[layer.name] for layer in layers},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy"), *both],
        contacts=contacts,
        temperature=300.0,
    )


def test_film_between_two_layers_conducts_through_both() -> None:
    """It has no contact of its own; ions stay in it, and at rest no current flows at the built-in voltage."""
    device = between_layers()
    rest = equilibrium(device)
    still, driven = (steady(device, {"top": v}, start=rest) for v in (0.0, 0.5))
    assert driven.current("top") > 0
    assert driven.current("top") == pytest.approx(-driven.current("bottom"), rel=1e-9)
    assert abs(still.current("top")) < 1e-9 * driven.current("top")
    vacancies = driven.density("iodide_vacancy")
    places = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.scaling.length
    assert np.all(vacancies[(places < 6.9 * nm) | (places > 67.1 * nm)] == 0)
    assert integral(driven, "iodide_vacancy") == pytest.approx(integral(rest, "iodide_vacancy"), rel=1e-9)


def test_ions_enter_a_layer_whose_material_has_them() -> None:
    """And one is told that the barrier is taken as straight."""
    moving = ion(1e24, diffusivity=1e-14)
    inner = semiconductor("film", states=2e24, ions={"iodide_vacancy": moving}, donor_density=(1e23, "m^-3"))
    open_layer = oxide(1.0).with_ion("iodide_vacancy", moving)
    with pytest.warns(ModelWarning, match="taken as straight"):
        device = contact_on_oxide(
            2 * nm,
            work_function=AFFINITY + 0.2,
            materials={"film": inner, "oxide": open_layer},
            physics=[MobileIons("iodide_vacancy")],
        )
    rest = equilibrium(device)
    driven = steady(device, {"top": -0.3}, start=rest)
    _, metal_node, _ = of_line(driven)
    before, after = (s.density("iodide_vacancy")[metal_node] for s in (rest, driven))
    assert after > 1.5 * before > 1e24
    assert integral(driven, "iodide_vacancy") == pytest.approx(integral(rest, "iodide_vacancy"), rel=1e-9)


def test_floating_gate_is_charged_until_its_fermi_level_is_that_of_the_film() -> None:
    """And then no longer: with the Fermi levels of both sides, unlike a law of the field."""
    device = between_layers(floats=True)
    start = equilibrium(device)
    *_, pulsed = integrate(device, start, bias={"top": 1.0}, end=1e-6)
    assert floating_potential(pulsed, "Au") > 0.01
    *_, rest = integrate(device, pulsed, bias={"top": 1.0}, end=1e4)
    assert abs(floating_potential(rest, "Au")) < 1e-4
    assert floating_charge(rest, "Au") < floating_charge(pulsed, "Au")


def test_what_is_not_covered_is_refused_in_words() -> None:
    """Contacts that do not touch the layer, materials without data, charge in the barrier, other thicknesses."""
    with pytest.raises(IncompatibleError, match="electron_tunnelling_mass"):
        contact_on_oxide(3 * nm, materials={"oxide": oxide().with_(electron_tunnelling_mass=None)})
    with pytest.raises(IncompatibleError, match="charge bends"):
        contact_on_oxide(3 * nm, materials={"oxide": oxide().with_(donor_density=1e24)})
    law = DirectTunnelling(barrier=3 * eV, effective_mass=0.4, thickness=5 * nm)
    other = contact_on_oxide(3 * nm, crossings=[BarrierLaw(carrier="electron", law=law)])
    with pytest.raises(IncompatibleError, match="3e-09 m thick"):
        steady(other, {"top": 0.1})
    with pytest.raises(UnknownNameError, match="protons"):
        BarrierTunnelling(("protons",))
    with pytest.warns(ModelWarning, match="25 nm thick"):
        steady(contact_on_oxide(25 * nm), {"top": 0.1})
    with pytest.raises(IncompatibleError, match="with an Interlayer"):
        Device(
            mesh=VerticalStack(Layer("film", 20 * nm), Layer("oxide", 3 * nm)).mesh(
                size=5 * nm, interface_size=1 * nm
            ),
            materials={"film": film(), "oxide": oxide()},
            physics=[Poisson(), Carriers()],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )
