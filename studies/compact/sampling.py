"""Where a compact model is computed under a protocol: times counted inside its straight pieces.

The digits of a late time are too few for the steps of a short pulse; what is left in its piece is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fem.transient.times import same_time, seconds
from studies.protocols.protocol import Protocol

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Samples:
    """``steps`` [s], shape (n - 1,), between ``voltages`` [V], shape (n,), and the ``places`` wanted of these.

    ``time`` [s] of those wanted, shape of ``places``.
    """

    steps: Array
    voltages: Array
    places: NDArray[np.intp]
    time: Array


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The straight pieces: ``begins`` and their end [s], ``levels`` there [V], shape (n + 1,), and ``lengths`` [s]."""

    begins: Array
    levels: Array
    lengths: Array

    @classmethod
    def of(cls, protocol: Protocol) -> _Pieces:
        """Return the pieces of a protocol, cut at its milestones."""
        places, exact = sorted({*protocol.bends, *protocol.marks[1:]}), protocol.exact_corners
        lengths = np.array([seconds(exact[b] - exact[a]) for a, b in pairwise(places)])
        return cls(protocol.corners[places], protocol.levels[places], lengths)

    def samples(
        self, piece: NDArray[np.intp], elapsed: Array, places: NDArray[np.intp], time: Array
    ) -> Samples:
        """Return the samples ``elapsed`` [s] after the begins of pieces; every begin up to the last is among them."""
        height, length = np.append(np.diff(self.levels), 0.0), np.append(self.lengths, 1.0)
        voltages = self.levels[piece] + height[piece] * (elapsed / length[piece])
        inside = np.diff(elapsed)
        steps = np.where(piece[1:] == piece[:-1], inside, length[piece[:-1]] - elapsed[:-1])
        return Samples(steps, voltages, places, time)


def evenly(protocol: Protocol, points: int) -> Samples:
    """Return ``points`` samples of each piece and the end; of those whose times are one float only the corner's."""
    pieces = _Pieces.of(protocol)
    count = pieces.lengths.size
    piece = np.append(np.repeat(np.arange(count), points), count)
    share = np.append(np.tile(np.arange(points) / points, count), 0.0)
    elapsed = share * np.append(pieces.lengths, 0.0)[piece]
    time = pieces.begins[piece] + elapsed
    order = np.lexsort((np.arange(time.size), share == 0, time))
    last = np.append(np.diff(time[order]) > 0, True)
    places = order[last]
    return pieces.samples(piece, elapsed, places, time[places])


def at_times(protocol: Protocol, times: ArrayLike) -> Samples:
    """Return samples at ``times`` [s], and at the corners before the last of these; OutOfRangeError outside."""
    wanted = np.asarray(times, dtype=float)
    protocol.voltage(wanted)
    pieces = _Pieces.of(protocol)
    last = pieces.lengths.size
    own = np.clip(np.searchsorted(pieces.begins, wanted, side="right") - 1, 0, last)
    after = np.minimum(own + 1, last)
    nearer = np.abs(pieces.begins[after] - wanted) < np.abs(wanted - pieces.begins[own])
    own = np.where(nearer & same_time(wanted, pieces.begins[after]), after, own)
    begins = pieces.begins[own]
    since = np.where(same_time(wanted, begins) | (own == last), 0.0, np.maximum(wanted - begins, 0.0))
    corners = np.arange(own.max(initial=0) + 1)
    nodes = np.concatenate(
        (np.stack((corners, np.zeros(corners.size)), axis=1), np.stack((own, since), axis=1))
    )
    found, inverse = np.unique(nodes, axis=0, return_inverse=True)
    return pieces.samples(found[:, 0].astype(int), found[:, 1], inverse.ravel()[corners.size :], wanted)
