"""Devices that several tests build; loaded by the fixture ``devices``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fem import Device, DeviceMesh, OhmicContact
from fem.constants import thermal_voltage
from fem.materials import Datum, Material, MobileIon, PowerLaw
from fem.physics import Carriers, MobileIons, OpticalGeneration, Poisson
from fem.units import eV, nm, um
from geometries import Layer, VerticalStack

GENERATION = 3.4e27  # [1/(m^3 s)]


def datum(value: float | PowerLaw, unit: str) -> Datum:
    """Return a value that a test has chosen."""
    return Datum(value, unit, "assumed", "a test")


def ion(mean: float, *, site: float | None = None, **moving: float) -> MobileIon:
    """Return an ion of mean density [1/m^3] with ``diffusivity`` [m^2/s] or ``mobility`` [m^2/(V s)]."""
    units = {"diffusivity": "m^2/s", "mobility": "m^2/(V s)"}
    data = {name: datum(value, units[name]) for name, value in moving.items()}
    limit = None if site is None else datum(site, "m^-3")
    return MobileIon(mean_density=datum(mean, "m^-3"), site_density=limit, **data)


def semiconductor(
    name: str,
    *,
    permittivity: float = 24.0,
    conduction: float = 3.9,
    valence: float = 5.5,
    states: float | PowerLaw = 2.2e24,
    mobility: float | tuple[float, float] = 2e-4,
    ions: Mapping[str, MobileIon] | None = None,
    **more: tuple[float, str],
) -> Material:
    """Return a semiconductor; energies are depths [eV], the rest is SI; ``more``: (value, unit)."""
    electron, hole = mobility if isinstance(mobility, tuple) else (mobility, mobility)
    return Material(
        name=name,
        kind="semiconductor",
        relative_permittivity=datum(permittivity, "1"),
        electron_affinity=datum(conduction, "eV"),
        band_gap=datum(valence - conduction, "eV"),
        effective_dos_conduction=datum(states, "m^-3"),
        effective_dos_valence=datum(states, "m^-3"),
        electron_mobility=datum(electron, "m^2/(V s)"),
        hole_mobility=datum(hole, "m^2/(V s)"),
        ions=ions or {},
        **{key: datum(*value) for key, value in more.items()},
    )


def insulator(name: str = "oxide", permittivity: float = 3.9, **more: Any) -> Material:
    """Return an insulator."""
    return Material(name=name, kind="insulator", relative_permittivity=datum(permittivity, "1"), **more)


def metal(work_function: float, name: str = "metal") -> Material:
    """Return a metal of the given work function [eV]."""
    return Material(name=name, kind="metal", work_function=datum(work_function, "eV"))


def ohmic(work_function: float) -> OhmicContact:
    """Return an ohmic contact of the given work function [eV]."""
    return OhmicContact(work_function=work_function * eV)


def pn_diode(nodes: Sequence[float]) -> Device:
    """Return the silicon-like diode of the reference program: p below 1 µm, n above."""
    positions = np.array(nodes)
    positions[0], positions[-1] = 0.0, 2 * um
    positions[np.argmin(np.abs(positions - 1 * um))] = 1 * um
    gap = 2 * thermal_voltage(300.0) * np.log(1e25 / 1e16)
    base: dict[str, Any] = dict(
        permittivity=11.7,
        conduction=4.05,
        valence=4.05 + gap,
        states=1e25,
        mobility=(0.1, 0.04),
        electron_lifetime=(1e-7, "s"),
        hole_lifetime=(1e-7, "s"),
    )
    materials = {
        "p": semiconductor("p", acceptor_density=(1e23, "m^-3"), **base),
        "n": semiconductor("n", donor_density=(1e23, "m^-3"), **base),
    }
    return Device(
        mesh=VerticalStack(Layer("p", 1 * um), Layer("n", 1 * um)).line(nodes=positions),
        materials=materials,
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def film(*, traps: bool = True, ions: Mapping[str, MobileIon] | None = None, **more: Any) -> Material:
    """Return the perovskite of the reference cells."""
    if traps:
        more |= {
            "electron_lifetime": (1e-7, "s"),
            "hole_lifetime": (1e-7, "s"),
            "trap_energy": (4.7, "eV"),
        }
    return semiconductor("film", ions=ions, radiative_coefficient=(1e-16, "m^3/s"), **more)


ETL = semiconductor(
    "ETL",
    permittivity=10.0,
    conduction=4.0,
    valence=6.0,
    states=5e25,
    mobility=1e-6,
    donor_density=(1e24, "m^-3"),
)
HTL = semiconductor(
    "HTL",
    permittivity=3.0,
    conduction=2.5,
    valence=5.4,
    states=5e25,
    mobility=1e-6,
    acceptor_density=(1e24, "m^-3"),
)
CATION = {"cation": ion(1e23, mobility=1e-13)}


def single_layer(*, light: bool = False, **mesh: float) -> Device:
    """Return the reference cell of one layer."""
    sizes = {"size": 5 * nm, "interface_size": 0.3 * nm, "growth": 1.1} | mesh
    return Device(
        mesh=VerticalStack(Layer("film", 400 * nm)).mesh(**sizes),
        materials={"film": film()},
        physics=[Poisson(), Carriers(), *([OpticalGeneration(GENERATION)] if light else [])],
        contacts={"bottom": ohmic(4.1), "top": ohmic(5.3)},
        temperature=300.0,
    )


def three_layers(
    *,
    light: bool = False,
    ions: Mapping[str, MobileIon] | None = None,
    traps: bool = True,
    film_material: Material | None = None,
    mirrored: bool = False,
    shape: Any = None,
    comm: Any = None,
    work_functions: tuple[float, float] = (4.1011, 5.2989),
    **mesh: float,
) -> Device:
    """Return the reference cell of three layers, 30, 400 and 30 nm; ``ions`` move in the film."""
    sizes = {"size": 5 * nm, "interface_size": 0.3 * nm, "growth": 1.1} | mesh
    middle = film_material or film(traps=traps, ions=ions)
    layers = [Layer("ETL", 30 * nm), Layer("film", 400 * nm), Layer("HTL", 30 * nm)]
    contacts = [ohmic(w) for w in work_functions]
    if mirrored:
        layers, contacts = layers[::-1], contacts[::-1]
    return Device(
        mesh=DeviceMesh.from_drawing(VerticalStack(*layers).mesh(shape=shape, **sizes), comm),
        materials={"ETL": ETL, "film": middle, "HTL": HTL},
        physics=[
            Poisson(),
            Carriers(),
            *(MobileIons(name) for name in middle.ions),
            *([OpticalGeneration(GENERATION, ("film",))] if light else []),
        ],
        contacts={"bottom": contacts[0], "top": contacts[1]},
        temperature=300.0,
    )


def weighted_currents(device: Device, contact: str, values: Any) -> dict[str, float]:
    """Return the current of each species at the present unknowns, evaluated with another weight.

    ``values``: function of scaled positions, shape (3, nodes), used between the electrodes, where the
    weight is 1 on ``contact`` and 0 on the others. The current may not depend on it.
    """
    from dolfinx import fem as dfem

    from fem.currents.terminal import current_scale
    from fem.forms.compilation import compiled

    weight = dfem.Function(device.context.scalar_space)
    weight.interpolate(values)
    for electrode in device.electrodes:
        weight.x.array[electrode.nodes] = float(electrode.name == contact)
    forms = {name: compiled(form) for name, form in device.currents(weight).items()}
    comm = device.mesh.comm
    found = {
        n: float(comm.allreduce(dfem.assemble_scalar(f)) * current_scale(device)) for n, f in forms.items()
    }
    return found | {"total": sum(found.values())}


def heterojunction(**mesh: Any) -> Device:
    """Return a p-n junction of two gaps, 2 and 4 eV, with both bands offset the same way, between neutral contacts.

    Forward, electrons and holes meet at the interface, in densities that are equal in more and more digits.
    """
    common: dict[str, Any] = dict(permittivity=10.0, states=1e25, mobility=1e-4)
    common |= {f"{s}_lifetime": (1e-8, "s") for s in ("electron", "hole")}
    sizes = {"size": 10 * nm, "interface_size": 0.5 * nm, "growth": 1.2} | mesh
    return Device(
        mesh=VerticalStack(Layer("p", 200 * nm), Layer("n", 200 * nm)).mesh(**sizes),
        materials={
            "p": semiconductor("p", conduction=3.0, valence=5.0, acceptor_density=(1e23, "m^-3"), **common),
            "n": semiconductor("n", conduction=4.0, valence=8.0, donor_density=(1e23, "m^-3"), **common),
        },
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
