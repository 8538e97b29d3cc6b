"""The window of pulses of the reference device, and trends of filament cells."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import monotonic

import numpy as np
import xarray as xr

from fem.units import nm, um
from studies.comparisons import mapbi3_filament as cell
from studies.comparisons import mapbi3_filament_via as compared
from studies.comparisons.prpyrpbi3 import window as pulses
from studies.devices import mapbi3_filament_via as via
from studies.devices.shared import prpyrpbi3_data as data
from tests.benchmarks.reference_rows.runs import timed
from tests.benchmarks.table import Row, at_most

AMPLITUDES, LONGEST = 12, 30.0  # [1], [min]
#: Largest cells of the meshes on which a trend must have one sign [m].
MESHES = 12 * nm, 8 * nm
RATES, COMPLIANCES, RADII = (0.1, 10.0), (1e-6, 1e-5), (0.5 * um, 4 * um)


def window() -> Iterator[Row]:
    """Yield size, minutes and picture of the window of pulses, of the states of the second cycle."""
    cycle = timed(2).cycle
    begin = monotonic()
    graded, alone = pulses.window(cycle.off, cycle.on)
    minutes, count, longest = (monotonic() - begin) / 60, graded.amplitudes.size, int(graded.pulses[-1])
    size, whole = f"{AMPLITUDES} amplitudes, {data.PULSES} pulses", count >= AMPLITUDES
    met = whole and longest >= data.PULSES
    yield Row("window of pulses", size, f"{count} amplitudes, {longest} pulses", met=met)
    yield at_most("time of the window", LONGEST, minutes, "min")
    with tempfile.TemporaryDirectory() as folder:
        pulses.draw(graded, alone, path := Path(folder) / "window.png")
        yield Row("its map", "drawn beside the published", "drawn", met=path.stat().st_size > 0)


def trends() -> Iterator[Row]:
    """Yield the signs of trends over rate, compliance and area on two meshes."""
    devices = [via.device(size=size) for size in MESHES]
    by_rate = ("V_set", "V_reset", "I_reset"), [compared.rate_trend(one, RATES) for one in devices]
    by_limit = ("low resistance", "on/off"), [compared.compliance_trend(one, COMPLIANCES) for one in devices]
    for over, (names, runs), expected in (
        ("rate", by_rate, (1, 1, 1)),
        ("compliance", by_limit, (-1, 1)),
    ):
        for k, name in enumerate(names):
            yield _signs(f"{name} over {over}", [_data([row[k] for row in run]) for run in runs], expected[k])
    areas = [cell.areas(RADII, size=size) for size in MESHES]
    for name in ("high_resistance", "on_off_ratio"):
        yield _signs(f"{name} over area", [found[name] for found in areas], -1)
    ratios = [cell.change(a, "low_resistance") / cell.change(a, "high_resistance") for a in areas]
    yield at_most("change of low over high resistance, area", 0.5, float(np.abs(ratios).max()))


def _data(sizes: Sequence[float]) -> xr.DataArray:
    """Return a figure of a series without its sign."""
    return xr.DataArray(np.abs(sizes), dims="run")


def _signs(figure: str, found: Sequence[xr.DataArray], expected: int) -> Row:
    """Return whether a figure changes by that sign on every mesh."""
    changes = [cell.change(xr.Dataset({"it": each}), "it") for each in found]
    signs = [cell.sign(xr.Dataset({"it": each}), "it") for each in found]
    asked = "rises" if expected > 0 else "falls"
    measured = ", ".join(f"{change:+.0%}" for change in changes)
    return Row(figure, f"{asked} on both meshes", measured, met=signs == [expected] * len(signs))
