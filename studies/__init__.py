"""What people do with a device: protocols, traces, switching figures, compact models and array estimates.

Names are imported when they are first used, so that ``from studies import Sweep`` stays cheap. A module here
never has the name of a function exported here: importing it would put the module in the function's place.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studies.array_margin import largest_array, read_margin, sneak_resistance
    from studies.compact_fit import fit
    from studies.compact_model import CompactModel
    from studies.crossbar import Crossbar
    from studies.crosstalk import thermal_crosstalk
    from studies.films import film
    from studies.frames import Frames
    from studies.impedance_spectrum import ImpedanceSpectrum, impedance
    from studies.iv import Snapshots, iv_sweep
    from studies.protocols import Protocol, Pulse, PulseTrain, Rest, Staircase, Sweep
    from studies.switching_metrics import SwitchingMetrics, switching
    from studies.trace import Trace

_HOME = {
    "CompactModel": "compact_model",
    "Crossbar": "crossbar",
    "Frames": "frames",
    "Protocol": "protocols",
    "Pulse": "protocols",
    "PulseTrain": "protocols",
    "Rest": "protocols",
    "Snapshots": "iv",
    "Staircase": "protocols",
    "Sweep": "protocols",
    "SwitchingMetrics": "switching_metrics",
    "Trace": "trace",
    "film": "films",
    "fit": "compact_fit",
    "ImpedanceSpectrum": "impedance_spectrum",
    "impedance": "impedance_spectrum",
    "iv_sweep": "iv",
    "largest_array": "array_margin",
    "read_margin": "array_margin",
    "sneak_resistance": "array_margin",
    "thermal_crosstalk": "crosstalk",
    "switching": "switching_metrics",
}

__all__ = [
    "CompactModel",
    "Crossbar",
    "Frames",
    "ImpedanceSpectrum",
    "Protocol",
    "Pulse",
    "PulseTrain",
    "Rest",
    "Snapshots",
    "Staircase",
    "Sweep",
    "SwitchingMetrics",
    "Trace",
    "film",
    "fit",
    "impedance",
    "iv_sweep",
    "largest_array",
    "read_margin",
    "sneak_resistance",
    "switching",
    "thermal_crosstalk",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'studies' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"studies.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
