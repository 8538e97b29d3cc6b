"""How many ions a device holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fem.state import State


def inventory(state: State, name: str) -> float:
    """Return the number of ions of one species [1, or 1/m, 1/m² where the mesh lacks the rest]."""
    from dolfinx import fem as dfem

    context = state.device.context
    regions = context.fields[context.index(name)].regions
    density = dfem.Function(context.scalar_space)
    density.x.array[:] = state.values[:, context.index(name)]
    inside = context.indicator(regions)
    one = context.constant(1.0)
    form = context.calculus.lump(lambda i: inside * context.calculus.at(density, i), one)
    total = state.device.mesh.comm.allreduce(dfem.assemble_scalar(dfem.form(form)))
    mesh = state.device.mesh
    dim = 3 if mesh.axisymmetric else mesh.dim
    return float(total * context.scaling.density * context.scaling.length**dim * (mesh.cross_section or 1.0))
