"""The index of a store: an SQLite file with the parameters, figures, status, seconds and reason of every case.

It is made again from the files of the cases if it is lost, so that writing it need not wait for the disk. Processes of
several sweeps, on several hosts, claim cases in it: each is computed by one of them. A claim is its owner's until that
ends; that of another host, until it has not beaten for a while.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem.errors import IncompatibleError
from studies.sweeps.case_file import Record
from studies.sweeps.owners import lives
from studies.sweeps.parameters import Label

NAME = "index.sqlite"
_VERSION = 1
_PATIENCE = 60.0  # [s] for another process that writes
_TABLES = """
CREATE TABLE studies (study TEXT PRIMARY KEY, name TEXT, about TEXT, function BLOB, paths TEXT);
CREATE TABLE cases (
  key TEXT PRIMARY KEY, study TEXT, labels TEXT, content TEXT, arguments BLOB, status TEXT DEFAULT 'waiting',
  seconds REAL, reason TEXT DEFAULT '', owner TEXT DEFAULT '', beat INTEGER DEFAULT 0, samples INTEGER DEFAULT 0,
  warnings INTEGER DEFAULT 0,   host TEXT DEFAULT '', source TEXT DEFAULT '');
CREATE INDEX of_study ON cases (study, status);
CREATE TABLE figures (key TEXT, name TEXT, value REAL, unit TEXT, PRIMARY KEY (key, name)) WITHOUT ROWID;
CREATE TABLE sweeps (sweep TEXT PRIMARY KEY, study TEXT, began TEXT, plan TEXT, options TEXT);
"""


@dataclass(frozen=True)
class Row:
    """A case in the index."""

    key: str
    labels: dict[str, Label]
    status: str
    seconds: float | None
    reason: str
    samples: int
    warnings: int
    host: str
    source: str


class Index:
    """The index in a folder; ``made`` is whether it was not there, or could not be read, and is empty."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self.made = False
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise IncompatibleError(f"{self.path} cannot be opened: {error}.") from error
            self.path.replace(self.path.with_suffix(".damaged"))
            self._prepare()

    def _prepare(self) -> None:
        with self._read() as database:
            if database.execute("PRAGMA user_version").fetchone()[0] == _VERSION:
                return
        with self._write() as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise IncompatibleError(
                    f"{self.path} was written by another memfem (format {version} of an index)."
                )
            if version == 0:
                for command in _TABLES.split(";"):
                    database.execute(command)
                database.execute(f"PRAGMA user_version = {_VERSION}")
                self.made = True

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = OFF")
            yield database

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """Yield a transaction in which nobody else writes."""
        with self._read() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")

    # ---- studies and cases --------------------------------------------------------------------------------

    def add_study(self, study: str, about: Mapping[str, Any], function: bytes, paths: Iterable[str]) -> None:
        """Keep a study, with its function so that ``resume`` needs nothing else; a later one replaces it."""
        row = (study, about["name"], json.dumps(about), function, json.dumps(list(paths)))
        with self._write() as database:
            database.execute("INSERT OR REPLACE INTO studies VALUES (?, ?, ?, ?, ?)", row)

    def studies(self) -> dict[str, dict[str, Any]]:
        """Return what is known of each study, by its key."""
        with self._read() as database:
            rows = database.execute("SELECT study, about FROM studies").fetchall()
        return {study: json.loads(about) for study, about in rows}

    def function(self, study: str) -> tuple[bytes, list[str]]:
        """Return the pickled function of a study, no bytes if it is not known, and where its modules are."""
        with self._read() as database:
            row = database.execute("SELECT function, paths FROM studies WHERE study = ?", (study,)).fetchone()
        return (row[0], json.loads(row[1])) if row else (b"", [])

    def add_sweep(self, sweep: str, study: str, began: str, plan: Any, options: Mapping[str, Any]) -> None:
        """Keep what was asked for, with the seeds of samples."""
        row = (sweep, study, began, json.dumps(plan), json.dumps(options))
        with self._write() as database:
            database.execute("INSERT INTO sweeps VALUES (?, ?, ?, ?, ?)", row)

    def sweeps(self) -> list[dict[str, Any]]:
        """Return what was asked for, the first sweep first."""
        with self._read() as database:
            rows = database.execute(
                "SELECT study, began, plan, options FROM sweeps ORDER BY rowid"
            ).fetchall()
        return [{"study": s, "began": b, "plan": json.loads(p), **json.loads(o)} for s, b, p, o in rows]

    def add_cases(self, study: str, cases: Iterable[tuple[str, Mapping[str, Label], Any, bytes]]) -> None:
        """Keep cases, as (key, labels, content, pickled arguments), that are not there yet."""
        rows = [
            (key, study, json.dumps(labels), json.dumps(content), data)
            for key, labels, content, data in cases
        ]
        command = "INSERT INTO cases (key, study, labels, content, arguments) VALUES (?, ?, ?, ?, ?)"
        with self._write() as database:
            database.executemany(
                f"{command} ON CONFLICT (key) DO UPDATE SET arguments = excluded.arguments", rows
            )

    def arguments(self, key: str) -> tuple[bytes, dict[str, Label], dict[str, Any]]:
        """Return the pickled arguments of a case, its labels and its content."""
        with self._read() as database:
            row = database.execute(
                "SELECT arguments, labels, content FROM cases WHERE key = ?", (key,)
            ).fetchone()
        return row[0], json.loads(row[1]), json.loads(row[2])

    def rows(self, study: str) -> list[Row]:
        """Return all cases of a study, in the order in which they were asked for."""
        columns = "key, labels, status, seconds, reason, samples, warnings, host, source"
        with self._read() as database:
            found = database.execute(
                f"SELECT {columns} FROM cases WHERE study = ? ORDER BY rowid", (study,)
            ).fetchall()
        return [Row(key, json.loads(labels), *rest) for key, labels, *rest in found]

    def statuses(self, study: str) -> dict[str, str]:
        """Return the status of each case of a study: waiting, running, done or failed."""
        with self._read() as database:
            return dict(database.execute("SELECT key, status FROM cases WHERE study = ?", (study,)))

    def figures(self, study: str) -> dict[str, tuple[str, dict[str, float]]]:
        """Return the unit of each figure, and its values by the key of the case."""
        command = "SELECT name, figures.key, value, unit FROM figures JOIN cases USING (key) WHERE study = ?"
        found: dict[str, tuple[str, dict[str, float]]] = {}
        with self._read() as database:
            for name, key, value, unit in database.execute(command, (study,)):
                found.setdefault(name, (unit, {}))[1][key] = float("nan") if value is None else value
        return found

    # ---- claims -------------------------------------------------------------------------------------------

    def claim(self, key: str, owner: str) -> str:
        """Return "claimed" if the case is the owner's now, else its status: running by another one, done or failed."""
        with self._write() as database:
            row = database.execute("SELECT status, owner FROM cases WHERE key = ?", (key,)).fetchone()
            status, other = row or ("unknown", "")
            if status not in ("waiting", "running") or (status == "running" and lives(other) is not False):
                return str(status)
            database.execute(
                "UPDATE cases SET status = 'running', owner = ?, beat = 0 WHERE key = ?", (owner, key)
            )
        return "claimed"

    def beat(self, key: str, owner: str) -> bool:
        """Say that the owner still computes a case; return whether it is still the owner's."""
        command = "UPDATE cases SET beat = beat + 1 WHERE key = ? AND owner = ? AND status = 'running'"
        with self._write() as database:
            return database.execute(command, (key, owner)).rowcount == 1

    def beats(self, study: str) -> dict[str, tuple[str, int]]:
        """Return owner and beat of the cases of a study that are running."""
        command = "SELECT key, owner, beat FROM cases WHERE study = ? AND status = 'running'"
        with self._read() as database:
            return {key: (owner, beat) for key, owner, beat in database.execute(command, (study,))}

    def release(self, key: str, owner: str, beat: int | None = None) -> bool:
        """Let a case wait again if it is still the owner's, and at this beat; return whether it was."""
        command = "UPDATE cases SET status = 'waiting', owner = '' WHERE key = ? AND owner = ? AND status = 'running'"
        with self._write() as database:
            if beat is None:
                return database.execute(command, (key, owner)).rowcount == 1
            return database.execute(f"{command} AND beat = ?", (key, owner, beat)).rowcount == 1

    def wait_again(self, keys: Iterable[str]) -> None:
        """Let failed cases wait again."""
        command = (
            "UPDATE cases SET status = 'waiting', owner = '', reason = '' WHERE key = ? AND status = 'failed'"
        )
        with self._write() as database:
            database.executemany(command, [(key,) for key in keys])

    def enter(self, study: str, records: Iterable[Record]) -> None:
        """Keep how cases ended."""
        with self._write() as database:
            for record in records:
                _enter(database, study, record)


def _enter(database: sqlite3.Connection, study: str, record: Record) -> None:
    texts = (json.dumps(record.about), json.dumps(record.labels), json.dumps(record.content))
    database.execute(
        "INSERT OR IGNORE INTO studies VALUES (?, ?, ?, x'', '[]')", (study, record.about["name"], texts[0])
    )
    database.execute(
        "INSERT OR IGNORE INTO cases (key, study, labels, content, arguments) VALUES (?, ?, ?, ?, x'')",
        (record.key, study, *texts[1:]),
    )
    origin = (str(record.origin.get("host", "")), str(record.origin.get("commit", "")))
    counts = (record.samples, len(record.warnings))
    columns = (
        "status = ?, seconds = ?, reason = ?, samples = ?, warnings = ?, host = ?, source = ?, owner = ''"
    )
    database.execute(
        f"UPDATE cases SET {columns} WHERE key = ?",
        (record.status, record.seconds, record.outcome.failure, *counts, *origin, record.key),
    )
    database.execute("DELETE FROM figures WHERE key = ?", (record.key,))
    figures = [(record.key, name, value, unit) for name, (value, unit) in record.outcome.figures.items()]
    database.executemany("INSERT INTO figures VALUES (?, ?, ?, ?)", figures)
