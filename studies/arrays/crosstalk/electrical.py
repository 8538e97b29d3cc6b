r"""Electrical crosstalk of a crossbar block: charges and currents of every line for a volt on every other.

Maxwell's capacitance matrix C [F] and the conductance matrix G [S] of all lines, through film, fill, substrate and cap
(``fem.solvers.laplace``); lines are equipotentials. With ``ground``, the lower face of the substrate is a conductor
like the lines, and what leaves to it is its row; without, columns of the lines alone add up to zero, for nothing ends
at infinity: the outer faces carry no field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fem.constants import VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import optional, protocol
from fem.heat.steady import Conductor
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.solvers.laplace import Laplace
from geometries.crossbar import CrossbarBlock
from studies.arrays.crosstalk.regions import FAMILIES, by_region, plain
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import program_version
from studies.results.software import software

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
GROUND = "sink"  #: the lower face of the substrate
_KIND = "electrical crosstalk"
_PAIR = ("conductor", "source")


@checked(comm=optional(protocol("rank", "size", say="an MPI communicator")))
def electrical_crosstalk(
    block: CrossbarBlock,
    *,
    permittivity: Mapping[str, Conductor],
    conductivity: Mapping[str, Conductor] | None = None,
    temperature: float | None = None,
    ground: bool = True,
    size: float,
    coarse_size: float,
    film_size: float | None = None,
    edge_size: float | None = None,
    growth: float = 3.0,
    degree: int = 2,
    extrapolated: bool = True,
    comm: Any = None,
) -> xr.Dataset:
    """Return Maxwell's matrices of all lines of ``block``, and the field that each brings into each cell.

    ``permittivity``: relative, a number or a Material by region or family ("cell", "film", "fill", "substrate", "cap").
    ``conductivity`` [S/m]: the same, of what is not given 0. ``temperature`` [K]: of Materials. ``ground``: whether
    the lower face of the substrate is a conductor at 0 V. ``size``, ``coarse_size``, ``film_size``, ``edge_size`` [m]
    and ``growth``: see ``CrossbarBlock.mesh``; ``degree`` of the elements. ``extrapolated``: whether the matrices are
    solved with edges twice as coarse, too, and taken to their limit, which the singular edges of the lines approach
    in first order of ``edge_size`` (where they lie on a film between nothing that conducts, a little faster elsewhere).

    The dataset has ``capacitance`` [F] and ``conductance`` [S] over "conductor" and "source", ``field_products``
    [1/m²] over "cell", "conductor" and "source": what the voltages make of the mean square of the field in the cell.

    Raises UnknownNameError, IncompatibleError, OutOfRangeError or GeometryError.
    """
    sizes: dict[str, Any] = {
        "size": size,
        "coarse_size": coarse_size,
        "film_size": film_size,
        "growth": growth,
    }
    edge = edge_size or film_size or size
    meshes = [sizes | {"edge_size": edge}]
    if extrapolated:
        coarse = 2 * edge
        sizes |= {"film_size": max(coarse, film_size or size), "size": max(coarse, size)}
        meshes.append(sizes | {"edge_size": coarse, "coarse_size": max(coarse_size, sizes["size"])})
    metals = {"bottom_line": 0.0, "top_line": 0.0}
    media = {
        "capacitance": (
            VACUUM_PERMITTIVITY,
            _numbers(permittivity, "relative_permittivity", temperature) | metals,
        )
    }
    if conductivity is not None:
        given = _numbers(conductivity, "electrical_conductivity", temperature)
        media["conductance"] = (1.0, dict.fromkeys(FAMILIES[:2] + FAMILIES[3:], 0.0) | given | metals)
    found: list[dict[str, Array]] = [
        _solved(block, media, mesh, ground=ground, degree=degree, comm=comm) for mesh in meshes
    ]
    values = dict(found[0])
    if extrapolated:
        values |= {key: 2 * found[0][key] - found[1][key] for key in media}
    about = {
        "program": program_version(),
        "software": json.dumps(software()),
        "title": "electrical crosstalk of a crossbar block",
        "block": json.dumps(asdict(block)),
        "permittivity": json.dumps({name: plain(m) for name, m in permittivity.items()}),
        "conductivity": json.dumps({name: plain(m) for name, m in (conductivity or {}).items()}),
        "ground": int(ground),
        "mesh_size": json.dumps(meshes),
        "degree": degree,
        "unknowns": int(values.pop("unknowns")),
    }
    return _dataset(block, values, about, ground=ground)


def line_voltages(
    crosstalk: xr.Dataset, held: Mapping[str, float], *, others: str = "floating"
) -> xr.DataArray:
    """Return the voltage [V] of every conductor: of those ``held`` what is given, of the ground 0 V.

    ``others``: "grounded" are at 0 V; "floating" carry no charge, as for pulses too short for leakage; "leaking" carry
    no current, as after a long time.

    Raises UnknownNameError, IncompatibleError without a conductance, OutOfRangeError.
    """
    names = [str(name) for name in crosstalk["conductor"].values]
    for name in held:
        if name not in names:
            raise UnknownNameError("line", name, names)
    matrices = {"floating": "capacitance", "leaking": "conductance"}
    if others not in {"grounded", *matrices}:
        raise OutOfRangeError("what the other lines are", others, "'grounded', 'floating' or 'leaking'")
    voltages = np.array([held.get(name, 0.0) for name in names])
    if others in matrices:
        if (key := matrices[others]) not in crosstalk:
            raise IncompatibleError(
                "this crosstalk has no conductance; give electrical_crosstalk a conductivity."
            )
        free = np.array([name not in held and name != GROUND for name in names])
        matrix = crosstalk[key].values
        voltages[free] = np.linalg.lstsq(
            matrix[np.ix_(free, free)], -matrix[np.ix_(free, ~free)] @ voltages[~free], rcond=1e-12
        )[0]
    attrs = {"units": "V", "long_name": "voltage of the line"}
    return xr.DataArray(voltages, dims="conductor", coords={"conductor": names}, attrs=attrs, name="voltage")


def field_in_cells(
    crosstalk: xr.Dataset, held: Mapping[str, float], *, switching_field: float, others: str = "floating"
) -> xr.Dataset:
    """Return the root mean square of the field in every cell [V/m], and its share of a ``switching_field`` [V/m].

    Lines as in ``line_voltages``. Raises what it raises, and OutOfRangeError.
    """
    if not switching_field > 0:
        raise OutOfRangeError("switching field [V/m]", switching_field, "positive")
    voltages = line_voltages(crosstalk, held, others=others)
    v = voltages.values
    square = np.einsum("cij,i,j->c", crosstalk["field_products"].values, v, v)
    field = np.sqrt(np.maximum(square, 0.0))
    data = {
        "voltage": voltages,
        "field": ("cell", field, {"units": "V/m", "long_name": "root mean square of the field in the cell"}),
        "share": (
            "cell",
            field / switching_field,
            {"units": "1", "long_name": "field over the switching field"},
        ),
    }
    return xr.Dataset(data, coords={"cell": crosstalk["cell"]})


def coupling(crosstalk: xr.Dataset, kind: str = "capacitance") -> xr.DataArray:
    """Return the capacitance or conductance between every two conductors [F or S], 0 of each with itself."""
    if kind not in crosstalk:
        raise UnknownNameError(
            "matrix of the crosstalk", kind, [k for k in ("capacitance", "conductance") if k in crosstalk]
        )
    found = -crosstalk[kind].copy()
    np.fill_diagonal(found.values, 0.0)
    found.attrs = {"units": crosstalk[kind].attrs["units"], "long_name": f"{kind} between two lines"}
    return found


def plot_electrical_crosstalk(
    crosstalk: xr.Dataset, kind: str = "capacitance", ax: Axes | None = None
) -> Axes:
    """Return axes with the capacitance or conductance between every two conductors as a map."""
    import matplotlib.pyplot as plt

    between = coupling(crosstalk, kind)
    names = [str(name) for name in between["conductor"].values]
    ax = ax or plt.subplots(layout="constrained")[1]
    picture = ax.imshow(between.values, cmap="viridis")
    ax.set_xticks(range(len(names)), names, rotation=90)
    ax.set_yticks(range(len(names)), names)
    ax.figure.colorbar(picture, ax=ax, label=f"{kind} between lines [{between.attrs['units']}]")
    return ax


def save_electrical(crosstalk: xr.Dataset, path: str | Path) -> Path:
    """Return the path of the netCDF-4 file written."""
    return Path(write_stamped(crosstalk, path, _KIND))


def load_electrical(path: str | Path) -> xr.Dataset:
    """Return the dataset in a file of ``save_electrical``; raises IncompatibleError if it is damaged or another."""
    return read_stamped(path, _KIND)


def _numbers(given: Mapping[str, Conductor], datum: str, temperature: float | None) -> dict[str, float]:
    """Return a datum of materials by name, numbers as they are."""
    found = {}
    for name, one in given.items():
        if isinstance(one, Material):
            if temperature is None:
                raise IncompatibleError(f"{name!r} is a Material: its {datum} needs the temperature [K].")
            found[name] = float(one.require(datum, f"electrical crosstalk in {name!r}").si(temperature))
        else:
            found[name] = float(one)
    return found


def _solved(
    block: CrossbarBlock,
    media: Mapping[str, tuple[float, Mapping[str, float]]],
    sizes: Mapping[str, Any],
    *,
    ground: bool,
    degree: int,
    comm: Any,
) -> dict[str, Array]:
    """Return the matrices on one mesh, and the products of fields in cells."""
    drawing: Any = block.mesh(**sizes)
    mesh = DeviceMesh.from_drawing(drawing, comm)
    lines: dict[str, tuple[str, ...]] = {line: (line,) for line in _lines(block)}
    if ground:
        lines[GROUND] = (GROUND,)
    cells = list(block.all_cells)
    found: dict[str, Array] = {}
    for key, (unit, medium) in media.items():
        named = by_region(block, drawing.regions, dict(medium))
        table = {name: unit * value for name, value in named.items() if not isinstance(value, Material)}
        part = {
            name: parts
            for name, parts in lines.items()
            if key == "capacitance" or name != GROUND or table[block.substrate] > 0
        }
        problem = Laplace(mesh, table, part, degree=degree)
        found[key] = np.zeros((len(lines), len(lines)))
        found[key][: len(part), : len(part)] = problem.matrix
        if key == "capacitance":
            found["field_products"] = np.array([problem.mean_field_products(cell) for cell in cells])
            found["unknowns"] = np.array(problem.num_dofs)
    return found


def _lines(block: CrossbarBlock) -> list[str]:
    """Return the names of all lines: along x and along y of the first layer, then those above."""
    above = (line for level in block.line_levels[2:] for line in level)
    return [*block.top_lines, *block.bottom_lines, *above]


def _dataset(
    block: CrossbarBlock, values: Mapping[str, Array], about: dict[str, Any], *, ground: bool
) -> xr.Dataset:
    conductors = [*_lines(block), *([GROUND] if ground else [])]
    said = {
        "capacitance": ("F", "charge on the conductor per voltage of the source"),
        "conductance": ("S", "current out of the conductor into the medium per voltage of the source"),
    }
    variables: dict[str, Any] = {
        key: (_PAIR, values[key], {"units": unit, "long_name": name})
        for key, (unit, name) in said.items()
        if key in values
    }
    attrs = {"units": "1/m^2", "long_name": "mean product of the fields per volt in the cell"}
    variables["field_products"] = (("cell", *_PAIR), values["field_products"], attrs)
    cells = list(block.all_cells)
    return xr.Dataset(
        variables, coords={"conductor": conductors, "source": conductors, "cell": cells}, attrs=about
    )
