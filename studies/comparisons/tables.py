"""Tables of the published devices: simulated beside published, calibrated apart from predicted."""

from __future__ import annotations

import importlib

from fem.errors import UnknownNameError
from studies.comparisons.compared import Compared

#: Published devices, and the module of ``studies.comparisons`` whose ``compare()`` makes the rows of each.
TABLES: dict[str, str] = {
    "ag_mapbi3": "ag_mapbi3",
    "cnt_perovskite": "cnt_perovskite",
    "cs2tibr6": "cs2tibr6",
    "cspbbr3_floating_gate": "cspbbr3_floating_gate",
    "ion_gel": "ion_gel",
    "lateral_mapbi3": "lateral_mapbi3",
    "mapbi3_nanowire": "mapbi3_nanowire",
    "mapbi3_tip": "mapbi3_tip",
    "mapbi3_filament_via": "mapbi3_filament_via",
    "mbi_ferroelectric_channel": "mbi_ferroelectric_channel",
    "mos2_memristor": "mos2_memristor",
    "pea2pbbr4": "pea2pbbr4",
    "pea2sni4_phototransistor": "pea2sni4_phototransistor",
    "pvdf_cspbbr3": "pvdf_cspbbr3",
    "pvdf_mapbi3": "pvdf_mapbi3",
}


def table(name: str) -> list[Compared]:
    """Return the rows of a device, simulated now (one to five minutes); raises UnknownNameError."""
    if name not in TABLES:
        raise UnknownNameError("published device", name, TABLES)
    return list(importlib.import_module(f"studies.comparisons.{TABLES[name]}").compare())
