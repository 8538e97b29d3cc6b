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

from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import one_of, one_or_each, optional, quantity

_SOURCES = ("voltage", "current")
_SAME = 1e-9  # part of a limit, or of what a source is set to, by which it may be passed


class Equation(NamedTuple):
    """A circuit's equation g(U, I) = 0 at one point: its value, its slopes and its ``side``.

    0 where the source holds what it is set to, 1 at its highest and -1 at its lowest limit.
    """

    value: float
    by_voltage: float
    by_current: float
    side: int


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
        settle(
            self,
            "a circuit",
            series_resistance=quantity(0.0, 1e20, "Ohm"),
            parallel_capacitance=quantity(0.0, 1e3, "F"),
            compliance=optional(one_or_each(optional(quantity(1e-40, 1e40, "A or V")))),
            source=one_of(_SOURCES),
        )
        if isinstance(self.compliance, tuple) and len(self.compliance) != 2:
            raise OutOfRangeError(
                "compliance of a circuit", self.compliance, "one number, or a pair: below and above zero"
            )

    @property
    def _compliances(self) -> tuple[float | None, float | None]:
        given = self.compliance
        return given if isinstance(given, tuple) else (given, given)

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest current [A] of a voltage source (voltage [V] of a current source)."""
        below, above = (math.inf if limit is None else limit for limit in self._compliances)
        return -below, above

    def equation(
        self,
        target: float,
        voltage: float,
        current: float,
        slope: float,
        rate: tuple[float, float],
        side: int | None = None,
    ) -> Equation:
        """Return the equation at a contact's potential [V] and current [A].

        ``target``: what the source is set to [V or A]; ``slope``: dI/dU of the device [A/V]; ``rate``: dU/dt [V/s]
        and its derivative by U [1/s]. Unless a ``side`` is given, whether the source is at a limit is told by
        where the device, taken as linear, would be if it were not.
        """
        r, growth = self.series_resistance, self.parallel_capacitance * rate[1]
        held, other = self._source(voltage, current, rate[0])
        steepness = slope + growth  # of the flow: dflow = dI + growth dU
        ohms = r + 1 / steepness if steepness > 0 else r + 1.0
        gap = target - held
        low, high = self.limits
        if side is None:
            free = other + (gap / ohms if self.source == "voltage" else gap * ohms)
            side = int(free > high) - int(free < low)
        if side:
            gap = (high if side > 0 else low) - other
        if (self.source == "voltage") == (side == 0):
            return Equation(-gap, 1.0 + r * growth, r, side)
        return Equation(-gap, growth, 1.0, side)

    def better_side(self, target: float, voltage: float, current: float, rate: float, side: int) -> int:
        """Return the side that a source is on which has been taken to be on ``side``: the same if it can be."""
        held, other = self._source(voltage, current, rate)
        low, high = self.limits
        if side:
            missing = side * (target - held)
            return side if missing >= -_SAME * max(abs(target), abs(held)) else 0
        return int(other > high * (1 + _SAME)) - int(other < low * (1 + _SAME))

    def _source(self, voltage: float, current: float, rate: float) -> tuple[float, float]:
        """Return what the source holds and what it limits [V and A, or A and V]."""
        flow = current + self.parallel_capacitance * rate
        output = voltage + self.series_resistance * flow
        return (output, flow) if self.source == "voltage" else (flow, output)


@dataclass(frozen=True)
class NoWire:
    """What a floating gate is connected to: nothing, so that no current flows into it from there."""

    source: str = "charge"

    def equation(
        self,
        target: float,
        voltage: float,
        current: float,
        slope: float,
        rate: tuple[float, float],
        side: int | None = None,
    ) -> Equation:
        """Return the equation that the ``current`` into the device is zero; see ``Circuit.equation``."""
        return Equation(current, 0.0, 1.0, 0)

    def better_side(self, target: float, voltage: float, current: float, rate: float, side: int) -> int:
        """Return the one side that there is."""
        return side


def check_source(name: str, circuit: object) -> Circuit:
    """Return the circuit of a contact; raises IncompatibleError if it is none."""
    if not isinstance(circuit, Circuit):
        raise IncompatibleError(f"circuit of contact {name!r} is {circuit!r}, which is no Circuit.")
    return circuit
