"""TemperatureField: what a solved heat equation knows of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from fem.errors import UnknownNameError
from fem.mesh.ranks import collective

if TYPE_CHECKING:
    from fem.contacts import HeatSink
    from fem.mesh.device_mesh import DeviceMesh

Array = npt.NDArray[np.float64]


class HeatProblem(Protocol):
    """What a temperature field asks of the problem it solves (see ``SteadyHeat``, where each is explained)."""

    mesh: DeviceMesh
    sinks: dict[str, HeatSink]
    transfers: dict[str, Array]
    held: dict[str, npt.NDArray[np.int32]]
    degree: int
    ambient: float
    space: Any

    def mean(self, region: str, values: Array) -> float:
        """Return the volume mean of nodal values over a region."""

    def total(self, load: Array) -> float:
        """Return the sum of a load over all ranks."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TemperatureField:
    """A solved temperature; arrays are over the dofs of this rank, ghosts included, shape (dofs,).

    ``base``: temperature without sources [K]; ``rise``: what the sources add to it [K]; ``reaction``: load
    minus operator times temperature [W], at held dofs the heat that flows out there; ``power``: heat put
    in [W]. Instead of W it is W/m or W/m² where the mesh lacks the rest.
    """

    problem: HeatProblem
    base: Array
    rise: Array
    reaction: Array
    power: float

    @property
    def values(self) -> Array:
        """Temperature [K], shape (dofs,)."""
        return self.base + self.rise

    def mean(self, region: str) -> float:
        """Return the volume mean over a region [K]; raises UnknownNameError."""
        return self.problem.mean(region, self.values)

    def mean_rise(self, region: str) -> float:
        """Return the volume mean of the rise over a region [K]; raises UnknownNameError."""
        return self.problem.mean(region, self.rise)

    @property
    def maximum(self) -> float:
        """The highest nodal temperature [K]."""
        return self._largest(self.values)

    @property
    def maximum_rise(self) -> float:
        """The highest nodal rise [K]."""
        return self._largest(self.rise)

    @collective("maximum temperature")
    def _largest(self, values: Array) -> float:
        from mpi4py import MPI

        return float(self.problem.mesh.comm.allreduce(values.max(initial=-np.inf), op=MPI.MAX))

    @collective("heat_into", "sink")
    def heat_into(self, sink: str) -> float:
        """Return the heat that flows into a sink [W], from the reaction; raises UnknownNameError."""
        problem = self.problem
        if sink not in problem.sinks:
            raise UnknownNameError("heat sink", sink, problem.sinks)
        if sink in problem.transfers:
            above = self.rise + (self.base - problem.sinks[sink].temperature)  # a small rise keeps its digits
            return problem.total(problem.transfers[sink] * above)
        mask = np.zeros_like(self.reaction)
        mask[problem.held[sink]] = 1.0
        return problem.total(mask * self.reaction)

    def function(self) -> Any:
        """Return the temperature as a dolfinx Function [K]."""
        from dolfinx import fem as dfem

        result = dfem.Function(self.problem.space, name="temperature")
        result.x.array[:] = self.values
        return result
