r"""Light that lowers the barrier over which ions hop.

Under light the barrier of hopping is :math:`E_a(\ell) = E_a - \ell(E_a - E_\ell)` with the solvers' factor
:math:`\ell` of the light, and :math:`E_\ell` from :math:`\ell = 1` on: the energy is linear in the light, the
logarithm of the diffusivity too. It is the same in all places, as is the factor.
"""

from __future__ import annotations

from collections.abc import Sequence

import ufl

from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.materials.material import Material
from fem.physics.dissipation import EdgeFlux
from fem.physics.ions.hopping import barrier_of
from fem.physics.ions.species_data import ion_data


def lowering(context: Context, name: str, regions: Sequence[str], barrier: float | None) -> Expr | None:
    """Return by how much the present light lowers the barrier [kT0]; None without a barrier under light [J]."""
    if barrier is None:
        return None

    def full(region: str, material: Material) -> float:
        if region not in regions:
            return 0.0
        return (dark_barrier(material, name) - barrier) / context.scaling.energy

    return ufl.min_value(context.light, 1.0) * context.by_region(f"{name} lowering by light", full)


def light_gain(context: Context, lowered: Expr | None) -> EdgeFlux:
    """Return D under the present light over D in the dark on an edge; 1 where light lowers no barrier."""
    if lowered is None:
        return lambda i, j: 1.0

    def gain(i: int, j: int) -> Expr:
        warmth = context.edge_warmth(i, j)
        return ufl.exp(lowered if warmth is None else lowered / warmth)

    return gain


def dark_barrier(material: Material, name: str) -> float:
    """Return the activation energy of an ion's diffusivity or mobility [J]; IncompatibleError without one."""
    found = barrier_of(material, name)
    if found is None:
        ion = ion_data(name, material)
        law = (ion.diffusivity or ion.mobility).value  # type: ignore[union-attr]
        raise IncompatibleError(
            f"{name} has a barrier under light, but in {material.name} its diffusivity is {law:g}, without one in "
            "the dark; give it as Arrhenius(prefactor, activation_energy)."
        )
    return found


def check_light_barrier(name: str, barrier: float, materials: Sequence[Material]) -> None:
    """Raise OutOfRangeError unless the barrier under light [J] is at most that in the dark everywhere."""
    for material in materials:
        dark = dark_barrier(material, name)
        if not 0 <= barrier <= dark:
            raise OutOfRangeError(
                f"barrier of {name} under light [J]",
                barrier,
                f"0 to that in the dark, {dark:.4g} J in {material.name}: 0.4 * eV, say",
            )
