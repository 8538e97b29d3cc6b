r"""Ions of several species on the same sites: each excludes the others.

.. math:: \frac{\mu_{ex}}{kT} = -\ln\left(1 - \sum_k P_k/P_{max}\right),\qquad
          P_k = P_{max}\frac{e^{a_k}}{1 + \sum_j e^{a_j}}

of a lattice gas of several kinds (A. A. Kornyshev, J. Phys. Chem. B 111, 5545, 2007), alike for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from fem.forms.context import Context
    from fem.forms.setting import Field

Array = npt.NDArray[np.float64]
_LEFT = 0.1  # part of the vacant sites that one iteration leaves at least
_FULLEST = 1 - 1e-9  # part of the sites that a guess may fill


def sharers(context: Context, name: str) -> tuple[str, ...]:
    """Return the other species on the sites of one: those that it names, those that name it, and theirs in turn."""
    return on_one_kind_of_sites(context.fields, name)


def on_one_kind_of_sites(fields: Sequence[Field], name: str) -> tuple[str, ...]:
    """Return the species of ``fields`` on the sites of one of them, without it."""
    found, new = {name}, {name}
    while new:
        new = {f.name for f in fields if not new.isdisjoint(f.shares_sites_with)} | {
            other for f in fields if f.name in new for other in f.shares_sites_with
        }
        new -= found
        found |= new
    return tuple(f.name for f in fields if f.name in found and f.name != name)


def groups(context: Context) -> list[tuple[list[int], float]]:
    """Return the columns of the species on each kind of shared sites, and its density [N0]."""
    found: dict[tuple[int, ...], float] = {}
    for field in context.fields:
        others = sharers(context, field.name) if field.ionic else ()
        if others and field.upper_bound is not None:
            columns = tuple(sorted(context.index(n) for n in (field.name, *others)))
            found[columns] = field.upper_bound / context.scaling.density
    return [(list(columns), bound) for columns, bound in found.items()]


def keep_room(context: Context, values: Array) -> None:
    """Scale densities of a guess, shape (nodes, unknowns), in place where they would fill more than all sites."""
    for columns, bound in groups(context):
        total = values[:, columns].sum(axis=1)
        values[:, columns] *= np.minimum(1.0, _FULLEST * bound / np.maximum(total, 1e-300))[:, None]


def leave_room(context: Context, old: Array, step: Array) -> None:
    """Shorten a step (new = old - step), shape (nodes, unknowns), in place where few sites would be left vacant."""
    for columns, bound in groups(context):
        vacant = np.maximum(bound - old[:, columns].sum(axis=1), 0.0)
        taken = -step[:, columns].sum(axis=1)
        part = np.where(taken > (1 - _LEFT) * vacant, (1 - _LEFT) * vacant / np.maximum(taken, 1e-300), 1.0)
        step[:, columns] *= part[:, None]
