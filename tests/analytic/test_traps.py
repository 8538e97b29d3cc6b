"""Trap levels: occupancy, emission, space charge and admittance against closed forms."""

from __future__ import annotations

import itertools
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import ufl
from dolfinx import fem as dfem
from scipy.integrate import quad

from fem import (
    Device,
    OhmicContact,
    SchottkyContact,
    StepControl,
    equilibrium,
    integrate,
    load_checkpoint,
    save_checkpoint,
    steady,
)
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.forms.compilation import compiled
from fem.materials import PowerLaw
from fem.outputs import profile
from fem.physics import Carriers, OpticalGeneration, Poisson, Traps
from fem.solvers.smallsignal import SmallSignal
from fem.units import eV, nm, um
from geometries import Layer, VerticalStack
from studies.experiments.impedance import impedance

Array = npt.NDArray[np.float64]
VT = thermal_voltage(300.0)
STATES = 2.2e24  # [1/m^3]


def film(devices: ModuleType, traps: Traps | None, **data: tuple[float, str]) -> Device:
    """Return 400 nm under light between ohmic contacts, with the traps or with lifetimes."""
    return Device(
        mesh=VerticalStack(Layer("film", 400 * nm)).mesh(size=10 * nm, interface_size=1 * nm, growth=1.3),
        materials={"film": devices.semiconductor("film", **data)},
        physics=[Poisson(), Carriers(), OpticalGeneration(3.4e27), *([traps] if traps else [])],
        contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.3)},
        temperature=300.0,
    )


def level(density: float, capture: tuple[float, float], **more: object) -> Traps:
    """Return a level at 4.6 eV (0.7 eV below the conduction band) unless told otherwise."""
    where = {} if "depth" in more else {"energy": 4.6 * eV}
    return Traps(
        "deep", density=density, electron_capture=capture[0], hole_capture=capture[1], **(where | more)
    )


@pytest.mark.parametrize("kind", ["acceptor", "donor"])
def test_few_traps_recombine_as_shockley_read_and_hall_have_it(devices: ModuleType, kind: str) -> None:
    """So few that their charge does nothing; the lifetimes are 1/(c N_t)."""
    density, capture = 1e12, (1e-4, 3e-4)
    dynamic = film(devices, level(density, capture, kind=kind))
    statistical = film(
        devices,
        None,
        electron_lifetime=(1 / (capture[0] * density), "s"),
        hole_lifetime=(1 / (capture[1] * density), "s"),
        trap_energy=(4.6, "eV"),
    )
    for bias, light in ((0.8, 0.0), (0.8, 1.0), (-1.0, 0.0)):
        states = [steady(d, {"top": bias}, light=light) for d in (dynamic, statistical)]
        assert states[0].current("top") == pytest.approx(states[1].current("top"), rel=1e-9)
        found = profile(states[0])
        n, p, filled = (found[x].values for x in ("electron", "hole", "deep"))
        n1, p1 = STATES * np.exp(-0.7 / VT), STATES * np.exp(-0.9 / VT)
        fill, empty = capture[0] * n + capture[1] * p1, capture[0] * n1 + capture[1] * p
        np.testing.assert_allclose(filled, density * fill / (fill + empty), rtol=1e-9)


def test_steady_state_without_bias_is_the_equilibrium_and_carries_nothing(devices: ModuleType) -> None:
    for kind in ("acceptor", "donor"):
        device = film(devices, level(3e22, (1e-13, 1e-15), kind=kind), donor_density=(1e22, "m^-3"))
        rest, found = equilibrium(device), steady(device, {})
        np.testing.assert_allclose(found.values, rest.values, rtol=1e-9, atol=1e-12)
        assert abs(found.current("top")) < 1e-14
        n, filled = (profile(rest)[x].values for x in ("electron", "deep"))
        np.testing.assert_allclose(filled, 3e22 / (1 + STATES * np.exp(-0.7 / VT) / n), rtol=1e-9)


def test_neutral_contact_takes_the_charge_of_the_traps_into_account(devices: ModuleType) -> None:
    device = Device(
        mesh=VerticalStack(Layer("film", 400 * nm)).mesh(size=20 * nm, interface_size=5 * nm),
        materials={"film": devices.semiconductor("film", donor_density=(1e22, "m^-3"))},
        physics=[Poisson(), Carriers(), level(4e21, (1e-14, 1e-14))],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    rest = equilibrium(device)
    assert np.ptp(rest.potential()) < 1e-9
    assert profile(rest)["electron"].values == pytest.approx(6e21, rel=1e-6)
    assert rest.trap_occupancy("deep") == pytest.approx(1.0, rel=1e-6)


# -- emission from a depletion layer -----------------------------------------------------------------------------

DONORS, DEPTH = 1e22, 0.5


def diode(devices: ModuleType, density: float, capture: float, kind: str = "donor") -> Device:
    """Return 1.5 µm of n-type film with a level 0.5 eV below the conduction band, on a Schottky contact."""
    return Device(
        mesh=VerticalStack(Layer("film", 1500 * nm)).mesh(size=15 * nm, interface_size=1.5 * nm, growth=1.15),
        materials={"film": devices.semiconductor("film", donor_density=(DONORS, "m^-3"))},
        physics=[
            Poisson(),
            Carriers(species=("electron",)),
            level(density, (capture, 0.0), depth=DEPTH * eV, kind=kind),
        ],
        contacts={"bottom": OhmicContact(), "top": SchottkyContact(work_function=4.9 * eV)},
        temperature=300.0,
    )


@pytest.mark.parametrize("rate", [1e7, 1e-5])
def test_level_empties_with_its_emission_rate_after_a_filling_pulse(devices: ModuleType, rate: float) -> None:
    """From tens of nanoseconds to days: in the depletion layer n_t falls as exp(-e_n t)."""
    n1 = STATES * np.exp(-DEPTH / VT)
    device = diode(devices, 1e13, rate / n1)
    full = steady(device, {"top": 0.4})
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.scaling.length
    inside = (x > 1250 * nm) & (x < 1400 * nm)  # filled by the pulse, deep in the depletion layer at -3 V
    states = list(
        integrate(
            device,
            full,
            bias=lambda t: {"top": -3.0},
            end=2 / rate,
            milestones=[1 / rate],
            control=StepControl(tolerance=5e-6),
        )
    )
    once, twice = (
        min(states, key=lambda s, k=k: abs(s.time - k / rate)).trap_occupancy("deep")[inside] for k in (1, 2)
    )
    assert np.log(once / twice) == pytest.approx(np.ones(inside.sum()), rel=1e-3)
    assert once.min() > 0.35


def test_traps_add_a_capacitance_below_their_emission_frequency(devices: ModuleType) -> None:
    r"""Where the level crosses the Fermi level, f falls from 1 to 0 and emission is at e_n/(1-f); over f

    .. math:: \Delta C(\omega) = \Delta C_0\,\frac{\ln(1 + i\omega/e_n)}{i\omega/e_n}

    (E. H. Nicollian and A. Goetzberger, Bell Syst. Tech. J. 46, 1055, 1967), with few traps a depth
    λ = sqrt(2ε φ_1/qN_D) from the edge of the depletion layer W: ΔC_0/C = (N_t/N_D) λ/W, φ_1 the band bending there.
    """
    rate, few = 10.0, 1e-3
    device = diode(devices, few * DONORS, rate / (STATES * np.exp(-DEPTH / VT)))
    state = steady(device, {"top": -3.0})
    frequency = rate / (2 * np.pi) * np.array([1e-4, 0.1, 0.5, 1.0, 2.0, 10.0, 1e5])
    found = impedance(state, "top", frequency).admittance / (2j * np.pi * frequency)
    slow, fast = found[0].real, found[-1].real
    w = 2j * np.pi * frequency[1:-1] / rate
    assert (found[1:-1] - fast) / (slow - fast) == pytest.approx(np.log1p(w) / w, abs=0.03)
    bending = DEPTH - VT * np.log(STATES / DONORS)
    crossing = np.sqrt(2 * 24 * VACUUM_PERMITTIVITY * bending / (ELEMENTARY_CHARGE * DONORS))
    width = 24 * VACUUM_PERMITTIVITY / fast
    assert (slow / fast - 1) / (few * crossing / width) == pytest.approx(1.0, abs=0.05)


def test_admittance_while_traps_fill_is_that_of_the_rate_equation_as_it_stands(devices: ModuleType) -> None:
    """A moment of a light pulse in which the occupancy is far from steady; rates as differences of in and out."""
    trap = level(1e23, (1e-14, 3e-15))
    device = film(devices, trap)
    start = equilibrium(device)
    *_, now = integrate(
        device, start, bias=lambda t: {"top": 0.3}, end=2e-9, light=1.0, control=StepControl(tolerance=0.1)
    )
    context, frequency = device.context, 1e8
    assert np.abs(trap.drift(context, now.values)["deep"]).max() > 0
    response = SmallSignal(now).response("top", frequency)
    context.unknown.x.array[:] = now.values.ravel()
    form = direct_residual(device, trap)
    jacobian = compiled(ufl.derivative(form, context.unknown, ufl.TrialFunction(context.space)))
    matrices = []
    for c in (0.0, 1.0):
        context.set_time_formula((c, 0.0, 0.0), (c, 0.0, 0.0))
        matrices.append(dfem.assemble_matrix(jacobian).to_scipy())
    omega = 2 * np.pi * frequency * device.scaling.time
    system = matrices[0] + 1j * omega * (matrices[1] - matrices[0])
    left = np.abs(system @ response.ravel()).reshape(-1, 4)
    size = (abs(system) @ np.abs(response.ravel())).reshape(-1, 4)
    x = context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.scaling.length
    inner = (x > 1 * nm) & (x < 399 * nm)
    assert (left[inner] / size[inner]).max() < 1e-9


def direct_residual(device: Device, trap: Traps) -> Any:
    """Return the equations of a film with one level, with capture minus emission."""
    context = device.context
    at, n0, t0 = context.calculus.at, device.scaling.density, device.scaling.time
    form = sum(term.residual(context) for term in device.physics if not isinstance(term, Traps))
    total = trap.density / n0
    n1, p1 = (x / n0 for x in trap.level_densities(device.setting, "film", device.setting.materials["film"]))

    def electrons(i: int) -> Any:
        n, filled = at(context.field("electron"), i), at(context.field("deep"), i)
        return trap.electron_capture * n0 * t0 * (n * (total - filled) - n1 * filled)

    def holes(i: int) -> Any:
        p, filled = at(context.field("hole"), i), at(context.field("deep"), i)
        return trap.hole_capture * n0 * t0 * (p * filled - p1 * (total - filled))

    v, lump = context.test, context.calculus.lump
    form += lump(electrons, context.row_scale("electron") * v("electron"))
    form += lump(holes, context.row_scale("hole") * v("hole"))
    return form + lump(lambda i: context.rate("deep", i) - electrons(i) + holes(i), v("deep"))


# -- charge conservation, checkpoints ------------------------------------------------------------------------------


def test_what_flows_in_at_one_contact_flows_out_at_the_other_while_traps_fill(
    devices: ModuleType, tmp_path: Path
) -> None:
    device = film(devices, level(1e23, (1e-14, 1e-15), kind="donor"))
    start = equilibrium(device)
    states = list(
        integrate(
            device,
            start,
            bias=lambda t: {"top": 1.2 * min(t / 1e-8, 1.0)},
            end=1e-6,
            kinks=[1e-8],
            light=1.0,
            control=StepControl(tolerance=2e-2),
        )
    )
    currents = np.array([(s.current("bottom"), s.current("top")) for s in states])
    assert np.abs(currents.sum(axis=1)).max() < 1e-10 * np.abs(currents).max()
    moved = np.abs(states[-1].trap_occupancy("deep") - start.trap_occupancy("deep")).max()
    assert moved > 0.1
    stored = save_checkpoint(states[-1], tmp_path / "traps.h5")
    np.testing.assert_array_equal(load_checkpoint(device, stored).values, states[-1].values)


# -- space-charge-limited current ----------------------------------------------------------------------------------

LENGTH, MOBILITY, PERMITTIVITY, FREE = 10 * um, 1e-6, 24.0, 2e13
COLD, BELOW = 15.0, 0.0275  # [K] and depth of the traps [eV]: diffusion adds little to drift


def lampert(density: float, voltages: Array) -> Array:
    r"""Return the current density of drift alone into a slab with one level [A/m^2].

    With :math:`\rho(n) = n - n_0 + n_t(n) - n_t(n_0)`, :math:`E = J/q\mu n` and E = 0 at the cathode,

    .. math:: L = \frac{\varepsilon J}{q^2\mu}\int_{n_L}^\infty\frac{dn}{n^2\rho},\quad
              V = \frac{\varepsilon J^2}{q^3\mu^2}\int_{n_L}^\infty\frac{dn}{n^3\rho}

    (M. A. Lampert, Phys. Rev. 103, 1648, 1956; regional solution: L. M. Rosenberg and M. A. Lampert, J. Appl. Phys.
    41, 508, 1970), with the density at the anode as parameter.
    """
    n1 = STATES * np.exp(-BELOW / thermal_voltage(COLD))
    eps = PERMITTIVITY * VACUUM_PERMITTIVITY

    def moment(anode: float, power: int) -> float:
        def integrand(log_n: float) -> float:
            n = np.exp(log_n)
            excess = n - FREE
            trapped = density * n1 * excess / ((n + n1) * (FREE + n1))
            return float(n ** (1 - power) / (excess + trapped))

        ends = np.concatenate([np.log(anode) + np.linspace(0, 3, 4), [np.log(anode) + 12, np.log(1e28)]])
        return sum(quad(integrand, a, b, epsrel=1e-9)[0] for a, b in itertools.pairwise(ends) if b > a)

    rows = []
    for anode in FREE * (1 + np.geomspace(1e-12, 1e9, 300)):
        second, third = moment(anode, 2), moment(anode, 3)
        current = LENGTH * ELEMENTARY_CHARGE**2 * MOBILITY / (eps * second)
        rows.append((eps * current**2 * third / (ELEMENTARY_CHARGE**3 * MOBILITY**2), current))
    table = np.log(np.array(rows))
    found: Array = np.exp(np.interp(np.log(voltages), *table[np.argsort(table[:, 0])].T))
    ohm = ELEMENTARY_CHARGE * MOBILITY * FREE * voltages / LENGTH
    return np.where(np.log(voltages) < table[:, 0].min(), ohm, found)


def slab(devices: ModuleType, density: float) -> Device:
    """Return a slab with traps, some filled by donors, such that FREE electrons are left without bias."""
    n1 = STATES * np.exp(-BELOW / thermal_voltage(COLD))
    donors = FREE + density * FREE / (FREE + n1)
    return Device(
        mesh=VerticalStack(Layer("film", LENGTH)).mesh(size=60 * nm, interface_size=0.2 * nm, growth=1.2),
        materials={
            "film": devices.semiconductor(
                "film",
                permittivity=PERMITTIVITY,
                states=PowerLaw(STATES, 0.0),
                mobility=MOBILITY,
                donor_density=(donors, "m^-3"),
            )
        },
        physics=[
            Poisson(),
            Carriers(species=("electron",)),
            level(density, (1e-14, 0.0), depth=BELOW * eV),
        ],
        contacts={"bottom": devices.ohmic(3.9), "top": devices.ohmic(3.9)},
        temperature=COLD,
    )


def test_trap_filled_limit_is_that_of_lampert_and_goes_with_the_density_of_traps(devices: ModuleType) -> None:
    """Ohm's law, the rise at :math:`V_{TFL} = q N_t L^2/2\\varepsilon`, Child's law. Onset: steepest log I (log V).

    In the rise, currents of decades at one voltage, voltages are compared; traps filled from the contacts by
    diffusion make it lower by some of the length :math:`\\sqrt{2\\varepsilon E_t/q^2 N_t}`.
    """
    onsets = []
    for density in (3.34e21, 33e21):
        limit = ELEMENTARY_CHARGE * density * LENGTH**2 / (2 * PERMITTIVITY * VACUUM_PERMITTIVITY)
        around = np.concatenate([[1e-3, 2e-3, 1e-2, 0.1, 0.4, 0.8], np.geomspace(0.94, 1.04, 14)])
        voltages = limit * np.concatenate([around, [1.1, 1.3, 1.6, 2.0, 3.0, 3.5]])
        device, last, currents = slab(devices, density), None, []
        for voltage in voltages:
            last = steady(device, {"top": voltage}, start=last, max_bias_step=limit / 10)
            currents.append(last.current("top"))
        j = np.array(currents)
        rise = np.abs(voltages / limit - 0.99) < 0.06
        assert np.abs(np.log10(j / lampert(density, voltages))[~rise]).max() < 0.2
        fine = limit * np.geomspace(0.9, 1.1, 2001)
        expected = np.interp(np.log(j[rise]), np.log(lampert(density, fine)), fine)
        assert voltages[rise] == pytest.approx(expected, rel=0.03)
        slope = np.diff(np.log(j)) / np.diff(np.log(voltages))
        assert slope[0] < 1.1 and slope.max() > 50 and slope[-1] < 2.7
        onsets.append(np.sqrt(voltages[1:] * voltages[:-1])[np.argmax(slope)])
        assert onsets[-1] == pytest.approx(limit, rel=0.03)
    assert onsets[1] / onsets[0] == pytest.approx(33 / 3.34, rel=0.02)
