"""Devices that tests can compute by hand: a conductance that pulses move, and what relaxes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from studies import Protocol, Trace

THRESHOLD = 0.5  # [V], below which nothing moves: reads do not disturb


def synapse(
    rate: Callable[[float, float], float], *, start: float = 1e-6, relaxation: float = np.inf
) -> Callable[[Protocol], Trace]:
    """Return a device of I = G V with dG/dt = rate(V, G) - (G - start)/relaxation, by small steps.

    Where the voltage is below the threshold G relaxes exactly, else it goes by straight steps.
    """

    def simulate(protocol: Protocol) -> Trace:
        times, volts, kept = [0.0], [float(protocol.levels[0])], [start]
        now = start
        for segment, begin in zip(protocol.segments, protocol.corners[:-1], strict=True):
            count = 40
            step = segment.duration / count
            for k in range(count):
                v = segment.start + (segment.end - segment.start) * (k + 0.5) / count
                if abs(v) > THRESHOLD:
                    now += step * rate(v, now)
                now = start + (now - start) * float(np.exp(-step / relaxation))
                times.append(float(begin) + (k + 1) * step)
                volts.append(segment.start + (segment.end - segment.start) * (k + 1) / count)
                kept.append(now)
        t, v, g = map(np.array, (times, volts, kept))
        use = np.append(np.diff(t) > 0, True)
        return Trace.from_columns({"time": t[use], "voltage": v[use], "current": (g * v)[use]}, {})

    return simulate


def linear(gain: float = 1e-4, **more: float) -> Callable[[Protocol], Trace]:
    """Return one whose conductance moves by ``gain`` [S/(V s)] times the voltage above the threshold."""
    return synapse(lambda v, _: gain * (v - np.sign(v) * THRESHOLD), **more)


def resistor(conductance: float = 1e-6) -> Callable[[Protocol], Trace]:
    """Return one without plasticity."""
    return synapse(lambda v, g: 0.0, start=conductance)
