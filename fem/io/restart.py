"""Checkpoints of transients: a run that was killed goes on from its last one as if it had not stopped.

Beside the state, such a checkpoint has the values before it, the next step, the memory of the step control
and of cycles, and what has been recorded so far, all bit for bit: the run takes the same steps as one that
was never stopped. Every function here is collective.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.currents.terminal import QuietWeights
from fem.description import differences, from_dict, to_dict
from fem.device.state import State
from fem.errors import IncompatibleError, MemfemError
from fem.io.checkpoint import (
    drawing_numbers,
    in_a_line,
    in_drawing_order,
    in_words,
    load_checkpoint,
    on_root,
    write_checkpoint,
)
from fem.io.seal import damaged
from fem.mesh.ranks import collective
from fem.transient.drive import Clock
from fem.transient.progress import Progress
from fem.transient.step_control import ErrorNorm, History

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
_NUMBERS = ("began", "piece", "clock", "step", "largest", "alike", "change", "ion_error")  # of a Progress
_SAME_START = 1e-6  # of each value: what differs by less has been computed again, on other ranks, say


@collective("save_progress")
def save_progress(
    progress: Progress,
    path: str | Path,
    *,
    experiment: Mapping[str, Any] | None = None,
    start: State | None = None,
    rows: Mapping[str, Array] | None = None,
) -> Path:
    """Return the path of the checkpoint of a transient, in place of one that was there.

    ``experiment``: the description (see ``to_dict``) of what is done to the device; ``start``: the state given to begin
    with, if one was; ``rows``: columns recorded so far, each of shape (samples,).
    """
    state, path = progress.state, Path(path)
    older = [*progress.history.values[:-1], *([] if progress.cycle is None else [progress.cycle])]
    began = [] if start is None else [start.values]
    weights = [] if progress.weights is None else [progress.weights.weights.T]
    every = np.hstack([state.values[:, :0], *older, *began, *weights])
    nodes, _, values = in_drawing_order(state.device, every)
    unknowns = state.values.shape[1]
    parts = np.split(values[nodes], np.cumsum([len(older) * unknowns, len(began) * unknowns]), axis=1)
    memory = to_dict(_memory(progress))

    def write(file: Any) -> None:
        group = file.create_group("transient")
        group.attrs["memory"] = json.dumps(memory, allow_nan=False)
        group.attrs["experiment"] = json.dumps(experiment or {}, allow_nan=False)
        group.create_dataset("older", data=parts[0])
        if start is not None:
            group.create_dataset("start", data=parts[1])
        if weights:
            group.create_dataset("weights", data=parts[2])
        for name, column in (rows or {}).items():
            group.create_dataset(f"rows/{name}", data=column)

    return write_checkpoint(state, path, write)


@collective("load_progress")
def load_progress(
    device: Device,
    path: str | Path,
    *,
    experiment: Mapping[str, Any] | None = None,
    start: State | None = None,
) -> tuple[Progress, dict[str, Array]]:
    """Return the progress of a transient and the rows in its checkpoint, on the device it belongs to.

    Raises like ``load_checkpoint``, and IncompatibleError, which names what differs, if the checkpoint is that of a
    state alone, of another ``experiment`` or one with another ``start``.
    """
    path = Path(path)
    state = load_checkpoint(device, path)
    nodes, _, began = in_drawing_order(device, state.values[:, :0] if start is None else start.values)

    def read() -> tuple[dict[str, Any], Array, dict[str, Array], Array | None]:
        import h5py

        try:
            with h5py.File(path) as file:
                if "transient" not in file:
                    raise IncompatibleError(
                        f"checkpoint {path.name} has a state, but no transient to go on with."
                    )
                group = file["transient"]
                rows = {name: column[:] for name, column in group["rows"].items()} if "rows" in group else {}
                memory, older = from_dict(json.loads(group.attrs["memory"])), group["older"][:]
                theirs = json.loads(group.attrs["experiment"])
                first = group["start"][:] if "start" in group else None
                weights = group["weights"][:] if "weights" in group else None
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, MemfemError):
                raise
            raise damaged(f"checkpoint {path.name}", f"its transient ({in_a_line(error)})") from error
        ours = None if start is None else began[nodes]
        if found := [*differences(experiment or {}, theirs), *_other_start(device, ours, first)]:
            raise IncompatibleError(
                f"checkpoint {path.name} is of another experiment: {in_words(found)}; remove the file to begin anew."
            )
        return memory, older, rows, weights

    memory, older, rows, weights = on_root(device.mesh, read)
    parts = np.split(older[drawing_numbers(device)], memory["arrays"], axis=1) if memory["arrays"] else []
    progress = _progress(state, memory, [np.ascontiguousarray(p) for p in parts])
    if weights is not None:
        own = np.ascontiguousarray(weights[drawing_numbers(device)].T)
        progress = replace(progress, weights=QuietWeights(own, tuple(memory["rounding"])))
    return progress, rows


def _other_start(device: Device, ours: Array | None, theirs: Array | None) -> list[str]:
    """Return what differs between two states given to begin with, of shape (nodes, unknowns) or None."""
    if ours is None or theirs is None:
        here, there = ("none" if given is None else "a state" for given in (ours, theirs))
        return [] if here == there else [f"start: {here} here, {there} there"]
    slack = _SAME_START * np.abs(theirs) + _SAME_START**2 * np.abs(theirs).max(axis=0, initial=0.0)
    other = (~(np.abs(ours - theirs) <= slack)).any(axis=0)
    return [
        f"start.{name}: other values there" for name, k in zip(device.context.names, other, strict=True) if k
    ]


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
            progress.error_norm.levels,
        ],
        "flow": progress.flow,
        "rounding": None if progress.weights is None else progress.weights.part,
        **{name: getattr(progress, name) for name in _NUMBERS},
    }


def _progress(state: State, memory: Mapping[str, Any], older: Sequence[Array]) -> Progress:
    """Return the progress that ``_memory`` described."""
    count = len(memory["steps"])
    numbers = {name: memory[name] for name in _NUMBERS if name in memory}
    controlled, means, temperature, potential, *columns = memory["error_norm"]
    return Progress(
        state=state,
        history=History((*older[:count], state.values), tuple(memory["steps"])),
        error_norm=ErrorNorm(tuple(controlled), tuple(means), temperature, potential, *map(tuple, columns)),
        flow=memory["flow"],
        cycle=older[count] if len(older) > count else None,
        **{**numbers, "clock": Clock(*memory["clock"])},
    )
