r"""Forming from a uniform film: vacancies pile up at the cathode and leave a poor layer at the anode.

Their conductivity is averaged and the potential in which they drift is screened. At rest
:math:`\ln\frac{c}{c_{max}-c} + q\psi/kT` is one number, since no flux is left, and :math:`\psi` obeys its own equation.
Vacancies that an electrode or a field makes are those that the film has more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import diags
from scipy.sparse.linalg import spsolve

from fem import Device, DeviceMesh, OhmicContact, State, equilibrium, integrate, ion_flow
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.materials import MobileIon
from fem.outputs import cell_values
from fem.physics import Conduction, IonExchange, MobileIons, Screening, Term, VacancyGeneration
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.analytic.test_filament_gap import LAW, MOBILITY, PERMITTIVITY, THICK, column, height, psi
from tests.conducting import VACANCY, datum, material

Array = npt.NDArray[np.float64]
MEAN, SITES, BIAS = 1e26, 1.2e27, 0.5  # 1/m^3, 1/m^3, V
KT = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE  # [V]
END = 1.0  # [s]: 0.07 s are L^2 kT/(D q V)
ION = MobileIon(
    mean_density=datum(MEAN, "m^-3"),
    diffusivity=datum(1e-16, "m^2/s"),
    site_density=datum(SITES, "m^-3"),
)


def film(*more: Term, mesh: Any = None) -> Device:
    """Return a film of 12 nm with uniform vacancies between two contacts."""
    mesh = DeviceMesh.from_drawing(mesh) if mesh else column("line", 240)
    regions = list(mesh.regions)
    return Device(
        mesh=mesh,
        materials={region: material(ions={VACANCY: ION}) for region in regions},
        physics=[
            Conduction({region: LAW for region in regions}, screening=Screening(carrier_mobility=MOBILITY)),
            MobileIons(VACANCY),
            *more,
        ],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def formed(device: Device, end: float = END) -> list[State]:
    """Return all states from the uniform film under the bias, which is on top, the anode."""
    start = equilibrium(device)
    return [start, *integrate(device, start, bias={"top": BIAS}, end=end)]


@cache
def uniform() -> list[State]:
    """Return those of the film alone."""
    return formed(film())


def ordered(state: State, values: Array) -> Array:
    """Return nodal values from the bottom to the top."""
    return values[np.argsort(height(state.device))]


def test_vacancies_pile_up_at_the_cathode_and_leave_a_poor_layer_at_the_anode() -> None:
    """None is lost, to 1e-10; the poor layer takes the voltage and the current falls by ten."""
    first, *_, last = uniform()
    for state in uniform():
        assert np.isfinite(state.values).all()
        assert state.ion_inventory(VACANCY) == pytest.approx(first.ion_inventory(VACANCY), rel=1e-10)
    density = ordered(last, last.ion_density(VACANCY))
    assert (np.diff(density) < 0).all()
    assert density[0] > 1.8 * MEAN
    assert density[-1] < 1e-6 * MEAN
    phi = ordered(last, last.potential())
    assert phi[-20] < 0.3 * BIAS  # the last nanometre of twelve has seven tenths of the voltage
    currents = [s.current("top") for s in uniform()[2:]]
    assert max(currents) == pytest.approx(1e5 * MEAN / 1e27 * BIAS / THICK, rel=0.02)
    assert currents[-1] < 0.1 * max(currents)


def test_at_rest_vacancies_have_one_level_in_the_electrostatic_potential() -> None:
    """To 1e-3 kT of 19; in that of the Fermi level they have not."""
    last = uniform()[-1]
    density = last.ion_density(VACANCY)
    filled = np.log(density / (SITES - density))
    assert np.ptp(filled + psi(last) / KT) < 1e-3
    assert np.ptp(filled + last.potential() / KT) > 1


def test_electrostatic_potential_of_the_formed_film_is_that_of_its_equation() -> None:
    r""":math:`\psi'' = (\psi-\varphi)/\lambda^2` by differences on a grid ten times as fine, to 1e-3 of the voltage."""
    last = uniform()[-1]
    x = np.sort(height(last.device))
    mean = ordered(last, last.values[:, last.device.context.index(f"averaged {VACANCY}")])
    sigma = [LAW.at(float(c), KT) for c in mean * last.device.scaling.density]
    fine = np.linspace(0, THICK, 2401)
    s = np.exp(np.interp(fine, x, np.log(sigma)))
    phi = np.interp(fine, x, ordered(last, last.potential()))
    screening = s / (MOBILITY * KT * PERMITTIVITY * VACUUM_PERMITTIVITY + (0.1 * nm) ** 2 * s)
    inverse = (fine[1] - fine[0]) ** 2 * screening[1:-1]
    right = inverse * phi[1:-1]
    right[-1] += BIAS
    ones = np.ones(len(right) - 1)
    found = spsolve(diags([-ones, 2 + inverse, -ones], [-1, 0, 1], format="csc"), right)
    np.testing.assert_allclose(
        np.interp(fine[1:-1], x, ordered(last, psi(last))), found, rtol=0, atol=1e-3 * BIAS
    )
    assert np.abs(found - phi[1:-1]).max() > 0.05 * BIAS


def gains(states: Sequence[State], rate: Callable[[State], float]) -> None:
    """Check that the film has gained what has come, step by step with the coefficients of BDF2."""
    number = [s.ion_inventory(VACANCY) for s in states]
    for k in range(2, len(states)):
        step = states[k].time - states[k - 1].time
        w = step / (states[k - 1].time - states[k - 2].time)
        parts = ((1 + 2 * w) / (1 + w), -(1 + w), w**2 / (1 + w))
        gained = sum(p * n for p, n in zip(parts, reversed(number[k - 2 : k + 1]), strict=True)) / step
        first_order = (number[k] - number[k - 1]) / step
        close = [pytest.approx(rate(states[k]), rel=1e-6, abs=1e-9 * number[k] / step)]
        assert gained in close or first_order in close, k


def test_electrode_that_gives_vacancies_fills_the_film() -> None:
    """An anode that holds the first density at its face: the film gains what enters there, and conducts better."""
    device = film(IonExchange("top", VACANCY, velocity=1e-6, density=MEAN))
    states = formed(device)
    assert all(np.isfinite(s.values).all() for s in states)
    gains(states, lambda s: ion_flow(s, "top", VACANCY))
    assert states[-1].ion_inventory(VACANCY) > 1.5 * states[0].ion_inventory(VACANCY)
    assert states[-1].current("top") > 100 * uniform()[-1].current("top")


def test_vacancies_that_the_field_makes_in_a_layer_at_the_anode_are_those_the_film_has_more() -> None:
    generation = VacancyGeneration(
        VACANCY, prefactor=1e37, energy=0.6 * eV, density=MEAN, dipole=2e-29, regions=("source",)
    )
    layers = Layer("film", 10 * nm), Layer("source", 2 * nm)
    device = film(generation, mesh=VerticalStack(*layers).mesh(size=0.1 * nm, interface_size=0.1 * nm))
    states = formed(device, 0.2)
    assert all(np.isfinite(s.values).all() for s in states)
    gains(states, lambda s: made(s, generation))
    made_in_all = states[-1].ion_inventory(VACANCY) - states[0].ion_inventory(VACANCY)
    assert made_in_all > 0.05 * states[0].ion_inventory(VACANCY)
    assert np.nanmax(cell_values(states[-1])["conductivity"]) > 1e4


def made(state: State, term: VacancyGeneration) -> float:
    """Return how many vacancies the layer at the anode makes [1/(m^2 s)], from the field of ψ and their density."""
    x, density, potential = (
        ordered(state, v) for v in (height(state.device), state.ion_density(VACANCY), psi(state))
    )
    size, share = np.diff(x), density / SITES
    field = np.abs(np.diff(potential)) / size
    work = np.minimum(term.dipole * field, term.energy) / (KT * ELEMENTARY_CHARGE)
    speed = term.prefactor * np.exp(-term.energy / (KT * ELEMENTARY_CHARGE))
    back = density / term.density * (1 - term.density / SITES)
    rates = [speed * (np.exp(work) * (1 - share[k]) - back[k]) for k in (slice(None, -1), slice(1, None))]
    inside = (x[:-1] + x[1:]) / 2 > 10 * nm
    return float((size * (rates[0] + rates[1]) / 2)[inside].sum())
