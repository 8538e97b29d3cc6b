"""The cell of the demo: two cycles, one SET and one RESET pulse, and their figures beside the published ones."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fem.units import ns
from studies.comparisons.compared import Compared, row
from studies.devices import prpyrpbi3 as dot
from studies.devices.shared import prpyrpbi3_data as data
from studies.devices.shared.filament_cycles import CONTROL, Cycle
from studies.devices.shared.filament_runs import OPTIONS
from studies.experiments.apply import apply
from studies.experiments.iv import Snapshots
from studies.experiments.stop import AfterMaximum, CurrentAbove, Event
from studies.protocols.shapes import Pulse
from studies.results.provenance import plain
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.device.state import State
    from studies.experiments.run import Run

CYCLES = 2  #: the first V_set is that of the state put in; the last cycle is quoted
LONGEST = 10.0  #: [s], after which a pulse that has not switched the cell ends
RISE = 10 * ns  #: of the pulses, assumed
BIAS_STEP = 0.3  #: largest of the pulses [V]; those of the loop are smaller
NEAR = 0.2  #: of a published figure: beyond it, it is missed
SLOW = "barriers that give the sweep and the retention do not give the pulse"
HOT = "melting and decomposition are not simulated"
#: Names of the states kept: at the read voltage on the way to SET and back from it, and the hottest one.
OFF, ON, HOTTEST = "OFF", "ON", "hottest moment"


@dataclass(frozen=True, eq=False)
class Loop:
    """The ``trace`` of all cycles, the ``last`` one, and ``states`` of that by name."""

    trace: Trace
    last: Cycle
    states: dict[str, State]


class Watched:
    """Keeps the states of a cycle at the read voltage, OFF and ON, and the hottest one; an ``observe``."""

    def __init__(self, rate: float = 1.0) -> None:
        read = data.READ / rate
        self.reads = Snapshots({OFF: read, ON: 2 * data.LARGEST / rate - read})
        self._hottest: State | None = None

    @property
    def states(self) -> dict[str, State]:
        """The states by name: OFF, ON, hottest."""
        found = {name: self.reads.states[name] for name in (OFF, ON) if name in self.reads.states}
        return found if self._hottest is None else found | {HOTTEST: self._hottest}

    def __call__(self, state: State) -> None:
        """Keep the state if it is one of those."""
        if self._hottest is None or state.time < self.reads.sample_times[0] / 2:
            self._hottest = state  # another cycle has begun
        if state.temperature().max() > self._hottest.temperature().max():
            self._hottest = state
        self.reads(state)


def loop(begin: State) -> Loop:
    """Return two cycles of the dot, one after the other, from ``begin`` on."""
    watched = Watched()
    found = dot.cycles(begin, CYCLES, observe=watched, sample_times=watched.reads.sample_times)
    return Loop(joined(found), found[-1], watched.states)


def joined(cycles: Sequence[Cycle]) -> Trace:
    """Return one trace of cycles that follow each other."""
    import xarray as xr

    parts, begin = [], 0.0
    for k, one in enumerate(cycles):
        part = one.trace.data.isel(time=slice(1 if k else 0, None))
        part = part.assign_coords(time=part["time"] + begin)
        part["time"].attrs = dict(one.trace.data["time"].attrs)
        parts.append(part.assign(cycle=part["cycle"].copy(data=np.full(part.sizes["time"], k))))
        begin = float(part["time"].values[-1])
    whole = xr.concat(parts, dim="time", combine_attrs="override")
    protocol = dot.ABOUT.protocol * len(cycles)
    return Trace(whole.assign_attrs(protocol=plain(protocol.describe())))


def loop_rows(found: Loop) -> list[Compared]:
    """Return the figures of the last cycle beside the published ones."""
    last, about = found.last, dot.ABOUT
    switching = last.switching
    low = _current_back(last.trace, data.READ)
    at, owed = f"at {data.READ:g} V; published: voltage not printed", data.READ / data.PRINTED["LRS"][0]
    return [
        _calibrated("V_set", switching.V_set, "V_set", "by the barrier across the film"),
        _near("V_reset", switching.V_reset, "V_reset"),
        _calibrated("low resistance", last.low_resistance, "LRS", "by the number of filaments"),
        _near("current of the low resistance", low, "LRS_current",
              f"{at}, and the published resistance would have {1e3 * owed:.2g} mA"),
        _calibrated("current of the high resistance", data.READ / last.high_resistance, "HRS_current",
                    f"by leak and film, beside what RESET leaves of the filaments; {at}"),
        row(about, "on/off ratio", last.on_off_ratio, of="on_off_ratio", at_least=True),
        row(about, "V_set of the first cycle", found.trace.cycle(0).switching(data.READ).V_set, "V",
            "that of the state put in, no figure of the device"),
        row(about, "highest temperature of the loop", last.peak_temperature, "K"),
        row(about, "largest power of the loop", largest_power(last.trace), "W"),
        row(about, "drift of the number of vacancies", _drift(found.states), "1", "conserved, to rounding"),
    ]  # fmt: skip


def _near(name: str, simulated: float, of: str, note: str = "") -> Compared:
    """Return a predicted figure, which is missed beyond ``NEAR``."""
    within = NEAR * abs(dot.ABOUT.reported[of].value)
    return row(dot.ABOUT, name, simulated, of=of, note=note, within=within)


def largest_power(trace: Trace) -> float:
    """Return the largest |V I| of the dot without its ballast [W]."""
    return float(np.abs(trace.data["device_voltage"].values * trace.current).max())


def _calibrated(name: str, simulated: float, of: str, note: str) -> Compared:
    """Return a figure that a parameter was chosen for, which is missed where it does not come out within ``NEAR``."""
    found = row(dot.ABOUT, name, simulated, of=of, note=f"calibrated {note}")
    return replace(found, status="calibrated" if abs(found.ratio - 1) <= NEAR else "missed")


def _current_back(trace: Trace, voltage: float) -> float:
    """Return the current at a positive voltage on the way back from SET [A]."""
    back = np.flatnonzero(trace.voltage > 0)
    back = back[back > np.argmax(trace.voltage)][::-1]
    return float(np.interp(voltage, trace.voltage[back], trace.current[back]))


def _drift(states: dict[str, State]) -> float:
    """Return the largest relative difference of the numbers of vacancies in states."""
    numbers = [state.ion_inventory(data.ION) for state in states.values()]
    return max(abs(n / numbers[0] - 1) for n in numbers)


def pulses(last: Cycle) -> dict[str, Run]:
    """Return the runs of the printed SET pulse on the OFF state and of the RESET pulse on the ON state of a cycle.

    Each is held until the cell switches, at a tenth of the compliance in SET and at half of the largest current in
    RESET: from there it runs away within a hundredth of the time that it took.
    """
    control = replace(CONTROL, max_bias_step=BIAS_STEP)
    plan: dict[str, tuple[State, float, float | None, Event]] = {
        "SET": (last.off, data.PRINTED["set_pulse"][0], data.COMPLIANCE, CurrentAbove("top", data.COMPLIANCE / 10)),
        "RESET": (last.on, data.PRINTED["reset_pulse"][0], None, AfterMaximum("top", 0.5)),
    }  # fmt: skip
    return {
        name: apply(
            begin,
            {"top": Pulse(voltage, LONGEST, rise=RISE)},
            circuits={"top": dot.circuit(compliance)},
            stop=stop,
            control=control,
            options=OPTIONS,
        )
        for name, (begin, voltage, compliance, stop) in plan.items()
    }


def switching_time(run: Run) -> float:
    """Return the time from the middle of the edge to the stop of a pulse [s]; nan if it has not switched."""
    return run.crossing_time - RISE / 2


def pulse_rows(runs: dict[str, Run]) -> list[Compared]:
    """Return the times to switch beside the widths of the published pulses."""
    found = []
    for name, run in runs.items():
        key, taken = f"{name.lower()}_pulse", switching_time(run)
        voltage, width = data.PRINTED[key][0], data.PRINTED[f"{key}_width"][0]
        note = f"not within {LONGEST:g} s" if math.isnan(taken) else SLOW if taken > width else ""
        hottest = float(run.trace.data["temperature_max"].values.max())
        found += [
            row(dot.ABOUT, f"time of {name} at {voltage:+g} V", taken, of=f"{key}_width", note=note,
                missed=not taken <= width),
            row(dot.ABOUT, f"highest temperature until then, {name}", hottest, "K", HOT),
        ]  # fmt: skip
    return found
