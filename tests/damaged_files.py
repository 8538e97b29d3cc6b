"""Files of every kind that memfem reads, as it writes them, and ways to damage them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from fem import equilibrium
from fem.io import load_checkpoint, read_fields, save_checkpoint, write_fields
from fem.io.restart import load_progress, save_progress
from fem.mesh import DeviceMesh
from fem.transient.progress import Progress
from fem.units import nm
from studies import CompactModel, ImpedanceSpectrum, Sweep, Trace, impedance, series
from studies.arrays import crosstalk
from studies.sweeps.saved import done_before, identity
from tests.compact_values import VALUES
from tests.msh_files import blocks

MODEL = CompactModel.from_values(VALUES, "A")


RATES = (1.0, 2.0)  # [V/s]


def loop(rate: float) -> Trace:
    """Return a loop of the model."""
    return MODEL.simulate(Sweep(0, 1, 0, rate=rate), points_per_segment=4)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A whole file, and a function that returns all that memfem reads of one, as comparable data."""

    whole: bytes
    suffix: str
    read: Callable[[Path], Any]


def kinds(devices: ModuleType, folder: Path) -> dict[str, Kind]:
    """Return a file of each kind, by name."""
    device = devices.three_layers(size=60e-9, interface_size=10e-9, growth=2.0)
    state = equilibrium(device)
    protocol = Sweep(0, 1, 0, rate=1.0)

    def kind(path: Path, read: Callable[[Path], Any]) -> Kind:
        return Kind(whole=path.read_bytes(), suffix=path.suffix, read=read)

    def of_state(path: Path) -> Any:
        found = load_checkpoint(device, path)
        return found.values.tobytes(), found.time, dict(found.bias), found.currents, found.light

    def of_progress(path: Path) -> Any:
        found, rows = load_progress(device, path, start=state)
        return (
            found.state.values.tobytes(),
            found.began,
            {n: r.tobytes() for n, r in rows.items()},
            found.change,
        )

    def of_fields(path: Path) -> Any:
        grid = read_fields(path)
        arrays = [(n, np.asarray(grid[n]).tobytes()) for n in grid.array_names]
        return (
            arrays,
            grid.points.tobytes(),
            np.asarray(grid.cells).tobytes(),
            list(grid.field_data["region_names"]),
        )

    def of_series(path: Path) -> Any:
        done = done_before(path, "rate", np.array(RATES), "V/s", identity(loop))
        return {k: (o.figures, None if o.trace is None else o.trace.data.to_dict()) for k, o in done.items()}

    series(loop, parameter="rate", values=RATES, unit="V/s", save=folder / "i.nc", progress=False)
    spectrum = impedance(state, "top", [1.0, 1e3])
    rows = {"time": np.arange(3.0)}
    trace = MODEL.simulate(protocol, points_per_segment=4)
    return {
        "checkpoint": kind(save_checkpoint(state, folder / "a.h5"), of_state),
        "transient": kind(
            save_progress(Progress.at(state), folder / "b.h5", start=state, rows=rows), of_progress
        ),
        "fields": kind(write_fields(state, folder / "c.vtkhdf"), of_fields),
        "trace": kind(trace.save(folder / "d.nc"), lambda path: Trace.load(path).data.to_dict()),
        "crosstalk": kind(
            crosstalk.save(heat(), folder / "e.nc"), lambda path: crosstalk.load(path).to_dict()
        ),
        "series": kind(folder / "i.nc", of_series),
        "spectrum": kind(
            spectrum.save(folder / "j.nc"), lambda path: ImpedanceSpectrum.load(path).data.to_dict()
        ),
        "model": kind(MODEL.save(folder / "f.json"), lambda path: str(vars(CompactModel.load(path)))),
        "mesh": kind(blocks(folder / "g.msh"), of_mesh),
        "binary mesh": kind(blocks(folder / "h.msh", Binary=1), of_mesh),
    }


def heat() -> xr.Dataset:
    """Return the thermal resistances of two cells."""
    both, names = ("cell", "source"), ["cell_0_0", "cell_0_1"]
    resistance = {"thermal_resistance": (both, [[2.0, 1.0], [1.0, 2.0]], {"units": "K/W"})}
    return xr.Dataset(resistance, coords=dict.fromkeys(both, names), attrs={"degree": 2})


def of_mesh(path: Path) -> Any:
    """Return what a mesh is told apart by: groups, numbers of cells, extent."""
    mesh = DeviceMesh.from_file(path, unit=1 * nm, contacts=("bottom", "top"))
    return mesh.regions, mesh.contacts, mesh.checksum["tags"]


def damages(whole: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield ``count`` files: bytes flipped, set to zero, cut off at the end, left out, doubled."""
    random = np.random.default_rng(seed)
    for k in range(count):
        at = int(random.integers(len(whole)))
        length = int(random.integers(1, 40))
        flipped = bytes([whole[at] ^ int(random.integers(1, 256))])
        yield [
            whole[:at] + flipped + whole[at + 1 :],
            whole[:at] + flipped + whole[at + 1 :],
            whole[:at],
            whole[:at] + whole[at + length :],
            whole[:at] + bytes(length) + whole[at + length :],
            whole[: at + length] + whole[at:],
        ][k % 6]
