"""The array of the demo: reads of the worst cell through the lines, and the heat of a cell in its neighbours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from studies.arrays.crosstalk import thermal_crosstalk
from studies.arrays.margin import largest_array, read_margin
from studies.arrays.network import BIAS_SCHEMES, Crossbar, bias
from studies.comparisons.compared import Compared, row
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_array as array

if TYPE_CHECKING:
    from pathlib import Path

    import xarray as xr

    from studies.devices.shared.filament_cycles import Cycle

SIZES = np.arange(2, 33)  #: cells per side, of the read margins
FAR = 5  #: crossings per side, which tell how heat falls with the distance: 7 move the sum of all by 3 %


@dataclass(frozen=True, eq=False)
class Reads:
    """Currents [A] of the worst cell by scheme, low and high; read margins over ``SIZES``; the largest array."""

    currents: dict[str, tuple[float, float]]
    margin: npt.NDArray[np.float64]
    largest: int

    def ratio(self, scheme: str) -> float:
        """Return the current with the cell low over that with it high [1]."""
        low, high = self.currents[scheme]
        return low / high


def reads(last: Cycle) -> Reads:
    """Return what is read of the worst cell: all others low, the far end of both lines."""
    low, high = last.low_resistance, last.high_resistance
    states = {"low_resistance_state": low, "high_resistance_state": high}
    margin = [read_margin(**states, size=int(n), pull_up="optimal") for n in SIZES]
    found = {
        scheme: (read_current(scheme, low, low), read_current(scheme, high, low)) for scheme in BIAS_SCHEMES
    }
    return Reads(found, np.array(margin), largest_array(**states, pull_up="optimal"))


def read_current(scheme: str, resistance: float, others: float) -> float:
    """Return the current out of the bit line of the cell farthest from driver and output [A].

    It has a ``resistance`` among ``others`` [Ohm].
    """
    count = array.CELLS
    selected = (0, count - 1)
    words, bits = bias(scheme, (count, count), selected, array.READ)
    conductances = np.full((count, count), 1.0 / others)
    conductances[selected] = 1.0 / resistance
    segment = array.segment_resistance()
    network = Crossbar(conductances=conductances, word_line_resistance=segment, bit_line_resistance=segment)
    return float(network.solve(words, bits)["output_current"][selected[1]])


def read_rows(found: Reads) -> list[Compared]:
    """Return the ratios of the reads, and how large an array could be."""
    size = f"{array.CELLS} x {array.CELLS}"
    note = "all others low; published: 1e4 to 1e6, cells one by one, states of the others not printed"
    rows = [
        row(dot.ABOUT, f"{size}, {scheme}: read current, cell low over high", found.ratio(scheme), "1", note)
        for scheme in found.currents
    ]
    note = "all others low, lines floating, best pull-up"
    return [
        *rows,
        row(dot.ABOUT, "largest array of 10 % read margin, cells per side", found.largest, "1", note),
    ]


def heat(count: int = 3) -> xr.Dataset:
    """Return the thermal resistances of ``count`` x ``count`` crossings."""
    return thermal_crosstalk(
        replace(array.BLOCK, rows=count, columns=count),
        materials=array.block_materials(),
        sink=array.SINK,
        size=array.SIZE,
        coarse_size=array.COARSE,
    )


def heat_rows(found: xr.Dataset, power: float) -> list[Compared]:
    """Return thermal resistance and crosstalk of the centre cell, and the rises at a ``power`` [W]."""
    resistance = found["thermal_resistance"].values
    centre = resistance.shape[0] // 2
    share = found["crosstalk_coefficient"].values[:, centre]
    about, steady = dot.ABOUT, "steady, at the largest power of the loop"
    return [
        row(about, "thermal resistance of the centre cell", resistance[centre, centre], "K/W"),
        row(about, "crosstalk to the next cell on a line", share[centre - 1], "1"),
        row(about, "crosstalk to the diagonal cell", share[0], "1"),
        row(about, "rise of a whole cell on PET", resistance[centre, centre] * power, "K",
            f"{steady}; the loop is computed with its faces at 300 K"),
        row(about, "rise of its neighbour", resistance[centre - 1, centre] * power, "K", steady),
    ]  # fmt: skip


def save(path: Path, found: Reads, thermal: xr.Dataset) -> None:
    """Write the thermal matrix with the read margins and the currents of the reads."""
    from studies.arrays.crosstalk import save as write

    data = thermal.assign_coords(size=("size", SIZES), scheme=("scheme", list(found.currents)))
    about = {"units": "1", "long_name": "read margin over read voltage, best pull-up"}
    data["read_margin"] = ("size", found.margin, about)
    for k, state in enumerate(("low", "high")):
        name = f"current read at {array.READ:g} V with the cell in its {state} resistance, all others low"
        values = [currents[k] for currents in found.currents.values()]
        data[f"read_current_{state}"] = ("scheme", values, {"units": "A", "long_name": name})
    write(data, path)
