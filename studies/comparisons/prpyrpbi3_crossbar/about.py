"""The 16 x 16 (PrPyr)PbI3 crossbar of Vishwanath et al., Mater. Horiz. 11, 2643, 2024: printed, cells and lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studies.arrays.cell_array import CellArray, Lines
from studies.arrays.cells import Cells
from studies.arrays.spread import Spread
from studies.compact.families import known
from studies.compact.model import CompactModel
from studies.devices import PublishedDevice, Reported
from studies.devices.shared import prpyrpbi3_array as lines
from studies.devices.shared import prpyrpbi3_data as data
from studies.protocols.shapes import Rest

SIZE, DEVICES, ENOUGH = lines.CELLS, 55, 1e3  #: printed: cells a side, devices measured, on/off of a good one
LOW = data.PRINTED["LRS"][0]  #: [Ohm]
HIGH = data.READ / data.PRINTED["HRS_current"][0]  #: [Ohm]
#: Expected largest of 55 normal numbers, in standard deviations.
EXTREME = 2.285
_COMPARED = ("crossbar_on_off_ratio_from", "crossbar_on_off_ratio_to", "crossbar_yield")
_NAMES = (*_COMPARED, "crossbar_write", "crossbar_read", "network_accuracy")

ABOUT = PublishedDevice(
    name="(PrPyr)PbI3 crossbar",
    stack="Ag | PMMA | (PrPyr)PbI3 | PEDOT:PSS | Ag on PET, 16 x 16",
    protocol=Rest(1.0, 0.0),
    read_voltage=data.PRINTED["crossbar_read"][0],
    reported={
        name: Reported(value=data.PRINTED[name][0], unit=data.PRINTED[name][1], source="Vishwanath2024")
        for name in _NAMES
    },
    assumed={
        "cells": "383 Ohm and 29 MOhm, those of the dots, ohmic: no resistance of a cell of the array is printed",
        "lines": lines.ASSUMED["array lines"],
        "drivers": "of no resistance",
        "scheme": "none is printed for the reads: each is computed",
        "letters": "of strokes two cells wide: their cells are not printed",
        "spread": "of the high resistance only, lognormal",
    },
    calibrated={
        "spread of the high resistance": "55 devices reach from 1e4 to 1e6, one decade each way: 0.44 decades",
    },
    not_compared={
        "crossbar_write": "the voltage of writing, whose half is compared with those of the dots",
        "crossbar_read": "an input",
        "network_accuracy": "of a network of 400 neurons on MNIST: none on MNIST is simulated here",
    },
)


def model() -> CompactModel:
    """Return a cell that is ohmic at both ends, its thresholds those of the dots [V]; its rates do not matter here."""
    values = {
        "R_on": LOW,
        "R_off": HIGH,
        "V_on": data.PRINTED["V_set"][0],
        "V_off": -data.PRINTED["V_reset"][0],
        "k_on": 1.0,
        "k_off": 1.0,
        "a_on": 1.0,
        "a_off": 1.0,
        "s_start": 1.0,
        "polarity": -1.0,
    }
    return CompactModel.from_values(values, "A", known("threshold (VTEAM)"))


def array(*, size: int = SIZE, resistive: bool = True) -> CellArray:
    """Return the crossbar with silver lines, or with lines of no resistance, its cells alike."""
    segment = lines.segment_resistance() if resistive else 0.0
    cells = Cells.of(model(), (size, size))
    return CellArray(cells=cells, lines=Lines(word_resistance=segment, bit_resistance=segment))


def spread() -> Spread:
    """Return the spread from device to device that the printed range of on/off ratios asks for."""
    return Spread.of(model(), {"R_off": np.log(10.0) / EXTREME})


def letters() -> dict[str, NDArray[np.bool_]]:
    """Return which cells of N, T and U are low in resistance, shape (16, 16)."""
    found = {name: np.zeros((SIZE, SIZE), dtype=bool) for name in "NTU"}
    inner, ends = slice(2, 14), (slice(2, 4), slice(12, 14))
    for end in ends:
        found["N"][inner, end] = found["U"][inner, end] = True
    for k in range(2, 13):
        found["N"][k, k : k + 2] = True
    found["T"][ends[0], inner] = found["U"][ends[1], inner] = True
    found["T"][inner, 7:9] = True
    return found
