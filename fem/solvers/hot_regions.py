"""Which regions are hotter in a state than they can be without decomposing, and the warning of it."""

from __future__ import annotations

import weakref
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from fem.device.state import State
from fem.errors import warn
from fem.forms.nodes import IntArray, closure_nodes
from fem.forms.setting import DECOMPOSITION
from fem.mesh.kept import kept

if TYPE_CHECKING:
    from fem.device.device import Device


class _Limits:
    """The regions that have a decomposition temperature [K], with these and the nodes of each on this rank."""

    def __init__(self, device: Device) -> None:
        owner: Device = weakref.proxy(device)  # the device keeps this, not the other way
        setting = owner.setting
        self.limits = {
            region: float(setting.materials[region].si("decomposition_temperature"))
            for region in setting.mesh.regions
            if owner.context.has_temperature and setting.materials[region].has("decomposition_temperature")
        }
        self.nodes: dict[str, IntArray] = {r: closure_nodes(owner.context, (r,)) for r in self.limits}


def too_hot(state: State) -> dict[str, float]:
    """Return the highest temperature [K] by region, of those above their decomposition temperature; collective.

    Only a temperature that is an unknown of the device counts.
    """
    from mpi4py import MPI

    known = kept(state.device, "limits of decomposition", _Limits)
    if not known.limits:
        return {}
    warmth = state.temperature()
    here = np.array([warmth[nodes].max(initial=0.0) for nodes in known.nodes.values()])
    highest = np.empty_like(here)
    state.device.mesh.comm.Allreduce(here, highest, MPI.MAX)
    found = zip(known.limits.items(), highest, strict=True)
    return {region: float(t) for (region, limit), t in found if t > limit}


def warn_of_decomposition(state: State, warned: Collection[str], *, timed: bool = False) -> set[str]:
    """Give one ModelWarning of the regions of a state that are too hot, but for those ``warned`` of; collective.

    ``timed``: whether the state has a time. Returns all that have been warned of now.
    """
    found = {region: t for region, t in too_hot(state).items() if region not in warned}
    device = state.device
    if found and device.mesh.comm.rank == 0:
        where = ", ".join(
            f"region {region!r} is at up to {t:.4g} K, above the "
            f"{device.setting.materials[region].si('decomposition_temperature'):.4g} K at which "
            f"{device.setting.materials[region].name} decomposes"
            for region, t in found.items()
        )
        since = f"from {state.time:.4g} s on, " if timed else ""
        follows = DECOMPOSITION in device.context.names
        warn(
            f"{since}{where}. "
            + (
                "What is decomposed by then no longer conducts; this is said once in a run."
                if follows
                else "What follows is of a film that stays what it is; Decomposition() ends its conductivity. This "
                "is said once in a run."
            )
        )
    return {*warned, *found}
