"""A value of a study file with where it stands: file, line, key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem.errors import MemfemError, OutOfRangeError, UnknownNameError
from studies.cli.study_files.positions import Place, lines_of


class StudyError(MemfemError, ValueError):
    """What is wrong in a study file, with file, line and key."""


@dataclass(frozen=True)
class Node:
    """A ``value`` at a ``place`` in a ``file``; ``lines`` are those of all places."""

    value: Any
    place: Place
    file: str
    lines: Mapping[Place, int]

    @property
    def key(self) -> str:
        """The dotted key, as geometry.layers[1].thickness; "" of the whole file."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.place)
        return text.removeprefix(".")

    @property
    def name(self) -> str:
        """The last key."""
        return next((part for part in reversed(self.place) if isinstance(part, str)), "")

    def error(self, text: object) -> StudyError:
        """Return the error that says what is wrong here."""
        known = (self.place[:size] for size in range(len(self.place), 0, -1))
        line = next((self.lines[place] for place in known if place in self.lines), None)
        where = [self.file, *([f"line {line}"] if line else []), *([self.key] if self.place else [])]
        said = " ".join(str(text).split())
        return StudyError(f"{', '.join(where)}: {said}{'' if said.endswith(('.', '?')) else '.'}")

    def child(self, key: str | int, value: Any) -> Node:
        """Return the node of a value in this one."""
        return Node(value, (*self.place, key), self.file, self.lines)

    def fields(self, known: Iterable[str] | None = None, needs: Iterable[str] = ()) -> dict[str, Node]:
        """Return the nodes of a table by key; raises StudyError for other keys than those known, or a missing one."""
        if not isinstance(self.value, dict):
            raise self.error(f"{self.value!r} is no table of keys and values")
        found = {key: self.child(key, value) for key, value in self.value.items()}
        allowed = None if known is None else set(known)
        for key, node in found.items():
            if allowed is not None and key not in allowed:
                raise node.error(UnknownNameError("key", key, allowed))
        if lacking := [key for key in needs if key not in found]:
            raise self.error(f"{' and '.join(map(repr, lacking))} is missing")
        return found

    def items(self) -> Iterator[Node]:
        """Yield the nodes of a list, or of a single value as of a list of one."""
        if isinstance(self.value, list):
            yield from (self.child(k, value) for k, value in enumerate(self.value))
        else:
            yield self

    def text(self, known: Iterable[str] | None = None, kind: str = "") -> str:
        """Return a text, one of those ``known`` of a ``kind``; raises StudyError."""
        if not isinstance(self.value, str):
            raise self.error(f"{self.value!r} is no text")
        if known is not None and self.value not in (allowed := list(known)):
            raise self.error(UnknownNameError(kind or self.name, self.value, allowed))
        return self.value

    def truth(self) -> bool:
        """Return true or false; raises StudyError."""
        if not isinstance(self.value, bool):
            raise self.error(f"{self.value!r} is neither true nor false")
        return self.value

    def whole(self, least: int = 1) -> int:
        """Return a whole number; raises StudyError."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < least:
            raise self.error(f"{self.value!r} is no whole number from {least}")
        return self.value


def read_node(path: Path) -> Node:
    """Return a TOML file; raises OutOfRangeError if there is none, StudyError if it is no TOML."""
    if not path.is_file():
        raise OutOfRangeError("study file", str(path), "a file that exists")
    try:
        text = path.read_text(encoding="utf-8")
        value = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError(f"{path.name}: it is no TOML: {error}.") from error
    return Node(value, (), path.name, lines_of(text))
