"""The faces of a device where something crosses, as measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import ufl

from fem.contacts import HeatSink, SchottkyContact
from fem.device.electrodes import Electrode
from fem.forms.context import Context
from fem.forms.faces import radius_share, vertex_rule
from fem.forms.nodes import IntArray
from fem.mesh.device_mesh import DeviceMesh


class Surfaces:
    """The faces of a device where something crosses: Schottky contacts, resistive heat sinks and others.

    ``faces``: (cell, local facet) pairs of each of the others on this rank, shape (m, 2).
    """

    def __init__(
        self,
        mesh: DeviceMesh,
        electrodes: Sequence[Electrode],
        sinks: Mapping[str, HeatSink],
        faces: Sequence[IntArray] = (),
    ) -> None:
        from dolfinx import fem as dfem

        kind = dfem.IntegralType.exterior_facet
        self._emitting = {e.name: e for e in electrodes if isinstance(e.contact, SchottkyContact)}
        self._resistive = [name for name, sink in sinks.items() if sink.resistance is not None]
        groups = [(k, e.surface.ravel()) for k, e in enumerate(self._emitting.values())]
        for k, name in enumerate(self._resistive, start=len(groups)):
            entities = dfem.compute_integration_domains(kind, mesh.mesh.topology, mesh.facets(name))
            groups.append((k, entities.ravel()))
        self._others = len(groups)
        groups += [(k, face.ravel()) for k, face in enumerate(faces, start=self._others)]
        self._measure = ufl.Measure(
            "ds", domain=mesh.mesh, subdomain_data=groups, metadata=vertex_rule(mesh.dim)
        )
        self._axisymmetric = mesh.axisymmetric
        self._radius: dict[int, Any] = {}

    @property
    def schottky(self) -> tuple[Electrode, ...]:
        """The Schottky contacts."""
        return tuple(self._emitting.values())

    def of_electrode(self, context: Context, name: str) -> Any:
        """Return the measure of a Schottky contact, with the factor 2πr for axisymmetric meshes."""
        return self._part(context, list(self._emitting).index(name))

    def of_sink(self, context: Context, name: str) -> Any:
        """Return the measure of a heat sink with a resistance, with the factor 2πr for axisymmetric meshes."""
        return self._part(context, len(self._emitting) + self._resistive.index(name))

    def of_face(self, context: Context, number: int) -> Any:
        """Return the measure of one of the other faces, with the factor 2πr for axisymmetric meshes."""
        return self._part(context, self._others + number)

    def _part(self, context: Context, number: int) -> tuple[Any, Any]:
        ds = self._measure(number)
        if not self._axisymmetric:
            return 1.0, ds
        if number not in self._radius:
            self._radius[number] = radius_share(context, ds)
        return self._radius[number], ds
