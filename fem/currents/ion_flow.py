"""Ions that cross the contacts of a device, counted on their facets from the terms that let them pass."""

from __future__ import annotations

from typing import Any

from fem.constants import ELEMENTARY_CHARGE
from fem.currents.terminal import current_scale
from fem.device.loading import loaded
from fem.device.state import State
from fem.errors import UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import instance
from fem.forms.compilation import compiled
from fem.mesh.ranks import collective


@checked(state=instance(State))
@collective("ion_flow", "contact", "ion")
def ion_flow(state: State, contact: str, ion: str) -> float:
    """Return how many ions per second enter the film at a contact by ``ElectrodeReaction`` or ``IonExchange``.

    [1/s], or 1/(m s), 1/(m^2 s) where the mesh lacks the rest; of a state with frozen ions that at which they would
    begin to. Raises UnknownNameError where there is none.
    """
    from dolfinx import fem as dfem

    device, context = state.device, state.device.context
    known: dict[tuple[str, str], Any] = {}
    for term in context.terms:
        for face, form in term.inflows(context).items():
            known[face] = known[face] + form if face in known else form
    if (contact, ion) not in known:
        raise UnknownNameError("flow of ions", f"{ion} at {contact}", [f"{i} at {c}" for c, i in known])
    form = compiled(known[contact, ion])
    with loaded(state, frozen_ions=False):
        found = float(device.mesh.comm.allreduce(dfem.assemble_scalar(form)))
    return found * current_scale(device) / ELEMENTARY_CHARGE
