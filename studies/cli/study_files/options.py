"""Units of the options of published devices, where their names do not say them: (device, option) -> unit."""

from __future__ import annotations

import inspect
from typing import Any

from studies.cli.study_files.making import value_of
from studies.cli.study_files.materials import material
from studies.cli.study_files.node import Node
from studies.cli.study_files.units import unit_of

_OPTIONS = {
    ("cnt_perovskite", "donors"): "m^-3",
    ("cnt_perovskite", "edge"): "m",
    ("cnt_perovskite", "trap_depth"): "eV",
    ("cs2tibr6", "finest"): "m",
    ("cspbbr3_floating_gate", "hopping"): "m^2/(V s)",
    ("cspbbr3_floating_gate", "fine"): "1",
    ("cspbbr3_photonic_memory", "film"): "m",
    ("cspbbr3_photonic_memory", "polymer"): "m",
    ("cspbbr3_photonic_memory", "vacancies"): "eV",
    ("cspbbr3_photonic_memory", "fine"): "1",
    ("ion_gel", "gel"): "m",
    ("lateral_mapbi3", "rows"): "m",
    ("mapbi3_filament", "finest"): "m",
    ("mapbi3_filament", "film"): "m",
    ("mapbi3_filament_via", "finest"): "m",
    ("mapbi3_filament_via", "barrier"): "eV",
    ("mapbi3_nanowire", "fine"): "m",
    ("mapbi3_surface_traps", "depth"): "eV",
    ("mapbi3_surface_traps", "electrons"): "m^3/s",
    ("mapbi3_surface_traps", "holes"): "m^3/s",
    ("mapbi3_tip", "tip"): "m",
    ("mapbi3_tip", "factor"): "1",
    ("mapbi3_tip", "row"): "m",
    ("mapbi3_tip", "face"): "m",
    ("mapbi3_tip", "edge"): "m",
    ("mbi_ferroelectric_channel", "active"): "C/m^2",
    ("mos2_memristor", "fine"): "m",
    ("pea2pbbr4", "fine"): "m",
    ("pea2pbbr4", "barrier"): "eV",
    ("pea2sni4_phototransistor", "shallow_depth"): "eV",
    ("pea2sni4_phototransistor", "deep"): "1",
    ("pea2sni4_phototransistor", "fine"): "1",
    ("prpyrpbi3", "fine"): "m",
    ("prpyrpbi3", "across"): "eV",
    ("prpyrpbi3", "barrier"): "eV",
    ("prpyrpbi3", "film"): "m",
    ("pvdf_cspbbr3", "initial"): "C/m^2",
}


def option_unit(device: str, name: str) -> str | None:
    """Return the unit of an option of a published device; None if it is no quantity."""
    return _OPTIONS.get((device, name), unit_of(device, name))


def option(node: Node, device: str, parameter: inspect.Parameter) -> Any:
    """Return the value of an option; raises StudyError for what no text can say."""
    kind = str(parameter.annotation)
    if "Material" in kind:
        return material(node)
    if "Datum" in kind or "Fowler" in kind:
        raise node.error(f"a {kind} cannot be given in a study file; write a script with study()")
    unit = option_unit(device, parameter.name)
    if "float" in kind:
        return value_of(node, unit or "1")
    if "bool" in kind:
        return node.truth()
    return node.whole() if "int" in kind else node.text()
