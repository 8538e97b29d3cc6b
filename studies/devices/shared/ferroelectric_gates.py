"""Stacks with a ferroelectric: what several published devices share.

P(VDF-TrFE) as the gate insulator, with Merz's law of its domains; pulses and sweeps on one contact of a stack; what a
line through the gate says of the channel: its carriers per area, whose product with charge and mobility is the sheet
conductance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fem import NewtonOptions, State, StepControl
from fem.materials import Datum
from fem.physics import DomainSwitching
from studies import Protocol, PulseTrain, Snapshots, apply

Array = npt.NDArray[np.float64]

#: Activation field and attempt time of P(VDF-TrFE), as a pair.
ACTIVATION = Datum(
    7e8,
    "V/m",
    "assumed",
    "no table read; of 6e8 to 1e9 this one has loops of 4e7 to 5e7 V/m (Naber 2005) from 10 mHz to 1 Hz",
)
ATTEMPT = Datum(
    1e-7 * math.exp(-7e8 / 5e8),
    "s",
    "assumed",
    "100 ns, the fastest reported (Furukawa 1985), taken to be at 5e8 V/m, the top of that study's fields",
)
REMANENT = Datum(0.085, "C/m^2", "assumed", "of annealed 75/25 films between gold; 0.06 to 0.1 are reported")
#: Of densities far below those that conduct, round-off is all that is left in a depleted film.
OPTIONS = NewtonOptions(floor=1e-10)


@dataclass(frozen=True, kw_only=True, eq=False)
class Written:
    """A stack along a protocol: the states at the begin and at the end of each cycle."""

    states: tuple[State, ...]

    @property
    def last(self) -> State:
        """The state at the end."""
        return self.states[-1]


def copolymer() -> DomainSwitching:
    """Return Merz's law of P(VDF-TrFE): one class of domains, n = 1, as Zhao et al. (Phys. Rev. B 2015) find at high
    fields; their Avrami exponent of 1.55 at low ones, and any spread of times, are left out.
    """
    return DomainSwitching(
        remanent_polarization=REMANENT.si(), activation_field=ACTIVATION.si(), attempt_time=ATTEMPT.si()
    )


def control(tolerance: float = 0.02, bias_step: float = 2.0) -> StepControl:
    """Return the steps of gates that swing by tens of volts: ``tolerance`` [kT/q and shares], ``bias_step`` [V]."""
    return StepControl(tolerance=tolerance, max_bias_step=bias_step, min_step=1e-13)


def written(start: State, contact: str, protocol: Protocol, samples: Sequence[float] = ()) -> Written:
    """Return the states of a ``protocol`` on ``contact`` from a state at its first voltage, others at their bias.

    One at the begin, one at the end of each cycle and at each of ``samples`` [s since the begin], in order of time.
    """
    wanted = sorted({*protocol.cycle_times.tolist(), *samples})
    seen = Snapshots({str(k): time for k, time in enumerate(wanted)})
    apply(start, {contact: protocol}, sample_times=samples, control=control(), options=OPTIONS, observe=seen)
    return Written(states=tuple(seen.states.values()))


def train(volts: float, width: float, count: int, *, interval: float, rise: float) -> PulseTrain:
    """Return ``count`` pulses of ``volts`` [V], flat for ``width`` [s], ``interval`` [s] of rest after each."""
    return PulseTrain(volts, width, interval=interval, rise=rise, count=count)


def sheet_density(state: State, region: str, carrier: str = "hole") -> float:
    """Return the carriers per area [m^-2] in ``region`` of a line."""
    device = state.device
    nodes = np.unique(device.context.scalar_space.dofmap.list[device.mesh.cells(region)])
    place = device.context.scalar_space.tabulate_dof_coordinates()[nodes, 0] * device.mesh.unit
    density = state.values[nodes, device.context.index(carrier)] * device.scaling.density
    order = np.argsort(place)
    return float(np.trapezoid(density[order], place[order]))


def mean_polarization(state: State, region: str) -> float:
    """Return the mean of P over the nodes of ``region`` [C/m^2]."""
    device = state.device
    nodes = np.unique(device.context.scalar_space.dofmap.list[device.mesh.cells(region)])
    return float(state.polarization()[nodes].mean())


def window(volts: Array, conductance: Array, level: float) -> float:
    """Return how far apart in voltage [V] the two ways of a loop pass ``level``, 0 where one does not.

    ``volts`` [V] and ``conductance``, shape (n,): a loop from one end to the other and back; of each way the first
    passage counts. Positive where the way down passes it at a lower voltage than the way up.
    """
    turn = int(np.argmax(volts))
    up = _passage(volts[: turn + 1], conductance[: turn + 1], level)
    down = _passage(volts[turn:], conductance[turn:], level)
    return up - down if math.isfinite(up - down) else 0.0


def _passage(volts: Array, conductance: Array, level: float) -> float:
    """Return where log(conductance) first passes log(level) [V], nan if nowhere."""
    side = np.sign(np.log(np.maximum(conductance, 1e-300) / level))
    jumps = np.flatnonzero(side[1:] != side[:-1])
    if jumps.size == 0:
        return math.nan
    k = int(jumps[0])
    y = np.log(np.maximum(conductance[k : k + 2], 1e-300) / level)
    return float(volts[k] - y[0] * (volts[k + 1] - volts[k]) / (y[1] - y[0]))
