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
    from studies.decay_fit import DecayFit, decay
    from studies.endurance_metrics import Drift, Endurance, endurance
    from studies.filament_metrics import FilamentMetrics, filament_switching
    from studies.films import film
    from studies.forming_metrics import FormingMetrics, forming
    from studies.frames import Frames
    from studies.impedance_spectrum import ImpedanceSpectrum, impedance
    from studies.iv import Snapshots, iv_sweep
    from studies.output_metrics import OutputMetrics, output
    from studies.parameter_series import series
    from studies.photodetection import (
        detectivity,
        external_quantum_efficiency,
        responsivity,
        spectral_response,
    )
    from studies.potential_cuts import plot_potential_cuts, potential_cut
    from studies.protocols import Protocol, Pulse, PulseTrain, Rest, Staircase, Sweep
    from studies.pulse_metrics import PulseMetrics, pulse_switching
    from studies.reading import RetentionReads, SmallSignalReads, retention_reads
    from studies.retention_metrics import RetentionMetrics, retention, retention_time
    from studies.series_analysis import Trend, Variability, plot_series, trend, variability
    from studies.series_data import series_trace
    from studies.switching_metrics import SwitchingMetrics, switching
    from studies.trace import Trace
    from studies.transfer_branch import TransferBranch
    from studies.transfer_curves import output_curves, transfer_curve
    from studies.transfer_metrics import TransferMetrics, transfer
    from studies.weight_metrics import WeightUpdate, weight_update
    from studies.write_reads import Read, Write, WriteReads
    from studies.writing import program_erase, write_and_read, write_pulses

_HOME = {
    "ArrheniusFit": "activation",
    "CompactModel": "compact_model",
    "Crossbar": "crossbar",
    "DecayFit": "decay_fit",
    "Drift": "endurance_metrics",
    "Endurance": "endurance_metrics",
    "Extrapolation": "activation",
    "FilamentMetrics": "filament_metrics",
    "FormingMetrics": "forming_metrics",
    "Frames": "frames",
    "ImpedanceSpectrum": "impedance_spectrum",
    "OutputMetrics": "output_metrics",
    "Protocol": "protocols",
    "Pulse": "protocols",
    "PulseMetrics": "pulse_metrics",
    "PulseTrain": "protocols",
    "Read": "write_reads",
    "Rest": "protocols",
    "RetentionMetrics": "retention_metrics",
    "RetentionReads": "reading",
    "SmallSignalReads": "reading",
    "Snapshots": "iv",
    "Staircase": "protocols",
    "Sweep": "protocols",
    "SwitchingMetrics": "switching_metrics",
    "Trace": "trace",
    "TransferBranch": "transfer_branch",
    "TransferMetrics": "transfer_metrics",
    "Trend": "series_analysis",
    "Variability": "series_analysis",
    "WeightUpdate": "weight_metrics",
    "Write": "write_reads",
    "WriteReads": "write_reads",
    "arrhenius": "activation",
    "decay": "decay_fit",
    "detectivity": "photodetection",
    "endurance": "endurance_metrics",
    "external_quantum_efficiency": "photodetection",
    "filament_switching": "filament_metrics",
    "film": "films",
    "fit": "compact_fit",
    "forming": "forming_metrics",
    "impedance": "impedance_spectrum",
    "iv_sweep": "iv",
    "largest_array": "array_margin",
    "output": "output_metrics",
    "output_curves": "transfer_curves",
    "plot_potential_cuts": "potential_cuts",
    "plot_series": "series_analysis",
    "potential_cut": "potential_cuts",
    "program_erase": "writing",
    "pulse_switching": "pulse_metrics",
    "read_margin": "array_margin",
    "responsivity": "photodetection",
    "retention": "retention_metrics",
    "retention_reads": "reading",
    "retention_time": "retention_metrics",
    "series": "parameter_series",
    "series_trace": "series_data",
    "sneak_resistance": "array_margin",
    "spectral_response": "photodetection",
    "switching": "switching_metrics",
    "thermal_crosstalk": "crosstalk",
    "transfer": "transfer_metrics",
    "transfer_curve": "transfer_curves",
    "trend": "series_analysis",
    "variability": "series_analysis",
    "weight_update": "weight_metrics",
    "write_and_read": "writing",
    "write_pulses": "writing",
}

__all__ = [
    "ArrheniusFit",
    "CompactModel",
    "Crossbar",
    "DecayFit",
    "Drift",
    "Endurance",
    "Extrapolation",
    "FilamentMetrics",
    "FormingMetrics",
    "Frames",
    "ImpedanceSpectrum",
    "OutputMetrics",
    "Protocol",
    "Pulse",
    "PulseMetrics",
    "PulseTrain",
    "Read",
    "Rest",
    "RetentionMetrics",
    "RetentionReads",
    "SmallSignalReads",
    "Snapshots",
    "Staircase",
    "Sweep",
    "SwitchingMetrics",
    "Trace",
    "TransferBranch",
    "TransferMetrics",
    "Trend",
    "Variability",
    "WeightUpdate",
    "Write",
    "WriteReads",
    "arrhenius",
    "decay",
    "detectivity",
    "endurance",
    "external_quantum_efficiency",
    "filament_switching",
    "film",
    "fit",
    "forming",
    "impedance",
    "iv_sweep",
    "largest_array",
    "output",
    "output_curves",
    "plot_potential_cuts",
    "plot_series",
    "potential_cut",
    "program_erase",
    "pulse_switching",
    "read_margin",
    "responsivity",
    "retention",
    "retention_reads",
    "retention_time",
    "series",
    "series_trace",
    "sneak_resistance",
    "spectral_response",
    "switching",
    "thermal_crosstalk",
    "transfer",
    "transfer_curve",
    "trend",
    "variability",
    "weight_update",
    "write_and_read",
    "write_pulses",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'studies' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"studies.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
