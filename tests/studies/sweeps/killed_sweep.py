"""A program that is killed: a sweep whose cases note when they begin and end. ``FOLDER CASES SECONDS [ADDRESS]``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from studies import Described, Grid, Number, Study, sweep


def run(x: int, lasts: float, folder: str) -> dict[str, float]:
    """Return the square of a number after some time, and note it."""
    note(folder, "began", x)
    time.sleep(lasts)
    note(folder, "ended", x)
    return {"square": float(x * x)}


def note(folder: str, what: str, x: int) -> None:
    """Add a line to a file, whole or not at all."""
    file = os.open(Path(folder) / what, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
    os.write(file, f"{x} {os.getpid()}\n".encode())
    os.close(file)


def noted(folder: Path, what: str) -> list[tuple[int, int]]:
    """Return the cases and the processes that were noted."""
    path = folder / what
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return [(int(x), int(process)) for x, process in map(str.split, lines)]


STUDY = Study(
    run, {"x": Number("1", integer=True), "lasts": "s", "folder": Described()}, name="noted", version="1"
)


def main(folder: str, cases: int, seconds: float, address: str = "") -> None:
    """Compute the cases that are left."""
    plan = Grid(x=range(cases), lasts=[seconds], folder=[folder])
    where = {"address": address} if address else {"workers": 2}
    sweep(STUDY, plan, store=Path(folder) / "store", progress=False, **where)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), *sys.argv[4:])
