"""Checkpoints of transients: a run that was killed goes on from its last one as if it had not stopped.

Beside the state, such a checkpoint has the values before it, the next step, the memory of the step control
and of cycles, and what has been recorded so far, all bit for bit: the run takes the same steps as one that
was never stopped. Every function here is collective.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.device.state import State
from fem.errors import IncompatibleError
from fem.io.checkpoint import (
    drawing_numbers,
    in_drawing_order,
    load_checkpoint,
    on_root,
    plain,
    write_checkpoint,
)
from fem.transient.drive import Clock
from fem.transient.progress import Progress
from fem.transient.step_control import History, ErrorNorm

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
_NUMBERS = ("began", "piece", "clock", "step", "largest", "alike", "change")  # of a Progress


def save_progress(
    progress: Progress,
    path: str | Path,
    *,
    experiment: Mapping[str, Any] | None = None,
    rows: Mapping[str, Array] | None = None,
) -> Path:
    """Return the path of the checkpoint of a transient, in place of one that was there.

    ``experiment``: plain data that tell what is done to the device; ``rows``: columns recorded so far, each
    of shape (samples,).
    """
    state, path = progress.state, Path(path)
    older = [*progress.history.values[:-1], *([] if progress.cycle is None else [progress.cycle])]
    nodes, _, values = in_drawing_order(state.device, np.hstack([state.values[:, :0], *older]))
    memory = _memory(progress) | {"experiment": dict(experiment or {})}

    def write(file: Any) -> None:
        group = file.create_group("transient")
        group.attrs["memory"] = json.dumps(memory, default=plain)
        group.create_dataset("older", data=values[nodes])
        for name, column in (rows or {}).items():
            group.create_dataset(f"rows/{name}", data=column)

    return write_checkpoint(state, path, write)


def load_progress(
    device: Device, path: str | Path, *, experiment: Mapping[str, Any] | None = None
) -> tuple[Progress, dict[str, Array]]:
    """Return the progress of a transient and the rows in its checkpoint, on the device it belongs to.

    Raises like ``load_checkpoint``, and IncompatibleError if the checkpoint is that of a state alone or of
    another ``experiment``.
    """
    path = Path(path)
    state = load_checkpoint(device, path)

    def read() -> tuple[dict[str, Any], Array, dict[str, Array]]:
        import h5py

        with h5py.File(path) as file:
            if "transient" not in file:
                raise IncompatibleError(
                    f"checkpoint {path.name} has a state, but no transient to go on with."
                )
            group = file["transient"]
            rows = {name: column[:] for name, column in group["rows"].items()} if "rows" in group else {}
            memory, older = json.loads(group.attrs["memory"]), group["older"][:]
        ours = json.loads(json.dumps(dict(experiment or {}), default=plain))
        for what in sorted({*ours, *memory["experiment"]}):
            if ours.get(what) != memory["experiment"].get(what):
                raise IncompatibleError(
                    f"checkpoint {path.name} is of another experiment: its {what} differs; "
                    "remove the file to begin anew."
                )
        return memory, older, rows

    memory, older, rows = on_root(device.mesh, read)
    parts = np.split(older[drawing_numbers(device)], memory["arrays"], axis=1) if memory["arrays"] else []
    return _progress(state, memory, [np.ascontiguousarray(p) for p in parts]), rows


def _memory(progress: Progress) -> dict[str, Any]:
    """Return a progress without its arrays of unknowns, as plain data."""
    return {
        "arrays": len(progress.history.values) - 1 + (progress.cycle is not None),
        "steps": progress.history.steps,
        "error_norm": [
            progress.error_norm.controlled,
            progress.error_norm.means,
            progress.error_norm.temperature,
            progress.error_norm.potential,
            progress.error_norm.held,
        ],
        "flow": [flow.tolist() for flow in progress.flow],
        **{name: getattr(progress, name) for name in _NUMBERS},
    }


def _progress(state: State, memory: Mapping[str, Any], older: Sequence[Array]) -> Progress:
    """Return the progress that ``_memory`` described."""
    count = len(memory["steps"])
    numbers = {name: memory[name] for name in _NUMBERS}
    controlled, means, temperature, potential, *held = memory["error_norm"]
    return Progress(
        state=state,
        history=History((*older[:count], state.values), tuple(memory["steps"])),
        error_norm=ErrorNorm(
            tuple(controlled), tuple(means), temperature, potential, tuple(held[0] if held else ())
        ),
        flow=tuple(np.array(flow) for flow in memory["flow"]),
        cycle=older[count] if len(older) > count else None,
        **{**numbers, "clock": Clock(*memory["clock"])},
    )
