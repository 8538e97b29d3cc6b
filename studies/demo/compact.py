"""The compact model of the demo: fitted to the last cycle, exported and run by ngspice, and said where it fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fem import Circuit
from fem.errors import MemfemError
from fem.io.files import write_text
from fem.units import eV
from studies.compact.export.agreement import distance
from studies.compact.export.spice import write
from studies.compact.families.filament_gap import FILAMENT_GAP
from studies.compact.fit import fit
from studies.compact.fit_data import Conditions
from studies.compact.model import QUALITY_BOUNDS
from studies.comparisons.compared import Compared, row
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_data as data

if TYPE_CHECKING:
    from pathlib import Path

    from studies.compact.model import CompactModel
    from studies.results.trace import Trace

#: What a bad fit of this cell means.
NOT_REPRESENTED = (
    "one gap and one temperature do not give the jumps of a filament whose ions spread to all sides"
)
FLOOR = 1e-8  #: A, below which currents count linearly: at 0.1 V and less
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


def fitted(trace: Trace, folder: Path, *, starts: int = 24) -> Fitted:
    """Return the model of one cycle, and write it as JSON and as a subcircuit with what ngspice says of that.

    A model that misses the cell is written, too; its files say so. Of a refused one nothing is left in the folder.
    """
    try:
        model = fit(
            trace,
            family=FILAMENT_GAP,
            conditions=Conditions(circuit=before_the_dot()),
            fixed={"barrier": data.ALONG.si() / eV},
            current_floor=FLOOR,
            starts=starts,
        )
    except MemfemError as error:
        for name in FILES:
            (folder / name).unlink(missing_ok=True)
        return Fitted(None, str(error))
    model.save(folder / FILES[0])
    write(model, "memristor", folder / FILES[1])
    protocol = dot.ABOUT.protocol
    run = model.run_ngspice(protocol)
    write_text(folder / FILES[2], run.log)
    return Fitted(model, ngspice_gap=distance(model, run, protocol))


def before_the_dot() -> Circuit:
    """Return ballast and compliance of the dot's source: its filaments and its leak are in the model."""
    return Circuit(series_resistance=data.BALLAST.si(), compliance=(None, data.COMPLIANCE))


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
