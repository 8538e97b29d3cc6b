"""The folder of a study's results: whose they are, whether they are whole, and that nothing of others is touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fem
from fem.description import differences
from fem.errors import IncompatibleError, OutOfRangeError
from fem.io.files import write_text
from studies.cli.answers import as_json
from studies.results.software import software

NAME = "provenance.json"
_FORMAT = "memfem study 1"
_SHOWN = 2  # differences in a sentence


class Store:
    """The ``folder`` of the results of one study, whose ``description`` is plain data.

    Made only if the folder is empty, or has results of the same study by the same version of memfem. Raises
    IncompatibleError, in one sentence, for any other, and OutOfRangeError where nothing can be written.
    """

    def __init__(self, folder: Path, description: Mapping[str, Any]) -> None:
        self.folder, self.description = folder, json.loads(as_json(description))
        if folder.exists() and not folder.is_dir():
            raise OutOfRangeError(
                "folder of results", str(folder), "a folder, and there is a file of that name"
            )
        self.about = self._found()

    @property
    def whole(self) -> bool:
        """Whether the study was carried out to its end, and all of its files are there."""
        files = self.about.get("files", {}).values()
        return bool(self.about.get("finished")) and all(self.file(name).is_file() for name in files)

    @property
    def begun(self) -> bool:
        """Whether there are results, whole or not."""
        return bool(self.about)

    def file(self, name: str) -> Path:
        """Return the path of a file of the results."""
        return self.folder / name

    def begin(self) -> None:
        """Say whose folder this is, before anything is computed."""
        if not self.begun:
            self._write({"finished": False})

    def finish(self, **about: Any) -> None:
        """Say that all is there, and of what it was made."""
        self._write({"finished": True, **about})

    def _write(self, about: Mapping[str, Any]) -> None:
        stamp = {
            "format": _FORMAT,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "software": software(),
        }
        self.about = {**stamp, **about, "study": self.description}
        write_text(self.file(NAME), as_json(self.about) + "\n")

    def _found(self) -> dict[str, Any]:
        """Return what the folder says of itself; {} if it is empty. Raises unless it is of this study and version."""
        path = self.file(NAME)
        if not path.is_file():
            if self.folder.is_dir() and any(self.folder.iterdir()):
                raise IncompatibleError(
                    f"{self.folder} has other files in it; give another folder with --output."
                )
            return {}
        try:
            about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            written, version, theirs = about["format"], about["software"]["memfem"], about["study"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IncompatibleError(
                f"{path} is no provenance of memfem; give another folder with --output."
            ) from error
        if written != _FORMAT or version != fem.__version__:
            raise IncompatibleError(
                f"{self.folder} has results of memfem {version}, and this is {fem.__version__}; nothing was "
                "changed: give another folder with --output."
            )
        if found := differences(self.description, theirs):
            more = f"; and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            raise IncompatibleError(
                f"{self.folder} has results of another study ({'; '.join(found[:_SHOWN])}{more}); nothing was changed: "
                "give another folder with --output."
            )
        return about
