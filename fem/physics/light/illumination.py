r"""Light of one wavelength, absorbed on its way through the device.

.. math:: G = \eta\,\alpha\,\Phi_0\,e^{-\tau},\qquad \tau = \int\alpha\,ds,\qquad
          \Phi_0 = (1 - R)\,\frac{I\lambda}{hc}

(Beer and Lambert), with the irradiance I, the reflectance R of the lit side and η pairs per absorbed photon. No
interference: films much thicker than the wavelength over the refractive index, or absorbing most of the light.
What is made at the nodes is the integral over the cells (see ``light_path``): no photon is lost to a coarse mesh.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from fem.constants import PLANCK, SPEED_OF_LIGHT
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.checking import Kind, each, optional, quantity, table, text
from fem.forms.context import Context
from fem.forms.setting import Field, Setting
from fem.materials.spectrum import check_wavelength
from fem.mesh.device_mesh import DeviceMesh
from fem.mesh.kept import kept
from fem.mesh.ranks import collective
from fem.physics.light.generation import PairGeneration
from fem.physics.light.light_path import LightPath, absorbed_shares, light_path, own_corners, uniform_shares
from fem.physics.term import Composition

Array = npt.NDArray[np.float64]

#: From the first or last axis of the mesh, and from its upper (1) or lower (-1) end.
SIDES = {
    "top": (-1, 1),
    "bottom": (-1, -1),
    "left": (0, -1),
    "right": (0, 1),
    "front": (1, -1),
    "back": (1, 1),
}


class HasContext(Protocol):
    """A device, to a term."""

    @property
    def context(self) -> Context:
        """The device's context."""


@dataclass(frozen=True)
class Illumination(PairGeneration):
    """Light of one ``wavelength`` [m] and ``irradiance`` [W/m^2] that falls straight on one ``side``.

    ``side``: "top" or "bottom", the ends of the last axis of the mesh, across the layers; in planar and
    three-dimensional meshes also "left" and "right" (the first axis), in the latter "front" and "back".
    ``absorption``: coefficients [1/m] by region; those of other regions are their material's at this wavelength.
    Without either, metals are opaque, insulators transparent, and semiconductors are so below their band gap.
    ``reflectance``: the part of the light that does not enter. ``quantum_yield``: pairs per absorbed photon.
    ``regions``: the semiconductors in which pairs are made, all if None; others absorb without making any.
    The solvers' argument ``light`` multiplies the irradiance of all terms alike; ``name`` is for messages.

    Electrodes that are regions of the mesh shade what is behind them; contacts that are only faces do not.
    Raises OutOfRangeError, UnknownNameError or IncompatibleError.

    >>> green = Illumination(532e-9, 10.0, side="top", reflectance=0.1)
    >>> f"{green.photon_flux:.4g} photons/(m^2 s)"
    '2.41e+19 photons/(m^2 s)'
    """

    wavelength: float
    irradiance: float
    _: KW_ONLY
    side: str
    absorption: Mapping[str, float] | None = None
    reflectance: float = 0.0
    quantum_yield: float = 1.0
    regions: tuple[str, ...] | None = None
    name: str | None = None

    kinds: ClassVar[Mapping[str, Kind]] = {
        "irradiance": quantity(0.0, 1e18, "W/m^2"),
        "absorption": optional(table(quantity(0.0, 1e12, "1/m"))),
        "regions": optional(each(text, 1)),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        check_wavelength(f"wavelength of {self.title} [m]", self.wavelength)
        if not 0 < self.irradiance < math.inf:
            raise OutOfRangeError(
                f"irradiance of {self.title} [W/m^2]", self.irradiance, "positive and finite"
            )
        if self.side not in SIDES:
            raise UnknownNameError(f"side of {self.title}", self.side, SIDES)
        if not 0 <= self.reflectance < 1:
            raise OutOfRangeError(f"reflectance of {self.title}", self.reflectance, "between 0 and below 1")
        if not 0 < self.quantum_yield <= 1:
            raise OutOfRangeError(f"quantum_yield of {self.title}", self.quantum_yield, "above 0, at most 1")
        for region, value in (self.absorption or {}).items():
            if not 0 <= value < math.inf:
                thing = f"absorption of region {region!r} in {self.title} [1/m]"
                raise OutOfRangeError(thing, value, "zero or positive, and finite")

    @property
    def title(self) -> str:
        """The term's name in messages."""
        return "Illumination" if self.name is None else f"Illumination {self.name!r}"

    @property
    def photon_energy(self) -> float:
        """Energy of a photon [J]."""
        return PLANCK * SPEED_OF_LIGHT / self.wavelength

    @property
    def photon_flux(self) -> float:
        """Photons that enter, per area and time [1/(m^2 s)], with ``light`` 1."""
        return (1 - self.reflectance) * self.irradiance / self.photon_energy

    @collective("generated")
    def generated(self, device: Context | HasContext) -> float:
        """Return the pairs made in the whole device with ``light`` 1 [1/s]. Collective.

        Per area [1/(m^2 s)] or width [1/(m s)] where the mesh has no area or depth, as currents are. The
        quantum efficiency of a photocurrent I is I/q over the photons that fall on it.
        """
        context = device if isinstance(device, Context) else device.context
        mesh = context.setting.mesh
        dim = 3 if mesh.axisymmetric else mesh.dim
        total = float(mesh.comm.allreduce(float(self._made(context.setting).sum())))
        cross = 1.0 if mesh.cross_section is None else mesh.cross_section
        return total * mesh.unit**dim * cross

    def coefficients(self, setting: Setting) -> dict[str, float]:
        """Return the absorption coefficient of each region [1/m]; infinite where it is opaque.

        Raises UnknownNameError, OutOfRangeError or IncompatibleError.
        """
        given = self.absorption or {}
        for region in given:
            setting.mesh.require("region", region)
        return {r: given[r] if r in given else self._of_material(setting, r) for r in setting.mesh.regions}

    def _of_material(self, setting: Setting, region: str) -> float:
        material = setting.materials[region]
        if material.absorption is not None:
            thing = f"wavelength of {self.title} [m] in {material.name}, region {region!r},"
            return material.absorption.at(self.wavelength, thing)
        if material.kind != "semiconductor":
            return math.inf if material.kind == "metal" else 0.0
        if self.photon_energy < material.si("band_gap", setting.temperature):
            return 0.0
        raise IncompatibleError(
            f"{self.title} at {self.wavelength * 1e9:.4g} nm: material {material.name} of region {region!r} has no "
            f"absorption; give absorption={{{region!r}: ...}} [1/m]."
        )

    def active_regions(self, setting: Setting) -> tuple[str, ...]:
        """Return the regions in which pairs are made: those given, or all semiconductors that absorb."""
        if self.regions is not None:
            return self.regions
        found = self.coefficients(setting)
        return tuple(r for r in setting.of_kind("semiconductor") if found[r] > 0)

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises unless the side exists and pairs are made in semiconductors."""
        self._axis(setting)
        return super().fields(setting)

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless there are electrons and holes, and light that makes some."""
        super().check(whole)
        setting = whole.setting
        if not setting.mesh.comm.allreduce(float(self._made(setting).sum())) > 0:
            table = self.coefficients(setting)
            opaque = [r for r, value in table.items() if math.isinf(value)]
            raise IncompatibleError(
                f"{self.title} from the {self.side} at {self.wavelength * 1e9:.4g} nm makes no pairs: "
                f"absorbing regions {[r for r, a in table.items() if 0 < a < math.inf] or 'none'}, opaque "
                f"regions {opaque or 'none'}; a thin electrode that lets light through needs an absorption."
            )

    def rate_profile(self, context: Context) -> Any:
        """Return the rate at the nodes [N0/t0]: what their cells make over the volume that is lumped there."""
        from dolfinx import fem as dfem
        from dolfinx.la import InsertMode

        setting = context.setting
        inside = self._cells_of(setting, self.active_regions(setting))
        made = self._made(setting)
        shares = uniform_shares(own_corners(setting.mesh), axisymmetric=setting.mesh.axisymmetric)
        if context.calculus.shares is not None:
            made, shares = (_parted(each, context.calculus.shares) for each in (made, shares))
        sums = []
        for part in (made, shares * inside[:, None]):
            function = dfem.Function(context.scalar_space, name="generation")
            dofs = context.scalar_space.dofmap.list[: len(part)]
            np.add.at(function.x.array, dofs.ravel(), part.ravel())
            function.x.scatter_reverse(InsertMode.add)
            function.x.scatter_forward()
            sums.append(function)
        rate, volume = sums
        there = volume.x.array > 0
        rate.x.array[there] /= volume.x.array[there] * context.scaling.rate
        return rate

    def _made(self, setting: Setting) -> Array:
        """Return the pairs made at the corners of this rank's cells [mesh unit^d/(m^3 s)], shape (cells, corners)."""
        table = self.coefficients(setting)
        finite = {r: 0.0 if math.isinf(value) else value for r, value in table.items()}
        active = self._cells_of(setting, self.active_regions(setting))
        path, mesh = self._path(setting, table), setting.mesh
        shares = absorbed_shares(own_corners(mesh), path.depth, axisymmetric=mesh.axisymmetric)
        rate = self.quantum_yield * self.photon_flux * self._by_cell(setting, finite) * active * path.lit
        return shares * rate[:, None]

    def _path(self, setting: Setting, table: Mapping[str, float]) -> LightPath:
        """Return the path of the light; made once and kept with the mesh."""
        axis, sign = self._axis(setting)

        def path(mesh: DeviceMesh) -> LightPath:
            values = self._by_cell(setting, table)
            opaque = np.isinf(values)
            return light_path(mesh, np.where(opaque, 0.0, values), opaque, axis, sign)

        return kept(setting.mesh, ("light path", axis, sign, tuple(sorted(table.items()))), path)

    def _axis(self, setting: Setting) -> tuple[int, int]:
        """Return the axis along which light comes and the end that it comes from."""
        mesh, (axis, sign) = setting.mesh, SIDES[self.side]
        known = ["top", "bottom"]
        if not mesh.axisymmetric:
            known += [s for s, (k, _) in SIDES.items() if 0 <= k < mesh.dim - 1]
        if self.side not in known:
            shape = "axisymmetric" if mesh.axisymmetric else f"{mesh.dim}-dimensional"
            raise IncompatibleError(
                f"{self.title} comes from the {self.side}; sides of this {shape} mesh: {', '.join(known)}."
            )
        return axis % mesh.dim, sign

    @staticmethod
    def _by_cell(setting: Setting, values: Mapping[str, float]) -> Array:
        """Return the value of the region of each cell that this rank owns, shape (cells,)."""
        mesh = setting.mesh
        table = np.zeros(max(mesh.regions.values()) + 1)
        for region, tag in mesh.regions.items():
            table[tag] = values[region]
        own = mesh.mesh.topology.index_map(mesh.dim).size_local
        found: Array = table[mesh.cell_region[:own]]
        return found

    def _cells_of(self, setting: Setting, regions: Collection[str]) -> Array:
        """Return 1 in these regions and 0 elsewhere for each cell that this rank owns, shape (cells,)."""
        return self._by_cell(setting, {r: float(r in regions) for r in setting.mesh.regions})


def _parted(values: Array, shares: Any) -> Array:
    """Return the values of the corners of cells by their shares, all of each cell, shape (cells, corners)."""
    found = values * shares.x.array.reshape(-1, values.shape[1])[: len(values)]
    whole = found.sum(axis=1, keepdims=True)
    return np.asarray(
        found * np.divide(values.sum(axis=1, keepdims=True), whole, where=whole > 0, out=0 * whole)
    )
