"""The text of a preset: lines "name = value" with their comments, and what is left at the default of a program."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

from studies.compact.export.spice import in_a_comment
from studies.compact.export.update_steps import UpdateSteps
from studies.results.provenance import program_version

_WIDTH = 118


class Preset:
    """Lines of a preset in the order in which they are added; ``mark`` begins a comment, ``end`` ends a line.

    The head says what ``steps`` they are of, and what these do not cover.
    """

    def __init__(self, mark: str, end: str, title: str, steps: UpdateSteps, *, indent: str = "") -> None:
        self._mark, self._end, self._indent = mark, end, indent
        self._head = [title, f"Of {program_version()}: {steps.said}", *steps.notes]
        self._lines: list[str] = []
        self._left: list[str] = []

    def note(self, text: str) -> None:
        """Add a line to the head."""
        self._head.append(text)

    def add(self, name: str, value: Any, unit: str, said: str, *, why: str = "") -> None:
        """Add ``name`` with its value in ``unit``, or leave it for the reason ``why`` if it is None or nan."""
        if value is None or (isinstance(value, float) and not np.isfinite(value)):
            self.leave(name, why)
            return
        comment = in_a_comment(f"{f'{unit}: ' if unit not in ('', '1') else ''}{said}")
        equals = "=" if self._indent else " = "  # of an argument, or of a statement
        self._lines.append(
            f"{self._indent}{name}{equals}{self._literal(value)}{self._end}  {self._mark} {comment}"
        )

    def leave(self, name: str, why: str) -> None:
        """Say that a name is left at its default, and why."""
        self._left.append(f"{name}: {why}")

    def text(self, rest: Mapping[str, str], *, before: str = "", after: str = "") -> str:
        """Return the text; ``rest``: what the program has beside and this preset never says."""
        left = [*self._left, *(f"{name}: {why}" for name, why in rest.items())]
        said = [line for text in self._head for line in self._comment(text, "")]
        said += self._comment("Left at the defaults of the program, as nothing measured says them:", "")
        said += [line for text in left for line in self._comment(text, "  ")]
        parts = ["\n".join(said), *([before] if before else []), *self._lines, *([after] if after else [])]
        return "\n".join(parts) + "\n"

    def _comment(self, text: str, indent: str) -> list[str]:
        first = f"{self._mark} {indent}"
        return textwrap.wrap(in_a_comment(text), _WIDTH, initial_indent=first, subsequent_indent=f"{first}  ",
                             break_long_words=False, break_on_hyphens=False)  # fmt: skip

    def _literal(self, value: Any) -> str:
        """Return a value as Python and C++ have it."""
        if isinstance(value, bool):
            return str(value) if self._mark == "#" else str(value).lower()
        if isinstance(value, str):
            return f'"{value}"'
        if isinstance(value, np.ndarray):
            return "[" + ", ".join(f"{float(v):.9g}" for v in value) + "]"
        return str(value) if isinstance(value, int) else f"{float(value):.9g}"
