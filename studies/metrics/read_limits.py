"""What limits a reading of a loop at a voltage: noise, round-off, and a source that limits the current, in words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studies.metrics.conductance import is_unresolved
from studies.results.branches import Branch
from studies.results.trace import Trace

_NEAR = 0.1  # of the read voltage: samples whose currents are looked at


def unresolved(part: Trace, found: list[Branch], read: float, switches: tuple[float, float]) -> str:
    """Return in words that currents near the read voltage, or its mirror image, are zero or of the wrong sign.

    The other polarity counts if one of the voltages ``switches`` [V] is there. "" if no current is.
    """
    why, said = "(noise, resolution or a capacitive current)", []
    if wrong := _wrong_signs(part, found, read):
        said.append(
            f"the current is zero or against the voltage in {wrong} sample(s) near the read voltage {why}: "
            "resistances and on/off ratio are rough"
        )
    there = [name for name, v in zip(("V_set", "V_reset"), switches, strict=True) if v * read < 0]
    if there and (wrong := _wrong_signs(part, found, -read)):
        said.append(
            f"the current is zero or against the voltage in {wrong} sample(s) near {-read:g} V {why}: "
            f"{' and '.join(there)}, judged there, may be no switching"
        )
    return "; ".join(said)


def _wrong_signs(part: Trace, found: list[Branch], read: float) -> int:
    """Return the number of samples near ``read`` [V] whose current is zero or has the other sign."""
    polarity, known = 1 if read > 0 else -1, ~is_unresolved(part)
    near = near_read(part, found, polarity, abs(read))
    return sum(int(np.count_nonzero((polarity * part.current[n] <= 0) & known[n])) for n in near)


def below_round_off(part: Trace, found: list[Branch], polarity: int, read: float) -> str:
    """Return in words that a current near |V| = ``read`` [V] is below its error by round-off, "" if none is."""
    below = is_unresolved(part)
    near = np.concatenate([n[below[n]] for n in near_read(part, found, polarity, read)] or [np.empty(0, int)])
    if not near.size:
        return ""
    return (
        f"the current near the read voltage is below its error by round-off, {part.current_error[near].max():.3g} "
        f"{part.current_unit}, and twice that stands for it: the resistance there is a lower bound"
    )


def in_compliance(part: Trace, found: list[Branch], polarity: int, read: float) -> str:
    """Return in words that the source limited the current near |V| = ``read`` [V], "" if it did not."""
    limited = part.limited
    count = sum(int(np.count_nonzero(limited[n])) for n in near_read(part, found, polarity, read))
    if not count:
        return ""
    return (
        f"the source limited the current in {count} sample(s) near the read voltage: the voltage across the device is "
        "lower there than that of the source, and so is its resistance; read at a lower voltage"
    )


def near_read(part: Trace, found: list[Branch], polarity: int, read: float) -> list[NDArray[np.intp]]:
    """Return the samples near |V| = ``read`` [V] of each branch of a polarity."""
    own = [b for b in found if b.polarity == polarity]
    return [b.first + np.flatnonzero(np.abs(b.size(part.voltage) / read - 1) < _NEAR) for b in own]
