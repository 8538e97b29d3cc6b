"""Nonlinearity and symmetry of potentiation and depression against their formula and its published table."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError
from studies import weight_update


def course(alpha: float, pulses: int = 64, low: float = 1e-6, high: float = 9e-6) -> np.ndarray:
    """Return a potentiation of the formula."""
    n = np.arange(pulses + 1) / pulses
    return low + (high - low) * (1 - np.exp(-alpha * n)) / (1 - np.exp(-alpha))


@pytest.mark.parametrize("alpha", [-30.0, -2.0, -0.1, 0.2, 3.0, 40.0])
def test_the_formula_gives_its_alpha(alpha: float) -> None:
    w = weight_update(course(alpha), course(alpha, pulses=40)[::-1])
    assert w.alpha_potentiation == pytest.approx(alpha, rel=1e-4)
    assert w.alpha_depression == pytest.approx(-alpha, rel=1e-4)  # backwards, the last pulses do most
    assert w.asymmetry < 1e-3 and w.fit_error < 1e-6
    assert w.dynamic_range == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("label", "inverse"),
    [(0.01, 126.268958), (0.1, 12.625807), (0.5, 2.519877), (0.6, 2.097877), (9.0, 0.022810)],
)
def test_the_nonlinearity_is_that_of_the_published_table(label: float, inverse: float) -> None:
    """Some A (over the number of pulses) by NL, from the table in the program of Chen, Peng and Yu."""
    w = weight_update(course(1 / inverse))
    assert w.nonlinearity_potentiation == pytest.approx(label, rel=1e-3)


def test_a_straight_line_is_linear_and_symmetric() -> None:
    line = np.linspace(1e-6, 5e-6, 33)
    w = weight_update(line, line[::-1])
    assert abs(w.nonlinearity_potentiation) < 1e-6 and abs(w.nonlinearity_depression) < 1e-6
    assert w.symmetry_error == pytest.approx(0.0, abs=1e-12)


def test_steep_beginnings_of_both_are_asymmetric() -> None:
    up, down = course(3.0), 1e-5 - course(3.0)
    w = weight_update(up, down, unit="S/m")
    assert w.alpha_depression == pytest.approx(3.0, rel=1e-4)
    assert w.asymmetry == pytest.approx(2 * w.nonlinearity_potentiation, rel=1e-4)
    assert w.symmetry_error == pytest.approx(np.mean(np.abs(up - down[::-1])) / 8e-6)
    assert ("largest", pytest.approx(9e-6), "S/m") in w.rows()
    assert np.isnan(weight_update(up).asymmetry)


def test_bad_courses_are_refused() -> None:
    with pytest.raises(OutOfRangeError, match=r"in the potentiation is .*positive"):
        weight_update(course(1.0)[::-1])
    with pytest.raises(OutOfRangeError, match=r"in the depression is .*negative"):
        weight_update(course(1.0), course(1.0))
    with pytest.raises(IncompatibleError, match="at least 4"):
        weight_update([1.0, 2.0])
    with pytest.raises(OutOfRangeError, match="positive and finite"):
        weight_update([-1.0, 2.0, 3.0, 4.0])


@pytest.mark.parametrize(("label", "decay"), [(0.01, 126.268958), (1.0, 1.251653), (0.02, 63.134314)])
def test_the_label_is_that_of_the_table_of_neurosim(label: float, decay: float) -> None:
    """Normalized decays A by label: getParamA of MLP+NeuroSim 3.0 (P.-Y. Chen, X. Peng and S. Yu)."""
    part = np.linspace(0.0, 1.0, 201)
    course = 1e-6 + 9e-6 * np.expm1(-part / decay) / np.expm1(-1 / decay)
    assert weight_update(course).nonlinearity_potentiation == pytest.approx(label, abs=6e-3)
