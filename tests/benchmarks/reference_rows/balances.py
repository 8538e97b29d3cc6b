"""Observed orders of manufactured solutions, what films may not lose, and r and z beside three dimensions."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from fem.errors import ModelWarning
from tests import devices, drawings
from tests.benchmarks.table import Row, at_most
from tests.properties import test_conduction_ledger
from tests.verification import test_conduction_cylinder
from tests.verification import test_manufactured_conduction as manufactured

_KINDS = {"line": "1D", "plane": "plane", "disc": "r-z"}
_FILMS = {
    "ℓ, ψ, two ions": ((manufactured.FILM,), ("line", "plane", "disc")),
    "and an interlayer": ((manufactured.FILM, manufactured.INTERLAYER), ("line", "plane", "disc")),
}
_WHAT = {"current": "current", "rise": "rise of T", "average": "averaged density", "potentials": "ψ - φ"}


def orders() -> Iterator[Row]:
    """Yield how far observed orders are from 2, in space and where steps and cells are halved together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)  # of the coarse meshes
        for name, (films, kinds) in _FILMS.items():
            for kind in kinds:
                found = manufactured.apart_in_space(devices, kind, *films)
                yield at_most(f"orders from 2: {name}, {_KINDS[kind]}", 0.1, found)
        for kind in ("line", "disc"):
            found = manufactured.apart_in_time(devices, kind)
            yield at_most(f"orders from 2 in time, {_KINDS[kind]}", 0.1, found)


def ledger() -> Iterator[Row]:
    """Yield what is lost of energy, heat, ions and compliance, and how r and z differ from three dimensions."""
    states, powers = test_conduction_ledger.ramp()
    yield at_most(
        "energy of a step: terminals, heat, field", 1e-8, test_conduction_ledger.energy_not_given(powers)
    )
    yield at_most(
        "energy of a step: heat, warming, sinks", 1e-8, test_conduction_ledger.heat_not_found(powers)
    )
    yield at_most("inventory of ions", 1e-10, test_conduction_ledger.ions_lost(states))
    yield at_most("compliance", 1e-9, test_conduction_ledger.compliance_missed())
    flat, solid = test_conduction_cylinder.with_gap(drawings)
    for what, error in test_conduction_cylinder.differences(flat, solid).items():
        yield at_most(f"{_WHAT[what]} of a filament, r-z and 3D", 0.01, error)
