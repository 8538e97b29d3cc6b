"""``memfem compare --all --quick``: at most 15 minutes, one page with the tables and pictures of all."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from studies.comparisons.tables import ARRAYS, names
from tests.benchmarks.studies_rows.shell import memfem
from tests.benchmarks.table import Row, at_least, at_most


def rows() -> Iterator[Row]:
    """Yield the rows of one run of the command."""
    everything = (*names(), *ARRAYS)
    with tempfile.TemporaryDirectory() as name:
        path, begin = Path(name) / "all.html", monotonic()
        done = memfem(Path(name), "compare", "--all", "--quick", "--page", str(path), "--json", limit=1500.0)
        took = monotonic() - begin
        text = path.read_text(encoding="utf-8")
    found = {one["name"]: one for one in json.loads(done.stdout)["comparisons"]}
    yield at_most("compare --all --quick", 15.0, took / 60, "min")
    yield Row(
        "devices and arrays on the page",
        f"{len(everything)}",
        f"{len(found)}",
        met=set(found) == set(everything),
    )
    without = {name: one["reason"] for name, one in found.items() if not one["rows"]}
    told = "; ".join(f"{name}: {why}" for name, why in without.items())
    yield Row("tables without a row", "none, or with its reason", told or "none", met=all(without.values()))
    yield at_least("tables", len(everything), len(everything) - len(without))
    yield at_least("pictures", len(everything), text.count("data:image/png;base64,"))
    outside = re.findall(r"(?:src|href)='(?!data:|#)[^']*'", text)
    yield Row("loaded from elsewhere", "nothing", ", ".join(outside) or "nothing", met=not outside)
