r"""Diffusivity of ions that is not the same along the axes of the mesh.

Along the axes the diffusivity has factors :math:`f_k`: :math:`\Gamma = -D K P\nabla(\mu/kT)` with a
diagonal K, so that an edge weighs :math:`-\nabla\lambda_i\cdot K\nabla\lambda_j` (R. Eymard, T. Gallouët and R. Herbin,
Handbook of Numerical Analysis 7, 713, 2000). It is positive, and so the density, where no angle
is obtuse once lengths are measured with :math:`1/\sqrt{f_k}`; triangles with two sides along the axes always are so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Setting
from fem.physics.dissipation import EdgeFlux

_AXES = {False: ("x", "y", "z"), True: ("r", "z")}


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
