r"""Trap levels on an interface, with an occupancy of their own.

.. math:: \partial_t n_s = c_n[n(N_s - n_s) - n_1 n_s] - c_p[p\,n_s - p_1(N_s - n_s)]

per area, with the densities n and p of one side (W. Shockley and W. T. Read, Phys. Rev. 87, 835, 1952; E. H.
Nicollian and A. Goetzberger, Bell Syst. Tech. J. 46, 1055, 1967), solved as those in a volume are (see ``traps``).
The charge, :math:`-qn_s` of acceptors and :math:`q(N_s - n_s)` of donors, is a sheet: the displacement jumps by it.
The unknown :math:`n_s/L_0` lives at the nodes of the interface, where all integrals are lumped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from fem.errors import IncompatibleError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import interface, interface_regions
from fem.forms.occupation import degeneracy_of
from fem.forms.setting import Field, Setting
from fem.forms.statistics import site_limited
from fem.materials.material import Material
from fem.physics.carriers.trap_rates import TrapRates


@dataclass(frozen=True)
class InterfaceTraps(TrapRates):
    """One trap level, of ``density`` [1/m^2], on the ``interface`` "a|b".

    The level exchanges carriers with the semiconductor ``side``; it must be named where both are. ``energy``,
    ``depth``, ``kind``, ``electron_capture`` and ``hole_capture`` [m^3/s] are as of ``Traps``, in the bands of that
    side. Unknown: the electrons on the level per area, by ``name``; ``state.density(name)`` [1/m^2] and
    ``state.trap_occupancy(name)`` have it at the nodes of the interface, and 0 elsewhere. For several levels give
    several terms.

    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    _: KW_ONLY
    interface: str
    side: str | None = None

    unit: ClassVar[str] = "1/m^2"

    def scaled_density(self, context: Context) -> float:
        """Return the density of levels [N0 L0], what the unknown is limited by."""
        return self.density / (context.scaling.density * context.scaling.length)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the electrons on the level, at the nodes of the interface."""
        return tuple(
            Field(
                name=name,
                charge_number=-1,
                regions=regions,
                interface=self.interface,
                controlled=True,
                trap=True,
                upper_bound=self.density / setting.mesh.unit,
            )
            for name, regions in self.groups(setting).items()
        )

    def charge_form(self, context: Context, v: Expr) -> Expr:
        """Return the form of the charge per area, for a test function."""
        charge = self._empty_charge(context) - self.filled(context, self.name, None)
        return self._on_interface(context, charge, v)

    def equilibrium_charge_form(self, context: Context, potential: Expr, v: Expr) -> Expr:
        """Return the form of the charge per area at Fermi level 0, for a test function."""
        exponent = context.constant(self.exponent(context.setting, self.side_of(context.setting)))
        filled = site_limited(exponent + potential("+"), context.constant(self.scaled_density(context)))
        return self._on_interface(context, self._empty_charge(context) - filled, v)

    def residual(self, context: Context) -> Expr:
        """Return the rate equation and what the continuity equations lose to it, on the interface."""
        form = self._on_interface(context, self.excess(context, self.name, None), context.test(self.name))
        for carrier in self._captured():
            loss = context.row_scale(carrier) * self.loss(context, self.name, carrier, None)
            form += self._on_interface(context, loss, context.test(carrier))
        return form

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return the heat of capture."""
        heat = self.warming(context, self.name, None, interface(context, self.interface).warmth)
        return {self.name: self._on_interface(context, heat, v)}

    def filled(self, context: Context, name: str, place: None) -> Expr:
        """Return the electrons on the level [N0 L0] on the facets."""
        return context.field(name)("+")

    def change(self, context: Context, name: str, place: None) -> Expr:
        """Return the time derivative of the electrons on the level [N0 L0/t0] on the facets."""
        k = context.index(name)
        return sum(c * values[k]("+") for c, values in context.history(name))

    def densities(self, context: Context, carrier: str, place: None) -> tuple[Expr, Expr]:
        """Return n and n_1, or p and p_1 [N0], of the level's side on the facets."""
        setting, side = context.setting, self.side_of(context.setting)
        own, k = setting.materials[side], ("electron", "hole").index(carrier)

        def ratio(_region: str, _material: Material, t: float) -> float:
            return setting.bands.ratio(carrier, own, t)

        def level(_region: str, _material: Material, t: float) -> float:
            return self.level_densities(setting, side, own, t)[k] / context.scaling.density

        def states(_region: str, _material: Material, t: float) -> float:
            return setting.bands.own_states(carrier, own, t) / context.scaling.density

        activity = self._law(context, f"{carrier} ratio", ratio) * context.field(carrier)("+")
        left = degeneracy_of(context, activity, self._law(context, f"{carrier} states", states))
        return left * activity, left * self._law(context, f"{carrier} level", level)

    def _law(self, context: Context, what: str, value: Callable[[str, Material, float], float]) -> Expr:
        return interface(context, self.interface).law(f"{self.name} on {self.interface}: {what}", value)

    def _on_interface(self, context: Context, density: Expr, v: Expr) -> Any:
        """Return the lumped integral of a density on the facets times a test function."""
        return interface(context, self.interface).lump(density, v)

    def side_of(self, setting: Setting) -> str:
        """Return the semiconductor whose carriers the level exchanges; raises if that is not clear."""
        regions = interface_regions(setting.mesh, self.interface)
        kinds = {r: setting.materials[r].kind for r in regions}
        known = [r for r, kind in kinds.items() if kind == "semiconductor"]
        if not known or "metal" in kinds.values():
            raise IncompatibleError(
                f"{self.title} on {self.interface!r} needs a semiconductor and an insulator or another "
                f"semiconductor; it touches {' and '.join(f'{r!r} ({k})' for r, k in kinds.items())}."
            )
        if self.side is None and len(known) > 1:
            raise IncompatibleError(
                f"{self.title} on {self.interface!r} lies between two semiconductors; give side={known[0]!r} or "
                f"side={known[1]!r}, the one whose carriers it captures."
            )
        if self.side is not None and self.side not in known:
            raise IncompatibleError(
                f"{self.title} has side={self.side!r}; semiconductors at {self.interface!r}: "
                f"{', '.join(map(repr, known))}."
            )
        return self.side or known[0]

    def _regions(self, setting: Setting) -> tuple[str, ...]:
        return (self.side_of(setting),)
