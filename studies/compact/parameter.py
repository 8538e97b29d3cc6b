"""A parameter of a compact model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """A fitted number: ``value`` in ``unit`` with its ``standard_error``, nan when fixed or at its bound."""

    value: float
    unit: str
    standard_error: float
    meaning: str = ""

    def __eq__(self, other: object) -> bool:
        """Return whether all entries agree; nan agrees with nan."""
        return isinstance(other, Parameter) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))
