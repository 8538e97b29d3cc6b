"""A place without vacant sites beside places with many of them."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from dolfinx import fem as dfem

from fem import BlockingContact, Device
from fem.forms.compilation import compiled
from fem.forms.vacant_sites import VacantSites, follow
from fem.physics import MobileIons, Poisson
from fem.units import eV, nm
from geometries import Layer, Planar, VerticalStack


@pytest.mark.parametrize("decades", [10, 16, 18, 40])
def test_excess_of_a_full_node_is_that_of_its_vacant_sites_whatever_lies_beside_it(
    devices: ModuleType, decades: int
) -> None:
    ions = MobileIons("cation")
    film = devices.insulator("film", 20.0, ions={"cation": devices.ion(1e24, diffusivity=1e-16, site=7e27)})
    device = Device(
        mesh=VerticalStack(Layer("film", 20 * nm)).mesh(
            size=3.7 * nm, interface_size=2.3 * nm, shape=Planar(width=20 * nm, lateral_size=3.1 * nm)
        ),
        materials={"film": film},
        physics=[Poisson(), ions],
        contacts={name: BlockingContact(work_function=4.5 * eV) for name in ("bottom", "top")},
        temperature=300.0,
    )
    context = device.context
    values = context.unknown.x.array.reshape(-1, context.block_size)
    sites = VacantSites(context, context.index("cation"))
    rng = np.random.default_rng(3)
    values[:, sites.column] = sites.bound * rng.uniform(0.01, 0.4, len(values))
    full = len(values) // 2
    values[full, sites.column] = 0.9 * sites.bound
    follow(context)
    while sites.share(values[:, sites.column])[full] > 10.0**-decades:
        step = np.zeros(len(values))
        step[full] = -sites.bound
        sites.move(values[:, sites.column].copy(), step)
        values[:, sites.column] -= step
    density, node = context.field("cation"), dfem.Function(context.scalar_space)
    node.x.array[full] = 1.0
    c = context.calculus

    def total(value: float | None) -> float:
        """Return the excess over the node's share of volume, or that of a number."""
        return float(
            dfem.assemble_scalar(
                compiled(
                    c.lump(
                        lambda i: ions.excess(context, c.at(density, i), i) if value is None else value, node
                    )
                )
            )
        )

    found = total(None) / total(1.0)
    assert found == pytest.approx(-np.log(sites.share(values[:, sites.column])[full]), rel=1e-9)
