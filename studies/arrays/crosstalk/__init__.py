"""Crosstalk in a crossbar block, from its geometry: by heat, by charge and current, by ions."""

from studies.arrays.crosstalk.circuit import run_steps, to_subcircuit, write_subcircuit
from studies.arrays.crosstalk.electrical import (
    coupling,
    electrical_crosstalk,
    field_in_cells,
    line_voltages,
    load_electrical,
    plot_electrical_crosstalk,
    save_electrical,
)
from studies.arrays.crosstalk.reduction import thermal_network
from studies.arrays.crosstalk.regions import FAMILIES, by_region
from studies.arrays.crosstalk.rising import CellHeat, ThermalNetwork
from studies.arrays.crosstalk.thermal import (
    load,
    plot_thermal_crosstalk,
    save,
    temperature_rise,
    thermal_crosstalk,
)

__all__ = [
    "FAMILIES",
    "CellHeat",
    "ThermalNetwork",
    "by_region",
    "coupling",
    "electrical_crosstalk",
    "field_in_cells",
    "line_voltages",
    "load_electrical",
    "plot_electrical_crosstalk",
    "save_electrical",
    "load",
    "plot_thermal_crosstalk",
    "run_steps",
    "save",
    "temperature_rise",
    "thermal_crosstalk",
    "thermal_network",
    "to_subcircuit",
    "write_subcircuit",
]
