"""The closed form of the linear ionic drift (D. B. Strukov et al., Nature 453, 80, 2008)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studies import CompactModel

Array = NDArray[np.float64]


def boundary(model: CompactModel, time: Array, voltage: Array) -> Array:
    """Return the boundary w at times [s] of voltages on straight lines: R_off w - (R_off - R_on) w^2/2 = k R_on phi."""
    flux = np.concatenate(([0.0], np.cumsum(0.5 * (voltage[1:] + voltage[:-1]) * np.diff(time))))
    half, off, first = 0.5 * (model["R_off"] - model["R_on"]), model["R_off"], model["w_start"]
    charge = off * first - half * first**2 + model["mobility"] * model["R_on"] * flux
    return np.asarray((off - np.sqrt(off**2 - 4 * half * charge)) / (2 * half))
