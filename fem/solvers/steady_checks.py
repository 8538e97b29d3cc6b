"""What no steady state can do: currents that do not add up to zero, contacts that are given power in the dark."""

from __future__ import annotations

from collections.abc import Mapping

from fem.currents.terminal import current_unit
from fem.device.device import Device
from fem.device.state import State
from fem.errors import warn

_BALANCE = 1e-3  # of the largest current: a lack of balance that is of no matter
_YEARS = 1e8  # [s]: beyond, what a part holds is of other times


def warn_of_steady(state: State, rounding: Mapping[str, float]) -> None:
    """Give a ModelWarning if a steady state breaks Kirchhoff's law or the second law beyond its errors.

    ``rounding``: the error of the current of each contact by round-off alone.
    """
    for found in (unbalanced(state, rounding), _giving(state)):
        if found:
            warn(found)


def warn_of_slow_parts(device: Device, slowest: float) -> None:
    """Give a ModelWarning if a part of the device would be in a steady state after years only; by the first rank.

    ``slowest``: the time [s] in which the part would come to the carriers that it has then.
    """
    if slowest > _YEARS and device.mesh.comm.rank == 0:
        warn(
            f"behind barriers a part of the device holds other carriers in this steady state than at the start, for "
            f"which it would take {slowest:.1e} s: so few go in and out. For any shorter time it has the charge of "
            "the start, as integrate() finds it."
        )


def unbalanced(state: State, rounding: Mapping[str, float]) -> str:
    """Return in words that the currents of all contacts do not add up to zero, "" if they do."""
    currents = {name: parts["total"] for name, parts in state.currents.items()}
    largest, lack = max(map(abs, currents.values())), abs(sum(currents.values()))
    noise, unit = sum(rounding.values()), current_unit(state.device)
    if lack <= noise + _BALANCE * largest:
        return ""
    return (
        f"the currents of a steady state do not balance: their sum is {lack:.3g} {unit}, the largest is {largest:.3g} "
        f"{unit} and their round-off {noise:.3g} {unit}. A part that no current supplies is not at rest (carriers or "
        "ions behind a barrier), or a term does not conserve charge; state.current_error(contact) has the errors."
    )


def _giving(state: State) -> str:
    """Return in words that the contacts are given power by a device without a source of any, "" if they are not."""
    if _has_source(state.device, state.light):
        return ""
    power = sum(v * state.current(name) for name, v in state.bias.items())
    error = sum(abs(v) * (state.current_error(name) + _apart(state, name)) for name, v in state.bias.items())
    if power >= -error:
        return ""
    unit = current_unit(state.device).replace("A", "W", 1)
    return (
        f"a steady state in the dark gives {-power:.3g} {unit} to its contacts, beyond an error of {error:.3g} {unit}: "
        "that is against the second law of thermodynamics. The contacts, or two terms, have other equilibria."
    )


def _apart(state: State, contact: str) -> float:
    """Return by how much a total current and the sum of its parts, two evaluations with other weights, are apart.

    No more is sure of a current that is all but nothing: Newton's method leaves minority carriers as they are where
    they are below its floor, and ions creep on, which a balance of the total does not show.
    """
    parts = state.currents[contact]
    return abs(sum(parts.values()) - 2 * parts["total"])


def _has_source(device: Device, light: float) -> bool:
    """Whether light, heat sinks of several temperatures, reactions or a gate's charge may drive a current."""
    warmths = {sink.temperature for sink in device.heat_sinks.values()}
    reacting = any(term.exchanges for term in device.physics)
    return light > 0 or len(warmths) > 1 or reacting or bool(device.floating_gates)
