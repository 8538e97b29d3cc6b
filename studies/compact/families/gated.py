"""A synapse with a gate, of a family of cells with two terminals: the gate writes the states, the channel is read.

In a three-terminal synapse the pulses that write come to the gate, and the conductance is that between source and
drain. The states move with the gate's voltage as those of the cell did with its own, and the law of the current is that
of the cell with the drain's voltage in it. Exports have the terminals d, s and g; the gate draws no current.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fem.errors import IncompatibleError
from fem.errors.arguments import checked
from fem.errors.checking import instance, number
from studies.compact.equations import VOLTAGE, symbol
from studies.compact.family import Declared, Family

if TYPE_CHECKING:
    from studies.compact.features import Features

DRAIN = "drain_voltage"  #: the name of the parameter that the drain's voltage is
_HIGHEST = 300.0  #: V, of either sign


@checked(family=instance(Family), drain_voltage=number)
def gated(family: Family, drain_voltage: float) -> Family:
    """Return the ``family`` with a gate that writes, read at ``drain_voltage`` [V], which a fit holds.

    Raises IncompatibleError for a family that has a gate, stores a charge, or whose law of the current takes the
    voltage from a part that its states may take it from, too: such a law does not say which voltage is meant.

    >>> from studies.compact.families.pulse_table import PULSE_TABLE
    >>> gated(PULSE_TABLE, 0.1).current
    'drain_voltage*(G_min + (G_max - G_min)*x)'
    """
    if family.drain:
        raise IncompatibleError(f"{family.name} has a gate already.")
    if family.stores_charge:
        raise IncompatibleError(f"{family.name} stores a charge, which no gate of this kind takes up.")
    for name in family.where:
        if re.search(rf"\b{name}\b", family.current) and symbol(VOLTAGE) in _free(family, name):
            raise IncompatibleError(
                f"{family.name}: its current flows by {name}, in which the voltage may be the gate's or the drain's; "
                "write a family of your own that says which."
            )
    read = Declared(
        unit="V", meaning="from drain to source", lower=-_HIGHEST, upper=_HIGHEST, fixed=drain_voltage
    )

    def starts(data: Features) -> Sequence[Mapping[str, float]]:
        return [{**guess, DRAIN: drain_voltage} for guess in (family.starts(data) if family.starts else ())]

    return replace(
        family,
        name=f"gated {family.name}",
        parameters={**family.parameters, DRAIN: read},
        current=re.sub(rf"\b{VOLTAGE}\b", DRAIN, family.current),
        drain=DRAIN,
        starts=starts if family.starts else None,
    )


def _free(family: Family, part: str) -> set[object]:
    """Return the symbols in a part of the equations."""
    return set(family.expressions[f"part {part}"].free_symbols)
