r"""An insulating layer of nanometres between a contact and a film, which carriers cross in the ways that are given.

The layer is drawn and has its Poisson equation, so that the voltage across it is part of the solution; carriers have no
density in it. They leave the film at its face and enter the contact in front of that point (``fem.forms.face_pairs``),
driven by the film's quasi-Fermi levels there and the Fermi level of the contact: so many per area and time as the
``crossings`` say, which add up. It takes no time and leaves no charge in the layer. Ions stop at the layer, unless its
material has data of them.

What crosses falls from the one Fermi level to the other, and gives off what it falls by as heat where it arrives: at
the contact if it leaves the film, at the film's face if it enters. It crosses with the heat Q that carriers of the face
take along (``thermoelectric``), and gives that off at the contact, where it counts as 0, or takes it up there. The
displacement current in the layer is that of Poisson's equation, so that the currents of all contacts add up to zero.
Unknowns: none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import numpy as np
import ufl

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, UnknownNameError, warn
from fem.errors.checking import Kind, between, each, protocol
from fem.forms.bands import CARRIERS
from fem.forms.context import Context
from fem.forms.edge_data import HEAD, TAIL
from fem.forms.edge_flux import Expr
from fem.forms.face_pairs import FacePairs
from fem.forms.faces import interface
from fem.forms.setting import Field, Setting
from fem.physics.carriers.barrier import Barrier, MetalBarrier
from fem.physics.carriers.crossings import BarrierTunnelling, Crossing, Flux, TrapAssistedTunnelling
from fem.physics.carriers.thermoelectric import carried_heat
from fem.physics.term import CARRIERS_CONDUCT, Composition, Term

_THICKEST = 20e-9  # [m], through which so little tunnels that another path is more likely


@dataclass(frozen=True)
class Interlayer(Term):
    """What crosses the insulator ``across`` between a ``contact`` and the semiconductor ``into``.

    ``contact``: one that touches ``across``: a GateContact, say, or a FloatingGate. ``into`` may be the metal of
    another contact or floating gate, from which electrons tunnel or leak. ``crossings``: BarrierTunnelling,
    TrapAssistedTunnelling, InterlayerLeakage, BarrierLaw. ``sheet_charge`` [C/m^2]: fixed on the face of film and
    insulator; charge that is trapped there and comes and goes is that of ``InterfaceTraps``.

    Raises UnknownNameError or IncompatibleError.
    """

    _: KW_ONLY
    contact: str
    across: str
    into: str
    crossings: tuple[Crossing, ...] = (BarrierTunnelling(),)
    sheet_charge: float = 0.0

    needs_charge: ClassVar[str] = CARRIERS_CONDUCT
    kinds: ClassVar[Mapping[str, Kind]] = {
        "crossings": each(protocol("flux", "needs", say="BarrierTunnelling()")),
        "sheet_charge": between(-10.0, 10.0, "C/m^2"),
    }

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"the interlayer {self.across!r} between {self.contact!r} and {self.into!r}"

    @property
    def supplies(self) -> tuple[str, ...]:
        """The regions that get carriers through it."""
        return (self.into,) if self.crossings else ()

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises if the mesh has no such regions, or these do not lie side by side."""
        mesh, materials = setting.mesh, setting.materials
        for region in (self.across, self.into):
            mesh.require("region", region)
            if (materials[region].kind == "insulator") != (region == self.across):
                raise IncompatibleError(
                    f"{self.title}: {region!r} is of a {materials[region].kind}; an insulator lies between a contact "
                    "and a semiconductor, or a metal."
                )
        self._face(setting)
        if self._tunnelling and any(
            datum is not None and datum.si(setting.temperature) > 0
            for datum in (materials[self.across].donor_density, materials[self.across].acceptor_density)
        ):
            raise IncompatibleError(
                f"{self.title}: {materials[self.across].name} is doped, and a barrier that charge bends is not covered."
            )
        return ()

    def check(self, whole: Composition) -> None:
        """Raise unless the contact touches the insulator, which has the data of all crossings."""
        if self.contact not in whole.contacts:
            raise UnknownNameError("contact", self.contact, whole.contacts)
        if self.across not in whole.touching[self.contact]:
            raise IncompatibleError(f"{self.title}: {self.contact!r} does not touch {self.across!r}.")
        carriers = [c for c in CARRIERS if c in whole.names]
        if self._on_metal(whole.setting):
            carriers = ["electron"]
        if not carriers:
            raise IncompatibleError(f"{self.title} needs Carriers().")
        insulator = whole.setting.materials[self.across]
        for crossing in self.crossings:
            for carrier in carriers:
                for name in crossing.needs(carrier):
                    insulator.require(
                        name, f"{type(crossing).__name__} of {carrier}s through {self.across!r}"
                    )
        for other in whole.others(self):
            if (other.contact, other.across, other.into) == (self.contact, self.across, self.into):
                raise IncompatibleError(f"{self.title} is given twice; give all its crossings to one.")
        self._warn_of_ions(whole)

    def _warn_of_ions(self, whole: Composition) -> None:
        inside = [name for name, field in whole.ions.items() if self.across in field.regions]
        if inside and self._tunnelling and whole.setting.mesh.comm.rank == 0:
            warn(
                f"{self.title}: {inside[0]} moves in it, and its barrier is taken as straight between both faces, "
                "as if there was no charge."
            )

    @property
    def _tunnelling(self) -> bool:
        return any(isinstance(c, BarrierTunnelling | TrapAssistedTunnelling) for c in self.crossings)

    def charge_form(self, context: Context, v: Expr) -> Expr:
        """Return the form of the fixed charge on the face."""
        if self.sheet_charge == 0.0:
            return 0
        scaling = context.scaling
        density = self.sheet_charge / (ELEMENTARY_CHARGE * scaling.density * scaling.length)
        return interface(context, self._face(context.setting)).lump(context.constant(density), v)

    def equilibrium_charge_form(self, context: Context, potential: Expr, v: Expr) -> Expr:
        """Return the same: it does not depend on the potential."""
        return self.charge_form(context, v)

    def residual(self, context: Context) -> Expr:
        """Return what leaves the film, in the continuity equations."""
        at, form = context.calculus.at, 0
        if self._on_metal(context.setting):
            return 0
        for barrier, flux in self._fluxes(context):
            test = at(context.test(barrier.carrier), TAIL)
            form += self._integral(context, context.row_scale(barrier.carrier) * flux.value, test, flux)
        return form

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return the current of each carrier from the film to the contact."""
        found: dict[str, Any] = {}
        fall = -context.calculus.delta(weight, TAIL, HEAD)
        for barrier, flux in self._fluxes(context):
            form = self._integral(context, CARRIERS[barrier.carrier] * flux.value, fall, flux)
            found[barrier.carrier] = found.get(barrier.carrier, 0) + form
        return found

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return what carriers fall by between the Fermi levels, where they arrive, and what they take along."""
        form: Any = 0
        carried: Any = 0
        at = context.calculus.at
        for barrier, flux in self._fluxes(context):
            heat = ufl.max_value(flux.value * barrier.fall, 0.0)  # below 0 by round-off only
            arrives = ufl.conditional(ufl.gt(barrier.fall, 0.0), at(v, HEAD), at(v, TAIL))
            form += self._integral(context, heat, arrives, flux)
            taken = flux.value * carried_heat(context, barrier.carrier, TAIL)  # type: ignore[arg-type]
            carried += self._integral(context, taken, context.calculus.delta(v, TAIL, HEAD), flux)
        return {"interlayers": form, "thermoelectric": carried} if self.crossings else {}

    def _integral(self, context: Context, density: Expr, v: Expr, flux: Flux) -> Expr:
        pairs = self._pairs(context)
        return pairs.between(context, density, v, points=flux.points, parts=flux.parts)

    def _fluxes(self, context: Context) -> Iterator[tuple[Barrier, Flux]]:
        """Yield what crosses in each way, with the barrier of the carrier."""
        if self._on_metal(context.setting):
            barriers = {"electron": self._between_metals(context)}
        else:
            barriers = {c: self._barrier(context, c) for c in CARRIERS if c in context.names}
        for crossing in self.crossings:
            for carrier, barrier in barriers.items():
                other = next((b for c, b in barriers.items() if c != carrier), None)
                flux = crossing.flux(barrier, other)
                if flux is not None:
                    yield barrier, flux

    def _barrier(self, context: Context, carrier: str) -> Barrier:
        work, materials = context.electrodes[self.contact].work_function, context.setting.materials
        if work is None:
            raise IncompatibleError(f"{self.title}: the contact {self.contact!r} needs a work_function.")
        pairs = self._pairs(context)
        return Barrier(context, pairs, carrier, materials[self.across], materials[self.into], work)

    def _between_metals(self, context: Context) -> Barrier:
        inside = context.setting.mesh.cells(self.into)
        nodes = context.scalar_space.dofmap.list[inside[:1]].ravel()
        mine = [e.name for e in context.electrodes.values() if nodes.size and np.isin(nodes, e.nodes).all()]
        (owner,) = set().union(*context.setting.mesh.comm.allgather(set(mine)))
        if owner == self.contact:
            raise IncompatibleError(f"{self.title}: {self.into!r} is a part of the contact.")
        plain, own = self._barrier(context, "electron"), context.electrodes[owner].work_function
        return MetalBarrier(
            context, plain.pairs, "electron", plain.across, plain.into, plain.work_function, own=own
        )

    def _on_metal(self, setting: Setting) -> bool:
        return setting.materials[self.into].kind == "metal"

    def _pairs(self, context: Context) -> FacePairs:
        """Return the points of the film's face with the contact in front of each; made once."""
        name = f"{self._face(context.setting)} {self.contact}"
        if name not in context.face_pairs:
            electrode = context.electrodes[self.contact]
            face = self._face(context.setting)
            pairs = FacePairs(context, name, face, self.into, self.across, electrode)
            context.face_pairs[name] = pairs
            self._warn_of_thickness(context, pairs.longest * context.scaling.length)
        found: FacePairs = context.face_pairs[name]
        return found

    def _warn_of_thickness(self, context: Context, thickness: float) -> None:
        if thickness > _THICKEST * (1 + 1e-6) and self._tunnelling and context.setting.mesh.comm.rank == 0:
            warn(
                f"{self.title} is {thickness * 1e9:.3g} nm thick: above 20 nm next to nothing tunnels, and what is "
                "measured has found another way."
            )

    def _face(self, setting: Setting) -> str:
        """Return the name of the interface of film and insulator."""
        for name in (f"{self.into}|{self.across}", f"{self.across}|{self.into}"):
            if name in setting.mesh.interfaces:
                return name
        return setting.mesh.require("interface", f"{self.into}|{self.across}")
