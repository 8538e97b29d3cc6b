r"""The barrier of a thin insulator between a film and an electrode, as one carrier sees it, and what tunnels.

Energies are counted from the edge of the film's band at its face, positive into the band (up for electrons, down for
holes), in kT0. The barrier is a trapezoid: :math:`b_f` at the film, the offset of the bands, and
:math:`b_c = b_f + z'(\psi_f - \psi_c)` at the electrode, with the potential at both faces, :math:`z' = 1` for electrons
and -1 for holes. The transmission is that of Wentzel, Kramers and Brillouin,

.. math:: D(E) = \exp\left(-\frac{2\sqrt{2m}}{\hbar}\int_{U(x) > E}\sqrt{U(x) - E}\,dx\right),

1 above the barrier, so that direct tunnelling, that of Fowler and Nordheim and thermionic emission are one formula.
What passes elastically from both Fermi levels is (R. Tsu and L. Esaki, Appl. Phys. Lett. 22, 562, 1973; A. Gehring and
S. Selberherr, IEEE Trans. Device Mater. Reliab. 4, 306, 2004)

.. math:: \Gamma = \frac{A^*T^2}{q}\int_0^\infty
          D(E)\,\ln\frac{1 + e^{(E_f - E)/kT}}{1 + e^{(E_c - E)/kT}}\,\frac{dE}{kT}

per area and time, out of the film, with the Richardson constant of the mass that belongs to the film's density of
states: without a barrier it is the emission of a Schottky contact. Nothing passes where both levels are the same. The
parallel momentum is kept; no image force, no resonances.

The range of energies is parted at both ends of the barrier and at both Fermi levels, where the integrand turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import ufl

from fem.constants import BOLTZMANN, ELECTRON_MASS, ELEMENTARY_CHARGE, PLANCK
from fem.forms.context import Context
from fem.forms.edge_data import HEAD, TAIL
from fem.forms.edge_flux import Expr
from fem.forms.face_pairs import FacePairs
from fem.forms.temperature_law import slope_and_bend
from fem.materials.datum import Datum
from fem.materials.material import Material
from fem.physics.dissipation import logarithm

PARTS, POINTS = 5, 64  #: of the range of energies, and points of Gauss and Legendre in each
_TAIL = 40.0  # [kT] beyond all levels and edges, where the integrand has fallen to e^-40
_TOUCHING = 1e-9  # [kT0]: of the barrier over an energy, whose root has no slope at 0
_SIGN = {"electron": 1, "hole": -1}  # of an energy: up for electrons
_DEEPEST = 700.0  # exponent
_DEPTH = 10 * ELEMENTARY_CHARGE  # [J] from the Fermi level of a metal to the bottom of its band


@dataclass(frozen=True, eq=False)
class Barrier:
    """An insulator ``across`` between the film ``into`` and an electrode of work function ``work_function`` [J]."""

    context: Context
    pairs: FacePairs
    carrier: str
    across: Material
    into: Material
    work_function: float

    @property
    def length(self) -> Expr:
        """The thickness [L0]."""
        return self.pairs.length

    @cached_property
    def warmth(self) -> Expr:
        """The temperature at the film's face over the ambient one."""
        found = self.context.warmth(TAIL)  # type: ignore[arg-type]
        return 1.0 if found is None else found

    @cached_property
    def filling(self) -> Expr:
        """n/N_c at the film's face, or p/N_v."""
        warmth = self.context.warmth(TAIL)  # type: ignore[arg-type]
        ratio = self.context.ratio(self.carrier)(warmth)
        return self.density / self.law("states", self._states)(warmth) * ratio

    @property
    def density(self) -> Expr:
        """The reduced density at the film's face [N0]."""
        return self.context.calculus.at(self.context.field(self.carrier), TAIL)

    @property
    def occupied(self) -> Expr:
        """How much of the edge of the film's band is filled."""
        return self.filling / (1 + self.filling)

    def supply(self, reduced: Expr) -> Expr:
        """Return ln(1 + e^((E_f - E)/kT)) of the film at an energy [kT]."""
        return log_of_sum(self.filling * ufl.exp(-reduced))

    @cached_property
    def film_level(self) -> Expr:
        """The quasi-Fermi level of the film [kT0]."""
        return self.warmth * logarithm(self.filling)

    @cached_property
    def contact_level(self) -> Expr:
        """The Fermi level of the electrode [kT0]."""
        work = self.work_function / self.context.scaling.energy
        edge = self.context.constant(self._edge(self.into) - _SIGN[self.carrier] * work)
        return self.drop + edge + self._rise_of_edge

    @property
    def fall(self) -> Expr:
        """What a carrier loses that leaves the film [kT0]."""
        return self.film_level - self.contact_level

    @cached_property
    def drop(self) -> Expr:
        """By how much the barrier is higher at the electrode than at the film [kT0]."""
        c, psi = self.context.calculus, self.context.field("potential")
        return -_SIGN[self.carrier] * c.delta(psi, TAIL, HEAD)

    @cached_property
    def height(self) -> Expr:
        """The barrier at the film's face [kT0]."""
        here = self.context.constant(self._edge(self.into) - self._edge(self.across))
        warmth = self.context.warmth(TAIL)  # type: ignore[arg-type]
        if warmth is None:
            return here

        def edge(factor: float) -> float:
            return self._edge(self.across, factor * self.context.setting.temperature)

        slope, bend = (self.context.constant(x) for x in slope_and_bend(edge))
        return here + self._rise_of_edge - (warmth - 1) * slope - bend * warmth * ufl.ln(warmth)

    @cached_property
    def _rise_of_edge(self) -> Expr:
        """By how much the film's ``_edge`` rises with the temperature of its face [kT0], by the laws of its carriers.

        The level of the band's edge is that at which electrochemical energies count from 0
        (``fem.physics.carriers.thermoelectric``), so that what a carrier falls by is the difference of these.
        """
        warmth = self.context.warmth(TAIL)  # type: ignore[arg-type]
        if warmth is None:
            return 0.0
        bands = self.context.setting.bands

        def at_zero(temperature: float) -> float:
            ratio = bands.ratio(self.carrier, self.into, temperature)
            return (
                ratio
                * bands.at_zero(self.carrier, temperature)
                / bands.own_states(self.carrier, self.into, temperature)
            )

        law = self.law("edge", at_zero)
        return warmth * ufl.ln(law(warmth)) - ufl.ln(law())

    def _edge(self, material: Material, temperature: float | None = None) -> float:
        """Return by how much the band lies below the vacuum level, against the direction of energies, in kT0."""
        t = self.context.setting.temperature if temperature is None else temperature
        kt = self.context.scaling.energy
        depth: float = material.si("electron_affinity", t)
        return (depth if self.carrier == "electron" else -depth - material.si("band_gap", t)) / kt

    @property
    def mass(self) -> float:
        """The mass under the barrier [m0]."""
        return float(self.across.si(f"{self.carrier}_tunnelling_mass", self.context.setting.temperature))

    def law(self, name: str, value: Any, datum: Datum | None = None) -> Any:
        """Return a coefficient ``value(temperature)`` of this barrier, of a ``datum``, as a law of the temperature."""
        return self.context.law(
            f"{self.carrier} across {self.pairs.name}: {name}", lambda _r, _m, t: value(t), lambda _m: datum
        )

    def _states(self, temperature: float) -> float:
        name = "effective_dos_conduction" if self.carrier == "electron" else "effective_dos_valence"
        return float(self.into.si(name, temperature)) / self.context.scaling.density

    def exponent(self, first: Expr, second: Expr, length: Expr) -> Expr:
        """Return -ln D of a trapezoid: heights over the energy at both ends [kT0] and its length [L0]."""
        scaling = self.context.scaling
        root = np.sqrt(2 * self.mass * ELECTRON_MASS * scaling.energy) * 2 * np.pi / PLANCK
        factor = self.context.constant(4 / 3 * root * scaling.length)
        return factor * length * _mean_root(first, second)

    def transmission(self, first: Expr, second: Expr, length: Expr) -> Expr:
        """Return D of a trapezoid; see ``exponent``."""
        return ufl.exp(-ufl.min_value(self.exponent(first, second, length), _DEEPEST))

    def flux(self) -> Expr:
        """Return what tunnels out of the film [N0 D0/L0], to be integrated over ``PARTS`` of ``POINTS``."""
        low, high = _part(self._turns(), self.pairs.part)
        energy = low + (high - low) * self.pairs.place
        through = self.transmission(self.height - energy, self.height + self.drop - energy, self.length)
        reduced = energy / self.warmth
        net = self.supply(reduced) - softplus(self.contact_level / self.warmth - reduced)
        speed = self.law("emission", self._emission)(self.context.warmth(TAIL))  # type: ignore[arg-type]
        return speed * through * net * (high - low) / self.warmth

    def _turns(self) -> list[Expr]:
        """Return where the integrand turns, in order, from the edge of the band on."""
        tops = [self.height, self.height + self.drop]
        turns = [ufl.max_value(e, 0.0) for e in (*tops, self.film_level, self.contact_level)]
        for i, j in ((0, 1), (2, 3), (0, 2), (1, 3), (1, 2)):
            turns[i], turns[j] = ufl.min_value(turns[i], turns[j]), ufl.max_value(turns[i], turns[j])
        return [self.context.constant(0.0), *turns, turns[-1] + _TAIL * self.warmth]

    def _emission(self, temperature: float) -> float:
        r"""Return :math:`A^*T^2/q = v N_c`, with the mean velocity v of the mass that belongs to N_c."""
        scaling = self.context.scaling
        states = self._states(temperature) * scaling.density
        kt = scaling.energy * temperature / self.context.setting.temperature
        mass = (states / 2) ** (2 / 3) * PLANCK**2 / (2 * np.pi * kt)
        return float(np.sqrt(kt / (2 * np.pi * mass)) * states / (scaling.density * scaling.velocity))


@dataclass(frozen=True, eq=False)
class MetalBarrier(Barrier):
    """The barrier between two metals, as electrons see it, which are free in both.

    ``into`` has the work function ``own`` [J]; its band begins 10 eV below its Fermi level.
    """

    own: float = 0.0

    @property
    def occupied(self) -> Expr:
        """All of it."""
        return 1.0

    def supply(self, reduced: Expr) -> Expr:
        """Return ln(1 + e^((E_f - E)/kT)) of the metal at an energy [kT]."""
        return softplus(self.film_level / self.warmth - reduced)

    @cached_property
    def film_level(self) -> Expr:
        """The Fermi level [kT0]."""
        return self.context.constant(_DEPTH / self.context.scaling.energy)

    @property
    def _rise_of_edge(self) -> Expr:
        """A metal's Fermi level stays where it is."""
        return 0.0

    def _edge(self, material: Material, temperature: float | None = None) -> float:
        if material is self.into:
            return (self.own + _DEPTH) / self.context.scaling.energy
        return super()._edge(material, temperature)

    def _states(self, temperature: float) -> float:
        """Return N_c of free electrons [N0]."""
        states = 2 * (2 * np.pi * ELECTRON_MASS * BOLTZMANN * temperature / PLANCK**2) ** 1.5
        return float(states / self.context.scaling.density)


def _mean_root(first: Expr, second: Expr) -> Expr:
    r"""Return :math:`(a^{3/2} - b^{3/2})/(a - b)` of the positive parts, 3/2 of the mean root along the trapezoid."""
    p, q = (ufl.sqrt(ufl.max_value(x, _TOUCHING)) for x in (first, second))
    both = ufl.And(ufl.gt(first, 0.0), ufl.gt(second, 0.0))
    whole = (p * p + p * q + q * q) / (p + q)
    top = ufl.max_value(ufl.max_value(first, second), 0.0)
    part = top * ufl.sqrt(ufl.max_value(top, _TOUCHING)) / ufl.max_value(abs(first - second), _TOUCHING)
    return ufl.conditional(both, whole, part)


def _part(turns: Sequence[Expr], part: Expr) -> tuple[Expr, Expr]:
    """Return both ends of a part of the range."""
    low, high = turns[-2], turns[-1]
    for k in range(len(turns) - 3, -1, -1):
        here = ufl.lt(part, k + 0.5)
        low, high = ufl.conditional(here, turns[k], low), ufl.conditional(here, turns[k + 1], high)
    return low, high


def log_of_sum(x: Expr) -> Expr:
    """Return ln(1 + x) of x that is not negative, to full relative accuracy."""
    small = ufl.lt(x, 1e-2)
    series: Any = 0.0
    for k in range(8, 0, -1):
        series = (-1.0) ** (k + 1) / k + x * series
    return ufl.conditional(small, x * series, ufl.ln(1 + x))


def softplus(x: Expr) -> Expr:
    """Return ln(1 + e^x) without overflow."""
    return ufl.max_value(x, 0.0) + log_of_sum(ufl.exp(-ufl.min_value(abs(x), _DEEPEST)))
