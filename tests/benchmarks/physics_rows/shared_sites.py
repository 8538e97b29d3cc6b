"""Two species of ions on the same sites in the double layers of a film, beside the closed form."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fem import BlockingContact, Device, equilibrium, integrate
from fem.materials import Material
from fem.physics import MobileIons, Poisson
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests import devices
from tests.benchmarks.table import Row, at_most

SITES, FIRST, SECOND = 4e27, 2e26, 1e26  # [1/m^3]
NAMES = ("iodide_vacancy", "silver_ion")


def film(step: float = 0.5, *, shared: bool = True) -> Device:
    """Return an insulator with both ions between electrodes whose work functions differ by ``step`` [eV]."""
    means = dict(zip(NAMES, (FIRST, SECOND), strict=True))
    ions = {name: devices.ion(mean, site=SITES, diffusivity=1e-14) for name, mean in means.items()}
    material: Material = devices.insulator("film", 10.0, ions=ions)
    together = (NAMES[0],) if shared else ()
    return Device(
        mesh=VerticalStack(Layer("film", 10 * nm)).mesh(size=0.2 * nm, interface_size=0.02 * nm),
        materials={"film": material},
        physics=[Poisson(), MobileIons(NAMES[0]), MobileIons(NAMES[1], shares_sites_with=together)],
        contacts={
            "bottom": BlockingContact(work_function=4.5 * eV),
            "top": BlockingContact(work_function=(4.5 + step) * eV),
        },
        temperature=300.0,
    )


def departure(device: Device, state: object) -> tuple[float, float]:
    """Return by how much densities depart from the closed form, and the largest share of sites filled.

    P_k/(P_max - sum P) e^{z psi} is one number everywhere; densities of these numbers are compared.
    """
    psi = state.values[:, 0]  # type: ignore[attr-defined]
    found = np.array([state.density(name) for name in NAMES]) / SITES  # type: ignore[attr-defined]
    vacant = 1 - found.sum(axis=0)
    k = len(psi) // 2
    middle = found[:, k] / vacant[k]
    bare = middle[:, None] * np.exp(-(psi - psi[k]))
    wanted = bare / (1 + bare.sum(axis=0))
    return float(np.abs(found / wanted - 1).max()), float(1 - vacant.min())


def rows() -> Iterator[Row]:
    """Yield the departure from the closed form in equilibrium, and after a transient from even densities."""
    device = film()
    state = equilibrium(device)
    gap, full = departure(device, state)
    yield at_most(f"shared sites, {100 * full:.0f} % full: equilibrium", 1e-6, gap)
    *_, last = integrate(device, state, bias={"top": 0.2}, end=1e-2)
    gap, full = departure(device, last)
    yield at_most(f"shared sites, {100 * full:.0f} % full: driven to rest", 1e-6, gap)
    lost = [abs(last.ion_inventory(n) / state.ion_inventory(n) - 1) for n in NAMES]
    yield at_most("shared sites: content kept", 1e-9, max(lost))
