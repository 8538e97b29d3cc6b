"""Intrinsic densities of devices at temperatures of their own, and of one that is heated, beside the laws."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from fem import BlockingContact, Device, HeatSink, OhmicContact, equilibrium, steady
from fem.constants import BOLTZMANN
from fem.materials import MAPBI3, SILICON, Material
from fem.physics import Carriers, Heat, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.benchmarks.table import Row, at_most

TEMPERATURES = np.linspace(100.0, 400.0, 7)  # [K]
#: N_c and N_v [1/m^3] and the gap [eV], all at 300 K.
AT_300 = {SILICON: (2.86e25, 3.1e25, 1.124), MAPBI3: (8.1e24, 5.8e24, 1.7)}


def gap(material: Material, t: float) -> float:
    """Return the published gap [eV] at a temperature [K], counted from that at 300 K."""
    if material is SILICON:  # C. D. Thurmond, J. Electrochem. Soc. 122, 1133, 1975
        return 1.124 + (1.17 - 4.73e-4 * t**2 / (t + 636)) - (1.17 - 4.73e-4 * 300**2 / (300 + 636))
    return 1.7 + 0.39e-3 * (
        t - 300
    )  # 30 to 40 meV in 90 K: W. A. Saidi et al., J. Phys. Chem. Lett. 7, 5247, 2016


def law(material: Material, t: float) -> float:
    """Return n_i [1/m^3] of parabolic bands with that gap."""
    nc, nv, _ = AT_300[material]
    states = np.sqrt(nc * nv) * (t / 300) ** 1.5
    return float(states * np.exp(-gap(material, t) * eV / (2 * BOLTZMANN * t)))


def film(material: Material, t: float, *, heated: float | None = None) -> Device:
    """Return an intrinsic film; ``heated``: temperature of its heat sinks [K], of a coupled one."""
    ends = OhmicContact() if heated is None else [BlockingContact(work_function=4.6 * eV), HeatSink(heated)]
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=20 * nm),
        materials={"film": material},
        physics=[Poisson(), Carriers(), *([] if heated is None else [Heat()])],
        contacts={"bottom": ends, "top": ends},
        temperature=t,
    )


def product(device: Device, *, solved: bool) -> float:
    """Return the root of n p in the middle of a device at rest [1/m^3]."""
    state = equilibrium(device)
    if solved:
        state = steady(device, {}, start=state)
    n, p = (state.density(name) for name in ("electron", "hole"))
    middle = len(n) // 2
    return float(np.sqrt(n[middle] * p[middle]))


def rows() -> Iterator[Row]:
    """Yield the largest relative difference of n_i from its law, and that in a film that is heated from 300 K."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some data are asked for beyond their temperatures
        for material in AT_300:
            plain = material.without_ion("iodide_vacancy") if material.ions else material
            worst = max(
                abs(product(film(plain, t), solved=False) / law(material, t) - 1) for t in TEMPERATURES
            )
            yield at_most(f"n_i of {material.name}, 100 to 400 K", 0.01, worst)
            t = 380.0
            found = product(film(plain, 300.0, heated=t), solved=True)
            yield at_most(
                f"n_i of {material.name} heated to {t:g} K", 0.01, abs(found / law(material, t) - 1)
            )
