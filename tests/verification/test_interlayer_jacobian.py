"""The Jacobian of what crosses an interlayer, alone, against differences by all that it depends on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl

from fem import HeatSink, OhmicContact, equilibrium
from fem.forms.assembly import Assembly
from fem.linear.solvers import square_matrix
from fem.physics import Heat
from fem.units import nm
from tests.analytic.test_tunnelling_interlayers import LEAKING, WAYS
from tests.devices import datum
from tests.interlayers import contact_on_oxide, film, of_line

WARM: dict[str, Any] = {
    "thermal_conductivity": datum(1.0, "W/(m K)"),
    "volumetric_heat_capacity": datum(2e6, "J/(m^3 K)"),
}


@pytest.mark.parametrize("volts", [-15.0, 25.0], ids=["in", "out"])
@pytest.mark.parametrize("name", WAYS)
def test_jacobian_is_the_finite_difference(name: str, volts: float) -> None:
    """With the metal ``volts`` kT/q up, which raises the barrier there or bends it below the Fermi level."""
    device = contact_on_oxide(
        3 * nm,
        crossings=[WAYS[name]],
        materials={"film": film().with_(**WARM), "oxide": LEAKING.with_(**WARM)},
        physics=[Heat()],
        end=[OhmicContact(), HeatSink(300.0)],
    )
    context, rest = device.context, equilibrium(device)
    values, rng = rest.values.copy(), np.random.default_rng(5)
    face, metal, _ = of_line(rest)
    values[metal, 0] = values[face, 0] + volts
    values[:, 1:3] *= rng.uniform(0.5, 2.0, (len(values), 2))
    values[:, 3] = rng.uniform(0.0, 0.1, len(values))
    form = device.physics[2].residual(context)
    residual = Assembly(form, context)
    slope = Assembly(ufl.derivative(form, context.unknown, ufl.TrialFunction(context.space)), context)
    matrix = square_matrix(slope.forms, comm=device.mesh.comm)
    context.unknown.x.array[:] = values.ravel()
    slope.add_to_matrix(matrix, np.zeros(values.size, dtype=np.int8))
    matrix.assemble()
    for column, node in ((0, face), (0, metal), (1, face), (2, face), (3, face)):
        direction = np.zeros_like(values)
        direction[node, column] = values[node, column] if 0 < column < 3 else 1.0
        along, product = matrix.createVecs()
        along.array[:] = direction.ravel()
        matrix.mult(along, product)
        ends = []
        for step in (1e-4, -1e-4):
            context.unknown.x.array[:] = (values + step * direction).ravel()
            found = np.zeros(values.size)
            residual.add_to_vector(found)
            ends.append(found)
        difference, size = (ends[0] - ends[1]) / 2e-4, np.abs(ends[0]).reshape(values.shape)[face, 1:3]
        assert size.max() > 0
        np.testing.assert_allclose(difference, product.array, rtol=2e-5, atol=1e-9 * size.max())
        if column in (0, 3):
            assert np.abs(product.array).max() > 1e-3 * size.max()
