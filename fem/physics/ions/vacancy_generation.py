r"""Ions that are made and lost inside of a region, with a formation barrier that a field lowers.

.. math:: r = g_0 e^{-E_f/kT}\left[e^{pE/kT}\,(1-\theta)(1-\theta_p)
              - \frac{c\,c_p}{c_{eq}\,c_{p,eq}}(1-\theta_{eq})(1-\theta_{p,eq})\right],\qquad \theta = c/c_{max}

per volume and time [1/(m^3 s)], for an ion (c) and its partner (p) of opposite charge, which are made and recombine
in pairs: a vacancy with an interstitial (Frenkel pair), or with the electron that it gives as a donor. Sites must
be free to make a pair. The field E of a cell, that in which ions drift, lowers the barrier by pE, at most to 0 (J. W.
McPherson, J-Y. Kim, A. Shanware and H. Mogul, Appl. Phys. Lett. 82, 2121, 2003: p is the active dipole of the bond
times the Lorentz factor :math:`(2+\varepsilon_r)/3`). Without a field r is 0 exactly where the product of the
activities :math:`c/(1-\theta)` is that of the densities given, whatever the potential is, since the charges add up to
zero: detailed balance with drift and diffusion. Both rates follow the temperature with :math:`E_f`.

Without a partner :math:`c_p/c_{p,eq} = 1`: then r makes charge, which only ``Conduction`` (a film neutral
everywhere) does not count. A small change decays with :math:`\tau = c_{eq}e^{E_f/kT}/g_0` then. The heat of the
reaction is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import ufl

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.checking import Kind, each, optional, text
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.occupation import carrier_activity
from fem.forms.setting import Field, Setting
from fem.materials.material import Material
from fem.physics.term import Composition, Term

_HIGHEST = 10 * ELEMENTARY_CHARGE  # [J]: above it a unit was left out
_LARGEST_DIPOLE = 1e-27  # [C m], 6 e nm: above it a unit was left out
_SMALL_FIELD = 1e-12  # [kT/q per L0], so that the root has a slope


@dataclass(frozen=True)
class VacancyGeneration(Term):
    """Generation and recombination of ``ion`` in ``regions``, all in which it moves if None.

    ``prefactor`` g0 [1/(m^3 s)], formation ``energy`` E_f [J], ``dipole`` p [C m]. ``density`` [1/m^3]: that of the
    ion in equilibrium, and ``partner_density`` that of the ``partner``, the same if None. The partner is an ion of
    the device, or "electron" or "hole". (``equilibrium`` starts with the mean density of the material, as always;
    ``steady`` goes on to that of this term.)

    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    ion: str
    _: KW_ONLY
    prefactor: float
    energy: float
    density: float
    dipole: float = 0.0
    partner: str | None = None
    partner_density: float | None = None
    regions: tuple[str, ...] | None = None

    kinds: ClassVar[Mapping[str, Kind]] = {"regions": optional(each(text, 1))}

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("prefactor", "density", "partner_density"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise OutOfRangeError(f"{name} of the generation of {self.ion}", value, "positive and finite")
        if not 0 <= self.energy <= _HIGHEST:
            raise OutOfRangeError(
                f"formation energy of {self.ion} [J]", self.energy, "0 to 10 eV: 1.2 * eV, say"
            )
        if not 0 <= self.dipole <= _LARGEST_DIPOLE:
            raise OutOfRangeError(
                f"dipole of the generation of {self.ion} [C m]", self.dipole, f"0 to {_LARGEST_DIPOLE:g}"
            )
        if self.partner is None and self.partner_density is not None:
            raise IncompatibleError(f"the generation of {self.ion} has a partner_density but no partner.")

    @property
    def exchanges(self) -> tuple[str, ...]:
        """The species that are made and lost."""
        return (self.ion,) if self.partner is None else (self.ion, self.partner)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown."""
        for region in self.regions or ():
            setting.mesh.require("region", region)
        return ()

    def check(self, whole: Composition) -> None:
        """Raise unless the ion and its partner are unknowns of opposite charge, with sites for the densities."""
        known = {f.name: f for f in whole.fields if f.ionic or f.name in ("electron", "hole")}
        for name in self.exchanges:
            if name not in known or (name == self.ion and not known[name].ionic):
                raise UnknownNameError("species of a VacancyGeneration", name, known)
            for region in self.regions or ():
                if region not in known[name].regions:
                    raise IncompatibleError(
                        f"{self.ion} is generated in region {region!r}, in which {name} does not move."
                    )
            limit = known[name].upper_bound
            if limit is not None and not self._density(name) < limit:
                raise OutOfRangeError(
                    f"density of {name} in equilibrium [1/m^3]",
                    self._density(name),
                    f"below its site density {limit:g}",
                )
        if not set.intersection(*(set(known[name].regions) for name in self.exchanges)):
            raise IncompatibleError(f"{' and '.join(self.exchanges)} have no region in common to be made in.")
        charge = sum(known[name].charge_number for name in self.exchanges)
        if charge and (self.partner or not whole.neutral):
            raise IncompatibleError(
                f"the generation of {' and '.join(self.exchanges)} makes {charge:+d} charges; with Poisson() "
                "give a partner of opposite charge, such as an interstitial or 'electron'."
            )

    def residual(self, context: Context) -> Expr:
        """Return the source of the continuity equations of the ion and its partner."""
        form: Expr = 0
        for name in self.exchanges:
            v = context.row_scale(name) * context.test(name)
            form -= context.calculus.lump(lambda i: self.rate(context, i), v)
        return form

    def rate(self, context: Context, i: int) -> Expr:
        """Return r [N0/t0] at local vertex i."""
        warmth = context.warmth(i)
        law = context.law(f"generation {self.parameters}", lambda r, m, t: self._speed(context, r, m, t))
        forward: Expr = ufl.exp(self._lowering(context, 1.0 if warmth is None else warmth))
        backward: Expr = 1.0
        for name in self.exchanges:
            limit = context.fields[context.index(name)].upper_bound
            density, balance = self._at(context, name, i), self._density(name) / context.scaling.density
            backward = backward * density / context.constant(balance)
            if limit is not None:
                limit /= context.scaling.density
                forward = forward * (1 - density / context.constant(limit))
                backward = backward * context.constant(1 - balance / limit)
        return context.ion_motion * law(warmth) * (forward - backward)

    @property
    def parameters(self) -> str:
        """What tells this term from others of the same ion."""
        return f"{self.ion} {self.prefactor!r} {self.energy!r} {self.regions!r}"

    def _density(self, name: str) -> float:
        """Return the density of the ion or its partner in equilibrium [1/m^3]."""
        return self.density if name == self.ion or self.partner_density is None else self.partner_density

    def _at(self, context: Context, name: str, i: int) -> Expr:
        """Return the density of a species [N0] at local vertex i."""
        if name in ("electron", "hole"):
            return carrier_activity(context, name, i)  # which the balance of a reaction goes with
        return context.calculus.at(context.field(name), i)

    def _lowering(self, context: Context, warmth: Expr) -> Expr:
        """Return by how much the field of a cell lowers the barrier [kT]."""
        if not self.dipole:
            return context.constant(0.0)
        scaling = context.scaling
        squared = context.calculus.gradient_squared(context.ion_potential)
        slope = context.constant(self.dipole * scaling.potential / scaling.length / scaling.energy)
        work = slope * ufl.sqrt(squared + _SMALL_FIELD**2)
        return ufl.min_value(work, context.constant(self.energy / scaling.energy)) / warmth

    def _speed(self, context: Context, region: str, _material: Material, temperature: float) -> float:
        """Return the rate of generation without a field [N0/t0] in a region."""
        found = [f.regions for f in context.fields if f.name in self.exchanges]
        if any(region not in regions for regions in (*found, *([self.regions] if self.regions else []))):
            return 0.0
        speed = self.prefactor * math.exp(-self.energy / (BOLTZMANN * temperature))
        return speed / context.scaling.rate
