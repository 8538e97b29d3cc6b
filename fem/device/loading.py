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
def loaded(state: State, *, frozen_ions: bool | None = None) -> Iterator[None]:
    """Have a state in its device, with its light and no rate of change, and then all that was there before.

    ``frozen_ions``: whether its ions are held, as they were in the state if None.
    """
    context = state.device.context
    limited = [f.name for f in context.fields if f.upper_bound is not None]
    functions = [context.unknown, context.previous, context.older]
    functions += [f for name in limited for f in context.vacancy(name)]
    arrays = [f.x.array for f in functions] + [switch.value for switch in context.switches]
    before = [array.copy() for array in arrays]
    load(state.device, state)
    context.light.value = state.light
    context.ion_motion.value = 0.0 if (state.frozen_ions if frozen_ions is None else frozen_ions) else 1.0
    context.switching.value = 1.0
    context.set_time_formula((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    try:
        yield
    finally:
        for array, values in zip(arrays, before, strict=True):
            array[...] = values


def load(device: Device, state: State) -> None:
    """Put a state's values into the device's unknowns and history.

    Raises IncompatibleError if it is of another one, or has values of another shape.
    """
    if state.device.context is not device.context:
        raise IncompatibleError(
            f"the start is a state of another device ({state.device!r}); use equilibrium(device), or "
            "load_checkpoint(device, path) for a saved state."
        )
    size = device.context.block_size
    shape = (device.context.unknown.x.array.size // size, size)
    if np.shape(state.values) != shape:
        raise IncompatibleError(
            f"values of the start have the shape {np.shape(state.values)}; those of the device are of {shape[0]} nodes "
            f"of this rank with {size} unknowns each, {shape}."
        )
    flat = np.ascontiguousarray(state.values).ravel()
    for function in (device.context.unknown, device.context.previous, device.context.older):
        function.x.array[:] = flat
    follow(device.context)
