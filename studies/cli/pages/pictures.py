"""Pictures of traces: current against voltage, or against time where no voltage moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fem.errors import IncompatibleError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from studies.results.trace import Trace


def trace_figure(trace: Trace, *, against: str = "", size: tuple[float, float] = (6.0, 4.2)) -> Figure:
    """Return a figure of a trace ``against`` "voltage" or "time"; "" is voltage where one is swept, else time.

    Raises IncompatibleError if no voltage moves and it is asked for.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots()
    if against != "time":
        try:
            trace.plot(axes)
            return figure
        except IncompatibleError:
            if against:
                raise
            figure.clear()
            axes = figure.subplots()
    axes.plot(trace.time, trace.current)
    axes.set_xlabel("Time [s]")
    axes.set_ylabel(f"{trace.current_name.replace('_', ' ').capitalize()} [{trace.current_unit}]")
    if trace.time[1] > 0 and trace.time[-1] > 1e4 * np.diff(trace.time).min():
        axes.set_xscale("symlog", linthresh=float(np.diff(trace.time).min()))
    return figure
