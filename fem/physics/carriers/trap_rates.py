"""Rates of capture and emission of a trap level, alike in a volume and on an interface; see ``traps``."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import ufl

from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Setting
from fem.physics.carriers.trap_level import CHARGE_EMPTY, TrapLevel
from fem.physics.dissipation import logarithm

Place = Any  #: a local vertex of a cell, or None on a facet
RegionValue = Callable[[Setting, str], float]


class TrapRates(TrapLevel):
    """The rate equation of a level, from densities and rates of change at some place."""

    @abstractmethod
    def densities(self, context: Context, carrier: str, place: Place) -> tuple[Expr, Expr]:
        """Return n and n_1, or p and p_1 [N0]."""

    @abstractmethod
    def filled(self, context: Context, name: str, place: Place) -> Expr:
        """Return the electrons on the level."""

    @abstractmethod
    def change(self, context: Context, name: str, place: Place) -> Expr:
        """Return the time derivative of the electrons on the level."""

    def excess(self, context: Context, name: str, place: Place) -> Expr:
        """Return n_t less what the rates make it: the rate equation, see ``traps``."""
        fill, empty = self._filling(context, place)
        density = context.constant(self.scaled_density(context))
        made = (density * fill - self.change(context, name, place)) / (fill + empty)
        return self.filled(context, name, place) - made

    def loss(self, context: Context, name: str, carrier: str, place: Place) -> Expr:
        """Return R_n or R_p, what the carriers lose to the level."""
        fill, empty = self._filling(context, place)
        mobile, level = self.densities(context, carrier, place)
        sign = 1 if carrier == "electron" else -1
        part = self._capture(context, carrier) * (mobile + level) / (fill + empty)
        return self.recombination(context, place) + sign * part * self.change(context, name, place)

    def recombination(self, context: Context, place: Place) -> Expr:
        """Return the rate of Shockley, Read and Hall at the steady occupancy."""
        if len(self._captured()) < 2:
            return 0.0
        fill, empty = self._filling(context, place)
        (n, n1), (p, p1) = (self.densities(context, s, place) for s in ("electron", "hole"))
        density = context.constant(self.scaled_density(context))
        both = self._capture(context, "electron") * self._capture(context, "hole")
        return density * both * (n * p - n1 * p1) / (fill + empty)

    def warming(self, context: Context, name: str, place: Place, warmth: Expr | None) -> Expr:
        """Return the heat of capture: each rate times the fall to the level's own quasi-Fermi level.

        And, as the level fills, the fall from that to the level itself, whose energy is what held electrons keep.
        """
        filled, density = self.filled(context, name, place), context.constant(self.scaled_density(context))
        occupancy = logarithm(filled) - logarithm(density - filled)
        total: Expr = occupancy * self.change(context, name, place)
        for carrier in self._captured():
            mobile, level = self.densities(context, carrier, place)
            sign = 1 if carrier == "electron" else -1
            fall = logarithm(mobile) - logarithm(level) - sign * occupancy
            total += ufl.max_value(self.loss(context, name, carrier, place) * fall, 0.0)
        return total if warmth is None else warmth * total

    def _filling(self, context: Context, place: Place) -> tuple[Expr, Expr]:
        """Return A and B [1/t0]."""
        fill: Expr = 0
        empty: Expr = 0
        for carrier in self._captured():
            mobile, level = self.densities(context, carrier, place)
            capture = self._capture(context, carrier)
            fill += capture * (mobile if carrier == "electron" else level)
            empty += capture * (level if carrier == "electron" else mobile)
        return fill, empty

    def _capture(self, context: Context, carrier: str) -> Expr:
        scale = context.scaling.density * context.scaling.time
        return context.constant(getattr(self, f"{carrier}_capture") * scale)

    def _empty_charge(self, context: Context) -> Expr:
        return context.constant(CHARGE_EMPTY[self.kind] * self.scaled_density(context))

    def _by_region(self, context: Context, what: str, value: RegionValue, outside: float) -> Expr:
        """Return ``value(setting, region)`` as a piecewise constant function, ``outside`` where no trap is."""
        regions, setting = self._regions(context.setting), context.setting
        return context.by_region(
            f"{self.name} {what}", lambda r, _: value(setting, r) if r in regions else outside
        )
