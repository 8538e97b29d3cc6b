r"""Heat data that follow the ions: a filament conducts and stores heat unlike the film around it.

.. math:: \kappa(c, T) = \kappa_f(T) + s\,(\kappa_1 - \kappa_f(T)),\quad
          \rho c_p(c, T) = C_f(T) + s\,(C_1 - C_f(T)),\quad s = \min(c/c_1, 1)

from the film's data at c = 0 to those of the filament at the density :math:`c_1`; above it they stay (S. Larentis,
F. Nardi, S. Balatti, D. C. Gilmer and D. Ielmini, IEEE Trans. Electron Devices 59, 2468, 2012, took the
conductivity linear in the density: 0.5 W/(m K) to 23 W/(m K) at 1.2e27 1/m^3). Along an edge s is the mean of its
ends. The storage is :math:`\rho c_p(c)\,\partial_t T`, not :math:`\partial_t(\rho c_p T)`: ions that arrive bring
what they hold at the temperature of the place, and do not cool it. What they carry from warmer places,
:math:`\Gamma\cdot\nabla h`, is left out: heat diffuses some 1e9 times faster than they do.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ufl

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Field, Setting
from fem.forms.temperature_law import TemperatureLaw


@dataclass(frozen=True, kw_only=True)
class FilamentHeat:
    """Heat data at a ``density`` of the ``ion`` [1/m^3]; below it linear to those of the region's material.

    ``thermal_conductivity`` [W/(m K)], ``volumetric_heat_capacity`` [J/(m^3 K)]. Raises OutOfRangeError.
    """

    ion: str
    density: float
    thermal_conductivity: float
    volumetric_heat_capacity: float

    def __post_init__(self) -> None:
        settle(self, "a filament")
        for name in ("density", "thermal_conductivity", "volumetric_heat_capacity"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                raise OutOfRangeError(f"{name} of a filament of {self.ion}", value, "positive and finite")


def check_filaments(setting: Setting, filaments: Mapping[str, FilamentHeat], fields: Sequence[Field]) -> None:
    """Raise UnknownNameError or IncompatibleError unless each ion moves in the region of its filament."""
    for region, filament in filaments.items():
        setting.mesh.require("region", region)
        if not isinstance(filament, FilamentHeat):
            raise IncompatibleError(f"the filament of region {region!r} is {filament!r}, no FilamentHeat.")
        if not any(f.ionic and f.name == filament.ion and region in f.regions for f in fields):
            raise IncompatibleError(
                f"the filament of region {region!r} is of {filament.ion!r}, which does not move there; add "
                f"MobileIons({filament.ion!r})."
            )


def following(
    context: Context, filaments: Mapping[str, FilamentHeat], name: str, unit: float, film: TemperatureLaw
) -> Callable[..., Expr]:
    """Return the datum ``name`` over its ``unit`` as a function of one vertex, or of both of an edge."""
    ions = sorted({filament.ion for filament in filaments.values()})

    def by_region(ion: str, what: str, value: Callable[[FilamentHeat], float]) -> Expr:
        own = {region: value(f) for region, f in filaments.items() if f.ion == ion}
        return context.by_region(f"filament of {ion}: {what}", lambda r, _: own.get(r, 0.0))

    def at(*vertices: int) -> Expr:
        warmth = context.edge_warmth(*vertices) if len(vertices) == 2 else context.warmth(*vertices)
        poor = total = film(warmth)
        for ion in ions:
            slope = by_region(ion, "density", lambda f: context.scaling.density / f.density)
            rich = by_region(ion, name, lambda f: getattr(f, name) / unit)
            density = context.field(ion)
            ends = [ufl.min_value(slope * context.calculus.at(density, i), 1.0) for i in vertices]
            total = total + sum(ends) / len(ends) * (rich - poor)
        return total

    return at
