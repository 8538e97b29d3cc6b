"""How ions move in a material: mean density, diffusivity or mobility, site density."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError
from fem.materials.datum import ION_QUANTITIES, Datum


@dataclass(frozen=True, kw_only=True)
class MobileIon:
    r"""How one ion species behaves in a material.

    Exactly one of ``diffusivity`` and ``mobility`` is given; the other follows from
    :math:`D = \mu k T / (|z| q)`. ``site_density`` is the upper limit of the density; without it none holds.
    ``mean_density`` and the diffusivity are a pair from one source: only their product is well measured.
    """

    mean_density: Datum
    diffusivity: Datum | None = None
    mobility: Datum | None = None
    site_density: Datum | None = None

    def __post_init__(self) -> None:
        for name, quantity in ION_QUANTITIES.items():
            datum = getattr(self, name)
            if datum is not None:
                quantity.check(f"{name} of a mobile ion", datum)
        if (self.diffusivity is None) == (self.mobility is None):
            raise IncompatibleError(
                "a mobile ion needs either its diffusivity or its mobility, and not both."
            )

    @property
    def motion(self) -> Datum:
        """The one that is given of diffusivity and mobility."""
        found = self.diffusivity or self.mobility
        assert found is not None
        return found

    def diffusivity_at(
        self, temperature: Any, charge_number: int = 1, exp: Callable[[Any], Any] = math.exp
    ) -> Any:
        """Return the diffusivity [m^2/s] at ``temperature`` [K]; the charge matters to a given mobility."""
        if self.diffusivity is not None:
            return self.diffusivity.si(temperature, exp)
        assert self.mobility is not None
        thermal_voltage = BOLTZMANN * temperature / ELEMENTARY_CHARGE
        return self.mobility.si(temperature, exp) * thermal_voltage / abs(charge_number)


class IonTable(Mapping[str, MobileIon]):
    """The mobile ions of a material by species name; immutable and comparable."""

    def __init__(self, ions: Mapping[str, MobileIon] | None = None) -> None:
        self._ions = dict(ions or {})

    def __getitem__(self, name: str) -> MobileIon:
        return self._ions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ions)

    def __len__(self) -> int:
        return len(self._ions)

    def __hash__(self) -> int:
        return hash(frozenset(self._ions.items()))

    def __repr__(self) -> str:
        return f"IonTable({self._ions!r})"
