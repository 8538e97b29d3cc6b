"""Currents of a cell: what the equal devices side by side in it carry, and what leaks beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fem.circuit import Circuit, parallel_of

if TYPE_CHECKING:
    from fem.device.state import State


def cell_currents(state: State, circuits: Mapping[str, Circuit]) -> dict[str, float]:
    """Return the current into the cell at every contact [A, or A/m, A/m^2], without that of capacitances.

    ``circuits``: those that the state was found with. Where the cell has two contacts, what leaks in at one leaves by
    the other; of several, it leaves to ground.
    """
    count, contacts = parallel_of(circuits), tuple(state.device.contacts)
    found = {name: count * parts["total"] for name, parts in state.currents.items()}
    for name, circuit in circuits.items():
        leaked = circuit.leaked(state.bias[name])
        found[name] += leaked
        if len(contacts) == 2:
            found[contacts[contacts[0] == name]] -= leaked
    return found
