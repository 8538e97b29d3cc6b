"""Physical constants (2019 SI exact values; vacuum permittivity CODATA 2018)."""

from __future__ import annotations

ELEMENTARY_CHARGE = 1.602176634e-19  # C
BOLTZMANN = 1.380649e-23  # J/K
PLANCK = 6.62607015e-34  # J s
SPEED_OF_LIGHT = 299792458.0  # m/s
VACUUM_PERMITTIVITY = 8.8541878128e-12  # F/m
ELECTRON_MASS = 9.1093837015e-31  # kg
LORENZ_NUMBER = 2.44e-8  # W Ohm/K^2, Sommerfeld value for free electrons


def thermal_voltage(temperature: float) -> float:
    """Return kT/q [V] at ``temperature`` [K].

    >>> round(thermal_voltage(300.0), 6)
    0.025852
    """
    return BOLTZMANN * temperature / ELEMENTARY_CHARGE
