"""Traces of the experiments that somebody else's function carries out: kept for pictures beside what it returns."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from studies.results.trace import Trace

_KEPT: ContextVar[list[Trace] | None] = ContextVar("traces", default=None)


@contextmanager
def gathered() -> Iterator[list[Trace]]:
    """Yield a list to which every experiment within adds its trace when it ends."""
    traces: list[Trace] = []
    before = _KEPT.set(traces)
    try:
        yield traces
    finally:
        _KEPT.reset(before)


def note(trace: Trace) -> None:
    """Keep a trace if somebody gathers them."""
    if (kept := _KEPT.get()) is not None:
        kept.append(trace)
