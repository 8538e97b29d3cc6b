r"""How well a fit fixes its parameters: covariance if neighbouring residuals go together, and what is not determined.

With residuals r of N samples in order, their derivatives J, and scores :math:`g_t = J_t r_t/(1 - h_t)`, the covariance
of n parameters is :math:`(J^T J)^{-1} S (J^T J)^{-1}` with

.. math:: S = \Gamma_0 + \sum_{k=1}^{L} \left(1 - \frac{k}{L + 1}\right) (\Gamma_k + \Gamma_k^T), \quad
          \Gamma_k = \sum_t g_{t+k} g_t^T

(W. K. Newey and K. D. West, Econometrica 55, 703, 1987), and L from the correlation :math:`\rho` of neighbours,
:math:`L = 1.1447 [4 \rho^2 N / (1 - \rho^2)^2]^{1/3}` (D. W. K. Andrews, Econometrica 59, 817, 1991), a third of the
samples at most. :math:`h_t = J_t (J^T J)^{-1} J_t^T` is the leverage of a sample, how far the fit follows it whatever
it is: few samples, at a switching current say, may fix a parameter, and their residuals are small for that. For
independent residuals it is HC3 of J. G. MacKinnon and H. White, J. Econometrics 29, 305, 1985.

A parameter is *not determined* if its standard error, with all others free, is above its natural scale: a factor of e
for one that is varied by its logarithm. Nor is it if a change by that scale, the others following it, moves the
residuals by less than their numerical derivatives are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_MOST_LAGS = 1 / 3  # of the samples
_LARGEST_CORRELATION = 0.97  # above it L would exceed any number of samples
_LARGEST_LEVERAGE = 0.99
_EXACT = 1e-7  # of the data: changes of the residual by less are none
_SMALLEST = 1e-14  # of the largest singular value


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """The ``covariance`` of n parameters, (n, n), which of them are ``determined``, (n,), ``how`` it was found, and
    the ``correlation`` of neighbouring residuals."""

    covariance: Array
    determined: NDArray[np.bool_]
    how: str
    correlation: float


def uncertainty(
    jacobian: Array, residual: Array, *, lengths: Sequence[int], scales: Array, size: float
) -> Uncertainty:
    """Return how well the parameters are known whose residual has the derivatives ``jacobian``, shape (N, n).

    ``residual``: shape (N,), series of ``lengths`` samples behind each other. ``scales``, shape (n,): the natural
    scale of each parameter. ``size``: the norm of the data.
    """
    scaled = jacobian * scales
    columns = np.linalg.norm(scaled, axis=0)
    unit = np.where(columns > 0, columns, 1.0)
    u, s, vt = np.linalg.svd(scaled / unit, full_matrices=False)
    felt = s > 10 * _SMALLEST * float(s[0])
    s = np.maximum(s, _SMALLEST * max(float(s[0]), np.finfo(float).tiny))
    unit = np.maximum(unit, np.finfo(float).tiny)
    half = vt.T / s  # (J^T J)^-1 = half half^T
    lags, correlation = _lags(residual, lengths)
    leverage = np.minimum(np.sum(u[:, felt] ** 2, axis=1), _LARGEST_LEVERAGE)
    meat = _long_run(u * (residual / (1 - leverage))[:, None], lengths, lags)
    covariance = half @ meat @ half.T / np.outer(unit, unit)
    # change of the residual by one scale of a parameter that the others make as small as they can
    alone = unit / np.linalg.norm(half, axis=1)
    determined = (np.sqrt(np.diag(covariance)) < 1.0) & (alone > _EXACT * size) & (columns > 0)
    return Uncertainty(
        covariance * np.outer(scales, scales),
        determined,
        f"Newey-West, {lags} lags: neighbouring residuals have a correlation of {correlation:.2f}",
        correlation,
    )


def neighbours(residual: Array, lengths: Sequence[int]) -> float:
    """Return the correlation of neighbouring residuals, series of ``lengths`` samples behind each other."""
    parts = _parts(residual, lengths)
    power = sum(float(p @ p) for p in parts)
    return sum(float(p[1:] @ p[:-1]) for p in parts) / power if power > 0 else 0.0


def independent(samples: int, correlation: float) -> float:
    """Return how many of so many samples are independent: (1 - rho)/(1 + rho) of them, all if rho is negative."""
    rho = min(max(correlation, 0.0), 0.999)
    return samples * (1 - rho) / (1 + rho)


def _lags(residual: Array, lengths: Sequence[int]) -> tuple[int, float]:
    """Return L, and the correlation of neighbouring residuals."""
    rho = neighbours(residual, lengths)
    used = min(abs(rho), _LARGEST_CORRELATION)
    lags = 1.1447 * (4 * used**2 * residual.size / (1 - used**2) ** 2) ** (1 / 3)
    return int(min(lags, _MOST_LAGS * min(lengths))), rho


def _long_run(scores: Array, lengths: Sequence[int], lags: int) -> Array:
    """Return S of the ``scores``, shape (N, n), with no pairs of two series."""
    total = scores.T @ scores
    for k in range(1, lags + 1):
        for part in _parts(scores, lengths):
            pairs = part[k:].T @ part[:-k]
            total += (1 - k / (lags + 1)) * (pairs + pairs.T)
    return np.asarray(total)


def _parts(values: Array, lengths: Sequence[int]) -> list[Array]:
    """Return the series behind each other in ``values``."""
    return np.split(values, np.cumsum(lengths)[:-1])
