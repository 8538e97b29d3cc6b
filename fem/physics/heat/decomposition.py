r"""Decomposition: a film that has been too hot for too long no longer conducts, for good.

.. math:: \partial_t u = r(T),\qquad d = 1 - e^{-u},\qquad
          r(T) = r_d\exp\left[\frac{E}{k}\left(\frac1{T_d} - \frac1T\right)\right]

the share d of a place that is decomposed obeys :math:`\partial_t d = (1-d)\,r(T)`, a reaction of first order with
Arrhenius' rate, :math:`r_d` at the decomposition temperature :math:`T_d` of the material. ``Conduction`` multiplies
its conductivity by :math:`1-d = e^{-u}`. Nothing turns it back: r is never negative.

A reaction has a rate and no threshold: some nanoseconds above :math:`T_d` do nothing to a film that minutes there
destroy, and a switch at :math:`T_d` could not tell them apart. Where :math:`T_d` is the temperature at which a sample
heated at :math:`\beta` [K/s] loses mass fastest, :math:`r_d = \beta E/kT_d^2` (H. E. Kissinger, Anal. Chem. 29, 1702,
1957): 0.02/s at 10 K/min, 413 K and 1.5 eV. The unknown is u and not d, for what an opened film still conducts is
:math:`e^{-u}`, and u has it with a relative error; beyond :math:`u = 37`, a conductivity of 1e-16, it stays.
Heat and volume of the reaction and the conductivity of what is left (PbI2, say) are not counted, nor are loss of ions
or change of the heat data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.checking import Kind, each, optional, quantity, text
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import DECOMPOSITION, TEMPERATURE, Field, Setting
from fem.physics.term import Composition, Term

Array = npt.NDArray[np.float64]
_HIGHEST = 10 * ELEMENTARY_CHARGE  # [J]: above it a unit was left out
_ALL = 37.0  # of u: what is left conducts 1e-16 of what it did


@dataclass(frozen=True, kw_only=True)
class Decomposition(Term):
    """A film that decomposes where a coupled temperature is high, and then conducts no more.

    ``rate`` r_d [1/s] at the ``decomposition_temperature`` of the material, ``energy`` E of activation [J].
    ``regions``: all that have a decomposition temperature and are no metal, if None. Steady states keep what is
    decomposed as it was: transients decompose. ``fem.outputs.cell_values(state)["decomposed"]`` is d.

    Raises OutOfRangeError, UnknownNameError or IncompatibleError.
    """

    rate: float
    energy: float
    regions: tuple[str, ...] | None = None

    kinds: ClassVar[Mapping[str, Kind]] = {
        "rate": quantity(1e-30, 1e18, "1/s"),
        "regions": optional(each(text, 1)),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.energy <= _HIGHEST:
            raise OutOfRangeError(
                "energy of a decomposition [J]", self.energy, "above 0 and at most 10 eV: 1.5 * eV, say"
            )

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return u; raises unless each region is no metal and has a decomposition temperature."""
        for region in self.regions or ():
            setting.mesh.require("region", region)
            setting.materials[region].require("decomposition_temperature", f"Decomposition() in {region!r}")
            if setting.materials[region].kind == "metal":
                raise IncompatibleError(f"Decomposition() is given for region {region!r}, which is a metal.")
        inside = self.regions or tuple(
            region
            for region in setting.of_kind("semiconductor", "insulator")
            if setting.materials[region].has("decomposition_temperature")
        )
        if not inside:
            raise IncompatibleError(
                "Decomposition() has no region to be in; give a material its decomposition_temperature."
            )
        return (Field(name=DECOMPOSITION, charge_number=0, regions=inside, density=False, held=True),)

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless there are a temperature that it follows and a conductivity that it ends."""
        if not whole.neutral:
            raise IncompatibleError(
                "Decomposition() ends the conductivity of Conduction(); Poisson() has none."
            )
        if TEMPERATURE not in whole.names:
            raise IncompatibleError("Decomposition() follows a coupled temperature; add Heat().")

    def residual(self, context: Context) -> Expr:
        """Return the equation of u, or in steady states that it is what it was."""
        k, c, on = context.index(DECOMPOSITION), context.calculus, context.switching
        regions = context.fields[k].regions
        inside, ambient = context.indicator(regions), context.setting.temperature

        def by_region(name: str, value: Any) -> Any:
            def found(region: str, material: Any) -> float:
                return value(float(material.si("decomposition_temperature"))) if region in regions else 0.0

            return context.by_region(f"decomposition: {name}", found)

        height = by_region("energy", lambda t: self.energy / (BOLTZMANN * t))
        threshold = by_region("temperature", lambda t: t / ambient)
        pace = context.constant(self.rate * context.scaling.time)

        def row(i: int) -> Expr:
            now, before = (c.at(values[k], i) for values in (context.unknown, context.previous))
            speed = pace * ufl.exp(height * (1 - threshold / context.warmth(i)))
            moved = context.rate(DECOMPOSITION, i) - speed * ufl.min_value(_ALL - now, 1.0)
            return inside * (on * moved + (1 - on) * (now - before))

        return c.lump(row, context.test(DECOMPOSITION))

    def cell_fields(self, context: Context, values: Array, warmth: Array) -> dict[str, Array]:
        """Return the share d, 0 outside of its regions."""
        return {"decomposed": 1 - intact_corners(context, values)}


def decomposing(context: Context) -> tuple[str, ...]:
    """Return the regions that a Decomposition is in, none without one."""
    if DECOMPOSITION not in context.names:
        return ()
    return context.fields[context.index(DECOMPOSITION)].regions


def intact(context: Context, i: int) -> Expr:
    """Return which part of what conducts is not decomposed at local vertex i: 1 without a Decomposition."""
    if DECOMPOSITION not in context.names:
        return 1.0
    inside = context.indicator(decomposing(context))
    return ufl.exp(-inside * context.calculus.at(context.field(DECOMPOSITION), i))


def intact_corners(context: Context, values: Array) -> Array:
    """Return the same at the corners of the cells of this rank, shape (cells, corners), of all unknowns ``values``."""
    corners = context.scalar_space.dofmap.list
    if DECOMPOSITION not in context.names:
        return np.ones(corners.shape)
    k, mesh = context.index(DECOMPOSITION), context.setting.mesh
    inside = np.isin(mesh.cell_region, [mesh.regions[r] for r in context.fields[k].regions])
    return np.asarray(np.exp(-np.where(inside[:, None], values[:, k][corners], 0.0)))
