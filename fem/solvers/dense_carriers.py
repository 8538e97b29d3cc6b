"""Where a state has more carriers than Boltzmann's statistics, or any solid, have room for, and the warnings of it.

Above 0.3 of a band's density of states Boltzmann's law has 10 % more carriers at a level than Fermi and Dirac's. A
solid has some 5e28 atoms per m^3 (silicon 5.0e28; C. Kittel, Introduction to Solid State Physics, 2005, ch. 1);
contacts have a limit of their own there.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from fem.device.state import State
from fem.errors import warn
from fem.forms.bands import CARRIERS
from fem.forms.nodes import IntArray, closure_nodes
from fem.mesh.kept import kept

if TYPE_CHECKING:
    from fem.device.device import Device

#: Part of a band's density of states above which Boltzmann's law is 10 % off.
DENSE = 0.3
_MOST = 1e28  # [1/m^3]: a carrier for every fifth atom

#: by carrier and region, in 1/m^3
Densities = dict[tuple[str, str], float]


class _Places:
    """The nodes of each semiconductor region on this rank, and those of them that are at no contact."""

    def __init__(self, device: Device) -> None:
        owner: Device = weakref.proxy(device)  # the device keeps this, not the other way
        context = owner.context
        carriers = [f for f in context.fields if f.name in CARRIERS]
        self.keys = [(f.name, region) for f in carriers for region in f.regions]
        held = np.concatenate([e.nodes for e in owner.electrodes])
        self.nodes: dict[str, IntArray] = {r: closure_nodes(context, (r,)) for _, r in self.keys}
        self.inner = {r: np.setdiff1d(nodes, held).astype(np.int32) for r, nodes in self.nodes.items()}
        self.told = False  # of carriers that are too dense for Boltzmann's law


def warn_of_density(state: State) -> State:
    """Return the state; warn, once for a device, where Boltzmann's law is not exact enough for it. Collective."""
    device = state.device
    places = kept(device, "places of carriers", _Places)
    if device.neutral or places.told or not device.setting.bands.classical:
        return state
    bands, materials = device.setting.bands, device.setting.materials
    parts = {
        (name, r): n / bands.own_states(name, materials[r])
        for (name, r), n in _highest(state, places.nodes).items()
    }
    words = [
        f"{part:.2g} {'N_c' if name == 'electron' else 'N_v'} {name}s in {region!r}"
        for (name, region), part in parts.items()
        if part > DENSE
    ]
    if words:
        places.told = True
        _warn(
            device,
            f"Boltzmann's statistics are not exact enough where carriers are dense: {', '.join(words)}. "
            f"Beyond {DENSE:g} of the density of states they have over 10 % too many at a level; "
            "Carriers(statistics='fermi-dirac') does not.",
        )
    return state


def crowded(state: State) -> Densities:
    """Return the highest densities [1/m^3] beside contacts, of those above that of any solid; collective."""
    places = kept(state.device, "places of carriers", _Places)
    return {key: n for key, n in _highest(state, places.inner).items() if n > _MOST}


def warn_of_crowding(state: State) -> None:
    """Give one ModelWarning of the carriers of a state that are more than a solid holds; collective."""
    found = crowded(state)
    if found:
        where = ", ".join(
            f"{n:.3g} {name}s per m^3 in region {region!r}" for (name, region), n in found.items()
        )
        _warn(
            state.device,
            f"up to {where}: a solid has some 5e28 atoms per m^3. Bias, light or what is left of the recombination "
            "is beyond what this model describes.",
        )


def _highest(state: State, nodes: dict[str, Any]) -> Densities:
    """Return the highest density of each carrier at the nodes of each region, on all ranks."""
    from mpi4py import MPI

    keys = kept(state.device, "places of carriers", _Places).keys
    here = np.array(
        [state.density_at(nodes[r], name, r).max(initial=0.0) for name, r in keys], dtype=np.float64
    )
    highest = np.empty_like(here)
    state.device.mesh.comm.Allreduce(here, highest, MPI.MAX)
    return {key: float(n) for key, n in zip(keys, highest, strict=True)}


def _warn(device: Device, text: str) -> None:
    if device.mesh.comm.rank == 0:
        warn(text)
