"""Libraries of compiled forms: damaged ones are made again, killed compilations stop nobody, a cache may be closed."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ufl
from dolfinx import fem as dfem
from dolfinx.mesh import create_unit_interval
from mpi4py import MPI

from fem.errors import MissingSoftwareError, ModelWarning
from fem.forms import libraries
from fem.forms.libraries import library

ROOT = Path(__file__).parents[3]
MPIEXEC = Path(sys.executable).with_name("mpiexec")
#: Prints the length of a line, integrated by a form that is compiled, and where its library is.
PROGRAM = """
    import fem, ufl
    from dolfinx.fem import assemble_scalar
    from dolfinx.mesh import create_unit_interval
    from mpi4py import MPI
    from fem.forms.compilation import compiled
    mesh = create_unit_interval(MPI.COMM_WORLD, 4)
    one = ufl.SpatialCoordinate(mesh)[0] * {factor} * ufl.dx(domain=mesh)
    print(MPI.COMM_WORLD.allreduce(assemble_scalar(compiled(one))))
"""


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Options of compilation with a cache of their own, and no private folder yet."""
    monkeypatch.setattr(libraries, "_private", {})
    return {"cache_dir": tmp_path / "cache", "cffi_extra_compile_args": ["-O0"]}


def half(factor: float = 1.0) -> Any:
    """Return a form that is half the factor."""
    mesh = create_unit_interval(MPI.COMM_SELF, 2)
    return factor * ufl.SpatialCoordinate(mesh)[0] * ufl.dx(domain=mesh)


def value(form: Any, options: dict[str, Any]) -> float:
    """Return what a form is, with the library of the cache."""
    folder = library(form, options)
    return float(dfem.assemble_scalar(dfem.form(form, jit_options={**options, "cache_dir": folder})))


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.rglob(pattern)
    return found


def replaced(path: Path, content: bytes) -> None:
    """Put another file in the place of one, which this process may have loaded: it must not change under its feet."""
    other = path.with_name("other")
    other.write_bytes(content)
    other.replace(path)


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "a truncated library": lambda folder: replaced(
        only(folder, "*.so"), only(folder, "*.so").read_bytes()[:1000]
    ),
    "an empty library": lambda folder: replaced(only(folder, "*.so"), b""),
    "no library": lambda folder: only(folder, "*.so").unlink(),
    "zeros in the library": lambda folder: replaced(only(folder, "*.so"), bytes(9999)),
    "a library that does not load": lambda folder: sealed(folder, b"no library"),
    "an empty source": lambda folder: os.truncate(only(folder, "*.c"), 0),
    "no mark of completion": lambda folder: only(folder, "*.cached").unlink(),
    "no checksums": lambda folder: (folder / "checksums").unlink(),
    "a file in its place": lambda folder: (shutil.rmtree(folder), folder.write_text("")),
}


def sealed(folder: Path, content: bytes) -> None:
    replaced(only(folder, "*.so"), content)
    (folder / "checksums").write_text(libraries._checksums(folder))


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_damaged_is_compiled_again(damage: str, options: dict[str, Any]) -> None:
    folder = library(half(), options)
    DAMAGE[damage](folder)
    assert not libraries._sound(folder)
    assert value(half(), options) == 0.5
    assert libraries._sound(folder)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_the_library_of_another_form_is_not_taken(options: dict[str, Any]) -> None:
    mine, other = library(half(), options), library(half(3.0), options)
    assert mine != other
    shutil.copy(only(other, "*.so"), only(mine, "*.so"))
    assert value(half(), options) == 0.5


def test_a_sound_library_is_not_compiled_again(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library(half(), options)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert value(half(), options) == 0.5


def test_what_to_install_is_said_without_a_compiler(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(MissingSoftwareError, match=r"was not found; install a C compiler with: \S+"):
        library(half(), options)


def compiler(folder: Path, script: str) -> str:
    """Return a PATH on which the C compiler is a shell script."""
    folder.mkdir()
    program = folder / libraries._compiler()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


def test_a_compiler_that_fails_is_named_and_leaves_nothing(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", compiler(tmp_path / "bin", "exit 1"))
    with pytest.raises(MissingSoftwareError, match=r"could not be compiled .*; install a C compiler"):
        library(half(), options)
    assert list((tmp_path / "cache" / "memfem").iterdir()) == []


def test_where_no_folder_takes_a_library_the_advice_is_a_folder_and_no_compiler(
    options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(libraries, "_made", full)
    with pytest.raises(
        MissingSoftwareError, match=r"No space left on device.*XDG_CACHE_HOME or TMPDIR"
    ) as found:
        library(half(), options)
    assert "C compiler" not in str(found.value)


def test_forms_are_compiled_in_a_private_folder_where_the_cache_is_closed(
    options: dict[str, Any], tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    (tmp_path / "cache").write_text("a file, in which root cannot write either")
    with pytest.warns(ModelWarning, match="cache.* takes no compiled forms") as told:
        assert value(half(), options) == 0.5
    place = library(half(), options).parent
    assert str(place) in str(told[0].message)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700 and place.stat().st_uid == os.getuid()
    assert value(half(3.0), options) == 1.5
    assert library(half(3.0), options).parent == place
    assert len(recwarn) == 0


def program(
    cache: Path, path: str | None = None, factor: float = 2.0, home: str | None = None
) -> dict[str, Any]:
    """Return the arguments of a process that compiles a form into a cache."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(cache)}
    if home is not None:
        env["HOME"] = home
        del env["XDG_CACHE_HOME"]
    return {
        "args": [sys.executable, "-c", textwrap.dedent(PROGRAM.format(factor=factor))],
        "env": env | ({} if path is None else {"PATH": path}),
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "text": True,
    }


def test_a_killed_compilation_stops_nobody(tmp_path: Path) -> None:
    marker = tmp_path / "compiling"
    path = compiler(tmp_path / "bin", f"touch {marker}; exec sleep 100")
    killed = subprocess.Popen(**program(tmp_path, path), start_new_session=True)
    try:
        until = time.monotonic() + 60
        while not marker.exists():
            assert time.monotonic() < until and killed.poll() is None
            time.sleep(0.05)
    finally:
        os.killpg(killed.pid, signal.SIGKILL)
        killed.communicate()
    begin = time.monotonic()
    done = subprocess.run(**program(tmp_path), timeout=60, check=False)
    assert done.stdout == "1.0\n", done.stderr
    assert time.monotonic() - begin < 30


def test_what_killed_compilations_leave_is_removed_some_day(options: dict[str, Any], tmp_path: Path) -> None:
    place = tmp_path / "cache" / "memfem"
    for age, name in ((1e5, "old"), (1.0, "new")):
        (place / f"making-{name}").mkdir(parents=True)
        (place / f"{name}.lock").touch()
        for path in (place / f"making-{name}", place / f"{name}.lock"):
            os.utime(path, (time.time() - age,) * 2)
    folder = library(half(), options)
    assert {path.name for path in place.iterdir()} == {folder.name, "making-new", "new.lock"}


def test_processes_that_compile_at_once_share_one_library(tmp_path: Path) -> None:
    both = [subprocess.Popen(**program(tmp_path)) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in both]
    assert [out for out, _ in said] == ["1.0\n"] * 2, said
    (folder,) = (tmp_path / "fenics" / "memfem").iterdir()
    assert libraries._sound(folder)


def test_a_home_that_is_a_file_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    done = subprocess.run(**program(tmp_path, home=str(tmp_path / "home")), timeout=60, check=False)
    assert done.stdout == "1.0\n", done.stderr
    assert "takes no compiled forms" in done.stderr
    (folder,) = [word for word in done.stderr.split() if "/memfem-" in word]
    assert not Path(folder).exists()


@pytest.mark.skipif(not MPIEXEC.exists(), reason=f"there is no {MPIEXEC.name} beside this Python")
@pytest.mark.parametrize("closed", [False, True])
def test_ranks_use_what_one_compiles_or_each_its_own(tmp_path: Path, closed: bool) -> None:
    asked = program(tmp_path / "cache")
    asked["args"] = [str(MPIEXEC), "-n", "2", *asked["args"]]
    if closed:
        (tmp_path / "cache").touch()
    for _ in range(1 if closed else 2):  # with an empty cache, and with truncated libraries
        done = subprocess.run(**asked, timeout=60, check=False, stdin=subprocess.DEVNULL)
        assert done.stdout.replace("\n", "") == "1.0" * 2, done.stderr
        assert done.stderr.count("takes no compiled forms") == (2 if closed else 0)
        for path in tmp_path.rglob("*.so"):
            os.truncate(path, 1000)


@pytest.mark.skipif(not MPIEXEC.exists(), reason=f"there is no {MPIEXEC.name} beside this Python")
def test_all_ranks_hear_that_there_is_no_compiler(tmp_path: Path) -> None:
    asked = program(tmp_path, path=str(tmp_path))
    asked["args"] = [str(MPIEXEC), "-n", "2", *asked["args"]]
    done = subprocess.run(**asked, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode != 0
    assert done.stderr.count("install a C compiler") >= 2, done.stderr
