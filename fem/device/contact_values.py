r"""Boundary values at electrodes and outside of the regions of a field.

Potential at a contact of work function W and bias V: the vacuum level there is :math:`-q\psi = W - qV`.
Ohmic contacts fix both densities, or ``fem.device.ohmic`` does where the temperature is an unknown; Schottky contacts
emit (``fem.device.schottky``); blocking and gate contacts let no carrier through. A neutral ohmic contact takes the
densities at which the net doping is compensated, charged traps included. Heat sinks without a resistance fix the
temperature, where that is an unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem.constants import ELEMENTARY_CHARGE
from fem.contacts import HeatSink, OhmicContact
from fem.device.electrodes import Electrode
from fem.errors import IncompatibleError, warn
from fem.forms.context import Context
from fem.forms.nodes import IntArray, closure_nodes, facet_nodes, marked_nodes
from fem.forms.setting import DROP, TEMPERATURE, Field, Setting
from fem.physics.term import Term

Array = npt.NDArray[np.float64]
_DENSEST = 1e30  # carriers at a contact [1/m^3]: more than any solid has electrons in its bands
_DEEPEST = (
    200.0  # [kT] inside of a band: as far as the level of a contact may be where carriers are degenerate
)


@dataclass(frozen=True, kw_only=True, eq=False)
class BoundaryData:
    """What is fixed where: arrays over the scalar dofs of this rank.

    ``base[name]``: potential [kT/q] of an electrode's nodes at zero bias, shape (nodes,).
    ``fixed[field]``: scalar dofs whose density is fixed; ``values[field]`` their values [N0].
    """

    base: dict[str, Array]
    fixed: dict[str, IntArray]
    values: dict[str, Array]


def boundary_data(
    context: Context,
    electrodes: Sequence[Electrode],
    sinks: Mapping[str, HeatSink],
    *,
    neutral: bool = False,
) -> BoundaryData:
    """Return the values at all electrodes and heat sinks, and the dofs outside of each field's regions.

    Bound charges of the terms take part in the neutrality of contacts. ``neutral``: a device without space charge,
    whose electrodes are all at 0 V at rest.
    """
    base: dict[str, Array] = {}
    table = {f.name: np.full(_size(context), np.nan) for f in context.fields[1:]}
    for field in context.fields[1:]:
        table[field.name][_outside(context, field)] = 0.0
    for electrode in electrodes:
        if (drop := DROP + electrode.name) in table:
            table[drop][:] = 0.0
            table[drop][_surface_nodes(context, electrode)] = np.nan
        if neutral:
            base[electrode.name] = np.zeros(electrode.nodes.size)
            continue
        if electrode.work_function is None:
            base[electrode.name] = _neutral(context, electrode, table)
            continue
        level = _held_level(context, electrode)
        base[electrode.name] = np.full(electrode.nodes.size, level)
        if isinstance(electrode.contact, OhmicContact) and not context.has_temperature:
            nodes = carrier_nodes(context, electrode)
            for name in _carriers(context):
                table[name][nodes] = np.exp(
                    context.setting.bands.log_density(name, level, context.scaling.density)
                )
    if context.has_temperature:
        for name, sink in sinks.items():
            if sink.resistance is None:
                rise = sink.temperature / context.setting.temperature - 1
                table[TEMPERATURE][facet_nodes(context, name)] = rise
    fixed = {name: np.flatnonzero(~np.isnan(v)).astype(np.int32) for name, v in table.items()}
    values = {name: table[name][dofs] for name, dofs in fixed.items()}
    return BoundaryData(base=base, fixed=fixed, values=values)


def _size(context: Context) -> int:
    index_map = context.scalar_space.dofmap.index_map
    return int(index_map.size_local + index_map.num_ghosts)


def _carriers(context: Context) -> list[str]:
    return [f.name for f in context.fields if f.name in ("electron", "hole")]


def _outside(context: Context, field: Field) -> IntArray:
    """Return scalar dofs that touch none of the field's regions, or are not on its interface."""
    if field.interface is not None:
        inside = facet_nodes(context, field.interface)
    else:
        inside = closure_nodes(context, field.regions)
    return np.setdiff1d(np.arange(_size(context), dtype=np.int32), inside)


def _surface_nodes(context: Context, electrode: Electrode) -> IntArray:
    """Return the electrode's dofs on the facets where it meets a region that is no metal."""
    from dolfinx import fem as dfem

    mesh = context.setting.mesh
    links = mesh.mesh.topology.connectivity(mesh.dim, mesh.dim - 1)
    facets = np.array([links.links(int(cell))[local] for cell, local in electrode.surface], dtype=np.int32)
    dofs = dfem.locate_dofs_topological(context.scalar_space, mesh.dim - 1, facets)
    return marked_nodes(context.scalar_space, dofs)


def carrier_nodes(context: Context, electrode: Electrode) -> IntArray:
    """Return the electrode's dofs that touch a semiconductor."""
    closure = closure_nodes(context, context.setting.of_kind("semiconductor"))
    return np.intersect1d(electrode.nodes, closure).astype(np.int32)


def _held_level(context: Context, electrode: Electrode) -> float:
    """Return the scaled potential of an electrode at zero bias; zero is the reference's midgap."""
    surplus = _surplus(context, electrode)
    if surplus is not None:
        _warn_of_density(context, electrode, *surplus)
    return context.setting.bands.vacuum - held_work_function(context, electrode) / context.scaling.energy


def held_work_function(context: Context, electrode: Electrode) -> float:
    """Return the work function of an electrode [J], or the one nearest to it with ``_DENSEST`` carriers there.

    The layer in which a Boltzmann density falls to ``_DENSEST`` is thinner than a Debye length at it, 0.01 nm:
    beyond it the device is the same as with the whole work function.
    """
    assert electrode.work_function is not None
    surplus = _surplus(context, electrode)
    if surplus is None:
        return electrode.work_function
    carrier, logarithm = surplus
    change = (logarithm - _most(context, electrode, carrier)) * context.scaling.energy
    return electrode.work_function + (-change if carrier == "hole" else change)


def _surplus(context: Context, electrode: Electrode) -> tuple[str, float] | None:
    """Return the carrier of which there would be more than ``_DENSEST`` at an electrode, and ln of how many per m^3."""
    assert electrode.work_function is not None
    if len(electrode.regions) != 1:  # the others would see another barrier
        return None
    bands, density = context.setting.bands, context.scaling.density
    level = bands.vacuum - electrode.work_function / context.scaling.energy
    for name in _carriers(context):
        ratio = bands.ratio(name, context.setting.materials[electrode.regions[0]])
        if ratio > 0.0:
            logarithm = float(bands.log_density(name, level, density) + np.log(ratio * density))
            if logarithm > _most(context, electrode, name):
                return name, logarithm
    return None


def _most(context: Context, electrode: Electrode, carrier: str) -> float:
    """Return ln of the largest activity of a carrier at an electrode, per m^3."""
    bands = context.setting.bands
    if bands.classical:
        return float(np.log(_DENSEST))
    material = context.setting.materials[electrode.regions[0]]
    return float(np.log(bands.own_states(carrier, material))) + _DEEPEST


def _warn_of_density(context: Context, electrode: Electrode, carrier: str, logarithm: float) -> None:
    if context.setting.mesh.comm.rank == 0:
        work = electrode.work_function / ELEMENTARY_CHARGE  # type: ignore[operator]
        power = logarithm / np.log(10)
        said = (
            f"contact {electrode.name!r}: a work function of {work:.3g} eV is so far inside of the band that "
        )
        if context.setting.bands.classical:
            said += (
                f"Boltzmann statistics give 10^{power:.0f} {carrier}s per m^3; it holds {_DENSEST:.0e} instead, "
                "which changes no more than a layer of 0.01 nm."
            )
        else:
            said += f"it is held at {_DEEPEST:.0f} kT inside."
        warn(said)


def _neutral(context: Context, electrode: Electrode, table: dict[str, Array]) -> Array:
    """Fill in the densities of charge neutrality at a contact, where they are fixed, and return the potential there."""
    setting = context.setting
    potential = np.zeros(electrode.nodes.size)
    position = {int(node): k for k, node in enumerate(electrode.nodes)}
    known = np.zeros(electrode.nodes.size, dtype=bool)
    for region in electrode.regions:
        if setting.materials[region].kind != "semiconductor":
            continue
        level, densities = neutral_level(setting, context.terms, region, context.scaling.density)
        for node in np.intersect1d(electrode.nodes, closure_nodes(context, (region,))):
            potential[position[int(node)]], known[position[int(node)]] = level, True
            for name in () if context.has_temperature else _carriers(context):
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


def neutral_level(
    setting: Setting, terms: Sequence[Term], region: str, density: float
) -> tuple[float, dict[str, float]]:
    """Return potential and reduced densities [``density``] where p - n + doping + bound charge = 0.

    All at the temperature of the ``setting``: the potential [kT/q] is 0 at the reference's midgap there.
    """
    from scipy.optimize import brentq

    n0, material = density, setting.materials[region]
    dopants = ((1, material.donor_density), (-1, material.acceptor_density))
    doping = sum(sign * (d.si(setting.temperature) if d else 0.0) for sign, d in dopants) / n0

    def fixed(potential: float) -> float:
        return doping + bound_charge(setting, terms, region, potential) / n0

    def gap(potential: float) -> float:
        """Return the potential that the charge at ``potential`` asks for, less ``potential``: it falls."""
        return setting.bands.neutral(material, fixed(potential), n0)[0] - potential

    middle, densities = setting.bands.neutral(material, doping, n0)
    if fixed(middle) == doping:
        return middle, densities
    ends = [
        middle + gap(middle) * k for k in (0.0, 1.0)
    ]  # the answer lies between: traps bend less than that
    level = float(brentq(gap, min(ends), max(ends), xtol=1e-13, rtol=1e-15))
    return setting.bands.neutral(material, fixed(level), n0)


def bound_charge(setting: Setting, terms: Sequence[Term], region: str, potential: float) -> float:
    """Return the charge [q/m^3] of bound states in a region at Fermi level 0 and a potential [kT/q]."""
    return sum(term.neutral_charge(setting, region, potential) for term in terms)
