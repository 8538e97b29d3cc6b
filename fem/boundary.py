r"""Boundary values at electrodes and outside of the regions of a field.

Potential at a contact of work function W and bias V: the vacuum level there is :math:`-q\psi = W - qV`.
Ohmic contacts fix both densities; Schottky contacts let :math:`v(u - u_0)` through; blocking and gate
contacts let no carrier through. A neutral ohmic contact takes the densities at which the net doping is
compensated.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.contacts import OhmicContact, SchottkyContact
from fem.context import Context
from fem.electrodes import Electrode, IntArray, marked_nodes
from fem.errors import IncompatibleError, ModelWarning
from fem.physics.carriers import equilibrium_offset, region_ratio

Array = npt.NDArray[np.float64]
_DENSEST = 1e30  # carriers at a contact [1/m^3]: more than any solid has electrons in its bands
_ROUNDING = 0.1  # [kT^2]: rounds off the image force at zero field, where it adds 0.2 kT


@dataclass(frozen=True, kw_only=True, eq=False)
class BoundaryData:
    """What is fixed where: arrays over the scalar dofs of this rank.

    ``base[name]``: potential [kT/q] of an electrode's nodes at zero bias, shape (nodes,).
    ``fixed[field]``: scalar dofs whose density is fixed; ``values[field]`` their values [N0].
    ``carrier_base[name]``: potential of Schottky contacts at zero bias [kT/q].
    """

    base: dict[str, Array]
    fixed: dict[str, IntArray]
    values: dict[str, Array]
    carrier_base: dict[str, float]


def boundary_data(context: Context, electrodes: Sequence[Electrode]) -> BoundaryData:
    """Return the boundary values of all electrodes and the dofs outside of each field's regions."""
    base: dict[str, Array] = {}
    table = {f.name: np.full(_size(context), np.nan) for f in context.fields[1:]}
    for field in context.fields[1:]:
        table[field.name][_outside(context, field.regions)] = 0.0
    carrier_base: dict[str, float] = {}
    for electrode in electrodes:
        if electrode.work_function is None:
            base[electrode.name] = _neutral(context, electrode, table)
            continue
        level = _held_level(context, electrode)
        base[electrode.name] = np.full(electrode.nodes.size, level)
        if isinstance(electrode.contact, OhmicContact):
            nodes = _carrier_nodes(context, electrode)
            for name in _carriers(context):
                table[name][nodes] = np.exp(_exponent(context, name, level))
        elif isinstance(electrode.contact, SchottkyContact):
            carrier_base[electrode.name] = level
    fixed = {name: np.flatnonzero(~np.isnan(v)).astype(np.int32) for name, v in table.items()}
    values = {name: table[name][dofs] for name, dofs in fixed.items()}
    return BoundaryData(base=base, fixed=fixed, values=values, carrier_base=carrier_base)


def thermionic_residual(context: Context, electrodes: Sequence[Electrode], data: BoundaryData) -> Any:
    """Return the boundary terms of all Schottky contacts: outflow v (n - n0) of each carrier."""
    contacts = [e for e in electrodes if isinstance(e.contact, SchottkyContact)]
    if not contacts or not _carriers(context):
        return 0
    mesh = context.setting.mesh
    groups = [(k, e.surface.ravel()) for k, e in enumerate(contacts)]
    ds = ufl.Measure("ds", domain=mesh.mesh, subdomain_data=groups, metadata=_vertex_rule(mesh.dim))
    form = 0
    for k, electrode in enumerate(contacts):
        radius = _radius_share(context, ds(k)) if context.setting.mesh.axisymmetric else 1.0
        for name in _carriers(context):
            velocity = _velocity(context, electrode, name)
            u0 = context.constant(float(np.exp(_exponent(context, name, data.carrier_base[electrode.name]))))
            velocity = velocity * _image_force_gain(context, electrode, name)
            outflow = velocity * (context.field(name) - u0) * radius
            form += context.row_scale(name) * outflow * context.test(name) * ds(k)
    return form


def _image_force_gain(context: Context, electrode: Electrode, carrier: str) -> Any:
    r"""Return :math:`e^{\Delta\phi/kT}`, the gain of emission by the image force, on the contact's facets."""
    contact = electrode.contact
    assert isinstance(contact, SchottkyContact)
    if contact.image_force_permittivity is None:
        return 1.0
    scaling = context.scaling
    permittivity = 4 * np.pi * VACUUM_PERMITTIVITY * contact.image_force_permittivity
    factor = context.constant(ELEMENTARY_CHARGE / (permittivity * scaling.length * scaling.potential))
    sign = 1.0 if carrier == "electron" else -1.0
    outward = -ufl.dot(ufl.grad(context.field("potential")), ufl.FacetNormal(context.setting.mesh.mesh))
    pull = factor * sign * outward
    return ufl.exp(ufl.sqrt((pull + ufl.sqrt(pull * pull + _ROUNDING**2)) / 2))


def _vertex_rule(dim: int) -> dict[str, Any]:
    """Lumped quadrature on facets, so that positivity is kept; a point needs none."""
    return {"quadrature_degree": 1} if dim == 1 else {"quadrature_rule": "vertex", "quadrature_degree": 1}


def _radius_share(context: Context, ds: Any) -> Any:
    """Return 2πr at the nodes of an axisymmetric contact, such that lumped integrals have the exact shares.

    A node on the axis has r = 0, but the ring around it has an area.
    """
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    v = ufl.TestFunction(context.scalar_space)
    r = ufl.SpatialCoordinate(context.setting.mesh.mesh)[0]
    exact = 2 * np.pi * r * v * ds(metadata={"quadrature_degree": 2})
    parts = []
    for form in (exact, v * ds):
        vector = dfem.assemble_vector(dfem.form(form))
        vector.scatter_reverse(InsertMode.add)
        vector.scatter_forward()
        parts.append(vector.array)
    share = dfem.Function(context.scalar_space)
    np.divide(parts[0], parts[1], out=share.x.array, where=parts[1] > 0)
    return share


def _velocity(context: Context, electrode: Electrode, carrier: str) -> Any:
    """Return v r [D0/L0] by region; v = sqrt(kT/2πm*) with the m* of the density of states."""
    contact = electrode.contact
    assert isinstance(contact, SchottkyContact)
    given = contact.electron_velocity if carrier == "electron" else contact.hole_velocity

    def value(_region: str, material: Any) -> float:
        ratio = region_ratio(context.setting, carrier, material)
        if ratio == 0.0:
            return 0.0
        v = (
            given
            if given is not None
            else thermionic_velocity(
                material.si(
                    "effective_dos_conduction" if carrier == "electron" else "effective_dos_valence",
                    context.setting.temperature,
                ),
                context.setting.temperature,
            )
        )
        return v * ratio / context.scaling.velocity

    return context.by_region(f"{carrier} velocity at {electrode.name}", value)


def thermionic_velocity(density_of_states: float, temperature: float) -> float:
    r"""Return :math:`A^*T^2/(qN_c) = \sqrt{kT/2\pi m^*}` [m/s], :math:`N_c = 2(2\pi m^* kT/h^2)^{3/2}`.

    (S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 2007, ch. 3.)

    >>> round(thermionic_velocity(2.5e25, 300.0) / 1e4, 2)
    2.69
    """
    from fem.constants import BOLTZMANN, PLANCK

    kt = BOLTZMANN * temperature
    mass = (density_of_states / 2) ** (2 / 3) * PLANCK**2 / (2 * np.pi * kt)
    return float(np.sqrt(kt / (2 * np.pi * mass)))


def _size(context: Context) -> int:
    index_map = context.scalar_space.dofmap.index_map
    return int(index_map.size_local + index_map.num_ghosts)


def _carriers(context: Context) -> list[str]:
    return [f.name for f in context.fields if f.name in ("electron", "hole")]


def _outside(context: Context, regions: Sequence[str]) -> IntArray:
    """Return scalar dofs that touch none of the regions."""
    inside = _closure(context, regions)
    return np.setdiff1d(np.arange(_size(context), dtype=np.int32), inside)


def _closure(context: Context, regions: Sequence[str]) -> IntArray:
    from dolfinx import fem as dfem

    mesh = context.setting.mesh
    dofs = dfem.locate_dofs_topological(context.scalar_space, mesh.dim, mesh.cells(*regions))
    return marked_nodes(context.scalar_space, dofs)


def _carrier_nodes(context: Context, electrode: Electrode) -> IntArray:
    """Return the electrode's dofs that touch a semiconductor."""
    closure = _closure(context, context.setting.of_kind("semiconductor"))
    return np.intersect1d(electrode.nodes, closure).astype(np.int32)


def _vacuum_level(context: Context, work_function: float) -> float:
    """Return the scaled potential of an electrode at zero bias; zero is the reference's midgap."""
    reference = context.setting.reference
    shift = 0.0
    if reference is not None:
        chi, gap, _, _ = context.setting.levels(reference)
        shift = chi + gap / 2
    return shift - work_function / context.scaling.energy


def _held_level(context: Context, electrode: Electrode) -> float:
    """Return the scaled potential of an electrode at zero bias, with no more than ``_DENSEST`` carriers there.

    The layer in which a Boltzmann density falls to ``_DENSEST`` is thinner than a Debye length at it, 0.01 nm:
    beyond it the device is the same as with the whole work function.
    """
    assert electrode.work_function is not None
    level = _vacuum_level(context, electrode.work_function)
    if len(electrode.regions) != 1:  # the others would see another barrier
        return level
    material = context.setting.materials[electrode.regions[0]]
    for name in _carriers(context):
        ratio = region_ratio(context.setting, name, material)
        if ratio == 0.0:
            continue
        logarithm = _exponent(context, name, level) + np.log(ratio * context.scaling.density)
        surplus = float(logarithm - np.log(_DENSEST))
        if surplus > 0:
            _warn_of_density(context, electrode, name, float(logarithm / np.log(10)))
            return level + (surplus if name == "hole" else -surplus)
    return level


def _warn_of_density(context: Context, electrode: Electrode, carrier: str, power: float) -> None:
    if context.setting.mesh.comm.rank == 0:
        work = electrode.work_function / ELEMENTARY_CHARGE  # type: ignore[operator]
        warnings.warn(
            f"contact {electrode.name!r}: a work function of {work:.3g} eV is so far inside of the band that "
            f"Boltzmann statistics give 10^{power:.0f} {carrier}s per m^3; it holds {_DENSEST:.0e} instead, "
            "which changes no more than a layer of 0.01 nm.",
            ModelWarning,
            stacklevel=2,
        )


def _exponent(context: Context, carrier: str, potential: Any) -> Any:
    """Return ln(u) [N0] of a carrier at Fermi level 0 for a scaled potential."""
    sign = 1 if carrier == "electron" else -1
    return equilibrium_offset(context.setting, carrier, context.scaling.density) + sign * potential


def _neutral(context: Context, electrode: Electrode, table: dict[str, Array]) -> Array:
    """Fill in the densities of charge neutrality at a contact and return the potential there."""
    setting, n0 = context.setting, context.scaling.density
    potential = np.zeros(electrode.nodes.size)
    position = {int(node): k for k, node in enumerate(electrode.nodes)}
    known = np.zeros(electrode.nodes.size, dtype=bool)
    for region in electrode.regions:
        material = setting.materials[region]
        if material.kind != "semiconductor":
            continue
        doping = (
            sum(
                sign * (d.si(setting.temperature) if d else 0.0)
                for sign, d in ((1, material.donor_density), (-1, material.acceptor_density))
            )
            / n0
        )
        level, densities = neutral_values(context, material, doping)
        for node in np.intersect1d(electrode.nodes, _closure(context, (region,))):
            potential[position[int(node)]], known[position[int(node)]] = level, True
            for name in _carriers(context):
                table[name][node] = densities[name]
    _require_one_level(context, electrode, potential[known])
    comm = setting.mesh.comm
    count = comm.allreduce(int(known.sum()))
    if count:  # nodes on an insulator or inside a metal: alike on all ranks
        potential[~known] = comm.allreduce(float(potential[known].sum())) / count
    return potential


def _require_one_level(context: Context, electrode: Electrode, levels: Array) -> None:
    """Raise if a metal would be at several potentials: a neutral contact fixes that of each doping apart."""
    comm = context.setting.mesh.comm
    spread = np.ptp(np.concatenate(comm.allgather(levels)))
    if electrode.metal and spread > 1e-6:
        raise IncompatibleError(
            f"OhmicContact {electrode.name!r} without a work_function sits on a metal that touches regions of "
            f"different doping ({', '.join(electrode.regions)}), which would set it to potentials "
            f"{spread * context.scaling.potential:.3g} V apart; give it a work_function."
        )


def neutral_values(context: Context, material: Any, doping: float) -> tuple[float, dict[str, float]]:
    """Return potential [kT/q] and reduced densities [N0] where p - n + doping = 0."""
    ratio = {c: region_ratio(context.setting, c, material) for c in ("electron", "hole")}
    offset = {c: float(_exponent(context, c, 0.0)) for c in ("electron", "hole")}
    ni2 = ratio["electron"] * ratio["hole"] * np.exp(offset["electron"] + offset["hole"])
    major = abs(doping) / 2 + np.sqrt(doping**2 / 4 + ni2)
    n, p = (major, ni2 / major) if doping >= 0 else (ni2 / major, major)
    if doping >= 0:
        level = np.log(n / ratio["electron"]) - offset["electron"]
    else:
        level = offset["hole"] - np.log(p / ratio["hole"])
    return float(level), {"electron": n / ratio["electron"], "hole": p / ratio["hole"]}
