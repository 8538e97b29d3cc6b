r"""Diffusivity of ions that is not the same along the axes of the mesh.

Along the axes the diffusivity has factors :math:`f_k`: :math:`\Gamma = -D K P\nabla(\mu/kT)` with a
diagonal K, so that an edge weighs :math:`-\nabla\lambda_i\cdot K\nabla\lambda_j` (R. Eymard, T. Gallouët and R. Herbin,
Handbook of Numerical Analysis 7, 713, 2000). It is positive, and so the density, where no angle
is obtuse once lengths are measured with :math:`1/\sqrt{f_k}`; triangles with two sides along the axes always are so.

A factor may be a number or :math:`f_k(T) = f_{k0}\,e^{-E_k/kT}`. With :math:`D = D_0e^{-E/kT}` the diffusivity along
the axis k is :math:`D_0f_{k0}\,e^{-(E+E_k)/kT}`: along and across a fast path each has an Arrhenius law of its own,
with a negative :math:`E_k` where its barrier is below that of the material.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Setting
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.datum import Arrhenius
from fem.materials.material import Material
from fem.physics.dissipation import EdgeFlux
from fem.physics.ions.hopping import barrier_of

Factor = float | Arrhenius  #: of the diffusivity along an axis, the prefactor of a law without a unit
_LEAST = 1e-30  # of a factor; what is less, or more than its inverse, has an energy in another unit
_FLATTEST = (
    1e-3  # [eV] of a barrier: hopping over less is not activated, and an energy may be in another unit
)
_AXES = {False: ("x", "y", "z"), True: ("r", "z")}


def checked_factors(name: str, anisotropy: Mapping[str, Sequence[Factor]]) -> dict[str, tuple[Factor, ...]]:
    """Return the factors by region as tuples; OutOfRangeError unless all are positive and finite."""
    for region, factors in anisotropy.items():
        if not isinstance(factors, Sequence):
            raise IncompatibleError(
                f"anisotropy of {name} in region {region!r} is {factors!r}; give one factor for each axis."
            )
        for factor in factors:
            size = factor.prefactor if isinstance(factor, Arrhenius) else factor
            if not (size > 0 and math.isfinite(size)):
                raise OutOfRangeError(
                    f"anisotropy of {name} in region {region!r}", tuple(factors), "positive, finite factors"
                )
    return {
        region: tuple(f if isinstance(f, Arrhenius) else float(f) for f in factors)
        for region, factors in anisotropy.items()
    }


def factor_at(factor: Factor, temperature: float) -> float:
    """Return a factor at a temperature [K]; 0 or infinity where it is beyond all numbers."""
    if not isinstance(factor, Arrhenius):
        return factor
    try:
        return float(factor(temperature))
    except OverflowError:
        return math.inf


def largest_factor(factors: Sequence[Factor], temperature: float) -> float:
    """Return the largest of the factors at a temperature [K]; 1 of none."""
    return max((factor_at(f, temperature) for f in factors), default=1.0)


def check_axes(
    setting: Setting, name: str, anisotropy: Mapping[str, Sequence[Factor]], regions: Sequence[str]
) -> None:
    """Raise unless the ion moves there, with a factor for each axis that is a number at the ambient temperature.

    Raises UnknownNameError, IncompatibleError or OutOfRangeError.
    """
    axes = _AXES[setting.mesh.axisymmetric][: setting.mesh.dim]
    for region, factors in anisotropy.items():
        setting.mesh.require("region", region)
        if region not in regions:
            raise IncompatibleError(
                f"{name} has an anisotropy in region {region!r}, in which it does not move."
            )
        if len(factors) != len(axes):
            raise IncompatibleError(
                f"anisotropy of {name} in region {region!r} has {len(factors)} factors; this mesh has the axes "
                f"{', '.join(axes)}."
            )
        barrier = barrier_of(setting.materials[region], name)
        for factor in (f for f in factors if isinstance(f, Arrhenius)):
            if barrier is not None and barrier / ELEMENTARY_CHARGE + factor.activation_energy < _FLATTEST:
                raise OutOfRangeError(
                    f"barrier of {name} in region {region!r} [eV], {barrier / ELEMENTARY_CHARGE:g} of its material and "
                    f"{factor.activation_energy:g} of its anisotropy",
                    barrier / ELEMENTARY_CHARGE + factor.activation_energy,
                    f"at least {_FLATTEST:g} along every axis",
                )
            here = factor_at(factor, setting.temperature)
            if not _LEAST <= here <= 1 / _LEAST:
                raise OutOfRangeError(
                    f"anisotropy of {name} in region {region!r} at {setting.temperature:g} K, {factor}",
                    here,
                    f"from {_LEAST:g} to {1 / _LEAST:g}",
                )


def axis_weight(context: Context, name: str, anisotropy: Mapping[str, Sequence[Factor]]) -> EdgeFlux | None:
    """Return the weight of an edge with the factors of the axes by region; None where there are none."""
    if not anisotropy:
        return None

    def factor(axis: int) -> TemperatureLaw:
        def value(region: str, _material: Material, temperature: float) -> float:
            return factor_at(anisotropy[region][axis], temperature) if region in anisotropy else 1.0

        return context.law(f"{name} factor {axis}", value)

    laws = [factor(axis) for axis in range(context.setting.mesh.dim)]

    def weight(i: int, j: int) -> Expr:
        warmth = context.edge_warmth(i, j)
        return context.calculus.weight(i, j, [law(warmth) for law in laws])

    return weight
