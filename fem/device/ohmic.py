r"""Ohmic contacts at a temperature that is an unknown: carriers in equilibrium with the metal there.

At the contact :math:`u_n = U_n(T)\,e^{q\psi/kT}`, :math:`u_p = U_p(T)\,e^{-q\psi/kT}`, with its potential
:math:`\psi` at zero bias: that of its work function at any temperature, or of neutrality at its own
(``fem.forms.ohmic_level``). These equations take the place of both continuity equations at the nodes of the contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import ufl

from fem.contacts import HeatSink
from fem.device.contact_values import BoundaryData, carrier_nodes
from fem.device.electrodes import Electrode
from fem.device.neutral_levels import level_series
from fem.forms.bands import CARRIERS
from fem.forms.context import Context
from fem.forms.nodes import closure_nodes
from fem.forms.ohmic_level import OhmicLevel
from fem.forms.temperature_law import power_and_energy
from fem.materials.material import Material
from fem.physics.term import Term


def ohmic_level(
    context: Context,
    electrodes: tuple[Electrode, ...],
    boundary: BoundaryData,
    sinks: Mapping[str, HeatSink],
) -> OhmicLevel:
    """Return the ohmic contacts of a device whose carriers follow its temperature; ``electrodes``: those of these.

    Raises IncompatibleError where one of the ``sinks`` is beyond the temperatures at which neutrality is solved.
    """
    from dolfinx import fem as dfem

    free, at_rest, neutral, net, *states = (dfem.Function(context.scalar_space) for _ in range(10))
    free.x.array[:] = 1.0
    sides = []  # of neutral contacts: region and nodes
    for electrode in electrodes:
        at_rest.x.array[electrode.nodes] = boundary.base[electrode.name]
        free.x.array[carrier_nodes(context, electrode)] = 0.0
        for region in electrode.regions if electrode.work_function is None else ():
            material = context.setting.materials[region]
            if material.kind != "semiconductor":
                continue
            nodes = np.intersect1d(electrode.nodes, closure_nodes(context, (region,)))
            sides.append((region, nodes))
            neutral.x.array[nodes], net.x.array[nodes] = 1.0, 0.0
            for k, (name, charge) in enumerate(CARRIERS.items()):
                numbers = _states(context, material, name)
                for function, number in zip(states[3 * k : 3 * k + 3], numbers, strict=True):
                    function.x.array[nodes] = number
                net.x.array[nodes] -= charge * np.exp(numbers[0] - charge * at_rest.x.array[nodes])
    span, series = level_series(context, [region for region, _ in sides], sinks)
    beyond = [dfem.Function(context.scalar_space) for _ in next(iter(series.values()), ())]
    for region, nodes in sides:
        for function, number in zip(beyond, series.get(region, ()), strict=True):
            function.x.array[nodes] = number
    some = context.setting.mesh.comm.allreduce(float(neutral.x.array.sum())) > 0
    return OhmicLevel(
        free=free,
        at_rest=at_rest,
        neutral=neutral if some else None,
        net=net,
        states={"electron": tuple(states[:3]), "hole": tuple(states[3:])},
        beyond=tuple(beyond),
        span=span,
    )


def _states(context: Context, material: Material, carrier: str) -> tuple[float, float, float]:
    """Return the logarithm of the density [N0] at Fermi level 0 and potential 0, and power and energy of its law."""
    bands, t = context.setting.bands, context.setting.temperature

    def density(factor: float) -> float:
        return bands.ratio(carrier, material, factor * t) * bands.at_zero(carrier, factor * t)

    return float(np.log(density(1.0) / context.scaling.density)), *power_and_energy(density)


@dataclass(frozen=True, eq=False)
class OhmicEquilibrium(Term):
    """What holds the densities at ohmic contacts where the temperature is an unknown; a device adds it by itself."""

    def residual(self, context: Context) -> Any:
        """Return the equations at the contacts."""
        c, bands, form = context.calculus, context.setting.bands, 0
        level = context.ohmic_level
        if level is None:
            return 0
        inside = context.indicator(context.setting.of_kind("semiconductor"))
        for name in (n for n in CARRIERS if n in context.names):

            def value(_region: str, _material: Material, t: float, name: str = name) -> float:
                return bands.at_zero(name, t) / context.scaling.density

            law = context.law(f"{name} at zero", value)

            def lack(i: int, name: str = name, law: Any = law) -> Any:
                warmth = context.warmth(i)
                potential = c.at(level.at_rest + context.potential_rise(), i)
                wanted = law(warmth) * ufl.exp(-CARRIERS[name] * potential / warmth)
                return inside * (1 - c.at(level.free, i)) * (c.at(context.field(name), i) - wanted)

            form += c.lump(lack, context.row(name))
        return form
