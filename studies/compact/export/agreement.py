"""How far a circuit simulator's run of an exported model is from the model itself."""

from __future__ import annotations

import numpy as np

from studies.compact.export.spice import SpiceRun
from studies.compact.model import CompactModel
from studies.protocols.protocol import Protocol

#: A jump of the current may come sooner or later by this part of the run: no two integrations time it exactly alike.
SHIFT = 1e-5
_NEAR_KINK = 1e-9  # of the duration


def distance(model: CompactModel, run: SpiceRun, protocol: Protocol) -> float:
    """Return the largest distance of the currents over the model's peak [1], a shift in time by SHIFT not counted.

    At kinks of the voltage, where the displacement current has two values, nothing is compared.
    """
    time = np.minimum(run.time, protocol.duration)
    shift = SHIFT * protocol.duration
    seen = [
        model.simulate(protocol, times=np.unique(np.clip(time + s, 0.0, protocol.duration)))
        for s in (-shift, -0.5 * shift, 0.0, 0.5 * shift, shift)
    ]
    shifted = [np.interp(np.clip(time + s, 0.0, protocol.duration), t.time, t.current)
               for t, s in zip(seen, (-shift, -0.5 * shift, 0.0, 0.5 * shift, shift), strict=True)]  # fmt: skip
    low, high = np.min(shifted, axis=0), np.max(shifted, axis=0)
    off = np.maximum(np.maximum(low - run.current, run.current - high), 0.0)
    near = np.abs(run.time[:, None] - protocol.kinks[None, :]).min(axis=1) < _NEAR_KINK * protocol.duration
    peak = float(np.abs(seen[2].current).max())
    return float(off[~near].max() / peak)
