"""What all ranks of a mesh do together, with the same arguments: see ``fem.mesh.meeting``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from fem.mesh.kept import kept
from fem.mesh.meeting import Ranks, ranks_of

P = ParamSpec("P")
R = TypeVar("R")


def collective(name: str, *compared: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator of a function that all ranks must call together, with the same arguments ``compared``.

    One of its arguments is a state, a device or a mesh, or has one. The function then raises RankError, on all ranks,
    if they are asked for different things, or if it fails on some of them only. On one rank it is as it was.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> R:
            ranks = next(filter(None, map(_of, (*args, *kwargs.values()))), None)
            if ranks is None:
                return function(*args, **kwargs)
            given = signature.bind(*args, **kwargs).arguments
            alike = {key: given[key] for key in compared if key in given and not callable(given[key])}
            return ranks.together(name, alike, lambda: function(*args, **kwargs))

        return asked

    return decorate


def together[T](owner: Any, name: str, alike: Mapping[str, Any], action: Callable[[], T]) -> T:
    """Return what ``action`` returns, done on all ranks of a mesh together; see ``collective``."""
    ranks = _of(owner)
    return action() if ranks is None else ranks.together(name, alike, action)


def _of(owner: Any) -> Ranks | None:
    """Return the ranks of a mesh or of what has one; None of a single rank, and of what has no mesh."""
    for part in ("device", "problem", "mesh"):  # of a state, a temperature or a writer; of a device
        if not hasattr(owner, "cell_tags"):
            owner = getattr(owner, part, owner)
    if not hasattr(owner, "cell_tags"):
        return None
    found: Ranks = kept(owner, "ranks", lambda mesh: ranks_of(mesh.comm))
    return found if found.size > 1 else None
