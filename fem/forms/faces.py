"""Integrals over facets that are lumped at the nodes, in all dimensions and coordinates."""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl

from fem.forms.compilation import compiled
from fem.forms.context import Context


def vertex_rule(dim: int) -> dict[str, Any]:
    """Return the metadata of lumped quadrature on facets, which keeps positivity; a point needs none."""
    return {"quadrature_degree": 1} if dim == 1 else {"quadrature_rule": "vertex", "quadrature_degree": 1}


def radius_share(context: Context, measure: Any, *, inner: bool = False) -> Any:
    """Return 2πr at the nodes of axisymmetric facets, such that lumped integrals have the exact shares; else 1.

    A node on the axis has r = 0, but the ring around it has an area. ``inner``: of a measure of inner facets.
    """
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    if not context.setting.mesh.axisymmetric:
        return 1.0
    v = ufl.TestFunction(context.scalar_space)
    v = ufl.avg(v) if inner else v
    r = ufl.SpatialCoordinate(context.setting.mesh.mesh)[0]
    r = r("+") if inner else r
    exact = 2 * np.pi * r * v * measure(metadata={"quadrature_degree": 2})
    parts = []
    for form in (exact, v * measure):
        vector = dfem.assemble_vector(compiled(form))
        vector.scatter_reverse(InsertMode.add)
        vector.scatter_forward()
        parts.append(vector.array)
    share = dfem.Function(context.scalar_space)
    np.divide(parts[0], parts[1], out=share.x.array, where=parts[1] > 0)
    return share("+") if inner else share
