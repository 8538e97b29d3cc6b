"""Options of Newton's method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fem.errors.arguments import settle
from fem.errors.checking import between, whole


@dataclass(frozen=True, kw_only=True)
class NewtonOptions:
    """When Newton's method stops, and the PETSc options of its linear solver.

    ``tolerance``: largest update of the potential [kT/q], of the temperature [ambient temperature] and of each
    density, relative to its local value
    (or to ``floor`` times its largest, where it is smaller than that; ``ion_floor`` for ions, which count
    by their charge alone and are all but absent in depleted places). ``round_off``: an update below it
    that no longer falls is round-off (of minority carriers that no current depends on) and is accepted.
    """

    tolerance: float = 1e-7
    floor: float = 1e-14
    ion_floor: float = 1e-9
    round_off: float = 1e-4
    max_iterations: int = 30
    petsc: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        part = between(0.0, 1.0)
        settle(
            self,
            "NewtonOptions",
            tolerance=between(1e-14, 1.0),
            floor=part,
            ion_floor=part,
            round_off=part,
            max_iterations=whole(1, 10_000),
        )
