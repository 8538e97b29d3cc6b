"""A store: the folder in which the cases of studies are kept, each computed once, whoever asked for it."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError, warn
from fem.errors.arguments import checked
from fem.errors.checking import path as path_kind
from fem.errors.checking import positive
from fem.io.files import check_writable, save_figure
from studies.progress import console, progress_line
from studies.results.provenance import reason_of
from studies.results.trace import Trace
from studies.sweeps.case_file import Record, case_paths, read_case, read_entry
from studies.sweeps.cases_dataset import cases_dataset
from studies.sweeps.cluster import LIMITS, Resources, resources_of
from studies.sweeps.driving import ENDED, drive
from studies.sweeps.index import NAME, Index, Row
from studies.sweeps.outlook import Pace, plot_cases, table_of
from studies.sweeps.study import Job, Study, checksum

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies.sweeps.parameters import Label

_REDRAW = 2.0  # [s] between two pictures, or longer where drawing takes long
_MANY = 500  # files that are read before they are entered


class Store:
    """What ``sweep`` has computed, in a folder: a file for each case, and an index of all.

    The index (``index.sqlite``) is made again from the files where it is lost or damaged. Where a folder has cases of
    several studies, ``study`` says of which one: a ``Study``, its name, or its key. Raises OutOfRangeError if there is
    no store in the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path_kind("path of a Store", path)).resolve()
        if not (self.path / NAME).is_file() and not (self.path / "cases").is_dir():
            raise OutOfRangeError(
                "path of a Store", str(path), "a folder that sweep(..., store=...) has made"
            )
        self.entries = Index(self.path)
        if self.entries.made:
            self._enter_files()

    @classmethod
    def made(cls, path: str | Path) -> Store:
        """Return the store in a folder, which is made if it is not there."""
        (Path(path_kind("store of a sweep", path)) / "cases").mkdir(parents=True, exist_ok=True)
        return cls(path)

    def __repr__(self) -> str:
        lines = [f"Store {self.path.name}"]
        for key, about in self.entries.studies().items():
            counts = Counter(self.entries.statuses(key).values())
            told = ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))
            lines.append(f"  {about['name']} ({key[:8]}): {told or 'no cases'}")
        return "\n".join(lines)

    def index(self, study: Study | str | None = None) -> pd.DataFrame:
        """Return a table of all cases by their keys: parameters, status, seconds, reason, number of warnings, figures.

        Units are in its ``attrs["units"]``, by column.
        """
        key = self.key_of(study)
        rows, figures = self.entries.rows(key), self.entries.figures(key)
        keys = [row.key for row in rows]
        columns: dict[str, Any] = {name: [row.labels[name] for row in rows] for name in self._units(key)}
        columns |= {
            name: [getattr(row, name) for row in rows]
            for name in ("status", "seconds", "reason", "warnings", "host")
        }
        for name, (_, values) in sorted(figures.items()):
            columns[name] = [values.get(k, float("nan")) for k in keys]
        table = pd.DataFrame(columns, index=pd.Index(keys, name="key"))
        table.attrs["units"] = (
            self._units(key) | {"seconds": "s"} | {n: unit for n, (unit, _) in figures.items()}
        )
        return table

    def dataset(self, *names: str, study: Study | str | None = None, grid: bool | None = None) -> xr.Dataset:
        """Return figures and columns of traces as one labelled Dataset, those in ``names`` or all of them.

        Its dimensions are the parameters, where at least half of all combinations of their values were asked for or
        ``grid`` is True, else "case" with the parameters as coordinates; columns of traces also have "sample", filled
        up with nan. What is not there is nan, with why in the coordinates "status" (done, failed, waiting, running,
        not asked for) and "reason". Columns are read from the files when their values are asked for, as by
        ``data["current"].load()``. With one parameter, ``trend`` and ``plot_series`` take it.
        """
        key = self.key_of(study)
        about, rows = self.entries.studies()[key], self.entries.rows(key)
        return cases_dataset(self.path, about, rows, self.entries.figures(key), names, grid)

    def failures(self, study: Study | str | None = None) -> pd.DataFrame:
        """Return the table of the cases that failed: parameters, seconds and reason."""
        key = self.key_of(study)
        failed = self.index(key).query("status == 'failed'")
        return failed[[*self._units(key), "seconds", "reason"]]

    @checked(**LIMITS)
    def resume(
        self,
        study: Study | str | None = None,
        *,
        workers: int | None = None,
        address: Any = None,
        time_limit: float | None = None,
        memory_limit: float | None = None,
        ranks: int = 1,
        retry: bool = False,
        progress: bool | None = None,
        picture: str | Path | None = None,
    ) -> Store:
        """Return the store after the cases that have not ended were computed; see ``sweep`` for what is given.

        The function and the parameters are those in the index, as pickles, so that a store from elsewhere must be
        trusted like a program; all else of a store is plain data. Raises IncompatibleError where the index was lost:
        then ``sweep`` must be called again.
        """
        key = self.key_of(study)
        if not self.entries.function(key)[0]:
            raise IncompatibleError(
                f"the index of {self.path.name} was made again from its files, without functions; call sweep again."
            )
        resources = resources_of(workers, address, time_limit, memory_limit, ranks)
        keys = list(self.entries.statuses(key))
        if retry:
            self.entries.wait_again(keys)
        self.compute(key, keys, resources, progress, picture)
        return self

    def enter(self, study: Study, jobs: Iterable[Job]) -> None:
        """Put a study and cases of it into the index, as they are sent to workers.

        Raises IncompatibleError if they cannot be sent to another process.
        """
        import cloudpickle

        try:
            function = cloudpickle.dumps(study.run)
            cases = [(job.key, job.labels, job.content, cloudpickle.dumps(job.arguments)) for job in jobs]
        except Exception as error:
            raise IncompatibleError(
                f"{study.name} cannot be sent to another process ({reason_of(error)}); build meshes, devices and "
                "states inside of its function, from its parameters."
            ) from error
        paths = [os.path.abspath(path) for path in sys.path]
        self.entries.add_study(study.key, study.about, function, paths)
        self.entries.add_cases(study.key, cases)

    def compute(
        self,
        key: str,
        keys: Collection[str],
        resources: Resources,
        progress: bool | None,
        picture: str | Path | None,
    ) -> None:
        """Compute the cases among ``keys`` that have not ended, under a line of progress and a picture of a figure."""
        drawn = None if picture is None else _Picture(self, key, picture)
        with progress_line(f"sweep in {self.path.name}", progress) as line:

            def told(counts: Counter[str]) -> None:
                ended = sum(counts[status] for status in ENDED)
                line.to(
                    ended / max(1, len(keys)),
                    ", ".join(f"{n} {status}" for status, n in sorted(counts.items())),
                )
                if drawn is not None:
                    drawn.draw(last=ended == len(keys))

            drive(self.path, key, keys, resources, told)

    @checked()
    def watch(self, study: Study | str | None = None, *, every: float = 1.0, screen: Any = None) -> None:
        """Show a table of the cases, again ``every`` so many seconds, until all have ended; Ctrl-C ends it alone.

        It is for another terminal or notebook than that of the sweep, on any host that has the folder: how many are
        done, what runs, why some failed, how long the rest takes. ``screen`` is a ``rich.console.Console``.
        """
        from rich.live import Live

        seconds, key = positive("every [s]", every), self.key_of(study)
        about, rows = self.entries.studies()[key], self.entries.rows(key)
        pace = Pace.of(rows)
        with suppress(KeyboardInterrupt), Live(console=screen or console(), auto_refresh=False) as live:
            while True:
                rows = self.entries.rows(key)
                live.update(table_of(about["name"], about["units"], rows, pace), refresh=True)
                if all(row.status in ENDED for row in rows):
                    return
                sleep(seconds)

    @checked()
    def plot(self, figure: str, ax: Axes | None = None, *, study: Study | str | None = None) -> Axes:
        """Return axes with a figure over the parameter, or in colours over two; failed and open cases are marked."""
        return plot_cases(self.dataset(figure, study=study, grid=False), figure, ax)

    def sweeps(self) -> list[dict[str, Any]]:
        """Return what was asked for, the first sweep first: plan, seeds, limits, and when."""
        return self.entries.sweeps()

    def record(self, study: Study | str | None = None, **parameters: Label) -> Record:
        """Return all that is kept of one case; raises UnknownNameError if there is none at these parameters.

        A parameter that all cases have in common, or that tells none of them apart, may be left out.
        """
        return read_case(self.path, self._row(self.key_of(study), parameters).key)

    def trace(self, study: Study | str | None = None, **parameters: Label) -> Trace:
        """Return the trace of one case; raises UnknownNameError if there is none."""
        outcome = self.record(study, **parameters).outcome
        if outcome.trace is None:
            raise UnknownNameError("case with a trace", _told(parameters), (), outcome.failure)
        return outcome.trace

    def provenance(self, study: Study | str | None = None, **parameters: Label) -> dict[str, Any]:
        """Return where the result of one case comes from: programs, host, commit, seconds, description, citations."""
        return self.record(study, **parameters).provenance()

    def key_of(self, study: Study | str | None) -> str:
        """Return the key of a study in the store, the only one if none is said."""
        known = self.entries.studies()
        wanted = study.key if isinstance(study, Study) else study
        found = [k for k, about in known.items() if wanted is None or wanted in (k, k[:8], about["name"])]
        if len(found) == 1:
            return found[0]
        names = [f"{about['name']} ({k[:8]})" for k, about in known.items()]
        if not found:
            told = study.name if isinstance(study, Study) else study
            raise UnknownNameError(f"study in {self.path.name}", told, names)
        raise IncompatibleError(
            f"{self.path.name} has cases of {', '.join(names)}; say which study, by its name or the key in brackets."
        )

    def _units(self, key: str) -> dict[str, str]:
        return dict(self.entries.studies()[key]["units"])

    def _row(self, key: str, parameters: Mapping[str, Label]) -> Row:
        units = self._units(key)
        for name in parameters:
            if name not in units:
                raise UnknownNameError("parameter", name, units)
        rows = self.entries.rows(key)
        ended = [r for r in rows if r.status in ("done", "failed")]
        found = [r for r in ended if all(r.labels[n] == value for n, value in parameters.items())]
        if not found:
            known = [f"{r.labels}" for r in ended[:5]]
            raise UnknownNameError("case that has ended", _told(parameters), known)
        if len(found) > 1:
            raise IncompatibleError(
                f"{len(found)} cases have {_told(parameters) or 'ended'}; give more parameters."
            )
        return found[0]

    def _enter_files(self) -> None:
        """Make the index from the files; one that is damaged is told, and its case is computed again."""
        found: dict[str, list[Record]] = {}
        paths = case_paths(self.path)
        for number, path in enumerate(paths):
            try:
                record = read_entry(self.path, path.stem)
                found.setdefault(checksum(record.about), []).append(record)
            except (IncompatibleError, KeyError) as error:
                warn(f"case {path.stem} is left out, and will be computed again: {error}")
            if (number + 1) % _MANY == 0 or number + 1 == len(paths):
                for study, records in found.items():
                    self.entries.enter(study, records)
                found.clear()


def _told(parameters: Mapping[str, Label]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in parameters.items())


class _Picture:
    """A picture of the first figure of a study that is drawn again while cases end, but not all the time."""

    def __init__(self, store: Store, key: str, path: str | Path) -> None:
        self._store, self._key = store, key
        self._path = check_writable("picture of a sweep", path)
        self._next = monotonic()

    def draw(self, *, last: bool) -> None:
        """Draw it if it is time, or the ``last`` one."""
        if not last and monotonic() < self._next:
            return
        begin = monotonic()
        if figures := sorted(self._store.entries.figures(self._key)):
            from matplotlib.figure import Figure

            ax = (drawing := Figure(layout="constrained")).add_subplot()
            self._store.plot(figures[0], ax, study=self._key)
            save_figure(drawing, self._path)
        self._next = monotonic() + max(_REDRAW, 20 * (monotonic() - begin))
