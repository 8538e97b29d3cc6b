r"""A leaky integrate-and-fire neuron of a threshold switch beside a capacitor and a leak, in Python and in ngspice.

A current charges the membrane,

.. math:: C\,\dot V = I_\mathrm{in}(t) - V/R - I_\mathrm{switch}(V, s), \quad \dot s = f(V, s),

until the switch opens at its threshold and discharges the capacitor, and closes below its holding voltage: a spike (X.
Zhang et al., IEEE Electron Device Lett. 39, 308, 2018). A current that the leak carries below the threshold gives no
spike, and one that holds the switch open gives one only: the switch must carry less at its holding voltage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

from fem.errors import ConvergenceError, IncompatibleError
from fem.errors.arguments import checked, settle
from fem.errors.checking import instance, positive
from studies.arrays.learning.deck import deck, piecewise
from studies.compact.export.spice import number, run_deck, to_subcircuit
from studies.compact.model import CompactModel
from studies.protocols.protocol import Protocol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
_TOLERANCE = 1e-7


@dataclass(frozen=True, kw_only=True)
class Neuron:
    """A membrane of ``capacitance`` [F] and ``leak`` [Ohm] beside the ``switch``, a volatile compact model in A."""

    switch: CompactModel
    capacitance: float
    leak: float

    def __post_init__(self) -> None:
        settle(self, "a neuron", switch=instance(CompactModel), capacitance=positive, leak=positive)
        if self.switch.current_unit != "A" or self.switch.family.drain or self.switch.family.stores_charge:
            raise IncompatibleError(
                "the switch of a neuron is a model in A with two ends and without a displacement current."
            )

    @property
    def time_constant(self) -> float:
        """Time [s] in which the membrane forgets while the switch is closed, by the leak alone."""
        return self.capacitance * self.leak

    @checked(current=instance(Protocol))
    def run(self, current: Protocol) -> NeuronRun:
        """Return the course under a ``current``, a protocol whose levels are A into the membrane, from 0 V.

        Each straight piece is integrated by itself. Raises ConvergenceError where the course cannot be followed.
        """
        family, values = self.switch.family, self.switch.values()
        names = list(family.states)
        scale = np.array(list(family.scales(values).values()))
        begin = family.initial(values)
        now = np.concatenate(([0.0], np.array([begin[s] for s in names]) / scale))

        def slope(t: float, y: Array) -> Array:
            volts, states = y[0], dict(zip(names, y[1:] * scale, strict=True))
            through = float(np.ravel(family.conducted(values, volts, states))[0])
            fed = float(current.voltage(min(t, current.duration))) - volts / self.leak - through
            rates = [float(np.ravel(family.rate(s, values, volts, states))[0]) for s in names]
            return np.array([fed / self.capacitance, *(np.array(rates) / scale)])

        times, course = [np.zeros(1)], [now[:, None]]
        for start, end in zip(current.kinks[:-1], current.kinks[1:], strict=True):
            found = solve_ivp(
                slope,
                (start, end),
                now,
                method="LSODA",
                rtol=_TOLERANCE,
                atol=1e-9,
                max_step=(end - start) / 20,
            )
            if not found.success:
                raise ConvergenceError(
                    f"the neuron cannot be followed: {found.message}", time=float(found.t[-1])
                )
            times.append(found.t[1:])
            course.append(found.y[:, 1:])
            now = found.y[:, -1]
        y = np.concatenate(course, axis=1)
        return self._course(np.concatenate(times), y[0], y[1:].T * scale)

    def _course(self, time: Array, voltage: Array, states: Array) -> NeuronRun:
        """Return the course with what the switch carries."""
        by_name = dict(zip(self.switch.family.states, states.T, strict=True))
        through = self.switch.family.conducted(self.switch.values(), voltage, by_name)
        return NeuronRun(
            time=time, voltage=voltage, states=states, through=through, leaked=voltage / self.leak
        )

    @checked(current=instance(Protocol))
    def netlist(self, current: Protocol) -> str:
        """Return the circuit as a netlist for ngspice, which writes the voltage of the membrane and the states."""
        pins = [f"state_{k}" for k in range(len(self.switch.family.states))]
        elements = [
            to_subcircuit(self.switch, "switch"),
            f"Iin 0 membrane {piecewise(current)}",
            f"Cm membrane 0 {number('capacitance', self.capacitance)} ic=0",
            f"Rleak membrane 0 {number('leak', self.leak)}",
            f"Xswitch membrane 0 {' '.join(pins)} switch",
        ]
        wanted = ["v(membrane)", *(f"v({pin})" for pin in pins)]
        return deck("leaky integrate-and-fire neuron", elements, current, wanted)

    @checked(current=instance(Protocol))
    def run_ngspice(self, current: Protocol) -> NeuronRun:
        """Return the course of the netlist in ngspice."""
        table, _ = run_deck(self.netlist(current))
        scale = np.array(list(self.switch.family.scales(self.switch.values()).values()))
        return self._course(table[:, 0], table[:, 1], table[:, 2:] * scale)


@dataclass(frozen=True, kw_only=True, eq=False)
class NeuronRun:
    """``time`` [s] and membrane ``voltage`` [V], shape (n,), the ``states`` of the switch, (n, states), and currents.

    ``through`` and ``leaked`` [A], shape (n,): by the switch and by the leak.
    """

    time: Array
    voltage: Array
    states: Array
    through: Array
    leaked: Array

    @property
    def spikes(self) -> Array:
        """Times [s] from which the switch carries more than the leak, having carried less."""
        more = np.abs(self.through) > np.abs(self.leaked)
        return self.time[1:][more[1:] & ~more[:-1]]

    def plot(self, axes: Axes | None = None) -> Axes:
        """Return axes with the voltage and a mark at each spike."""
        import matplotlib.pyplot as plt

        if axes is None:
            _, axes = plt.subplots(layout="constrained")
        axes.plot(self.time, self.voltage)
        axes.plot(self.spikes, np.interp(self.spikes, self.time, self.voltage), "v")
        axes.set(xlabel="Time [s]", ylabel="Membrane voltage [V]")
        return axes
