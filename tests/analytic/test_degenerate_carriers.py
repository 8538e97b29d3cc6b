"""Carriers too dense for Boltzmann's law: densities, Einstein's relation, equilibrium, heat and small signals."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest

from fem import Device, OhmicContact, SchottkyContact, admittance, equilibrium, integral, steady
from fem.device.loading import loaded
from fem.errors import ModelWarning, OutOfRangeError
from fem.forms.compilation import compiled
from fem.materials import SILICON
from fem.outputs import cell_values
from fem.physics import Carriers, InterfaceRecombination, Poisson, Traps
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.benchmarks.own_diode import half
from tests.benchmarks.physics_rows import carriers as rows
from tests.benchmarks.table import Row


@pytest.mark.parametrize("part", [rows.integrals, rows.einstein, rows.channel])
def test_degenerate_carriers_are_as_other_solutions_have_them(part: object) -> None:
    found: Iterator[Row] = part()  # type: ignore[operator]
    assert all(row.met for row in found)


@pytest.mark.slow
def test_a_degenerate_diode_is_that_of_finite_volumes() -> None:
    assert all(row.met for row in rows.junction())


def pair(statistics: str, *more: object, contact: object = None, donors: float = 2e26) -> Device:
    """Return silicon, degenerate on both sides of a junction, between neutral contacts or other ones."""
    ends = contact or OhmicContact()
    return Device(
        mesh=VerticalStack(Layer("p", 60 * nm), Layer("n", 60 * nm)).mesh(
            size=6 * nm, interface_size=0.5 * nm
        ),
        materials={
            "p": SILICON.with_(acceptor_density=1e26, electron_lifetime=1e-10, hole_lifetime=1e-10),
            "n": SILICON.with_(donor_density=donors, electron_lifetime=1e-10, hole_lifetime=1e-10),
        },
        physics=[Poisson(), Carriers(statistics=statistics), *more],  # type: ignore[list-item]
        contacts={"bottom": ends, "top": ends},  # type: ignore[dict-item]
        temperature=300.0,
    )


LEVEL = Traps("deep", density=1e24, depth=0.4 * eV, electron_capture=1e-14, hole_capture=1e-14)
FACE = InterfaceRecombination("p|n", electron_velocity=10.0, hole_velocity=20.0)


def test_equilibrium_with_all_recombination_is_a_steady_state() -> None:
    device = pair("fermi-dirac", LEVEL, FACE, contact=SchottkyContact(work_function=4.2 * eV))
    rest = equilibrium(device)
    solved = steady(device, {}, start=rest)
    for name in ("electron", "hole"):
        k = device.context.index(name)
        assert solved.values[:, k] == pytest.approx(rest.values[:, k], rel=1e-9)
    assert abs(solved.current("top")) <= solved.current_error("top")


def test_densities_are_integrals_at_their_levels() -> None:
    device = pair("fermi-dirac")
    state = steady(device, {"bottom": 0.9})
    shown = cell_values(state)
    vt = device.scaling.potential
    above = (shown["electron_quasi_fermi"] - shown["conduction_band"]) / vt
    below = (shown["valence_band"] - shown["hole_quasi_fermi"]) / vt
    assert above.max() > 3 and below.max() > 2
    assert shown["electron"] == pytest.approx(2.86e25 * half(above), rel=1e-8)
    assert shown["hole"] == pytest.approx(3.1e25 * half(below), rel=1e-8)
    nodes = np.concatenate(
        [state.density("electron", r)[np.isfinite(state.density("electron", r))] for r in ("p", "n")]
    )
    assert nodes.max() == pytest.approx(shown["electron"].max(), rel=1e-12)
    assert integral(state, "electron", "n") == pytest.approx(2e26 * 60 * nm, rel=0.1)


def test_the_heat_of_degenerate_carriers_is_the_power_put_in() -> None:
    device = pair("fermi-dirac")
    state = steady(device, {"bottom": 0.9})
    context, s = device.context, device.scaling
    from dolfinx import fem as dfem

    one = context.constant(1.0)
    form = compiled(sum(f for t in context.terms for f in t.heat(context, one).values()))
    with loaded(state):
        heat = dfem.assemble_scalar(form) * s.energy * s.rate * s.length
    assert heat == pytest.approx(0.9 * state.current("bottom"), rel=1e-6)


def test_the_small_signal_is_the_slope_of_the_steady_current() -> None:
    device = pair("fermi-dirac")
    states = [steady(device, {"bottom": v}) for v in (0.8 - 1e-4, 0.8, 0.8 + 1e-4)]
    slope = (states[2].current("bottom") - states[0].current("bottom")) / 2e-4
    found = admittance(states[1], "bottom", [1e-2])[0, 0]
    assert found.real == pytest.approx(slope, rel=1e-5)


def test_the_capacitance_of_a_degenerate_film_is_that_of_its_charge() -> None:
    """The charge at a contact between two nearby biases, and what a small signal says of it."""
    device = pair("fermi-dirac")
    charge = [integral(steady(device, {"bottom": v}), "electron", "n") for v in (-1e-3, 1e-3)]
    found = admittance(steady(device, {}), "bottom", [1e4])[0, 0].imag / (2 * np.pi * 1e4)
    assert found == pytest.approx(1.602176634e-19 * (charge[1] - charge[0]) / 2e-3, rel=2e-2)


def test_boltzmann_is_the_limit_of_few_carriers(devices: ModuleType) -> None:
    found = []
    for statistics in ("boltzmann", "blakemore", "fermi-dirac"):
        device = Device(
            mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=10 * nm, interface_size=5 * nm),
            materials={"film": devices.semiconductor("film", donor_density=(1e18, "m^-3"))},
            physics=[Poisson(), Carriers(statistics=statistics)],
            contacts={"bottom": OhmicContact(), "top": OhmicContact()},
            temperature=300.0,
        )
        found.append(steady(device, {"bottom": 0.1}).current("bottom"))
    assert found[1:] == pytest.approx([found[0]] * 2, rel=1e-6)


def test_a_device_says_where_boltzmann_is_not_exact_enough() -> None:
    device = pair("boltzmann")
    with pytest.warns(ModelWarning, match=r"7 N_c electrons in 'n', 3.2 N_v holes in 'p'.*fermi-dirac"):
        equilibrium(device)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        steady(device, {"bottom": 0.1})  # once is enough
        equilibrium(pair("fermi-dirac"))


def test_more_than_blakemore_can_hold_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match="blakemore"):
        pair("blakemore")
