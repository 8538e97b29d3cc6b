r"""Laws of the step of a weight in aihwkit, fitted to steps over a range of conductances.

With w from -1 to 1 a step up and a step down are

.. math:: \Delta_\mathrm{lin}^\pm = \Delta (1 \pm \beta)(1 \mp \gamma^\pm w), \quad
          \Delta_\mathrm{exp}^\pm = \Delta (1 \pm \beta)\max(0, 1 - A^\pm e^{\pm\gamma^\pm w})

or are linear between given nodes (M. J. Rasch et al., Proc. AICAS 2021), Δ being ``dw_min`` and β ``up_down``; of the
exponential law a is 1 and b is 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fem.errors import IncompatibleError
from studies.compact.family import Array

LAWS = ("piecewise", "linear", "exponential")
_OF_STEP = "the root-mean-square step, with which the noise of this law goes"
_EXPONENTS = np.geomspace(0.05, 50.0, 400)


@dataclass(frozen=True, eq=False)
class StepLaw:
    """The name of a ``device`` of aihwkit, ``values`` by name with what they are, ``misfit`` over the range, what
    ``dw_min_std`` is relative to for a spread of w as large as measured, ``noisy`` in words, and names of spreads that
    are ``unknown``."""

    device: str
    values: Mapping[str, tuple[float | bool | Array, str]]
    misfit: float
    noisy: float
    noisy_said: str
    unknown: tuple[str, ...] = ()


def fitted(law: str, up: Array, down: Array) -> StepLaw:
    """Return the law for steps ``up`` and ``down`` over the range [1], shape (nodes,), at even shares of it.

    Raises IncompatibleError if there are no steps in a direction.
    """
    for name, steps in (("up", up), ("down", down)):
        if not steps.max() > 0:
            raise IncompatibleError(f"the cell has no steps {name}.")
    return {"piecewise": _piecewise, "linear": _linear, "exponential": _exponential}[law](2 * up, 2 * down)


def _piecewise(up: Array, down: Array) -> StepLaw:
    mean = float(np.concatenate((up, down)).mean())
    values: dict[str, tuple[float | bool | Array, str]] = {
        "dw_min": (mean, "mean step up and down"),
        "up_down": (0.0, "what differs between up and down is in the nodes"),
        "piecewise_up": (up / mean, "steps up at even shares of the range, over dw_min"),
        "piecewise_down": (down / mean, "steps down, over dw_min"),
    }
    return StepLaw("PiecewiseStepDevice", values, 0.0, _size(up, down), _OF_STEP)


def _linear(up: Array, down: Array) -> StepLaw:
    """Return the straight lines of least squares; both begin at w = 0."""
    w = np.linspace(-1.0, 1.0, up.size)
    slope_up, at_up = np.polyfit(w, up, 1)
    slope_down, at_down = np.polyfit(w, down, 1)
    if not (at_up > 0 and at_down > 0):
        raise IncompatibleError("the straight line through the steps is negative in the middle of the range.")
    gamma_up, gamma_down = float(-slope_up / at_up), float(slope_down / at_down)
    off = np.concatenate((at_up + slope_up * w - up, at_down + slope_down * w - down))
    values = _middle(float(at_up), float(at_down)) | {
        "gamma_up": (gamma_up, "how much smaller the step up is at w_max than at w = 0"),
        "gamma_down": (gamma_down, "how much smaller the step down is at w_min than at w = 0"),
        "allow_increasing": (min(gamma_up, gamma_down) < 0, "whether steps may grow towards a bound"),
        "mult_noise": (False, "the spread is that of a step wherever it begins"),
    }
    return StepLaw("LinearStepDevice", values, _misfit(off), float(at_up + at_down) / 2, "dw_min",
                   ("gamma_up_dtod", "gamma_down_dtod"))  # fmt: skip


def _exponential(up: Array, down: Array) -> StepLaw:
    w = np.linspace(-1.0, 1.0, up.size)
    size_up, a_up, gamma_up, off_up = _rise(w, up)
    size_down, a_down, gamma_down, off_down = _rise(-w, down)
    values = _middle(size_up, size_down) | {
        "A_up": (a_up, "share of the step up that is lost at w = 0"),
        "A_down": (a_down, "share of the step down that is lost at w = 0"),
        "gamma_up": (gamma_up, "exponent of the loss up"),
        "gamma_down": (gamma_down, "exponent of the loss down"),
        "a": (1.0, "z = w"),
        "b": (0.0, "z = w"),
    }
    off = np.concatenate((off_up, off_down))
    return StepLaw("ExpStepDevice", values, _misfit(off), _size(up, down), _OF_STEP)


def _rise(w: Array, steps: Array) -> tuple[float, float, float, Array]:
    """Return D, A and gamma of D (1 - A exp(gamma w)) and its distance from the steps; the least squares of a grid."""
    from scipy.optimize import nnls

    best: tuple[float, float, float, float] | None = None
    for gamma in _EXPONENTS:
        basis = np.stack((np.ones_like(w), -np.exp(gamma * (w - 1))), axis=1)
        (size, lost), rest = nnls(basis, steps)
        if size > 0 and (best is None or rest < best[0]):
            best = (float(rest), float(size), float(lost / size * np.exp(-gamma)), float(gamma))
    if best is None:
        raise IncompatibleError("no exponential law is near to the steps.")
    _, height, a, exponent = best
    return height, a, exponent, height * np.maximum(0.0, 1 - a * np.exp(exponent * w)) - steps


def _middle(up: float, down: float) -> dict[str, tuple[float | bool | Array, str]]:
    """Return dw_min and up_down."""
    return {
        "dw_min": ((up + down) / 2, "mean of the sizes up and down"),
        "up_down": ((up - down) / (up + down), "half of their difference over it"),
    }


def _size(up: Array, down: Array) -> float:
    return float(np.sqrt(np.mean(np.concatenate((up, down)) ** 2)))


def _misfit(off: Array) -> float:
    """Return the root-mean-square distance over the range, of which w has two."""
    return float(np.sqrt(np.mean(off**2)) / 2)
