r"""Weights as pairs of cells in crossbars: what is multiplied by, with lines, sneak paths and read noise, and pulses.

A weight is :math:`w = (T^+ - T^-)/\Delta G`, from -1 to 1: the transfer conductances of neighbouring columns over the
middle range of the synapse. Over a training they are solved for once in a while; between these, T over the conductance
of the cell is kept, as lines and sneak paths depend on the mean of many cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from studies.arrays.learning.bank import Bank
from studies.arrays.learning.readout import ReadLines, transfers
from studies.arrays.learning.synapse import Synapse

Array = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Pairs:
    """A layer of several networks: its cells and their states ``x``, shape (networks, rows, 2 outputs).

    ``passed``: transfer conductance over the conductance of each cell, as it was at the last solution of the lines.
    """

    bank: Bank
    lines: ReadLines
    x: Array
    passed: Array

    @classmethod
    def of(cls, synapse: Synapse, shape: tuple[int, int, int], lines: ReadLines, random: Generator) -> Pairs:
        """Return (networks, rows, outputs) weights of 0, all cells in the middle of their range."""
        cells = (*shape[:2], 2 * shape[2])
        bank = Bank.of(synapse, cells, random)
        return cls(bank, lines, bank.settled(np.full(cells, 0.5)), np.ones(cells)).solved()

    def solved(self) -> Pairs:
        """Return the layer with the lines solved for its conductances as they are."""
        if not self.lines.some:
            return self
        g = self.bank.conductance(self.x)
        with np.errstate(divide="ignore", invalid="ignore"):
            return replace(self, passed=np.where(g > 0, transfers(g, self.lines) / g, 0.0))

    @property
    def transfer(self) -> Array:
        """The transfer conductances [S] of all cells, shape (networks, rows, 2 outputs)."""
        return self.bank.conductance(self.x) * self.passed

    @property
    def weights(self) -> Array:
        """What the layer multiplies by, shape (networks, rows, outputs)."""
        g = self.transfer
        return (g[..., ::2] - g[..., 1::2]) / self.bank.synapse.middle[1]

    def noise(self, x: Array, random: Generator) -> Array:
        """Return the noise of the outputs for inputs ``x``, shape (networks, images, rows)."""
        power = x**2 @ self.transfer**2  # of each column
        size = self.bank.synapse.read_noise / self.bank.synapse.middle[1]
        both = np.sqrt(power[..., ::2] + power[..., 1::2])
        return size * both * random.standard_normal(both.shape)

    def output(self, x: Array, weights: Array, random: Generator) -> Array:
        """Return the outputs, shape (networks, images, outputs), of ``weights``, those of this layer."""
        y = x @ weights
        return y + self.noise(x, random) if self.bank.synapse.read_noise else y

    def pulsed(self, up: Whole, down: Whole, random: Generator) -> Pairs:
        """Return the layer after pulses to the first cells (``up``, signed) and to the second ones (``down``)."""
        pulses = np.empty(self.x.shape, dtype=np.int64)
        pulses[..., ::2], pulses[..., 1::2] = up, down
        return replace(self, x=self.bank.pulsed(self.x, pulses, random))

    def wanted(self, weights: Array) -> Array:
        """Return the conductances [S] that stand for ``weights``, both cells about the middle of the middle range."""
        low, span = self.bank.synapse.middle
        pair = np.stack((0.5 + 0.5 * weights, 0.5 - 0.5 * weights), axis=-1)
        return low + span * pair.reshape(self.x.shape)

    def placed(self, weights: Array) -> Pairs:
        """Return the layer with the conductances of ``weights`` as near as each cell's range lets them be."""
        bank = self.bank
        return replace(self, x=bank.settled((self.wanted(weights) - bank.low) / bank.span)).solved()

    def written(
        self, weights: Array, random: Generator, *, tolerance: float, most: int
    ) -> tuple[Pairs, Whole]:
        """Return the layer after write and verify of ``weights``, and the pulses of each cell."""
        x, used = self.bank.written(self.x, self.wanted(weights), random, tolerance=tolerance, most=most)
        return replace(self, x=x).solved(), used
