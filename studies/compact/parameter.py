"""A parameter of a compact model."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameter:
    """A fitted number: ``value`` in ``unit`` with its ``standard_error``, nan where it has none.

    ``status`` says why, if it comes from a fit: "fitted", "fixed", "not determined", "at its lower bound" or "at its
    upper bound".
    """

    value: float
    unit: str
    standard_error: float
    meaning: str = ""
    status: str = ""

    @property
    def error_text(self) -> str:
        """Return the standard error as "+- 0.1", the reason why there is none, or nothing."""
        if self.standard_error == self.standard_error:  # not nan
            return f"+- {self.standard_error:.2g}"
        return self.status

    def __eq__(self, other: object) -> bool:
        """Return whether all entries agree; nan agrees with nan."""
        return isinstance(other, Parameter) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))
