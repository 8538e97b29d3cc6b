"""A ferroelectric term answers bad input in one sentence, and its polarisation is part of what is kept and shown."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import (
    Device,
    GateContact,
    OhmicContact,
    equilibrium,
    integrate,
    load_checkpoint,
    save_checkpoint,
)
from fem.currents.density import current_density
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.fields import field_info
from fem.io.restart import load_progress, save_progress
from fem.outputs import profile
from fem.physics import Conduction, DomainSwitching, Ferroelectric, LandauKhalatnikov, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack

MERZ: dict[str, Any] = {"remanent_polarization": 0.05, "activation_field": 6e8, "attempt_time": 1e-9}
LAW = DomainSwitching(**MERZ)
WELL: dict[str, Any] = {"remanent_polarization": 0.05, "coercive_field": 5e7, "switching_time": 1e-6}
SPREAD = DomainSwitching(**MERZ, classes=3, spread=0.2)


def build(devices: ModuleType, *terms: Any, first: Any = None) -> Device:
    """Return two layers of insulator, "lower" and "upper", between gates."""
    return Device(
        mesh=VerticalStack(Layer("lower", 50 * nm), Layer("upper", 50 * nm)).line(
            nodes=np.linspace(0, 100 * nm, 9)
        ),
        materials={name: devices.insulator(name, 10.0) for name in ("lower", "upper")},
        physics=[first or Poisson(), *terms],
        contacts=dict.fromkeys(("bottom", "top"), GateContact(work_function=4.5 * eV)),
        temperature=300.0,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"remanent_polarization": -0.05}, ("remanent_polarization", "-0.05", "positive")),
        ({"activation_field": float("nan")}, ("activation_field", "nan", "finite")),
        ({"attempt_time": 0.0}, ("attempt_time", "0.0", "positive")),
        ({"classes": 0, "spread": 0.1}, ("classes", "0", "from 1 to 32")),
        ({"spread": -1.0}, ("spread", "-1.0", "not negative")),
    ],
)
def test_impossible_value_of_domain_switching_is_named(
    answer: Any, change: dict[str, Any], words: tuple[str]
) -> None:
    with answer(OutOfRangeError, *words):
        DomainSwitching(**(MERZ | change))


def test_a_law_given_too_little_or_too_much_is_refused(answer: Any) -> None:
    with answer(IncompatibleError, "5 classes", "spread"):
        DomainSwitching(**MERZ, classes=5)
    with answer(IncompatibleError, "switching_time and viscosity", "give one"):
        LandauKhalatnikov(**WELL, viscosity=1.0)
    with answer(IncompatibleError, "neither switching_time nor viscosity"):
        LandauKhalatnikov(remanent_polarization=0.05, coercive_field=5e7)
    with answer(OutOfRangeError, "coercive_field", "0", "positive"):
        LandauKhalatnikov(**(WELL | {"coercive_field": 0}))
    with answer(OutOfRangeError, "attempt_time", "0.1", "below 0.0144"):
        DomainSwitching.from_coercive_field(
            remanent_polarization=0.05, coercive_field=1e7, ramp_rate=1e9, attempt_time=0.1
        )


def test_viscosity_and_switching_time_are_two_words_for_one_thing() -> None:
    law = LandauKhalatnikov(**WELL)
    viscous = LandauKhalatnikov(
        remanent_polarization=0.05, coercive_field=5e7, viscosity=1e-6 * abs(law.alpha)
    )
    assert viscous.time == pytest.approx(law.time)
    assert law.static_field(0.05) == pytest.approx(0.0, abs=1e-6)
    assert law.static_field(-0.05 / np.sqrt(3)) == pytest.approx(5e7)


@pytest.mark.parametrize("exponent", [1.0, 0.7, 3.0])
def test_no_field_moves_domains_against_itself_and_none_moves_them(exponent: float) -> None:
    law, rng = DomainSwitching(**MERZ, exponent=exponent), np.random.default_rng(5)
    p, field = rng.uniform(-1, 1, 1000), rng.normal(0, 1e9, 1000)
    rate = law.rate(0, p, p, field)
    real = np.abs(rate) > 1e-250  # what is less is no rate
    assert (rate * field)[real].min() > 0 and np.abs(rate).max() > 0.1 and real.mean() > 0.5
    np.testing.assert_allclose(law.rate(0, -p, -p, -field), -rate)
    assert np.abs(law.rate(0, p, p, 0.0)).max() < 1e-250


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"regions": "uper"}, UnknownNameError, ("'uper'", "did you mean 'upper'")),
        ({"axis": "z"}, UnknownNameError, ("polar axis", "'z'", "Known: x")),
        ({"initial": 0.06}, OutOfRangeError, ("initial polarization", "0.06", "-0.05 to 0.05")),
        ({"initial": {"lower": 5.0}}, OutOfRangeError, ("'lower'", "5.0", "-0.05 to 0.05")),
        ({"initial": {"uper": 0.0}}, UnknownNameError, ("'uper'", "did you mean 'upper'")),
        ({"law": 3}, IncompatibleError, ("law of Ferroelectric is 3", "DomainSwitching")),
        ({"name": "charge"}, IncompatibleError, ("'charge'", "begin with 'polarization'")),
        ({"regions": ()}, IncompatibleError, ("no region",)),
    ],
)
def test_a_term_that_does_not_fit_is_refused(
    answer: Any, devices: ModuleType, given: dict[str, Any], error: Any, words: tuple[str]
) -> None:
    described = {"regions": ("lower", "upper"), "law": LAW} | given
    with answer(error, *words):
        build(devices, Ferroelectric(described.pop("regions"), described.pop("law"), **described))


def test_a_bad_function_of_places_is_named_before_the_solve(answer: Any, devices: ModuleType) -> None:
    device = build(devices, Ferroelectric("lower", LAW, initial=lambda x: 0.2 + 0 * x[0]))
    with answer(OutOfRangeError, "largest size", "0.2", "-0.05 to 0.05"):
        equilibrium(device)


def test_metals_conduction_and_two_terms_of_one_region_are_refused(answer: Any, devices: ModuleType) -> None:
    with answer(IncompatibleError, "'lower'", "in two terms"):
        build(devices, Ferroelectric("lower", LAW), Ferroelectric("lower", LAW, name="polarization_low"))
    stack = VerticalStack(Layer("metal", 50 * nm), Layer("film", 50 * nm)).line(
        nodes=np.linspace(0, 100 * nm, 5)
    )
    conducting = devices.insulator("film", 10.0, electrical_conductivity=devices.datum(1.0, "S/m"))
    given: dict[str, Any] = {
        "mesh": stack,
        "materials": {"metal": devices.metal(4.5), "film": conducting},
        "temperature": 300.0,
    }
    gates = {"bottom": GateContact(), "top": GateContact(work_function=4.5 * eV)}
    with answer(IncompatibleError, "'metal'", "a metal"):
        Device(physics=[Poisson(), Ferroelectric("metal", LAW)], contacts=gates, **given)
    ohmic = dict.fromkeys(("bottom", "top"), OhmicContact())
    with answer(IncompatibleError, "Ferroelectric needs Poisson()"):
        Device(physics=[Conduction(), Ferroelectric("film", LAW)], contacts=ohmic, **given)


def test_initial_polarization_goes_by_region_and_by_place(answer: Any, devices: ModuleType) -> None:
    both = ("lower", "upper")
    by_region = equilibrium(build(devices, Ferroelectric(both, LAW, initial={"lower": 0.02, "upper": -0.04})))
    np.testing.assert_allclose(by_region.polarization(), [0.02] * 4 + [-0.01] + [-0.04] * 4)
    by_place = equilibrium(
        build(devices, Ferroelectric("lower", LAW, initial=lambda x: 1e6 * (x[0] - 10 * nm)))
    )
    x = np.linspace(0, 100, 9)
    np.testing.assert_allclose(by_place.polarization(), np.where(x <= 50, (x - 10) * 1e-3, 0.0), atol=1e-15)
    with answer(UnknownNameError, "polarization_up", "did you mean 'polarization'"):
        by_place.polarization("polarization_up")


def test_polarization_is_an_output_with_its_unit_and_two_terms_have_two(devices: ModuleType) -> None:
    device = build(
        devices,
        Ferroelectric("lower", SPREAD, initial=0.03),
        Ferroelectric("upper", LandauKhalatnikov(**WELL), initial=-0.05, name="polarization_top"),
    )
    state = equilibrium(device)
    found = profile(state)
    lower = found["region"].values == "lower"
    np.testing.assert_allclose(found["polarization"].values, np.where(lower, 0.03, 0.0))
    np.testing.assert_allclose(found["polarization_top"].values, np.where(lower, 0.0, -0.05))
    assert found["polarization_top"].attrs["units"] == field_info("polarization").unit == "C/m^2"
    assert {"polarization", "polarization_top"} <= set(state.currents["top"])


def test_a_resumed_transient_goes_on_bit_for_bit(devices: ModuleType, tmp_path: Path) -> None:
    def drive(device: Device, start: Any) -> Any:
        return integrate(device, start, bias=lambda t: {"bottom": 2e4 * t, "top": 0.0}, end=5e-4)

    terms = [Ferroelectric(("lower", "upper"), SPREAD, initial=-0.05)]
    device, other = build(devices, *terms), build(devices, *terms)
    whole = list(drive(device, equilibrium(device)))
    part = drive(device, equilibrium(device))
    for _ in range(len(whole) // 2):
        next(part)
    save_progress(part.progress, tmp_path / "half.h5")
    progress, _ = load_progress(other, tmp_path / "half.h5")
    *_, last = drive(other, progress)
    assert np.array_equal(last.values, whole[-1].values) and last.time == whole[-1].time
    assert np.ptp([state.polarization()[2] for state in whole]) > 0.05
    save_checkpoint(whole[-1], tmp_path / "end.h5")
    read = load_checkpoint(other, tmp_path / "end.h5")
    assert np.array_equal(read.polarization(), whole[-1].polarization())
    third = build(devices, Ferroelectric(("lower", "upper"), LAW, initial=-0.05))
    with pytest.raises(IncompatibleError, match="fields"):
        load_checkpoint(third, tmp_path / "end.h5")


def test_a_state_without_its_past_has_no_polarization_current(devices: ModuleType) -> None:
    device = build(devices, Ferroelectric("lower", LAW, initial=-0.05))
    *_, state = integrate(
        device, equilibrium(device), bias=lambda t: {"bottom": 1e5 * t, "top": 0.0}, end=5e-5
    )
    assert abs(state.current("top")) > 0
    with pytest.raises(UnknownNameError):
        current_density(state, "polarization")
    assert not current_density(state).any()
