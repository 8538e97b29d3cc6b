r"""Laws of conduction through a film, as values: the shape of ln I over voltage and temperature.

With :math:`\beta = q/kT` and the field E = V/d every law here has the form

.. math:: \ln I = a - \beta\varphi + \tau\ln T + p\ln V + f(V, \beta; s)

with at most three parameters: the prefactor a, the barrier φ [eV], which only several temperatures tell from a, and the
shape s, whose meaning :attr:`Law.symbol` says. Chiu, Adv. Mater. Sci. Eng. 2014, 578168, reviews all of them but the
last two of space charge; the formulas are those of S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 3rd ed.,
Wiley 2007, sections 1.5 and 4.3, unless :attr:`Law.source` says another.

The image force lowers a barrier by :math:`\sqrt{qE/4\pi\varepsilon}` (Schottky), and a charged trap by twice that
(Poole-Frenkel). Direct tunnelling is Simmons' formula for qV below the barrier with the exponents to first order in V,
:math:`J \propto \sinh(V/V_0)` with :math:`V_0 = h\sqrt{\bar\phi}/(\pi s\sqrt{2m})`, which is ohmic far below V_0;
that it grows by some per cent to room temperature is left out. A hop over the distance a in the field has
:math:`J \propto \sinh(qaE/2kT)` (N. F. Mott and E. A. Davis, Electronic Processes in Non-Crystalline Materials,
2nd ed., Oxford 1979, section 2.15): at one temperature the same curve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from studies.metrics.conductance import Array

Shape = Callable[[Array, Array, float | Array], Array]
_SZE = "Sze and Ng, Physics of Semiconductor Devices, 3rd ed., 2007"
_CHIU = "Chiu, Adv. Mater. Sci. Eng. 2014, 578168"
TRAP_FILLING = 10.0  #: exponent of the voltage from which a rise is that of the trap-filled limit


@dataclass(frozen=True, kw_only=True)
class Law:
    """A law of conduction: ``formula`` in words of a textbook, with its ``source``.

    ``power`` is p and ``temperature_power`` τ. ``shape`` is f(V [V], β [1/V], s) of a size V; ``linear`` says that it
    is proportional to s. If not, ``shape_range`` are the values of s times ``reach`` among which it is sought:
    "voltage" is the largest V, "field" the largest βV and "beta" the mean β. ``activated`` laws have a barrier, which
    may be below 0 in ``free`` ones (a metal's). ``symbol`` and ``unit`` are those of s. ``limits`` are laws that this
    one becomes in a limit of s, ``alike`` is the law that has the same curve at one temperature.
    """

    name: str
    formula: str
    source: str
    power: float
    temperature_power: float = 0.0
    activated: bool = True
    free: bool = False
    shape: Shape | None = None
    linear: bool = True
    reach: str = ""
    shape_range: tuple[float, float] = (0.0, np.inf)
    symbol: str = ""
    unit: str = ""
    limits: tuple[str, ...] = ()
    alike: str = ""

    def fixed(self, voltage: Array, beta: Array, temperature: Array) -> Array:
        """Return the part of ln I without parameters, τ ln T + p ln V, shape (n,)."""
        return self.power * np.log(voltage) + self.temperature_power * np.log(temperature)

    def slope(self, beta: Array, shape: float) -> Array:
        """Return by what the barrier goes into ln I, shape (n,): -β, or l of exponential traps."""
        return -shape * beta if self.name in _OF_TRAPS else -beta


def _log_sinh(x: Array) -> Array:
    """Return ln sinh x, without overflow."""
    return x + np.log1p(-np.exp(-2 * x)) - np.log(2.0)


def _log_expm1(x: Array) -> Array:
    """Return ln(exp x - 1), without overflow."""
    return x + np.log(-np.expm1(-x))


def _traps(v: Array, beta: Array, s: float | Array) -> Array:
    """Return the shape of Mark and Helfrich with the energy s [eV] of the traps below the band, l = sβ."""
    level = s * beta
    return (
        (level + 1) * np.log(v)
        + (level + 1) * np.log((2 * level + 1) / (level + 1))
        + level * np.log(level / (level + 1))
    )


_OF_TRAPS = ("space charge with exponential traps", "trap-filled limit")
_MARK_HELFRICH = "Mark and Helfrich, J. Appl. Phys. 33, 205, 1962"

OHMIC = Law(
    name="ohmic",
    formula="I = G0 exp(-φ/kT) V",
    source=_SZE,
    power=1,
    free=True,
)
MOTT_GURNEY = Law(
    name="space charge",
    formula="I = (9/8) ε µ θ A V²/d³, µθ ~ exp(-φ/kT)",
    source="Mott and Gurney, Electronic Processes in Ionic Crystals, 1940; " + _SZE,
    power=2,
    free=True,
)
EXPONENTIAL_TRAPS = Law(
    name=_OF_TRAPS[0],
    formula="I ~ V^(l+1)/d^(2l+1), l = Tt/T",
    source=_MARK_HELFRICH,
    power=0,
    free=True,
    shape=_traps,
    linear=False,
    reach="beta",
    shape_range=(1.0, TRAP_FILLING - 1),
    symbol="kTt",
    unit="eV",
    limits=("space charge",),
)
TRAP_FILLED_LIMIT = Law(
    name=_OF_TRAPS[1],
    formula=f"I ~ V^(l+1), l + 1 > {TRAP_FILLING:g}: all traps are filled at V = q N d²/2ε",
    source="Lampert, Phys. Rev. 103, 1648, 1956; " + _MARK_HELFRICH,
    power=0,
    free=True,
    shape=_traps,
    linear=False,
    reach="beta",
    shape_range=(TRAP_FILLING - 1, 300.0),
    symbol="kTt",
    unit="eV",
)
MURGATROYD = Law(
    name="space charge with field-dependent mobility",
    formula="I = (9/8) ε µ0 A V²/d³ exp(0.891 γ sqrt(V/d)), γ ~ 1/kT",
    source="Murgatroyd, J. Phys. D 3, 151, 1970",
    power=2,
    shape=lambda v, beta, s: s * beta * np.sqrt(v),
    symbol="lowering",
    unit="eV/V^0.5",
    limits=("space charge",),
)
SCHOTTKY = Law(
    name="Schottky emission",
    formula="I = A A* T² exp(-(φ - sqrt(q³V/4πεd))/kT)",
    source=_SZE,
    power=0,
    temperature_power=2,
    shape=lambda v, beta, s: s * beta * np.sqrt(v),
    symbol="lowering",
    unit="eV/V^0.5",
)
POOLE_FRENKEL = Law(
    name="Poole-Frenkel",
    formula="I = G0 V exp(-(φ - sqrt(q³V/πεd))/kT)",
    source="Frenkel, Phys. Rev. 54, 647, 1938; " + _SZE,
    power=1,
    shape=lambda v, beta, s: s * beta * np.sqrt(v),
    symbol="lowering",
    unit="eV/V^0.5",
    limits=("ohmic",),
)
FOWLER_NORDHEIM = Law(
    name="Fowler-Nordheim",
    formula="I ~ V² exp(-B/V), B = 8π sqrt(2m) φ^1.5 d/3qh",
    source="Lenzlinger and Snow, J. Appl. Phys. 40, 278, 1969; " + _SZE,
    power=2,
    activated=False,
    shape=lambda v, beta, s: -s / v,
    symbol="B",
    unit="V",
    limits=("space charge",),
)
DIRECT_TUNNELLING = Law(
    name="direct tunnelling",
    formula="I ~ sinh(V/V0)",
    source="Simmons, J. Appl. Phys. 34, 1793, 1963",
    power=0,
    activated=False,
    shape=lambda v, beta, s: _log_sinh(s * v),
    linear=False,
    reach="voltage",
    shape_range=(0.02, 200.0),
    symbol="1/V0",
    unit="1/V",
    limits=("ohmic",),
    alike="hopping",
)
THERMIONIC_FIELD = Law(
    name="thermionic-field emission",
    formula="I ~ sqrt(T) V exp(-φ/kT + ħ²q²V²/24m(kT)³d²)",
    source="Roberts and Polanco, Phys. Status Solidi A 1, 409, 1970; " + _CHIU,
    power=1,
    temperature_power=0.5,
    shape=lambda v, beta, s: s * beta**3 * v**2,
    symbol="rise",
    unit="V",
    limits=("ohmic",),
)
HOPPING = Law(
    name="hopping",
    formula="I ~ exp(-φ/kT) sinh(q a V/2 d kT)",
    source="Mott and Davis, Electronic Processes in Non-Crystalline Materials, 1979; " + _CHIU,
    power=0,
    shape=lambda v, beta, s: _log_sinh(0.5 * s * beta * v),
    linear=False,
    reach="field",
    shape_range=(0.04, 400.0),
    symbol="a/d",
    unit="1",
    limits=("ohmic",),
    alike="direct tunnelling",
)
CROSSOVER = Law(
    name="ohmic and space charge",
    formula="I = G0 V + (9/8) ε µ θ A V²/d³",
    source="Lampert and Mark, Current Injection in Solids, 1970",
    power=1,
    free=True,
    shape=lambda v, beta, s: np.log1p(s * v),
    linear=False,
    reach="voltage",
    shape_range=(1e-2, 1e4),
    symbol="1/Vx",
    unit="1/V",
    limits=("ohmic", "space charge"),
)
DIODE = Law(
    name="thermionic emission of a diode",
    formula="I = A A* T² exp(-φ/kT) (exp(qV/nkT) - 1)",
    source=_SZE,
    power=0,
    temperature_power=2,
    shape=lambda v, beta, s: _log_expm1(s * beta * v),
    linear=False,
    reach="field",
    shape_range=(0.02, 400.0),
    symbol="1/n",
    unit="1",
    limits=("ohmic",),
)
#: What every law must be better than: a current that the voltage does not change.
NO_LAW = Law(name="none", formula="I = I0 exp(-φ/kT)", source="no law", power=0, free=True)
#: Every law that is tried.
LAWS = (
    OHMIC,
    MOTT_GURNEY,
    EXPONENTIAL_TRAPS,
    TRAP_FILLED_LIMIT,
    MURGATROYD,
    SCHOTTKY,
    POOLE_FRENKEL,
    FOWLER_NORDHEIM,
    DIRECT_TUNNELLING,
    THERMIONIC_FIELD,
    HOPPING,
    CROSSOVER,
    DIODE,
)
