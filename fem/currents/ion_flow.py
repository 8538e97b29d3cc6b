"""Ions that cross the contacts of a device, counted on their facets from the terms that let them pass."""

from __future__ import annotations

from fem.constants import ELEMENTARY_CHARGE
from fem.currents.terminal import current_scale
from fem.device.state import State
from fem.errors import UnknownNameError
from fem.forms.compilation import compiled
from fem.physics.ions.electrode_reaction import ElectrodeReaction


def ion_flow(state: State, contact: str, ion: str) -> float:
    """Return how many ions per second enter the film at a contact by its ``ElectrodeReaction``.

    [1/s], or 1/(m s), 1/(m^2 s) where the mesh lacks the rest. Raises UnknownNameError where there is none.
    """
    from dolfinx import fem as dfem

    device = state.device
    known = {
        (t.contact, t.ion): (k, t) for k, t in enumerate(device.acting) if isinstance(t, ElectrodeReaction)
    }
    if (contact, ion) not in known:
        names = [f"{i} at {c}" for c, i in known]
        raise UnknownNameError("electrode reaction", f"{ion} at {contact}", names)
    context = device.context
    number, term = known[contact, ion]
    radius, measure = device.surfaces.of_face(context, number)
    form = compiled(term.inflow(context) * radius * measure)
    kept = context.unknown.x.array.copy()
    context.unknown.x.array[:] = state.values.ravel()
    try:
        found = float(device.mesh.comm.allreduce(dfem.assemble_scalar(form)))
    finally:
        context.unknown.x.array[:] = kept
    return found * current_scale(device) / ELEMENTARY_CHARGE
