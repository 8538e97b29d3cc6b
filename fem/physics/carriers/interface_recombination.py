r"""Recombination at an interface, of electrons of one side with holes of the other.

.. math:: R_s = \frac{np - n_e p_e}{(n + n_1)/S_p + (p + p_1)/S_n}

per area [1/(m^2 s)], with the recombination velocities S and the densities n and p each of its own side
(N. E. Courtier, J. M. Cave, J. M. Foster, A. B. Walker and G. Richardson, J. Comput. Electron. 18, 1435, 2019: the
majority carriers of a transport layer and the minority carriers of the perovskite). :math:`n_e p_e` is the product
of these two densities in equilibrium, :math:`N_c N_v e^{-(\chi_h + E_{g,h} - \chi_e)/kT}`: then nothing
recombines. :math:`n_1 = N_c e^{(\chi_e - E_t)/kT}`, :math:`p_1 = N_v e^{(E_t - \chi_h - E_{g,h})/kT}`, and without
a level both are :math:`\sqrt{n_e p_e}`. Lumped at the nodes of the interface. It has no charge and no memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np
import ufl

from fem.constants import BOLTZMANN
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.checking import Kind, energy, optional
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.faces import Face, interface, interface_regions
from fem.forms.occupation import degeneracy_of
from fem.forms.setting import Field, Setting
from fem.materials.material import Material
from fem.physics.dissipation import logarithm
from fem.physics.term import CARRIERS_CONDUCT, Composition, Term

_CARRIERS = ("electron", "hole")

_LEVEL = optional(energy)


@dataclass(frozen=True)
class InterfaceRecombination(Term):
    """Recombination at the ``interface`` "a|b" of two regions, one of them at least a semiconductor.

    ``electron_velocity`` and ``hole_velocity`` [m/s]. ``energy`` [J]: depth of the level below the vacuum level.
    ``electrons_from`` and ``holes_from``: the region whose electrons, or holes, recombine; if None the one in
    which there are more of them at the interface.

    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    interface: str
    _: KW_ONLY
    electron_velocity: float
    hole_velocity: float
    energy: float | None = None
    electrons_from: str | None = None
    holes_from: str | None = None

    needs_charge: ClassVar[str] = CARRIERS_CONDUCT
    of_pairs: ClassVar[bool] = True

    kinds: ClassVar[Mapping[str, Kind]] = {"energy": _LEVEL}

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"InterfaceRecombination({self.interface!r})"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("electron_velocity", "hole_velocity"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise OutOfRangeError(f"{name} of {self.interface!r} [m/s]", value, "finite and positive")
        if self.energy is not None and not (np.isfinite(self.energy) and self.energy > 0):
            raise OutOfRangeError(
                f"energy of the level at {self.interface!r} [J]",
                self.energy,
                "a depth below vacuum, positive",
            )

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises if the interface has no semiconductor, or not the region that is named."""
        for carrier in _CARRIERS:
            self.side(setting, carrier)
        return ()

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless both carriers are among the unknowns."""
        if not set(_CARRIERS) <= whole.names:
            raise IncompatibleError(
                f"InterfaceRecombination({self.interface!r}) needs Carriers() with electrons and holes."
            )

    def residual(self, context: Context) -> Expr:
        """Return the loss of both continuity equations on the facets of the interface."""
        face = interface(context, self.interface)
        rate = self.rate(face)
        return sum(face.lump(context.row_scale(s) * rate, context.test(s)) for s in _CARRIERS)

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return the heat of recombination, R_s times the splitting of the quasi-Fermi levels."""
        face = interface(context, self.interface)
        n, p = (self._activity(face, carrier)[0] for carrier in _CARRIERS)
        splitting = logarithm(n) + logarithm(p) - logarithm(self._balance(face))
        heat = ufl.max_value(self.rate(face) * splitting, 0.0)
        heat = heat if face.warmth is None else face.warmth * heat
        return {f"recombination at {self.interface}": face.lump(heat, v)}

    def rate(self, face: Face) -> Expr:
        """Return R_s [N0 L0/t0] on the facets; densities are continuous but for factors of the temperature."""
        context = face.context
        n, n1, electrons = self._densities(face, "electron")
        p, p1, holes = self._densities(face, "hole")
        velocity, product = context.scaling.velocity, electrons * holes * self._balance(face)
        slow = (n + n1) / context.constant(self.hole_velocity / velocity)
        return (n * p - product) / (slow + (p + p1) / context.constant(self.electron_velocity / velocity))

    def side(self, setting: Setting, carrier: str) -> str:
        """Return the region whose electrons or holes recombine."""
        regions = interface_regions(setting.mesh, self.interface)
        known = [r for r in regions if setting.materials[r].kind == "semiconductor"]
        named = self.electrons_from if carrier == "electron" else self.holes_from
        if not known:
            raise IncompatibleError(
                f"InterfaceRecombination({self.interface!r}) touches no semiconductor, but "
                + " and ".join(f"{r!r} ({setting.materials[r].kind})" for r in regions)
                + "."
            )
        if named is not None and named not in known:
            raise IncompatibleError(
                f"InterfaceRecombination({self.interface!r}) takes {carrier}s from {named!r}; "
                f"semiconductors at this interface: {', '.join(map(repr, known))}."
            )
        return named or max(known, key=lambda r: setting.bands.ratio(carrier, setting.materials[r]))

    def level_densities(
        self, context: Context, *, equal: bool = False, temperature: float | None = None
    ) -> tuple[float, float]:
        """Return n_1 and p_1 [N0]; ``equal``: both the root of the product of densities in equilibrium."""
        setting, n0 = context.setting, context.scaling.density
        t = setting.temperature if temperature is None else temperature
        materials = [setting.materials[self.side(setting, s)] for s in _CARRIERS]
        (affinity, _, nc, _), (depth, gap, _, nv) = (setting.bands.levels(m, t) for m in materials)
        root = float(np.sqrt(nc * nv) * np.exp(-(depth + gap - affinity) / 2)) / n0
        if equal or self.energy is None:
            return root, root
        n1 = nc / n0 * float(np.exp(affinity - self.energy / (t * BOLTZMANN)))
        return n1, root**2 / n1

    def _balance(self, face: Face) -> Expr:
        """Return the product of the two densities in equilibrium [N0²], which follows the temperature."""

        def value(_region: str, _material: Material, t: float) -> float:
            return self.level_densities(face.context, equal=True, temperature=t)[0] ** 2

        return face.law(f"{self.interface} balance", value)

    def _densities(self, face: Face, carrier: str) -> tuple[Expr, Expr, Expr]:
        """Return n and n_1, or p and p_1 [N0], and what degeneracy leaves of them."""
        context, k = face.context, _CARRIERS.index(carrier)

        def level(_region: str, _material: Material, t: float) -> float:
            return self.level_densities(context, temperature=t)[k]

        activity, states = self._activity(face, carrier)
        left = degeneracy_of(context, activity, states)
        return left * activity, left * face.law(f"{self.interface} {carrier} level", level), left

    def _activity(self, face: Face, carrier: str) -> tuple[Expr, Expr]:
        """Return the density without degeneracy, and that of states [N0]."""
        context = face.context
        setting = context.setting
        own = setting.materials[self.side(setting, carrier)]

        def ratio(_region: str, _material: Material, t: float) -> float:
            return setting.bands.ratio(carrier, own, t)

        def states(_region: str, _material: Material, t: float) -> float:
            return setting.bands.own_states(carrier, own, t) / context.scaling.density

        ratios = face.law(f"{self.interface} {carrier} ratio", ratio)
        found = face.law(f"{self.interface} {carrier} states", states)
        return ratios * face.at(context.field(carrier)), found
