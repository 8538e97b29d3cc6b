"""How far a circuit simulator's run of an exported model is from the model itself."""

from __future__ import annotations

import math

import numpy as np

from fem.errors.arguments import checked
from fem.errors.checking import temperature
from studies.compact.export.spice import SpiceRun
from studies.compact.family import AMBIENT
from studies.compact.model import CompactModel
from studies.protocols.protocol import Protocol

#: A jump of the current may come sooner or later by this part of the run: no two integrations time it exactly alike.
SHIFT = 1e-5
_NEAR_KINK = 1e-9  # of the duration


@checked(ambient=temperature)
def distance(model: CompactModel, run: SpiceRun, protocol: Protocol, *, ambient: float = AMBIENT) -> float:
    """Return the largest distance of the currents over the model's peak [1], a shift in time by SHIFT not counted.

    ``ambient``: the temperature [K] of the run. At kinks of the voltage, where the displacement current has two values,
    nothing is compared. Without a current of the model it is 0 if the run has none either, else infinite.
    """
    time = np.minimum(run.time, protocol.duration)
    shift = SHIFT * protocol.duration
    seen = [
        model.simulate(protocol, times=np.unique(np.clip(time + s, 0.0, protocol.duration)), ambient=ambient)
        for s in (-shift, -0.5 * shift, 0.0, 0.5 * shift, shift)
    ]
    shifted = [np.interp(np.clip(time + s, 0.0, protocol.duration), t.time, t.current)
               for t, s in zip(seen, (-shift, -0.5 * shift, 0.0, 0.5 * shift, shift), strict=True)]  # fmt: skip
    low, high = np.min(shifted, axis=0), np.max(shifted, axis=0)
    off = np.maximum(np.maximum(low - run.current, run.current - high), 0.0)
    near = np.abs(run.time[:, None] - protocol.kinks[None, :]).min(axis=1) < _NEAR_KINK * protocol.duration
    peak = float(np.abs(seen[2].current).max())
    largest = float(off[~near].max(initial=0.0))
    return largest / peak if peak > 0 else (math.inf if largest > 0 else 0.0)
