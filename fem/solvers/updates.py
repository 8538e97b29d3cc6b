"""How Newton's updates are limited, how large they are, and when they are small enough.

Every density stays positive and below its site density. An update of ions counts as it was before it was
limited: what was cut off would be missing in their content. (Carriers that are all but absent are cut again
and again, by round-off.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.forms.setting import TEMPERATURE
from fem.forms.shared_sites import leave_room
from fem.forms.vacant_sites import VacantSites, follow, vacant_sites

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.forms.context import Context
    from fem.solvers.options import NewtonOptions

Array = npt.NDArray[np.float64]
_KEEP = 1e-3  # a density keeps at least this part of its old value in one iteration
_WARMER = 0.3  # the temperature changes by at most this part of itself in one iteration
_ABSENT = 1e-22  # of the largest density of any species: less than that takes part in nothing
_PATIENCE = 6  # iterations over which updates jump about
_CLOSE = 0.1  # an update below which convergence is taken for quadratic
_SURE = 1e-2  # of the tolerance: a predicted update that is not made
_SMALL = 1e-2  # what they stay below then
_ALONE = 1.0  # of the tolerance: updates of all but the carriers, which then stand alone
_ALONE_FOR = 3  # iterations
_NEAR = 5e-2  # an update after which an old Jacobian takes Newton's method as far as it needs


class Updates:
    """Limits and measures the updates of one nonlinear problem."""

    def __init__(self, device: Device, options: NewtonOptions) -> None:
        self.context, self.options = device.context, options
        self.comm = device.mesh.comm
        fields = self.context.fields
        rest = self.context.block_size - len(fields)
        floors = [options.ion_floor if f.ionic else options.floor for f in fields[1:]]
        self._floors = np.array([1.0] + floors + [1.0] * rest)
        self.sites: list[VacantSites] = vacant_sites(self.context)
        self._ionic = np.array([f.ionic for f in fields] + [False] * rest)
        self._others = np.array([k for k, f in enumerate(fields) if not f.density])
        self._temperature = self.context.index(TEMPERATURE) if self.context.has_temperature else None
        self._made: Array = np.empty(0)
        self.old_jacobian = False  #: whether the last update was made with that of an earlier iteration
        self._alone = 0  # iterations in which carriers alone moved
        self._kept_back: Array = np.empty(0)  # of the last update of ions: what limiting has taken off
        self._missing = 0.0  # the largest of it, scaled
        self._ratios = _node_ratios(self.context)
        self.largest: list[float] = []  #: of each iteration of this solve
        self.by_field: dict[str, float] = {}  #: the last of each field

    def begin(self) -> None:
        """Take note that a solve begins."""
        self.largest, self.by_field, self._alone = [], {}, 0
        follow(self.context)

    @np.errstate(invalid="ignore")  # of a step that leads out of numbers, which Newton's method tells
    def limit(self, x: Any, y: Any) -> bool:
        """Shorten the step y (x_new = x - y) where a density would leave (0, upper bound)."""
        from mpi4py import MPI

        bs = self.context.block_size
        old = x.array_r.reshape(-1, bs)
        step = y.array.reshape(-1, bs)  # a writable view
        wanted = step.copy()
        step[:, 1:] = np.minimum(step[:, 1:], (1 - _KEEP) * old[:, 1:])
        step[:, self._others] = wanted[:, self._others]
        if self._temperature is not None:
            room = _WARMER * (1 + old[:, self._temperature])
            step[:, self._temperature] = np.clip(wanted[:, self._temperature], -room, room)
        for sites in self.sites:
            k = sites.column
            moved = step[:, k].copy()
            sites.move(old[:, k], moved)
            step[:, k] = moved
            sites.scatter()
        leave_room(self.context, old, step)
        self._kept_back = np.abs(np.where(self._ionic, wanted - step, 0.0))
        self._made = np.abs(np.where(self._ionic, wanted, step))
        return bool(self.comm.allreduce(bool((step != wanted).any()), MPI.LOR))

    def sizes(self, value: Array) -> Array:
        """Return what an update of each unknown of this rank is measured by, shape (nodes, unknowns)."""
        found = np.abs(value)
        found[:, self._others] = 0.0
        ratios = self._ratios[: len(found)]
        top = found.max(axis=0, initial=0.0)
        densest = self._densest(found * ratios)
        if self.comm.size > 1:
            top, densest = self._largest(np.append(top, densest))
        np.maximum(found, np.maximum(self._floors * top, (_ABSENT * densest) / ratios), out=found)
        found[:, self._others] = 1.0
        for sites in self.sites:
            k = sites.column
            if not self._ionic[k]:
                continue  # of an all but full trap level the empty part is round-off
            vacant = sites.bound * np.maximum(sites.share(value[:, k]), self.options.ion_floor)
            found[:, k] = np.minimum(found[:, k], vacant)
        found[found == 0.0] = 1.0
        return found

    def _densest(self, found: Array) -> float:
        """Return the largest density of this rank [N0]: of degenerate carriers, no more than their density of states.

        Their unknowns grow as the exponential of a level, and would hide what is rare.
        """
        bands, n0 = self.context.setting.bands, self.context.scaling.density
        if not bands.classical:
            for name in {"electron", "hole"} & set(self.context.names):
                states = max(bands.own_states(name, m) for m in bands.semiconductors) / n0
                k = self.context.index(name)
                found[:, k] = np.minimum(found[:, k], states)
        return float(found[:, 1:].max(initial=0.0))

    def _largest(self, values: Array) -> tuple[Array, float]:
        """Return the largest of all ranks, the last one by itself."""
        from mpi4py import MPI

        found = np.empty_like(values)
        self.comm.Allreduce(values, found, MPI.MAX)
        return found[:-1], float(found[-1])

    def measure(self, value: Array) -> float:
        """Return the largest scaled update of the last iteration, before it was limited."""
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            sizes = self.sizes(value)
            relative = np.where(self._made == 0, 0.0, self._made / sizes)
            missing = float((self._kept_back / sizes).max(initial=0.0))
        worst, self._missing = self._largest(np.append(relative.max(axis=0, initial=0.0), missing))
        self.by_field = {name: float(worst[k]) for k, name in enumerate(self.context.names)}
        self.largest.append(max(self.by_field.values()))
        others = [size for name, size in self.by_field.items() if name not in ("electron", "hole")]
        self._alone = self._alone + 1 if max(others) < _ALONE * self.options.tolerance else 0
        return self.largest[-1]

    @property
    def near(self) -> bool:
        """Whether the unknowns are so near that another iteration does with the Jacobian of the last one."""
        return bool(self.largest) and self.largest[-1] < _NEAR and self.largest[-1] == min(self.largest)

    @property
    def stalled(self) -> bool:
        """Whether a small update no longer falls: it is round-off.

        In a device with a part that is all but cut off, its level is known to few digits, and the updates jump
        about; after many iterations that counts as well. It counts soon where they move nothing: carriers so few
        that the potential and all other unknowns have come to rest without them.
        """
        if len(self.largest) < 2:
            return False
        before, last = self.largest[-2:]
        if last < self.options.tolerance:
            return False
        if self.options.round_off > last > 0.3 * before:
            return True
        if self._alone >= _ALONE_FOR and last < _SMALL:
            return True
        recent, earlier = self.largest[-_PATIENCE:], self.largest[:-_PATIENCE]
        if len(earlier) < _PATIENCE or last > 10 * self.options.round_off:
            return False
        return max(recent) < _SMALL and min(recent) > 0.1 * min(earlier)

    def needs_no_proof(self, linear: float) -> bool:
        """Whether the next update is sure to be far below the tolerance, so that it need not be made.

        Newton's updates fall as C u^2, here with the C of the last two; with an old Jacobian by one factor;
        ``linear`` of an update is left by the linear solver, and what ions were kept from will follow. The prediction
        is taken ten times too large, a hundred times for the ions, a thousand times where it is that of C, which is
        known roughly: with a hundred, currents of a loop lacked 2e-12 of the largest to balance. It may be no more than
        a small part of the whole update of this solve.
        """
        if len(self.largest) < 2 or not 0 < self.largest[-2] <= _CLOSE:
            return False
        before, last = self.largest[-2:]
        fall = last / before
        bent = last * (fall if self.old_jacobian else 100 * fall**2)
        predicted = 10 * max(bent, last * linear, 10 * self._missing)
        return bool(predicted < _SURE * self.options.tolerance * min(1.0, 1e3 * max(self.largest)))


def _node_ratios(context: Context) -> Array:
    """Return density over unknown at this rank's nodes, that of the densest region; shape (nodes, unknowns)."""
    setting, space = context.setting, context.scalar_space
    index_map = space.dofmap.index_map
    found = np.ones((index_map.size_local + index_map.num_ghosts, context.block_size))
    for name in ("electron", "hole"):
        if name not in context.names:
            continue
        column = np.zeros(len(found))
        for region in setting.of_kind("semiconductor"):
            nodes = np.unique(space.dofmap.list[setting.mesh.cells(region)])
            ratio = setting.bands.ratio(name, setting.materials[region])
            column[nodes] = np.maximum(column[nodes], ratio)
        found[:, context.index(name)] = np.where(column > 0, column, 1.0)
    return found
