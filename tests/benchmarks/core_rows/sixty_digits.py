"""A transistor's off state in numbers of sixty digits: drift, diffusion and recombination on the same triangles.

The same scheme written a second time, from coordinates and material data alone: edge weights and what bisectors part,
fluxes of Scharfetter and Gummel, SRH and radiative recombination; Newton's method with banded elimination. Only the
given values at contacts and the first guess are the state's.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, localcontext
from itertools import permutations
from typing import Any

import numpy as np

from fem import State, equilibrium, steady
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from tests.benchmarks.core_rows.transistors import transistor
from tests.benchmarks.table import Row, at_most

DIGITS, STEPS = 60, 12
Number = Decimal
SIGN = {1: Decimal(-1), 2: Decimal(1)}  # charge of electrons and holes, by unknown


def rows() -> Iterator[Row]:
    """Yield by how much hole densities of the pocket and the current differ from those of sixty digits."""
    device = transistor()
    state = steady(device, {"gate": -2.0, "drain": 0.05}, start=equilibrium(device))
    with localcontext() as context:
        context.prec = DIGITS
        reference = Reference(state)
        reference.solve()
        exact = np.array([[float(v) for v in node] for node in reference.values])
        current = float(reference.current("drain"))
    film = exact[:, 2] > 0
    holes = np.abs(state.values[film, 2] * device.scaling.density / exact[film, 2] - 1)
    yield at_most("p pocket, -2 V: holes beside sixty digits", 1e-6, float(holes.max()))
    lack = abs(state.current("drain") / (current * float(device.mesh.cross_section or 1.0)) - 1)
    yield at_most("p pocket, -2 V: current beside sixty digits", 1e-6, float(lack))


class Reference:
    """The discrete equations of a state in Decimals; ``values``: potential [kT/q] and densities [1/m^3] by node."""

    def __init__(self, state: State) -> None:
        self.device = device = state.device
        film = device.setting.materials["film"]
        at, energy = device.setting.temperature, BOLTZMANN * device.setting.temperature
        self.vt = Decimal(thermal_voltage(at))
        chi, gap = film.electron_affinity.si(at), film.band_gap.si(at)
        states = [film.effective_dos_conduction.si(at), film.effective_dos_valence.si(at)]
        trap = film.trap_energy.si(at)
        depths = [trap - chi, chi + gap - trap]
        self.level = [Decimal(n) * (-Decimal(d / energy)).exp() for n, d in zip(states, depths, strict=True)]
        self.square = Decimal(states[0]) * Decimal(states[1]) * (-Decimal(gap / energy)).exp()
        self.lifetime = [Decimal(t.si(at)) for t in (film.electron_lifetime, film.hole_lifetime)]
        self.radiative = Decimal(film.radiative_coefficient.si(at))
        self.diffusivity = [Decimal(m.si(at)) * self.vt for m in (film.electron_mobility, film.hole_mobility)]
        self._mesh()
        scale = np.array([1.0, device.scaling.density, device.scaling.density])
        self.values = [[Decimal(float(v)) for v in node] for node in state.values * scale]
        self.given = self._given()

    def _mesh(self) -> None:
        """Sum up edge weights and shares of the triangles: of all with the permittivity, and of the film."""
        mesh, materials = self.device.mesh, self.device.setting.materials
        points = [[Decimal(float(c)) * Decimal(mesh.unit) for c in x[:2]]
                  for x in mesh.mesh.geometry.x]  # fmt: skip
        nodes = mesh.mesh.geometry.dofmaps[0]
        dofs = self.device.context.scalar_space.dofmap.list
        self.share: dict[int, Number] = {}
        self.weight: tuple[dict[Any, Number], dict[Any, Number]] = ({}, {})  # with permittivity; of the film
        for region in mesh.regions:
            epsilon = Decimal(VACUUM_PERMITTIVITY) * Decimal(
                materials[region].relative_permittivity.si(300.0)
            )
            for cell in mesh.cells(region):
                self._add(region == "film", epsilon, dofs[cell], [points[k] for k in nodes[cell]])
        self.near: dict[int, list[int]] = {}
        for i, j in self.weight[0]:
            self.near.setdefault(i, []).append(j)

    def _add(self, film: bool, epsilon: Number, nodes: Any, corners: Any) -> None:
        sides = [[corners[(k + 2) % 3][a] - corners[(k + 1) % 3][a] for a in (0, 1)] for k in range(3)]
        double = abs(sides[0][0] * sides[1][1] - sides[0][1] * sides[1][0])
        for a, b in permutations(range(3), 2):
            dot = sides[a][0] * sides[b][0] + sides[a][1] * sides[b][1]
            edge, w = (int(nodes[a]), int(nodes[b])), -dot / (2 * double)
            self.weight[0][edge] = self.weight[0].get(edge, Decimal(0)) + epsilon * w
            if film:
                self.weight[1][edge] = self.weight[1].get(edge, Decimal(0)) + w
                square = sum((corners[b][k] - corners[a][k]) ** 2 for k in (0, 1))
                self.share[edge[0]] = self.share.get(edge[0], Decimal(0)) + w * square / 4

    def _given(self) -> set[tuple[int, int]]:
        device = self.device
        found = {(int(k), 0) for e in device.electrodes for k in e.nodes}
        fixed = device.boundary.fixed
        return found | {(int(k), c) for c, name in ((1, "electron"), (2, "hole")) for k in fixed[name]}

    def solve(self) -> None:
        """Iterate until the largest relative update is round-off of sixty digits."""
        place = self._places()
        for _ in range(STEPS):
            entries: dict[int, dict[int, Number]] = {}
            right = [Decimal(0)] * len(place)
            for unknown, row in place.items():
                right[row], slopes = self._equation(*unknown)
                entries[row] = {place[u]: s for u, s in slopes.items() if u in place}
            update = eliminated(entries, right)
            largest = Decimal(0)
            for (node, c), row in place.items():
                now = self.values[node]
                largest = max(largest, abs(update[row]) / (now[c] if c else 1))
                now[c] -= update[row] if not c else min(update[row], now[c] * Decimal("0.9"))
            if largest < Decimal(10) ** (-DIGITS // 2):
                return
        raise AssertionError(f"no solution in {STEPS} steps, the last by {float(largest):.1e}")

    def _places(self) -> dict[tuple[int, int], int]:
        """Return the rows of all free unknowns, node by node along the channel, so that the band is narrow."""
        x = self.device.mesh.mesh.geometry.x
        position = np.empty(len(self.values), dtype=int)
        position[self.device.context.scalar_space.dofmap.list.ravel()] = (
            self.device.mesh.mesh.geometry.dofmaps[0].ravel()
        )
        order = sorted(range(len(self.values)), key=lambda k: tuple(np.round(x[position[k], :2], 9)))
        free = [(k, c) for k in order for c in range(3) if (k, c) not in self.given]
        return {unknown: row for row, unknown in enumerate(free)}

    def _equation(self, node: int, c: int) -> tuple[Number, dict[tuple[int, int], Number]]:
        """Return one equation's value and its derivatives."""
        own, share = self.values[node], self.share.get(node, Decimal(0))
        slopes: dict[tuple[int, int], Number] = {}
        if c == 0:
            charge = Decimal(ELEMENTARY_CHARGE) * share
            value = charge * (own[1] - own[2])
            slopes |= {(node, 0): Decimal(0), (node, 1): charge, (node, 2): -charge}
            for other in self.near[node]:
                w = self.weight[0][node, other] * self.vt
                value += w * (own[0] - self.values[other][0])
                slopes[node, 0] += w
                slopes[other, 0] = -w
            return value, slopes
        rate, *derivatives = self._rate(own[1], own[2])
        value, slopes = share * rate, {(node, 0): Decimal(0), (node, c): Decimal(0)}
        for k, slope in zip((1, 2), derivatives, strict=True):
            slopes[node, k] = slopes.get((node, k), Decimal(0)) + share * slope
        for other in self.near[node]:
            flux, here, there, tilt = self._flux(node, other, c)
            value += flux
            slopes[node, c] += here
            slopes[other, c] = there
            slopes[node, 0] -= tilt
            slopes[other, 0] = tilt
        return value, slopes

    def _rate(self, n: Number, p: Number) -> tuple[Number, Number, Number]:
        """Return net recombination [1/(m^3 s)] and its derivatives by n and p."""
        (tn, tp), (n1, p1) = self.lifetime, self.level
        whole, excess = tp * (n + n1) + tn * (p + p1), n * p - self.square
        k = 1 / whole + self.radiative
        return excess * k, p * k - excess * tp / whole**2, n * k - excess * tn / whole**2

    def _flux(self, i: int, j: int, c: int) -> tuple[Number, Number, Number, Number]:
        """Return the flow from i to j, and its derivatives by both densities and by the potential of j."""
        scale = self.weight[1].get((i, j), Decimal(0)) * self.diffusivity[c - 1]
        u, v = self.values[i][c], self.values[j][c]
        a = -SIGN[c] * (self.values[j][0] - self.values[i][0])
        (up, up_slope), (down, down_slope) = bernoulli(-a), bernoulli(a)
        tilt = SIGN[c] * scale * (up_slope * u + down_slope * v)
        return scale * (up * u - down * v), scale * up, -scale * down, tilt

    def current(self, contact: str) -> Number:
        """Return the current into the device per depth [A/m]."""
        nodes = {int(k) for k in self.device.electrode(contact).nodes}
        pairs = [(i, j, c) for i in nodes for j in self.near[i] if j not in nodes for c in (1, 2)]
        return Decimal(ELEMENTARY_CHARGE) * sum(
            (SIGN[c] * self._flux(i, j, c)[0] for i, j, c in pairs), Decimal(0)
        )


def bernoulli(x: Number) -> tuple[Number, Number]:
    """Return x/(e^x - 1) and its derivative."""
    if abs(x) < Decimal("1e-20"):
        return 1 - x / 2 + x * x / 12, -Decimal("0.5") + x / 6
    e = x.exp()
    return x / (e - 1), (e - 1 - x * e) / (e - 1) ** 2


def eliminated(rows: dict[int, dict[int, Number]], right: list[Number]) -> list[Number]:
    """Return the solution of a banded system by Gauss's elimination without exchanges; sixty digits can lose some."""
    count = len(right)
    below: dict[int, set[int]] = {k: set() for k in range(count)}
    for row, entries in rows.items():
        for column in entries:
            if column < row:
                below[column].add(row)
    for k in range(count):
        pivot = rows[k]
        for row in sorted(below[k]):
            entries = rows[row]
            factor = entries.pop(k) / pivot[k]
            right[row] -= factor * right[k]
            for column, value in pivot.items():
                if column > k:
                    entries[column] = entries.get(column, Decimal(0)) - factor * value
                    if column < row:
                        below[column].add(row)
    found = [Decimal(0)] * count
    for k in reversed(range(count)):
        rest = sum((value * found[column] for column, value in rows[k].items() if column > k), Decimal(0))
        found[k] = (right[k] - rest) / rows[k][k]
    return found
