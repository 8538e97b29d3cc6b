"""States on disk: checkpoints that resume a run, and fields for ParaView and PyVista.

Fields go to VTKHDF files (``.vtkhdf``), with time steps, which ParaView 5.12 or newer and ``pyvista.read``
open (``read_fields`` takes the time of the step). Their coordinates are in nanometres, since drawing
programs cannot cope with boxes of 1e-7; all values are in SI units and eV, as ``fem.fields`` says, and each
array has its unit as an attribute. Points are doubled between regions, so that densities jump there. Cell
data "region" is the tag of the region, whose attribute "names" lists the names by tag; field data
"bias_<contact>" [V] is the bias of each step. Rank 0 writes; every function that writes is collective.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from fem.device.state import State
from fem.errors import IncompatibleError, MemfemError, OutOfRangeError
from fem.errors.arguments import checked
from fem.fields import field_info
from fem.io.checkpoint import in_a_line, on_root
from fem.io.files import check_writable, write_hdf5
from fem.io.seal import damaged
from fem.io.sealed_steps import begin_sealed, check_begin, check_step, check_times, seal_step
from fem.io.signature import sign, signed
from fem.mesh.device_mesh import DeviceMesh
from fem.mesh.ranks import collective
from fem.mesh.region_mesh import NANOMETRE, RegionMesh
from fem.outputs.grids import region_names
from fem.outputs.values import cell_values, temperature_values

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.heat.field import TemperatureField

Array = npt.NDArray[np.float64]
_ROOM = 32 * 1024  # bytes for a chunk of a dataset and its index
_VTK_CELL = {1: 3, 2: 5, 3: 10}  # line, triangle, tetrahedron


class FieldWriter:
    """Writes the output fields of many states of one device into one VTKHDF file, state by state.

    The file is complete after every ``write``; an older file of that name is replaced at the first one, and where none
    can be written, that is said at once. Steps are added in place: a run killed in the middle of a ``write`` may leave
    a file that cannot be read, so resume from a checkpoint, not from here.

    Example::

        with FieldWriter("sweep.vtkhdf", device) as writer:
            for state in integrate(device, start, bias=ramp, end=1.0):
                writer.write(state)
    """

    @collective("FieldWriter")
    def __init__(self, path: str | Path, device: Device) -> None:
        self.path, self.device = _checked(path), device
        on_root(device.mesh, lambda: check_writable("file of fields", path))
        self._names: tuple[str, ...] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._names is not None and self.device.mesh.comm.rank == 0:
            sign(self.path)

    @collective("FieldWriter.write")
    def write(self, state: State, temperature: TemperatureField | None = None) -> None:
        """Add the fields of ``state`` at its time; with or without a temperature in all steps alike.

        Raises IncompatibleError if the state is of another device or has other fields than the first one.
        """
        if state.device is not self.device:
            raise IncompatibleError(f"{self.path.name} takes the states of one device; this is of another.")
        values = cell_values(state, temperature)
        if self._names is not None and tuple(values) != self._names:
            raise IncompatibleError(
                f"{self.path.name} has the fields {', '.join(self._names)}; "
                f"this state brings {', '.join(values)}."
            )
        bias = {f"bias_{contact}": state.bias.get(contact, 0.0) for contact in self.device.contacts}
        _write(self.path, self.device.mesh, values, state.time, bias, first=self._names is None)
        self._names = tuple(values)


@checked()
def write_fields(state: State, path: str | Path, temperature: TemperatureField | None = None) -> Path:
    """Return the path of the VTKHDF file written, with all output fields of one state."""
    with FieldWriter(path, state.device) as writer:
        writer.write(state, temperature)
    return writer.path


@collective("write_temperature")
def write_temperature(field: TemperatureField, path: str | Path) -> Path:
    """Return the path of the VTKHDF file written, with "temperature" and "temperature_rise" [K].

    The rise is above the mean temperature of the heat sinks.
    """
    path = _checked(path)
    values = temperature_values(field)
    both = {"temperature": values, "temperature_rise": values - field.problem.ambient}
    _write(path, field.problem.mesh, both, 0.0, {}, first=True)
    if field.problem.mesh.comm.rank == 0:
        sign(path)
    return path


def times_of(path: str | Path) -> Array:
    """Return the times of the steps in a file written here [s], shape (steps,).

    Raises OutOfRangeError if there is no file, IncompatibleError if it was not written here or is damaged.
    """
    import h5py

    if not Path(path).is_file():
        raise OutOfRangeError("file of fields", str(path), "a file that exists")
    if signed(Path(path)) is False:
        raise damaged(Path(path).name, "a part of it")
    try:
        with h5py.File(path) as file:
            check_begin(file, Path(path).name)
            return check_times(file, Path(path).name)
    except MemfemError:
        raise
    except Exception as error:  # of HDF5 or of what stands where something else must
        name, why = Path(path).name, in_a_line(error)
        raise IncompatibleError(f"{name} is no file of fields of memfem ({why}).") from error


def read_fields(path: str | Path, time: float | None = None) -> Any:
    """Return the step nearest to ``time`` [s], the last one if None, as a pyvista UnstructuredGrid in nm.

    Point data: the fields; cell data: "region"; field data: "region_names" by tag and the biases [V].
    """
    import h5py
    import pyvista as pv
    from vtkmodules.vtkIOHDF import vtkHDFReader

    times = times_of(path)
    step = len(times) - 1 if time is None else int(np.argmin(np.abs(times - time)))
    with h5py.File(path) as file:
        check_step(file, step, Path(path).name)
        names = file["VTKHDF/CellData/region"].attrs["names"]
    reader = vtkHDFReader()
    reader.SetFileName(str(path))
    reader.UpdateInformation()
    reader.SetStep(step)
    reader.Update()
    grid: Any = pv.wrap(reader.GetOutputDataObject(0))
    grid.field_data["region_names"] = [str(name) for name in names]
    return grid


def _checked(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix != ".vtkhdf":
        raise IncompatibleError(f"{path.name} must end with .vtkhdf, by which ParaView and PyVista know it.")
    return path


def _write(
    path: Path,
    mesh: DeviceMesh,
    values: Mapping[str, Array],
    time: float,
    numbers: Mapping[str, float],
    *,
    first: bool,
) -> None:
    """Begin a file, or add a step to it."""
    cut_mesh = RegionMesh.of(mesh)
    columns = {name: cut_mesh.gather(v) for name, v in values.items()}

    def begin(file: Any) -> None:
        _begin(file.create_group("VTKHDF"), cut_mesh, columns, numbers)
        begin_sealed(file)
        _append(file["VTKHDF"], columns, time, numbers)

    def append() -> None:
        import h5py

        _reserve(path, 8 * sum(map(len, columns.values())), 10 + 2 * len(columns) + 3 * len(numbers))
        with h5py.File(path, "r+") as file:
            _append(file["VTKHDF"], columns, time, numbers)
        with path.open("rb") as written:
            os.fsync(written.fileno())

    on_root(mesh, (lambda: write_hdf5(path, begin)) if first else append)


def _reserve(path: Path, added: int, datasets: int) -> None:
    """Raise OSError unless there is room for another step of so many bytes, before the file is touched.

    A disk that is full in the middle of a step makes the whole file unreadable. What is too much is given back when
    the file is closed.
    """
    if hasattr(os, "posix_fallocate"):  # not so on macOS
        with path.open("rb+") as file:
            size = file.seek(0, os.SEEK_END)
            os.posix_fallocate(file.fileno(), size, 2 * added + _ROOM * datasets)


def _begin(
    root: Any, cut_mesh: RegionMesh, columns: Mapping[str, Array], numbers: Mapping[str, float]
) -> None:
    """Write the mesh and empty columns (VTKHDF 2.2, one partition, a mesh that does not change)."""
    import h5py

    count, corners = cut_mesh.cells.shape
    root.attrs["Version"] = np.array([2, 2], dtype=np.int64)
    kind = b"UnstructuredGrid"
    root.attrs.create("Type", kind, dtype=h5py.string_dtype("ascii", len(kind)))
    root["NumberOfPoints"] = np.array([len(cut_mesh.points)], dtype=np.int64)
    root["NumberOfCells"] = np.array([count], dtype=np.int64)
    root["NumberOfConnectivityIds"] = np.array([count * corners], dtype=np.int64)
    root["Points"] = cut_mesh.points / NANOMETRE
    root["Points"].attrs["units"] = "nm"
    root["Connectivity"] = cut_mesh.cells.ravel()
    root["Offsets"] = corners * np.arange(count + 1, dtype=np.int64)
    root["Types"] = np.full(count, _VTK_CELL[cut_mesh.mesh.dim], dtype=np.uint8)
    root["CellData/region"] = cut_mesh.region.astype(np.int64)
    root["CellData/region"].attrs["names"] = region_names(cut_mesh.mesh)
    steps = root.create_group("Steps")
    steps.attrs["NSteps"] = np.int64(0)
    _column(steps, "Values", np.float64)
    for name in ("PartOffsets", "NumberOfParts", "PointOffsets"):
        _column(steps, name, np.int64)
    for name in ("CellOffsets", "ConnectivityIdOffsets"):
        _column(steps, name, np.int64, width=1)
    _column(steps, "CellDataOffsets/region", np.int64)
    for name in columns:
        info = field_info(name)
        data = _column(root, f"PointData/{name}", np.float64)
        data.attrs["units"], data.attrs["long_name"] = info.unit, info.long_name
        _column(steps, f"PointDataOffsets/{name}", np.int64)
    for name in numbers:
        _column(root, f"FieldData/{name}", np.float64).attrs["units"] = "V"
        _column(steps, f"FieldDataOffsets/{name}", np.int64)
        _column(steps, f"FieldDataSizes/{name}", np.int64, width=2)


def _append(root: Any, columns: Mapping[str, Array], time: float, numbers: Mapping[str, float]) -> None:
    """Add one step; the number of steps is told last, so that an unfinished one does not count."""
    steps = root["Steps"]
    k = int(steps.attrs["NSteps"])
    _put(steps["Values"], k, time)
    _put(steps["NumberOfParts"], k, 1)
    for name in ("PartOffsets", "PointOffsets", "CellOffsets", "ConnectivityIdOffsets"):
        _put(steps[name], k, 0)
    _put(steps["CellDataOffsets/region"], k, 0)
    for name, column in columns.items():
        data = root[f"PointData/{name}"]
        data.resize(((k + 1) * len(column),))
        data[k * len(column) :] = column
        _put(steps[f"PointDataOffsets/{name}"], k, k * len(column))
    for name, number in numbers.items():
        _put(root[f"FieldData/{name}"], k, number)
        _put(steps[f"FieldDataOffsets/{name}"], k, k)
        _put(steps[f"FieldDataSizes/{name}"], k, [1, 1])
    seal_step(root.file, k)
    steps.attrs["NSteps"] = np.int64(k + 1)


def _column(group: Any, name: str, dtype: type, width: int = 0) -> Any:
    """Return a new dataset of no rows that can grow."""
    shape = (0, width) if width else (0,)
    return group.create_dataset(name, shape, maxshape=(None, *shape[1:]), dtype=dtype, chunks=True)


def _put(dataset: Any, k: int, row: Any) -> None:
    """Set row ``k``, growing the dataset to it."""
    dataset.resize(k + 1, axis=0)
    dataset[k] = row
