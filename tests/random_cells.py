"""Random cells of one to four films, in 1D and 2D, at 100 to 400 K: bands, doping, ions, traps, light, contacts.

Each seed is a valid device, with steps between bands of up to 0.5 eV, densities over five decades, insulating films
under gates, contacts that block, and films without any recombination: parts of most are cut off from all contacts.
The physics of a seed is one of carriers; with one kind of ions or two; with traps; or with traps and ions.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from fem import BlockingContact, Device, GateContact, OhmicContact, SchottkyContact
from fem.materials import Material
from fem.mesh import DeviceMesh
from fem.physics import Carriers, MobileIons, OpticalGeneration, Poisson, Traps
from fem.units import eV, nm
from geometries import Axisymmetric, Layer, Planar, VerticalStack
from tests import devices

IONS = ("iodide_vacancy", "methylammonium_vacancy")
TEMPERATURES = [100.0, 150.0, 200.0, 250.0, 300.0, 300.0, 350.0, 400.0]  # [K]
THICKNESSES = [20, 50, 100, 200, 400]  # [nm]


@dataclass(frozen=True)
class RandomCell:
    """A device and whether its film generates carriers under light."""

    device: Device
    lit: bool


def random_cell(seed: int) -> RandomCell:
    """Return the cell of a seed, with contacts "bottom" and "top"; the draws follow one another in a fixed order."""
    r = Random(seed)
    temperature = r.choice(TEMPERATURES)
    count, dimension = r.choice([1, 2, 2, 3, 3, 4]), r.choice([1, 1, 1, 2])
    kind = r.choice(["c", "ci", "ci", "cit", "cii", "ct"])  # carriers, ions, traps
    lit, wanted = r.random() < 0.35, r.randrange(count)
    affinity, gap = r.uniform(3.7, 4.2), r.uniform(1.2, 2.3)
    materials, layers = {}, []
    for k in range(count):
        layers.append(Layer(f"L{k}", r.choice(THICKNESSES) * nm))
        if k != wanted and r.random() < 0.15:
            materials[f"L{k}"] = devices.insulator(f"L{k}", r.uniform(2, 20))
        else:
            materials[f"L{k}"] = _semiconductor(r, k, wanted, kind, affinity, gap)
    physics = _physics(r, kind, f"L{wanted}", gap, lit)
    contacts = {"bottom": _contact(r, materials["L0"]), "top": _contact(r, materials[f"L{count - 1}"])}
    mesh = _mesh(r, layers, dimension)
    device = Device(
        mesh=mesh, materials=materials, physics=physics, contacts=contacts, temperature=temperature
    )
    return RandomCell(device, lit)


def _semiconductor(r: Random, k: int, wanted: int, kind: str, affinity: float, gap: float) -> Material:
    """Return the material of layer k; that of layer ``wanted`` has the given bands [eV], and ions if there are any."""
    off, wider = (0.0, 0.0) if k == wanted else (r.uniform(-0.5, 0.5), r.uniform(-0.3, 0.8))
    conduction, gap = affinity + off, max(0.8, gap + wider)
    more: dict[str, tuple[float, str]] = {}
    doping = r.random()
    if doping < 0.6:
        name = "donor_density" if doping < 0.3 else "acceptor_density"
        more[name] = (10 ** r.uniform(20, 24.5), "m^-3")
    if r.random() < 0.6:
        more["electron_lifetime"] = (10 ** r.uniform(-9, -5), "s")
        more["hole_lifetime"] = (10 ** r.uniform(-9, -5), "s")
    if r.random() < 0.5:
        more["radiative_coefficient"] = (10 ** r.uniform(-17, -15), "m^3/s")
    ions = None
    if k == wanted and "i" in kind:
        site = r.choice([None, 1e27, None])
        mean = 10 ** r.uniform(22, 25.3)
        ions = {IONS[0]: devices.ion(mean, site=site, diffusivity=10 ** r.uniform(-17, -12))}
        if kind == "cii":
            ions[IONS[1]] = devices.ion(10 ** r.uniform(22, 25), diffusivity=10 ** r.uniform(-18, -14))
    permittivity = r.uniform(3, 40)
    states = 10 ** r.uniform(23.5, 25.5)
    return devices.semiconductor(
        f"L{k}",
        permittivity=permittivity,
        conduction=conduction,
        valence=conduction + gap,
        states=states,
        mobility=(10 ** r.uniform(-7, -2), 10 ** r.uniform(-7, -2)),
        ions=ions,
        **more,
    )


def _physics(r: Random, kind: str, film: str, gap: float, lit: bool) -> list[Any]:
    found: list[Any] = [Poisson(), Carriers()]
    found += [MobileIons(name) for name in IONS[: kind.count("i")]]
    if "t" in kind:
        traps = Traps(
            "tr",
            density=10 ** r.uniform(20, 24),
            depth=r.uniform(0.15, gap - 0.15) * eV,
            electron_capture=10 ** r.uniform(-16, -12),
            hole_capture=10 ** r.uniform(-16, -12),
            kind=r.choice(["acceptor", "donor"]),
            regions=(film,),
        )
        found.append(traps)
    if lit:
        found.append(OpticalGeneration(10 ** r.uniform(24, 28), (film,)))
    return found


def _contact(r: Random, material: Material) -> Any:
    """Return a gate on an insulator, or any contact of a work function inside the gap of a semiconductor."""
    if material.kind == "insulator":
        return GateContact(work_function=r.uniform(4, 5.5) * eV)
    assert material.electron_affinity is not None and material.band_gap is not None
    affinity, gap = material.electron_affinity.si(300.0) / eV, material.band_gap.si(300.0) / eV
    work = (affinity + r.uniform(0.1, gap - 0.1)) * eV
    kind = r.choice(["given", "given", "neutral", "schottky", "schottky", "image", "block"])
    image = r.uniform(3, 10)  # drawn for each contact
    if kind == "image":
        return SchottkyContact(work_function=work, image_force_permittivity=image)
    if kind == "neutral":
        return OhmicContact()
    types: dict[str, Any] = {"given": OhmicContact, "schottky": SchottkyContact, "block": BlockingContact}
    return types[kind](work_function=work)


def _mesh(r: Random, layers: list[Layer], dimension: int) -> DeviceMesh:
    """Return the mesh: a line, or a section whose topmost layer is narrower than the others."""
    stack = VerticalStack(*layers)
    if dimension == 1:
        return stack.mesh(size=20 * nm, interface_size=1 * nm, growth=1.5)
    side, alone = {"lateral_size": 40 * nm}, len(layers) == 1
    shapes = [
        Planar(width=100 * nm, electrode_width=None if alone else 50 * nm, **side),
        Axisymmetric(radius=100 * nm, electrode_radius=None if alone else 50 * nm, **side),
    ]
    return stack.mesh(size=40 * nm, interface_size=4 * nm, growth=1.5, shape=r.choice(shapes))
