"""What people do with a device: protocols, traces, switching figures, compact models and array estimates.

Names are imported when they are first used, so that ``from studies import Sweep`` stays cheap. A module here
never has the name of a function exported here: importing it would put the module in the function's place.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studies.activation import ArrheniusFit, Extrapolation, arrhenius
    from studies.array_margin import largest_array, read_margin, sneak_resistance
    from studies.compact_fit import fit
    from studies.compact_model import CompactModel
    from studies.crossbar import Crossbar
    from studies.crosstalk import thermal_crosstalk
    from studies.endurance_metrics import Drift, Endurance, endurance
    from studies.filament_metrics import FilamentMetrics, filament_switching
    from studies.films import film
    from studies.forming_metrics import FormingMetrics, forming
    from studies.frames import Frames
    from studies.impedance_spectrum import ImpedanceSpectrum, impedance
    from studies.iv import Snapshots, iv_sweep
    from studies.parameter_series import series
    from studies.protocols import Protocol, Pulse, PulseTrain, Rest, Staircase, Sweep
    from studies.pulse_metrics import PulseMetrics, pulse_switching
    from studies.reading import RetentionReads, SmallSignalReads, retention_reads
    from studies.retention_metrics import RetentionMetrics, retention, retention_time
    from studies.series_analysis import Trend, Variability, plot_series, trend, variability
    from studies.series_data import series_trace
    from studies.switching_metrics import SwitchingMetrics, switching
    from studies.trace import Trace

_HOME = {
    "ArrheniusFit": "activation",
    "CompactModel": "compact_model",
    "Crossbar": "crossbar",
    "Drift": "endurance_metrics",
    "Endurance": "endurance_metrics",
    "Extrapolation": "activation",
    "FilamentMetrics": "filament_metrics",
    "FormingMetrics": "forming_metrics",
    "ImpedanceSpectrum": "impedance_spectrum",
    "Frames": "frames",
    "Protocol": "protocols",
    "Pulse": "protocols",
    "PulseMetrics": "pulse_metrics",
    "PulseTrain": "protocols",
    "Rest": "protocols",
    "RetentionMetrics": "retention_metrics",
    "RetentionReads": "reading",
    "SmallSignalReads": "reading",
    "Snapshots": "iv",
    "Staircase": "protocols",
    "Sweep": "protocols",
    "SwitchingMetrics": "switching_metrics",
    "Trace": "trace",
    "Trend": "series_analysis",
    "Variability": "series_analysis",
    "arrhenius": "activation",
    "endurance": "endurance_metrics",
    "filament_switching": "filament_metrics",
    "film": "films",
    "fit": "compact_fit",
    "forming": "forming_metrics",
    "impedance": "impedance_spectrum",
    "iv_sweep": "iv",
    "largest_array": "array_margin",
    "plot_series": "series_analysis",
    "pulse_switching": "pulse_metrics",
    "read_margin": "array_margin",
    "retention": "retention_metrics",
    "retention_reads": "reading",
    "retention_time": "retention_metrics",
    "series": "parameter_series",
    "series_trace": "series_data",
    "sneak_resistance": "array_margin",
    "switching": "switching_metrics",
    "thermal_crosstalk": "crosstalk",
    "trend": "series_analysis",
    "variability": "series_analysis",
}

__all__ = [
    "ArrheniusFit",
    "CompactModel",
    "Crossbar",
    "Drift",
    "Endurance",
    "Extrapolation",
    "FilamentMetrics",
    "FormingMetrics",
    "Frames",
    "ImpedanceSpectrum",
    "Protocol",
    "Pulse",
    "PulseMetrics",
    "PulseTrain",
    "Rest",
    "RetentionMetrics",
    "RetentionReads",
    "SmallSignalReads",
    "Snapshots",
    "Staircase",
    "Sweep",
    "SwitchingMetrics",
    "Trace",
    "Trend",
    "Variability",
    "arrhenius",
    "endurance",
    "filament_switching",
    "film",
    "fit",
    "forming",
    "impedance",
    "iv_sweep",
    "largest_array",
    "plot_series",
    "pulse_switching",
    "read_margin",
    "retention",
    "retention_reads",
    "retention_time",
    "series",
    "series_trace",
    "sneak_resistance",
    "switching",
    "thermal_crosstalk",
    "trend",
    "variability",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'studies' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"studies.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
