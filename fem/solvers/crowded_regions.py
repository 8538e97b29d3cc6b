"""Which regions hold more carriers in a state than any solid could, and the warning of it.

A solid has some 5e28 atoms per m^3 (silicon 5.0e28; C. Kittel, Introduction to Solid State Physics, 2005, ch. 1), and
Boltzmann's statistics end at the density of states, a thousand times below. Contacts have a limit of their own.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np

from fem.device.state import State
from fem.errors import warn
from fem.forms.nodes import IntArray, closure_nodes
from fem.mesh.kept import kept

if TYPE_CHECKING:
    from fem.device.device import Device

_MOST = 1e28  # [1/m^3]: a carrier for every fifth atom


class _Places:
    """The nodes of each semiconductor region on this rank that are at no contact."""

    def __init__(self, device: Device) -> None:
        owner: Device = weakref.proxy(device)  # the device keeps this, not the other way
        context = owner.context
        self.carriers = [f for f in context.fields if f.name in ("electron", "hole")]
        regions = dict.fromkeys(region for f in self.carriers for region in f.regions)
        held = np.concatenate([e.nodes for e in owner.electrodes])
        self.nodes: dict[str, IntArray] = {
            r: np.setdiff1d(closure_nodes(context, (r,)), held).astype(np.int32) for r in regions
        }


def crowded(state: State) -> dict[tuple[str, str], float]:
    """Return the highest density [1/m^3] by carrier and region, of those above that of any solid; collective."""
    from mpi4py import MPI

    places = kept(state.device, "places of carriers", _Places)
    keys = [(f.name, region) for f in places.carriers for region in f.regions]
    here = np.array(
        [state.density_at(places.nodes[r], name, r).max(initial=0.0) for name, r in keys], dtype=np.float64
    )
    highest = np.empty_like(here)
    state.device.mesh.comm.Allreduce(here, highest, MPI.MAX)
    return {key: float(n) for key, n in zip(keys, highest, strict=True) if n > _MOST}


def warn_of_crowding(state: State) -> None:
    """Give one ModelWarning of the carriers of a state that are more than a solid holds; collective."""
    found = crowded(state)
    if found and state.device.mesh.comm.rank == 0:
        where = ", ".join(
            f"{n:.3g} {name}s per m^3 in region {region!r}" for (name, region), n in found.items()
        )
        warn(
            f"up to {where}: a solid has some 5e28 atoms per m^3. Bias, light or what is left of the recombination "
            "is beyond what this model, with Boltzmann's statistics, describes."
        )
