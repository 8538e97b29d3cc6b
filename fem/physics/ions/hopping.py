r"""Hopping of ions in a strong field.

A field enhances the flux along an edge by

.. math:: g = \frac{\sinh s}{s}\,\exp\Big\{-\frac{E}{kT}\big[\sqrt{1-\gamma^2} + \gamma\arcsin\gamma - 1\big]\Big\},
          \qquad s = \frac{|z|q a F}{2kT},\quad \gamma = \frac{|z|q a F}{\pi E}

with the jump distance a, the barrier E and the field F along that edge, not that of the cell: ions that move across a
field are none the faster for it. sinh(s)/s is that of :math:`v = 2fa\,e^{-E/kT}\sinh(s)` with
:math:`D = fa^2e^{-E/kT}` at low field (N. F. Mott and R. W. Gurney, Electronic Processes in Ionic Crystals, 1940),
which lowers the barrier by half of the work over a jump. A barrier of the shape of a sine, tilted by the field, does
not fall so fast: its top moves towards the bottom (S. Genreith-Schriever and R. A. De Souza, Phys. Rev. B 94, 224304,
2016; in a model of memristors A. Hardtdegen et al., IEEE Trans. Electron Devices 65, 3229, 2018). At
:math:`\gamma = 1` it is gone, and the gain stays as it is there. Without a barrier (a diffusivity that is a plain
number) it does not bend, and g is sinh(s)/s.

On a mesh with edges along the axes this is a cubic lattice, whose jumps along each axis see the field along it. On
other meshes edges that are oblique to a field count with their smaller gain, so that a strong field drives less
than g along itself (0.88 of it on irregular triangles where g is 1.75, 0.72 where it is 6.2); that does not go
away with finer cells. Draw edges along the field where it is strong.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import ufl

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.materials.datum import Arrhenius
from fem.materials.material import Material
from fem.physics.dissipation import EdgeFlux
from fem.physics.ions.species_data import ion_data

_LARGEST_SINH = 300.0  # of s, so that a wild guess stays finite
_FARTHEST_JUMP = 1e-8  # [m]: above it a unit was left out
_SERIES = 1e-2  # of s: below it sinh(s)/s is taken from its series
#: γ stays below 1 by this, so that the slopes of its root and arcsine are finite; each is 2e4 there, and their sum,
#: arcsin γ, is right to 1e-11.
_BELOW_ONE = 1e-9


def check_hopping(name: str, jump_distance: float | None, barrier: float | None) -> None:
    """Raise OutOfRangeError or IncompatibleError unless the jump distance [m] is one, and there where a barrier is."""
    if jump_distance is None and barrier is not None:
        raise IncompatibleError(f"{name} has a hopping_barrier but no jump_distance; give both.")
    if jump_distance is not None and not 0 < jump_distance <= _FARTHEST_JUMP:
        raise OutOfRangeError(f"jump distance of {name} [m]", jump_distance, "positive, at most 10 nm")


def barrier_of(material: Material, name: str) -> float | None:
    """Return the activation energy of an ion's diffusivity or mobility [J]; None where it is a plain number."""
    ion = ion_data(name, material)
    law = (ion.diffusivity or ion.mobility).value  # type: ignore[union-attr]
    return law.activation_energy * ELEMENTARY_CHARGE if isinstance(law, Arrhenius) else None


def hopping_gain(
    context: Context,
    name: str,
    charged_jump: float,
    barriers: Mapping[str, float | None],
    lowering: Expr | None = None,
) -> EdgeFlux:
    """Return the factor g of an edge for ``charged_jump``, |z| times the jump distance [m].

    ``barriers`` [J] by region, None where there is no bend; ``lowering`` [kT0]: what light takes off them.
    """
    c, psi = context.calculus, context.ion_potential
    half = context.constant(charged_jump / (2 * context.scaling.length))
    energy, bent = _barrier(context, name, barriers)
    if energy is not None and lowering is not None:
        energy = energy - lowering

    def gain(i: int, j: int) -> Expr:
        warmth = context.edge_warmth(i, j)
        heat = 1.0 if warmth is None else warmth
        s = half * abs(c.delta(psi, i, j)) / c.length(i, j) / heat
        return _bent_gain(s, None if energy is None else energy / heat, bent)

    return gain


def _barrier(context: Context, name: str, barriers: Mapping[str, float | None]) -> tuple[Expr, Expr]:
    """Return the barrier [kT0] by region, and 1 where it bends; both None where it does nowhere.

    Where it does not, it is so high that s is limited as it is without one.
    """
    unit, high = context.scaling.energy, 2 * _LARGEST_SINH / math.pi
    found = {r: barrier / unit for r, barrier in barriers.items() if barrier is not None and barrier > 0}
    if not found:
        return None, None
    energy = context.by_region(f"{name} hopping barrier", lambda r, _: found.get(r, high))
    return energy, context.by_region(f"{name} bend", lambda r, _: float(r in found))


def _bent_gain(s: Expr, energy: Expr | None, bent: Expr) -> Expr:
    """Return g of s >= 0 and E [kT]; ``bent``: 0 where the barrier does not bend."""
    if energy is None:
        return _sinh_gain(ufl.min_value(s, _LARGEST_SINH))
    steepest = math.pi / 2 * energy  # s at γ = 1
    s = ufl.min_value(s, ufl.min_value(_LARGEST_SINH, (1 - _BELOW_ONE) * steepest))
    tilt = s / steepest
    bend = ufl.sqrt(1 - tilt * tilt) + tilt * ufl.asin(tilt) - 1
    return _sinh_gain(s) * ufl.exp(-bent * energy * bend)


def _sinh_gain(s: Expr) -> Expr:
    """Return sinh(s)/s."""
    small = ufl.lt(s, _SERIES)
    divisor = ufl.conditional(small, 1.0, 2 * s)
    return ufl.conditional(small, 1 + s * s / 6, (ufl.exp(s) - ufl.exp(-s)) / divisor)
