"""What the parameters of a conduction law mean in a film, and why they cannot be those of one.

Every figure is a power of one fitted parameter, so that its relative standard error is that many times the parameter's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK, VACUUM_PERMITTIVITY
from studies.metrics.conduction_laws import Law

_Q = ELEMENTARY_CHARGE
_RICHARDSON = 4 * math.pi * _Q * ELECTRON_MASS * BOLTZMANN**2 / PLANCK**3  # [A/m^2 K^2], of a free electron
_LARGEST_OPTICAL = 40.0  # relative permittivity at optical frequencies: that of no insulator is as large
_OPTICAL_APART = 2.0  # factor from a given one, for fields are not those of a flat film
_LARGEST_MOBILITY = 10.0  # [m^2/Vs]
_MASSES = 0.01, 10.0  # [m0]
_IDEALITIES = 1.0, 4.0
_SHORTEST_HOP = 1e-10  # [m]
_THICKEST = 1e-8  # [m], of a film that electrons cross by direct tunnelling
_SURE = 2.0  # standard errors by which a figure must be beyond what can be


class Figure(NamedTuple):
    """A figure with its standard error (nan where unknown) and unit."""

    name: str
    value: float
    error: float
    unit: str


@dataclass(frozen=True, kw_only=True)
class Film:
    """What is known of a film: SI units, None if not known.

    ``temperature`` [K] is the mean one, ``several`` says that there is more than one; ``optical_permittivity`` and
    ``permittivity`` are relative, ``effective_mass`` is in electron masses.
    """

    thickness: float | None
    area: float | None
    permittivity: float | None
    optical_permittivity: float | None
    effective_mass: float | None
    temperature: float | None
    several: bool
    current_unit: str

    @property
    def beta(self) -> float:
        """q/kT [1/V] at the mean temperature, 1 if there is none."""
        return 1.0 if self.temperature is None else _Q / (BOLTZMANN * self.temperature)

    def trap_density(self, voltage: float) -> float:
        """Return the density of traps [1/m^3] that are full at ``voltage`` [V], nan if the film is not known."""
        if self.thickness is None or self.permittivity is None:
            return math.nan
        return 2 * self.permittivity * VACUUM_PERMITTIVITY * voltage / (_Q * self.thickness**2)

    @property
    def mass(self) -> float:
        """The effective mass [kg]; that of a free electron if it is not known."""
        return ELECTRON_MASS * (1.0 if self.effective_mass is None else self.effective_mass)


Fitted = Mapping[str, tuple[float, float]]
Described = tuple[list[Figure], str]


def described(law: Law, fitted: Fitted, film: Film) -> Described:
    """Return the figures of fitted parameters ("a", "barrier", "shape" with errors), and why they cannot be, or ""."""
    found, objection = _ALL[law.name](law, fitted, film)
    if "barrier" in fitted and not law.free:
        found.insert(0, Figure("barrier", *fitted["barrier"], "eV"))
        if below(fitted["barrier"], 0.0):
            objection = objection or f"its barrier is {fitted['barrier'][0]:.3g} eV, below 0"
    return found, objection


def below(value: tuple[float, float], limit: float) -> bool:
    """Return whether a value with its standard error is surely below ``limit``."""
    error = value[1] if math.isfinite(value[1]) else 0.0
    return value[0] + _SURE * error < limit


def above(value: tuple[float, float], limit: float) -> bool:
    """Return whether a value with its standard error is surely above ``limit``."""
    return below((-value[0], value[1]), -limit)


def _power(of: tuple[float, float], factor: float, exponent: float) -> tuple[float, float]:
    """Return factor × value^exponent with its standard error."""
    value = factor * of[0] ** exponent
    return value, abs(exponent * value * of[1] / of[0])


def _prefactor(law: Law, fitted: Fitted, film: Film, power: float) -> Figure:
    """Return exp(a), with the barrier at the mean temperature, in the unit of current per V^power."""
    barrier = fitted.get("barrier", (0.0, 0.0))[0]
    kelvin = 1.0 if film.temperature is None else film.temperature
    value = math.exp(fitted["a"][0] - film.beta * barrier) * kelvin**law.temperature_power
    error = math.nan if film.several else value * fitted["a"][1]
    return Figure(
        "prefactor", value, error, f"{film.current_unit}/V^{power:g}" if power else film.current_unit
    )


def _activation(fitted: Fitted) -> list[Figure]:
    return [Figure("activation_energy", *fitted["barrier"], "eV")] if "barrier" in fitted else []


def _ohmic(law: Law, fitted: Fitted, film: Film) -> Described:
    _, value, error, unit = _prefactor(law, fitted, film, 1)
    found = [Figure("conductance", value, error, unit.replace("A", "S", 1).removesuffix("/V^1"))]
    if film.thickness is not None and film.area is not None:
        scale = film.thickness / film.area
        found.append(Figure("conductivity", value * scale, error * scale, "S/m"))
    return [*_activation(fitted), *found], ""


def _mobility(law: Law, fitted: Fitted, film: Film) -> Described:
    """Return the mobility, times the free carriers' share, of 9/8 ε µ A V²/d³."""
    return _mobility_of(_prefactor(law, fitted, film, 2), film)


def _mobility_of(prefactor: Figure, film: Film) -> Described:
    _, value, error, unit = prefactor
    if film.thickness is None or film.area is None or film.permittivity is None:
        return [Figure("prefactor", value, error, unit)], ""
    scale = 8 * film.thickness**3 / (9 * film.permittivity * VACUUM_PERMITTIVITY * film.area)
    found = Figure("mobility", value * scale, error * scale, "m^2/Vs")
    large = f"its mobility is {found.value:.3g} m^2/Vs, above {_LARGEST_MOBILITY:g}"
    return [found], large if found.value > _LARGEST_MOBILITY else ""


def _space_charge(law: Law, fitted: Fitted, film: Film) -> Described:
    found, objection = _mobility(law, fitted, film)
    return [*_activation(fitted), *found], objection


def _traps(law: Law, fitted: Fitted, film: Film) -> Described:
    level = _power(fitted["shape"], film.beta, 1)
    found = [Figure("exponent", level[0] + 1, level[1], "1")]
    if film.temperature is not None:
        found.append(Figure("trap_temperature", *_power(fitted["shape"], _Q / BOLTZMANN, 1), "K"))
    return found, ""


def _murgatroyd(law: Law, fitted: Fitted, film: Film) -> Described:
    found, objection = _mobility(law, fitted, film)
    if film.thickness is None:
        found.append(Figure("rise of ln I / sqrt V", *_power(fitted["shape"], film.beta, 1), "1/V^0.5"))
    else:
        gamma = _power(fitted["shape"], film.beta * math.sqrt(film.thickness) / 0.891, 1)
        found.append(Figure("gamma", *gamma, "(m/V)^0.5"))
    return found, objection


def _image(times: float) -> Callable[[Law, Fitted, Film], Described]:
    """Return the figures of a barrier that is lowered by ``times`` sqrt(q³V/4πεd)."""

    def figures(law: Law, fitted: Fitted, film: Film) -> Described:
        found, objection = [_prefactor(law, fitted, film, law.power)], ""
        if film.temperature is None:
            return [*found, Figure("lowering / kT", *fitted["shape"], "1/V^0.5")], ""
        found.append(Figure("lowering", *fitted["shape"], law.unit))
        if times == 1 and film.area is not None and not film.several:
            found[0], objection = _thermionic(fitted, film)
        if film.thickness is not None:
            scale = times**2 * _Q / (4 * math.pi * VACUUM_PERMITTIVITY * film.thickness)
            optical = _power(fitted["shape"], scale, -2)
            found.append(Figure("optical_permittivity", *optical, "1"))
            objection = objection or _not_optical(optical, film)
        return found, objection

    return figures


def _thermionic(fitted: Fitted, film: Film) -> tuple[Figure, str]:
    """Return the barrier, from the constant of Richardson for the effective mass at one temperature."""
    assert film.area is not None
    constant = math.log(film.area * _RICHARDSON * film.mass / ELECTRON_MASS)
    barrier = (constant - fitted["a"][0]) / film.beta, fitted["a"][1] / film.beta
    objection = f"its barrier is {barrier[0]:.3g} eV, below 0" if below(barrier, 0.0) else ""
    return Figure("barrier", *barrier, "eV"), objection


def _not_optical(optical: tuple[float, float], film: Film) -> str:
    """Return why a relative permittivity cannot be that of the film at optical frequencies, or ""."""
    low, high, of = 1.0, _LARGEST_OPTICAL, "insulators have"
    if film.permittivity is not None:
        high, of = film.permittivity, "the film has at most"
    if film.optical_permittivity is not None:
        known = film.optical_permittivity
        low, high, of = (
            max(1.0, known / _OPTICAL_APART),
            known * _OPTICAL_APART,
            f"the film, with {known:g}, may have",
        )
    if not (below(optical, low) or above(optical, high)):
        return ""
    return f"its optical permittivity is {optical[0]:.3g}; {of} {low:.3g} to {high:.3g}"


def _fowler_nordheim(law: Law, fitted: Fitted, film: Film) -> Described:
    found = [Figure("B", *fitted["shape"], "V")]
    if film.thickness is None:
        return found, ""
    scale = 3 * _Q * PLANCK / (8 * math.pi * math.sqrt(2 * film.mass) * film.thickness)
    return [
        *found,
        Figure(_of_mass("barrier", film), *_power(fitted["shape"], scale ** (2 / 3) / _Q, 2 / 3), "eV"),
    ], ""


def _of_mass(name: str, film: Film) -> str:
    return f"{name}, mass m0" if film.effective_mass is None else name


def _direct(law: Law, fitted: Fitted, film: Film) -> Described:
    v0 = _power(fitted["shape"], 1.0, -1)
    found = [Figure("V0", *v0, "V")]
    if film.thickness is None or film.thickness > _THICKEST:
        return found, ""
    root = math.pi * film.thickness * math.sqrt(2 * film.mass * _Q) / PLANCK  # sqrt(V) of the barrier per V0
    return [*found, Figure(_of_mass("barrier", film), *_power(v0, root**2, 2), "eV")], ""


def _thermionic_field(law: Law, fitted: Fitted, film: Film) -> Described:
    if film.temperature is None or film.thickness is None:
        unit = "1/V^2" if film.temperature is None else "V"
        return [
            Figure("rise of ln I / V^2" if film.temperature is None else "rise", *fitted["shape"], unit)
        ], ""
    scale = PLANCK**2 / (96 * math.pi**2 * _Q * film.thickness**2 * ELECTRON_MASS)
    mass = _power(fitted["shape"], scale, -1)
    objection = ""
    if below(mass, _MASSES[0]) or above(mass, _MASSES[1]):
        objection = f"its effective mass is {mass[0]:.3g} m0, not from {_MASSES[0]:g} to {_MASSES[1]:g}"
    return [Figure("effective_mass", *mass, "m0")], objection


def _hopping(law: Law, fitted: Fitted, film: Film) -> Described:
    if film.temperature is None:
        return [Figure("q a/kT d", *fitted["shape"], "1/V")], ""
    share = fitted["shape"]
    found = [Figure("hop / thickness", *share, "1")]
    objection = f"its hops are {share[0]:.3g} times as long as the film is thick" if above(share, 1.0) else ""
    if film.thickness is not None:
        hop = _power(share, film.thickness, 1)
        found = [Figure("hop", *hop, "m")]
        if below(hop, _SHORTEST_HOP):
            objection = f"its hops are {hop[0]:.2g} m long, shorter than between two atoms"
    return found, objection


def _crossover(law: Law, fitted: Fitted, film: Film) -> Described:
    found, _ = _ohmic(law, fitted, film)
    _, value, _, unit = _prefactor(law, fitted, film, 1)
    of_square = Figure("prefactor", value * fitted["shape"][0], math.nan, unit.replace("V^1", "V^2"))
    charge, objection = _mobility_of(of_square, film)
    return [*found, Figure("crossover_voltage", *_power(fitted["shape"], 1.0, -1), "V"), *charge], objection


def _diode(law: Law, fitted: Fitted, film: Film) -> Described:
    if film.temperature is None:
        return [Figure("n kT/q", *_power(fitted["shape"], 1.0, -1), "V")], ""
    ideality = _power(fitted["shape"], 1.0, -1)
    objection = ""
    if below(ideality, _IDEALITIES[0]) or above(ideality, _IDEALITIES[1]):
        objection = (
            f"its ideality factor is {ideality[0]:.3g}, not from {_IDEALITIES[0]:g} to {_IDEALITIES[1]:g}"
        )
    found = [_prefactor(law, fitted, film, 0), Figure("ideality", *ideality, "1")]
    if film.area is not None and not film.several:
        found[0], below_zero = _thermionic(fitted, film)
        objection = objection or below_zero
    return found, objection


_ALL: dict[str, Callable[[Law, Fitted, Film], Described]] = {
    "ohmic": _ohmic,
    "space charge": _space_charge,
    "space charge with exponential traps": _traps,
    "trap-filled limit": _traps,
    "space charge with field-dependent mobility": _murgatroyd,
    "Schottky emission": _image(1),
    "Poole-Frenkel": _image(2),
    "Fowler-Nordheim": _fowler_nordheim,
    "direct tunnelling": _direct,
    "thermionic-field emission": _thermionic_field,
    "hopping": _hopping,
    "ohmic and space charge": _crossover,
    "thermionic emission of a diode": _diode,
}
