"""Freeing what several ranks have made together, such as factors: a rank that frees its part waits for the others.

Ranks let go of a device at different moments, in the middle of other work, and one may never do so. Its part is then
kept until all ranks have let go of theirs, which they look for before they make the next one.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import cache
from itertools import count
from typing import Any

from fem.mesh.meeting import Ranks, ranks_of


def freed_together[T](owner: Any, comm: Any, make: Callable[[], T]) -> T:
    """Return what ``make`` returns, to be freed after all ranks have let go of their ``owner``; collective."""
    if comm.size == 1:
        return make()
    shared = _shared_by(ranks_of(comm))
    shared.free(comm)
    made = make()
    shared.hold(owner, made)
    return made


class _Shared:
    """Things by the order in which all ranks made them."""

    def __init__(self) -> None:
        self._things: dict[int, Any] = {}
        self._let_go: set[int] = set()
        self._numbers = count()

    def hold(self, owner: Any, thing: Any) -> None:
        """Keep a thing at least until its owner is gone."""
        number = next(self._numbers)
        self._things[number] = thing
        weakref.finalize(owner, self._let_go.add, number).atexit = False

    def free(self, comm: Any) -> None:
        """Free what all ranks have let go of, in one order."""
        for number in sorted(set.intersection(*comm.allgather(set(self._let_go)))):
            self._let_go.remove(number)
            del self._things[number]


@cache
def _shared_by(ranks: Ranks) -> _Shared:
    return _Shared()
