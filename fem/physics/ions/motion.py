r"""What changes the diffusivity of ions besides temperature: a strong field, the direction, light.

Each is a factor of the whole edge flux, of drift and diffusion alike: Einstein's relation holds, and in
equilibrium nothing flows along any edge whatever the factors are.

A field enhances hopping by :math:`\sinh(s)/s` with :math:`s = |z| q a E/2kT`, the jump distance a and the field E of
a cell, as in :math:`v = 2fa\,e^{-U/kT}\sinh(s)` with :math:`D = fa^2e^{-U/kT}` at low field (N. F. Mott and R. W.
Gurney, Electronic Processes in Ionic Crystals, 1940).

Along the axes of the mesh the diffusivity has factors :math:`f_k`: :math:`\Gamma = -D K P\nabla(\mu/kT)` with a
diagonal K, so that an edge weighs :math:`-\nabla\lambda_i\cdot K\nabla\lambda_j` (R. Eymard, T. Gallouët and R. Herbin,
Handbook of Numerical Analysis 7, 713, 2000). It is positive, and so the density, where no angle
is obtuse once lengths are measured with :math:`1/\sqrt{f_k}`; triangles with two sides along the axes always are so.

Under light the barrier of hopping is :math:`E_a(\ell) = E_a - \ell(E_a - E_\ell)` with the solvers' factor
:math:`\ell` of the light, and :math:`E_\ell` from :math:`\ell = 1` on: the energy is linear in the light, the
logarithm of the diffusivity too. It is the same in all places, as is the factor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import ufl

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Setting
from fem.materials.datum import Arrhenius
from fem.materials.material import Material
from fem.physics.dissipation import EdgeFlux

_SMALL_FIELD = 1e-12  # [kT/q per L0], so that the root has a slope
_LARGEST_SINH = 300.0  # of s, so that a wild guess stays finite
_AXES = {False: ("x", "y", "z"), True: ("r", "z")}


def hopping_gain(context: Context, charge_number: int, jump_distance: float | None) -> EdgeFlux:
    """Return sinh(s)/s of an edge, by which the field of a cell enhances hopping; 1 without a jump distance [m]."""
    if jump_distance is None:
        return lambda i, j: 1.0
    factor = abs(charge_number) * jump_distance / (2 * context.scaling.length)
    squared = context.calculus.gradient_squared(context.ion_potential)
    cold = context.constant(factor) * ufl.sqrt(squared + _SMALL_FIELD**2)

    def gain(i: int, j: int) -> Expr:
        warmth = context.edge_warmth(i, j)
        s = ufl.min_value(cold if warmth is None else cold / warmth, _LARGEST_SINH)
        return ufl.conditional(ufl.lt(s, 1e-2), 1 + s * s / 6, (ufl.exp(s) - ufl.exp(-s)) / (2 * s))

    return gain


def light_gain(context: Context, name: str, regions: Sequence[str], barrier: float | None) -> EdgeFlux:
    """Return D under the present light over D in the dark on an edge; 1 without a barrier under light [J]."""
    if barrier is None:
        return lambda i, j: 1.0

    def lowering(region: str, material: Material) -> float:
        if region not in regions:
            return 0.0
        return (dark_barrier(material, name) - barrier) / context.scaling.energy

    full = context.by_region(f"{name} lowering by light", lowering)
    share = ufl.min_value(context.light, 1.0)

    def gain(i: int, j: int) -> Expr:
        warmth = context.edge_warmth(i, j)
        return ufl.exp(share * (full if warmth is None else full / warmth))

    return gain


def dark_barrier(material: Material, name: str) -> float:
    """Return the activation energy of an ion's diffusivity or mobility [J]; IncompatibleError without one."""
    ion = material.ion(name, f"MobileIons({name!r})")
    law = (ion.diffusivity or ion.mobility).value  # type: ignore[union-attr]
    if not isinstance(law, Arrhenius):
        raise IncompatibleError(
            f"{name} has a barrier under light, but in {material.name} its diffusivity is {law:g}, without one in "
            "the dark; give it as Arrhenius(prefactor, activation_energy)."
        )
    return law.activation_energy * ELEMENTARY_CHARGE


def check_light_barrier(name: str, barrier: float, materials: Sequence[Material]) -> None:
    """Raise OutOfRangeError unless the barrier under light [J] is at most that in the dark everywhere."""
    for material in materials:
        dark = dark_barrier(material, name)
        if not 0 <= barrier <= dark:
            raise OutOfRangeError(
                f"barrier of {name} under light [J]",
                barrier,
                f"0 to that in the dark, {dark:.4g} J in {material.name}: 0.4 * eV, say",
            )


def checked_factors(name: str, anisotropy: Mapping[str, Sequence[float]]) -> dict[str, tuple[float, ...]]:
    """Return the factors by region as tuples; OutOfRangeError unless all are positive and finite."""
    for region, factors in anisotropy.items():
        if not isinstance(factors, Sequence):
            raise IncompatibleError(
                f"anisotropy of {name} in region {region!r} is {factors!r}; give one factor for each axis."
            )
        for factor in factors:
            if not (factor > 0 and math.isfinite(factor)):
                raise OutOfRangeError(
                    f"anisotropy of {name} in region {region!r}", tuple(factors), "positive, finite factors"
                )
    return {region: tuple(float(f) for f in factors) for region, factors in anisotropy.items()}


def check_axes(
    setting: Setting, name: str, anisotropy: Mapping[str, Sequence[float]], regions: Sequence[str]
) -> None:
    """Raise UnknownNameError or IncompatibleError unless the ion moves there, with a factor for each axis."""
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


def axis_weight(context: Context, name: str, anisotropy: Mapping[str, Sequence[float]]) -> EdgeFlux | None:
    """Return the weight of an edge with the factors of the axes by region; None where there are none."""
    if not anisotropy:
        return None

    def factor(axis: int) -> Expr:
        return context.by_region(
            f"{name} factor {axis}", lambda r, _: anisotropy[r][axis] if r in anisotropy else 1.0
        )

    factors = [factor(axis) for axis in range(context.setting.mesh.dim)]
    return lambda i, j: context.calculus.weight(i, j, factors)
