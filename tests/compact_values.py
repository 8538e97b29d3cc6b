"""Values of a compact model of a perovskite memristor as a fit finds them, for tests that need any such model."""

from __future__ import annotations

VALUES = {
    "emission_positive": 1.3e-8,
    "emission_negative": 2.5e-15,
    "drift_current": 3.1e-10,
    "image_force": 0.06,
    "thermal_voltage": 0.0259,
    "debye_share": 0.006,
    "time_constant": 32.0,
    "debye_charge": 2e-16,
    "initial_state": -4.5,
    "charge_sign": 1.0,
}
