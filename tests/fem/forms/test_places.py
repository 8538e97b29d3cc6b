"""The nearest points of surfaces, against all of their facets tried one by one."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from fem.forms.places import nearest_points


def test_the_nearest_point_is_found_on_a_large_facet_behind_many_small_ones() -> None:
    """The middles of 200 small facets are nearer than that of the long one, which passes by closely."""
    small = np.array([[[0.01 * k, 1.0], [0.01 * (k + 1), 1.0]] for k in range(200)])
    long = np.array([[[-100.0, 0.2], [1.5, 0.2]]])
    found = nearest_points(np.array([[1.0, 0.0]]), np.concatenate([small, long]))
    assert found[0] == pytest.approx([1.0, 0.2])


@pytest.mark.parametrize("corners", [1, 2, 3])
def test_nearest_points_are_those_of_the_nearest_of_all_facets(corners: int) -> None:
    rng = np.random.default_rng(corners)
    facets = rng.normal(size=(40, corners, 3)) * rng.choice([0.05, 3.0], size=(40, 1, 1))
    points = rng.normal(size=(8, 3)) * 2
    found = np.linalg.norm(nearest_points(points, facets) - points, axis=1)
    tried = [min(_distance(p, f) for f in facets) for p in points]
    assert found == pytest.approx(tried, rel=1e-6, abs=1e-9)


def _distance(point: np.ndarray, corners: np.ndarray) -> float:
    """Return the distance of a simplex by minimising over the shares of its corners, one after the other."""
    if len(corners) == 1:
        return float(np.linalg.norm(point - corners[0]))

    def on(share: float) -> float:
        return _distance(
            point, np.concatenate([corners[:-2], [(1 - share) * corners[-2] + share * corners[-1]]])
        )

    found = minimize_scalar(on, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-9})
    return float(min(found.fun, on(0.0), on(1.0)))
