"""Print the tables of ``fem.forms.fermi_dirac``: fits of Fermi-Dirac integrals, made with sixty digits.

    python scripts/fermi_dirac.py

Each piece is the quotient of two polynomials in x from -1 to 1, least squares of the relative error on Chebyshev
points, weighted again with each denominator found (C. K. Sanathanan and J. Koerner, IEEE Trans. Autom. Control 8, 56,
1963). The integrals are polylogarithms, F_j(eta) = -Li_{j+1}(-e^eta), and beyond eta = 30 the series of Sommerfeld.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath as mp

mp.mp.dps = 60
Number = Any
HALF, THREE_HALVES = mp.mpf(1) / 2, mp.mpf(3) / 2
_FAR = 30


def integral(j: Number, eta: Number) -> Number:
    """Return the Fermi-Dirac integral of order j over Γ(j + 1)."""
    if eta <= _FAR:
        return mp.re(-mp.polylog(j + 1, -mp.exp(eta)))
    terms: list[Number] = []
    for k in range(60):
        term = 2 * mp.altzeta(2 * k) * eta ** (j + 1 - 2 * k) / mp.gamma(j + 2 - 2 * k)
        if terms and abs(term) > abs(terms[-1]):
            break
        terms.append(term)
    return mp.fsum(terms)


def fitted(value: Callable[[Number], Number], low: Number, high: Number, degree: int) -> tuple[Any, Any, Any]:
    """Return numerator and denominator, lowest power first, and the largest relative error."""
    count = 6 * (2 * degree + 1)
    xs = [mp.cos(mp.pi * (2 * k + 1) / (2 * count)) for k in range(count)]
    wanted = [value(low + (high - low) * (x + 1) / 2) for x in xs]
    weights = [mp.mpf(1)] * count
    for _ in range(6):
        matrix, right = mp.matrix(count, 2 * degree + 1), mp.matrix(count, 1)
        for row, (x, f, w) in enumerate(zip(xs, wanted, weights, strict=True)):
            for power in range(degree + 1):
                matrix[row, power] = w / f * x**power
            for power in range(1, degree + 1):
                matrix[row, degree + power] = -w * x**power
            right[row] = w
        found = list(mp.lu_solve(matrix, right))
        p, q = found[: degree + 1], [mp.mpf(1), *found[degree + 1 :]]
        weights = [1 / abs(mp.polyval(q[::-1], x)) for x in xs]
    error = mp.mpf(0)
    for k in range(201):
        x = mp.mpf(k - 100) / 100
        f = value(low + (high - low) * (x + 1) / 2)
        error = max(error, abs(mp.polyval(p[::-1], x) / mp.polyval(q[::-1], x) / f - 1))
    return p, q, error


def _shown(name: str, value: Callable[[Number], Number], low: Number, high: Number, degree: int) -> None:
    p, q, error = fitted(value, mp.mpf(low), mp.mpf(high), degree)
    print(f"# {name}: {mp.nstr(error, 2)}")
    print(f"({[float(x) for x in p]}, {[float(x) for x in q]}),")


def main() -> None:
    """Print all pieces."""
    tiny = mp.mpf("1e-40")
    _shown("F(1/2)/z, z = e^eta to 1", lambda z: integral(HALF, mp.log(z)) / z, tiny, 1, 5)
    for low, high in ((0, 3), (3, 10), (10, 30)):
        _shown(f"F(1/2), eta {low} to {high}", lambda t: integral(HALF, t), low, high, 7)
    _shown(
        "F(1/2)/eta^(3/2), eta^-2 to 1/900",
        lambda w: integral(HALF, w**-HALF) * w ** (3 * HALF / 2),
        tiny,
        mp.mpf(1) / 900,
        3,
    )

    def ratio(eta: Number) -> Number:
        return integral(THREE_HALVES, eta) / integral(HALF, eta)

    _shown("F(3/2)/F(1/2), z to 1", lambda z: ratio(mp.log(z)), tiny, 1, 3)
    for low, high in ((0, 3), (3, 10), (10, 30)):
        _shown(f"F(3/2)/F(1/2), eta {low} to {high}", ratio, low, high, 4)
    _shown(
        "F(3/2)/F(1/2)/eta, eta^-2 to 1/900", lambda w: ratio(w**-HALF) * w**HALF, tiny, mp.mpf(1) / 900, 2
    )


if __name__ == "__main__":
    main()
