"""A row of the table: what was asked for and what was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A figure, what it must be, what it is, and whether that is met."""

    figure: str
    asked: str
    measured: str
    met: bool
