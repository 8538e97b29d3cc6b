"""A cut-off pocket of holes beside the same equations solved with sixty digits."""

from __future__ import annotations

from tests.benchmarks.core_rows import sixty_digits


def test_holes_of_a_pocket_and_the_current_around_it_are_those_of_sixty_digits() -> None:
    found = list(sixty_digits.rows())
    assert len(found) == 2
    assert all(row.met for row in found), found
