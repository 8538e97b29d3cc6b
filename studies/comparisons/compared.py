"""Simulated beside published figures, each marked as calibrated or predicted."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fem.errors import UnknownNameError

_KINDS = ("calibrated", "predicted")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A figure: ``simulated`` and ``published`` in ``unit``; None where nothing is printed.

    ``kind``: "calibrated" (a parameter was chosen so that it comes out) or "predicted". ``note``: what the
    published figure leaves open, or what the simulated one depends on.
    """

    name: str
    simulated: float
    published: float | None
    unit: str
    kind: str = "predicted"
    note: str = ""

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise UnknownNameError("kind of a compared figure", self.kind, _KINDS)

    @property
    def ratio(self) -> float:
        """Simulated over published; nan where nothing is published."""
        return self.simulated / self.published if self.published else math.nan


def row(
    name: str,
    value: float,
    unit: str,
    note: str = "",
    published: float | None = None,
    kind: str = "predicted",
) -> Compared:
    """Return a figure, with what is said of most of them first."""
    return Compared(name=name, simulated=value, published=published, unit=unit, kind=kind, note=note)


def compared_table(rows: Iterable[Compared]) -> str:
    """Return the rows as text: name, simulated, published, unit, kind, note."""
    lines = [f"{'figure':<44}{'simulated':>12}{'published':>12}  unit   kind"]
    for figure in rows:
        printed = "-" if figure.published is None else f"{figure.published:.3g}"
        line = f"{figure.name:<44}{figure.simulated:>12.3g}{printed:>12}  "
        lines.append((line + f"{figure.unit:<7}{figure.kind:<12}{figure.note}").rstrip())
    return "\n".join(lines)
