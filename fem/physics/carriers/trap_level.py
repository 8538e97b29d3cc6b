r"""One trap level: its energy, its densities and its occupancy, without any equation.

:math:`n_1 = N_c e^{-E_d/kT}` and :math:`p_1 = N_v e^{(E_d - E_g)/kT}` with the depth :math:`E_d` below the conduction
band are the densities of carriers with the Fermi level at the trap level (W. Shockley and W. T. Read, Phys.
Rev. 87, 835, 1952).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import Kind, between, each, energy, optional, quantity, text
from fem.fields import FIELDS
from fem.forms.context import Context
from fem.forms.setting import Setting
from fem.materials.material import Material
from fem.physics.term import CARRIERS_CONDUCT, Composition, Term

Array = npt.NDArray[np.float64]
_LEVEL = optional(energy)
CHARGE_EMPTY = {"acceptor": 0, "donor": 1}  #: of a level without an electron
_SAME = 1e-7  # of the level's density: closer than that to the steady occupancy is at rest


@checked()
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
class TrapLevel(Term, ABC):
    """The description of ``Traps`` and ``InterfaceTraps``, whose docstrings say what each value is."""

    name: str
    _: KW_ONLY
    density: float
    energy: float | None = None
    depth: float | None = None
    kind: str = "acceptor"
    electron_capture: float
    hole_capture: float

    unit: ClassVar[str] = "1/m^3"  #: of the density
    needs_charge: ClassVar[str] = CARRIERS_CONDUCT
    of_pairs: ClassVar[bool] = True

    kinds: ClassVar[Mapping[str, Kind]] = {
        "energy": _LEVEL,
        "depth": optional(between(0.0, 20 * ELEMENTARY_CHARGE, "0.3 * eV, say")),
        "density": quantity(1e-30, 1e30, "in SI units"),
        "electron_capture": quantity(0.0, 0.1, "m^3/s"),
        "hole_capture": quantity(0.0, 0.1, "m^3/s"),
        "regions": optional(each(text, 1)),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        title = self.title
        if not self.name.isidentifier() or self.name in FIELDS:
            raise OutOfRangeError("name of traps", self.name, "a new name of letters, digits and underscores")
        if self.kind not in CHARGE_EMPTY:
            raise UnknownNameError(f"kind of {title}", self.kind, CHARGE_EMPTY)
        if not (np.isfinite(self.density) and self.density > 0):
            raise OutOfRangeError(f"density of {title} [{self.unit}]", self.density, "finite and positive")
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

    @property
    def title(self) -> str:
        """The term in messages."""
        return f"{type(self).__name__}({self.name!r})"

    def scaled_density(self, context: Context) -> float:
        """Return the density of levels [N0], what the unknown is limited by."""
        return self.density / context.scaling.density

    def groups(self, setting: Setting) -> dict[str, tuple[str, ...]]:
        """Return the regions of each unknown by its name: at a node between them, they agree."""
        found: dict[tuple[float, ...], list[str]] = {}
        for region in self._regions(setting):
            material = setting.materials[region]
            key = (*setting.bands.levels(material), self._depth(setting, region, material))
            found.setdefault(key, []).append(region)
        if len(found) == 1:
            return {self.name: tuple(r for group in found.values() for r in group)}
        return {f"{self.name}_{group[0]}": tuple(group) for group in found.values()}

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless every carrier that the level captures is among the unknowns."""
        for carrier in ("electron", "hole"):
            if carrier not in whole.names and getattr(self, f"{carrier}_capture") > 0:
                raise IncompatibleError(
                    f"{self.title} captures {carrier}s, and no Carriers() of this device has them; "
                    f"add them, or give {carrier}_capture=0."
                )

    def exponent(self, setting: Setting, region: str) -> float:
        """Return a with occupancy 1/(1 + exp(-a - ψ)) at Fermi level 0 and scaled potential ψ."""
        material = setting.materials[region]
        n1, _ = self.level_densities(setting, region, material)
        ratio = setting.bands.ratio("electron", material)
        return setting.bands.offset("electron", 1.0) + float(np.log(ratio) - np.log(n1))

    def level_densities(
        self, setting: Setting, region: str, material: Material, temperature: float | None = None
    ) -> tuple[float, float]:
        """Return n_1 and p_1 [1/m^3], the densities with the Fermi level at the trap level."""
        _, gap, nc, nv = setting.bands.levels(material, temperature)
        depth = self._depth(setting, region, material, temperature)
        return nc * float(np.exp(-depth)), nv * float(np.exp(depth - gap))

    def equilibrium_values(self, context: Context, potential: Array) -> dict[str, Array]:
        """Return n_t [N0] of each unknown in equilibrium at a scaled potential, shape (nodes,)."""
        setting, density = context.setting, self.scaled_density(context)
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
                activity = setting.bands.ratio(carrier, material) * values[:, context.index(carrier)] * n0
                capture = getattr(self, f"{carrier}_capture") * scale
                mobile = capture * setting.bands.densities(carrier, material, activity)
                left = np.divide(mobile, capture * activity, out=np.ones(len(values)), where=activity > 0)
                bound = capture * level * left
                more = (mobile, bound) if carrier == "electron" else (bound, mobile)
                fill, empty = fill + more[0], empty + more[1]
            density = self.scaled_density(context)
            gap = density * fill / (fill + empty) - values[:, context.index(name)]
            found[name] = np.where(np.abs(gap) > _SAME * density, (fill + empty) * gap, 0.0)
        return found

    def _captured(self) -> tuple[str, ...]:
        return tuple(s for s in ("electron", "hole") if getattr(self, f"{s}_capture") > 0)

    def _depth(
        self, setting: Setting, region: str, material: Material, temperature: float | None = None
    ) -> float:
        """Return the depth below the conduction band [kT]; raises OutOfRangeError unless it is in the gap."""
        kt = (setting.temperature if temperature is None else temperature) * BOLTZMANN
        affinity, gap, _, _ = setting.bands.levels(material, temperature)
        if self.depth is not None:
            given, found, low = self.depth, self.depth / kt, 0.0
        else:
            assert self.energy is not None
            given, found, low = self.energy, self.energy / kt - affinity, affinity
        if not 0 <= found <= gap:
            ends = [x * kt / ELEMENTARY_CHARGE for x in (low, low + gap)]
            what = "depth" if self.depth is not None else "energy"
            raise OutOfRangeError(
                f"{what} of {self.title} in region {region!r} [eV]",
                given / ELEMENTARY_CHARGE,
                f"inside the gap, from {ends[0]:.4g} to {ends[1]:.4g} eV",
            )
        return found

    @abstractmethod
    def _regions(self, setting: Setting) -> tuple[str, ...]:
        """Return the regions whose carriers the level captures."""
