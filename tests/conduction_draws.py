"""Random films, each with a current of one law of conduction in its textbook form, and noise; all in SI units.

The formulas are written anew here, from constants of nature, so that they check those of the classifier. A curve ends
where a film would break down, and begins where its current is below what an instrument sees: `DECADES` below the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK, VACUUM_PERMITTIVITY
from studies import ConductionMechanism, conduction_mechanism

NOISE = 0.05
DECADES = 7
Array = np.ndarray
Formula = Callable[[Array, float], Array]
Q, EPS0 = ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY


@dataclass(frozen=True)
class Draw:
    """A film and its law: ``current`` [A] of V [V] and T [K], on ``voltage`` [V] at each of ``temperatures`` [K]."""

    law: str
    current: Formula
    voltage: Array
    temperatures: Sequence[float]
    film: dict[str, float]
    seed: int

    def classified(self, *, scatter: float = NOISE, **options: Any) -> ConductionMechanism:
        """Return what the classifier says of the noisy curves."""
        rng = np.random.default_rng(self.seed)
        noisy = [
            (
                self.voltage,
                self.current(self.voltage, t) * (1 + scatter * rng.standard_normal(self.voltage.size)),
            )
            for t in self.temperatures
        ]
        return conduction_mechanism(noisy, temperature=list(self.temperatures), **self.film, **options)


def _log(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(math.log(low), math.log(high))))


def _beta(t: float) -> float:
    return Q / (BOLTZMANN * t)


def _ohmic(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    g, e = _log(rng, 1e-6, 10) * area / d, rng.uniform(0.05, 0.4)
    return lambda v, t: g * v * np.exp(-e * (_beta(t) - _beta(300))), rng.uniform(0.5, 5)


def _space_charge(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    k = 9 / 8 * rng.uniform(5, 30) * EPS0 * _log(rng, 1e-9, 1e-4) * area / d**3
    e = rng.uniform(0.0, 0.3)
    return lambda v, t: k * v**2 * np.exp(-e * (_beta(t) - _beta(300))), rng.uniform(1, 8)


def _exponential_traps(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    tt, traps, states = rng.uniform(650, 2000), _log(rng, 1e22, 1e24), 1e25
    eps, mobility = rng.uniform(5, 30) * EPS0, _log(rng, 1e-8, 1e-4)

    def current(v: Array, t: float) -> Array:
        level = tt / t
        log = (1 - level) * math.log(Q) + math.log(mobility * states * area)
        log += (level + 1) * math.log((2 * level + 1) / (level + 1))
        log += level * math.log(level / (level + 1) * eps / traps)
        return np.exp(log + (level + 1) * np.log(v) - (2 * level + 1) * math.log(d))

    return current, rng.uniform(1, 8)


def _murgatroyd(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    k, e = 9 / 8 * 3 * EPS0 * _log(rng, 1e-11, 1e-8) * area / d**3, rng.uniform(0.2, 0.5)
    gamma, field = rng.uniform(3e-4, 1e-3), _log(rng, 3e7, 1e8)

    def current(v: Array, t: float) -> Array:
        lowered = 0.891 * gamma * 300 / t * np.sqrt(v / d)
        return k * v**2 * np.exp(lowered - e * (_beta(t) - _beta(300)))

    return current, field * d


def _image(rng: np.random.Generator, d: float, times: float) -> tuple[Callable[[Array], Array], float]:
    eps = rng.uniform(3, 8) * EPS0
    return lambda v: times * np.sqrt(Q * v / (4 * math.pi * eps * d)), _log(rng, 3e7, 2e8) * d


def _schottky(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    lowered, end = _image(rng, d, 1)
    phi = rng.uniform(0.5, 0.9)
    a = 4 * math.pi * Q * ELECTRON_MASS * BOLTZMANN**2 / PLANCK**3 * area
    return lambda v, t: a * t**2 * np.exp(-_beta(t) * (phi - lowered(v))), end


def _poole_frenkel(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    lowered, end = _image(rng, d, 2)
    g, phi = _log(rng, 1e2, 1e6) * area / d, rng.uniform(0.4, 0.8)
    return lambda v, t: g * v * np.exp(-_beta(t) * (phi - lowered(v))), end


def _fowler_nordheim(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    phi, mass = rng.uniform(0.5, 2.5), rng.uniform(0.2, 1.0)
    a = Q**2 / (8 * math.pi * PLANCK * mass * phi) * area / d**2
    b = 8 * math.pi * math.sqrt(2 * mass * ELECTRON_MASS) * (phi * Q) ** 1.5 / (3 * Q * PLANCK) * d
    return lambda v, t: a * v**2 * np.exp(-b / v), max(b / rng.uniform(5, 12), 1.5 * phi)


def _direct(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    gap, phi = rng.uniform(1.5e-9, 3e-9), rng.uniform(1.0, 2.5)
    root = 4 * math.pi * gap * math.sqrt(2 * ELECTRON_MASS * Q) / PLANCK
    v0 = 4 * math.sqrt(phi) / root
    a = Q**2 / (2 * math.pi * PLANCK * gap**2) * area * phi * math.exp(-root * math.sqrt(phi))
    return lambda v, t: 2 * a * np.sinh(v / v0), v0 * rng.uniform(3, 9)


def _thermionic_field(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    mass, phi = rng.uniform(0.1, 1.0) * ELECTRON_MASS, rng.uniform(0.5, 0.9)
    rise = PLANCK**2 * Q**2 / (96 * math.pi**2 * mass * d**2)
    a = Q**2 * math.sqrt(mass) * (2 * math.pi / PLANCK) ** 2 / (8 * math.pi**2.5) * area / d

    def current(v: Array, t: float) -> Array:
        kt = BOLTZMANN * t
        return a * math.sqrt(kt) * v * np.exp(-phi * Q / kt + rise * v**2 / kt**3)

    return current, math.sqrt(rng.uniform(3, 10) * (BOLTZMANN * 300) ** 3 / rise)


def _hopping(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    hop, e = rng.uniform(0.7e-9, 4e-9), rng.uniform(0.15, 0.5)
    scale = 2 * Q * hop * _log(rng, 1e21, 1e25) * 1e12 * area
    end = 2 * BOLTZMANN * 300 * d / (Q * hop) * rng.uniform(3, 9)
    return lambda v, t: scale * np.exp(-_beta(t) * e) * np.sinh(Q * hop * v / (2 * d * BOLTZMANN * t)), end


def _crossover(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    current, end = _space_charge(rng, d, area)
    half = end / _log(rng, 3, 20)
    return lambda v, t: current(v, t) * (1 + half / v), end


def _diode(rng: np.random.Generator, d: float, area: float) -> tuple[Formula, float]:
    phi, ideality = rng.uniform(0.7, 1.1), rng.uniform(1.05, 2.5)
    a = 4 * math.pi * Q * ELECTRON_MASS * BOLTZMANN**2 / PLANCK**3 * area
    end = ideality / _beta(300) * rng.uniform(5, 14)
    return lambda v, t: a * t**2 * np.exp(-_beta(t) * phi) * np.expm1(_beta(t) * v / ideality), end


FORMULAS = {
    "ohmic": _ohmic,
    "space charge": _space_charge,
    "space charge with exponential traps": _exponential_traps,
    "space charge with field-dependent mobility": _murgatroyd,
    "Schottky emission": _schottky,
    "Poole-Frenkel": _poole_frenkel,
    "Fowler-Nordheim": _fowler_nordheim,
    "direct tunnelling": _direct,
    "thermionic-field emission": _thermionic_field,
    "hopping": _hopping,
    "ohmic and space charge": _crossover,
    "thermionic emission of a diode": _diode,
}
THICKNESSES = {"Fowler-Nordheim": (5e-9, 20e-9), "direct tunnelling": (20e-9, 300e-9)}


def draws(count: int, *, seed: int = 1, temperatures: Sequence[float] = (300.0,)) -> Iterator[Draw]:
    """Yield ``count`` draws, every law in turn: 30 to 80 samples of even or logarithmic spacing."""
    rng, names = np.random.default_rng(seed), list(FORMULAS)
    for k in range(count):
        law = names[k % len(names)]
        d = _log(rng, *THICKNESSES.get(law, (30e-9, 500e-9)))
        area = _log(rng, 1e-12, 1e-6)
        current, end = FORMULAS[law](rng, d, area)
        samples = int(rng.integers(30, 81))
        fine = np.geomspace(end * 1e-2, end, 2000)
        seen = fine[current(fine, temperatures[0]) >= 10.0**-DECADES * current(fine[-1:], temperatures[0])]
        voltage = (np.linspace if rng.random() < 0.5 else np.geomspace)(seen[0], end, samples)
        yield Draw(
            law, current, voltage, temperatures, {"thickness": d, "area": area}, int(rng.integers(1 << 30))
        )


#: Shapes over V [V], without a film, of curves whose law changes at one voltage.
PIECES: dict[str, Callable[[Array], Array]] = {
    "ohmic": lambda v: v,
    "space charge": lambda v: v**2,
    "space charge with exponential traps": lambda v: v**5,
    "Poole-Frenkel": lambda v: v * np.exp(7 * np.sqrt(v)),
    "Schottky emission": lambda v: np.exp(6 * np.sqrt(v)),
    "Fowler-Nordheim": lambda v: v**2 * np.exp(-30 / v),
    "hopping or direct tunnelling": lambda v: np.sinh(4 * v),
}


def two_laws(count: int, *, seed: int = 5) -> Iterator[tuple[tuple[str, str], float, ConductionMechanism]]:
    """Yield two laws, the voltage [V] from 0.3 to 1 at which one follows the other, and what is said of the curve."""
    rng, v = np.random.default_rng(seed), np.geomspace(0.05, 5.0, 60)
    for _ in range(count):
        first, second = map(str, rng.choice(list(PIECES), 2, replace=False))
        at = _log(rng, 0.3, 1.0)
        low, high = (PIECES[law](v) / PIECES[law](np.array(at)) for law in (first, second))
        current = np.where(v < at, low, high) * (1 + NOISE * rng.standard_normal(v.size))
        yield (first, second), at, conduction_mechanism((v, current))


def verdict(draw: Draw, found: ConductionMechanism) -> str:
    """Return "named", "undecided" or "wrong": a family is named if it holds the law and has its curve.

    A law found in one range of several is named if all that are decided are that law.
    """
    decided = [name for name in found.names if name != "undecided"]
    if not decided:
        return "undecided"
    alike = {"direct tunnelling", "hopping"} if len(draw.temperatures) == 1 else set[str]()
    right = draw.law in alike and all(set(n.split(" or ")) <= alike for n in decided)
    right = right or all(name == draw.law for name in decided)
    if not right:
        return "wrong"
    return "named" if len(found.names) == 1 else "undecided"
