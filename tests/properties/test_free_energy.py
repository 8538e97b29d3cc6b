r"""A device left alone at zero bias loses free energy until equilibrium, and never gains any.

The free energy above equilibrium is, in kT,

.. math:: \int \tfrac12\lambda^2\varepsilon_r|\nabla(\psi-\psi^{eq})|^2
          + \sum_{n,p} (n\ln\tfrac{n}{n^{eq}} - n + n^{eq})
          + \sum_P P\ln\tfrac{P}{P^{eq}} + (P_{max}-P)\ln\tfrac{P_{max}-P}{P_{max}-P^{eq}}

(H. Gajewski, Z. angew. Math. Mech. 65, 101, 1985; with sites, J. Fuhrmann, Comput. Phys. Commun. 196, 1, 2015).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem as dfem

from fem import Device, SchottkyContact, State, equilibrium, integrate, steady
from fem.forms.compilation import compiled
from fem.physics import Carriers, MobileIons, Poisson
from fem.physics.potential.poisson import permittivity
from fem.units import eV, nm
from geometries import Layer, VerticalStack


def build(devices: ModuleType, *, schottky: bool) -> Device:
    """Return two layers with recombination, ions near their site density in one, and two unlike contacts."""
    ions = {"cation": devices.ion(2e24, diffusivity=1e-13, site=6e24)}
    film = devices.film(ions=ions, electron_lifetime=(1e-9, "s"), hole_lifetime=(1e-9, "s"))
    contact: Any = (lambda w: SchottkyContact(work_function=w * eV)) if schottky else devices.ohmic
    return Device(
        mesh=VerticalStack(Layer("film", 120 * nm), Layer("HTL", 40 * nm)).mesh(
            size=8 * nm, interface_size=0.5 * nm
        ),
        materials={"film": film, "HTL": devices.HTL},
        physics=[Poisson(), Carriers(), MobileIons("cation")],
        contacts={"bottom": contact(4.2), "top": contact(5.2)},
        temperature=300.0,
    )


class FreeEnergy:
    """The free energy of a state above that of equilibrium [kT N0 L0]."""

    def __init__(self, device: Device, rest: State) -> None:
        context, c = device.context, device.context.calculus
        self._now, still = dfem.Function(context.space), dfem.Function(context.space)
        still.x.array[:] = rest.values.ravel()
        one = context.constant(1.0)
        rise = self._now[0] - still[0]
        self.device, self._form = device, 0
        for i, j in c.edges:
            self._form += c.weight(i, j) * permittivity(context) * c.delta(rise, i, j) ** 2 / 2
        self._form *= c.measure

        def share(k: int, i: int, limit: float | None) -> Any:
            new, old = (ufl.max_value(c.at(f[k], i), 1e-300) for f in (self._now, still))
            if limit is None:
                return new * ufl.ln(new / old) - new + old
            return new * ufl.ln(new / old) + (limit - new) * ufl.ln((limit - new) / (limit - old))

        for k, field in enumerate(context.fields[1:], start=1):
            limit = field.upper_bound / device.scaling.density if field.upper_bound else None
            ratio = context.indicator(field.regions) if limit else context.ratio(field.name)()
            self._form += c.lump(lambda i, k=k, f=limit, r=ratio: r * share(k, i, f), one)  # type: ignore[misc]
        self._compiled = compiled(self._form)

    def __call__(self, state: State) -> float:
        self._now.x.array[:] = state.values.ravel()
        return float(dfem.assemble_scalar(self._compiled))


@pytest.mark.parametrize("schottky", [True, False])
@pytest.mark.parametrize("bias", [0.8, -0.6])
def test_free_energy_falls_at_every_step_to_that_of_equilibrium(
    devices: ModuleType, bias: float, schottky: bool
) -> None:
    device = build(devices, schottky=schottky)
    energy = FreeEnergy(device, equilibrium(device))
    loaded = steady(device, {"top": bias})
    states = integrate(device, loaded, bias=lambda _t: {}, end=1e6)
    found = np.array([energy(state) for state in states])
    assert len(found) > 30
    assert found[0] > 1e-3  # the jump of the bias left charges and ions where they were
    assert (np.diff(found) <= 1e-9 * found[0]).all()
    assert abs(found[-1]) < 1e-9 * found[0]
