"""Checkpoints: a solved state on disk, from which a run resumes.

HDF5. The unknowns are kept bit for bit, in the order of the drawing's nodes, so that a checkpoint does not
depend on the number of ranks. Rank 0 reads and writes; every function here is collective. The checkpoint of a
transient has more in it (``fem.io.restart``), and can be read as a state too.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import fem
from fem.device.state import State
from fem.errors import IncompatibleError, MemfemError, OutOfRangeError
from fem.mesh.device_mesh import DeviceMesh

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
_FORMAT = 1  # of checkpoints
_SAME_PLACE = 1e-9  # nodes closer than this part of the mesh's extent are one
_LABELS = ("source", "note", "valid", "modified", "name")  # of materials: no part of the equations


def save_checkpoint(state: State, path: str | Path) -> Path:
    """Return the path of the checkpoint; a file that was there stays until the new one is complete."""
    return write_checkpoint(state, Path(path), lambda file: None)


def write_checkpoint(state: State, path: Path, more: Callable[[Any], None]) -> Path:
    """Return the path of a checkpoint of a state with what ``more``, on rank 0, writes into the open file."""
    device = state.device
    nodes, places, values = in_drawing_order(device, state.values)
    about = _about(device) | {
        "time": state.time,
        "light": state.light,
        "frozen_ions": state.frozen_ions,
        "bias": dict(state.bias),
        "source": dict(state.source),
        "currents": {contact: dict(parts) for contact, parts in state.currents.items()},
        "program": f"memfem {fem.__version__}",
        "description": device.describe(),
    }

    def write() -> None:
        import h5py

        with replacing(path) as temporary, h5py.File(temporary, "w") as file:
            file.attrs["format"] = _FORMAT
            file.attrs["about"] = json.dumps(about, default=plain)
            file.create_dataset("values", data=values[nodes])
            file["values"].attrs["fields"] = list(device.context.names)
            file.create_dataset("points", data=places[nodes])
            file["points"].attrs["units"] = "m"
            more(file)

    on_root(device.mesh, write)
    return path


def load_checkpoint(device: Device, path: str | Path) -> State:
    """Return the state in a checkpoint, on the device it belongs to or one described alike.

    Raises IncompatibleError, which names the first difference, if the checkpoint is of another device or no
    checkpoint at all, and OutOfRangeError if there is no such file.
    """
    path = Path(path)
    nodes, places, _ = in_drawing_order(device, np.zeros((device.mesh.mesh.geometry.x.shape[0], 0)))

    def read() -> tuple[dict[str, Any], Array]:
        about, points, values = _read(path)
        _check_belongs(device, about, path)
        gap = np.abs(points - places[nodes]).max(initial=0.0)
        if gap > _SAME_PLACE * max(np.ptp(points, axis=0).max(initial=0.0), device.mesh.unit):
            raise _other(path, f"its nodes lie elsewhere, by up to {gap:.3g} m")
        return about, values

    about, values = on_root(device.mesh, read)
    return State(
        device=device,
        time=about["time"],
        bias=about["bias"],
        source=about.get("source", {}),
        values=np.ascontiguousarray(values[drawing_numbers(device)]),
        light=about["light"],
        currents=about["currents"],
        frozen_ions=about.get("frozen_ions", False),
    )


def _read(path: Path) -> tuple[dict[str, Any], Array, Array]:
    import h5py

    if not path.is_file():
        raise OutOfRangeError("checkpoint", str(path), "a file that exists")
    try:
        with h5py.File(path) as file:
            version = int(file.attrs["format"])
            about, points, values = json.loads(file.attrs["about"]), file["points"][:], file["values"][:]
    except (OSError, KeyError, ValueError) as error:
        raise IncompatibleError(f"{path.name} is no checkpoint of memfem ({error}).") from error
    if version > _FORMAT:
        raise IncompatibleError(f"{path.name} was written by a newer memfem (checkpoint format {version}).")
    return about, points, values


def _about(device: Device) -> dict[str, Any]:
    """Return what two devices must share for the numbers of a state to mean the same, as plain data."""
    scaling, described = device.scaling, device.describe()
    return {
        "fields": list(device.context.names),
        "nodes": device.mesh.num_nodes,
        "regions": sorted(device.mesh.regions),
        "coordinates": device.mesh.coordinates,
        "scales": [scaling.temperature, scaling.length, scaling.density, scaling.mobility],
        "materials": {region: _without_labels(m) for region, m in described["materials"].items()},
        "physics": [_without_address(term) for term in described["physics"]],
        "contacts": {name: _without_address(contact) for name, contact in described["contacts"].items()},
    }


def _check_belongs(device: Device, theirs: Mapping[str, Any], path: Path) -> None:
    """Raise IncompatibleError, in one sentence, at the first difference between checkpoint and device."""
    ours = json.loads(json.dumps(_about(device), default=plain))
    for what in ("fields", "regions", "nodes", "coordinates", "physics"):
        if theirs[what] != ours[what]:
            raise _other(
                path, f"its {what} are {_text(theirs[what])}, those of the device {_text(ours[what])}"
            )
    for what, kind in (("materials", "material of region"), ("contacts", "contact")):
        for name in sorted({*theirs[what], *ours[what]}):
            if theirs[what].get(name) != ours[what].get(name):
                raise _other(path, f"the {kind} {name!r} differs{_where(theirs[what], ours[what], name)}")
    if theirs["scales"] != ours["scales"]:
        raise _other(path, f"its scales are {theirs['scales']} and the device has {ours['scales']}")


def _other(path: Path, difference: str) -> IncompatibleError:
    return IncompatibleError(f"checkpoint {path.name} is of another device: {difference}.")


def _where(theirs: Mapping[str, Any], ours: Mapping[str, Any], name: str) -> str:
    """Return which datum of a material, or which contact, is different."""
    a, b = theirs.get(name), ours.get(name)
    if isinstance(a, dict) and isinstance(b, dict):
        return " in " + ", ".join(sorted(k for k in {*a, *b} if a.get(k) != b.get(k)))
    return f": {a or 'none'} there and {b or 'none'} here"


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _without_labels(data: Any) -> Any:
    """Return the data of materials without what is not in the equations: sources, notes and names."""
    if isinstance(data, Mapping):
        return {k: _without_labels(v) for k, v in data.items() if k not in _LABELS}
    return data


def _without_address(text: str) -> str:
    """Return a printed object without its place in memory, which is another one in every run."""
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)


def drawing_numbers(device: Device) -> npt.NDArray[np.int64]:
    """Return the drawing's number of each scalar dof of this rank, ghosts included, shape (dofs,)."""
    geometry, dofs = device.mesh.mesh.geometry, device.context.scalar_space.dofmap.list
    numbers = np.empty(geometry.x.shape[0], dtype=np.int64)
    numbers[dofs] = np.asarray(geometry.input_global_indices)[geometry.dofmaps[0]]
    return numbers


def in_drawing_order(device: Device, values: Array) -> tuple[npt.NDArray[np.int64], Array, Array]:
    """Return on rank 0 the rows that order the nodes as drawn, the nodes [m] and ``values`` of all ranks."""
    geometry, space, comm = device.mesh.mesh.geometry, device.context.scalar_space, device.mesh.comm
    owned = space.dofmap.index_map.size_local
    places = np.empty_like(geometry.x)
    places[space.dofmap.list] = geometry.x[geometry.dofmaps[0]]
    own = (drawing_numbers(device)[:owned], places[:owned] * device.mesh.unit, values[:owned])
    parts = comm.gather(own, root=0)
    numbers, points, rows = (np.concatenate(p) for p in zip(*(parts or [own]), strict=True))
    return np.argsort(numbers), points, rows


def on_root[T](mesh: DeviceMesh, action: Callable[[], T]) -> T:
    """Return what ``action`` returns on rank 0, on all ranks; its error is raised on all of them."""
    result: Any = None
    problem: tuple[type[Exception], str] | None = None
    if mesh.comm.rank == 0:
        try:
            result = action()
        except (MemfemError, OSError) as error:
            problem = type(error), str(error)
    result, problem = mesh.comm.bcast((result, problem), root=0)
    if problem is not None:
        kind, text = problem
        raise kind.__new__(kind, text)
    return result  # type: ignore[no-any-return]


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a file beside ``path`` that takes its place when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
