"""What people do with a device: protocols, traces, switching figures, compact models and array estimates.

Names are imported when they are first used, so that ``from studies import Sweep`` stays cheap. A module here
never has the name of a function exported here: importing it would put the module in the function's place.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studies.arrays.cell_array import CellArray, Lines
    from studies.arrays.cells import Cells, InSeries
    from studies.arrays.coupling import Heating, HeatingInTime, Migration
    from studies.arrays.crosstalk import thermal_crosstalk
    from studies.arrays.margin import largest_array, read_margin, sneak_resistance
    from studies.arrays.network import Crossbar
    from studies.arrays.products import multiply
    from studies.arrays.reading import read_all
    from studies.arrays.schemes import Drive, Scheme
    from studies.arrays.spread import Spread
    from studies.arrays.worst_case import WorstCase
    from studies.arrays.writing import WritePulse, Writer
    from studies.compact.fit import fit
    from studies.compact.model import CompactModel
    from studies.compact.posterior import Posterior, posterior
    from studies.data.reading import read_trace
    from studies.experiments.apply import apply
    from studies.experiments.impedance import ImpedanceSpectrum, impedance
    from studies.experiments.iv import Snapshots, iv_sweep
    from studies.experiments.kelvin_probe import plot_potential_cuts, potential_cut
    from studies.experiments.photoresponse import spectral_response
    from studies.experiments.retention_reads import RetentionReads, SmallSignalReads, retention_reads
    from studies.experiments.run import Run
    from studies.experiments.sensitivities import sensitivity
    from studies.experiments.stop import AfterMaximum, CurrentAbove, CurrentBelow, When
    from studies.experiments.transfer_curves import output_curves, transfer_curve
    from studies.experiments.write_read import program_erase, write_and_read, write_pulses
    from studies.experiments.write_reads import Read, Write, WriteReads
    from studies.metrics.activation import ArrheniusFit, Extrapolation, arrhenius
    from studies.metrics.conduction_mechanism import ConductionMechanism, conduction_mechanism
    from studies.metrics.decay import DecayFit, decay
    from studies.metrics.endurance import Drift, Endurance, endurance, endurance_of_reads
    from studies.metrics.filament import FilamentMetrics, filament_switching
    from studies.metrics.forming import FormingMetrics, forming
    from studies.metrics.output import OutputMetrics, output
    from studies.metrics.photodetection import detectivity, external_quantum_efficiency, responsivity
    from studies.metrics.pulse import PulseMetrics, pulse_switching
    from studies.metrics.retention import RetentionMetrics, retention, retention_time
    from studies.metrics.retention_law import RetentionLaw, retention_law
    from studies.metrics.switching import SwitchingMetrics, switching
    from studies.metrics.transfer import TransferMetrics, transfer
    from studies.metrics.transfer_branch import TransferBranch
    from studies.metrics.weight import WeightUpdate, weight_update
    from studies.movies.frames import Frames
    from studies.movies.movie import film
    from studies.neuromorphic.consolidation import Consolidation, consolidation
    from studies.neuromorphic.cycling import pulsed_endurance, swept_endurance
    from studies.neuromorphic.energy import EventEnergies, event_energies
    from studies.neuromorphic.paired_pulse import PairedPulse, paired_pulse
    from studies.neuromorphic.potentiation import PotentiationDepression, potentiation_depression
    from studies.neuromorphic.pulse_dependence import PulseDependence, pulse_dependence
    from studies.neuromorphic.schedule import conductance_reads
    from studies.neuromorphic.spike_timing import SpikeTiming, spike_timing
    from studies.neuromorphic.spikes import (
        BiphasicSpike,
        ExponentialSpike,
        RectangularSpike,
        TriangularSpike,
        spike_pair,
    )
    from studies.neuromorphic.subject import Subject
    from studies.neuromorphic.window import ProgrammingWindow, programming_window
    from studies.progress import show_progress
    from studies.protocols.protocol import Protocol
    from studies.protocols.shapes import Pulse, PulseTrain, Rest, Staircase, Sweep
    from studies.results.trace import Trace
    from studies.sweeps.analysis import Trend, Variability, plot_series, trend, variability
    from studies.sweeps.correlated import Correlated
    from studies.sweeps.dataset import series_trace
    from studies.sweeps.influence import Influence, influence
    from studies.sweeps.influence_plans import MorrisSample, SobolSample
    from studies.sweeps.parameters import Choice, Described, Number
    from studies.sweeps.plans import Between, Cases, Grid, LowDiscrepancy, Random
    from studies.sweeps.series import series
    from studies.sweeps.store import Store
    from studies.sweeps.study import Study, study
    from studies.sweeps.sweep import sweep

_HOME = {
    "AfterMaximum": "experiments.stop",
    "ArrheniusFit": "metrics.activation",
    "Between": "sweeps.plans",
    "BiphasicSpike": "neuromorphic.spikes",
    "Cases": "sweeps.plans",
    "CellArray": "arrays.cell_array",
    "Cells": "arrays.cells",
    "Choice": "sweeps.parameters",
    "CompactModel": "compact.model",
    "ConductionMechanism": "metrics.conduction_mechanism",
    "Consolidation": "neuromorphic.consolidation",
    "Correlated": "sweeps.correlated",
    "Crossbar": "arrays.network",
    "CurrentAbove": "experiments.stop",
    "CurrentBelow": "experiments.stop",
    "DecayFit": "metrics.decay",
    "Described": "sweeps.parameters",
    "Drift": "metrics.endurance",
    "Drive": "arrays.schemes",
    "Endurance": "metrics.endurance",
    "EventEnergies": "neuromorphic.energy",
    "ExponentialSpike": "neuromorphic.spikes",
    "Extrapolation": "metrics.activation",
    "FilamentMetrics": "metrics.filament",
    "FormingMetrics": "metrics.forming",
    "Frames": "movies.frames",
    "Grid": "sweeps.plans",
    "Heating": "arrays.coupling",
    "HeatingInTime": "arrays.coupling",
    "ImpedanceSpectrum": "experiments.impedance",
    "InSeries": "arrays.cells",
    "Influence": "sweeps.influence",
    "Lines": "arrays.cell_array",
    "LowDiscrepancy": "sweeps.plans",
    "Migration": "arrays.coupling",
    "MorrisSample": "sweeps.influence_plans",
    "Number": "sweeps.parameters",
    "OutputMetrics": "metrics.output",
    "PairedPulse": "neuromorphic.paired_pulse",
    "Posterior": "compact.posterior",
    "PotentiationDepression": "neuromorphic.potentiation",
    "ProgrammingWindow": "neuromorphic.window",
    "Protocol": "protocols.protocol",
    "Pulse": "protocols.shapes",
    "PulseDependence": "neuromorphic.pulse_dependence",
    "PulseMetrics": "metrics.pulse",
    "PulseTrain": "protocols.shapes",
    "Random": "sweeps.plans",
    "Read": "experiments.write_reads",
    "RectangularSpike": "neuromorphic.spikes",
    "Rest": "protocols.shapes",
    "RetentionLaw": "metrics.retention_law",
    "RetentionMetrics": "metrics.retention",
    "RetentionReads": "experiments.retention_reads",
    "Run": "experiments.run",
    "Scheme": "arrays.schemes",
    "SmallSignalReads": "experiments.retention_reads",
    "Snapshots": "experiments.iv",
    "SobolSample": "sweeps.influence_plans",
    "SpikeTiming": "neuromorphic.spike_timing",
    "Spread": "arrays.spread",
    "Staircase": "protocols.shapes",
    "Store": "sweeps.store",
    "Study": "sweeps.study",
    "Subject": "neuromorphic.subject",
    "Sweep": "protocols.shapes",
    "SwitchingMetrics": "metrics.switching",
    "Trace": "results.trace",
    "TransferBranch": "metrics.transfer_branch",
    "TransferMetrics": "metrics.transfer",
    "Trend": "sweeps.analysis",
    "TriangularSpike": "neuromorphic.spikes",
    "Variability": "sweeps.analysis",
    "WeightUpdate": "metrics.weight",
    "When": "experiments.stop",
    "WorstCase": "arrays.worst_case",
    "Write": "experiments.write_reads",
    "WritePulse": "arrays.writing",
    "WriteReads": "experiments.write_reads",
    "Writer": "arrays.writing",
    "apply": "experiments.apply",
    "arrhenius": "metrics.activation",
    "conductance_reads": "neuromorphic.schedule",
    "conduction_mechanism": "metrics.conduction_mechanism",
    "consolidation": "neuromorphic.consolidation",
    "decay": "metrics.decay",
    "detectivity": "metrics.photodetection",
    "endurance": "metrics.endurance",
    "endurance_of_reads": "metrics.endurance",
    "event_energies": "neuromorphic.energy",
    "external_quantum_efficiency": "metrics.photodetection",
    "filament_switching": "metrics.filament",
    "film": "movies.movie",
    "fit": "compact.fit",
    "forming": "metrics.forming",
    "impedance": "experiments.impedance",
    "influence": "sweeps.influence",
    "iv_sweep": "experiments.iv",
    "largest_array": "arrays.margin",
    "multiply": "arrays.products",
    "output": "metrics.output",
    "output_curves": "experiments.transfer_curves",
    "paired_pulse": "neuromorphic.paired_pulse",
    "plot_potential_cuts": "experiments.kelvin_probe",
    "plot_series": "sweeps.analysis",
    "posterior": "compact.posterior",
    "potential_cut": "experiments.kelvin_probe",
    "potentiation_depression": "neuromorphic.potentiation",
    "program_erase": "experiments.write_read",
    "programming_window": "neuromorphic.window",
    "pulse_dependence": "neuromorphic.pulse_dependence",
    "pulse_switching": "metrics.pulse",
    "pulsed_endurance": "neuromorphic.cycling",
    "read_all": "arrays.reading",
    "read_margin": "arrays.margin",
    "read_trace": "data.reading",
    "responsivity": "metrics.photodetection",
    "retention": "metrics.retention",
    "retention_law": "metrics.retention_law",
    "retention_reads": "experiments.retention_reads",
    "retention_time": "metrics.retention",
    "sensitivity": "experiments.sensitivities",
    "series": "sweeps.series",
    "series_trace": "sweeps.dataset",
    "show_progress": "progress",
    "sneak_resistance": "arrays.margin",
    "spectral_response": "experiments.photoresponse",
    "spike_pair": "neuromorphic.spikes",
    "spike_timing": "neuromorphic.spike_timing",
    "study": "sweeps.study",
    "sweep": "sweeps.sweep",
    "swept_endurance": "neuromorphic.cycling",
    "switching": "metrics.switching",
    "thermal_crosstalk": "arrays.crosstalk",
    "transfer": "metrics.transfer",
    "transfer_curve": "experiments.transfer_curves",
    "trend": "sweeps.analysis",
    "variability": "sweeps.analysis",
    "weight_update": "metrics.weight",
    "write_and_read": "experiments.write_read",
    "write_pulses": "experiments.write_read",
}

__all__ = [
    "AfterMaximum",
    "ArrheniusFit",
    "Between",
    "BiphasicSpike",
    "Cases",
    "CellArray",
    "Cells",
    "Choice",
    "CompactModel",
    "ConductionMechanism",
    "Consolidation",
    "Correlated",
    "Crossbar",
    "CurrentAbove",
    "CurrentBelow",
    "DecayFit",
    "Described",
    "Drift",
    "Drive",
    "Endurance",
    "EventEnergies",
    "ExponentialSpike",
    "Extrapolation",
    "FilamentMetrics",
    "FormingMetrics",
    "Frames",
    "Grid",
    "Heating",
    "HeatingInTime",
    "ImpedanceSpectrum",
    "InSeries",
    "Influence",
    "Lines",
    "LowDiscrepancy",
    "Migration",
    "MorrisSample",
    "Number",
    "OutputMetrics",
    "PairedPulse",
    "Posterior",
    "PotentiationDepression",
    "ProgrammingWindow",
    "Protocol",
    "Pulse",
    "PulseDependence",
    "PulseMetrics",
    "PulseTrain",
    "Random",
    "Read",
    "RectangularSpike",
    "Rest",
    "RetentionLaw",
    "RetentionMetrics",
    "RetentionReads",
    "Run",
    "Scheme",
    "SmallSignalReads",
    "Snapshots",
    "SobolSample",
    "SpikeTiming",
    "Spread",
    "Staircase",
    "Store",
    "Study",
    "Subject",
    "Sweep",
    "SwitchingMetrics",
    "Trace",
    "TransferBranch",
    "TransferMetrics",
    "Trend",
    "TriangularSpike",
    "Variability",
    "WeightUpdate",
    "When",
    "WorstCase",
    "Write",
    "WritePulse",
    "WriteReads",
    "Writer",
    "apply",
    "arrhenius",
    "conductance_reads",
    "conduction_mechanism",
    "consolidation",
    "decay",
    "detectivity",
    "endurance",
    "endurance_of_reads",
    "event_energies",
    "external_quantum_efficiency",
    "filament_switching",
    "film",
    "fit",
    "forming",
    "impedance",
    "influence",
    "iv_sweep",
    "largest_array",
    "multiply",
    "output",
    "output_curves",
    "paired_pulse",
    "plot_potential_cuts",
    "plot_series",
    "posterior",
    "potential_cut",
    "potentiation_depression",
    "program_erase",
    "programming_window",
    "pulse_dependence",
    "pulse_switching",
    "pulsed_endurance",
    "read_all",
    "read_margin",
    "read_trace",
    "responsivity",
    "retention",
    "retention_law",
    "retention_reads",
    "retention_time",
    "sensitivity",
    "series",
    "series_trace",
    "show_progress",
    "sneak_resistance",
    "spectral_response",
    "spike_pair",
    "spike_timing",
    "study",
    "sweep",
    "swept_endurance",
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


if not TYPE_CHECKING:  # so that a type checker finds a name that is not here

    def __getattr__(name: str) -> Any:
        if name not in _HOME:
            raise AttributeError(f"module 'studies' has no attribute {name!r}; it has {', '.join(__all__)}")
        value = getattr(importlib.import_module(f"studies.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
