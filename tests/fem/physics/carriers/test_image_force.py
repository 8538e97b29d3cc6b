"""The factor of the image force along single edges."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import ufl

from fem.physics.carriers.image_force import diffusion_gain, edge_gain

IMAGE = 4.0  # (Δφ/kT)² in a field of one kT per length


def factor(rise: float, away: float, along: float) -> float:
    """Return that of an edge which begins at the metal, ``rise`` [kT] high, ``away`` from it and ``along`` it."""
    delta = {"potential": rise, "distance": away}
    calculus: Any = SimpleNamespace(
        delta=lambda name, _i, _j: delta[name],
        length=lambda _i, _j: float(np.hypot(away, along)),
        at=lambda _name, k: k * away,
    )
    context: Any = SimpleNamespace(
        calculus=calculus, field=lambda name: name, edge_warmth=lambda _i, _j: None
    )
    gain = edge_gain(context, 1.0, lambda pull, _: diffusion_gain(IMAGE * pull), "distance", 100.0, 1.0)
    return float(ufl.as_ufl(gain(0, 1)))


def test_an_edge_straight_away_from_the_metal_has_its_field() -> None:
    rise = 0.5
    gain = float(diffusion_gain(IMAGE * rise))
    assert factor(rise, 1.0, 0.0) == pytest.approx(gain * (1 + (gain - 1) * np.exp(-rise)), rel=1e-9)


@pytest.mark.parametrize("away", [0.0, 1e-6, 1e-3, 1e-2, 3e-2])
def test_an_edge_along_the_metal_takes_what_the_potential_does_along_it_for_no_field(away: float) -> None:
    """A rise of 1 kT over its length, which is no field away from the metal, made factors of hundreds."""
    assert 1.0 <= factor(1.0, away, 1.0) < factor(1.0, 1.0, 0.0)
