"""Checksums in HDF5 files: what was written is what is read, or it is refused in one sentence."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from fem.errors import IncompatibleError

_NAME = "checksum"  # attribute of each dataset, and of the group that is sealed


def seal(group: Any) -> None:
    """Give each dataset in an open HDF5 group a checksum, and the group one of all names, attributes and checksums."""
    for _, item in _items(group):
        if hasattr(item, "shape"):
            item.attrs[_NAME] = digest(item[()])
    group.attrs[_NAME] = _of_attributes(group)


def check_seal(group: Any, file: str) -> None:
    """Return nothing; raise IncompatibleError, with the name of the ``file``, if a sealed group is not as it was."""
    if group.attrs.get(_NAME) != _of_attributes(group):
        raise damaged(file, "its description")
    for name, item in _items(group):
        if hasattr(item, "shape") and item.attrs[_NAME] != digest(item[()]):
            raise damaged(file, name)


def damaged(file: str, part: str) -> IncompatibleError:
    """Return the error of a file a part of which is not what was written."""
    return IncompatibleError(f"{file} is damaged: {part} is not what was written.")


def digest(*values: Any) -> str:
    """Return a checksum of arrays, numbers and texts, kind and shape included.

    >>> digest([1, 2]) == digest(np.array([1, 2])), digest([1, 2]) == digest([2, 1])
    (True, False)
    """
    found = hashlib.sha256()
    for value in values:
        array = np.asarray(value)
        if array.dtype.kind in "OSU":
            rows = [x.decode() if isinstance(x, bytes) else str(x) for x in array.ravel().tolist()]
            found.update(repr((array.shape, rows)).encode())
        else:
            found.update(f"{array.dtype.str}{array.shape}".encode())
            found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def _items(group: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    group.visititems(lambda name, item: found.append((name, item)))
    return sorted(found, key=lambda pair: pair[0])


def _of_attributes(group: Any) -> str:
    parts: list[Any] = []
    for name, item in [("", group), *_items(group)]:
        parts.append(name)
        for key in sorted(item.attrs):
            if name or key != _NAME:
                parts += [key, item.attrs[key]]
    return digest(*parts)
