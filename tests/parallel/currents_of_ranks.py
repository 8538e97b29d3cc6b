"""Print the currents of some devices as JSON; run with one or several ranks by test_two_ranks.py."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from mpi4py import MPI

from fem import (
    Circuit,
    Device,
    DeviceMesh,
    HeatSink,
    NewtonOptions,
    OhmicContact,
    SchottkyContact,
    State,
    StepControl,
    admittance,
    equilibrium,
    floating_charge,
    floating_potential,
    integral,
    integrate,
    parameters,
    steady,
)
from fem.physics import (
    Carriers,
    Conduction,
    FowlerNordheim,
    Heat,
    Illumination,
    InterfaceRecombination,
    InterfaceTraps,
    MobileIons,
    OpticalGeneration,
    Poisson,
    Traps,
    Tunnelling,
)
from fem.solvers.admittance_tangent import admittance_tangent
from fem.solvers.state_tangent import state_tangent
from fem.transient.tangent import TransientTangent
from fem.units import eV, nm
from geometries import Axisymmetric, ConeTip, CrossbarBlock, Dot, Layer, Planar, TipElectrode, VerticalStack
from studies.arrays.crosstalk import electrical_crosstalk, thermal_network
from tests import sensitive
from tests.conducting import VACANCY, material, oxide, screened_oxide, with_filament
from tests.fem.solvers.test_carrier_pockets import net, well
from tests.floating import memory
from tests.interlayers import contact_on_oxide
from tests.random_cells import random_cell
from tests.reference_block import CAPACITY, CONDUCTIVITY, PERMITTIVITY
from tests.step_files import ELECTRODES, STACK, step_file
from tests.transistors import transistor

COARSE = {"size": 15 * nm, "interface_size": 1 * nm, "growth": 1.4}


def crosstalk(comm: Any) -> list[float]:
    """Return thermal resistances and a rise in time, and capacitances of the lines, of four cells."""
    sizes: dict[str, Any] = {"size": 50 * nm, "coarse_size": 400 * nm, "degree": 1, "comm": comm}
    block = CrossbarBlock(2, 2, pitch=200 * nm, line_width=100 * nm, line_thickness=50 * nm, film_thickness=50 * nm,
                          substrate_thickness=300 * nm, cap_thickness=100 * nm, margin=300 * nm)  # fmt: skip
    network = thermal_network(
        block, materials=CONDUCTIVITY, heat_capacity=CAPACITY, sink=HeatSink(300.0), rates=4, **sizes
    )
    lines = electrical_crosstalk(block, permittivity=PERMITTIVITY, extrapolated=False, **sizes)
    parts = network.resistance, network.step_response([1e-8]), 1e12 * lines["capacitance"].values
    return [float(value) for part in parts for value in part.ravel()]


def load_devices() -> Any:
    """Return the module of shared devices."""
    spec = importlib.util.spec_from_file_location("devices", Path(__file__).parents[1] / "devices.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def numbers(state: State) -> list[float]:
    """Return currents and ion inventories of a state."""
    device = state.device
    found = [state.current(contact) for contact in device.contacts]
    return found + [state.ion_inventory(f.name) for f in device.context.fields if f.ionic]


def errors_hold(state: State) -> list[float]:
    """Return whether the errors of the currents cover their sum, and are far below them."""
    currents, errors = ([f(c) for c in state.device.contacts] for f in (state.current, state.current_error))
    small = all(0 < e < 1e-6 * abs(i) for i, e in zip(currents, errors, strict=True))
    return [float(abs(sum(currents)) <= sum(errors)), float(small)]


def metal_dot(devices: Any, shape: Any) -> Device:
    """Return a film with a metal on it, in two or three dimensions, with ions."""
    ions = {"cation": devices.ion(1e23, diffusivity=1e-13)}
    return Device(
        mesh=VerticalStack(Layer("ITO", 20 * nm), Layer("film", 100 * nm), Layer("Ag", 20 * nm)).mesh(
            shape=shape, size=25 * nm, interface_size=4 * nm
        ),
        materials={"ITO": devices.metal(4.4), "film": devices.film(ions=ions), "Ag": devices.metal(5.0)},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": SchottkyContact(), "top": SchottkyContact()},
        temperature=300.0,
    )


def self_heated(devices: Any, shape: Any) -> Device:
    """Return the film with a metal on it, all of it warmed by its current."""
    cold, conducts = (
        metal_dot(devices, shape),
        {"thermal_conductivity": 1e-7, "volumetric_heat_capacity": 1e6},
    )
    bottom: Any = [cold.contacts["bottom"], HeatSink(300.0, 1e-6)]
    return Device(
        mesh=cold.mesh,
        materials={name: m.with_(**conducts) for name, m in cold.setting.materials.items()},
        physics=[*cold.physics, Heat()],
        contacts={"bottom": bottom, "top": cold.contacts["top"]},
        temperature=300.0,
    )


def metal_tip(devices: Any) -> Device:
    """Return a film with a tip of the metal below in it, with ions."""
    ions = {"cation": devices.ion(1e23, diffusivity=1e-13)}
    shape = TipElectrode(
        stack=VerticalStack(Layer("Au", 10 * nm), Layer("film", 60 * nm), Layer("Ag", 10 * nm)),
        electrode="Au",
        film="film",
        tip=ConeTip(apex_radius=5 * nm, half_angle=0.35, height=30 * nm),
        width=80 * nm,
    )
    return Device(
        mesh=shape.mesh(size=8 * nm, apex_size=2 * nm, interface_size=3 * nm),
        materials={"Au": devices.metal(5.0), "film": devices.film(ions=ions), "Ag": devices.metal(4.4)},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": SchottkyContact(), "top": SchottkyContact()},
        temperature=300.0,
    )


def drawn() -> list[float]:
    """Return the current through two parts of a STEP file, which the first rank writes and reads."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stack.step"
        if MPI.COMM_WORLD.rank == 0:
            step_file(path, STACK | ELECTRODES)
        mesh = DeviceMesh.from_step(path, unit=1 * nm, contacts=("bottom", "top"), size=10 * nm)
        conducts = {
            "film": material(electrical_conductivity=(3.0, "S/m")),
            "oxide": material(electrical_conductivity=(0.1, "S/m")),
        }
        ends = {name: OhmicContact() for name in mesh.contacts}
        device = Device(
            mesh=mesh, materials=conducts, physics=[Conduction()], contacts=ends, temperature=300.0
        )
        return [mesh.num_nodes, *numbers(steady(device, {"top": 0.1}))]


def hottest(state: State) -> float:
    """Return the largest rise of the temperature [K] on any rank."""

    rise = float(state.temperature().max() - 300.0)
    return float(state.device.mesh.comm.allreduce(rise, op=MPI.MAX))


def half_metal(devices: Any) -> Device:
    """Return a line that two ranks share at the very face of its metal."""
    half = np.linspace(0, 100 * nm, 51)
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm), Layer("Ag", 100 * nm)).line(
            nodes={"film": half, "Ag": half}
        ),
        materials={"film": devices.film(), "Ag": devices.metal(4.5)},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": devices.ohmic(4.3), "top": SchottkyContact()},
        temperature=300.0,
    )


def doped(devices: Any) -> Device:
    """Return a doped film between neutral contacts."""
    film = devices.film(donor_density=(1e22, "m^-3"))
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(
            shape=Planar(width=60 * nm, lateral_size=15 * nm), size=25 * nm, interface_size=4 * nm
        ),
        materials={"film": film},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def trapped(devices: Any, shape: Any) -> Device:
    """Return a cell with trap levels and recombination at both interfaces."""
    base = devices.three_layers(shape=shape, **COARSE)
    capture = {"electron_capture": 1e-14, "hole_capture": 1e-15}
    return Device(
        mesh=base.mesh,
        materials=base.setting.materials,
        physics=[
            Poisson(),
            Carriers(),
            OpticalGeneration(devices.GENERATION, ("film",)),
            Traps("deep", density=1e22, energy=4.7 * eV, regions=("film",), **capture),
            Traps("shallow", density=1e22, depth=0.3 * eV, kind="donor", regions=("ETL",), **capture),
            InterfaceTraps(
                "face", interface="ETL|film", side="film", density=1e15, depth=0.4 * eV, **capture
            ),
            InterfaceRecombination("ETL|film", electron_velocity=1e3, hole_velocity=1e3),
            InterfaceRecombination("film|HTL", electron_velocity=10.0, hole_velocity=1e3, energy=4.6 * eV),
        ],
        contacts=base.contacts,
        temperature=300.0,
    )


def illuminated(dark: Device) -> list[float]:
    """Return the pairs that light from above and below makes in a device, and their rate summed over the nodes."""
    alpha = {"film": 1.2e7} | {r: 5e7 for r in ("Ag", "Au", "ITO") if r in dark.mesh.regions}
    comm, found = dark.mesh.comm, []
    own = dark.context.scalar_space.dofmap.index_map.size_local
    for side in ("top", "bottom"):
        term = Illumination(532 * nm, 1e3, side=side, absorption=alpha)
        rates = term.rate_profile(dark.context).x.array[:own]
        found += [term.generated(dark), float(comm.allreduce(rates.sum()))]
    return found


def filament(comm: Any) -> dict[str, list[float]]:
    """Return a pulse on an oxide with a filament, up to a compliance, and a cell between two circuits."""
    device = oxide(size=1.6 * nm, lateral_size=2.5 * nm, comm=comm)
    run = integrate(
        device,
        with_filament(device),
        bias=lambda t: {"top": float(np.interp(t, [0, 1, 2], [0, 1.0, 0.2]))},
        end=2.0,
        kinks=[1.0],
        circuits={"top": Circuit(series_resistance=1e3, compliance=7e-6, parallel_capacitance=1e-12)},
        control=StepControl(tolerance=0.1, max_bias_step=0.2),
    )
    found = {}
    for state in run:
        if state.time in (1.0, 2.0):
            found[f"filament at {state.time} s"] = [*numbers(state), hottest(state), state.bias["top"]]
    driven = {"top": Circuit(source="current")}
    limited = steady(device, {"top": 2e-6}, start=with_filament(device), circuits=driven, frozen_ions=True)
    return found | {"filament at a current": [limited.current("top"), limited.bias["top"], hottest(limited)]}


def screened(comm: Any) -> dict[str, list[float]]:
    """Return the same with an averaged density and the screened potential, at rest and in time."""
    device = screened_oxide(comm=comm)
    start = with_filament(device, radius=8 * nm)
    index = [device.context.index(n) for n in (f"averaged {VACANCY}", "electrostatic potential")]
    rest = steady(device, {"top": 0.8}, start=start, frozen_ions=True)
    *_, last = integrate(
        device,
        start,
        bias=lambda t: {"top": -1.2 * t},
        end=1.0,
        control=StepControl(tolerance=0.1, max_bias_step=0.2),
    )
    found = {}
    for name, state in {"screened filament": rest, "screened filament in time": last}.items():
        own = state.values[: device.context.scalar_space.dofmap.index_map.size_local, index]
        top = [float(device.mesh.comm.allreduce(np.abs(own[:, k]).max(), op=MPI.MAX)) for k in range(2)]
        found[name] = [*numbers(state), hottest(state), *top]
    return found


def floating_gates() -> dict[str, list[float]]:
    """Return cells with a floating gate: at rest with a charge, and while tunnelling writes them."""
    law = FowlerNordheim(barrier=3.1 * eV, effective_mass=0.42)
    term = Tunnelling(gate="gate", across="tunnel", into="channel", carrier="electron", law=law)
    found = {}
    for name, shape in {"line": None, "section": Planar(width=60 * nm, lateral_size=20 * nm)}.items():
        device = memory(-1e-3 if shape is None else -6e-11, physics=[term], shape=shape)
        rest = equilibrium(device)
        start = steady(device, {"top": 14.0}, start=rest)
        found[f"floating gate, {name}"] = [
            floating_potential(rest, "gate"),
            *numbers(start),
            start.current("gate"),
        ]
        if shape is None:
            *_, last = integrate(device, start, bias=lambda t: {"top": 14.0}, end=1e-4)
            found["written gate"] = [floating_charge(last, "gate"), floating_potential(last, "gate")]
    return found


def pocket(devices: Any) -> list[float]:
    """Return the current and the most holes below a gate between contacts that cut them off."""
    contact = OhmicContact(work_function=3.9 * eV)
    ends = {"source": contact, "drain": contact}
    device = transistor(devices.film(mobility=2e-4), depth=1e-5, contacts=ends)
    state = steady(device, {"gate": -1.0, "drain": 0.05})
    return [state.current("drain"), float(MPI.COMM_WORLD.allreduce(state.values[:, 2].max(), op=MPI.MAX))]


def interlayers() -> dict[str, list[float]]:
    """Return currents through a layer under half a contact, of a line, a section, a disc and a dot."""
    half, found = 10 * nm, {}
    shapes: dict[str, Any] = {
        "line": None,
        "section": Planar(width=2 * half, lateral_size=4 * nm, electrode_width=half),
        "disc": Axisymmetric(radius=half, lateral_size=4 * nm, electrode_radius=half / 2),
        "dot": Dot(side=2 * half, dot_radius=half / 2, lateral_size=5 * nm),
    }
    for name, shape in shapes.items():
        device = contact_on_oxide(3 * nm, shape=shape)
        state = steady(device, {"top": -0.6}, circuits={"top": Circuit(series_resistance=1e-2)})
        small = admittance(state, "top", [1.0]).ravel()
        found[f"interlayer, {name}"] = [
            *numbers(state),
            *(float(part) for y in small for part in (y.real, y.imag)),
        ]
    return found


def lines(devices: Any) -> dict[str, list[float]]:
    """Return carriers in the layers of lines whose rows need exchanges, and in a pocket of both."""
    cut_off = random_cell(6).device
    state = steady(cut_off, {"top": 0.5})
    films = [r for r in cut_off.mesh.regions if cut_off.setting.materials[r].kind == "semiconductor"]
    found = {"cut-off layers": [integral(state, n, r) for r in films for n in ("electron", "hole")]}
    lit = steady(well(devices, OpticalGeneration(1e27, ("well",))), {"top": 0.2}, light=1.0)
    return found | {"pocket of both carriers": [net(lit), lit.current("top")]}


def sensitivities() -> list[float]:
    """Return those of a steady state, of its admittance and of a transient of a plane with ions."""
    plane = Planar(width=20 * nm, lateral_size=10 * nm)
    device = sensitive.cell(shape=plane)
    names = ["film.electron_mobility", "film.ions.iodide_vacancy.mean_density", "top.work_function", "scale"]
    start = sensitive.at_rest(device, {"top": 0.3}, 1.0)
    first = state_tangent(start, parameters(device, names))
    around = admittance_tangent(start, "top", np.array([1e4, 1e9]), first.parameters)
    transient = integrate(
        device, start, bias=lambda t: {"top": 0.3 + 1e3 * t}, end=2e-4, light=1.0, control=sensitive.FIXED
    )
    tangent, before = TransientTangent(first), transient.progress
    for _ in transient:
        tangent.follow(before, transient.progress)
        before = transient.progress
    parts = first.currents, around.changes.real, around.changes.imag, tangent.latest.currents
    return [float(x) for part in parts for x in part.ravel()]


def main() -> None:
    """Solve and print."""

    devices = load_devices()
    found: dict[str, list[float]] = {}
    state = steady(devices.three_layers(**COARSE), {"top": 0.8})
    found["dark cell"] = numbers(state)
    found["errors of it"] = errors_hold(state)

    ions = {
        "cation": devices.ion(1e23, diffusivity=1e-14),
        "anion": devices.ion(2e23, diffusivity=1e-15, site=1e24),
    }
    cell = devices.three_layers(ions=ions, **COARSE)
    times, volts = np.array([0.0, 0.25, 0.5]), [0.0, 1.0, 0.2]
    steps = integrate(
        cell,
        equilibrium(cell),
        bias=lambda t: {"top": float(np.interp(t, times, volts))},
        end=times[-1],
        kinks=times,
        milestones=[0.1, 0.4],
        control=StepControl(tolerance=1e-2),
    )
    states = list(steps)
    for t in (0.1, 0.25, 0.4, 0.5):
        found[f"sweep at {t} s"] = numbers(next(s for s in states if abs(s.time - t) < 1e-9))

    half = 60 * nm
    shapes = {
        "section": Planar(width=2 * half, lateral_size=15 * nm, electrode_width=half),
        "disc": Axisymmetric(radius=half, lateral_size=15 * nm, electrode_radius=half / 2),
    }
    for name, shape in shapes.items():
        state = steady(metal_dot(devices, shape), {"top": 0.8})
        found[name], found[f"errors in the {name}"] = numbers(state), errors_hold(state)
    iterative = NewtonOptions(petsc={"ksp_type": "gmres"})
    shape = Dot(side=2 * half, dot_radius=half / 2, lateral_size=15 * nm)
    found["dot, iterative"] = numbers(steady(metal_dot(devices, shape), {"top": 0.8}, options=iterative))
    found["tip"] = numbers(steady(metal_tip(devices), {"top": 0.5}))
    found["half metal"] = numbers(steady(half_metal(devices), {"top": 0.5}))
    found["doped film"] = numbers(steady(doped(devices), {"top": 0.3}))
    found["light on a tip"] = illuminated(metal_tip(devices))
    found["light on a dot"] = illuminated(metal_dot(devices, shape))
    cell = trapped(devices, None)
    found["traps"] = numbers(steady(cell, {"top": 0.8}, light=1.0))
    *_, last = integrate(cell, equilibrium(cell), bias=lambda t: {"top": 0.5}, end=1e-6, light=1.0)
    found["traps in time"] = [last.current(contact) for contact in cell.contacts]
    disc = Axisymmetric(radius=half, lateral_size=20 * nm, electrode_radius=half / 2)
    found["traps in a disc"] = numbers(steady(trapped(devices, disc), {"top": 0.8}, light=1.0))
    warm = steady(self_heated(devices, disc), {"top": 0.9})
    found["heat in a disc"] = [*numbers(warm), float(hottest(warm))]
    found["pocket"] = pocket(devices)
    found |= lines(devices)
    found["admittance of it"] = [
        float(part) for y in admittance(warm, "top", [1e2, 1e6]).ravel() for part in (y.real, y.imag)
    ]
    found |= filament(MPI.COMM_WORLD)
    found |= screened(MPI.COMM_WORLD)
    found |= floating_gates()
    found |= interlayers()
    found["drawing in a STEP file"] = drawn()
    found["crosstalk"] = crosstalk(MPI.COMM_WORLD)
    found["sensitivities"] = sensitivities()
    cell = devices.three_layers(**COARSE)
    between = steady(cell, {"top": 1.4}, circuits={"top": Circuit(series_resistance=1e-2)})
    found["cell behind a resistance"] = [*numbers(between), between.bias["top"]]
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps({"ranks": MPI.COMM_WORLD.size, "found": found}))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
