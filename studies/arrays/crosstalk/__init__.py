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
from studies.arrays.crosstalk.half_space import HalfSpace, field_reach, fringe_potential
from studies.arrays.crosstalk.ionic import (
    decay_length,
    ionic_crosstalk,
    load_ionic,
    plot_ionic_crosstalk,
    save_ionic,
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
    "HalfSpace",
    "ThermalNetwork",
    "by_region",
    "coupling",
    "decay_length",
    "electrical_crosstalk",
    "field_in_cells",
    "field_reach",
    "fringe_potential",
    "ionic_crosstalk",
    "line_voltages",
    "load_electrical",
    "load_ionic",
    "plot_electrical_crosstalk",
    "plot_ionic_crosstalk",
    "save_electrical",
    "save_ionic",
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
