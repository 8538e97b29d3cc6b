"""Fields of a state along lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fem.device.state import State
from fem.errors import IncompatibleError, OutOfRangeError
from fem.fields import field_info
from fem.mesh.ranks import collective
from fem.mesh.region_mesh import NANOMETRE, RegionMesh
from fem.outputs.grids import grid
from fem.outputs.values import cell_values

if TYPE_CHECKING:
    import xarray as xr

    from fem.heat.field import TemperatureField

Array = npt.NDArray[np.float64]


IntArray = npt.NDArray[np.int64]


@collective("profile")
def profile(state: State, temperature: TemperatureField | None = None) -> xr.Dataset:
    """Return all output fields of a 1D device against position [m], the same on all ranks.

    ``position`` ascends; at every interface it comes twice, for the region below and the one above it. The
    coordinate ``region`` names the region of each sample. Units and long names are attributes.
    Raises IncompatibleError if the device is not one-dimensional.
    """
    mesh = state.device.mesh
    if mesh.dim != 1:
        raise IncompatibleError(
            f"profile() is for 1D devices, and this one has {mesh.dim} dimensions; use cut()."
        )
    cut_mesh = RegionMesh.of(mesh)
    columns = {name: cut_mesh.gather(v) for name, v in cell_values(state, temperature).items()}
    x = cut_mesh.points[:, 0]
    centre = x[cut_mesh.cells].mean(axis=1).repeat(2)[cut_mesh.first]
    tag = cut_mesh.region.repeat(2)[cut_mesh.first]
    order = np.lexsort((centre, x))
    packed = mesh.comm.bcast((x[order], tag[order], {n: v[order] for n, v in columns.items()}), root=0)
    return _dataset(state, *packed)


@collective("cut", "start", "end", "points")
def cut(
    state: State,
    start: Sequence[float],
    end: Sequence[float],
    points: int = 201,
    temperature: TemperatureField | None = None,
) -> xr.Dataset:
    """Return all output fields along the straight line from ``start`` to ``end`` [m], same on all ranks.

    ``position`` [m] counts from ``start``; samples are evenly spaced, and one on an interface is of either
    side. Samples outside of the device are NaN.
    """
    if points < 2:
        raise OutOfRangeError("points of a cut", points, "at least 2")
    ends = [np.pad(np.asarray(p, dtype=float), (0, 3 - len(p))) / NANOMETRE for p in (start, end)]
    found = grid(state, temperature)
    packed = None
    if found is not None:
        line = found.sample_over_line(*ends, resolution=points - 1)
        outside = line["vtkValidPointMask"] == 0
        names = [n for n in line.point_data if n in found.point_data and n != "region"]
        columns = {n: np.where(outside, np.nan, np.asarray(line[n], dtype=float)) for n in names}
        tag = np.where(outside, -1, np.asarray(line["region"]).astype(np.int64))
        packed = (np.asarray(line["Distance"], dtype=float) * NANOMETRE, tag, columns)
    return _dataset(state, *state.device.mesh.comm.bcast(packed, root=0))


def _dataset(state: State, position: Array, tag: IntArray, columns: Mapping[str, Array]) -> xr.Dataset:
    import xarray as xr

    names = {t: r for r, t in state.device.mesh.regions.items()}
    label = np.array([names.get(int(t), "") for t in tag])
    attrs = {n: {"units": field_info(n).unit, "long_name": field_info(n).long_name} for n in columns}
    return xr.Dataset(
        {n: ("position", v, attrs[n]) for n, v in columns.items()},
        coords={
            "position": ("position", position, {"units": "m", "long_name": "position"}),
            "region": ("position", label, {"long_name": "region"}),
        },
        attrs={"time": state.time, "light": state.light} | {f"bias_{n}": v for n, v in state.bias.items()},
    )
