"""Studies of trivial cases that work, fail, hang, eat memory and crash, and what orders one of them."""

from __future__ import annotations

import ctypes
import os
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cloudpickle

from studies import Choice, Store, Study
from studies.sweeps.child import Order

MODES = ("fine", "raises", "hangs", "hangs in C", "eats memory", "segfaults", "exits", "prints", "warns")


def run(x: float, mode: str) -> dict[str, Any]:
    """Return the square of a number, or do not come back."""
    if mode == "raises":
        raise ValueError("bad luck")
    if mode == "hangs":
        time.sleep(1000.0)
    if mode == "hangs in C":
        ctypes.PyDLL(None).sleep(1000)  # holds the lock of the interpreter
    if mode == "eats memory":
        held = [bytearray(b"x" * 20_000_000) for _ in range(1000)]
        assert not held
    if mode == "segfaults":
        ctypes.string_at(0)
    if mode == "exits":
        os._exit(3)
    if mode == "prints":
        print("it was here", flush=True)
        os.abort()
    if mode == "warns":
        for _ in range(3):
            warnings.warn("outside of the model", UserWarning, stacklevel=1)
    return {"square": (x**2, "nm^2"), "process": os.getpid()}


MODAL = Study(run, {"x": "nm", "mode": Choice(*MODES)})


def ordered(folder: Path, study: Study, values: Mapping[str, Any], memory: int | None = None) -> Order:
    """Return the order of a case, in a store that has it."""
    store = Store.made(folder)
    store.entries.add_study(
        study.key, study.about, cloudpickle.dumps(study.run), [str(Path(__file__).parents[3])]
    )
    job = study.job(values)
    arguments = cloudpickle.dumps(job.arguments)
    store.entries.add_cases(study.key, [(job.key, job.labels, job.content, arguments)])
    return Order(str(store.path), study.key, job.key, memory)
