"""Materials with their data; every number has a unit and a source.

>>> from fem import materials
>>> materials.get("TiO2").name
'TiO2'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fem.errors import UnknownNameError
from fem.materials import insulators, perovskites, semiconductors, transport_layers
from fem.materials import metals as electrodes
from fem.materials.datum import Arrhenius, Datum
from fem.materials.insulators import AL2O3, GLASS, HFO2, PET, PMMA, POLYIMIDE, PVDF_TRFE, SIO2
from fem.materials.material import Material
from fem.materials.metals import ALUMINIUM, FTO, GOLD, ITO, PLATINUM, SILVER, TANTALUM, TIN, TUNGSTEN
from fem.materials.mobile_ion import MobileIon
from fem.materials.perovskites import CS2AGBIBR6, CS2TIBR6, CSPBBR3, CSPBI3, FAPBI3, MAPBBR3, MAPBI3
from fem.materials.semiconductors import SILICON
from fem.materials.spectrum import Spectrum
from fem.materials.tables import Formula, Table
from fem.materials.temperature_laws import PowerLaw, Varshni
from fem.materials.transport_layers import C60, NIOX, PCBM, PEDOT_PSS, PTAA, SNO2, SPIRO_OMETAD, TIO2

_FILES = (perovskites, transport_layers, semiconductors, insulators, electrodes)

#: Every material by its name, such as "MAPbI3".
ALL: dict[str, Material] = {
    value.name: value for file in _FILES for value in vars(file).values() if isinstance(value, Material)
}


def get(name: str) -> Material:
    """Return the material called ``name`` ("MAPbI3", or the constant's name, "MAPBI3").

    Raises UnknownNameError, with close matches.
    """
    if name in ALL:
        return ALL[name]
    constant = globals().get(name)
    if isinstance(constant, Material):
        return constant
    raise UnknownNameError("material", name, ALL)


class UnknownMaterialError(UnknownNameError, AttributeError):
    """``materials.NAME`` of a material that does not exist."""


if not TYPE_CHECKING:  # so that a type checker finds a material that is not here

    def __getattr__(name: str) -> Material:
        if name.startswith("_"):
            raise AttributeError(name)
        constants = [key for key, value in globals().items() if isinstance(value, Material)]
        raise UnknownMaterialError("material", name, constants)


__all__ = [
    "AL2O3",
    "ALL",
    "ALUMINIUM",
    "C60",
    "CS2AGBIBR6",
    "CS2TIBR6",
    "CSPBBR3",
    "CSPBI3",
    "FAPBI3",
    "FTO",
    "GLASS",
    "GOLD",
    "HFO2",
    "ITO",
    "MAPBBR3",
    "MAPBI3",
    "NIOX",
    "PCBM",
    "PEDOT_PSS",
    "PET",
    "PLATINUM",
    "PMMA",
    "POLYIMIDE",
    "PTAA",
    "PVDF_TRFE",
    "SILICON",
    "SILVER",
    "SIO2",
    "SNO2",
    "SPIRO_OMETAD",
    "TANTALUM",
    "TIN",
    "TIO2",
    "TUNGSTEN",
    "Arrhenius",
    "Datum",
    "Formula",
    "Material",
    "MobileIon",
    "PowerLaw",
    "Spectrum",
    "Table",
    "Varshni",
    "get",
]
