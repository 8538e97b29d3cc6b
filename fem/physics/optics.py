"""Optical generation as a given profile: pairs of electrons and holes per volume and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.context import Context, Field, Setting
from fem.edge_flux import Expr
from fem.errors import IncompatibleError, OutOfRangeError

Profile = Callable[[npt.NDArray[np.float64]], Any]


@dataclass(frozen=True)
class OpticalGeneration:
    r"""Generation :math:`G(x)` in ``regions``, the semiconductors if None.

    ``rate`` [1/(m^3 s)] is a number, or a function of the positions, shape (3, points) [m], that returns
    an array of shape (points,). The solvers' argument ``light`` multiplies it.
    """

    rate: float | Profile
    regions: tuple[str, ...] | None = None

    @property
    def uses_light(self) -> bool:
        """Whether light does something here: it does."""
        return True

    def __post_init__(self) -> None:
        if not callable(self.rate) and not 0 <= self.rate < np.inf:
            raise OutOfRangeError("generation rate [1/(m^3 s)]", self.rate, "zero or positive, and finite")

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown."""
        for region in self.regions or ():
            setting.mesh.require("region", region)
            if setting.materials[region].kind != "semiconductor":
                raise IncompatibleError(
                    f"optical generation in region {region!r}, which is no semiconductor."
                )
        return ()

    def charge(self, context: Context, i: int) -> Expr:
        """Return no charge."""
        return 0

    def equilibrium_charge(self, context: Context, potential: Expr, i: int) -> Expr:
        """Return no charge."""
        return 0

    def residual(self, context: Context) -> Expr:
        """Return the source of both continuity equations."""
        from dolfinx import fem as dfem

        profile = dfem.Function(context.scalar_space, name="generation")
        unit = context.setting.mesh.unit
        rate = self.rate

        def values(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            given = rate(x * unit) if callable(rate) else rate
            return np.broadcast_to(np.asarray(given, dtype=float) / context.scaling.rate, x.shape[1]).copy()

        profile.interpolate(values)
        inside = context.indicator(self.regions or context.setting.of_kind("semiconductor"))
        form = 0
        for carrier in ("electron", "hole"):
            v = context.row_scale(carrier) * context.test(carrier)
            form -= context.calculus.lump(
                lambda i: context.light * inside * context.calculus.at(profile, i), v
            )
        return form

    def currents(self, context: Context, weight: Expr) -> dict[str, Expr]:
        """Return no current."""
        return {}

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return no heat."""
        return {}
