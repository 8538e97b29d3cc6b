"""Equilibrium levels of an ion species: one for each island of its regions.

Ions cannot leave the region they are blocked in, so unconnected islands (two layers with a blocking layer
between them, the cells of a patterned block) keep their own number of ions and have levels of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.forms.compilation import assembled, compiled
from fem.forms.islands import island_of_nodes
from fem.forms.shared_sites import sharers

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.physics.ions.ions import MobileIons

Array = npt.NDArray[np.float64]
_SWEEPS, _SETTLED = 500, 1e-13  # of ions on the same sites, change of a level [kT]


class IonLevels:
    """The levels of one species while equilibrium is sought, and the forms that tie them to its numbers."""

    def __init__(self, device: Device, term: MobileIons, potential: Any, v: Any) -> None:
        from dolfinx import fem as dfem

        self.term = term
        self.context = device.context
        self._comm = device.mesh.comm
        regions = term.fields(device.setting)[0].regions
        self.nodes, self.count = island_of_nodes(device.context, regions)
        self._cells = np.full(device.mesh.cell_region.size, -1, dtype=np.int64)
        inside = device.mesh.cells(*regions)
        self._cells[inside] = self.nodes[self.context.scalar_space.dofmap.list[inside, 0]]
        self._part = dfem.Function(self.context.piecewise)
        self._owned = self.context.scalar_space.dofmap.index_map.size_local
        self._charge = float(term.species.charge_number)
        self._limit = term.limit(device.setting) / self.context.scaling.density
        self._column = self._response(potential, v)
        self._volumes, self._numbers = self._volumes_and_numbers(v)
        self._crowd: Array = np.zeros(self.nodes.size)  # ln of the other ions' part at each node
        self.means = self._numbers / self._sums(self._volumes)
        self.level = np.log(self.means / (self._limit - self.means))
        self._publish()

    def _response(self, potential: Any, v: Any) -> Any:
        """Return the form of z dP/dc on the chosen island."""
        context, calculus, term = self.context, self.context.calculus, self.term
        part, limit = self._part, term.limit_function(context)

        names = sharers(context, term.name)
        others = [t for t in context.terms if t.keeps_content and t.name in names]

        def slope(i: int) -> Any:
            psi = calculus.at(potential, i)
            density = term.equilibrium_density(context, psi)
            found = context.constant(self._charge) * density * (1 - density / limit)
            for other in others:  # gives way
                part = context.indicator(context.fields[context.index(other.name)].regions)
                crowded = part * other.equilibrium_density(context, psi) * density / limit
                found = found - context.constant(float(other.species.charge_number)) * crowded
            return found

        return compiled(calculus.lump(lambda i: part * slope(i), v))

    def _volumes_and_numbers(self, v: Any) -> tuple[Array, Array]:
        """Return the volume of each owned node inside of the islands, and the given number of ions of each."""
        self._part.x.array[:] = self._cells >= 0
        part, mean = self._part, self.term.mean_function(self.context)
        lump = self.context.calculus.lump
        forms = (lump(lambda _: part, v), lump(lambda _: part * mean, v))
        volumes, numbers = (assembled(compiled(form))[: self._owned] for form in forms)
        return volumes, self._sums(numbers)

    def _sums(self, nodal: Array) -> Array:
        """Return the sums over the nodes of each island."""
        island = np.maximum(self.nodes[: self._owned], 0)
        total: Array = self._comm.allreduce(np.bincount(island, nodal, minlength=self.count))
        return total

    def settle(self, potential: Array) -> None:
        """Set the levels so that each island has its ions at a potential [kT/q] of this rank's nodes.

        Newton on the logarithm of their number, which is monotone in the level, within the levels of the
        lowest and the highest potential of the island.
        """
        inside = self.nodes[: self._owned]
        energy = (self._charge * potential + self._crowd)[: self._owned]
        flat = np.log(self.means / (self._limit - self.means))
        low, high = (flat + s * self._highest(s * energy) for s in (-1.0, 1.0))
        level = np.clip(self.level, low, high)
        for _ in range(200):
            density = self._limit / (1 + _exp(energy - np.append(level, 0.0)[inside]))
            number = self._sums(self._volumes * density)
            slope = self._sums(self._volumes * density * (1 - density / self._limit))
            with np.errstate(divide="ignore", invalid="ignore"):
                gap = np.log(number / self._numbers)
                low, high = np.where(gap < 0, level, low), np.where(gap > 0, level, high)
                new = level - gap * number / slope
            within = (new >= low) & (new <= high)
            new = np.where(within, new, (low + high) / 2)
            done = bool((np.abs(new - level) <= 1e-14 * (1 + np.abs(level))).all())
            level = new
            if done:
                break
        self.level = level
        self._publish()

    def _highest(self, energy: Array) -> Array:
        """Return the largest value on each island, over all ranks."""
        from mpi4py import MPI

        found = np.full(self.count, -np.inf)
        here = self.nodes[: self._owned] >= 0
        np.maximum.at(found, self.nodes[: self._owned][here], energy[here])
        whole = np.empty_like(found)
        self._comm.Allreduce(found, whole, MPI.MAX)
        return whole

    def lowest_change(self, potential: Array, change: Array, step: float) -> Array:
        """Return how far -zψ may rise at this rank's nodes while the levels rise by ``change`` [kT].

        Freely to a density of some means; beyond it by ``step``.
        """
        exponent = np.append(self.level, 0.0)[self.nodes] - self._charge * potential
        free = np.append(np.log(self.means / (self._limit - self.means)), 0.0)[self.nodes] + 2.0 - exponent
        found = np.maximum(step, free) - np.append(change, 0.0)[self.nodes]
        return np.where(self.nodes >= 0, np.maximum(found, step), np.inf)

    def _publish(self) -> None:
        """Put the levels into the equations."""
        values = np.append(self.level, 0.0)
        self.context.ion_level(self.term.name).x.array[:] = values[self._cells]

    def at_nodes(self) -> Array:
        """Return the level at the nodes of this rank [kT], 0 outside of the species' regions."""
        return np.append(self.level, 0.0)[self.nodes]

    def density(self, potential: Array) -> Array:
        """Return the density [N0] at this rank's nodes, as if all were in the species' regions."""
        return np.asarray(self._limit / (1 + _exp(self._charge * potential + self._crowd - self.at_nodes())))

    def given_way(self, other: IonLevels, potential: Array) -> Array:
        """Return the change of this species' numbers with the levels of another one on its sites, by island of each."""
        n = self._owned
        found = np.zeros((self.count, other.count))
        if other is not self and other.term.name in sharers(self.context, self.term.name):
            both = (self.nodes[:n] >= 0) & (other.nodes[:n] >= 0)
            loss = self._volumes * self.density(potential)[:n] * other.density(potential)[:n] / self._limit
            np.subtract.at(found, (self.nodes[:n][both], other.nodes[:n][both]), loss[both])
        total: Array = self._comm.allreduce(found)
        return total

    def make_room(self, levels: list[IonLevels], potential: Array) -> None:
        """Take note of the other ions on the same sites at a potential [kT/q] of this rank's nodes."""
        names = sharers(self.context, self.term.name)
        whole = np.ones(self.nodes.size)
        for other in (found for found in levels if found.term.name in names):
            part = _exp(other.at_nodes() - other._charge * potential)
            whole += np.where(other.nodes >= 0, part, 0.0)
        self._crowd = np.log(whole)

    def border(self, island: int, potential: Array) -> tuple[Any, float]:
        """Return the form of z dP/dc of an island, ready to assemble, and the derivative of its number."""
        self._part.x.array[:] = self._cells == island
        n = self._owned
        exponent = (self._charge * potential + self._crowd)[:n] - np.append(self.level, 0.0)[self.nodes[:n]]
        density = self._limit / (1 + _exp(exponent))
        return self._column, float(self._sums(self._volumes * density * (1 - density / self._limit))[island])


def settle(levels: list[IonLevels], potential: Array) -> None:
    """Set all levels so that each island has its ions at a potential; those on the same sites in turn."""
    shared = [found for found in levels if sharers(found.context, found.term.name)]
    for found in levels:
        found.settle(potential)
    for _ in range(_SWEEPS if shared else 0):
        before = [found.level for found in shared]
        for found in shared:
            found.make_room(levels, potential)
            found.settle(potential)
        if max(np.abs(found.level - old).max() for found, old in zip(shared, before, strict=True)) < _SETTLED:
            break


def _exp(exponent: Array) -> Array:
    return np.asarray(np.exp(np.minimum(exponent, 700.0)))
