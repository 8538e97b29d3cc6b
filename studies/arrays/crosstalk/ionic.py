r"""Ionic crosstalk: vacancies that the neighbours of a written cell gain or lose through an unpatterned film.

The plane along a bottom line (``CrossbarBlock.film_section``): lines on the film, one written by pulses, the others
grounded, floating or at a share of its voltage. Ions drift and diffuse in the potential of the current
(``Conduction``), with the heat of the current if asked for; nothing leaves the film. The written cell repels ions of
its polarity into the film beside it, and draws others from there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fem.contacts import HeatSink, OhmicContact
from fem.device.device import Device
from fem.device.state import State, integral
from fem.errors import ConvergenceError, IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import instance
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.heat.heat import Heat
from fem.physics.ions.ions import MobileIons
from fem.physics.potential.conduction import Conduction
from fem.solvers.laplace import Laplace
from fem.transient.timestepping import StepControl, integrate
from geometries.crossbar import CrossbarBlock
from studies.arrays.crosstalk.regions import plain
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import program_version
from studies.results.software import software

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
_KIND = "ionic crosstalk"
#: What the lines beside the written one are at, over its voltage; floating ones follow from the film's conductance.
SCHEMES: Mapping[str, float | None] = {"grounded": 0.0, "floating": None, "V/2": 0.5, "V/3": 1 / 3}


@checked(block=instance(CrossbarBlock))
def ionic_crosstalk(
    block: CrossbarBlock,
    *,
    film: Material,
    ion: str,
    voltage: float,
    width: float,
    rise: float,
    rest: float,
    pulses: int,
    others: str,
    temperature: float,
    size: float,
    interface_size: float,
    lateral_size: float,
    edge_size: float | None = None,
    growth: float = 1.5,
    fill: Material | None = None,
    written: Material | None = None,
    heat_resistance: float | None = None,
    control: StepControl | None = None,
) -> xr.Dataset:
    """Return the vacancies in each cell of the middle bottom line after each of ``pulses`` on the middle top line.

    ``film``: a material with an electrical conductivity and the mobile ``ion``; ``written``: that of the written cell,
    such as one in its low resistance, None for the film's. ``fill``: between patterned cells, without ions; needed
    there. ``voltage`` [V], ``width``, ``rise`` and ``rest`` [s] of each pulse; ``others``: a key of ``SCHEMES``.
    ``temperature`` [K]: of everything, or with ``heat_resistance`` [m² K/W] of the sinks beyond it, at both faces of
    the film where lines are. Sizes [m] and ``growth``: see ``CrossbarBlock.film_section``. ``control``: of time steps.

    The dataset has, over "pulse" (0 before the first) and "cell": ``content`` [1], ``change`` [1] of it over the first,
    ``height`` [m], the mean one of the ions; over "pulse" ``time`` [s] and ``inventory`` [1], ``maximum_temperature``
    [K] at the end of the pulse; over "cell" ``line_share``. One rank only.

    Raises UnknownNameError, IncompatibleError, OutOfRangeError or GeometryError.
    """
    middle = block.rows // 2
    if others not in SCHEMES:
        raise OutOfRangeError("what the other lines are", others, f"one of {', '.join(SCHEMES)}")
    if pulses < 1 or min(width, rise, rest) <= 0:
        raise OutOfRangeError("pulses, width, rise and rest", (pulses, width, rise, rest), "positive")
    drawing: Any = block.film_section(
        size=size,
        interface_size=interface_size,
        lateral_size=lateral_size,
        edge_size=edge_size,
        growth=growth,
    )
    cells = [row[block.columns // 2] for row in block.cells]
    media = _media(block, drawing.regions, film, fill, {cells[middle]: written or film})
    device = _device(DeviceMesh.from_drawing(drawing), media, ion, temperature, heat_resistance)
    shares = _shares(device.mesh, media, middle, others, temperature)
    train = _Train(shares, voltage, width, rise, rest, pulses)
    states, hottest = _written(device, train, control or StepControl(tolerance=1e-2, max_bias_step=0.5))
    values = _counted(states, ion, cells)
    values["maximum_temperature"] = ("pulse", hottest, {"units": "K"})
    said = {"units": "1", "long_name": "voltage over that of the written line"}
    values["line_share"] = ("cell", [shares[f"word_{i}"] for i in range(block.rows)], said)
    about = {
        "program": program_version(),
        "software": json.dumps(software()),
        "title": "ionic crosstalk along a bottom line",
        "block": json.dumps(asdict(block)),
        "film": json.dumps(plain(film)),
        "ion": ion,
        "others": others,
        "pulse": json.dumps({"voltage": voltage, "width": width, "rise": rise, "rest": rest}),
        "temperature": temperature,
        "heat": "none" if heat_resistance is None else f"sinks of {heat_resistance:g} m^2 K/W",
        "mesh_nodes": device.mesh.num_nodes,
    }
    return xr.Dataset(values, coords={"cell": cells, "pulse": range(pulses + 1)}, attrs=about)


def _device(
    mesh: DeviceMesh,
    media: Mapping[str, Material],
    ion: str,
    temperature: float,
    heat_resistance: float | None,
) -> Device:
    """Return the film with its ions, its current and, behind sinks with a resistance, its heat."""
    sinks = [] if heat_resistance is None else [HeatSink(temperature, heat_resistance)]
    ions = tuple(region for region in mesh.regions if media[region].ions)
    return Device(
        mesh=mesh,
        materials=media,
        physics=[Conduction(), MobileIons(ion, regions=ions), *([Heat()] if sinks else [])],
        contacts={name: [OhmicContact(), *sinks] for name in mesh.contacts},
        **({} if sinks else {"temperature": temperature}),
    )


class _Train:
    """Pulses of one line, of which every contact has a share."""

    def __init__(
        self, shares: Mapping[str, float], voltage: float, width: float, rise: float, rest: float, count: int
    ) -> None:
        period = 2 * rise + width + rest
        corners = [0.0, rise, rise + width, 2 * rise + width]
        self.times = np.array([k * period + t for k in range(count) for t in corners] + [count * period])
        self.levels = np.array([0.0, 1.0, 1.0, 0.0] * count + [0.0]) * voltage
        self.ends = [float((k + 1) * period) for k in range(count)]
        self.tops = [float(k * period + rise + width) for k in range(count)]
        self.shares = dict(shares)

    def bias(self, time: float) -> dict[str, float]:
        """Return the voltage of every contact [V]."""
        level = float(np.interp(time, self.times, self.levels))
        return {name: share * level for name, share in self.shares.items()}


def _media(
    block: CrossbarBlock,
    regions: tuple[str, ...],
    film: Material,
    fill: Material | None,
    own: Mapping[str, Material],
) -> dict[str, Material]:
    """Return the material of each region of the section."""
    found = {}
    for region in regions:
        if region == block.fill:
            if fill is None:
                raise IncompatibleError("a patterned film has fill between its cells: give its material.")
            found[region] = replace(fill, ions={})
        else:
            found[region] = own.get(region, film)
    return found


def _shares(
    mesh: DeviceMesh, media: Mapping[str, Material], middle: int, others: str, temperature: float
) -> dict[str, float]:
    """Return the voltage of every contact over that of the written line; floating lines carry no current."""
    share, written = SCHEMES[others], f"word_{middle}"
    found = {name: 0.0 if name.startswith("bit") else (share or 0.0) for name in mesh.contacts}
    found[written] = 1.0
    if share is None:
        conductivity = {
            region: 0.0 if (datum := one.electrical_conductivity) is None else float(datum.si(temperature))
            for region, one in media.items()
        }
        names = list(mesh.contacts)
        matrix = Laplace(mesh, conductivity, {name: [name] for name in names}).matrix
        free = np.array([name != written and not name.startswith("bit") for name in names])
        known = matrix[np.ix_(free, ~free)] @ np.array(
            [found[n] for n, f in zip(names, free, strict=True) if not f]
        )
        floats = np.linalg.solve(matrix[np.ix_(free, free)], -known)
        found |= dict(zip([n for n, f in zip(names, free, strict=True) if f], floats.tolist(), strict=True))
    return found


def _written(device: Device, train: _Train, control: StepControl) -> tuple[list[State], Array]:
    """Return the states before the first and after each pulse, and the largest temperatures [K] at their tops."""
    from fem.solvers.steady import steady

    start = steady(device, dict.fromkeys(train.shares, 0.0))
    states, hottest = [start], [float(np.max(start.temperature()))]
    milestones = sorted([*train.ends, *train.tops])
    warmest = hottest[0]
    for state in integrate(
        device,
        start,
        bias=train.bias,
        end=train.ends[-1],
        kinks=train.times[1:-1].tolist(),
        milestones=milestones,
        control=control,
    ):
        warmest = max(warmest, float(np.max(state.temperature())))
        if min(abs(state.time - end) for end in train.ends) <= 1e-9 * train.ends[-1]:
            states.append(state)
            hottest.append(warmest)
            warmest = 0.0
    if len(states) != len(train.ends) + 1:
        raise ConvergenceError(f"{len(states) - 1} of {len(train.ends)} pulses came to an end.")
    return states, np.array(hottest)


def _counted(states: list[State], ion: str, cells: list[str]) -> dict[str, Any]:
    """Return contents, changes and heights of all cells in all states."""
    mesh = states[0].device.mesh
    content = np.array([[integral(state, ion, cell) for cell in cells] for state in states])
    height = np.empty_like(content)
    vertical = mesh.mesh.geometry.x[:, 1] * mesh.unit
    for j, cell in enumerate(cells):
        volume = _node_volumes(mesh, cell)
        for k, state in enumerate(states):
            ions = volume * state.ion_density(ion)
            height[k, j] = float(ions @ vertical / ions.sum())
    both = ("pulse", "cell")
    return {
        "content": (both, content, {"units": "1", "long_name": "ions in the cell"}),
        "change": (
            both,
            content / content[0] - 1,
            {"units": "1", "long_name": "gain over the first content"},
        ),
        "height": (both, height, {"units": "m", "long_name": "mean height of the ions"}),
        "time": ("pulse", [state.time for state in states], {"units": "s"}),
        "inventory": ("pulse", [state.ion_inventory(ion) for state in states], {"units": "1"}),
    }


def _node_volumes(mesh: DeviceMesh, region: str) -> Array:
    """Return the share of each node in the area of a region, over the square of the mesh's unit."""
    triangles = mesh.mesh.geometry.dofmaps[0][mesh.cells(region)]
    points = mesh.mesh.geometry.x[triangles][:, :, :2]
    a, b = points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]
    area = 0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    count = len(mesh.mesh.geometry.x)
    return np.bincount(triangles.ravel(), np.repeat(area / 3, 3), minlength=count)


def decay_length(spacings: npt.ArrayLike, changes: npt.ArrayLike) -> float:
    r"""Return the length [m] over which a change falls to 1/e, of a straight line through its logarithms.

    ``spacings`` [m] between the edges of two lines, ``changes`` [1] of the neighbour, all of one sign. Raises
    OutOfRangeError.
    """
    x, y = np.asarray(spacings, dtype=float), np.asarray(changes, dtype=float)
    if x.size < 2 or x.shape != y.shape or not ((y > 0).all() or (y < 0).all()):
        raise OutOfRangeError("changes of a neighbour [1]", y, "two at least, of one sign, one per spacing")
    return float(-1 / np.polyfit(x, np.log(np.abs(y)), 1)[0])


def plot_ionic_crosstalk(crosstalk: xr.Dataset, ax: Axes | None = None) -> Axes:
    """Return axes with the change of every cell's ions by the number of pulses."""
    import matplotlib.pyplot as plt

    ax = ax or plt.subplots(layout="constrained")[1]
    for cell in crosstalk["cell"].values:
        ax.plot(crosstalk["pulse"], crosstalk["change"].sel(cell=cell), marker="o", label=str(cell))
    ax.axhline(0, color="grey", linewidth=0.8)
    ax.set(xlabel="pulses", ylabel="ions gained, over the first content")
    ax.legend(fontsize="small")
    return ax


def save_ionic(crosstalk: xr.Dataset, path: str | Path) -> Path:
    """Return the path of the netCDF-4 file written."""
    return Path(write_stamped(crosstalk, path, _KIND))


def load_ionic(path: str | Path) -> xr.Dataset:
    """Return the dataset in a file of ``save_ionic``; raises IncompatibleError if it is damaged or another."""
    return read_stamped(path, _KIND)
