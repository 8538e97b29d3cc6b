"""A last line behind a file with the checksum of all before it, so that a damaged file is refused before it is opened.

HDF5 ignores what stands behind its end; given a damaged file, it may not come back.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_LINE = re.compile(rb"\nmemfem sha256 ([0-9a-f]{64})\n")
_LENGTH = 1 + len("memfem sha256 ") + 64 + 1


def sign(path: Path) -> None:
    """Put the line behind a closed file."""
    checksum = _checksum(path, path.stat().st_size)
    with path.open("ab") as file:
        file.write(f"\nmemfem sha256 {checksum}\n".encode())


def signed(path: Path) -> bool | None:
    """Return whether a file is what was signed; None if it has no such line."""
    size = path.stat().st_size - _LENGTH
    if size < 0:
        return None
    with path.open("rb") as file:
        file.seek(size)
        found = _LINE.fullmatch(file.read())
    return None if found is None else found[1].decode() == _checksum(path, size)


def _checksum(path: Path, size: int) -> str:
    """Return the checksum of the first ``size`` bytes."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while size > 0 and (part := file.read(min(size, 1 << 20))):
            found.update(part)
            size -= len(part)
    return found.hexdigest()
