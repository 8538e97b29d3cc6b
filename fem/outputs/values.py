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

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.device.density import sides
from fem.device.state import State
from fem.forms.bands import CARRIERS
from fem.mesh.ranks import collective

if TYPE_CHECKING:
    from fem.heat.field import TemperatureField

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_CARRIERS = ("electron", "hole")


@collective("output_fields")
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
    corners = context.scalar_space.dofmap.list
    psi = state.potential()[corners]
    found = {"potential": psi}
    here = state.temperature()[corners]
    for field in (f for f in context.fields if f.density and not f.interface):
        found[field.name] = _density(state, field.name)
    for term in context.terms:
        found |= term.cell_fields(context, state.values, here / state.device.temperature)
    if not state.device.neutral and any(m.electron_affinity is not None for m in setting.materials.values()):
        found["conduction_band"] = -psi - _energy(state, "electron_affinity", here)
        found["valence_band"] = found["conduction_band"] - _energy(state, "band_gap", here)
    metal = _metal_levels(state)[corners]
    is_metal = _by_cell(state, lambda m: float(m.kind == "metal")) > 0
    has_carriers = _by_cell(state, lambda m: float(m.kind == "semiconductor")) > 0
    for name in _CARRIERS:
        if name in context.names:
            outside = np.where(is_metal, metal, np.nan)
            level = _quasi_fermi(state, name, here) - psi
            found[f"{name}_quasi_fermi"] = np.where(has_carriers, level, outside)
    if temperature is not None:
        found["temperature"] = temperature_values(temperature)
    elif context.has_temperature:
        found["temperature"] = state.temperature()[corners]
    return found


def _density(state: State, name: str) -> Array:
    """Return a density at the corners, each on the side of its cell [1/m^3], shape (cells, corners)."""
    corners = state.device.context.scalar_space.dofmap.list
    found = np.zeros(corners.shape)
    for side in sides(state.device, name):
        cells = state.device.mesh.cells(*side)
        found[cells] = state.density_at(corners[cells], name, side[0])
    return found


def _by_cell(state: State, value: Any) -> Array:
    """Return ``value(material)`` of each cell of this rank, shape (cells, 1)."""
    mesh = state.device.mesh
    table = np.zeros(max(mesh.regions.values()) + 1)
    for region, tag in mesh.regions.items():
        table[tag] = value(state.device.setting.materials[region])
    return table[mesh.cell_region][:, None]


def _energy(state: State, name: str, temperature: Array) -> Array:
    """Return an energy at temperatures [K] at the corners of the cells [eV]; NaN where a material has none."""
    mesh, found = state.device.mesh, np.full(temperature.shape, np.nan)
    for region, material in state.device.setting.materials.items():
        if material.kind != "metal" and getattr(material, name) is not None:
            cells = mesh.cells(region)
            found[cells] = material.si(name, temperature[cells], np.exp) / ELEMENTARY_CHARGE
    return found


def _quasi_fermi(state: State, name: str, temperature: Array) -> Array:
    """Return a quasi-Fermi level above -qψ [eV] at the corners of the cells, of their ``temperature`` [K].

    By the reduced density, which the bands of the reference have to do with alone.
    """
    context, bands = state.device.context, state.device.setting.bands
    affinity, gap, *states = bands.of_reference(temperature, np.exp)
    sign = -CARRIERS[name]
    edge = -affinity if sign > 0 else -affinity - gap
    reduced = state.values[:, context.index(name)][context.scalar_space.dofmap.list]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = np.log(reduced * context.scaling.density / states[_CARRIERS.index(name)])
    return np.asarray((edge + sign * level) * temperature * (BOLTZMANN / ELEMENTARY_CHARGE))


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
