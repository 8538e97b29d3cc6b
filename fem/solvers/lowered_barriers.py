"""Where the image force would take off more of a barrier than bands bend, and the warning of it.

Its laws are of a field that is uniform over the way to the top of the barrier (``fem.physics.carriers.image_force``).
"""

from __future__ import annotations

from math import pi, sqrt

import numpy as np

from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.contacts import SchottkyContact
from fem.device.electrodes import Electrode
from fem.device.schottky import way_from
from fem.device.state import State
from fem.errors import warn
from fem.forms.bands import CARRIERS
from fem.forms.nodes import closure_nodes
from fem.mesh.kept import kept

_LITTLE = 0.5  # kT: less taken off is of no matter


def warn_of_lowered_barriers(state: State) -> State:
    """Return the state; warn, once for a contact, where a barrier is lowered by more than it has. Collective."""
    device = state.device
    told: set[str] = kept(device, "lowered barriers", lambda _: set())
    for electrode in device.electrodes:
        contact = electrode.contact
        if (
            isinstance(contact, SchottkyContact)
            and contact.image_force_permittivity
            and electrode.name not in told
        ):
            permittivity = contact.image_force_permittivity * VACUUM_PERMITTIVITY
            for carrier in (c for c in CARRIERS if c in device.context.names):
                field, bending = _pull(state, electrode, -CARRIERS[carrier])
                lowering = sqrt(ELEMENTARY_CHARGE * max(field, 0.0) / (4 * pi * permittivity))
                if lowering > max(bending, _LITTLE * thermal_voltage(device.temperature)):
                    told.add(electrode.name)
                    _warn(state, electrode, carrier, lowering, max(bending, 0.0))
    return state


def _pull(state: State, electrode: Electrode, sign: int) -> tuple[float, float]:
    """Return the largest field at a contact that pulls a carrier out [V/m], and how far its band falls from there [V].

    ``sign``: 1 for electrons, -1 for holes. Collective.
    """
    from mpi4py import MPI

    context = state.device.context
    distance = way_from(context, electrode)[0].x.array * context.scaling.length
    potential = sign * state.potential()
    nodes = context.scalar_space.dofmap.list[electrode.surface[:, 0]]
    own = distance[nodes] <= 1e-9 * distance[nodes].max(axis=1, keepdims=True)
    metal = np.where(own, potential[nodes], -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    rise = np.where(own, -np.inf, (potential[nodes] - metal) / np.where(own, 1.0, distance[nodes]))
    inner = potential[closure_nodes(context, electrode.regions)].max(initial=-np.inf)
    here = np.array([rise.max(initial=-np.inf), metal.max(initial=-np.inf), inner])
    there = np.empty_like(here)
    state.device.mesh.comm.Allreduce(here, there, MPI.MAX)
    return float(there[0]), float(there[2] - there[1])


def _warn(state: State, electrode: Electrode, carrier: str, lowering: float, bending: float) -> None:
    if state.device.mesh.comm.rank == 0:
        warn(
            f"the image force takes {1e3 * lowering:.3g} meV off the barrier of {carrier}s at contact "
            f"{electrode.name!r}, where their band falls by {1e3 * bending:.3g} meV only: dopants, ions or the film's "
            "end stop the field before the barrier has its top, and the current there is too large, at most by "
            f"exp({lowering / thermal_voltage(state.device.temperature):.2g}). Compare with one without "
            "image_force_permittivity."
        )
