r"""The circuit between a source and one contact of a device, as one equation for the contact's potential.

.. math:: I_s = I + C\,\dot U,\qquad V_s = U + R\,I_s

U is the potential of the contact, I the current into the device, C a capacitance from the contact to ground (cable
and pads), R a resistance in series, :math:`I_s` and :math:`V_s` current and voltage of the source. A voltage source
holds :math:`V_s` as long as :math:`|I_s|` is no more than its compliance, and :math:`|I_s|` at the compliance
otherwise, as a source-meter does; a current source the other way round.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError

_SOURCES = ("voltage", "current")


class Equation(NamedTuple):
    """A circuit's equation g(U, I) = 0 at one point: its value and its slopes."""

    value: float
    by_voltage: float
    by_current: float


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """What lies between a source and the contact that it drives.

    ``series_resistance`` [Ohm], ``parallel_capacitance`` [F]; per area or width of the mesh where its currents
    are so ([Ohm m^2], [F/m^2], [A/m^2]). ``source``: "voltage" or "current", what the source holds. ``compliance``:
    the largest current [A] of a voltage source, the largest voltage [V] of a current source; None for no limit,
    a pair for one below and one above zero, such as (None, 1e-4).
    """

    series_resistance: float = 0.0
    compliance: float | tuple[float | None, float | None] | None = None
    parallel_capacitance: float = 0.0
    source: str = "voltage"

    def __post_init__(self) -> None:
        for name in ("series_resistance", "parallel_capacitance"):
            value = getattr(self, name)
            if not (value >= 0 and math.isfinite(value)):
                raise OutOfRangeError(f"{name} of a circuit", value, "zero or positive, and finite")
        for limit in self._compliances:
            if limit is not None and not (limit > 0 and math.isfinite(limit)):
                raise OutOfRangeError("compliance of a circuit", limit, "positive and finite, or None")
        if self.source not in _SOURCES:
            raise UnknownNameError("source of a circuit", self.source, _SOURCES)

    @property
    def _compliances(self) -> tuple[float | None, float | None]:
        given = self.compliance
        if not isinstance(given, tuple):
            return given, given
        if len(given) != 2:
            raise OutOfRangeError("compliances of a circuit", len(given), "one, or two: below and above zero")
        return given

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest current [A] of a voltage source (voltage [V] of a current source)."""
        below, above = (math.inf if limit is None else limit for limit in self._compliances)
        return -below, above

    def equation(
        self, target: float, voltage: float, current: float, slope: float, rate: tuple[float, float]
    ) -> Equation:
        """Return the equation at a contact's potential [V] and current [A].

        ``target``: what the source is set to [V or A]; ``slope``: dI/dU of the device [A/V]; ``rate``: dU/dt [V/s]
        and its derivative by U [1/s]. Whether the source is at its limit is told by where the device, taken as
        linear, would be if it were not.
        """
        r, c = self.series_resistance, self.parallel_capacitance
        flow, growth = current + c * rate[0], c * rate[1]  # of the source: dflow = dI + growth dU
        output = voltage + r * flow
        steepness = slope + growth
        ohms = r + 1 / steepness if steepness > 0 else r + 1.0
        low, high = self.limits
        by_output, by_flow = (1.0, 0.0) if self.source == "voltage" else (0.0, 1.0)
        gap = target - output if self.source == "voltage" else target - flow
        free = flow + gap / ohms if self.source == "voltage" else output + gap * ohms
        if not low <= free <= high:
            by_output, by_flow = by_flow, by_output
            gap = min(max(free, low), high) - (flow if self.source == "voltage" else output)
        return Equation(-gap, by_output * (1.0 + r * growth) + by_flow * growth, by_output * r + by_flow)


def check_source(name: str, circuit: object) -> Circuit:
    """Return the circuit of a contact; raises IncompatibleError if it is none."""
    if not isinstance(circuit, Circuit):
        raise IncompatibleError(f"circuit of contact {name!r} is {circuit!r}, which is no Circuit.")
    return circuit
