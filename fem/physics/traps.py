r"""Trap levels with an occupancy of their own: capture and emission of electrons and holes.

.. math:: \partial_t n_t = \underbrace{c_n[n(N_t - n_t) - n_1 n_t]}_{R_n}
          - \underbrace{c_p[p\,n_t - p_1(N_t - n_t)]}_{R_p}

(W. Shockley and W. T. Read, Phys. Rev. 87, 835, 1952; R. N. Hall, Phys. Rev. 87, 387, 1952; dynamic form: J. G.
Simmons and G. W. Taylor, Phys. Rev. B 4, 502, 1971), with :math:`n_1, p_1` as in ``recombination`` and
:math:`c = \sigma v_{th}`. Electrons are lost at :math:`R_n`, holes at :math:`R_p`. With
:math:`A = c_n n + c_p p_1` (filling), :math:`B = c_n n_1 + c_p p` (emptying) and
:math:`R = N_t c_n c_p (np - n_1 p_1)/(A + B)`, the equations are written as

.. math:: n_t = \frac{A N_t - \partial_t n_t}{A + B},\quad
          R_n = R + \frac{c_n(n + n_1)}{A + B}\partial_t n_t,\quad
          R_p = R - \frac{c_p(p + p_1)}{A + B}\partial_t n_t,

the same equations, in which the steady state is that of Shockley, Read and Hall to the last digit, nothing is
the difference of large rates, every row is of the order of one whatever the capture coefficients, and
:math:`R_n - R_p = \partial_t n_t` keeps the charge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.context import Context, Field, Setting
from fem.edge_flux import Expr
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.fields import FIELDS
from fem.materials.material import Material
from fem.physics.carriers import carrier_density, equilibrium_offset, region_ratio
from fem.physics.dissipation import logarithm
from fem.statistics import site_limited

Array = npt.NDArray[np.float64]
RegionValue = Callable[[Setting, str], float]
_CHARGE_EMPTY = {"acceptor": 0, "donor": 1}
_SAME = 1e-7  # of the level's density: closer than that to the steady occupancy is at rest


def capture_coefficient(cross_section: float, thermal_velocity: float) -> float:
    r"""Return :math:`c = \sigma v_{th}` [m^3/s] of a cross section [m^2] and a velocity [m/s].

    >>> f"{capture_coefficient(1e-20, 1e5):.6g}"
    '1e-15'
    """
    for thing, value in (("cross section [m^2]", cross_section), ("velocity [m/s]", thermal_velocity)):
        if not (np.isfinite(value) and value > 0):
            raise OutOfRangeError(thing, value, "finite and positive")
    return cross_section * thermal_velocity


@dataclass(frozen=True)
class Traps:
    """One trap level, of ``density`` [1/m^3], in ``regions``: all semiconductors if None.

    ``energy`` [J] is its depth below the vacuum level, or ``depth`` [J] that below the conduction band; one of
    them, inside the gap. ``kind``: "acceptor" (neutral when empty, negative with an electron) or "donor" (positive when
    empty, neutral with one). ``electron_capture`` and ``hole_capture`` [m^3/s]; one may be 0, and must be where
    Carriers has not that species. Unknown and output: the density of electrons on the level, by ``name``; where
    regions differ in bands, one for each of them, ``name_region``. No degeneracy factor: put it into the energy.

    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    name: str
    _: KW_ONLY
    density: float
    energy: float | None = None
    depth: float | None = None
    kind: str = "acceptor"
    electron_capture: float
    hole_capture: float
    regions: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        title = f"Traps({self.name!r})"
        if not self.name.isidentifier() or self.name in FIELDS:
            raise OutOfRangeError("name of traps", self.name, "a new name of letters, digits and underscores")
        if self.kind not in _CHARGE_EMPTY:
            raise UnknownNameError(f"kind of {title}", self.kind, _CHARGE_EMPTY)
        if not (np.isfinite(self.density) and self.density > 0):
            raise OutOfRangeError(f"density of {title} [1/m^3]", self.density, "finite and positive")
        for name in ("electron_capture", "hole_capture"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value >= 0):
                raise OutOfRangeError(f"{name} of {title} [m^3/s]", value, "zero or positive, and finite")
        if self.electron_capture == 0 == self.hole_capture:
            raise IncompatibleError(f"{title} captures neither electrons nor holes; give at least one rate.")
        if (self.energy is None) == (self.depth is None):
            raise IncompatibleError(
                f"{title} needs either energy, below the vacuum level, or depth, below the conduction band."
            )

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return the density of electrons on the level, once for all regions with the same bands."""
        return tuple(
            Field(
                name=name,
                charge_number=-1,
                regions=regions,
                controlled=True,
                trap=True,
                upper_bound=self.density,
            )
            for name, regions in self.groups(setting).items()
        )

    def groups(self, setting: Setting) -> dict[str, tuple[str, ...]]:
        """Return the regions of each unknown by its name: at a node between them, they agree."""
        found: dict[tuple[float, ...], list[str]] = {}
        for region in self._regions(setting):
            material = setting.materials[region]
            key = (*setting.levels(material), self._depth(setting, region, material))
            found.setdefault(key, []).append(region)
        if len(found) == 1:
            return {self.name: tuple(r for group in found.values() for r in group)}
        return {f"{self.name}_{group[0]}": tuple(group) for group in found.values()}

    def check_carriers(self, names: set[str]) -> None:
        """Raise IncompatibleError unless every carrier that the level captures is among the unknowns."""
        for carrier in ("electron", "hole"):
            if carrier not in names and getattr(self, f"{carrier}_capture") > 0:
                raise IncompatibleError(
                    f"Traps({self.name!r}) captures {carrier}s, and no Carriers() of this device has them; "
                    f"add them, or give {carrier}_capture=0."
                )

    def charge(self, context: Context, i: int) -> Expr:
        """Return -n_t of acceptors, N_t - n_t of donors at vertex i."""
        total: Expr = 0
        for name, regions in self.groups(context.setting).items():
            filled = context.calculus.at(context.field(name), i)
            total += context.indicator(regions) * (self._empty_charge(context) - filled)
        return total

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return the charge at the occupancy of Fermi level 0, as a function of the potential."""
        exponent = self._by_region(context, "level", self.exponent, 0.0) + context.calculus.at(potential, i)
        filled = site_limited(exponent, context.constant(self.density / context.scaling.density))
        inside = context.indicator(self._regions(context.setting))
        return inside * (self._empty_charge(context) - filled)

    def residual(self, context: Context) -> Expr:
        """Return the rate equation of each unknown and what the continuity equations lose to it."""
        c, density = context.calculus, context.constant(self.density / context.scaling.density)
        form: Expr = 0
        for name, regions in self.groups(context.setting).items():
            inside = context.indicator(regions)

            def row(i: int, name: str = name, inside: Expr = inside) -> Expr:
                fill, empty = self._filling(context, i)
                filled = (density * fill - context.rate(name, i)) / (fill + empty)
                return inside * (c.at(context.field(name), i) - filled)

            form += c.lump(row, context.test(name))
            for carrier in self._captured():

                def loss(i: int, name: str = name, inside: Expr = inside, carrier: str = carrier) -> Expr:
                    return inside * self._loss(context, name, carrier, i)

                form += c.lump(loss, context.row_scale(carrier) * context.test(carrier))
        return form

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return no current: trapped electrons do not move."""
        return {}

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return the heat of capture: each rate times the fall to the level's own quasi-Fermi level."""
        c, density = context.calculus, context.constant(self.density / context.scaling.density)
        form: Expr = 0
        for name, regions in self.groups(context.setting).items():
            inside = context.indicator(regions)

            def heat(i: int, name: str = name, inside: Expr = inside) -> Expr:
                filled, warmth = c.at(context.field(name), i), context.warmth(i)
                occupancy = logarithm(filled) - logarithm(density - filled)
                total: Expr = 0
                for carrier in self._captured():
                    mobile, level = self._densities(context, carrier, i)
                    sign = 1 if carrier == "electron" else -1
                    fall = logarithm(mobile) - logarithm(level) - sign * occupancy
                    total += ufl.max_value(self._loss(context, name, carrier, i) * fall, 0.0)
                return inside * (total if warmth is None else warmth * total)

            form += c.lump(heat, v)
        return {self.name: form}

    def exponent(self, setting: Setting, region: str) -> float:
        """Return a with occupancy 1/(1 + exp(-a - ψ)) at Fermi level 0 and scaled potential ψ."""
        material = setting.materials[region]
        n1, _ = self.level_densities(setting, region, material)
        ratio = region_ratio(setting, "electron", material)
        return equilibrium_offset(setting, "electron", 1.0) + float(np.log(ratio) - np.log(n1))

    def level_densities(
        self, setting: Setting, region: str, material: Material, temperature: float | None = None
    ) -> tuple[float, float]:
        """Return n_1 and p_1 [1/m^3], the densities with the Fermi level at the trap level."""
        _, gap, nc, nv = setting.levels(material, temperature)
        depth = self._depth(setting, region, material, temperature)
        return nc * float(np.exp(-depth)), nv * float(np.exp(depth - gap))

    def neutral_charge(self, setting: Setting, region: str, potential: float) -> float:
        """Return the charge [q/m^3] in a region at Fermi level 0 and scaled potential; 0 in other regions."""
        if region not in self._regions(setting):
            return 0.0
        filled = self.density / (1 + np.exp(-self.exponent(setting, region) - potential))
        return float(_CHARGE_EMPTY[self.kind] * self.density - filled)

    def equilibrium_values(self, context: Context, potential: Array) -> dict[str, Array]:
        """Return n_t [N0] of each unknown in equilibrium at a scaled potential, shape (nodes,)."""
        setting, density = context.setting, self.density / context.scaling.density
        return {
            name: density / (1 + np.exp(np.minimum(-self.exponent(setting, regions[0]) - potential, 700.0)))
            for name, regions in self.groups(setting).items()
        }

    def drift(self, context: Context, values: Array) -> dict[str, Array]:
        """Return ∂n_t/∂t [N0/t0] of each unknown for scaled ``values``, shape (nodes,); 0 where at rest."""
        n0, setting = context.scaling.density, context.setting
        scale, found = context.scaling.time, {}
        for name, regions in self.groups(setting).items():
            material = setting.materials[regions[0]]
            fill, empty = np.zeros(len(values)), np.zeros(len(values))
            for carrier, level in zip(
                ("electron", "hole"), self.level_densities(setting, regions[0], material), strict=True
            ):
                if carrier not in self._captured():
                    continue
                ratio = region_ratio(setting, carrier, material)
                capture = getattr(self, f"{carrier}_capture") * scale
                mobile = capture * ratio * values[:, context.index(carrier)] * n0
                bound = np.full(len(values), capture * level)
                more = (mobile, bound) if carrier == "electron" else (bound, mobile)
                fill, empty = fill + more[0], empty + more[1]
            gap = self.density / n0 * fill / (fill + empty) - values[:, context.index(name)]
            found[name] = np.where(np.abs(gap) > _SAME * self.density / n0, (fill + empty) * gap, 0.0)
        return found

    def _loss(self, context: Context, name: str, carrier: str, i: int) -> Expr:
        """Return R_n or R_p [N0/t0] at vertex i, see the top of this file."""
        fill, empty = self._filling(context, i)
        mobile, level = self._densities(context, carrier, i)
        sign = 1 if carrier == "electron" else -1
        part = self._capture(context, carrier) * (mobile + level) / (fill + empty)
        return self.recombination(context, i) + sign * part * context.rate(name, i)

    def recombination(self, context: Context, i: int) -> Expr:
        """Return the rate of Shockley, Read and Hall at the steady occupancy [N0/t0] at vertex i."""
        if len(self._captured()) < 2:
            return 0.0
        fill, empty = self._filling(context, i)
        (n, n1), (p, p1) = (self._densities(context, s, i) for s in ("electron", "hole"))
        density = context.constant(self.density / context.scaling.density)
        both = self._capture(context, "electron") * self._capture(context, "hole")
        return density * both * (n * p - n1 * p1) / (fill + empty)

    def _filling(self, context: Context, i: int) -> tuple[Expr, Expr]:
        """Return A and B [1/t0] at vertex i."""
        fill: Expr = 0
        empty: Expr = 0
        for carrier in self._captured():
            mobile, level = self._densities(context, carrier, i)
            capture = self._capture(context, carrier)
            fill += capture * (mobile if carrier == "electron" else level)
            empty += capture * (level if carrier == "electron" else mobile)
        return fill, empty

    def _densities(self, context: Context, carrier: str, i: int) -> tuple[Expr, Expr]:
        """Return n and n_1, or p and p_1 [N0], at vertex i."""
        k, inside = ("electron", "hole").index(carrier), self._regions(context.setting)

        def level(region: str, material: Material, temperature: float) -> float:
            if region not in inside:
                return 1.0
            found = self.level_densities(context.setting, region, material, temperature)
            return found[k] / context.scaling.density

        law = context.law(f"{self.name} {carrier} level", level)
        return carrier_density(context, carrier, i), law(context.warmth(i))

    def _captured(self) -> tuple[str, ...]:
        return tuple(s for s in ("electron", "hole") if getattr(self, f"{s}_capture") > 0)

    def _capture(self, context: Context, carrier: str) -> Expr:
        scale = context.scaling.density * context.scaling.time
        return context.constant(getattr(self, f"{carrier}_capture") * scale)

    def _empty_charge(self, context: Context) -> Expr:
        return context.constant(_CHARGE_EMPTY[self.kind] * self.density / context.scaling.density)

    def _by_region(self, context: Context, what: str, value: RegionValue, outside: float) -> Expr:
        """Return ``value(setting, region)`` as a piecewise constant function, ``outside`` where no trap is."""
        regions, setting = self._regions(context.setting), context.setting
        return context.by_region(
            f"{self.name} {what}", lambda r, _: value(setting, r) if r in regions else outside
        )

    def _depth(
        self, setting: Setting, region: str, material: Material, temperature: float | None = None
    ) -> float:
        """Return the depth below the conduction band [kT]; raises OutOfRangeError unless it is in the gap."""
        kt = (setting.temperature if temperature is None else temperature) * BOLTZMANN
        affinity, gap, _, _ = setting.levels(material, temperature)
        if self.depth is not None:
            given, found, low = self.depth, self.depth / kt, 0.0
        else:
            assert self.energy is not None
            given, found, low = self.energy, self.energy / kt - affinity, affinity
        if not 0 <= found <= gap:
            ends = [x * kt / ELEMENTARY_CHARGE for x in (low, low + gap)]
            what = "depth" if self.depth is not None else "energy"
            raise OutOfRangeError(
                f"{what} of Traps({self.name!r}) in region {region!r} [eV]",
                given / ELEMENTARY_CHARGE,
                f"inside the gap, from {ends[0]:.4g} to {ends[1]:.4g} eV",
            )
        return found

    def _regions(self, setting: Setting) -> tuple[str, ...]:
        if self.regions is None:
            found = setting.of_kind("semiconductor")
            if not found:
                raise IncompatibleError(f"Traps({self.name!r}) needs a semiconductor; this device has none.")
            return found
        for region in self.regions:
            setting.mesh.require("region", region)
            if setting.materials[region].kind != "semiconductor":
                raise IncompatibleError(
                    f"Traps({self.name!r}) in region {region!r}, which is no semiconductor."
                )
        return self.regions
