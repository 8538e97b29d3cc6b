"""What files of results have in common: their library, and attributes that say where they come from."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import platform
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fem.errors import MissingSoftwareError
from fem.io.files import replacing
from fem.io.signature import sign

if TYPE_CHECKING:
    import xarray as xr


def plain(value: Any) -> Any:
    """Return ``value`` as something netCDF can store: text or a number; the rest as JSON text."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    return json.dumps(value, default=lambda x: x.tolist() if hasattr(x, "tolist") else str(x))


def decoded(value: Any) -> Any:
    """Return what ``plain`` encoded."""
    if isinstance(value, str) and value[:1] in ("{", "[", "t", "f", "n"):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            return value
    return value.item() if isinstance(value, np.generic) else value


def reason_of(error: BaseException) -> str:
    """Return what an error is and says, also of one that cannot say it."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}".removesuffix(": ")


def program_version() -> str:
    """Return the name and version of this program."""
    try:
        return f"memfem {importlib.metadata.version('memfem')}"
    except importlib.metadata.PackageNotFoundError:
        return "memfem (not installed)"


#: Programs by name -> the packages that may bring them, in PyPI's and in conda's words. On the first ones all results
#: depend; of the others the last digits may.
_PROGRAMS = {
    "memfem": ("memfem",),
    "dolfinx": ("dolfinx-solver-real", "dolfinx-solver-complex", "fenics-dolfinx"),
    "petsc": ("petsc4py", "petsc"),
    "gmsh": ("gmsh",),
}
_LIBRARIES = {"numpy": ("numpy",), "scipy": ("scipy",)}


def versions() -> dict[str, str]:
    """Return the versions of the programs that results depend on, none of which is imported for it.

    What is not installed is left out; a wheel of dolfinx with PETSc inside has the version of both.
    """
    return _found(_PROGRAMS)


def origin() -> dict[str, str]:
    """Return where a result comes from: versions, the host, and the commit if memfem is run from a checkout."""
    about = versions() | _found(_LIBRARIES) | {"python": platform.python_version()}
    if (petsc := sys.modules.get("petsc4py.PETSc")) is not None:
        about["petsc"] = ".".join(map(str, petsc.Sys.getVersion()))
    return {**about, "host": platform.node(), "commit": commit()}


def _found(programs: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    known = {name: _first_version(packages) for name, packages in programs.items()}
    return {name: version for name, version in known.items() if version}


@cache
def commit() -> str:
    """Return the commit of the checkout that memfem is run from, with "+" if files were changed; else no text."""
    root = Path(__file__).parents[2]
    if not (root / ".git").exists():
        return ""
    try:
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        return head + ("+" if _git(root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return ""


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()


@cache
def _first_version(packages: tuple[str, ...]) -> str:
    for package in packages:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def netcdf_engine() -> Literal["h5netcdf", "netcdf4"]:
    """Return the xarray engine for netCDF-4 files: h5netcdf if h5py is there, else netcdf4; same files."""
    if importlib.util.find_spec("h5py") and importlib.util.find_spec("h5netcdf"):
        return "h5netcdf"
    if importlib.util.find_spec("netCDF4"):
        return "netcdf4"
    raise MissingSoftwareError("no netCDF-4 library was found; install one with: pip install h5netcdf h5py")


def write_netcdf(data: xr.Dataset, path: str | Path, *, signed: bool = False) -> Path:
    """Return the path of the netCDF-4 file written; one that was there stays until the new one is complete.

    It has a checksum behind it if it is to be ``signed``.
    """
    content = data.to_netcdf(engine=netcdf_engine())  # in memory, as in fem.io.files.write_hdf5
    with replacing(path) as part:
        part.write_bytes(content)
        if signed:
            sign(part)
    return Path(path)
