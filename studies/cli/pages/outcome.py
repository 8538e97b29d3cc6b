"""What became of one comparison: its rows, pictures of its runs, seconds, or the reason that there are none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from studies.cli.answers import as_json
from studies.comparisons.compared import Compared

RESULT = "outcome.json"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The comparison ``name`` of the device ``title``, a ``stack``; ``short``: a part of it alone, as ``--quick`` asks.

    ``pictures`` are PNG files' contents, by caption. ``reason``: why there are no rows, in words; "" if there are.
    """

    name: str
    title: str = ""
    stack: str = ""
    rows: tuple[Compared, ...] = ()
    seconds: float = 0.0
    short: bool = False
    reason: str = ""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    citations: tuple[str, ...] = ()

    def counted(self) -> dict[str, int]:
        """Return how many rows have each status."""
        return dict(Counter(figure.status for figure in self.rows))

    def plain(self) -> dict[str, Any]:
        """Return it without pictures, as plain data."""
        found = asdict(self)
        del found["pictures"]
        return found

    def write(self, folder: Path) -> None:
        """Write it into an empty folder, from which ``read`` takes it; for another process."""
        captions = list(self.pictures)
        for k, caption in enumerate(captions):
            (folder / f"{k}.png").write_bytes(self.pictures[caption])
        (folder / RESULT).write_text(as_json({**self.plain(), "captions": captions}), encoding="utf-8")


def read_outcome(folder: Path) -> Outcome:
    """Return what another process has written; raises OSError or ValueError if it did not come to that."""
    found = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    pictures = {
        caption: (folder / f"{k}.png").read_bytes() for k, caption in enumerate(found.pop("captions"))
    }
    rows = tuple(Compared(**{**row, "simulated": _number(row["simulated"])}) for row in found.pop("rows"))
    return Outcome(rows=rows, pictures=pictures, citations=tuple(found.pop("citations")), **found)


def _number(value: float | None) -> float:
    """Return what JSON has null for."""
    return float("nan") if value is None else value
