"""Letters in the array of the demo: written with cells whose states move, and read back by each scheme."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fem.io.files import save_figure
from studies.arrays.cell_array import CellArray, Lines
from studies.arrays.cells import Cells
from studies.arrays.coupling import Heating
from studies.arrays.reading import decided, read_all
from studies.arrays.schemes import SCHEMES
from studies.arrays.writing import WritePulse, Writer, Written, letter
from studies.comparisons.compared import Compared, row
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_array as array
from studies.devices.shared import prpyrpbi3_data as data
from studies.results.files import write_stamped

if TYPE_CHECKING:
    from pathlib import Path

    from studies.compact.model import CompactModel

SHAPE = (array.CELLS, array.CELLS)
READABLE = 1.0  #: of all cells, read as they were written


@dataclass(frozen=True, eq=False)
class Letter:
    """A letter's ``image``, what writing it took, and the reads of all cells by scheme."""

    name: str
    image: npt.NDArray[np.bool_]
    written: Written
    reads: dict[str, xr.Dataset]

    def right(self, scheme: str) -> float:
        """Return the share of the cells that a scheme reads as they were written."""
        return float((decided(self.reads[scheme]).values == self.image).mean())

    def ratio(self, scheme: str) -> float:
        """Return the least current of a low cell over the largest of a high one."""
        current = np.abs(self.reads[scheme]["current"].values)
        return float(current[self.image].min() / current[~self.image].max())


def cells(model: CompactModel, thermal: xr.Dataset) -> CellArray:
    """Return the array of cells of the fitted ``model``, which warm themselves and others by ``thermal`` resistances.

    A cell's own is with them: the loop that was fitted has the faces of its film at 300 K, and so has its model. The
    film between these faces, in both, is 0.2 % of it.
    """
    segment = array.segment_resistance()
    lines = Lines(word_resistance=segment, bit_resistance=segment, word_driver=data.BALLAST.si())
    heating = Heating.of_block(thermal, SHAPE, own=True)
    return CellArray(cells=Cells.of(model, SHAPE), lines=lines, heating=heating)


def letters(model: CompactModel, thermal: xr.Dataset) -> list[Letter]:
    """Return the letters, each written over all cells and read by every scheme."""
    made = cells(model, thermal)
    edges = {"width": array.WRITE_WIDTH, "rise": array.WRITE_RISE}
    writer = Writer(
        array=made, set_pulse=WritePulse(voltage=array.WRITE, limiter=array.LIMITER, **edges),
        reset_pulse=WritePulse(voltage=-array.WRITE, **edges), scheme="V/3",
    )  # fmt: skip
    state, found = made.start(), []
    for name in array.LETTERS:
        image = letter(name, SHAPE)
        written = writer.write_verified(
            state,
            image,
            read_voltage=array.READ,
            low=array.LOW_READ,
            high=array.HIGH_READ,
            most=array.MOST_PULSES,
        )
        state = written.state
        reads = {scheme: read_all(made, state, array.READ, scheme) for scheme in SCHEMES}
        found.append(Letter(name, image, written, reads))
    return found


def letter_rows(found: list[Letter]) -> list[Compared]:
    """Return how much of the letters each scheme reads, and what writing them takes."""
    about, size = dot.ABOUT, f"{array.CELLS} x {array.CELLS}"
    rows = []
    for scheme in SCHEMES:
        share = min(one.right(scheme) for one in found)
        least = min(one.ratio(scheme) for one in found)
        note = f"N, T, U at {array.READ:g} V by the best single threshold; least low over largest high: {least:.3g}"
        rows.append(row(about, f"{size}, {scheme}: cells read as written", share, "1", note))
    pulses = sum(one.written.pulses for one in found)
    energy = sum(one.written.energy for one in found)
    hottest = max(one.written.highest_rise for one in found)
    drop = max(float(one.reads["grounded"]["line_drop"].max()) for one in found)
    note = "of all drivers, half-selected cells too, without reads; printed of a dot, 100 ns: 14 fJ/um^2, 0.14 nJ"
    return [
        *rows,
        row(about, "energy of a cell in a letter", energy / len(found) / np.prod(SHAPE), "J", note),
        row(
            about,
            "pulses for three letters",
            pulses,
            "1",
            "row by row, until a read with other lines at 0 V agrees, 10 of a kind at most",
        ),
        row(
            about,
            "rise around a cell by all cells, largest",
            hottest,
            "K",
            "at rest: an upper bound for pulses, 0.1 s on a foil of some 50 ms",
        ),
        row(
            about,
            "part of the read voltage that lines and drivers take, largest",
            drop,
            "1",
            "other lines at 0 V",
        ),
    ]


def save(path: Path, found: list[Letter]) -> None:
    """Write images, reads and energies of the letters as netCDF."""
    schemes = list(SCHEMES)
    dims = ("letter", "scheme", "row", "column")
    data = {
        name: (dims, np.array([[one.reads[s][name].values for s in schemes] for one in found]),
               dict(found[0].reads[schemes[0]][name].attrs))
        for name in ("current", "sneak_current", "own_current", "line_drop")
    }  # fmt: skip
    table = xr.Dataset(
        {
            **data,
            "image": (("letter", "row", "column"), np.array([one.image for one in found])),
            "energy": ("letter", [one.written.energy for one in found], {"units": "J"}),
            "highest_rise": ("letter", [one.written.highest_rise for one in found], {"units": "K"}),
        },
        coords={"letter": [one.name for one in found], "scheme": schemes},
        attrs={"read_voltage": array.READ},
    )
    write_stamped(table, path, "letters in an array")


def draw(found: list[Letter], path: Path) -> None:
    """Write the currents of all cells by letter and scheme, with a cross on each that is read wrong."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    schemes = list(SCHEMES)
    size: dict[str, Any] = {
        "figsize": (11, 1.0 + 2.5 * len(found)),
        "layout": "constrained",
        "dpi": 150,
        "squeeze": False,
    }
    figure, axes = plt.subplots(len(found), len(schemes), **size)
    every = np.concatenate([np.abs(one.reads[s]["current"].values).ravel() for one in found for s in schemes])
    norm = LogNorm(every.min(), every.max())
    for line, one in zip(axes, found, strict=True):
        for ax, scheme in zip(line, schemes, strict=True):
            reads = one.reads[scheme]
            image = ax.imshow(
                np.abs(reads["current"].values), norm=norm, cmap="viridis", interpolation="nearest"
            )
            wrong = np.argwhere(decided(reads).values != one.image)
            ax.plot(wrong[:, 1], wrong[:, 0], "x", color="red", ms=4, mew=1.2)
            ax.set_title(f"{one.name}, {scheme}: {len(wrong)} of {one.image.size} wrong", fontsize=9)
            ax.set(xticks=(0, array.CELLS - 1), yticks=(0, array.CELLS - 1))
    for ax in axes[-1]:
        ax.set_xlabel("bit line", fontsize=8)
    for line in axes:
        line[0].set_ylabel("word line", fontsize=8)
    figure.colorbar(image, ax=axes, label=f"current read at {array.READ:g} V [A]", shrink=0.6)
    save_figure(figure, path)
    plt.close(figure)
