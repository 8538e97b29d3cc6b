"""Files that are whole or not there: written beside and renamed, so that the older one stays until then.

A process that was killed leaves a hidden part beside; the next one that writes the same file removes it. Nothing here
knows of states, so that all packages above ``fem`` write with it.
"""

from __future__ import annotations

import hashlib
import io
import os
import platform
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fem.errors import OutOfRangeError
from fem.io.signature import sign

_LONGEST = 80  # letters of a name that its part begins with


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield an empty file beside ``path`` that takes its place when complete; on an error the older one stays.

    Folders that are missing are made. Raises OutOfRangeError where no file can be written.
    """
    with _part_of("file", path) as (part, target):
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)


def check_writable(thing: str, path: str | Path) -> Path:
    """Return ``path`` after a try that a file can be written there, for what takes long to have something to write.

    ``thing`` is what the file is, for the error. Raises OutOfRangeError.
    """
    with _part_of(thing, path):
        return Path(path)


def write_text(path: str | Path, text: str, encoding: str = "utf-8") -> Path:
    """Return the path of the text file written."""
    content = text.encode(encoding)
    with replacing(path) as part:
        part.write_bytes(content)
    return Path(path)


def write_hdf5(path: str | Path, fill: Callable[[Any], None], *, signed: bool = False) -> Path:
    """Return the path of the HDF5 file written, with what ``fill`` puts into it as an open ``h5py.File``.

    It has a checksum behind it if it is to be ``signed``. It is made in memory: where the library itself meets a full
    disk, it can neither close the file nor go on.
    """
    import h5py

    content = io.BytesIO()
    with _interrupts(), h5py.File(content, "w") as file:
        fill(file)
    with replacing(path) as part:
        part.write_bytes(content.getbuffer())
        if signed:
            sign(part)
    return Path(path)


def save_figure(figure: Any, path: str | Path, **options: Any) -> Path:
    """Return the path of the picture of a matplotlib figure, in the format of its suffix, PNG if it has none."""
    with replacing(path) as part:
        figure.savefig(part, format=Path(path).suffix[1:] or "png", **options)
    return Path(path)


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let a Ctrl-C within HDF5, of which its lock makes a SystemError, be a KeyboardInterrupt again."""
    try:
        yield
    except SystemError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise error.__cause__ from None
        raise


@contextmanager
def _part_of(thing: str, path: str | Path) -> Iterator[tuple[Path, Path]]:
    """Yield an empty file of a name that nobody can foresee, and the file that is meant, links followed."""
    target = Path(os.path.realpath(path))
    part = target.with_name(f"{_prefix(target)}{os.getpid()}-{secrets.token_hex(6)}.part{target.suffix}")
    try:
        _begin(thing, target, part)
        yield part, target
    finally:
        with suppress(OSError):
            part.unlink()


def _prefix(target: Path) -> str:
    """Return what the parts of a file that this computer writes begin with."""
    node = hashlib.sha256(platform.node().encode()).hexdigest()[:8]
    return f".{target.stem[:_LONGEST]}.{node}-"


def _begin(thing: str, target: Path, part: Path) -> None:
    """Make the empty part, and the folder if there is none; remove parts of processes that are no more."""
    try:
        if target.exists() and not target.is_file():
            raise OutOfRangeError(
                thing, str(target), "a file, and there is a folder or a device of that name"
            )
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError("the file that is there is write-protected")
        target.parent.mkdir(parents=True, exist_ok=True)
        _clean(target)
        part.open("xb").close()
    except OSError as error:
        raise OutOfRangeError(thing, str(target), f"where a file can be written ({error})") from error


def _clean(target: Path) -> None:
    """Remove the parts of a file that processes of this computer have left which do not run any more."""
    prefix, rest = _prefix(target), re.compile(rf"(\d+)-[0-9a-f]+\.part{re.escape(target.suffix)}")
    with os.scandir(target.parent) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(prefix)]
    for name in names:
        found = rest.fullmatch(name.removeprefix(prefix))
        if found and not _runs(int(found[1])):
            (target.parent / name).unlink(missing_ok=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
