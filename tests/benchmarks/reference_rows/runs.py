"""Cycles of the reference device, each computed once in a process, whichever parts ask for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from time import process_time

from fem import Device
from fem.units import nm
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared.filament_cycles import Cycle

#: Finest cells [m], 0.57 and 0.29 of the length of its conductivity; the first is that of all parts but ``meshes``.
SIZES = (0.2 * nm, 0.1 * nm)


@dataclass(frozen=True, eq=False)
class Timed:
    """A cycle and the processor time that it took [s]."""

    cycle: Cycle
    seconds: float


@cache
def cell(size: float) -> Device:
    """Return the cell with finest cells of that ``size`` [m]."""
    return dot.device(fine=size)


@cache
def timed(number: int, size: float = SIZES[0]) -> Timed:
    """Return the cycle of that number, 1 the first, each begun where the one before has ended."""
    begin = dot.start(cell(size)) if number == 1 else timed(number - 1, size).cycle.off
    began = process_time()
    (found,) = dot.cycles(begin, 1)
    return Timed(found, process_time() - began)
