"""The solver: dolfinx, its PETSc and its MPI, asked in a process of their own, which they may end."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from studies.cli.doctoring.finding import Finding, broken, ok, warning

_ASK = """
import json, fem, dolfinx, petsc4py.PETSc as P, mpi4py.MPI as M
from dolfinx import jit
print(json.dumps({"dolfinx": dolfinx.__version__, "petsc": ".".join(map(str, P.Sys.getVersion())),
    "scalar": P.ScalarType.__name__, "mpi": M.Get_library_version().strip("\\0 \\n"),
    "cache": str(jit.get_options()["cache_dir"])}))
"""
_PATIENCE = 120.0  # [s]
_FAMILIES = {"open mpi": "Open MPI", "open-mpi": "Open MPI", "openrte": "Open MPI", "prterun": "Open MPI",
             "mpich": "MPICH", "hydra": "MPICH", "intel": "Intel MPI"}  # fmt: skip


@cache
def asked() -> dict[str, Any]:
    """Return what the solver's libraries say of themselves; under "error", why they do not load."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _ASK], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))
    except subprocess.TimeoutExpired:
        return {"error": f"it does not answer within {_PATIENCE:g} s"}
    except (OSError, ValueError, IndexError):
        said = [line for line in done.stderr.strip().splitlines() if line.strip()]
        return {"error": said[-1] if said else f"its process ended with {done.returncode}"}


def solver() -> Finding:
    """Whether dolfinx loads, is the version that memfem is for, and computes with real numbers."""
    told = asked()
    install = "pip install 'memfem[dolfinx]' in a new environment, or take dolfinx 0.11 of conda-forge"
    if "error" in told:
        return broken("dolfinx", f"it does not load: {told['error']}", install)
    if not told["dolfinx"].startswith("0.11"):
        return broken("dolfinx", f"it is {told['dolfinx']}, and memfem needs 0.11", install)
    if not told["scalar"].startswith("float"):
        advice = "pip uninstall dolfinx-solver-complex; pip install --force-reinstall dolfinx-solver-real"
        return broken(
            "dolfinx", f"its PETSc computes with {told['scalar']}, and memfem needs real numbers", advice
        )
    return ok("dolfinx", f"{told['dolfinx']} with PETSc {told['petsc']}")


def petsc_bindings() -> Finding:
    """Whether the petsc4py that Python finds is the one that dolfinx was built with."""
    thing, wheel = "petsc4py", importlib.util.find_spec("dolfinx_solver")
    spec = importlib.util.find_spec("petsc4py")
    if spec is None or spec.origin is None:
        return broken(thing, "it was not found", "pip install 'memfem[dolfinx]'")
    if wheel is None or wheel.origin is None:
        return ok(thing, f"{spec.origin}, beside a dolfinx that is not of a wheel")
    foreign = [name for name in ("petsc4py", "petsc") if _installed(name)]
    if foreign:
        found = f"{' and '.join(foreign)} of PyPI are installed over the one of dolfinx"
        again = "pip install --force-reinstall --no-deps dolfinx-solver-real"
        return broken(thing, found, f"pip uninstall {' '.join(foreign)}; {again}")
    ours = Path(wheel.origin).resolve().parents[1]
    if Path(spec.origin).resolve().parents[1] != ours:
        found = f"that of {Path(spec.origin).parent} comes before the one of dolfinx"
        return broken(thing, found, f"take {Path(spec.origin).parents[1]} out of PYTHONPATH")
    return ok(thing, "the one of dolfinx")


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def mpi() -> Finding:
    """Whether the mpiexec that is found starts processes of the MPI that dolfinx was built with."""
    own = family(asked().get("mpi", ""))
    if not own:
        return warning("MPI", "dolfinx does not say which it has", "see dolfinx above")
    beside = Path(sys.executable).parent / "mpiexec"
    found = shutil.which("mpiexec")
    if found is None:
        if beside.is_file():
            return ok("MPI", f"{own}; parallel runs start with {beside}")
        return warning(
            "MPI", f"{own}, and no mpiexec: runs are serial", "apt-get install the mpiexec of that MPI"
        )
    other = family(_version_of(found))
    if other and other != own:
        advice = (
            f"start parallel runs with {beside}"
            if beside.is_file()
            else f"put the mpiexec of {own} first on the PATH"
        )
        told = f"{found} is of {other}, and dolfinx of {own}: every process would run alone"
        return broken("MPI", told, advice)
    return ok("MPI", f"{own}; {found}")


def family(text: str) -> str:
    """Return which MPI a text is of; "" if it does not say."""
    found = [(text.lower().find(word), name) for word, name in _FAMILIES.items() if word in text.lower()]
    return min(found)[1] if found else ""


def _version_of(program: str) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return re.sub(r"\s+", " ", done.stdout + done.stderr)
