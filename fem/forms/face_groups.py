"""The outer facets of a device in groups: one measure for all contacts, seen from the regions that meet them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.errors import IncompatibleError
from fem.forms.compilation import assembled, compiled
from fem.mesh.device_mesh import DeviceMesh

IntArray = npt.NDArray[np.int32]


class FaceGroups:
    """The facets of contacts, by contact and region, and those of heat sinks, as groups of one measure.

    ``contacts``: (cell, local facet) pairs on this rank, shape (m, 2), by contact and by the region they are seen
    from; the metal of a contact counts as outside. ``sinks``: those of thermal contacts. A form may have only one
    measure of outer facets, and so all that acts at contacts shares this one.
    """

    def __init__(
        self,
        mesh: DeviceMesh,
        contacts: Mapping[str, Mapping[str, IntArray]],
        sinks: Mapping[str, IntArray],
    ) -> None:
        self._contacts: dict[str, dict[str, int]] = {}
        groups: list[IntArray] = []
        for name, regions in contacts.items():
            self._contacts[name] = {region: len(groups) + k for k, region in enumerate(regions)}
            groups += regions.values()
        self._sinks = {name: len(groups) + k for k, name in enumerate(sinks)}
        groups += sinks.values()
        self._measure = ufl.Measure(
            "ds",
            domain=mesh.mesh,
            subdomain_data=[(k, facets.ravel()) for k, facets in enumerate(groups)],
            metadata=vertex_rule(mesh.dim),
        )

    @property
    def contacts(self) -> tuple[str, ...]:
        """The names of all contacts."""
        return tuple(self._contacts)

    def contact(self, name: str, regions: Sequence[str] | None = None) -> Any:
        """Return the lumped measure of a contact where it meets ``regions``, all that it meets if None."""
        known = self._contacts[name]
        wanted = tuple(known[r] for r in known if regions is None or r in regions)
        if not wanted:
            raise IncompatibleError(
                f"contact {name!r} meets {list(known)}, and none of {list(regions or ())}."
            )
        return self._measure(wanted)

    def sink(self, name: str) -> Any:
        """Return the lumped measure of a heat sink."""
        return self._measure(self._sinks[name])


def outer_facets(mesh: DeviceMesh, contact: str) -> IntArray:
    """Return the (cell, local facet) pairs of an outer face on this rank, shape (m, 2)."""
    from dolfinx import fem as dfem

    kind = dfem.IntegralType.exterior_facet
    return dfem.compute_integration_domains(kind, mesh.mesh.topology, mesh.facets(contact)).reshape(-1, 2)


def vertex_rule(dim: int) -> dict[str, Any]:
    """Return the metadata of lumped quadrature on facets, which keeps positivity; a point needs none."""
    return {"quadrature_degree": 1} if dim == 1 else {"quadrature_rule": "vertex", "quadrature_degree": 1}


def radius_share(mesh: DeviceMesh, space: Any, measure: Any, *, inner: bool = False) -> Any:
    """Return 2πr at the nodes of axisymmetric facets, such that lumped integrals have the exact shares; else 1.

    A node on the axis has r = 0, but the ring around it has an area. ``space``: that of P1 functions; ``inner``: of a
    measure of inner facets.
    """
    from dolfinx import fem as dfem

    if not mesh.axisymmetric:
        return 1.0
    v = ufl.TestFunction(space)
    v = ufl.avg(v) if inner else v
    r = ufl.SpatialCoordinate(mesh.mesh)[0]
    r = r("+") if inner else r
    exact = 2 * np.pi * r * v * measure(metadata={"quadrature_degree": 2})
    parts = [assembled(compiled(form)) for form in (exact, v * measure)]
    share = dfem.Function(space)
    np.divide(parts[0], parts[1], out=share.x.array, where=parts[1] > 0)
    return share("+") if inner else share
