"""Whether Boltzmann's statistics are exact enough in a state, and a warning where they are not."""

from __future__ import annotations

import numpy as np

from fem.device.density import sides
from fem.device.device import Device
from fem.device.state import State
from fem.errors import warn
from fem.forms.bands import CARRIERS
from fem.mesh.kept import kept

#: Part of a band's density of states above which Boltzmann's law has 10 % more carriers than Fermi and Dirac's.
DENSE = 0.3


def warn_of_degeneracy(state: State) -> State:
    """Return the state; warn, once for a device, where its carriers are too dense for Boltzmann's law. Collective."""
    device = state.device
    said = kept(device, "told of degeneracy", _untold)
    if device.neutral or said or not device.setting.bands.classical:
        return state
    found = _densest(state)
    if found:
        said.append(found)
        if device.mesh.comm.rank == 0:
            warn(
                f"Boltzmann's statistics are not exact enough where carriers are dense: {found}. Beyond {DENSE:g} of "
                "the density of states they have over 10 % too many at a level; "
                "Carriers(statistics='fermi-dirac') does not."
            )
    return state


def _untold(_device: Device) -> list[str]:
    return []


def _densest(state: State) -> str:
    """Return in words which carriers exceed ``DENSE`` of their states, by region."""
    device, words = state.device, []
    corners = device.context.scalar_space.dofmap.list
    for carrier in (name for name in CARRIERS if name in device.context.names):
        for group in sides(device, carrier):
            for region in group:
                nodes = np.unique(corners[device.mesh.cells(region)])
                top = float(state.density_at(nodes, carrier, region).max(initial=0.0))
                share = _highest(device, top) / device.setting.bands.own_states(
                    carrier, device.setting.materials[region]
                )
                if share > DENSE:
                    band = "N_c" if carrier == "electron" else "N_v"
                    words.append(f"{share:.2g} {band} {carrier}s in {region!r}")
    return ", ".join(words)


def _highest(device: Device, value: float) -> float:
    from mpi4py import MPI

    return float(device.mesh.comm.allreduce(value, op=MPI.MAX))
