"""Checkpoints: a solved state on disk, from which a run resumes.

HDF5. The unknowns are kept bit for bit, in the order of the drawing's nodes, so that a checkpoint does not
depend on the number of ranks. Rank 0 reads and writes; every function here is collective. The checkpoint of a
transient has more in it (``fem.io.restart``), and can be read as a state too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import fem
from fem.description import differences, from_dict, to_dict, without_identity
from fem.device.state import State
from fem.errors import IncompatibleError, MemfemError, OutOfRangeError, RankError, warn
from fem.errors.arguments import checked
from fem.io.files import write_hdf5
from fem.io.seal import check_seal, damaged, seal
from fem.io.signature import signed
from fem.mesh.device_mesh import DeviceMesh
from fem.mesh.ranks import collective, together

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
_FORMAT = 3  # of checkpoints
_SAME_PLACE = 1e-9  # nodes closer than this part of the mesh's extent are one
_OF_STATE = ("time", "bias", "source", "light", "frozen_ions", "currents")
_LATER = ("current_errors",)  # of a state, too, but not in every checkpoint
_OF_MESH = ("nodes", "dimension", "coordinates", "cross_section", "regions")
_SHOWN = 3  # differences in a sentence


@checked()
@collective("save_checkpoint")
def save_checkpoint(state: State, path: str | Path) -> Path:
    """Return the path of the checkpoint; a file that was there stays until the new one is complete."""
    warn_if_never_resumed(Path(path), state.device.describe())
    return write_checkpoint(state, Path(path), lambda file: None)


def write_checkpoint(state: State, path: Path, more: Callable[[Any], None]) -> Path:
    """Return the path of a checkpoint of a state with what ``more``, on rank 0, writes into the open file."""
    device = state.device
    nodes, places, values = in_drawing_order(device, state.values)
    about = {
        "identity": _identity(device),
        "state": to_dict({name: getattr(state, name) for name in (*_OF_STATE, *_LATER)}),
        "program": f"memfem {fem.__version__}",
        "description": device.describe(),
    }

    def fill(file: Any) -> None:
        file.attrs["format"] = _FORMAT
        file.attrs["about"] = json.dumps(about, allow_nan=False)
        file.create_dataset("values", data=values[nodes])
        file["values"].attrs["fields"] = list(device.context.names)
        file.create_dataset("points", data=places[nodes])
        file["points"].attrs["units"] = "m"
        more(file)
        seal(file)

    on_root(device.mesh, lambda: write_hdf5(path, fill, signed=True))
    return path


@checked()
@collective("load_checkpoint")
def load_checkpoint(device: Device, path: str | Path) -> State:
    """Return the state in a checkpoint, on the device it belongs to or one described alike.

    Raises IncompatibleError, which names what differs, if the checkpoint is of another device or no checkpoint at all,
    and OutOfRangeError if there is no such file.
    """
    path = Path(path)
    nodes, places, _ = in_drawing_order(device, np.zeros((device.mesh.mesh.geometry.x.shape[0], 0)))
    ours = _identity(device)

    def read() -> tuple[dict[str, Any], Array]:
        theirs, kept, points, values = _read(path)
        if found := differences(ours, theirs):
            raise _other(path, found)
        if points.shape != (len(nodes), 3) or values.shape != (len(nodes), device.context.block_size):
            raise damaged(f"checkpoint {path.name}", "the number of its nodes")
        gap = np.abs(points - places[nodes]).max(initial=0.0)
        if gap > _SAME_PLACE * max(np.ptp(points, axis=0).max(initial=0.0), device.mesh.unit):
            raise _other(path, [f"its nodes lie elsewhere, by up to {gap:.3g} m"])
        return kept, values

    kept, values = on_root(device.mesh, read)
    return State(device=device, values=np.ascontiguousarray(values[drawing_numbers(device)]), **kept)


def _read(path: Path) -> tuple[Any, dict[str, Any], Array, Array]:
    """Return the device's description, what is kept of the state, the nodes and the unknowns."""
    import h5py

    if not path.is_file():
        raise OutOfRangeError("checkpoint", str(path), "a file that exists")
    if signed(path) is False:
        raise damaged(f"checkpoint {path.name}", "a part of it")
    if not signed(path):
        raise IncompatibleError(
            f"{path.name} is no checkpoint of memfem, or cut short, or of an older memfem."
        )
    try:
        with h5py.File(path) as file:
            version = int(file.attrs["format"])
            if version == _FORMAT:
                check_seal(file, f"checkpoint {path.name}")
            about, points, values = json.loads(file.attrs["about"]), file["points"][:], file["values"][:]
    except IncompatibleError:
        raise
    except Exception as error:  # of HDF5 or of what stands where something else must
        raise _nonsense(path, error) from error
    if version != _FORMAT:
        age = "a newer" if version > _FORMAT else "an older"
        raise IncompatibleError(f"{path.name} was written by {age} memfem (checkpoint format {version}).")
    try:
        names = [*_OF_STATE, *(name for name in _LATER if name in about["state"])]
        kept = {name: _as_in_a_state(name, from_dict(about["state"][name])) for name in names}
        return about["identity"], kept, points.astype(np.float64), values.astype(np.float64)
    except Exception as error:
        raise _nonsense(path, error) from error


def _nonsense(path: Path, error: Exception) -> IncompatibleError:
    return IncompatibleError(f"{path.name} is no checkpoint of memfem ({in_a_line(error)}).")


def _as_in_a_state(name: str, value: Any) -> Any:
    """Return what a file has for a field of a state; raises TypeError if it is of another kind."""
    if name in ("time", "light", "frozen_ions"):
        return bool(value) if name == "frozen_ions" else float(value)
    if name == "currents":
        return {str(key): {str(part): float(x) for part, x in item.items()} for key, item in value.items()}
    return {str(key): float(x) for key, x in value.items()}


def _identity(device: Device) -> dict[str, Any]:
    """Return what two devices must share for the numbers of a state to mean the same, as plain data; collective."""
    scaling, described = device.scaling, device.describe(labels=False)
    mesh = {name: described["mesh"][name] for name in _OF_MESH}
    return described | {
        "fields": list(device.context.names),
        "mesh": mesh | {"tags": described["mesh"]["checksum"]["tags"]},
        "scales": [scaling.temperature, scaling.length, scaling.density, scaling.mobility],
    }


def _other(path: Path, differences: Sequence[str]) -> IncompatibleError:
    return IncompatibleError(f"checkpoint {path.name} is of another device: {in_words(differences)}.")


def in_a_line(error: Exception) -> str:
    """Return what an error says, in one line and without a full stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


def in_words(differences: Sequence[str]) -> str:
    """Return the first of several differences, and how many more there are."""
    more = len(differences) - _SHOWN
    return "; ".join(differences[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")


def warn_if_never_resumed(path: Path, *descriptions: Any) -> None:
    """Warn of what in descriptions cannot be identified, for a checkpoint with it is refused when it is read."""
    found = [text for described in descriptions for text in without_identity(described)]
    if found:
        warn(f"checkpoint {path.name} cannot be resumed: {in_words(found)}.")


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
    """Return what ``action`` returns on rank 0, on all ranks; its error is raised on all of them.

    Of several ranks, an error of neither memfem nor the system comes as a RankError that tells its type.
    """
    if mesh.comm.size == 1:
        return action()
    return together(mesh, "the work of rank 0", {}, lambda: _done_by_root(mesh.comm, action))


def _done_by_root[T](comm: Any, action: Callable[[], T]) -> T:
    result: Any = None
    problem: tuple[type[Exception], str] | None = None
    if comm.rank == 0:
        try:
            result = action()
        except (MemfemError, OSError) as error:
            problem = type(error), str(error)
        except Exception as error:
            problem = RankError, f"{type(error).__name__} on rank 0: {error}"
    result, problem = comm.bcast((result, problem), root=0)
    if problem is not None:
        kind, text = problem
        raise kind.__new__(kind, text)
    return result  # type: ignore[no-any-return]
