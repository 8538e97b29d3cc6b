"""What is kept with an owner: made once, remade where it no longer fits, freed with its owner."""

from __future__ import annotations

import gc
import weakref

from fem.mesh.kept import kept


class Owner:
    """Something to keep a value with."""


class Problem:
    """A value with an option."""

    def __init__(self, option: int) -> None:
        self.option = option


def problem_of(owner: Owner, option: int) -> Problem:
    return kept(owner, "problem", lambda _: Problem(option), lambda found: found.option == option)


def test_a_value_is_made_once_for_each_owner_and_key() -> None:
    first, second = Owner(), Owner()
    made: list[Owner] = []

    def make(owner: Owner) -> int:
        made.append(owner)
        return len(made)

    assert [kept(first, "a", make), kept(first, "a", make), kept(first, ("a", 2), make)] == [1, 1, 2]
    assert kept(second, "a", make) == 3 and made == [first, first, second]


def test_a_value_that_no_longer_fits_is_replaced_and_freed() -> None:
    owner = Owner()
    old = problem_of(owner, 1)
    assert problem_of(owner, 1) is old
    watch = weakref.ref(old)
    del old
    assert problem_of(owner, 2).option == 2 and watch() is None


def test_a_value_is_freed_with_its_owner() -> None:
    owner = Owner()
    watch = weakref.ref(problem_of(owner, 1))
    gc.disable()
    try:
        del owner
        assert watch() is None
    finally:
        gc.enable()
