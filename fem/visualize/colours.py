"""How each field is shown: unit, colours, linear or logarithmic scale."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.fields import FIELDS, field_info

Array = npt.NDArray[np.float64]
_SPREAD = 30.0  # what varies by more is shown on a logarithmic scale
_DECADES = {"density": 12, "conductivity": 12, "conduction_current_density": 4}  # at most so many of them
_COLOURS = {"temperature": "inferno", "electric_field": "plasma", "conduction_current_density": "turbo"}


_SHORT = {"potential": "electrostatic potential"}


@dataclass(frozen=True, kw_only=True)
class Display:
    """How a field is shown: values times ``scale`` in ``unit``, colours, and whether 0 is no value of it."""

    name: str
    label: str
    unit: str
    scale: float
    colours: str
    positive: bool
    decades: int

    @property
    def title(self) -> str:
        """What is written beside the colour bar."""
        return f"{self.label} [{self.unit}]"

    def absent(self, values: Array) -> npt.NDArray[np.bool_]:
        """Return where there is no value to show, same shape as ``values`` [SI]."""
        return ~np.isfinite(values) | (self.positive & (values <= 0))

    def middle(self, values: Array) -> float:
        """Return the value [SI] half way from the lowest to the highest, in the logarithm for densities."""
        known = values[~self.absent(values)]
        if not known.size:
            return 1.0
        low, high = float(known.min()), float(known.max())
        return float(np.sqrt(low * high)) if self.positive else 0.5 * (low + high)

    def norm(self, *values: Array) -> Any:
        """Return the matplotlib norm of all ``values`` [SI] together, in ``unit``."""
        found = [v[~self.absent(v)] for v in values]
        ends = [(float(v.min()), float(v.max())) for v in found if v.size]
        return self.norm_of(ends)

    def norm_of(self, ends: Iterable[tuple[float, float]]) -> Any:
        """Return the norm from the lowest to the highest of ``ends`` [SI]; from 0 to 1 if there is none."""
        from matplotlib.colors import LogNorm, Normalize

        lows, highs = zip(*(ends or [(0.0, 1.0)]), strict=True)
        low, high = min(lows) * self.scale, max(highs) * self.scale
        if self.positive and high > _SPREAD * low:
            return LogNorm(max(low, 10.0**-self.decades * high), high)
        if high - low <= 1e-6 * abs(high):  # uniform to rounding: one colour, not noise
            low, high = low - 1e-3 * (abs(low) or 1.0), high + 1e-3 * (abs(high) or 1.0)
        return Normalize(low, high)


def display(name: str) -> Display:
    """Return how the output field ``name`` is shown."""
    info = field_info(name)
    unit, scale, kind = info.unit, 1.0, name
    if name in ("electron", "hole") or name not in FIELDS:
        unit, scale, kind = "cm$^{-3}$", 1e-6, "density"
    elif name == "conduction_current_density":
        unit, scale = "A cm$^{-2}$", 1e-4
    elif name == "electric_field":
        unit, scale = "MV/m", 1e-6
    return Display(
        name=name,
        label=_SHORT.get(name, info.long_name).capitalize(),
        unit=unit,
        scale=scale,
        colours=_COLOURS.get(name, "viridis" if kind == "density" else "cividis"),
        positive=kind in _DECADES,
        decades=_DECADES.get(kind, 0),
    )
