r"""Currents through a thin insulator as functions of the field in it [A/m^2 of V/m], odd and zero without a field.

Fowler-Nordheim, through the triangular top of the barrier (M. Lenzlinger and E. H. Snow, J. Appl. Phys. 40, 278,
1969): :math:`J = AE^2e^{-B/E}`, :math:`A = q^3m_0/(8\pi hm^*\phi)`, :math:`B = 8\pi\sqrt{2m^*}\phi^{3/2}/(3qh)`.

Direct, through all of a thin one (J. G. Simmons, J. Appl. Phys. 34, 1793, 1963, eq. 20, of a rectangular barrier):

.. math:: J = \frac{q}{2\pi h s^2}\left[\bar\phi e^{-K\sqrt{\bar\phi}}
              - (\bar\phi + qV)e^{-K\sqrt{\bar\phi+qV}}\right],\qquad K = 4\pi s\sqrt{2m^*}/h

with V = E d, the mean barrier :math:`\bar\phi = \phi - qV/2` over s = d where :math:`qV < \phi`, and
:math:`\phi/2` over :math:`s = d\phi/qV` beyond.

Ohmic, J = σE, and Poole-Frenkel, :math:`J = \sigma E\,e^{\beta\sqrt E/kT}` with
:math:`\beta = \sqrt{q^3/\pi\varepsilon}` (J. Frenkel, Phys. Rev. 54, 647, 1938), through traps of the insulator.

Each takes ``operations``: those of numbers, or of UFL.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK, VACUUM_PERMITTIVITY
from fem.errors import OutOfRangeError
from fem.errors.arguments import settle

_LARGEST = 600.0  # exponent beyond which nothing tunnels
_SMALL_FIELD = 1e3  # [V/m]: below it √E is rounded off, which has no slope at 0
_HIGHEST = 20 * ELEMENTARY_CHARGE  # barrier [J]: above it a unit was left out
_HEAVIEST = 100.0  # [m0]
_THICKEST = 1e-7  # [m]


class Operations(NamedTuple):
    """What a law calculates with; ``number`` takes a parameter."""

    exp: Callable[[Any], Any]
    sqrt: Callable[[Any], Any]
    sign: Callable[[Any], Any]
    highest: Callable[[Any, Any], Any]
    lowest: Callable[[Any, Any], Any]
    number: Callable[[float], Any]


NUMBERS = Operations(np.exp, np.sqrt, np.sign, np.maximum, np.minimum, float)


@runtime_checkable
class TunnelLaw(Protocol):
    """A law J(E)."""

    def current_density(self, field: Any, temperature: float, operations: Operations = NUMBERS) -> Any:
        """Return the current density along the field [A/m^2] at a field [V/m] and temperature [K]."""


def _check(thing: str, value: float, largest: float = math.inf, allowed: str = "positive and finite") -> None:
    good = isinstance(value, int | float) and math.isfinite(value) and 0 < value <= largest
    if not good:
        raise OutOfRangeError(thing, value, allowed)


def _check_barrier(name: str, barrier: float, mass: float) -> None:
    _check(
        f"barrier of {name}", barrier, _HIGHEST, "an energy in J, above 0 and at most 20 eV: 3.1 * eV, say"
    )
    _check(
        f"effective mass of {name}", mass, _HEAVIEST, "in units of the electron's mass, above 0, at most 100"
    )


@dataclass(frozen=True, kw_only=True)
class FowlerNordheim:
    """Fowler-Nordheim tunnelling: ``barrier`` [J], ``effective_mass`` in the insulator [m0]."""

    barrier: float
    effective_mass: float

    def __post_init__(self) -> None:
        settle(self, "FowlerNordheim")
        _check_barrier("FowlerNordheim", self.barrier, self.effective_mass)

    @property
    def prefactor(self) -> float:
        """A [A/V^2]."""
        return ELEMENTARY_CHARGE**3 / (8 * math.pi * PLANCK * self.effective_mass * self.barrier)

    @property
    def slope(self) -> float:
        """B [V/m]."""
        mass = self.effective_mass * ELECTRON_MASS
        return 8 * math.pi * math.sqrt(2 * mass) * self.barrier**1.5 / (3 * ELEMENTARY_CHARGE * PLANCK)

    def current_density(self, field: Any, temperature: float, operations: Operations = NUMBERS) -> Any:
        """Return J [A/m^2] at a field [V/m]; the temperature does not matter."""
        ops, size = operations, abs(field)
        exponent = ops.number(self.slope) / ops.highest(size, ops.number(self.slope / _LARGEST))
        return ops.number(self.prefactor) * field * size * ops.exp(-exponent)


@dataclass(frozen=True, kw_only=True)
class DirectTunnelling:
    """Direct tunnelling: ``barrier`` [J], ``effective_mass`` [m0] and ``thickness`` [m] of the insulator."""

    barrier: float
    effective_mass: float
    thickness: float

    def __post_init__(self) -> None:
        settle(self, "DirectTunnelling")
        _check_barrier("DirectTunnelling", self.barrier, self.effective_mass)
        _check("thickness of DirectTunnelling [m]", self.thickness, _THICKEST, "positive, at most 100 nm")

    def current_density(self, field: Any, temperature: float, operations: Operations = NUMBERS) -> Any:
        """Return J [A/m^2] at a field [V/m]; the temperature does not matter. Energies are in φ in here."""
        ops = operations
        drop = abs(field) * ops.number(ELEMENTARY_CHARGE * self.thickness / self.barrier)
        shorter = 1 / ops.highest(drop, ops.number(1.0))  # s/d
        mass = self.effective_mass * ELECTRON_MASS
        whole = 4 * math.pi * self.thickness * math.sqrt(2 * mass * self.barrier) / PLANCK
        scale = ELEMENTARY_CHARGE * self.barrier / (2 * math.pi * PLANCK * self.thickness**2)
        low = ops.highest(1 - drop / 2, ops.number(0.5))
        decay = ops.number(whole) * shorter
        out = low * ops.exp(-decay * ops.sqrt(low))
        back = (low + drop) * ops.exp(-decay * ops.sqrt(low + drop))
        return ops.sign(field) * ops.number(scale) / shorter**2 * (out - back)


@dataclass(frozen=True, kw_only=True)
class OhmicLeakage:
    """Ohmic leakage of ``conductivity`` σ [S/m]."""

    conductivity: float

    def __post_init__(self) -> None:
        settle(self, "OhmicLeakage")
        _check("conductivity of OhmicLeakage [S/m]", self.conductivity)

    def current_density(self, field: Any, temperature: float, operations: Operations = NUMBERS) -> Any:
        """Return J [A/m^2] at a field [V/m]; the temperature does not matter."""
        return operations.number(self.conductivity) * field


@dataclass(frozen=True, kw_only=True)
class PooleFrenkel:
    """Poole-Frenkel emission: ``conductivity`` σ at no field [S/m], ``relative_permittivity`` at high frequency."""

    conductivity: float
    relative_permittivity: float

    def __post_init__(self) -> None:
        settle(self, "PooleFrenkel")
        _check("conductivity of PooleFrenkel [S/m]", self.conductivity)
        _check("relative permittivity of PooleFrenkel", self.relative_permittivity)

    def current_density(self, field: Any, temperature: float, operations: Operations = NUMBERS) -> Any:
        """Return J [A/m^2] at a field [V/m] and a temperature [K]."""
        ops = operations
        lowering = ELEMENTARY_CHARGE**3 / (math.pi * VACUUM_PERMITTIVITY * self.relative_permittivity)
        beta = ops.number(math.sqrt(lowering) / (BOLTZMANN * temperature))
        root = ops.sqrt(ops.sqrt(field * field + ops.number(_SMALL_FIELD**2)))
        return ops.number(self.conductivity) * field * ops.exp(ops.lowest(beta * root, ops.number(_LARGEST)))
