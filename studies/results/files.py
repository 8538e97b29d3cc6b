"""Files of results: netCDF-4 with the kind, the version and checksums of what is in it, or refused in one sentence."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from fem.errors import IncompatibleError, OutOfRangeError
from fem.io.signature import signed
from studies.results.provenance import netcdf_engine, write_netcdf

_VERSION = 1  # of all kinds
_FORMAT, _CHECKSUM = "memfem_format", "checksum"


def write_stamped(data: xr.Dataset, path: str | Path, kind: str) -> Path:
    """Return the path of the netCDF-4 file written, which ``read_stamped`` reads again."""
    return write_netcdf(stamped(data, kind), path, signed=True)


def stamped(data: xr.Dataset, kind: str) -> xr.Dataset:
    """Return ``data`` with the format of its ``kind`` and a checksum of each variable and of all attributes."""
    found = data.copy()
    for name in found.variables:
        found[name].attrs = {**data[name].attrs, _CHECKSUM: _digest(data[name])}
    found.attrs = {**data.attrs, _FORMAT: f"{kind} {_VERSION}"}
    found.attrs[_CHECKSUM] = _of_attributes(found)
    return found


def read_stamped(path: str | Path, kind: str) -> xr.Dataset:
    """Return the dataset of a ``kind`` in a netCDF file, as it was before it was ``stamped``.

    Raises OutOfRangeError if there is no such file, IncompatibleError if it is of another kind or program, or damaged.
    """
    path = Path(path)
    if not path.is_file():
        raise OutOfRangeError(f"file of a {kind}", str(path), "a file that exists")
    if not (whole := signed(path)):
        why = "not written by memfem, or by an older one" if whole is None else "damaged"
        raise IncompatibleError(f"{path.name} cannot be read as a {kind}: it is {why}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of HDF5 files that are no netCDF
            with xr.open_dataset(path, engine=netcdf_engine(), decode_times=False) as opened:
                data = opened.load()
        return _unstamped(data, kind, path.name)
    except IncompatibleError:
        raise
    except Exception as error:  # of HDF5, xarray, or of what stands where something else must
        why = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise IncompatibleError(f"{path.name} cannot be read as a {kind}: {why}.") from error


def _unstamped(data: xr.Dataset, kind: str, name: str) -> xr.Dataset:
    said = str(data.attrs.get(_FORMAT, ""))
    written, _, version = said.rpartition(" ")
    if not written or written != kind:
        whose = f"has a {written}" if written else "was not written by memfem, or by an older one"
        raise IncompatibleError(f"{name} is no file of a {kind}: it {whose}.")
    if version != str(_VERSION):
        raise IncompatibleError(f"{name} was written by another memfem (format {version} of a {kind}).")
    if data.attrs.pop(_CHECKSUM, None) != _of_attributes(data):
        raise IncompatibleError(f"{name} is damaged: its description is not what was written.")
    del data.attrs[_FORMAT]
    for key in data.variables:
        if data[key].attrs.pop(_CHECKSUM, None) != _digest(data[key]):
            raise IncompatibleError(f"{name} is damaged: {str(key)!r} is not what was written.")
    return data


def _digest(variable: xr.DataArray) -> str:
    """Return the checksum of the values and the dimensions of a variable."""
    values = variable.values
    plain = values.dtype.kind in "biufc"
    content = (
        values.astype(values.dtype.newbyteorder("<")).tobytes() if plain else repr(values.tolist()).encode()
    )
    return hashlib.sha256(repr((variable.dims, values.shape)).encode() + content).hexdigest()


def _of_attributes(data: xr.Dataset) -> str:
    """Return the checksum of all names and attributes, those of checksums of variables included."""
    own = {key: value for key, value in data.attrs.items() if key != _CHECKSUM}
    rows = [("", key, _plain(value)) for key, value in own.items()]
    rows += [(str(n), key, _plain(x)) for n in data.variables for key, x in data[n].attrs.items()]
    names = sorted(map(str, data.variables))
    return hashlib.sha256(repr((names, sorted(map(repr, rows)))).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Return an attribute as it is before and after a file: text, or a list of numbers or texts."""
    return value if isinstance(value, str) else np.asarray(value).ravel().tolist()
