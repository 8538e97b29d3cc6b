r"""Contacts with a resistance per area: a drop of voltage between metal and film that follows the current there.

At each node of the contact the film is at the voltage :math:`V - \delta` of its metal, with

.. math:: \delta\,A_i = \rho_c\,I_i,

the current :math:`I_i` into the film there, displacement included, and the area :math:`A_i` of the node, so that the
current spreads (H. H. Berger, Solid-State Electron. 15, 145, 1972). The unknown :math:`\delta` [kT/q] is none but at
the contact. Its heat, :math:`\delta^2/\rho_c` per area, stays there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from fem.forms.context import Context
from fem.forms.faces import Face, contact_face
from fem.forms.setting import DROP, Field, Setting
from fem.physics.term import Term


@dataclass(frozen=True)
class ContactDrop(Term):
    """The drop at one ``contact`` of ``resistivity`` [ohm m²]; a device adds it by itself."""

    contact: str
    resistivity: float

    heats_contact: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """The name of its unknown."""
        return DROP + self.contact

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the drop."""
        regions = setting.of_kind("semiconductor", "insulator")
        return (Field(name=self.name, charge_number=0, regions=regions, density=False),)

    def residual(self, context: Context) -> Any:
        """Return the equation of the drop."""
        face, v = contact_face(context, self.contact), context.test(self.name)
        own = context.indicator(context.setting.of_kind("semiconductor", "insulator")) * v
        form = face.lump(context.field(self.name), v)
        terms = context.terms[:1] if context.terms[0].neutral else context.terms
        for term in terms:
            for part in term.currents(context, own).values():
                if not isinstance(part, int | float):
                    form -= self._scaled(face) * part
        return form

    def heat(self, context: Context, v: Any) -> dict[str, Any]:
        """Return the heat of the current in the resistance."""
        face = contact_face(context, self.contact)
        return {"contacts": face.lump(context.field(self.name) ** 2 / self._scaled(face), v)}

    def _scaled(self, face: Face) -> Any:
        """Return the resistivity over V_t/J0."""
        scaling = face.context.scaling
        return face.context.constant(self.resistivity * scaling.current_density / scaling.potential)
