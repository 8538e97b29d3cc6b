r"""A thermionic limit of the current across a heterojunction: carriers cross a band offset no faster than they arrive.

.. math:: J = q v\,(n_b^+ - n_b^-)

with the density that is in equilibrium with each side at the bottom of the higher band (C. M. Wu and E. S. Yang,
Solid-State Electron. 22, 241, 1979), and a velocity v that is :math:`\sqrt{kT/2\pi m^*}` for carriers of a Maxwell
distribution. Without it, quasi-Fermi levels are continuous there, as if v were infinite.

The jump lies at the end of the edges of the higher side that begin at the interface: a resistance in series with drift
and diffusion, so that the flux along an edge is smaller by :math:`1 + D B/v\Delta x`, with the factor :math:`B` of the
density at the interface in the flux (``fem.forms.edge_flux``) and the distance :math:`\Delta x` of the other end from
the interface. Nothing flows in equilibrium; its heat is that of the edge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np

from fem.errors import IncompatibleError
from fem.errors.checking import Kind, optional, quantity, text
from fem.forms.context import Context
from fem.forms.distance import distance_from
from fem.forms.edge_flux import Expr, bernoulli_pair
from fem.forms.faces import interface_regions
from fem.forms.nodes import facet_nodes
from fem.forms.setting import Field, Setting
from fem.mesh.kept import kept
from fem.physics.carriers.carriers import mobility_law
from fem.physics.term import Composition, Term

_CARRIERS = ("electron", "hole")
_ALONG = 1e-9  # of an edge: keeps one along the interface from a division by zero


@dataclass(frozen=True)
class ThermionicLimit(Term):
    """The limit at one ``interface`` "a|b" of two semiconductors.

    ``electron_velocity``, ``hole_velocity`` [m/s]: None leaves that carrier without a limit. It acts on the side whose
    band is higher for the carrier; there must be such a side. Raises UnknownNameError or IncompatibleError.
    """

    interface: str
    _: KW_ONLY
    electron_velocity: float | None = None
    hole_velocity: float | None = None

    kinds: ClassVar[Mapping[str, Kind]] = {
        "interface": text,
        "electron_velocity": optional(quantity(1e-12, 1e12, "m/s")),
        "hole_velocity": optional(quantity(1e-12, 1e12, "m/s")),
    }

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"ThermionicLimit({self.interface!r})"

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises unless the interface is between two semiconductors with an offset."""
        regions = interface_regions(setting.mesh, self.interface)
        for region in regions:
            if setting.materials[region].kind != "semiconductor":
                raise IncompatibleError(f"{self.title}: {region!r} is no semiconductor.")
        if self.electron_velocity is None and self.hole_velocity is None:
            raise IncompatibleError(f"{self.title} has no velocity; give electron_velocity or hole_velocity.")
        for carrier in _CARRIERS:
            if self._velocity(carrier) is not None:
                self._higher(setting, carrier)
        return ()

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless its carriers are among the unknowns, and it is alone at its interface."""
        for carrier in _CARRIERS:
            if self._velocity(carrier) is not None and carrier not in whole.names:
                raise IncompatibleError(f"{self.title} needs Carriers() with {carrier}s.")
        if any(other.interface == self.interface for other in whole.others(self)):
            raise IncompatibleError(f"{self.title} is given twice.")

    def mobility_gain(self, context: Context, species: str) -> Callable[[int, int], Expr] | None:
        """Return the factor of the flux along an edge that begins or ends at the interface."""
        velocity = self._velocity(species)
        if velocity is None:
            return None
        c, psi, law = context.calculus, context.field("potential"), mobility_law(context, species)
        speed = context.constant(velocity / context.scaling.velocity)
        inside = context.indicator([self._higher(context.setting, species)])
        away, at_face = kept(context, f"interface {self.interface}", self._places)

        def factor(i: int, j: int) -> Expr:
            warmth = context.edge_warmth(i, j)
            theta = 1.0 if warmth is None else warmth
            ahead, back = bernoulli_pair(c.delta(psi, i, j) / theta)  # of u_j and u_i for electrons
            first, second = (back, ahead) if species == "electron" else (ahead, back)
            x = abs(c.delta(away, i, j)) + _ALONG * c.length(i, j)
            here, there = c.at(at_face, i), c.at(at_face, j)
            share = here * (1 - there) * first + there * (1 - here) * second
            return 1 / (1 + inside * law(warmth) * theta * share / (speed * x))

        return factor

    def _velocity(self, carrier: str) -> float | None:
        return self.electron_velocity if carrier == "electron" else self.hole_velocity

    def _higher(self, setting: Setting, carrier: str) -> str:
        """Return the region whose band is higher for a carrier."""
        first, second = interface_regions(setting.mesh, self.interface)
        ratios = [setting.bands.ratio(carrier, setting.materials[r]) for r in (first, second)]
        if np.isclose(ratios[0], ratios[1], rtol=1e-9, atol=0):
            raise IncompatibleError(
                f"{self.title}: the bands of {first!r} and {second!r} have no offset for {carrier}s; leave "
                f"{carrier}_velocity out."
            )
        return first if ratios[0] < ratios[1] else second

    def _places(self, context: Context) -> tuple[Any, Any]:
        """Return the distance of the nodes from the interface [L0], and 1 at its nodes, else 0."""
        from dolfinx import fem as dfem

        mesh = context.setting.mesh
        to_cell = mesh.mesh.topology.connectivity(mesh.dim - 1, mesh.dim)
        to_facet = mesh.mesh.topology.connectivity(mesh.dim, mesh.dim - 1)
        pairs = []
        for facet in mesh.facets(self.interface):
            cell = int(to_cell.links(int(facet))[0])
            pairs.append((cell, int(np.flatnonzero(to_facet.links(cell) == facet)[0])))
        at_face = dfem.Function(context.scalar_space)
        at_face.x.array[facet_nodes(context, self.interface)] = 1.0
        return distance_from(context, np.array(pairs, dtype=np.int32).reshape(-1, 2)), at_face
