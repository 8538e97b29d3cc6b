"""A state put into its device for as long as something is evaluated there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fem.solvers.steady import load

if TYPE_CHECKING:
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
