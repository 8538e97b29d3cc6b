"""The table of the demo as rich prints it: figures, published ones, status, and notes below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from studies.comparisons.compared import Compared

if TYPE_CHECKING:
    from rich.console import RenderableType

PUBLISHED = (
    "published: S. K. Vishwanath et al., Mater. Horiz. 2024, 11, 2643; simulated: second cycle. "
    "Calibrated is what a parameter was chosen for, predicted what came out, missed what is more than a fifth off "
    "(a pulse: what takes longer than the published width; the compact model: what fits badly)."
)


def table_of(rows: Sequence[Compared]) -> list[RenderableType]:
    """Return the table, the notes that its rows refer to by number, and what the words of it mean."""
    from rich.table import Table

    table = Table("quantity", "simulated", "published", "unit", "status", "note", title="documented device")
    notes = list(dict.fromkeys(row.note for row in rows if row.note))
    for row in rows:
        published = "" if row.published is None else f"{row.published:.4g}"
        number = f"[{notes.index(row.note) + 1}]" if row.note else ""
        status = row.status if row.published is not None or row.status == "missed" else ""
        simulated = "-" if row.simulated != row.simulated else f"{row.simulated:.4g}"
        table.add_row(row.name, simulated, published, row.unit, status, number)
    lines = [f"  \\[{k}] {note}" for k, note in enumerate(notes, 1)]
    return [table, *lines, PUBLISHED]
