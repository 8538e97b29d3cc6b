r"""The circuit between a source and one contact of a device, as one equation for the contact's potential.

.. math:: I_s = N\,I + I_L(U) + C\,\dot U,\qquad V_s = U + R\,I_s

U is the potential of the contact, I the current into the device, N how many of it lie side by side in the cell (one of
N equal filaments is computed, and they share all current), :math:`I_L` what leaks beside them, C a capacitance from
the contact to ground (cable and pads), R a resistance in series, :math:`I_s` and :math:`V_s` current and voltage of the
source. A voltage source holds :math:`V_s` as long as :math:`|I_s|` is no more than its compliance, and :math:`|I_s|` at
the compliance otherwise, as a source-meter does; a current source the other way round. :math:`N I + I_L(U)` is the
current of the cell; leakage and capacitance see U, so that the other contact of the cell is meant to be at 0 V.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from fem.constants import thermal_voltage
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import settle
from fem.errors.checking import instance, one_of, one_or_each, optional, quantity, temperature, whole

_SOURCES = ("voltage", "current")
_MOST = 10**15  # filaments in a cell
_HIGHEST = 300.0  # exponent of a lowered barrier, beyond which a current is no number to go on with
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
class Leakage:
    r"""What flows through the area of a cell beside its filaments: three currents that are odd in the voltage U.

    .. math:: I_L = G\,U + a\,U|U| + \mathrm{sign}(U)\,I_0\,e^{\sqrt{|U|/V_0}}\,(1 - e^{-q|U|/kT})

    ``conductance`` [S]: G, ohmic. ``quadratic`` [A/V^2]: a, of space charge without traps, 9 eps mu A / (8 L^3)
    (N. F. Mott and R. W. Gurney, Electronic Processes in Ionic Crystals, 1940). ``emission_current`` [A]: I_0, the
    emission over the barrier without a field, A A* T^2 exp(-phi/kT), ``emission_voltage`` [V]: V_0, of its lowering
    by the image force, 4 pi eps L (kT)^2/q^3, ``temperature`` [K]: T, of the contacts; all three or none (Schottky
    emission: J. G. Simmons, Phys. Rev. Lett. 15, 967, 1965; S. M. Sze and K. K. Ng, Physics of Semiconductor Devices,
    2007, ch. 3 and 4). All are per area or width where the currents of the mesh are so.

    The last factor is what the other contact sends back. Without it current would flow at 0 V, and with a 1 taken away
    from the exponential instead, its slope there would be infinite; with it the slope is q I_0/kT, as it must be near
    equilibrium, and for some kT/q and more the factor is 1. Both contacts are alike, so the law is odd. Where the
    square root is above 300, its exponential stays at that. Raises OutOfRangeError, IncompatibleError.
    """

    conductance: float = 0.0
    quadratic: float = 0.0
    emission_current: float | None = None
    emission_voltage: float | None = None
    temperature: float | None = None

    def __post_init__(self) -> None:
        settle(
            self,
            "a leakage",
            conductance=quantity(0.0, 1e20, "S"),
            quadratic=quantity(0.0, 1e20, "A/V^2"),
            emission_current=optional(quantity(0.0, 1e20, "A")),
            emission_voltage=optional(quantity(1e-6, 1e6, "V")),
            temperature=optional(temperature),
        )
        emission = (self.emission_current, self.emission_voltage, self.temperature)
        if any(x is None for x in emission) and any(x is not None for x in emission):
            raise IncompatibleError(
                "a leakage has emission_current, emission_voltage and temperature together or none of them."
            )

    def current(self, voltage: float) -> float:
        """Return the current [A] at a voltage [V]."""
        plain = self.conductance * voltage + self.quadratic * voltage * abs(voltage)
        return plain + math.copysign(self._emission(abs(voltage))[0], voltage)

    def slope(self, voltage: float) -> float:
        """Return dI/dU [S] at a voltage [V]."""
        plain = self.conductance + 2 * self.quadratic * abs(voltage)
        return plain + self._emission(abs(voltage))[1]

    def _emission(self, size: float) -> tuple[float, float]:
        """Return the emitted current [A] and its slope [S] at the voltage ``size`` [V], zero or positive."""
        if self.emission_current is None or self.emission_voltage is None or self.temperature is None:
            return 0.0, 0.0
        warmth = thermal_voltage(self.temperature)
        root = math.sqrt(size / self.emission_voltage)
        forth = self.emission_current * math.exp(min(root, _HIGHEST))
        net = -math.expm1(-size / warmth)
        lowering = net * root / (2 * size) if size > 0 and root < _HIGHEST else 0.0
        return forth * net, forth * (lowering + math.exp(-size / warmth) / warmth)


@dataclass(frozen=True, kw_only=True)
class Circuit:
    """What lies between a source and the contact that it drives, and what of the cell lies beside the device.

    ``series_resistance`` [Ohm], ``parallel_capacitance`` [F]; per area or width of the mesh where its currents
    are so ([Ohm m^2], [F/m^2], [A/m^2]). ``source``: "voltage" or "current", what the source holds. ``compliance``:
    the largest current [A] of a voltage source, the largest voltage [V] of a current source; None for no limit,
    a pair for one below and one above zero, such as (None, 1e-4).

    ``parallel``: how many of the device the cell has side by side, filaments for example; ``leakage``: what flows
    beside them all. Resistance, capacitance, compliance and what a current source is set to are those of the cell.
    """

    series_resistance: float = 0.0
    compliance: float | tuple[float | None, float | None] | None = None
    parallel_capacitance: float = 0.0
    source: str = "voltage"
    parallel: int = 1
    leakage: Leakage | None = None

    def __post_init__(self) -> None:
        settle(
            self,
            "a circuit",
            series_resistance=quantity(0.0, 1e20, "Ohm"),
            parallel_capacitance=quantity(0.0, 1e3, "F"),
            compliance=optional(one_or_each(optional(quantity(1e-40, 1e40, "A or V")))),
            source=one_of(_SOURCES),
            parallel=whole(1, _MOST),
            leakage=optional(instance(Leakage)),
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

    @property
    def is_cell(self) -> bool:
        """Whether the current of the cell is another one than that of the device."""
        return self.parallel != 1 or self.leakage is not None

    def leaked(self, voltage: float) -> float:
        """Return what leaks beside the device [A] at the potential of the contact [V]."""
        return 0.0 if self.leakage is None else self.leakage.current(voltage)

    def terminal_current(self, voltage: float, current: float) -> float:
        """Return the current of the cell [A] at the potential of the contact [V], for that of the device [A].

        Without that of the capacitance.
        """
        return self.parallel * current + self.leaked(voltage)

    def source_current(self, voltage: float, current: float, rate: float = 0.0) -> float:
        """Return the current of the source [A]: that of the cell and of the capacitance, at dU/dt = ``rate`` [V/s]."""
        return self.terminal_current(voltage, current) + self.parallel_capacitance * rate

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
        r, n, growth = self.series_resistance, float(self.parallel), self.parallel_capacitance * rate[1]
        if self.leakage is not None:
            growth += self.leakage.slope(voltage)
        held, other = self._source(voltage, current, rate[0])
        steepness = n * slope + growth  # of the flow: dflow = n dI + growth dU
        ohms = r + 1 / steepness if steepness > 0 else r + 1.0
        gap = target - held
        low, high = self.limits
        if side is None:
            free = other + (gap / ohms if self.source == "voltage" else gap * ohms)
            side = int(free > high) - int(free < low)
        if side:
            gap = (high if side > 0 else low) - other
        if (self.source == "voltage") == (side == 0):
            return Equation(-gap, 1.0 + r * growth, r * n, side)
        return Equation(-gap, growth, n, side)

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
        flow = self.source_current(voltage, current, rate)
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


def check_circuits(circuits: Mapping[str, object]) -> dict[str, Circuit]:
    """Return the circuits of a device by contact; raises IncompatibleError unless they are, and of one cell."""
    found = {}
    for name, circuit in circuits.items():
        if not isinstance(circuit, Circuit):
            raise IncompatibleError(f"circuit of contact {name!r} is {circuit!r}, which is no Circuit.")
        found[name] = circuit
    if len({c.parallel for c in found.values()}) > 1:
        told = ", ".join(f"{name!r} {c.parallel}" for name, c in found.items())
        raise IncompatibleError(
            f"parallel differs between the contacts of one cell: {told}; give one number."
        )
    return found


def parallel_of(circuits: Mapping[str, Circuit]) -> int:
    """Return how many of the device the cell between these circuits has side by side: 1 without a circuit."""
    return next((c.parallel for c in circuits.values()), 1)
