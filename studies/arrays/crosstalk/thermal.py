r"""Thermal crosstalk of a crossbar block: how much each cell heats the others.

The thermal resistance :math:`R_{ij}` [K/W] is the mean temperature rise of the film of cell i per watt spread
evenly over the film of cell j; the crosstalk coefficient is
:math:`\alpha_{ij} = \Delta T_i/\Delta T_j = R_{ij}/R_{jj}` with cell j heated
(P. Sun et al., Sci. Rep. 5, 13504, 2015, on the same in stacked arrays). Conduction is linear, so the rises
of several heated cells add up. Conductivities are those at the temperature of the sink.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fem.contacts import HeatSink
from fem.errors import OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import optional, protocol
from fem.heat.steady import Conductor, SteadyHeat
from fem.mesh.device_mesh import DeviceMesh
from geometries.crossbar import CrossbarBlock
from studies.arrays.crosstalk.regions import by_region, cell_coordinates, plain
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import program_version
from studies.results.software import software

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


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
    heat = SteadyHeat(mesh, conductors, {"sink": sink}, degree=degree, many=True)
    cells = list(block.all_cells)
    resistance = np.empty((len(cells), len(cells)))
    outflow = np.empty(len(cells))
    for j, source in enumerate(cells):
        field = heat.solve(powers={source: 1.0})
        resistance[:, j] = [field.mean_rise(cell) for cell in cells]
        outflow[j] = field.heat_into("sink")
    about = {
        "program": program_version(),
        "software": json.dumps(software()),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "title": "thermal crosstalk of a crossbar block",
        "block": json.dumps(asdict(block)),
        "thermal_conductivity": json.dumps(heat.conductivity),
        "materials": json.dumps({n: plain(m) for n, m in materials.items()}),
        "sink": repr(sink),
        "mesh_size": json.dumps(
            {"size": size, "coarse_size": coarse_size, "film_size": film_size or size, "growth": growth}
        ),
        "mesh_nodes": mesh.num_nodes,
        "degree": degree,
        "unknowns": heat.num_dofs,
    }
    return _dataset(block, resistance, outflow, about)


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


def plot_thermal_crosstalk(crosstalk: xr.Dataset, source: str | None = None, ax: Axes | None = None) -> Axes:
    """Return axes with the crosstalk coefficients of a ``source`` (None: the middle one) as a map of the cells."""
    import matplotlib.pyplot as plt

    names = [str(name) for name in crosstalk["source"].values]
    if source is not None and source not in names:
        raise UnknownNameError("cell", source, names)
    source = source or names[len(names) // 2]
    rows, columns = (int(crosstalk[key].max()) + 1 for key in ("row", "column"))
    share = crosstalk["crosstalk_coefficient"].sel(source=source).values.reshape(rows, columns)
    ax = ax or plt.subplots(layout="constrained")[1]
    picture = ax.imshow(share, cmap="inferno", vmin=0.0, vmax=1.0)
    for (i, j), value in np.ndenumerate(share):
        ax.text(j, i, f"{value:.3f}", ha="center", va="center", color="white" if value < 0.6 else "black")
    ax.set(xlabel="bottom line", ylabel="top line", title=f"rise over that of {source}")
    ax.figure.colorbar(picture, ax=ax)
    return ax


def _dataset(block: CrossbarBlock, resistance: Array, outflow: Array, about: dict[str, Any]) -> xr.Dataset:
    coordinates = cell_coordinates(block)
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
