"""The compact model of the demo: fitted to the last cycle, exported and run by ngspice, and said where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import MemfemError
from fem.io.files import write_text
from studies.compact.export.spice import write
from studies.compact.fit import fit
from studies.compact.model import QUALITY_BOUNDS
from studies.comparisons.compared import Compared, row
from studies.devices import prpyrpbi3 as dot

if TYPE_CHECKING:
    from pathlib import Path

    from studies.compact.model import CompactModel
    from studies.results.trace import Trace

#: What the equations of the model are of, and so what a bad fit of this cell means.
NOT_REPRESENTED = "a filament is not represented by this model, which is of ions that screen an electrode"
SAME = 1e-3  #: of the peak, within which ngspice has the current of the model
FILES = ("compact_model.json", "memristor.sub", "ngspice.log")


@dataclass(frozen=True, eq=False)
class Fitted:
    """The ``model``, None if it was refused for a reason in words, and how far ngspice is from it over its peak [1]."""

    model: CompactModel | None
    refused: str = ""
    ngspice_gap: float = float("nan")

    @property
    def good(self) -> bool:
        """Whether the model stands for the cell: within the bounds of a good fit."""
        return self.model is not None and all(
            sign * self.model.quality[name] <= sign * bound for name, (sign, bound) in QUALITY_BOUNDS.items()
        )


def fitted(trace: Trace, folder: Path, *, starts: int = 40) -> Fitted:
    """Return the model of one cycle, and write it as JSON and as a subcircuit with what ngspice says of that.

    A model that misses the cell is written, too; its files say so. Of a refused one nothing is left in the folder.
    """
    try:
        model = fit(trace, starts=starts)
    except MemfemError as error:
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        return Fitted(None, str(error))
    model.save(folder / FILES[0])
    write(model, "memristor", folder / FILES[1])
    protocol = dot.ABOUT.protocol
    run = model.run_ngspice(protocol)
    write_text(folder / FILES[2], run.log)
    own = model.simulate(protocol)
    gaps = (np.interp(own.time, run.time, run.current) - own.current)[
        1:
    ]  # ngspice begins at rest, without dV/dt
    return Fitted(model, ngspice_gap=float(np.abs(gaps).max() / np.abs(own.current).max()))


def compact_rows(found: Fitted) -> list[Compared]:
    """Return how far the model is from the cell, and ngspice from the model."""
    about = dot.ABOUT
    if found.model is None:
        note = f"{NOT_REPRESENTED}: {found.refused}"
        return [row(about, "compact model", float("nan"), "1", note, missed=True)]
    note = "" if found.good else NOT_REPRESENTED
    missed, quality = not found.good, found.model.quality
    return [
        row(about, "compact model: rms error of log10 of the current", quality["rms_log10_error"], "decades", note,
            missed=missed),
        row(about, "compact model: largest error over peak", quality["max_error_over_peak"], "1", note,
            missed=missed),
        row(about, "ngspice against the model, over peak", found.ngspice_gap, "1",
            "checks the subcircuit, not the cell", missed=not found.ngspice_gap <= SAME),
    ]  # fmt: skip
