r"""Physical fields of a solved state: densities, band edges and quasi-Fermi levels with their jumps.

Densities and band edges jump where the material changes, so they are given per cell (discontinuous
linear). Energies are counted from the Fermi level of a contact at 0 V, with χ the electron affinity:

.. math:: E_c = -q\psi - \chi,\quad E_v = E_c - E_g,\quad
          E_{Fn} = E_c + kT\ln(n/N_c),\quad E_{Fp} = E_v - kT\ln(p/N_v).

Where a field does not exist: densities are 0 outside of their regions. Band edges are NaN in metals and in
insulators without an electron affinity (E_v also without a band gap), quasi-Fermi levels NaN in
insulators. In a metal both quasi-Fermi levels are its Fermi level, -q times the voltage of its contact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.constants import ELEMENTARY_CHARGE
from fem.device.state import State
from fem.errors import IncompatibleError, OutOfRangeError
from fem.fields import field_info
from fem.forms.temperature_law import power_and_energy
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.carriers.carriers import equilibrium_offset, reference_density, region_ratio
from fem.physics.potential.ferroelectric import Ferroelectric

if TYPE_CHECKING:
    import xarray as xr

    from fem.heat.steady import TemperatureField

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NANOMETRE = 1e-9  #: [m], the length unit of grids and of files for ParaView
_CARRIERS = ("electron", "hole")


def output_fields(state: State, temperature: TemperatureField | None = None) -> dict[str, Any]:
    """Return dolfinx Functions by the names of ``fem.fields``, in SI units and eV.

    "potential" [V] and "temperature" [K], if given, are continuous and linear; all others discontinuous
    and linear: "electron", "hole", each ion and each trap level [1/m³], "polarization" [C/m²], "conduction_band",
    "valence_band", "electron_quasi_fermi" and "hole_quasi_fermi" [eV].
    """
    from dolfinx import fem as dfem

    context = state.device.context
    nodes = context.scalar_space.dofmap.list
    broken = dfem.functionspace(state.device.mesh.mesh, ("DG", 1))
    found = {}
    for name, values in cell_values(state, temperature).items():
        continuous = name in ("potential", "temperature")
        function = dfem.Function(context.scalar_space if continuous else broken, name=name)
        function.x.array[nodes if continuous else broken.dofmap.list] = values
        found[name] = function
    return found


def cell_values(state: State, temperature: TemperatureField | None = None) -> dict[str, Array]:
    """Return every output field at the corners of the cells of this rank, shape (cells, corners)."""
    context, setting = state.device.context, state.device.setting
    kt, n0 = context.scaling.potential, context.scaling.density
    corners = context.scalar_space.dofmap.list
    psi = state.potential()[corners]
    found = {"potential": psi}
    warmth = (state.temperature() / state.device.temperature)[corners]
    for name in (n for n in _CARRIERS if n in context.names):
        ratio = _ratio(state, name, warmth)
        found[name] = ratio * n0 * state.values[:, context.index(name)][corners]
    for field in (f for f in context.fields if (f.ionic or f.trap) and not f.interface):
        inside = np.isin(setting.mesh.cell_region, [setting.mesh.regions[r] for r in field.regions])
        found[field.name] = np.where(inside[:, None], state.density(field.name)[corners], 0.0)
    for term in (t for t in state.device.physics if isinstance(t, Ferroelectric)):
        inside = np.isin(setting.mesh.cell_region, [setting.mesh.regions[r] for r in term.regions])
        found[term.name] = np.where(inside[:, None], state.polarization(term.name)[corners], 0.0)
    if state.device.conduction is not None:
        found["conductivity"] = _conductivity(state, warmth)
    elif any(m.electron_affinity is not None for m in setting.materials.values()):
        found["conduction_band"] = -psi - _by_cell(state, lambda m: _energy(state, m, "electron_affinity"))
        gap = _by_cell(state, lambda m: _energy(state, m, "band_gap"))
        found["valence_band"] = found["conduction_band"] - gap
    metal = _metal_levels(state)[corners]
    is_metal = _by_cell(state, lambda m: float(m.kind == "metal")) > 0
    has_carriers = _by_cell(state, lambda m: float(m.kind == "semiconductor")) > 0
    for name, sign in zip(_CARRIERS, (1, -1), strict=True):
        if name in context.names:
            offset = equilibrium_offset(setting, name, n0)
            middle = np.log(reference_density(setting, name) / n0) - offset  # half of the reference's gap
            with np.errstate(divide="ignore", invalid="ignore"):
                level = np.log(state.values[:, context.index(name)])[corners] - offset - middle
            level = sign * kt * (warmth * level + middle) - kt * state.values[:, 0][corners]
            outside = np.where(is_metal, metal, np.nan)
            found[f"{name}_quasi_fermi"] = np.where(has_carriers, level, outside)
    if temperature is not None:
        found["temperature"] = temperature_values(temperature)
    elif context.has_temperature:
        found["temperature"] = state.temperature()[corners]
    return found


def _conductivity(state: State, warmth: Array) -> Array:
    """Return the conductivity of ``Conduction`` at the corners [S/m], shape (cells, corners); NaN in metals."""
    setting, term = state.device.setting, state.device.conduction
    assert term is not None
    corners = state.device.context.scalar_space.dofmap.list
    found = np.full(corners.shape, np.nan)
    for region in setting.of_kind("semiconductor", "insulator"):
        cells = setting.mesh.cell_region == setting.mesh.regions[region]
        law = term.laws.get(region)
        density = state.density(law.ion)[corners[cells]] if law else None
        found[cells] = term.value(setting, region, density, setting.temperature * warmth[cells])
    return found


def _ratio(state: State, carrier: str, warmth: Array) -> Array:
    """Return the density over the reduced density of a carrier at a temperature [T0] of each corner."""
    setting = state.device.setting

    def logarithm(m: Material, factor: float) -> float:
        return float(np.log(region_ratio(setting, carrier, m, factor * setting.temperature) or 1.0))

    here = _by_cell(state, lambda m: region_ratio(setting, carrier, m))
    if not state.device.context.has_temperature:
        return here
    shape = _by_cell(state, lambda m: power_and_energy(lambda f: float(np.exp(logarithm(m, f))))[1])
    grown: Array = here * np.exp(shape * (1 - 1 / warmth))
    return grown


def _by_cell(state: State, value: Any) -> Array:
    """Return ``value(material)`` of each cell of this rank, shape (cells, 1)."""
    mesh = state.device.mesh
    table = np.zeros(max(mesh.regions.values()) + 1)
    for region, tag in mesh.regions.items():
        table[tag] = value(state.device.setting.materials[region])
    return table[mesh.cell_region][:, None]


def _energy(state: State, material: Material, name: str) -> float:
    """Return an energy of a material [eV]; NaN if it has none."""
    if material.kind == "metal" or getattr(material, name) is None:
        return np.nan
    return material.si(name, state.device.temperature) / ELEMENTARY_CHARGE


def _metal_levels(state: State) -> Array:
    """Return the Fermi level of the electrode at each node [eV], NaN elsewhere, shape (nodes,)."""
    levels = np.full(len(state.values), np.nan)
    for electrode in state.device.electrodes:
        base = state.device.boundary.base[electrode.name]
        volts = (state.values[electrode.nodes, 0] - base) * state.device.scaling.potential
        levels[electrode.nodes] = 0.0 - volts
    return levels


def temperature_values(temperature: TemperatureField) -> Array:
    """Return the temperature at the corners of the cells [K], shape (cells, corners)."""
    from dolfinx import fem as dfem

    if temperature.problem.degree == 1:
        return temperature.values[temperature.problem.space.dofmap.list]
    linear = dfem.Function(dfem.functionspace(temperature.problem.mesh.mesh, ("Lagrange", 1)))
    linear.interpolate(temperature.function())
    return linear.x.array[linear.function_space.dofmap.list]


@dataclass(frozen=True, kw_only=True, eq=False)
class RegionMesh:
    """A mesh cut apart between its regions and gathered on rank 0, so that point values can jump there.

    ``points`` [m], shape (n, 3); ``cells``: their point numbers, shape (m, corners); ``region``: tag of each
    cell, shape (m,). All are empty on other ranks.
    """

    mesh: DeviceMesh
    points: Array
    cells: IntArray
    region: IntArray
    first: IntArray  #: for each point one of the corners (cell by cell) that it is

    @classmethod
    def of(cls, mesh: DeviceMesh) -> RegionMesh:
        """Return the cut mesh; made once and kept with ``mesh``. Collective."""
        kept: RegionMesh | None = mesh.__dict__.get("_region_mesh")
        if kept is None:
            kept = mesh.__dict__["_region_mesh"] = cls._made(mesh)
        return kept

    @classmethod
    def _made(cls, mesh: DeviceMesh) -> RegionMesh:
        geometry = mesh.mesh.geometry
        corners = geometry.dofmaps[0]
        node = _gathered(mesh, np.asarray(geometry.input_global_indices, dtype=np.int64)[corners])
        place = _gathered(mesh, geometry.x[corners]).reshape(-1, 3) * mesh.unit
        region = _gathered(mesh, mesh.cell_region.astype(np.int64))
        count = max(mesh.regions.values()) + 1
        _, first, number = np.unique(node * count + region[:, None], return_index=True, return_inverse=True)
        cells = number.reshape(node.shape).astype(np.int64)
        return cls(mesh=mesh, points=place[first], cells=cells, region=region, first=first.astype(np.int64))

    def gather(self, values: Array) -> Array:
        """Return values (cells of this rank, corners) at the points, shape (n,); empty but on rank 0."""
        return np.asarray(_gathered(self.mesh, values).reshape(-1)[self.first], dtype=np.float64)

    def gather_cells(self, values: Array) -> Array:
        """Return values (cells of this rank, ...) of the cells, shape (m, ...); empty but on rank 0."""
        return np.asarray(_gathered(self.mesh, values), dtype=np.float64)


def _gathered(mesh: DeviceMesh, values: Any) -> Any:
    """Return the rows of all cells, each once, on rank 0; no row on other ranks."""
    owned = mesh.mesh.topology.index_map(mesh.dim).size_local
    parts = mesh.comm.gather(np.ascontiguousarray(values[:owned]), root=0)
    return np.concatenate(parts) if parts is not None else values[:0]


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


def grid(state: State, temperature: TemperatureField | None = None) -> Any:
    """Return the state as a pyvista UnstructuredGrid in nm on rank 0, None on other ranks.

    Point data: the output fields; cell data: "region"; field data: "region_names" by tag.
    """
    return grid_of(state.device.mesh, cell_values(state, temperature))


def grid_of(mesh: DeviceMesh, values: Mapping[str, Array]) -> Any:
    """Return corner values (cells, corners) of one mesh as a pyvista grid in nm; None but on rank 0."""
    cut_mesh = RegionMesh.of(mesh)
    gathered = {name: cut_mesh.gather(v) for name, v in values.items()}
    if mesh.comm.rank != 0:
        return None
    import pyvista as pv

    kind = {1: pv.CellType.LINE, 2: pv.CellType.TRIANGLE, 3: pv.CellType.TETRA}[mesh.dim]
    found = pv.UnstructuredGrid({kind: cut_mesh.cells}, cut_mesh.points / NANOMETRE)
    for name, column in gathered.items():
        found.point_data[name] = column
    found.cell_data["region"] = cut_mesh.region
    found.field_data["region_names"] = region_names(mesh)
    return found


def region_names(mesh: DeviceMesh) -> list[str]:
    """Return the name of each region tag, "" where a tag is not used."""
    names = [""] * (max(mesh.regions.values()) + 1)
    for region, tag in mesh.regions.items():
        names[tag] = region
    return names
