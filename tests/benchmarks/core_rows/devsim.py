"""A pn diode beside DEVSIM, on one mesh in one run."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks import beside_devsim
from tests.benchmarks.table import Row, at_least, at_most, not_measured


def rows() -> Iterator[Row]:
    """Yield how many times faster memfem is, and by how much currents differ where meshes have right angles."""
    if why := beside_devsim.missing():
        yield not_measured(f"beside DEVSIM ({why})", "10, 4, 8, 60 x")
        return
    for found in beside_devsim.run():
        name = f"beside DEVSIM, {found['case']}"
        if found["wanted_ratio"] is not None:
            yield at_least(name, found["wanted_ratio"], found["ratio"], "x")
        if found["wanted_difference"] is not None:
            yield at_most(f"{name}: currents", found["wanted_difference"], found["current_difference"])
