"""Laws of tunnelling and leakage: limits in closed form and bad parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.physics import (
    Carriers,
    DirectTunnelling,
    FowlerNordheim,
    OhmicLeakage,
    Poisson,
    PooleFrenkel,
    TunnelLaw,
    Tunnelling,
)
from fem.units import eV, nm
from tests.floating import capacitor, memory

FN = FowlerNordheim(barrier=3.1 * eV, effective_mass=0.42)
DIRECT = DirectTunnelling(barrier=3.1 * eV, effective_mass=0.42, thickness=3 * nm)
LAWS: list[TunnelLaw] = [
    FN,
    DIRECT,
    OhmicLeakage(conductivity=1e-12),
    PooleFrenkel(conductivity=1e-12, relative_permittivity=4.0),
]
Q = ELEMENTARY_CHARGE


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_a_law_is_odd_rises_and_is_zero_without_a_field(law: Any) -> None:
    field = np.linspace(0.0, 2e9, 4001)
    found = law.current_density(field, 300.0)
    assert found[0] == 0.0
    assert np.isfinite(found).all() and (np.diff(found) >= 0).all() and found[-1] > 0
    np.testing.assert_allclose(law.current_density(-field, 300.0), -found, rtol=1e-14)


def test_fowler_nordheim_has_the_constants_of_silicon_dioxide() -> None:
    """A = 1.54e-6 (m0/m*)/φ [A/V^2] and B = 6.83e9 (m*/m0)^1/2 φ^3/2 [V/m], φ in eV."""
    assert FN.prefactor == pytest.approx(1.541e-6 / 0.42 / 3.1, rel=1e-3)
    assert FN.slope == pytest.approx(6.83e9 * np.sqrt(0.42) * 3.1**1.5, rel=1e-3)
    fields = np.array([6e8, 9e8])
    line = np.log(FN.current_density(fields, 300.0) / fields**2)
    assert np.diff(line) / np.diff(1 / fields) == pytest.approx(-FN.slope, rel=1e-12)


def test_direct_tunnelling_is_ohmic_at_a_small_voltage() -> None:
    """Simmons, 1963, eq. 24: (q/h)^2 (2mφ)^1/2 V e^-K√φ / d, but for 2/K√φ of it."""
    momentum = np.sqrt(2 * 0.42 * ELECTRON_MASS * 3.1 * eV)
    decay = 4 * np.pi * 3 * nm * momentum / PLANCK
    volts = 1e-4
    expected = (Q / PLANCK) ** 2 * momentum * volts * np.exp(-decay) / (3 * nm)
    found = DIRECT.current_density(volts / (3 * nm), 300.0)
    assert found == pytest.approx(expected * (1 - 2 / decay), rel=1e-5)


def test_direct_tunnelling_is_continuous_where_the_barrier_becomes_a_triangle() -> None:
    """There the exponent of Simmons is that of Fowler and Nordheim but for √(9/8)."""
    field = 3.1 / (3 * nm)
    below, above = (DIRECT.current_density(field * f, 300.0) for f in (1 - 1e-9, 1 + 1e-9))
    assert above == pytest.approx(below, rel=1e-6)
    high = np.array([1.5, 1.6]) * field
    slope = np.diff(np.log(DIRECT.current_density(high, 300.0) / high**2)) / np.diff(1 / high)
    assert -slope[0] == pytest.approx(FN.slope * np.sqrt(9 / 8), rel=0.02)


def test_poole_frenkel_lowers_the_barrier_by_the_root_of_the_field() -> None:
    law, fields = LAWS[3], np.array([1e8, 4e8])
    steepness = np.diff(np.log(law.current_density(fields, 300.0) / fields)) / np.diff(np.sqrt(fields))
    beta = np.sqrt(Q**3 / (np.pi * 8.8541878128e-12 * 4.0))
    assert steepness[0] == pytest.approx(beta / (BOLTZMANN * 300.0), rel=1e-9)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: FowlerNordheim(barrier=3.1, effective_mass=0.4), ("barrier of FowlerNordheim", "3.1 * eV")),
        (lambda: FowlerNordheim(barrier=3.1 * eV, effective_mass=0.0), ("effective mass", "0.0")),
        (lambda: DirectTunnelling(barrier=eV, effective_mass=1.0, thickness=3.0), ("thickness", "100 nm")),
        (lambda: OhmicLeakage(conductivity=-1.0), ("conductivity of OhmicLeakage [S/m]", "-1.0")),
        (lambda: PooleFrenkel(conductivity=1.0, relative_permittivity=0.0), ("permittivity", "0.0")),
    ],
    ids=["barrier", "mass", "thickness", "ohmic", "permittivity"],
)
def test_bad_parameters_are_named(answer: Any, make: Any, words: Any) -> None:
    with answer(OutOfRangeError, *words):
        make()


GOOD: dict[str, Any] = dict(gate="gate", across="tunnel", into="base", carrier="electron", law=FN)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"gate": "gat"}, UnknownNameError, ("region 'gat'", "'gate'")),
        ({"gate": "head"}, IncompatibleError, ("'tunnel' does not touch the gate 'head'",)),
        ({"gate": "base", "into": "gate"}, UnknownNameError, ("floating gate 'base'", "Known: gate")),
        ({"across": "gate"}, IncompatibleError, ("'gate'", "no insulator but a metal")),
        ({"into": "control"}, IncompatibleError, ("'control' is an insulator",)),
        ({"into": "head"}, UnknownNameError, ("interface 'head|tunnel'",)),
        ({"into": "gate"}, IncompatibleError, ("a part of the gate",)),
        ({"carrier": "ion"}, UnknownNameError, ("carrier 'ion'", "electron, hole")),
        ({"law": 1e-3}, IncompatibleError, ("law of the tunnelling", "0.001", "current_density")),
    ],
    ids=["gate", "far gate", "no gate", "across", "into", "far", "itself", "carrier", "law"],
)
def test_bad_tunnelling_is_answered_before_any_solve(
    answer: Any, change: dict[str, Any], kind: Any, words: Any
) -> None:
    with answer(kind, *words):
        capacitor(physics=[Tunnelling(**(GOOD | change))])


def test_tunnelling_needs_the_carrier_it_takes(answer: Any) -> None:
    term = Tunnelling(**(GOOD | {"into": "channel", "carrier": "hole"}))
    with answer(IncompatibleError, "'channel'", "Carriers() with holes"):
        memory(carriers=[Poisson(), Carriers(species=("electron",))], physics=[term])
