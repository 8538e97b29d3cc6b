"""With what a result was made: memfem, its libraries, Python, the computer, the commit."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import fem

#: Library -> the distributions that bring it, and its module, which is asked where it was loaded already.
_LIBRARIES = {
    "dolfinx": (("dolfinx-solver-real", "fenics-dolfinx"), "dolfinx"),
    "petsc": (("petsc4py", "petsc"), "petsc4py"),
    "gmsh": (("gmsh",), "gmsh"),
}
_ROOT = Path(fem.__file__).parents[1]


def software() -> dict[str, str]:
    """Return by name the version of memfem, dolfinx, PETSc, gmsh and Python, the host, the system, and the commit.

    What is not there is left out; nothing is loaded for it. The commit has "-dirty" behind it where files are changed.
    """
    found = {"memfem": fem.__version__, "python": platform.python_version()}
    found |= {name: text for name in _LIBRARIES if (text := _version(name))}
    found |= {"host": platform.node(), "system": f"{platform.system()} {platform.machine()}"}
    return found | ({"commit": commit()} if commit() else {})


def _version(library: str) -> str:
    """Return the version of a library, of one that is loaded by what it says itself; "" if there is none."""
    distributions, name = _LIBRARIES[library]
    module = sys.modules.get(name)
    if library == "petsc":
        module = sys.modules.get("petsc4py.PETSc")
        if module is not None:
            return ".".join(map(str, module.Sys.getVersion()))
    version = getattr(module, "__version__", "")
    for distribution in () if version else distributions:
        with suppress(importlib.metadata.PackageNotFoundError):
            return importlib.metadata.version(distribution)
    return str(version)


@cache
def commit() -> str:
    """Return the commit of the sources that run; "" where they are no checkout of git, or it is not there."""
    if not (_ROOT / ".git").exists():
        return ""
    ask = ["git", "-C", str(_ROOT), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        told = subprocess.run(ask, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return told.stdout.strip() if told.returncode == 0 else ""
