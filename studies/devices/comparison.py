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


def compared_table(rows: Iterable[Compared]) -> str:
    """Return the rows as text: name, simulated, published, unit, kind, note."""
    lines = [f"{'figure':<44}{'simulated':>12}{'published':>12}  unit   kind"]
    for row in rows:
        printed = "-" if row.published is None else f"{row.published:.3g}"
        line = f"{row.name:<44}{row.simulated:>12.3g}{printed:>12}  {row.unit:<7}{row.kind:<12}{row.note}"
        lines.append(line.rstrip())
    return "\n".join(lines)
