"""Volatile devices of networks and circuits; all values are assumed, none is fitted to a device."""

from __future__ import annotations

import math

from studies import CompactModel


def diffusive(*, growth: float, at: float, sharp: float, tau: float, on: float, off: float) -> CompactModel:
    """Return a diffusive device whose bridge grows by ``growth`` [1/s] ``at`` that voltage [V] and decays in ``tau``.

    ``sharp`` [V]: over which the growth rises by e; ``on``, ``off`` [S].
    """
    values = {
        "G_on": on, "G_off": off, "V_0": sharp, "rate": growth / math.sinh(at / sharp), "tau": tau, "w_start": 0.0,
        "barrier": 0.4,
    }  # fmt: skip
    return CompactModel.from_values(values, "A", "diffusive")


def reservoir(tau: float = 8e-3) -> CompactModel:
    """Return a device for streams of pulses of 1.8 V, 2 ms each.

    Growth and ``tau`` [s], two bits long, are calibrated: of some sixty pairs, one whose 16 states are apart.
    """
    return diffusive(growth=200.0, at=1.8, sharp=0.35, tau=tau, on=1e-4, off=1e-6)


def receptor() -> CompactModel:
    """Return a device that is felt (1 uA behind 1 kOhm) from 0.2 V on in 50 ms: its growth is calibrated to this."""
    return diffusive(growth=18.5, at=0.2, sharp=0.05, tau=0.3, on=1e-3, off=1e-8)


def switch() -> CompactModel:
    """Return a threshold switch that opens at 0.52 V and closes at 0.28 V, in 10 us."""
    values = {"G_on": 1e-4, "G_off": 1e-9, "V_th": 0.6, "V_hold": 0.2, "V_width": 0.02, "tau": 1e-5}
    return CompactModel.from_values(values, "A", "selector")
