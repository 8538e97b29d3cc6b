"""Libraries of compiled forms on disk: each in a folder of its own, whole or not there.

FFCx compiles a form in a private folder, which is sealed with the checksums of its files and then renamed, so that a
compilation that is killed leaves nothing for which others wait. Files that are not what was sealed are never loaded (a
truncated library would end the process with a bus error): the form is compiled again. Where dolfinx's cache cannot
be written, libraries are made in a private temporary folder.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import importlib.util
import os
import platform
import shlex
import shutil
import sys
import sysconfig
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cffi import VerificationError

from fem.errors import MemfemError, MissingSoftwareError, ModelWarning

_SEAL = "checksums"  # the file of the checksums of all others in a folder
_MAKING = "making-"  # the beginning of the names of folders that are not whole yet
_PATIENCE = 300.0  # [s] to wait for a process that compiles the same form; then it is compiled twice
_ABANDONED = 3600.0  # [s] after which what is being made is taken for a killed process's
_loaded: set[str] = set()  # seals of the libraries that this process has loaded
_private: dict[int, Path] = {}  # the private folder of a process, where dolfinx's cache cannot be written


def library(form: Any, options: Mapping[str, Any]) -> Path:
    """Return the folder with the whole library of a UFL form; dolfinx takes it as option "cache_dir".

    The form is compiled, with dolfinx's just-in-time ``options``, if its library is not there, damaged, or does not
    load. Raises MissingSoftwareError without a C compiler that works.
    """
    key = _key(form, options)
    shared = _options(options)[1]["cache_dir"] / "memfem"
    for place in (shared, *_private.values()):
        if _sound(place / key):
            return place / key
    return _compiled_anew(form, options, shared, key)


def in_turn[Found](comm: Any, find: Callable[[], Found]) -> Found:
    """Return what ``find`` gives on this rank, called on rank 0 first; an error on one is raised on all ranks."""
    if comm.size == 1:
        return find()
    found, error = None, None
    for mine in (comm.rank == 0, comm.rank != 0):
        if mine:
            try:
                found = find()
            except Exception as raised:
                error = raised
        told = [text for text in comm.allgather(None if error is None else str(error)) if text is not None]
        if told:
            raise error or MemfemError(told[0])
    return found  # type: ignore[return-value]


def _key(form: Any, options: Mapping[str, Any]) -> str:
    """Return a name for all that a library depends on: the form, FFCx, the options, Python, compiler and C library."""
    from ffcx.naming import compute_signature

    build = [sysconfig.get_config_var(name) for name in ("CFLAGS", "SOABI")]
    facts = [_options(options)[0], dict(options), build, os.environ.get("CC"), platform.libc_ver()]
    return str(compute_signature([form], repr(facts)))


def _options(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return FFCx's options and dolfinx's, the user's files of them read where that is possible."""
    import ffcx
    from dolfinx import default_scalar_type, jit

    try:
        return ffcx.get_options({"scalar_type": default_scalar_type}), jit.get_options(dict(options))
    except OSError:  # a home that is no folder or not ours; FFCx and dolfinx remember what they read
        with patch.dict(os.environ, XDG_CONFIG_HOME=os.devnull + "-nowhere"):
            return ffcx.get_options({"scalar_type": default_scalar_type}), jit.get_options(dict(options))


def _sound(folder: Path) -> bool:
    """Return whether a folder holds what was sealed, and its library loads."""
    try:
        seal = (folder / _SEAL).read_text()
        if seal != _checksums(folder):
            return False
        if seal not in _loaded:
            _load(folder)
    except (OSError, ImportError, UnicodeDecodeError):
        return False
    _loaded.add(seal)
    return True


@dataclass(frozen=True)
class Kept:
    """The ``number`` of libraries in a folder, and those that are not what was sealed."""

    number: int
    damaged: tuple[Path, ...]


def damaged_libraries(place: Path) -> Kept:
    """Return how many libraries a folder of them has, and which of them are damaged: truncated, or without a seal.

    Nothing is loaded or changed; those that are being made are left out.
    """
    folders = [path for path in place.iterdir() if path.is_dir()] if place.is_dir() else []
    whole = [path for path in sorted(folders) if not path.name.startswith(_MAKING)]
    return Kept(len(whole), tuple(path for path in whole if not _sealed(path)))


def _sealed(folder: Path) -> bool:
    """Return whether a folder holds what was sealed."""
    try:
        return (folder / _SEAL).read_text() == _checksums(folder)
    except (OSError, UnicodeDecodeError):
        return False


def _load(folder: Path) -> None:
    """Load a folder's library; raises ImportError."""
    for path in folder.glob("*.so"):
        spec = importlib.util.spec_from_file_location(path.name.partition(".")[0], path)
        assert spec is not None and spec.loader is not None
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def _checksums(folder: Path) -> str:
    """Return a line for each file of a folder but the seal."""
    paths = sorted(path for path in folder.iterdir() if path.name != _SEAL)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in paths)


def _compiled_anew(form: Any, options: Mapping[str, Any], shared: Path, key: str) -> Path:
    """Return the folder of a form's new library: a shared one, or else one of this process."""
    _check_compiler()
    own = _private.get(os.getpid())
    failed: list[Exception] = []
    for place in (lambda: shared, _temporary) if own is None else (lambda: own,):
        try:
            home = _made(form, options, place() / key)
        except (OSError, ImportError, VerificationError) as error:
            failed.append(error)
            continue
        if failed:
            _private[os.getpid()] = home.parent
            told = f"{shared} takes no compiled forms ({failed[0]}); they are in {home.parent} until the end."
            warnings.warn(told, ModelWarning, stacklevel=2)
        return home
    advice = _ADVICE if isinstance(failed[-1], VerificationError) else _ROOM
    raise MissingSoftwareError(f"a form could not be compiled ({failed[-1]}); {advice}") from failed[-1]


def _made(form: Any, options: Mapping[str, Any], home: Path) -> Path:
    """Return ``home`` with a form's new library in it, unless another process has just made it."""
    from dolfinx import default_scalar_type, jit
    from mpi4py import MPI

    home.parent.mkdir(parents=True, exist_ok=True)
    _forget_abandoned(home.parent)
    with _alone(home.with_suffix(".lock")):
        if _sound(home):
            return home
        making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=home.parent))
        try:
            jit.ffcx_jit(
                MPI.COMM_SELF,
                form,
                form_compiler_options={"scalar_type": default_scalar_type},
                jit_options={**options, "cache_dir": making},
            )
            for path in making.glob("*.o"):
                path.unlink()
            (making / _SEAL).write_text(_checksums(making))
            _move(making, home)
        finally:
            shutil.rmtree(making, ignore_errors=True)
    return home


def _move(making: Path, home: Path) -> None:
    """Rename a folder, in place of what is there."""
    if home.exists():
        away = Path(tempfile.mkdtemp(prefix=_MAKING, dir=home.parent))
        with suppress(FileNotFoundError):  # another process has just done it
            home.rename(away / home.name)
        shutil.rmtree(away, ignore_errors=True)
    making.rename(home)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Keep other processes out that hold the same lock; the system frees that of a killed one."""
    with lock.open("w") as file:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:  # a file system without locks
                break
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _forget_abandoned(place: Path) -> None:
    """Remove what killed compilations have left in the folder of all libraries."""
    for pattern in (f"{_MAKING}*", "*.lock"):
        for path in place.glob(pattern):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _temporary() -> Path:
    """Return a new folder that only this user may read, removed when this process ends."""
    folder, process = tempfile.mkdtemp(prefix="memfem-"), os.getpid()
    atexit.register(lambda: os.getpid() == process and shutil.rmtree(folder, ignore_errors=True))
    return Path(folder)


_ADVICE = "install a C compiler with: " + (
    "xcode-select --install" if sys.platform == "darwin" else "apt-get install gcc libc6-dev"
)

_ROOM = "let XDG_CACHE_HOME or TMPDIR name a folder that has room and from which libraries may be loaded"


def _compiler() -> str:
    return shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]


def _check_compiler() -> None:
    if shutil.which(_compiler()) is None:
        raise MissingSoftwareError(
            f"equations are compiled by {_compiler()!r}, which was not found; {_ADVICE}"
        )
