"""Degenerate carriers: integrals, Einstein's relation, equilibrium, and devices beside solutions of another kind."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import mpmath as mp  # type: ignore[import-untyped]
import numpy as np
import ufl
from scipy.integrate import solve_bvp

from fem import Device, GateContact, OhmicContact, equilibrium, steady
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.device.loading import loaded
from fem.forms.compilation import compiled
from fem.forms.fermi_dirac import ARRAYS, half_per_activity
from fem.forms.occupation import carrier_density
from fem.materials import SILICON
from fem.outputs import cell_values
from fem.physics import Carriers, Poisson
from fem.physics.carriers.carriers import Carriers as CarrierTerm
from fem.units import eV, nm
from geometries import Drawing, Layer, VerticalStack
from geometries.meshing.extrusion import Axis, ContactFace, Extrusion, LineBase
from tests import devices
from tests.benchmarks.own_diode import Diode, half
from tests.benchmarks.table import Row, at_most

LEVELS = np.linspace(-30.0, 39.0, 139)  # eta [kT]
DOPING = (2e26, 3e26)  # [1/m^3]: acceptors, donors
VOLTS = [0.5, 0.9]
CHANNEL, FILM, OXIDE = 400 * nm, 15 * nm, 30 * nm
GATE = 4.4  # work function [eV]
AFFINITY, STATES, MOBILITY = 3.9, 2.2e24, 2e-4


def exact(order: Any, eta: float) -> Any:
    """Return the Fermi-Dirac integral of an order over Γ(j + 1), with thirty digits."""
    with mp.workdps(30):
        return mp.re(-mp.polylog(mp.mpf(order) + 1, -mp.exp(mp.mpf(eta))))


def integrals() -> Iterator[Row]:
    """Yield the largest relative error of densities, beside polylogarithms and beside the integral itself."""
    found = [half_per_activity(np.exp(x), ARRAYS) * np.exp(x) / float(exact(0.5, x)) - 1 for x in LEVELS]
    yield at_most("F(1/2), eta -30 to 39: beside polylogarithms", 1e-8, float(np.abs(found).max()))
    sums = half(LEVELS)
    found = half_per_activity(np.exp(LEVELS), ARRAYS) * np.exp(LEVELS) / sums - 1
    yield at_most("the same beside the summed integral", 1e-8, float(np.abs(found).max()))


def diode(statistics: str = "fermi-dirac") -> Device:
    """Return a silicon diode whose both sides are degenerate."""
    acceptors, donors = DOPING
    return Device(
        mesh=VerticalStack(Layer("p", 200 * nm), Layer("n", 200 * nm)).mesh(
            size=4 * nm, interface_size=0.15 * nm
        ),
        materials={
            "p": SILICON.with_(acceptor_density=acceptors),
            "n": SILICON.with_(donor_density=donors),
        },
        physics=[Poisson(), Carriers(statistics=statistics)],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def einstein() -> Iterator[Row]:
    """Yield by how much D/μ along edges differs from (kT/q) F(1/2)/F(-1/2), from derivatives of flux and density."""
    from dolfinx import fem as dfem

    device = diode()
    context, worst = device.context, 0.0
    state = equilibrium(device)
    k, bands = context.index("electron"), device.setting.bands
    v = context.test("electron")
    du = ufl.TrialFunction(context.space)
    term = next(t for t in context.terms if isinstance(t, CarrierTerm))
    flux = compiled(ufl.derivative(term._flux(context, "electron", v), context.unknown, du))
    content = compiled(
        ufl.derivative(
            context.calculus.lump(lambda i: carrier_density(context, "electron", i), v), context.unknown, du
        )
    )
    volume = compiled(context.calculus.lump(lambda i: context.constant(1.0), v))
    size = context.block_size
    for eta in (-10.0, -2.0, 0.0, 1.0, 4.0, 9.0, 15.0, 40.0 / 1.5):
        even = state.values.copy()
        even[:, 0] = 0.0
        even[:, k] = bands.states("electron") / context.scaling.density * np.exp(eta)
        with loaded(replace(state, values=even)):
            g, m = (dfem.assemble_matrix(form).to_dense() for form in (flux, content))
            volumes = dfem.assemble_vector(volume).array
        row = len(even) // 3 * size + k
        near = int(np.flatnonzero(np.abs(g[row, k::size]) > 0)[-1])
        drift, spread = (g[row, near * size + f] for f in (0, k))
        slope = m[near * size + k, near * size + k] / volumes[near * size + k]
        found = -spread / drift / slope  # D/mu [kT/q]: per density and not per unknown
        density = float(bands.densities("electron", SILICON, bands.states("electron") * np.exp(eta)))
        wanted = exact(0.5, eta) / exact(-0.5, eta)
        worst = max(worst, abs(float(found * density / context.scaling.density / wanted) - 1))
    yield at_most("Einstein's relation, eta -10 to 27", 1e-10, worst)


def rest() -> Iterator[Row]:
    """Yield the largest current in equilibrium over what each carrier carries to and fro."""
    for name in ("fermi-dirac", "blakemore"):
        device = diode(name) if name == "fermi-dirac" else _milder()
        state = equilibrium(device)
        solved = steady(device, {}, start=state)
        away = float(np.abs(np.log(solved.values[:, 1:3] / state.values[:, 1:3])).max())
        yield at_most(f"equilibrium of a diode, {name}: levels", 1e-9, away, "kT")
        forward = steady(device, {"bottom": VOLTS[-1]}, start=state, max_bias_step=0.3).current("bottom")
        share = abs(solved.current("top") / forward)
        yield at_most(f"equilibrium of a diode, {name}: current", 1e-9, share, f"of that at {VOLTS[-1]} V")


def _milder() -> Device:
    """Return a diode whose densities Blakemore's law can hold."""
    return Device(
        mesh=VerticalStack(Layer("p", 200 * nm), Layer("n", 200 * nm)).mesh(
            size=10 * nm, interface_size=0.5 * nm
        ),
        materials={"p": SILICON.with_(acceptor_density=5e25), "n": SILICON.with_(donor_density=5e25)},
        physics=[Poisson(), Carriers(statistics="blakemore")],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def junction() -> Iterator[Row]:
    """Yield the difference of a degenerate diode's currents from those of finite volumes, and Boltzmann's."""
    own = Diode(
        length=400 * nm,
        acceptors=DOPING[0],
        donors=DOPING[1],
        states=(2.86e25, 3.1e25),
        gap=1.124,
        permittivity=11.67,
        mobility=(0.103, 0.0495),
        lifetime=(2e-4, 2e-6),
    ).current(VOLTS)
    device = diode()
    state = equilibrium(device)
    for volts, wanted in zip(VOLTS, own, strict=True):
        state = steady(device, {"bottom": volts}, start=state)
        yield at_most(f"degenerate diode at {volts} V", 0.01, abs(state.current("bottom") / wanted - 1))


def transistor() -> Device:
    """Return a film on an oxide between ohmic contacts at both ends, with a gate below."""
    across = 0.5 * (1 - np.cos(np.linspace(0.0, np.pi, 25)))
    up = np.concatenate(
        (OXIDE * np.linspace(0.0, 1.0, 5), OXIDE + FILM * np.linspace(0.0, 1.0, 41)[1:] ** 2.2)
    )
    base = LineBase(Axis(marks=(0.0, CHANNEL), nodes=tuple((CHANNEL * across).tolist())))
    axis = Axis(marks=(0.0, OXIDE, OXIDE + FILM), nodes=tuple(up.tolist()))
    drawing = Drawing(
        extrusion=Extrusion(base, axis, (("oxide", "film"),)),
        regions=("oxide", "film"),
        contact_faces=(
            ContactFace(name="source", axis=0, position=0.0, regions=("film",)),
            ContactFace(name="drain", axis=0, position=CHANNEL, regions=("film",)),
            ContactFace(name="gate", axis=1, position=0.0, regions=("oxide",)),
        ),
        coordinates="cartesian",
        cross_section=None,
        description={"shape": "transistor of a benchmark"},
    )
    ohmic = OhmicContact(work_function=4.0 * eV)
    film = devices.semiconductor("film", conduction=AFFINITY, states=STATES, mobility=MOBILITY)
    return Device(
        mesh=drawing,
        materials={"film": film, "oxide": devices.insulator()},
        physics=[Poisson(), Carriers(statistics="fermi-dirac")],
        contacts={"source": ohmic, "drain": ohmic, "gate": GateContact(work_function=GATE * eV)},
        temperature=300.0,
    )


def sheet(gate: float, level: float) -> float:
    """Return electrons per area [1/m^2] of the film at a gate voltage and a quasi-Fermi potential [V], on a line."""
    vt = thermal_voltage(300.0)
    scale = ELEMENTARY_CHARGE * STATES / (24.0 * VACUUM_PERMITTIVITY)
    oxide = 3.9 / 24.0 / OXIDE

    def slopes(_x: Any, y: Any) -> Any:
        return np.array([y[1], scale * half((y[0] + AFFINITY - level) / vt)])

    def ends(low: Any, high: Any) -> Any:
        return np.array([low[1] - oxide * (low[0] - (gate - GATE)), high[1]])

    x = FILM * np.linspace(0.0, 1.0, 201) ** 2
    guess = np.array([np.full_like(x, level - AFFINITY), np.zeros_like(x)])
    found = solve_bvp(slopes, ends, x, guess, tol=1e-7, max_nodes=20000)
    if not found.success:
        raise RuntimeError(found.message)
    return float((found.sol(0.0)[1] * -1 + found.sol(FILM)[1]) / scale * STATES)


def channel() -> Iterator[Row]:
    """Yield the difference of a channel's conductance from that of the electrons which another solution has there."""
    device = transistor()
    state, drain, vt = equilibrium(device), 0.02, thermal_voltage(300.0)
    x, y = (device.context.scalar_space.tabulate_dof_coordinates()[:, k] * device.mesh.unit for k in (0, 1))
    lines = np.unique(np.round(x, 12))
    ends = lines[len(lines) // 2 - 1], lines[len(lines) // 2 + 1]
    for gate in (2.0, 6.0):
        state = steady(device, {"gate": gate, "drain": drain}, start=state, max_bias_step=1.0)
        densest = float(cell_values(state)["electron"].max()) / STATES
        film = y > OXIDE - 1e-12
        psi, u = state.values[:, 0], state.values[:, device.context.index("electron")]
        levels = [
            float(np.median((psi - np.log(np.where(film, u, 1.0)))[film & (np.abs(x - e) < 1e-12)]))
            for e in ends
        ]
        fall = vt * (levels[1] - levels[0])
        found = abs(state.current("drain")) * (ends[1] - ends[0]) / fall
        middle = vt * (np.mean(levels) + device.setting.bands.offset("electron", device.scaling.density))
        wanted = ELEMENTARY_CHARGE * MOBILITY * sheet(gate, float(middle))
        figure = f"channel at {gate:g} V, n up to {densest:.2g} N_c: conductance"
        yield at_most(figure, 0.01, abs(found / wanted - 1))


def rows() -> Iterator[Row]:
    """Yield all rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in (integrals, einstein, rest, junction, channel):
            yield from part()
