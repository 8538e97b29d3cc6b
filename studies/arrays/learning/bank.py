"""Cells of a synapse as an array uses them: conductances of their states, pulses, write and verify."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from studies.arrays.learning.synapse import Synapse

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Bank:
    """Cells of a shape, their ``low`` end and their ``span`` of conductances [S], and which of them can move.

    ``device``: which of the synapse's devices a cell is; ``up_scale``, ``down_scale``: its steps over that device's;
    ``held``: the state at which a stuck cell stays, nan for one that moves. All of the same shape.
    """

    synapse: Synapse
    low: Array
    span: Array
    device: Whole
    up_scale: Array
    down_scale: Array
    held: Array

    @classmethod
    def of(cls, synapse: Synapse, shape: tuple[int, ...], random: Generator) -> Bank:
        """Return cells of ``shape`` drawn from the synapse's devices and its spread."""
        device = random.integers(synapse.low.size, size=shape)
        span, up, down = (_lognormal(synapse.device_spread, shape, random) for _ in range(3))
        draw, held = random.random(shape), np.full(shape, np.nan)
        held[draw < synapse.stuck_low] = 0.0
        held[draw > 1 - synapse.stuck_high] = 1.0
        low, high = synapse.low[device], synapse.high[device]
        return cls(synapse, low, (high - low) * span, device, up, down, held)

    def at(self, *place: Any) -> Bank:
        """Return the cells at a place of the arrays."""
        parts = (self.low, self.span, self.device, self.up_scale, self.down_scale, self.held)
        return Bank(self.synapse, *(part[place] for part in parts))

    def settled(self, x: Array) -> Array:
        """Return states in their range, those of stuck cells where they stay."""
        return np.where(np.isnan(self.held), np.clip(x, 0.0, 1.0), self.held)

    def conductance(self, x: Array) -> Array:
        """Return the conductances [S] at the states ``x``."""
        return self.low + self.span * x

    def pulsed(self, x: Array, pulses: Whole, random: Generator) -> Array:
        """Return the states after ``pulses`` pulses each: up where positive, down where negative."""
        out = x.ravel().copy()
        flat, fixed = pulses.ravel(), ~np.isnan(self.held.ravel())
        left = np.flatnonzero((flat != 0) & ~fixed)
        done = 0
        while left.size:
            step, rising = np.empty(left.size), flat[left] > 0
            for up, own in ((True, rising), (False, ~rising)):
                size = self._step(left[own], out[left[own]], up=up)
                step[own] = size if up else -size
            if self.synapse.cycle_spread:
                step += self.synapse.cycle_spread * random.standard_normal(left.size)
            out[left] = np.clip(out[left] + step, 0.0, 1.0)
            done += 1
            left = left[np.abs(flat[left]) > done]
        return out.reshape(x.shape)

    def _step(self, cells: NDArray[np.intp], x: Array, *, up: bool) -> Array:
        """Return the size of the step of ``cells`` (numbers in the flat array) at their states ``x``."""
        table, scale = (self.synapse.up, self.up_scale) if up else (self.synapse.down, self.down_scale)
        last = table.shape[1] - 1
        if last == 1 and len(table) == 1:
            size = table[0, 0] + x * (table[0, 1] - table[0, 0])
        else:
            node = np.minimum((x * last).astype(np.intp), last - 1)
            device = self.device.ravel()[cells]
            first = table[device, node]
            size = first + (x * last - node) * (table[device, node + 1] - first)
        return np.asarray(size * scale.ravel()[cells])

    def noisy(self, conductance: Array, random: Generator) -> Array:
        """Return conductances [S] as one read of each cell by itself gives them."""
        noise = self.synapse.read_noise
        return conductance * (1 + noise * random.standard_normal(conductance.shape)) if noise else conductance

    def written(
        self, x: Array, wanted: Array, random: Generator, *, tolerance: float, most: int
    ) -> tuple[Array, Whole]:
        """Return the states after write and verify towards the conductances ``wanted`` [S], and the pulses it took.

        A cell is read, pulsed once towards the target while it is off by more than ``tolerance`` of the middle
        range, and so on, ``most`` pulses at most (F. Alibart, L. Gao, B. D. Hoskins and D. B. Strukov, Nanotechnology
        23, 075201, 2012).
        """
        allowed = tolerance * self.synapse.middle[1]
        used, now = np.zeros(x.shape, dtype=np.int64), self.settled(x)
        open_ = np.ones(x.shape, dtype=bool)  # not yet read within the tolerance
        for _ in range(most):
            error = wanted - self.noisy(self.conductance(now), random)
            open_ &= np.abs(error) > allowed
            if not open_.any():
                break
            pulses = np.where(open_, np.sign(error), 0).astype(np.int64)
            used += np.abs(pulses)
            now = self.pulsed(now, pulses, random)
        return now, used


def _lognormal(spread: float, shape: tuple[int, ...], random: Generator) -> Array:
    """Return factors of the mean 1 with a relative standard deviation ``spread``."""
    if not spread:
        return np.ones(shape)
    sigma = np.sqrt(np.log1p(spread**2))
    return np.exp(sigma * random.standard_normal(shape) - 0.5 * sigma**2)
