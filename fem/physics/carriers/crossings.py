r"""How carriers cross an insulating interlayer: by tunnelling, by way of traps, or by leakage of its material.

Each is a flux out of the film per area, of one carrier at a point of the film's face and the electrode in front of it,
which vanishes where the carrier's quasi-Fermi level is the Fermi level of the electrode (detailed balance).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import ufl

from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import each, one_of, optional, quantity
from fem.forms.edge_flux import Expr
from fem.physics.carriers.barrier import PARTS, POINTS, Barrier, MetalBarrier
from fem.physics.carriers.tunnel_laws import Operations, TunnelLaw

_CARRIERS = ("electron", "hole")
_TRAP_PARTS, _TRAP_POINTS = 8, 32  # of the thickness
_SMALL_FIELD = 1e3  # [V/m]: below it √E is rounded off, which has no slope at 0
_LARGEST = 600.0  # exponent
_NOTHING = 1e-300
_SAME = 1e-2  # of a thickness


@dataclass(frozen=True, kw_only=True)
class Flux:
    """A flux per area [N0 D0/L0], to be integrated over ``parts`` of the edge with so many ``points`` each."""

    value: Expr
    points: int = 1
    parts: int = 1


@runtime_checkable
class Crossing(Protocol):
    """A way to cross an interlayer."""

    def needs(self, carrier: str) -> tuple[str, ...]:
        """Return the data of the insulator that it needs for a carrier that crosses so."""

    def flux(self, barrier: Barrier, other: Barrier | None) -> Flux | None:
        """Return what leaves the film, None if this carrier does not; ``other``: the barrier of the other carrier."""


@dataclass(frozen=True)
class BarrierTunnelling:
    """Elastic tunnelling through the barrier and emission over it, of the ``carriers`` named; see ``barrier``.

    The insulator has an ``electron_affinity``, for holes a ``band_gap``, and the masses under its barriers.
    """

    carriers: tuple[str, ...] = _CARRIERS

    def __post_init__(self) -> None:
        settle(self, "BarrierTunnelling", carriers=each(one_of(_CARRIERS), 1, 2))

    def needs(self, carrier: str) -> tuple[str, ...]:
        """Return the data of the insulator that it needs."""
        return _barrier_data(carrier) if carrier in self.carriers else ()

    def flux(self, barrier: Barrier, other: Barrier | None) -> Flux | None:
        """Return what leaves the film."""
        if barrier.carrier not in self.carriers:
            return None
        return Flux(value=barrier.flux(), points=POINTS, parts=PARTS)


@dataclass(frozen=True, kw_only=True)
class TrapAssistedTunnelling:
    r"""Tunnelling in two steps, by way of traps of one level spread evenly over the insulator.

    .. math:: \Gamma = N_t\int\frac{c_1c_2}{c_1 + c_2}\,(f_f - f_c)\,dx

    over the thickness, with the occupancies :math:`f` that film and electrode would give the level, and the rates
    :math:`c_2 = \nu D_2` and :math:`c_1 = \nu D_1(n/N_c + e^{-(E_{edge} - E_t)/kT})`: a level below the edge of the
    film's band takes a carrier from the edge and gives it back by its activation; one above it, elastically (M. P.
    Houng, Y. H. Wang and W. J. Chang, J. Appl. Phys. 86, 1488, 1999; W. Shockley and W. T. Read, Phys. Rev. 87, 835,
    1952). ``density`` [1/m^3], ``depth`` [J] below the barrier's edge, ``attempt_frequency`` ν [1/s]. What is on the
    traps is not in the space charge.
    """

    carrier: str
    density: float
    depth: float
    attempt_frequency: float

    def __post_init__(self) -> None:
        settle(
            self,
            "TrapAssistedTunnelling",
            carrier=one_of(_CARRIERS),
            density=quantity(1e12, 1e29, "1/m^3"),
            depth=quantity(1e-3 * ELEMENTARY_CHARGE, 20 * ELEMENTARY_CHARGE, "J"),
            attempt_frequency=quantity(1.0, 1e18, "1/s"),
        )

    def needs(self, carrier: str) -> tuple[str, ...]:
        """Return the data of the insulator that it needs."""
        return _barrier_data(carrier) if carrier == self.carrier else ()

    def flux(self, barrier: Barrier, other: Barrier | None) -> Flux | None:
        """Return what leaves the film."""
        if barrier.carrier != self.carrier:
            return None
        if isinstance(barrier, MetalBarrier):
            raise IncompatibleError("TrapAssistedTunnelling is between a semiconductor and a contact.")
        pairs, scaling = barrier.pairs, barrier.context.scaling
        where = (pairs.part + pairs.place) / _TRAP_PARTS  # along the thickness, from the film
        depth = barrier.context.constant(self.depth / scaling.energy)
        edge = barrier.height + barrier.drop * where
        level = edge - depth
        energy = ufl.max_value(level, 0.0)  # of what passes on the film's side
        first = barrier.transmission(barrier.height - energy, edge - energy, where * barrier.length)
        second = barrier.transmission(
            depth, barrier.height + barrier.drop - level, (1 - where) * barrier.length
        )
        steps = _bounded(level / barrier.warmth)
        first = first * (barrier.filling + ufl.exp(ufl.min_value(steps, 0.0)))
        by_film = barrier.filling / (barrier.filling + ufl.exp(steps))
        by_contact = 1 / (1 + ufl.exp(_bounded((level - barrier.contact_level) / barrier.warmth)))
        rate = self.density / scaling.density * self.attempt_frequency * scaling.time / _TRAP_PARTS
        value = barrier.context.constant(rate) * barrier.length * first * second / (first + second + _NOTHING)
        return Flux(value=value * (by_film - by_contact), points=_TRAP_POINTS, parts=_TRAP_PARTS)


@dataclass(frozen=True, kw_only=True)
class InterlayerLeakage:
    r"""Leakage by the ``electrical_conductivity`` σ of the insulator, in which its activation is.

    :math:`J = \sigma\,\Delta E_F/(qd)` with the difference of the Fermi levels of film and electrode, each carrier by
    its own level and its share of all carriers at the film's face. ``poole_frenkel_permittivity``: relative
    permittivity at high frequency with which the field E lowers the activation, by :math:`\beta\sqrt E`,
    :math:`\beta = \sqrt{q^3/\pi\varepsilon}` (J. Frenkel, Phys. Rev. 54, 647, 1938); None leaves it.
    """

    poole_frenkel_permittivity: float | None = None

    def __post_init__(self) -> None:
        settle(self, "InterlayerLeakage", poole_frenkel_permittivity=optional(quantity(0.1, 1e6, "1")))

    def needs(self, carrier: str) -> tuple[str, ...]:
        """Return the data of the insulator that it needs."""
        return ("electrical_conductivity",)

    def flux(self, barrier: Barrier, other: Barrier | None) -> Flux | None:
        """Return what leaves the film."""
        scaling, warmth = barrier.context.scaling, barrier.warmth
        unit = scaling.potential / (scaling.length * scaling.current_density)

        def conductivity(temperature: float) -> float:
            return float(barrier.across.si("electrical_conductivity", temperature)) * unit

        value = barrier.law("conductivity", conductivity, barrier.across.electrical_conductivity)(
            None if isinstance(warmth, float) else warmth
        )
        value = value * self._gain(barrier) * barrier.fall / barrier.length
        if other is not None:
            states = [x.context.ratio(x.carrier)(_or_none(x.warmth)) * x.density for x in (barrier, other)]
            value = value * states[0] / (states[0] + states[1])
        return Flux(value=value)

    def _gain(self, barrier: Barrier) -> Expr:
        if self.poole_frenkel_permittivity is None:
            return 1.0
        scaling = barrier.context.scaling
        lowering = ELEMENTARY_CHARGE**3 / (math.pi * VACUUM_PERMITTIVITY * self.poole_frenkel_permittivity)
        unit = scaling.potential / scaling.length
        field = barrier.drop / barrier.length
        root = ufl.sqrt(ufl.sqrt(field * field + (_SMALL_FIELD / unit) ** 2))
        beta = barrier.context.constant(math.sqrt(lowering * unit) / scaling.energy)
        return ufl.exp(ufl.min_value(beta * root / barrier.warmth, _LARGEST))


@dataclass(frozen=True, kw_only=True)
class BarrierLaw:
    """A closed ``law`` J(E) of one ``carrier``, such as DirectTunnelling or FowlerNordheim.

    E is the difference of both Fermi levels over the thickness: the field of a barrier that is as high on both faces.
    What leaves the film does so by the filling n/(n + N_c) of its band's edge, as in ``Tunnelling``. Simmons' closed
    form is 7 to 23 % below the integral between two metals (2 to 5 nm, 1.5 to 3 eV, up to 0.3 V).
    """

    carrier: str
    law: TunnelLaw

    def __post_init__(self) -> None:
        settle(self, "BarrierLaw", carrier=one_of(_CARRIERS))
        if not isinstance(self.law, TunnelLaw):
            raise IncompatibleError(f"law of BarrierLaw is {self.law!r}, which has no current_density.")

    def needs(self, carrier: str) -> tuple[str, ...]:
        """Return nothing: the law has its own data."""
        return ()

    def flux(self, barrier: Barrier, other: Barrier | None) -> Flux | None:
        """Return what leaves the film; IncompatibleError if the law is of another thickness."""
        if barrier.carrier != self.carrier:
            return None
        context, scaling = barrier.context, barrier.context.scaling
        own, drawn = getattr(self.law, "thickness", None), barrier.pairs.longest * scaling.length
        if own is not None and abs(own - drawn) > _SAME * drawn:
            raise IncompatibleError(
                f"{type(self.law).__name__} has a thickness of {own:.3g} m, and the insulator is {drawn:.3g} m thick."
            )
        operations = Operations(ufl.exp, ufl.sqrt, ufl.sign, ufl.max_value, ufl.min_value, context.constant)
        field = context.constant(scaling.potential / scaling.length) * barrier.fall / barrier.length
        value = self.law.current_density(field, context.setting.temperature, operations)
        value = value / context.constant(scaling.current_density)
        return Flux(value=value * ufl.conditional(ufl.gt(barrier.fall, 0), barrier.occupied, 1.0))


def _bounded(exponent: Expr) -> Expr:
    return ufl.min_value(ufl.max_value(exponent, -_LARGEST), _LARGEST)


def _or_none(warmth: Expr) -> Expr | None:
    return None if isinstance(warmth, float) else warmth


def _barrier_data(carrier: str) -> tuple[str, ...]:
    if carrier not in _CARRIERS:
        raise UnknownNameError("carrier", carrier, _CARRIERS)
    data = ("electron_affinity", f"{carrier}_tunnelling_mass")
    return data if carrier == "electron" else ("band_gap", *data)
