r"""From finite elements in time to a network of few modes that is passive whatever the mesh.

The elements give :math:`C\dot T + K T = B P` and the mean rises :math:`B^T T`, with symmetric positive C and K. A
congruence with a basis V of few columns keeps all of that: :math:`V^TCV`, :math:`V^TKV`, :math:`V^TB` (PRIMA: A.
Odabasioglu, M. Celik and L. T. Pileggi, IEEE Trans. Comput.-Aided Des. 17, 645, 1998). V spans
:math:`(K + s_m C)^{-1} B` for rates :math:`s_m` on the real axis, 0 among them (rational Krylov: E. J. Grimme, thesis,
Urbana 1997): there the reduced network has value and slope of the elements, and its steady resistances are theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg as sla

from fem.contacts import HeatSink
from fem.errors.arguments import checked
from fem.errors.checking import optional, protocol
from fem.heat.steady import Conductor, SteadyHeat
from fem.heat.storage import HeatStorage
from fem.mesh.device_mesh import DeviceMesh
from geometries.crossbar import CrossbarBlock
from studies.arrays.crosstalk.regions import by_region, plain
from studies.arrays.crosstalk.rising import ThermalNetwork
from studies.results.provenance import program_version
from studies.results.software import software

Array = npt.NDArray[np.float64]
PER_DECADE = 1.8  #: points on the axis of rates beside 0, for each decade from the slowest to the fastest
_FASTEST = 1e3  # largest rate, over that of the shortest way through a cell
_DEPENDENT = 1e-13  # share of energy below which a direction is one of the others
_UNSEEN = 1e-10  # share of the own resistances below which a mode is left out
_POWER_STEPS = 6


@checked(comm=optional(protocol("rank", "size", say="an MPI communicator")))
def thermal_network(
    block: CrossbarBlock,
    *,
    materials: Mapping[str, Conductor],
    heat_capacity: Mapping[str, Conductor] | None = None,
    sink: HeatSink,
    size: float,
    coarse_size: float,
    film_size: float | None = None,
    growth: float = 2.0,
    degree: int = 2,
    rates: int | None = None,
    comm: Any = None,
) -> ThermalNetwork:
    """Return the network of all cells of ``block``, whose steady resistances are those of ``thermal_crosstalk``.

    ``heat_capacity`` [J/(m³ K)], or a Material: by region or family, as ``materials``; None takes those of
    ``materials``. ``rates``: how many points of the axis of rates are matched beside 0; None takes
    1.8 for each decade. All else as in ``thermal_crosstalk``.

    Raises UnknownNameError, IncompatibleError, OutOfRangeError or GeometryError.
    """
    drawing: Any = block.mesh(size=size, coarse_size=coarse_size, film_size=film_size, growth=growth)
    conductors = by_region(block, drawing.regions, materials)
    stored = by_region(block, drawing.regions, heat_capacity or materials)
    mesh = DeviceMesh.from_drawing(drawing, comm)
    heat = SteadyHeat(mesh, conductors, {"sink": sink}, degree=degree, many=True)
    storage = HeatStorage(heat, stored)
    cells = block.all_cells
    way = min(block.cell_size) ** 2 * storage.capacity[cells[0]] / heat.conductivity[cells[0]]
    about = {
        "program": program_version(),
        "software": json.dumps(software()),
        "title": "reduced thermal network of a crossbar block",
        "block": json.dumps(asdict(block)),
        "materials": json.dumps({n: plain(m) for n, m in materials.items()}),
        "heat_capacity": json.dumps(storage.capacity),
        "sink": repr(sink),
        "unknowns": heat.num_dofs,
    }
    return reduced(storage, cells, fastest=_FASTEST / way, rates=rates, about=about)


def reduced(
    storage: HeatStorage,
    cells: Sequence[str],
    *,
    fastest: float,
    rates: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> ThermalNetwork:
    """Return the network of the regions ``cells``, matched at rates from the slowest of all to ``fastest`` [1/s]."""
    heat = storage.heat
    loads = [heat.mean_of(cell)[0] for cell in cells]
    slowest = slowest_rate(storage, np.sum(loads, axis=0))
    count = rates or int(np.ceil(PER_DECADE * max(1.0, np.log10(fastest / slowest))))
    columns: list[Array] = [heat.operator.solved(load) for load in loads]
    for rate in np.geomspace(slowest, fastest, count):
        operator = storage.operator(float(rate))
        columns += [operator.solved(load) for load in loads]
    scale = [1 / np.sqrt(heat.total(x * heat.operator.applied(x))) for x in columns]
    basis = [a * x for a, x in zip(scale, columns, strict=True)]
    conducted = _products(storage, basis, [heat.operator.applied(x) for x in basis])
    stored = _products(storage, basis, [storage.stored(x) for x in basis])
    seen = _products(storage, basis, loads)
    return ThermalNetwork(
        cells=tuple(cells), about={**(about or {}), "rates": count}, **_modes(conducted, stored, seen)
    )


def slowest_rate(storage: HeatStorage, load: Array) -> float:
    """Return the slowest rate [1/s] at which heat leaves the mesh, by inverse iteration from a load."""
    heat = storage.heat
    x = heat.operator.solved(load)
    for _ in range(_POWER_STEPS):
        stored = storage.stored(x)
        rate = heat.total(x * heat.operator.applied(x)) / heat.total(x * stored)
        x = heat.operator.solved(rate * stored)
    return float(rate)


def _products(storage: HeatStorage, left: Sequence[Array], right: Sequence[Array]) -> Array:
    """Return the products of all pairs over all ranks, shape (left, right)."""
    own = storage.heat.space.dofmap.index_map.size_local
    here = np.array([x[:own] for x in left]) @ np.array([x[:own] for x in right]).T
    return np.asarray(storage.mesh.comm.allreduce(here))


def _modes(conducted: Array, stored: Array, seen: Array) -> dict[str, Array]:
    """Return time constants and shapes of the modes of a reduced system."""
    energy, directions = sla.eigh(0.5 * (conducted + conducted.T))
    kept = energy > _DEPENDENT * energy[-1]
    whitened = directions[:, kept] / np.sqrt(energy[kept])
    times, modes = sla.eigh(whitened.T @ (0.5 * (stored + stored.T)) @ whitened)
    shapes = modes.T @ whitened.T @ seen
    own = (shapes**2).sum(axis=0)
    visible = ((shapes**2 / own).max(axis=1) > _UNSEEN) & (times > 0)
    order = np.argsort(times[visible])[::-1]
    return {"time_constants": times[visible][order], "shapes": shapes[visible][order]}
