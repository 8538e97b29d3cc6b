"""Checksums of fields in time: one of the mesh and the names, and one of each step, so that a step can be added.

They stand beside what VTK reads, in the group "memfem".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError
from fem.io.seal import damaged, digest

_FORMAT = 1  # of files of fields
_DIGEST = 64  # letters


def begin_sealed(file: Any) -> None:
    """Seal what does not change in an open file without steps."""
    group = file.create_group("memfem")
    group.attrs["format"] = _FORMAT
    group.attrs["checksum"] = _of_begin(file["VTKHDF"])
    group.create_dataset("steps", (0,), maxshape=(None,), dtype=f"S{_DIGEST}", chunks=(64,))
    group.create_dataset("times", (0,), maxshape=(None,), dtype=np.float64, chunks=(64,))


def seal_step(file: Any, step: int) -> None:
    """Seal a step that has been written."""
    for name, value in (
        ("steps", _of_step(file["VTKHDF"], step)),
        ("times", file["VTKHDF/Steps/Values"][step]),
    ):
        dataset = file["memfem"][name]
        dataset.resize((step + 1,))
        dataset[step] = value


def check_begin(file: Any, name: str) -> None:
    """Return nothing; raise IncompatibleError unless the format, the mesh and the names are as they were written."""
    version = int(file["memfem"].attrs["format"])
    if version != _FORMAT:
        age = "a newer" if version > _FORMAT else "an older"
        raise IncompatibleError(f"{name} was written by {age} memfem (format {version} of fields).")
    if file["memfem"].attrs["checksum"] != _of_begin(file["VTKHDF"]):
        raise damaged(name, "its mesh or a name")


def check_times(file: Any, name: str) -> npt.NDArray[np.float64]:
    """Return the times of all steps [s]; raises IncompatibleError if they are not as they were written."""
    count = int(file["VTKHDF/Steps"].attrs["NSteps"])
    times = np.asarray(file["VTKHDF/Steps/Values"][:count])
    if count < 1 or times.shape != (count,) or not np.array_equal(times, file["memfem/times"][:count]):
        raise damaged(name, "the times of its steps")
    return times


def check_step(file: Any, step: int, name: str) -> None:
    """Return nothing; raise IncompatibleError unless a step is as it was written."""
    try:
        whole = file["memfem/steps"][step].decode() == _of_step(file["VTKHDF"], step)
    except (OSError, KeyError, ValueError, TypeError, IndexError):
        whole = False
    if not whole:
        raise damaged(name, f"step {step}")


def _of_begin(root: Any) -> str:
    """Return the checksum of the datasets that have no steps, and of all attributes but the number of steps."""
    parts: list[Any] = []

    def visit(name: str, item: Any) -> None:
        parts.append(name)
        parts.extend(x for key in sorted(item.attrs) if key != "NSteps" for x in (key, item.attrs[key]))
        if hasattr(item, "shape") and item.maxshape == item.shape:
            parts.append(item[()])

    root.visititems(visit)
    return digest(*(x for key in sorted(root.attrs) for x in (key, root.attrs[key])), *parts)


def _of_step(root: Any, step: int) -> str:
    """Return the checksum of the rows of one step."""
    count = int(root["NumberOfPoints"][0])
    parts: list[Any] = []
    for name, column in sorted(root["PointData"].items()):
        parts += [name, column[step * count : (step + 1) * count]]

    def visit(name: str, item: Any) -> None:
        if hasattr(item, "shape"):
            parts.extend([name, item[step]])

    root["Steps"].visititems(visit)
    for name, column in sorted(root["FieldData"].items()) if "FieldData" in root else []:
        parts += [name, column[step]]
    return digest(*parts)
