"""Optical generation: pairs of electrons and holes per volume and time, from a given profile."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.checking import Kind, any_of, each, function, optional, quantity, text
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Field, Setting
from fem.mesh.kept import kept
from fem.physics.carriers.thermoelectric import carried_heat
from fem.physics.term import CARRIERS_CONDUCT, Composition, Term

Profile = Callable[[npt.NDArray[np.float64]], Any]


class PairGeneration(Term, ABC):
    """Pairs made by light: a source of both continuity equations, times the solvers' argument ``light``."""

    needs_charge: ClassVar[str] = CARRIERS_CONDUCT
    of_pairs: ClassVar[bool] = True

    @property
    def uses_light(self) -> bool:
        """Whether light does something here: it does."""
        return True

    @abstractmethod
    def active_regions(self, setting: Setting) -> tuple[str, ...]:
        """Return the regions in which pairs are made."""

    @abstractmethod
    def rate_profile(self, context: Context) -> Any:
        """Return the rate at the nodes [N0/t0], a P1 function whose lumped integral is what is made."""

    def fields(self, setting: Setting) -> tuple[Field, ...]:
        """Return no unknown; raises unless pairs are made in semiconductors."""
        for region in self.active_regions(setting):
            setting.mesh.require("region", region)
            if setting.materials[region].kind != "semiconductor":
                raise IncompatibleError(
                    f"{type(self).__name__} makes pairs in region {region!r}, which is no semiconductor."
                )
        return ()

    def check(self, whole: Composition) -> None:
        """Raise IncompatibleError unless there are electrons and holes."""
        if not {"electron", "hole"} <= whole.names:
            raise IncompatibleError(
                f"{type(self).__name__} makes pairs: it needs Carriers() with electrons and holes."
            )

    def residual(self, context: Context) -> Expr:
        """Return the source of both continuity equations."""
        profile = self._profile(context)
        inside = context.indicator(self.active_regions(context.setting))
        form: Expr = 0
        for carrier in ("electron", "hole"):
            v = context.row_scale(carrier) * context.test(carrier)
            form -= context.calculus.lump(
                lambda i: context.light * inside * context.calculus.at(profile, i), v
            )
        return form

    def _profile(self, context: Context) -> Any:
        """Return the profile of the rate; made once for a device, which keeps this."""
        return kept(context, f"pairs of {id(self)}", self.rate_profile)

    def heat(self, context: Context, v: Expr) -> dict[str, Expr]:
        """Return what pairs bring beyond the splitting of the quasi-Fermi levels, which they give off elsewhere."""
        profile = self._profile(context)
        inside = context.indicator(self.active_regions(context.setting))

        def brought(i: int) -> Expr:
            both = sum(carried_heat(context, s, i) for s in ("electron", "hole"))
            return context.light * inside * context.calculus.at(profile, i) * both

        return {"light": context.calculus.lump(brought, v)}


@dataclass(frozen=True)
class OpticalGeneration(PairGeneration):
    r"""Generation :math:`G(x)` in ``regions``, the semiconductors if None.

    ``rate`` [1/(m^3 s)] is a number, or a function of the positions, shape (3, points) [m], that returns
    an array of shape (points,). The solvers' argument ``light`` multiplies it.
    """

    rate: float | Profile
    regions: tuple[str, ...] | None = None

    kinds: ClassVar[Mapping[str, Kind]] = {
        "rate": any_of(function, quantity(0.0, 1e46, "1/(m^3 s)")),
        "regions": optional(each(text, 1)),
    }

    def __post_init__(self) -> None:
        super().__post_init__()
        if not callable(self.rate) and not 0 <= self.rate < np.inf:
            raise OutOfRangeError("generation rate [1/(m^3 s)]", self.rate, "zero or positive, and finite")

    def active_regions(self, setting: Setting) -> tuple[str, ...]:
        """Return the regions that are given, or the semiconductors."""
        return self.regions or setting.of_kind("semiconductor")

    def rate_profile(self, context: Context) -> Any:
        """Return the given rate at the nodes."""
        from dolfinx import fem as dfem

        profile = dfem.Function(context.scalar_space, name="generation")
        unit = context.setting.mesh.unit
        rate = self.rate

        def values(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            given = rate(x * unit) if callable(rate) else rate
            return np.broadcast_to(np.asarray(given, dtype=float) / context.scaling.rate, x.shape[1]).copy()

        profile.interpolate(values)
        return profile
