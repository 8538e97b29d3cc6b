"""Densities and their integrals from the unknowns of a device, on each side of an interface.

The unknown of a carrier is a reduced density without degeneracy (see ``fem.forms.bands``), continuous where bands have
an offset; the density itself jumps there. That of ions and of trapped electrons is its own unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.errors import IncompatibleError, UnknownNameError
from fem.forms.bands import CARRIERS
from fem.forms.compilation import compiled
from fem.forms.faces import area_per_volume
from fem.forms.setting import Field
from fem.mesh.kept import kept

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]


def density_field(device: Device, name: str) -> Field:
    """Return the unknown of a density; raises UnknownNameError."""
    known = {f.name: f for f in device.context.fields if f.density}
    if name not in known:
        raise UnknownNameError("density", name, known)
    return known[name]


def sides(device: Device, name: str) -> list[tuple[str, ...]]:
    """Return the regions of a density in groups between which it jumps; raises UnknownNameError."""
    found: dict[tuple[float, ...], list[str]] = {}
    for region in density_field(device, name).regions:
        found.setdefault((*_numbers(device, name, region), *_states(device, name, region)), []).append(region)
    return [tuple(group) for group in found.values()]


def only_side(device: Device, name: str) -> str:
    """Return a region of a density that does not jump; raises UnknownNameError or IncompatibleError."""
    first, *others = sides(device, name)
    if others:
        raise IncompatibleError(
            f"the {name} density jumps between {first[0]!r} and {others[0][0]!r}, whose bands differ; ask for "
            f"that of one region: density({name!r}, region={first[0]!r})."
        )
    return first[0]


def density_of_unknown(device: Device, name: str, region: str, unknown: Array, warmth: Array) -> Array:
    """Return the scaled density of an ``unknown`` on the side of a region; 0 where the species does not live.

    ``warmth``: temperatures [T0], in the shape of the unknowns.
    """
    if region not in density_field(device, name).regions:
        return 0.0 * unknown
    value, power, energy = _numbers(device, name, region)
    activity = value * unknown
    if device.context.has_temperature:
        activity = activity * np.exp(energy * (1 - 1 / warmth)) * warmth**power
    bands, n0 = device.setting.bands, device.context.scaling.density
    if name not in CARRIERS or bands.classical:
        return np.asarray(activity)
    material, at = device.setting.materials[region], device.setting.temperature * warmth
    return np.asarray(bands.densities(name, material, activity * n0, at, np.exp) / n0)


def content(device: Device, name: str, region: str | None, values: Array, warmth: Array) -> float:
    """Return the integral of a density over a region, or over all [1, or 1/m, 1/m^2 where the mesh lacks the rest].

    ``values``: scaled unknowns, shape (nodes, unknowns); ``warmth`` [T0], shape (nodes,). Lumped as in the equations.
    Collective. Raises UnknownNameError.
    """
    from dolfinx import fem as dfem

    context, mesh, field = device.context, device.mesh, density_field(device, name)
    wanted = set(field.regions) if region is None else {mesh.require("region", region)}
    inside, density, form = kept(device, "content", _content)
    total = 0.0
    for group in sides(device, name):
        inside.x.array[:] = context.indicator([r for r in group if r in wanted]).x.array
        unknown = values[:, context.index(name)]
        density.x.array[:] = density_of_unknown(device, name, group[0], unknown, warmth)
        if field.interface is not None:
            near = area_per_volume(context, field.interface, field.regions)
            density.x.array[:] *= near.x.array
        total += dfem.assemble_scalar(form)
    dim = 3 if mesh.axisymmetric else mesh.dim
    scale = context.scaling.density * context.scaling.length**dim * (mesh.cross_section or 1.0)
    return float(mesh.comm.allreduce(total) * scale)


def _content(device: Device) -> tuple[Any, Any, Any]:
    """Return where a density is counted, the density, and the compiled form of its integral."""
    from dolfinx import fem as dfem

    context, at = device.context, device.context.calculus.at
    inside, density = dfem.Function(context.piecewise), dfem.Function(context.scalar_space)
    form = context.calculus.lump(lambda i: inside * at(density, i), context.constant(1.0))
    return inside, density, compiled(form)


def _numbers(device: Device, name: str, region: str) -> tuple[float, float, float]:
    """Return the activity over its unknown at the ambient temperature, and the power and energy [kT0] of its law."""
    if name not in CARRIERS:
        return 1.0, 0.0, 0.0
    return device.setting.bands.ratio_numbers(name, device.setting.materials[region])


def _states(device: Device, name: str, region: str) -> tuple[float, ...]:
    """Return the density of states that a degenerate carrier has in a region, at two temperatures."""
    bands, t = device.setting.bands, device.setting.temperature
    if name not in CARRIERS or bands.classical:
        return ()
    return tuple(bands.own_states(name, device.setting.materials[region], x * t) for x in (1.0, 1.25))
