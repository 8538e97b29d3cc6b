r"""Charging of a floating gate: current between it and the face of a semiconductor, or of a metal, across an insulator.

.. math:: j = J(E_n)\,f,\qquad f = \frac{n}{n + N_c}\ \text{for carriers that leave the semiconductor, else } 1

charge per area and time into the gate, at every point of the interface of semiconductor and insulator, with the normal
field :math:`E_n` of the insulator there (positive towards the gate) and J of ``tunnel_laws``. These take
an electrode full of electrons; f is the Fermi-Dirac occupancy of the band's edge that goes with the density n
there, :math:`1/(1+e^{(E_c-E_F)/kT})` with :math:`n = N_ce^{(E_F-E_c)/kT}` (:math:`p`, :math:`N_v` for holes): 1 under
strong accumulation or inversion, and nothing leaves an empty band. The gate is full.

What crosses is taken from the continuity equation at the interface and put on the gate by one integral, so that the
terminal currents still add up to zero. It takes no time, does not spread sideways, leaves no charge in the
insulator and gives off no heat; the driving force is the field, not the Fermi levels (which ``Interlayer`` has): a gate
stops to discharge where its field is zero. Ambient temperature. Lumped at the nodes of the interface; unknowns: none.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

import ufl

from fem.contacts import FloatingGate, resistivities
from fem.errors import IncompatibleError, UnknownNameError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import Face, interface
from fem.forms.setting import Field, Setting
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.carriers.tunnel_laws import Operations, TunnelLaw
from fem.physics.term import Composition, Term

_SIGN = {"electron": -1, "hole": 1}


@dataclass(frozen=True)
class Tunnelling(Term):
    """Current of one ``carrier`` between a floating ``gate`` and the region ``into``, ``across`` an insulator.

    ``gate``: the name of a FloatingGate. ``into``: a semiconductor, whose carriers are taken and given, or the metal
    of a contact or of another floating gate. ``across``: the insulator between. ``law``: FowlerNordheim,
    DirectTunnelling, OhmicLeakage, PooleFrenkel or another TunnelLaw. In a steady state it flows while the gate's
    charge stays: what is missing in the sum of the other contacts is the current of the gate.

    Raises UnknownNameError or IncompatibleError.
    """

    _: KW_ONLY
    gate: str
    across: str
    into: str
    carrier: str
    law: TunnelLaw

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.carrier not in _SIGN:
            raise UnknownNameError("carrier", str(self.carrier), _SIGN)
        if not isinstance(self.law, TunnelLaw):
            raise IncompatibleError(f"law of {self.title} is {self.law!r}, which has no current_density.")

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the tunnelling between {self.into!r} and {self.gate!r}"

    @property
    def supplies(self) -> tuple[str, ...]:
        """The region into which the charge of the gate goes."""
        return (self.into,)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises if the mesh has no such regions, or these do not lie side by side."""
        mesh, materials = setting.mesh, setting.materials
        for region in (self.gate, self.across, self.into):
            mesh.require("region", region)
        if materials[self.across].kind != "insulator":
            raise IncompatibleError(
                f"{self.title} is across {self.across!r}, which is no insulator but a {materials[self.across].kind}."
            )
        if materials[self.into].kind == "insulator":
            raise IncompatibleError(
                f"{self.title}: {self.into!r} is an insulator and holds no {self.carrier}s."
            )
        self._interface(mesh)
        if not any(_side_by_side(mesh, self.across, m) for m in _gate_metals(setting, self.gate)):
            raise IncompatibleError(f"{self.title}: {self.across!r} does not touch the gate {self.gate!r}.")
        return ()

    def check(self, whole: Composition) -> None:
        """Raise unless the gate floats, the carrier is an unknown, and no contact has a resistance of its own.

        What enters the gate has no place in the film at which a contact's drop would be.
        """
        setting = whole.setting
        floating = {n: c for n, c in whole.contacts.items() if isinstance(c, FloatingGate)}
        if self.gate not in floating:
            raise UnknownNameError("floating gate", self.gate, floating)
        if self.into in _gate_metals(setting, self.gate):
            raise IncompatibleError(f"{self.title}: {self.into!r} is a part of the gate.")
        for contact in resistivities(whole.contacts):
            raise IncompatibleError(
                f"contact {contact!r} has a contact_resistivity, which cannot be beside {self.title}; put the "
                "resistance into its Circuit."
            )
        if self._has_carriers(setting) and self.carrier not in whole.names:
            raise IncompatibleError(f"{self.title} needs Carriers() with {self.carrier}s.")

    def residual(self, context: Context) -> Expr:
        """Return the carriers that leave the semiconductor, in their continuity equation."""
        if not self._has_carriers(context.setting):
            return 0
        scale, (face, current) = context.row_scale(self.carrier), self._current(context)
        return _SIGN[self.carrier] * face.lump(current * scale, context.test(self.carrier))

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the current of the carrier from the interface to the gate."""
        face, current = self._current(context)
        return {self.carrier: face.lump(current, weight - context.weight_on(self.gate))}

    def _current(self, context: Context) -> tuple[Face, Expr]:
        """Return the face of ``into`` and ``across``, and the charge that enters the gate there, j [J0]."""
        face = interface(context, self._interface(context.setting.mesh))
        scaling = context.scaling
        unit = context.constant(scaling.potential / scaling.length)
        operations = Operations(ufl.exp, ufl.sqrt, ufl.sign, ufl.max_value, ufl.min_value, context.constant)
        field = self.normal_field(context)
        density = self.law.current_density(unit * field, context.setting.temperature, operations)
        density = density / context.constant(scaling.current_density)
        if not self._has_carriers(context.setting):
            return face, density
        leaves = ufl.gt(_SIGN[self.carrier] * field, 0)
        return face, density * ufl.conditional(leaves, self._occupancy(context), 1.0)

    def normal_field(self, context: Context) -> Expr:
        """Return the field of the insulator at the interface [kT/qL0], positive towards the gate."""
        normal = ufl.FacetNormal(context.setting.mesh.mesh)
        slope, inside = ufl.grad(context.linear_potential()), context.indicator([self.across])
        return sum(
            -inside(here) * ufl.dot(slope(here), normal(there)) for here, there in (("+", "-"), ("-", "+"))
        )

    def _occupancy(self, context: Context) -> Expr:
        """Return n/(n + N_c) of the semiconductor at the interface, or p/(p + N_v)."""
        setting, k = context.setting, 2 if self.carrier == "electron" else 3
        states = setting.bands.levels(setting.materials[self.into])[k] / context.scaling.density
        ratio, inside = context.ratio(self.carrier)(), context.indicator([self.into])
        own = inside("+") * ratio("+") + inside("-") * ratio("-")
        density = own * context.field(self.carrier)("+")
        return density / (density + context.constant(states))

    def _has_carriers(self, setting: Setting) -> bool:
        return setting.materials[self.into].kind == "semiconductor"

    def _interface(self, mesh: DeviceMesh) -> str:
        """Return the name of the interface of ``into`` and ``across``."""
        for name in (f"{self.into}|{self.across}", f"{self.across}|{self.into}"):
            if name in mesh.interfaces:
                return name
        return mesh.require("interface", f"{self.into}|{self.across}")


def _side_by_side(mesh: DeviceMesh, first: str, second: str) -> bool:
    return f"{first}|{second}" in mesh.interfaces or f"{second}|{first}" in mesh.interfaces


def _gate_metals(setting: Setting, gate: str) -> set[str]:
    """Return the metal regions that hang together with a gate's."""
    found, front = {gate}, [gate]
    while front:
        region = front.pop()
        near = {m for m in setting.of_kind("metal") if _side_by_side(setting.mesh, region, m)} - found
        found |= near
        front += near
    return found
