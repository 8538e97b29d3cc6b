r"""Thermal crosstalk of a crossbar block: how much each cell heats the others.

The thermal resistance :math:`R_{ij}` [K/W] is the mean temperature rise of the film of cell i per watt spread
evenly over the film of cell j; the crosstalk coefficient is
:math:`\alpha_{ij} = \Delta T_i/\Delta T_j = R_{ij}/R_{jj}` with cell j heated
(P. Sun et al., Sci. Rep. 5, 13504, 2015, on the same in stacked arrays). Conduction is linear, so the rises
of several heated cells add up. Conductivities are those at the temperature of the sink.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fem.contacts import HeatSink
from fem.description import to_dict
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import optional, protocol
from fem.heat.steady import Conductor, SteadyHeat
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from geometries.crossbar import CrossbarBlock
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import program_version

Array = npt.NDArray[np.float64]
FAMILIES = ("bottom_line", "top_line", "cell", "film", "fill", "substrate", "cap")


@checked(comm=optional(protocol("rank", "size", say="an MPI communicator")))
def thermal_crosstalk(
    block: CrossbarBlock,
    *,
    materials: Mapping[str, Conductor],
    sink: HeatSink,
    size: float,
    coarse_size: float,
    film_size: float | None = None,
    growth: float = 2.0,
    degree: int = 2,
    comm: Any = None,
) -> xr.Dataset:
    """Return thermal resistances and crosstalk coefficients of all pairs of cells of ``block``.

    ``materials``: a Material or a thermal conductivity [W/(m K)] by region or by family of regions
    ("bottom_line", "top_line", "cell", "film", "fill", "substrate", "cap"); a region's own name goes first,
    and cells without an entry are of the film. ``sink``: what the lower face of the substrate is held at; all
    other outer faces are adiabatic. ``size``, ``coarse_size``, ``film_size`` [m], ``growth``: see
    ``CrossbarBlock.mesh``. ``degree`` of the elements: 1 or 2.

    The dataset has, over the dimensions "cell" and "source": ``thermal_resistance`` [K/W],
    ``crosstalk_coefficient`` [1], and over "source" ``heat_into_sink`` [W per W].

    Raises UnknownNameError, IncompatibleError, OutOfRangeError or GeometryError.
    """
    drawing: Any = block.mesh(size=size, coarse_size=coarse_size, film_size=film_size, growth=growth)
    conductors = by_region(block, drawing.regions, materials)
    mesh = DeviceMesh.from_drawing(drawing, comm)
    heat = SteadyHeat(mesh, conductors, {"sink": sink}, degree=degree)
    cells = [name for row in block.cells for name in row]
    resistance = np.empty((len(cells), len(cells)))
    outflow = np.empty(len(cells))
    for j, source in enumerate(cells):
        field = heat.solve(powers={source: 1.0})
        resistance[:, j] = [field.mean_rise(cell) for cell in cells]
        outflow[j] = field.heat_into("sink")
    about = {
        "program": program_version(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "title": "thermal crosstalk of a crossbar block",
        "block": json.dumps(asdict(block)),
        "thermal_conductivity": json.dumps(heat.conductivity),
        "materials": json.dumps({n: _plain(m) for n, m in materials.items()}),
        "sink": repr(sink),
        "mesh_size": json.dumps(
            {"size": size, "coarse_size": coarse_size, "film_size": film_size or size, "growth": growth}
        ),
        "mesh_nodes": mesh.num_nodes,
        "degree": degree,
        "unknowns": heat.num_dofs,
    }
    return _dataset(block, resistance, outflow, about)


def by_region(
    block: CrossbarBlock, regions: Sequence[str], materials: Mapping[str, Conductor]
) -> dict[str, Conductor]:
    """Return the conductor of each of the ``regions`` of ``block``, given by region or by family.

    Raises UnknownNameError for a name that is neither, IncompatibleError for a region without an entry.
    """
    family = dict.fromkeys(block.bottom_lines, "bottom_line") | dict.fromkeys(block.top_lines, "top_line")
    family |= {cell: "cell" for row in block.cells for cell in row}
    family |= {block.film: "film", block.fill: "fill", block.substrate: "substrate", block.cap: "cap"}
    for name in materials:
        if name not in family and name not in FAMILIES:
            raise UnknownNameError("region or family of the crossbar block", name, {*family, *FAMILIES})
    found: dict[str, Conductor] = {}
    for region in regions:
        kind = family[region]
        names = [region, kind, *([block.film, "film"] if kind == "cell" else [])]
        given = next((name for name in names if name in materials), None)
        if given is None:
            raise IncompatibleError(
                f"region {region!r} of the crossbar block has no material; give one for it or for {kind!r}."
            )
        found[region] = materials[given]
    return found


def temperature_rise(crosstalk: xr.Dataset, powers: Mapping[str, float]) -> xr.DataArray:
    """Return the mean rise of every cell [K] when the cells in ``powers`` [W] heat together.

    Raises UnknownNameError for a cell that the dataset does not have, OutOfRangeError for a power that is
    negative or not finite.
    """
    sources = [str(name) for name in crosstalk["source"].values]
    vector = np.zeros(len(sources))
    for name, power in powers.items():
        if name not in sources:
            raise UnknownNameError("cell", name, sources)
        if not (np.isfinite(power) and power >= 0):
            raise OutOfRangeError(f"power in {name!r} [W]", power, "finite and zero or positive")
        vector[sources.index(name)] = power
    weights = xr.DataArray(vector, dims="source", coords={"source": crosstalk["source"]})
    rise = xr.dot(crosstalk["thermal_resistance"], weights, dim="source")
    rise.attrs = {"units": "K", "long_name": "mean temperature rise of the cell"}
    return rise.rename("temperature_rise")


def save(crosstalk: xr.Dataset, path: str | Path, comm: Any = None) -> Path:
    """Return the path of the netCDF-4 file written; in parallel, rank 0 writes it."""
    if comm is None or comm.rank == 0:
        write_stamped(crosstalk, path, "thermal crosstalk")
    if comm is not None:
        comm.barrier()
    return Path(path)


def load(path: str | Path) -> xr.Dataset:
    """Return the dataset in a file that ``save`` has written; raises IncompatibleError if it is damaged or another."""
    return read_stamped(path, "thermal crosstalk")


def _plain(conductor: Conductor) -> Any:
    return to_dict(conductor) if isinstance(conductor, Material) else float(conductor)


def _dataset(block: CrossbarBlock, resistance: Array, outflow: Array, about: dict[str, Any]) -> xr.Dataset:
    cells = [name for row in block.cells for name in row]
    rows = [i for i in range(block.rows) for _ in range(block.columns)]
    columns = list(range(block.columns)) * block.rows
    coordinates: dict[str, Any] = {}
    for dim, prefix in (("cell", ""), ("source", "source_")):
        coordinates |= {
            dim: cells,
            f"{prefix}row": (dim, rows),
            f"{prefix}column": (dim, columns),
            f"{prefix}top_line": (dim, [block.top_lines[i] for i in rows]),
            f"{prefix}bottom_line": (dim, [block.bottom_lines[j] for j in columns]),
        }
    both = ("cell", "source")
    variables = {
        "thermal_resistance": (
            both,
            resistance,
            {"units": "K/W", "long_name": "mean temperature rise of the cell per power in the source"},
        ),
        "crosstalk_coefficient": (
            both,
            resistance / np.diag(resistance),
            {"units": "1", "long_name": "temperature rise of the cell over that of the heated source"},
        ),
        "heat_into_sink": (
            "source",
            outflow,
            {"units": "W/W", "long_name": "heat into the sink per power in the source"},
        ),
    }
    return xr.Dataset(variables, coords=coordinates, attrs=about)
