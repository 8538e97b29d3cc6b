"""The file of a case: its figures and its trace, or why it failed, with all that tells where it comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fem.io.signature import signed
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import decoded, plain
from studies.results.trace import Trace
from studies.sweeps.dataset import Outcome
from studies.sweeps.parameters import Label

_KIND = "case"
_TEXTS = ("about", "labels", "content", "origin", "warnings")  # of a Record, as JSON
_TRACE = "trace: "  # before the attributes of a trace


@dataclass(frozen=True, kw_only=True)
class Record:
    """A case that came to its end: what it is, what it gave or why it failed, how long it took [s], and its origin.

    ``about`` is that of the study, ``content`` its parameters as plain data, ``origin`` the versions, host and commit,
    ``log`` the end of a traceback, or of what the process of a case that failed has printed; ``warnings`` each once;
    ``samples`` how many the trace has, 0 without one.
    """

    key: str
    about: dict[str, Any]
    labels: dict[str, Label]
    content: dict[str, Any]
    outcome: Outcome
    seconds: float
    origin: dict[str, Any] = field(default_factory=dict)
    log: str = ""
    warnings: tuple[str, ...] = ()
    samples: int = 0

    @property
    def status(self) -> str:
        """ "done" or "failed"."""
        return "failed" if self.outcome.failure else "done"

    def __post_init__(self) -> None:
        if self.outcome.trace is not None:
            object.__setattr__(self, "samples", int(self.outcome.trace.time.size))

    def provenance(self) -> dict[str, Any]:
        """Return where the result comes from: all but the result."""
        trace = self.outcome.trace
        cited = [] if trace is None else trace.provenance.get("citations", [])
        what = {"study": self.about, "parameters": self.content, "seconds": self.seconds, "citations": cited}
        return {**self.origin, **what}


def case_path(folder: Path, key: str) -> Path:
    """Return where the file of a case is in a store."""
    return folder / "cases" / key[:2] / f"{key}.nc"


def case_paths(folder: Path) -> list[Path]:
    """Return the files of all cases in a store."""
    return sorted((folder / "cases").glob("??/[0-9a-f]*.nc"))


def write_case(folder: Path, record: Record) -> Path:
    """Return the path of the file written, whole or not at all."""
    outcome = record.outcome
    trace = xr.Dataset() if outcome.trace is None else outcome.trace.data
    figures = {name: ((), value, {"units": unit}) for name, (value, unit) in outcome.figures.items()}
    data = trace.assign(figures)
    texts = {name: getattr(record, name) for name in _TEXTS}
    data.attrs = {_TRACE + str(name): plain(value) for name, value in trace.attrs.items()}
    data.attrs |= {name: json.dumps(value) for name, value in texts.items()}
    data.attrs |= {"key": record.key, "reason": outcome.failure, "seconds": record.seconds, "log": record.log}
    return write_stamped(data, case_path(folder, record.key), _KIND)


def read_case(folder: Path, key: str) -> Record:
    """Return what is in the file of a case.

    Raises OutOfRangeError if there is none, IncompatibleError if it is damaged.
    """
    data = read_stamped(case_path(folder, key), _KIND)
    attrs = {str(name): value for name, value in data.attrs.items()}
    texts: dict[str, Any] = {name: json.loads(attrs[name]) for name in _TEXTS}
    texts["warnings"] = tuple(texts["warnings"])
    figures = {
        str(name): (float(item), str(item.attrs["units"]))
        for name, item in data.data_vars.items()
        if not item.dims
    }
    own = {n.removeprefix(_TRACE): decoded(v) for n, v in attrs.items() if n.startswith(_TRACE)}
    trace = data.drop_vars(figures)
    trace.attrs = {name: plain(value) for name, value in own.items()}
    outcome = Outcome(figures, Trace(trace) if trace.data_vars else None, str(attrs["reason"]))
    texts |= {name: str(attrs[name]) for name in ("key", "log")}
    return Record(outcome=outcome, seconds=float(attrs["seconds"]), **texts)


def read_entry(folder: Path, key: str) -> Record:
    """Return what the index has of a case, of a trace the length alone; sooner than ``read_case``.

    Raises OutOfRangeError or IncompatibleError as that does.
    """
    import h5py

    path = case_path(folder, key)
    if not (path.is_file() and signed(path)):
        return read_case(folder, key)  # which says what is wrong
    with h5py.File(path, "r") as file:
        attrs = dict(file.attrs)
        scalars = {name: item for name, item in file.items() if item.shape == ()}
        figures = {name: (float(item[()]), str(item.attrs["units"])) for name, item in scalars.items()}
        samples = file["time"].shape[0] if "time" in file else 0
    texts: dict[str, Any] = {name: json.loads(attrs[name]) for name in _TEXTS}
    outcome, seconds = Outcome(figures, failure=str(attrs["reason"])), float(np.ravel(attrs["seconds"])[0])
    return Record(key=key, outcome=outcome, seconds=seconds, samples=samples, **texts)
