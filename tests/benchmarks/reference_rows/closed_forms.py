"""Films beside closed forms: the gap of a filament, both potentials, waves of ions, relaxation and heat."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from fem.errors import ModelWarning
from fem.units import nm
from tests import devices
from tests.analytic import (
    test_ambipolar,
    test_displacement,
    test_filament_gap,
    test_wiedemann_franz,
)
from tests.benchmarks.table import Row, at_most

_KINDS = {"line": "1D", "disc": "r-z", "box": "3D"}
_PARTS = {"line": None, "disc": test_displacement.DISC}


def gap() -> Iterator[Row]:
    """Yield how far the resistance of an emptied layer is from the closed form, the worst depth of each dimension."""
    deepest = max(test_filament_gap.DEPTHS) / nm
    for kind, name in _KINDS.items():
        errors = test_filament_gap.gap_errors(kind)
        yield at_most(f"resistance of a gap of 0 to {deepest:g} nm, {name}", 0.01, max(errors.values()))


def psi() -> Iterator[Row]:
    """Yield how far the potential of ions is from that of the current, from Laplace's and from cosh and sinh."""
    yield at_most("ψ - φ in a neutral plug", 1e-6, test_filament_gap.plug_error(), "V")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)  # no averaging length: the gap is to have a sharp edge
        slopes, edge = test_filament_gap.gap()
    bend = test_filament_gap.bend_of_gap(slopes)
    yield at_most(f"ψ in a gap of {edge / nm:.0f} nm, from a line", 1e-3, bend)
    yield at_most("ψ in a gap of 200 nm, from Laplace's", 1e-3, test_filament_gap.metals_error())
    yield at_most("ψ where λ is 1.5 nm, from cosh and sinh", 1e-4, test_filament_gap.layer_error())


def decay() -> Iterator[Row]:
    """Yield by how much a wave of ambipolar ions decays slower with Poisson's equation and electrons."""
    figure = "decay of ambipolar ions, 200 Debye lengths"
    yield at_most(figure, 0.02, test_ambipolar.lag_of_poisson(devices))


def displacement() -> Iterator[Row]:
    """Yield how far the relaxation of two layers is from Maxwell's and Wagner's."""
    for kind, shape in _PARTS.items():
        for screening in (None, test_displacement.SCREENED):
            name = f"{_KINDS[kind]}, {'ψ = φ' if screening is None else 'ψ and φ'}"
            current, time = test_displacement.closely(shape, screening)
            yield at_most(f"relaxation time ε/σ, {name}", 0.01, time)
            yield at_most(f"current while it relaxes, {name}", 0.01, current)


def heat() -> Iterator[Row]:
    """Yield how far the rise of the hottest place of a wire is from that of the voltage, the worst of its laws."""
    for kind, shape in test_wiedemann_franz.SHAPES.items():
        errors = [
            error
            for conductivity in test_wiedemann_franz.CONDUCTIVITIES
            for error in test_wiedemann_franz.rise_errors(conductivity, shape).values()
        ]
        yield at_most(f"T_max of a wire, κ = LσT, {_KINDS[kind]}", 0.01, max(errors))
