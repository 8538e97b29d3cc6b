"""Simulated beside published figures, and whether each was calibrated to, predicted, missed or mere arithmetic."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from fem.errors import IncompatibleError, UnknownNameError
from studies.devices import PublishedDevice

STATUSES = ("calibrated", "predicted", "missed", "arithmetic")


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A figure: ``simulated`` and ``published`` in ``unit``, the latter of ``source``; None where nothing is printed.

    ``up_to``: the other end of a published range. ``status``: "calibrated" (a parameter was chosen so that it comes
    out), "predicted", "missed" or "arithmetic" (it follows from what is printed, without a simulation). ``note``: what
    the published figure leaves open, or what the simulated one rests on.
    """

    name: str
    simulated: float
    unit: str
    published: float | None = None
    up_to: float | None = None
    source: str = ""
    status: str = "predicted"
    note: str = ""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise UnknownNameError("status of a compared figure", self.status, STATUSES)

    @property
    def ratio(self) -> float:
        """Simulated over published; nan where nothing is published, or a range."""
        return self.simulated / self.published if self.published and self.up_to is None else math.nan


def row(
    about: PublishedDevice,
    name: str,
    simulated: float,
    unit: str = "",
    note: str = "",
    *,
    of: str = "",
    up_to: str = "",
    by: str = "",
    within: float | None = None,
    at_least: bool = False,
    missed: bool = False,
    arithmetic: bool = False,
) -> Compared:
    """Return a figure of a device; value, unit and source of what is published are those of ``about.reported[of]``.

    Without ``of`` nothing is published, and ``unit`` is needed. ``up_to``: key of the other end of a published range.
    Calibrated is what a parameter of ``about.calibrated`` was chosen for: ``by``. Missed is what the author says
    (``missed``), what is published and does not come at all (nan), and what is farther than ``within`` [unit] from
    the published value, outside of the range, or below a bound (``at_least``). ``arithmetic``: of printed or given
    figures alone, so no prediction where it agrees. Without any of these it counts as predicted, wherever it is. A
    ``note`` that begins with "published:" is of the device's sources. Raises UnknownNameError, IncompatibleError.
    """
    for key, known in ((by, about.calibrated), (of, about.reported), (up_to, about.reported)):
        if key and key not in known:
            raise UnknownNameError(f"figure of {about.name}", key, known)
    if not (of or unit):
        raise IncompatibleError(f"{name!r} is beside nothing published, so it needs a unit.")
    figure, end = about.reported.get(of), about.reported.get(up_to or of)
    if figure and end:
        low, high = sorted((figure.value, end.value))
        margin = within if within is not None else 0.0 if up_to or at_least else math.inf
        missed |= not low - margin <= simulated <= (math.inf if at_least else high + margin)
    return Compared(
        name=name,
        simulated=float(simulated),
        unit=figure.unit if figure else unit,
        published=figure.value if figure else None,
        up_to=end.value if end and up_to else None,
        source=figure.source if figure else _of_words(about, note),
        status="missed"
        if figure and math.isnan(simulated)
        else "calibrated"
        if by
        else "missed"
        if missed
        else "arithmetic"
        if arithmetic
        else "predicted",
        note=note,
    )


def _of_words(about: PublishedDevice, note: str) -> str:
    """Return the source of a note that begins with what is "published" in words; "" of any other."""
    sources = {figure.source for figure in about.reported.values()}
    return " ".join(sorted(sources)) if note.startswith("published:") else ""


def compared_table(rows: Iterable[Compared]) -> str:
    """Return the rows as text: figure, simulated, published, unit, status, source, note."""
    lines = [
        f"{'figure':<44}{'simulated':>12}{'published':>16}  {'unit':<9}{'status':<12}{'source':<15} note"
    ]
    for figure in rows:
        ends = [f"{end:.3g}" for end in (figure.published, figure.up_to) if end is not None]
        line = f"{figure.name:<44}{figure.simulated:>12.3g}{' to '.join(ends) or '-':>16}  {figure.unit:<9}"
        lines.append((line + f"{figure.status:<12}{figure.source or '-':<15} {figure.note}").rstrip())
    return "\n".join(lines)
