"""What a name or a path on the command line means: a material, a published device, or a file of memfem."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fem import materials
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError

if TYPE_CHECKING:
    from studies.devices import PublishedDevice

_SUFFIXES = (".nc", ".h5", ".hdf5", ".json", ".toml", ".py")
_FORMAT = "memfem_format"  # the attribute of netCDF files of results


@dataclass(frozen=True)
class Thing:
    """``what`` something is: "material", "device", "study", "checkpoint", "compact model" or the kind of a result.

    ``value``: a Material, a PublishedDevice, a Path of a study, or the provenance of a file as plain data.
    """

    what: str
    name: str
    value: Any


def find(name: str) -> Thing:
    """Return what ``name`` means; raises UnknownNameError with close matches, or what is wrong with a file."""
    from studies.comparisons.tables import ARRAYS, names

    path = Path(name)
    if path.suffix.lower() in _SUFFIXES or path.is_file():
        return _of_file(path)
    if name in (devices := (*names(), *ARRAYS)):
        return Thing("device", name, about(name))
    try:
        return Thing("material", name, materials.get(name))
    except UnknownNameError:
        known = (*materials.ALL, *devices)
        raise UnknownNameError("material, published device or file", name, known) from None


def about(name: str) -> PublishedDevice:
    """Return what is known of a published device or array; raises UnknownNameError."""
    from studies.comparisons.tables import ARRAYS, names

    if name not in (known := (*names(), *ARRAYS)):
        raise UnknownNameError("published device", name, known)
    home = "comparisons" if name in ARRAYS else "devices"
    found: PublishedDevice = importlib.import_module(f"studies.{home}.{name}").ABOUT
    return found


def _of_file(path: Path) -> Thing:
    if not path.is_file():
        raise OutOfRangeError("file", str(path), "a file that exists")
    suffix = path.suffix.lower()
    if suffix in (".toml", ".py"):
        return Thing("study", str(path), path)
    if suffix in (".h5", ".hdf5"):
        return Thing("checkpoint", str(path), _of_checkpoint(path))
    if suffix == ".json":
        from studies.compact.model_file import read_content

        read_content(path)  # raises for what is no model, or damaged
        return Thing("compact model", str(path), json.loads(path.read_text(encoding="utf-8")))
    return _of_result(path)


def _of_result(path: Path) -> Thing:
    """Return the kind and the attributes of a netCDF file of memfem; raises IncompatibleError for any other."""
    import xarray as xr

    from fem.io.signature import signed
    from studies.results.files import read_stamped
    from studies.results.provenance import decoded, netcdf_engine

    if signed(path) is False:
        raise IncompatibleError(f"{path.name} is damaged: it is not what was written.")
    try:
        with xr.open_dataset(path, engine=netcdf_engine(), decode_times=False) as opened:
            said = str(opened.attrs.get(_FORMAT, ""))
    except Exception as error:  # of HDF5 or of xarray
        raise IncompatibleError(f"{path.name} is no file that memfem has written.") from error
    kind = said.rpartition(" ")[0]
    if not kind:
        raise IncompatibleError(f"{path.name} was not written by memfem, or by an older one.")
    data = read_stamped(path, kind)
    columns = {str(n): str(v.attrs.get("units", "")) for n, v in data.variables.items()}
    attributes = {str(key): decoded(value) for key, value in data.attrs.items()}
    sizes = {str(key): int(size) for key, size in data.sizes.items()}
    return Thing(kind, str(path), {"sizes": sizes, "columns": columns, **attributes})


def _of_checkpoint(path: Path) -> dict[str, Any]:
    """Return what a checkpoint says of its device and state."""
    import h5py

    from fem.io.signature import signed

    if not signed(path):
        why = "is no checkpoint of memfem, or an older one" if signed(path) is None else "is damaged"
        raise IncompatibleError(f"{path.name} {why}.")
    try:
        with h5py.File(path) as file:
            about: dict[str, Any] = json.loads(file.attrs["about"])
            size = {"nodes": int(file["values"].shape[0]), "fields": list(file["values"].attrs["fields"])}
    except Exception as error:  # of HDF5 or of what stands where something else must
        raise IncompatibleError(f"{path.name} is no checkpoint of memfem.") from error
    return {
        "program": about["program"],
        **size,
        "state": about["state"],
        "device": about.get("description", about["identity"]),
    }
