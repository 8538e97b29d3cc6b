"""What is made once and then kept with its owner: compiled forms, problems, cut meshes."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, cast


def kept[Owner, Found](
    owner: Owner,
    key: Hashable,
    make: Callable[[Owner], Found],
    fits: Callable[[Found], bool] | None = None,
) -> Found:
    """Return what ``make(owner)`` has given for this key before; made anew where that no longer ``fits``.

    It is freed with its owner, unless it knows the owner by more than a weak reference.

    >>> class Owner: ...
    >>> device = Owner()
    >>> kept(device, "problem", lambda owner: [1]) is kept(device, "problem", lambda owner: [2])
    True
    """
    found: dict[Hashable, Any] = vars(owner).setdefault("_kept", {})
    if key not in found or (fits is not None and not fits(found[key])):
        found[key] = make(owner)
    return cast(Found, found[key])
