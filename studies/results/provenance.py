"""What files of results have in common: their library, and attributes that say where they come from."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
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
