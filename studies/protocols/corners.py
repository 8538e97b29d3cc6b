"""Which corners of a protocol are kinks, at which a time stepper must begin anew, and which only draw a curve.

A measured drive has hundreds of corners, most of them the samples of a smooth curve or their noise. A corner is a kink
if it stands out from its neighbours by more than a part of a step, or if the slope changes at it, and not along a
stretch, by as much as a step is long. It is one, too, between pieces of unlike lengths, as at the edges of a pulse,
however low that is: the samples of a curve follow one another evenly. What else lies between two steps of the stepper
has no more to say than that, and the error of its steps is controlled where the curve bends.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_STEP = 0.025  # [V], the largest change in one step unless a control says otherwise, or
_PART = 0.02  # this part of the whole span, if that is less
_OUT = 0.2  # of a step: how far a corner may stand off the line through its neighbours
_TURN = 0.5  # of a step: how far the course may turn away within one
_UNLIKE = 4.0  # times as long as the piece on the other side of a corner: no sample of a curve
_SUDDEN = 0.5  # of that turn: the part of it at one corner


def kinks(durations: Array, levels: Array, bends: list[int]) -> list[int]:
    """Return those of the ``bends`` of a course that are kinks, with the first and the last.

    ``durations`` [s] of its segments, shape (n,); ``levels`` [V, or another unit] at their ends, shape (n + 1,);
    ``bends``: the numbers of the corners at which the slope changes.
    """
    if len(bends) < 3:
        return bends
    lengths, v = np.add.reduceat(durations, bends[:-1]), levels[bends]
    step = min(_STEP, _PART * float(np.ptp(v)))
    sudden = np.abs(np.diff(np.diff(v) / lengths))
    out = sudden * lengths[1:] * (lengths[:-1] / (lengths[1:] + lengths[:-1]))
    unlike = np.maximum(lengths[1:], lengths[:-1]) > _UNLIKE * np.minimum(lengths[1:], lengths[:-1])
    stands_out = [0, *(np.flatnonzero(unlike | (out > _OUT * step)) + 1).tolist(), len(bends) - 1]
    found = list(stands_out)
    for first, last in pairwise(stands_out):
        part, ends = slice(first, last), slice(first, last + 1)
        turns = (k for k in range(1, last - first) if _turns(lengths[part], v[ends], k, step))
        found += [first + k for k in turns]
    return [bends[k] for k in sorted(set(found))]


def _turns(lengths: Array, v: Array, k: int, step: float) -> bool:
    """Whether the course turns at corner ``k``, and not along a stretch, within a step before or after it."""
    before, after = _slope(lengths[:k][::-1], v[: k + 1][::-1], step), _slope(lengths[k:], v[k:], step)
    turn, sudden = (
        abs(after[0] + before[0]),
        abs(np.diff(np.diff(v[k - 1 : k + 2]) / lengths[k - 1 : k + 1])[0]),
    )
    return bool(turn * max(before[1], after[1]) > _TURN * step and sudden > _SUDDEN * turn)


def _slope(lengths: Array, v: Array, step: float) -> tuple[float, float]:
    """Return the mean slope of a course until it has gone a step from its first point or ends, and how long that is."""
    gone = np.abs(v[1:] - v[0])
    far = gone >= step
    k = int(np.argmax(far)) if far.any() else len(gone) - 1
    before = gone[k - 1] if k else 0.0
    part = min(1.0, (step - before) / (gone[k] - before)) if gone[k] > before else 1.0
    start = v[k]
    time = float(lengths[:k].sum() + part * lengths[k])
    return float(start + part * (v[k + 1] - start) - v[0]) / time, time
