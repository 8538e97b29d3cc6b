"""``memfem doctor``: each fault that is made is found, told with what to do, and none is told where all is well."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import stat
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from fem.errors import MissingSoftwareError
from studies.cli import doctor as command
from studies.cli.doctoring import programs, settings, solver, system
from studies.cli.doctoring.finding import Finding, broken, ok, warning
from tests.studies.cli.commands import memfem

TOLD = {
    "dolfinx": "0.11.0",
    "petsc": "3.25.5",
    "scalar": "float64",
    "mpi": "MPICH Version: 5.0.2",
    "cache": "",
}


def sick(finding: Finding, state: str, *words: str) -> None:
    """Assert that a finding is of a state, says the words, and what to do."""
    assert finding.state == state and finding.advice
    assert all(word in f"{finding.found} {finding.advice}" for word in words), finding


def program(folder: Path, name: str, prints: str) -> Path:
    """Return a program that prints a text."""
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{prints}\nEND\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return path


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the solver says of itself, to be changed."""
    found: dict[str, Any] = dict(TOLD)
    for module in (solver, settings):
        monkeypatch.setattr(module, "asked", lambda: found)
    return found


def test_a_path_without_a_compiler_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    assert system.compiler().state == "ok"
    monkeypatch.setenv("PATH", str(tmp_path))
    sick(system.compiler(), "broken", "was not found", "install")


def test_a_compiler_that_makes_nothing_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CC", str(program(tmp_path, "cc", "no")))
    sick(system.compiler(), "broken", "makes no library")


@pytest.mark.parametrize(
    ("missing", "check", "state", "package"),
    [
        ("libGL.so.1", system.mesh_libraries, "broken", "libgl1"),
        ("libGLU.so.1", system.mesh_libraries, "broken", "libglu1-mesa"),
        ("libEGL.so.1", system.picture_libraries, "warning", "libegl1"),
        ("libEGL.so.1", system.display, "warning", "xvfb-run"),
    ],
)
def test_a_library_that_does_not_load_is_found(
    monkeypatch: pytest.MonkeyPatch, missing: str, check: Any, state: str, package: str
) -> None:
    def load(name: str) -> object:
        if name == missing:
            raise OSError(f"{name}: cannot open shared object file")
        return object()

    monkeypatch.setattr(system.sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", load)
    for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(screen, raising=False)
    sick(check(), state, package)


def test_a_disk_without_room_is_found(tmp_path: Path) -> None:
    assert system.space(tmp_path, least=1.0).state == "ok"
    sick(system.space(tmp_path, least=1e30), "warning", "GB are free")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"error": "ImportError: libmpi.so.12"}, ("does not load", "libmpi.so.12")),
        ({"dolfinx": "0.10.0"}, ("0.10.0", "needs 0.11")),
        ({"scalar": "complex128"}, ("complex128", "dolfinx-solver-real")),
    ],
)
def test_a_solver_that_is_not_ours_is_found(told: dict[str, Any], change: dict[str, str], words: Any) -> None:
    assert solver.solver().state == "ok"
    told |= change
    sick(solver.solver(), "broken", *words)


def test_a_foreign_petsc4py_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = {
        "dolfinx_solver": tmp_path / "site" / "dolfinx_solver",
        "petsc4py": tmp_path / "site" / "petsc4py",
    }

    def find(name: str) -> ModuleSpec:
        spec = ModuleSpec(name, None, origin=str(places[name] / "__init__.py"))
        return spec

    monkeypatch.setattr(solver.importlib.util, "find_spec", find)
    assert solver.petsc_bindings().state == "ok"
    places["petsc4py"] = tmp_path / "other" / "petsc4py"
    sick(solver.petsc_bindings(), "broken", str(tmp_path / "other"), "PYTHONPATH")
    places["petsc4py"] = tmp_path / "site" / "petsc4py"
    monkeypatch.setattr(solver, "_installed", lambda name: name == "petsc4py")
    sick(solver.petsc_bindings(), "broken", "pip uninstall petsc4py")


@pytest.mark.parametrize(
    ("prints", "other"),
    [("mpiexec (OpenRTE) 4.1.4\nReport bugs to http://www.open-mpi.org/community/help/", "Open MPI"),
     ("Intel(R) MPI Library for Linux* OS, Version 2021.8", "Intel MPI")],
)  # fmt: skip
def test_an_mpiexec_of_another_mpi_is_found(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], tmp_path: Path, prints: str, other: str
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    program(tmp_path, "mpiexec", prints)
    sick(solver.mpi(), "broken", other, "MPICH")
    program(tmp_path, "mpiexec", "HYDRA build details:\n    Version: 5.0.2")
    assert solver.mpi().state == "ok"


def test_a_cache_that_cannot_be_written_is_found(told: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    sick(settings.cache(file / "fenics"), "warning", "cannot be written", "XDG_CACHE_HOME")


def test_a_truncated_library_in_the_cache_is_found(told: dict[str, Any], tmp_path: Path) -> None:
    import hashlib

    home = tmp_path / "memfem" / "abc"
    home.mkdir(parents=True)
    library = home / "form.so"
    library.write_bytes(b"whole")
    (home / "checksums").write_text(f"{hashlib.sha256(b'whole').hexdigest()}  form.so\n")
    found = settings.cache(tmp_path)
    assert found.state == "ok" and "1 whole" in found.found
    library.write_bytes(b"who")
    sick(settings.cache(tmp_path), "warning", "1 of 1", "damaged", "rm -r")


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "not set"), ("", "not set"), ("many", "no number"), ("0", "no number"), ("4000", "cores")],
)
def test_threads_that_cost_time_are_found(
    monkeypatch: pytest.MonkeyPatch, value: str | None, words: str
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert settings.threads().state == "ok"
    if value is None:
        monkeypatch.delenv("OMP_NUM_THREADS")
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", value)
    sick(settings.threads(), "warning", words, "export OMP_NUM_THREADS=1")


def test_an_ngspice_that_is_missing_old_or_wrong_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    program(tmp_path, "ngspice", "** ngspice-26 : Circuit level simulation program")
    sick(programs.ngspice(), "warning", "26 is older")
    program(tmp_path, "ngspice", "** ngspice-42 : x\ni(v1)[99] = -1.0e+00")
    sick(programs.ngspice(), "warning", "does not compute")
    program(tmp_path, "ngspice", "** ngspice-37 : x\ni(v1)[99] = -7.00000e+00")
    assert programs.ngspice().state == "ok" and "no Verilog-A" in programs.ngspice().found
    monkeypatch.setattr(shutil, "which", lambda name: None)
    sick(programs.ngspice(), "warning", "not found", "apt-get install ngspice")


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="no ngspice")
def test_a_true_ngspice_computes_the_deck() -> None:
    assert programs.ngspice().state == "ok"


def test_a_missing_vacask_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise MissingSoftwareError("VACASK was not found")

    monkeypatch.setattr(programs, "find_vacask", missing)
    sick(programs.vacask(), "warning", "not found", "memfem[verilog-a]")


def test_it_ends_with_1_if_something_is_broken_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "CHECKS", (lambda: ok("a", "b"), lambda: warning("c", "d", "e")))
    well = memfem(capsys, "doctor")
    assert well.code == 0 and "0 broken, 1 warnings, 1 ok" in well.out

    def fails() -> Finding:
        raise RuntimeError("odd")

    monkeypatch.setattr(command, "CHECKS", (lambda: ok("a", "b"), lambda: broken("c", "d", "e"), fails))
    found = memfem(capsys, "doctor", "--json")
    said = json.loads(found.out)
    assert found.code == 1 and not said["works"]
    assert [one["state"] for one in said["findings"]] == ["ok", "broken", "broken"]
    assert "odd" in said["findings"][2]["found"]


@pytest.mark.slow
def test_an_installation_that_works_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    assert memfem(capsys, "doctor").code == 0
