r"""Heat that is stored: the temperature in time, :math:`\rho c\,\partial_t T - \nabla\cdot(\kappa\nabla T) = H`.

With the operator K [W/K] of ``SteadyHeat`` and the heat capacities C [J/K] of its elements,
:math:`C\,\dot T + K\,T = b`. Data are those at the temperature of the sinks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.compilation import compiled
from fem.heat.steady import Conductor, SteadyHeat
from fem.linear.held_operator import HeldOperator, product
from fem.materials.material import Material

Array = npt.NDArray[np.float64]
_GAMMA = 1 - 1 / np.sqrt(2)  # of Alexander's method


class HeatStorage:
    """The heat capacity of all regions of a ``SteadyHeat``.

    ``capacity``: by region, a Material or a volumetric heat capacity [J/(m³ K)].

    Raises UnknownNameError, OutOfRangeError or IncompatibleError.
    """

    def __init__(self, heat: SteadyHeat, capacity: Mapping[str, Conductor]) -> None:
        from dolfinx.fem import petsc as fpet

        self.heat, self.mesh = heat, heat.mesh
        self.capacity = _capacities(heat, capacity)
        self._form = heat.storage_form(self.capacity)
        self._matrix = fpet.assemble_matrix(compiled(self._form))
        self._matrix.assemble()

    def stored(self, values: Array) -> Array:
        """Return C times nodal ``values`` [K], in J per dof; 0 at ghosts."""
        return product(self._matrix, values)

    def operator(self, rate: float, *, many: bool = True) -> HeldOperator:
        """Return K + rate C, ready to be solved; ``rate`` [1/s]."""
        form = self.heat.conduction + rate * self._form
        name = "the heat equation in time"
        return HeldOperator(compiled(form), self.heat.space, self.heat.fixed, name=name, many=many)


def heat_step(
    storage: HeatStorage,
    source: str,
    regions: Sequence[str],
    *,
    start: float,
    end: float,
    steps: int = 8,
) -> tuple[Array, Array]:
    """Return times [s], shape (t,), and mean rises [K/W] of ``regions``, shape (t, regions), of a power step.

    One watt is switched on in the region ``source`` at time 0. R. Alexander's method with two stages, of second order
    and L-stable (SIAM J. Numer. Anal. 14, 1006, 1977), in ``steps`` steps of one length from ``start`` [s] to twice
    the time, from there to twice that, and so on to ``end`` [s]; before ``start`` as many steps of the same length.

    Raises OutOfRangeError for times that do not ascend, ConvergenceError.
    """
    if not 0 < start < end:
        raise OutOfRangeError("start of the step response [s]", start, f"above 0 and below end, {end:g} s")
    heat = storage.heat
    load = heat.mean_of(source)[0]
    temperature, time = np.zeros_like(load), 0.0
    times, rises = [], []
    length = start / steps
    while time < end * (1 - 1e-9):
        rate = 1 / (_GAMMA * length)
        operator = storage.operator(rate)
        for _ in range(steps):
            temperature = _alexander(storage, operator, rate, temperature, load)
            time += length
            times.append(time)
            rises.append([heat.mean(region, temperature) for region in regions])
        length = time / steps
    return np.array(times), np.array(rises)


def _alexander(
    storage: HeatStorage, operator: HeldOperator, rate: float, before: Array, load: Array
) -> Array:
    """Return the temperature one step later."""
    first = operator.solved(load + rate * storage.stored(before))
    weight = (1 - _GAMMA) / _GAMMA  # of the slope of the first stage, (first - before) * rate
    known = before + weight * (first - before)
    return operator.solved(load + rate * storage.stored(known))


def _capacities(heat: SteadyHeat, given: Mapping[str, Any]) -> dict[str, float]:
    """Return the heat capacity of each region [J/(m³ K)]."""
    found = {}
    for region in given:
        heat.mesh.require("region", region)
    for region in heat.mesh.regions:
        if region not in given:
            raise IncompatibleError(f"region {region!r} has no volumetric heat capacity.")
        value = given[region]
        if isinstance(value, Material):
            datum = value.require(
                "volumetric_heat_capacity", f"the heat equation in time in region {region!r}"
            )
            value = datum.si(heat.ambient)
        if not (np.isfinite(value) and value > 0):
            raise OutOfRangeError(f"heat capacity of {region!r} [J/(m^3 K)]", value, "positive and finite")
        found[region] = float(value)
    return found
