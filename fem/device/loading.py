"""A state put into its device: to go on from it, or for as long as something is evaluated there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from fem.errors import IncompatibleError
from fem.forms.vacant_sites import follow

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.device.state import State


@contextmanager
def loaded(state: State) -> Iterator[None]:
    """Have the state's unknowns and light in its device, its ions held if they were, then what was there before."""
    context = state.device.context
    limited = [f.name for f in context.fields if f.upper_bound is not None]
    functions = [context.unknown, context.previous, context.older]
    functions += [f for name in limited for f in context.vacancy(name)]
    kept = [f.x.array.copy() for f in functions]
    motion, light = context.ion_motion.value.copy(), context.light.value.copy()
    load(state.device, state)
    context.light.value = state.light
    context.ion_motion.value = 0.0 if _ions_are_frozen(state) else 1.0
    try:
        yield
    finally:
        context.ion_motion.value, context.light.value = motion, light
        for function, values in zip(functions, kept, strict=True):
            function.x.array[:] = values


def _ions_are_frozen(state: State) -> bool:
    """Whether the ions of a state were held: their current is then zero to the last digit."""
    ions = [f.name for f in state.device.context.fields if f.ionic]
    parts = state.currents.values()
    return bool(ions) and all(part.get(name, 0.0) == 0.0 for part in parts for name in ions)


def load(device: Device, state: State) -> None:
    """Put a state's values into the device's unknowns and history; IncompatibleError if it is of another one."""
    if state.device.context is not device.context:
        raise IncompatibleError(
            f"the start is a state of another device ({state.device!r}); use equilibrium(device), or "
            "load_checkpoint(device, path) for a saved state."
        )
    flat = np.ascontiguousarray(state.values).ravel()
    for function in (device.context.unknown, device.context.previous, device.context.older):
        function.x.array[:] = flat
    follow(device.context)
