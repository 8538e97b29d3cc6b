"""A degenerate diode by another way: finite volumes on a line, quasi-Fermi levels as unknowns, integrals by quadrature.

Nothing of it is memfem's: fluxes are those with an averaged diffusion enhancement (M. Bessemoulin-Chatard, Numer. Math.
121, 637, 2012), densities are sums over energies, and derivatives are complex steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

Array = npt.NDArray[Any]
Q, K, EPS0 = 1.602176634e-19, 1.380649e-23, 8.8541878128e-12
_S = np.linspace(0.0, 9.0, 121)  # square root of the energy [kT]


def half(eta: Array) -> Array:
    """Return the integral F_1/2 by the trapezoidal rule in the root of the energy."""
    weights = 4 / np.sqrt(np.pi) * _S**2 * (_S[1] - _S[0])
    return np.asarray((weights / (1 + np.exp(_S**2 - np.asarray(eta)[..., None]))).sum(axis=-1))


@dataclass(frozen=True)
class Diode:
    """Acceptors up to the middle of a line of ``length`` [m], donors above; silicon-like, in SI units."""

    length: float
    acceptors: float
    donors: float
    states: tuple[float, float]
    gap: float  #: [V]
    permittivity: float
    mobility: tuple[float, float]
    lifetime: tuple[float, float]
    temperature: float = 300.0

    def current(self, volts: list[float]) -> list[float]:
        """Return the current densities [A/m^2] with each voltage on the end with acceptors."""
        x = self._grid()
        vt = K * self.temperature / Q
        net = np.where(x < self.length / 2, -self.acceptors, self.donors)
        ends = [self._neutral(float(net[k]), vt) for k in (0, -1)]
        psi = np.where(x < self.length / 2, ends[0], ends[1])
        u = np.concatenate([psi, np.zeros_like(x), np.zeros_like(x)])
        found = []
        for v in np.union1d(np.arange(0.0, max(volts), 0.05), volts):
            for _ in range(300):
                self._fix(u, x.size, ends, v / vt)
                r, jacobian = self._linearised(u, x, net, vt, ends, v / vt)
                change = spsolve(jacobian, -r)
                largest = np.abs(change).max()
                u = u + np.clip(change, -1.0, 1.0)
                if largest < 1e-5:
                    break
            else:
                raise RuntimeError(f"no solution at {v} V")
            if v in volts:
                found.append(self._through(u.reshape(3, -1), x, vt))
        return found

    def _through(self, u: Array, x: Array, vt: float) -> float:
        """Return the current from what few carriers carry at both ends, and recombination: majorities are round-off."""
        electrons, holes = self._flows(u, x, vt)
        volume = (x[2:] - x[:-2]) / 2
        return float(Q * (holes[-1] - electrons[0] + (volume * self._rate(u, vt)[1:-1]).sum()).real)

    def _grid(self) -> Array:
        """Return nodes that crowd at the junction and at the ends, the junction between two of them."""
        s = np.linspace(0.0, 1.0, 180)
        side = self.length / 2 * (s - 0.95 * np.sin(2 * np.pi * s) / (2 * np.pi))
        return np.concatenate([side[:-1], self.length - side[-2::-1]])

    def _neutral(self, net: float, vt: float) -> float:
        """Return the potential [kT/q], counted from the conduction band, where there is no charge."""

        def lack(psi: float) -> float:
            n = self.states[0] * half(np.array(psi))
            p = self.states[1] * half(np.array(-psi - self.gap / vt))
            return float(p - n + net)

        return float(brentq(lack, -self.gap / vt - 40, 40, xtol=1e-13))

    def _fix(self, u: Array, count: int, ends: list[float], v: float) -> None:
        for k, (node, shift) in enumerate(((0, v), (count - 1, 0.0))):
            u[node], u[count + node], u[2 * count + node] = ends[k] + shift, shift, shift

    def _levels(self, u: Array, vt: float) -> tuple[Array, Array]:
        psi, fn, fp = u
        return psi - fn, fp - psi - self.gap / vt

    def _flows(self, u: Array, x: Array, vt: float) -> Array:
        """Return the particle fluxes of both carriers along the line [1/(m^2 s)]."""
        h, flows = np.diff(x), []
        for k, (eta, sign) in enumerate(zip(self._levels(u, vt), (1, -1), strict=True)):
            n = self.states[k] * half(eta)
            step, change = np.diff(np.log(n)), np.diff(eta)
            flat = np.abs(step.real) < 1e-5
            middle = (eta[1:] + eta[:-1]) / 2
            slope = half(middle) * 2e-4 / (half(middle + 1e-4) - half(middle - 1e-4))
            enhanced = np.where(flat, slope, change / np.where(flat, 1.0, step))
            a = sign * np.diff(u[0]) / enhanced
            flow = self.mobility[k] * vt * enhanced / h * (_bernoulli(-a) * n[:-1] - _bernoulli(a) * n[1:])
            flows.append(flow)
        return np.array(flows)

    def _rate(self, u: Array, vt: float) -> Array:
        """Return the recombination of Shockley, Read and Hall at the intrinsic level [1/(m^3 s)]."""
        eta, xi = self._levels(u, vt)
        n, p = self.states[0] * half(eta), self.states[1] * half(xi)
        root = np.sqrt(self.states[0] * self.states[1]) * np.exp(-self.gap / vt / 2)
        left = [n / (self.states[0] * np.exp(eta)), p / (self.states[1] * np.exp(xi))]
        rate = n * p * (1 - np.exp(u[1] - u[2]))
        return np.asarray(
            rate / (self.lifetime[1] * (n + left[0] * root) + self.lifetime[0] * (p + left[1] * root))
        )

    def _residual(self, u: Array, x: Array, net: Array, vt: float, fixed: Array) -> Array:
        u = u.reshape(3, -1)
        h = np.diff(x)
        volume = np.zeros(x.size)
        volume[:-1] += h / 2
        volume[1:] += h / 2
        eta, xi = self._levels(u, vt)
        n, p = self.states[0] * half(eta), self.states[1] * half(xi)
        field = self.permittivity * EPS0 * vt * np.diff(u[0]) / h
        poisson = np.zeros(x.size, dtype=u.dtype)
        poisson[:-1] += field
        poisson[1:] -= field
        poisson += Q * volume * (p - n + net)
        rate = self._rate(u, vt)
        rows = [poisson / (Q * volume * 1e25)]
        for flow in self._flows(u, x, vt):
            out = volume * rate
            out[:-1] = out[:-1] + flow
            out[1:] = out[1:] - flow
            rows.append(out / (volume * 1e25 * 1e9))
        found = np.array(rows)
        found[:, [0, -1]] = u[:, [0, -1]] - fixed
        return np.asarray(found.ravel())

    def _linearised(
        self, u: Array, x: Array, net: Array, vt: float, ends: list[float], v: float
    ) -> tuple[Array, Any]:
        """Return the residual and its derivative, by complex steps of every third node at once."""
        fixed = np.array([[ends[0] + v, ends[1]], [v, 0.0], [v, 0.0]])
        count = x.size
        node = np.tile(np.arange(count), 3)
        rows, columns, values = [], [], []
        for field in range(3):
            for colour in range(3):
                moved = np.zeros(3 * count, dtype=complex)
                chosen = np.arange(colour, count, 3)
                moved[field * count + chosen] = 1e-30j
                change = self._residual(u + moved, x, net, vt, fixed).imag / 1e-30
                owner = node + (colour - node + 1) % 3 - 1  # the chosen node next to each row
                used = np.flatnonzero((owner >= 0) & (owner < count) & (change != 0))
                rows.append(used)
                columns.append(field * count + owner[used])
                values.append(change[used])
        shape = (3 * count, 3 * count)
        matrix = coo_matrix(
            (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape
        ).tocsc()
        return self._residual(u.astype(complex), x, net, vt, fixed).real, matrix


def _bernoulli(x: Array) -> Array:
    small = np.abs(x.real) < 1e-4
    safe = np.where(small, 1.0, x)
    return np.asarray(np.where(small, 1 - x / 2 + x * x / 12, safe / np.expm1(safe)))
