"""The Jacobian of what crosses to a floating gate, alone, against differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem as dfem

from fem import equilibrium
from fem.forms.compilation import compiled
from fem.physics import DirectTunnelling, FowlerNordheim, OhmicLeakage, PooleFrenkel, Tunnelling
from fem.units import eV, nm
from geometries import Planar
from tests.floating import memory

LAWS: dict[str, Any] = {
    "Fowler-Nordheim": FowlerNordheim(barrier=3.1 * eV, effective_mass=0.42),
    "direct": DirectTunnelling(barrier=3.1 * eV, effective_mass=0.42, thickness=8 * nm),
    "ohmic": OhmicLeakage(conductivity=1e-12),
    "traps": PooleFrenkel(conductivity=1e-12, relative_permittivity=4.0),
}


@pytest.mark.parametrize("carrier", ["electron", "hole"])
@pytest.mark.parametrize("charge", [-4e-2, 4e-2], ids=["in", "out"])
@pytest.mark.parametrize("name", LAWS)
def test_jacobian_is_the_finite_difference(name: str, charge: float, carrier: str) -> None:
    """Out of the silicon and into it, with traps in a section."""
    law, shape = LAWS[name], Planar(width=30 * nm, lateral_size=10 * nm) if name == "traps" else None
    term = Tunnelling(gate="gate", across="tunnel", into="channel", carrier=carrier, law=law)
    device = memory(charge * (1.0 if shape is None else 30 * nm), physics=[term], shape=shape)
    context = device.context
    values, rng = equilibrium(device).values, np.random.default_rng(5)
    values[:, 1:] = rng.uniform(0.3, 3.0, (len(values), 2)) * 1e2
    form = term.residual(context)
    residual = compiled(form)
    jacobian = compiled(ufl.derivative(form, context.unknown, ufl.TrialFunction(context.space)))
    row = context.index(carrier)
    for column in (0, row):
        direction = np.zeros_like(values)
        direction[:, column] = rng.uniform(-1, 1, len(values)) * (1.0 if column == 0 else values[:, column])
        context.unknown.x.array[:] = values.ravel()
        exact = (dfem.assemble_matrix(jacobian).to_scipy() @ direction.ravel()).reshape(values.shape)[:, row]
        ends = []
        for step in (1e-4, -1e-4):
            context.unknown.x.array[:] = (values + step * direction).ravel()
            ends.append(dfem.assemble_vector(residual).array.reshape(values.shape)[:, row].copy())
        difference = (ends[0] - ends[1]) / 2e-4
        size = np.abs(ends[0]).max()
        assert size > 0
        np.testing.assert_allclose(difference, exact, rtol=1e-6, atol=1e-9 * size)
        leaves = (carrier == "electron") == (charge > 0)
        assert (np.abs(exact).max() > 1e-6 * size) == (column == 0 or leaves)
