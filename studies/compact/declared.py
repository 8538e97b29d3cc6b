"""What a family of compact models says of its parameters and of its states."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fem.errors import OutOfRangeError

#: Mark in a unit -> unit of a device, of a density, and the power of the area between them.
_OF_AREA = {
    "{A}": ("A", "A/m^2", 1), "{S}": ("S", "S/m^2", 1), "{C}": ("C", "C/m^2", 1), "{F}": ("F", "F/m^2", 1),
    "{Ohm}": ("Ohm", "Ohm m^2", -1), "{K/W}": ("K/W", "K m^2/W", -1),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What a family says of a parameter: ``unit``, ``meaning``, and the ``lower`` and ``upper`` end of its range.

    ``{A}``, ``{S}``, ``{C}``, ``{F}``, ``{Ohm}`` or ``{K/W}`` in the unit is that of a model in A, and per area (or
    times it) in one in A/m^2; its range has room for both, down to an area of 1 nm^2. A parameter that is ``fixed`` has
    this value in every fit that does not give another. One whose range begins above 0 is varied by its logarithm.
    ``held``: not varied in the first search of a fit, but at its end. ``values``: the only ones it may have; it is then
    never varied. ``natural``: another parameter that is its scale, if that is larger: one not known to within its scale
    is not determined.
    """

    unit: str
    meaning: str
    lower: float
    upper: float
    fixed: float | None = None
    held: bool = False
    values: tuple[float, ...] = ()
    natural: str = ""

    def __post_init__(self) -> None:
        if not self.lower < self.upper:
            raise OutOfRangeError("range of a parameter", (self.lower, self.upper), "one that rises")
        if self.fixed is not None and not self.lower <= self.fixed <= self.upper:
            raise OutOfRangeError(
                "fixed value of a parameter", self.fixed, f"{self.lower:g} to {self.upper:g}"
            )

    @property
    def logarithmic(self) -> bool:
        """Whether the parameter is varied by its logarithm."""
        return self.lower > 0

    def unit_for(self, current_unit: str) -> str:
        """Return the unit for currents in ``current_unit``."""
        for mark, (plain, dense, _) in _OF_AREA.items():
            if mark in self.unit:
                return self.unit.replace(mark, plain if current_unit == "A" else dense)
        return self.unit

    @property
    def power_of_area(self) -> int:
        """How the value of a model in A goes with the area of the device: by its power 1, -1 or 0."""
        return next((power for mark, (_, _, power) in _OF_AREA.items() if mark in self.unit), 0)

    def check(self, name: str, value: float) -> None:
        """Raise OutOfRangeError if ``value`` is none that the parameter can have."""
        if self.values and value not in self.values:
            allowed = " or ".join(f"{x:g}" for x in self.values)
            raise OutOfRangeError(f"compact-model parameter {name}", value, allowed)
        if isinstance(value, bool) or not isinstance(value, float | int) or not math.isfinite(value):
            raise OutOfRangeError(f"compact-model parameter {name}", value, "a finite number")
        if self.lower >= 0 and not (value > 0 if self.lower > 0 else value >= 0):
            raise OutOfRangeError(
                f"compact-model parameter {name}", value, "positive" if self.lower > 0 else "not negative"
            )
        if self.unit == "1" and (self.lower, self.upper) == (0.0, 1.0) and not value <= 1:
            raise OutOfRangeError(f"compact-model parameter {name}", value, "a share, from 0 to 1")


@dataclass(frozen=True, kw_only=True)
class StateVariable:
    """A state: its ``rate`` [unit/s] and its ``initial`` value as text, its ``unit``, ``meaning`` and ``scale``.

    ``scale``: how large the state is, as text of the parameters; a step of the integration is exact to a part of it.
    ``lower`` and ``upper``: the ends of its range, text of the parameters too; without one it has no end there.
    """

    rate: str
    initial: str
    unit: str
    meaning: str
    scale: str = "1"
    lower: str = ""
    upper: str = ""
