"""Largest arrays without selectors, with diodes and switches, and of rectifying cells, as reviewed in 2026."""

from __future__ import annotations

from studies.comparisons.arrays_review import rectifier, selectors
from studies.comparisons.arrays_review.about import ABOUT
from studies.comparisons.compared import Compared

__all__ = ["ABOUT", "compare"]


def compare() -> list[Compared]:
    """Return the whole table (a minute or two)."""
    return [*selectors.rows(), *rectifier.rows()]


def quick() -> list[Compared]:
    """Return the figures of arrays of resistors, and of the review's equations for rectifying cells."""
    return [*selectors.resistor_rows(), *rectifier.equation_rows()]
