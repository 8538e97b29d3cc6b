"""Equations and laws: small values that a Device composes; no solver in here."""

from __future__ import annotations

from fem.physics.carriers import Carriers
from fem.physics.conduction import Conduction, VacancyConductivity
from fem.physics.deposit import DepositConductivity
from fem.physics.domain_switching import DomainSwitching
from fem.physics.electrode_reaction import ElectrodeReaction
from fem.physics.ferroelectric import Ferroelectric
from fem.physics.filament_heat import FilamentHeat
from fem.physics.grain_boundary import GrainBoundary
from fem.physics.heat import Heat
from fem.physics.illumination import Illumination
from fem.physics.interface import InterfaceRecombination
from fem.physics.interface_traps import InterfaceTraps
from fem.physics.ion_exchange import IonExchange
from fem.physics.ion_transfer import IonTransfer
from fem.physics.ions import MobileIons
from fem.physics.optics import OpticalGeneration
from fem.physics.poisson import Poisson
from fem.physics.polarization_laws import LandauKhalatnikov
from fem.physics.recombination import Radiative, ShockleyReadHall
from fem.physics.traps import Traps, capture_coefficient
from fem.physics.tunnel_laws import (
    DirectTunnelling,
    FowlerNordheim,
    OhmicLeakage,
    PooleFrenkel,
    TunnelLaw,
)
from fem.physics.tunnelling import Tunnelling
from fem.physics.vacancy_generation import VacancyGeneration

__all__ = [
    "Carriers",
    "Conduction",
    "DirectTunnelling",
    "DomainSwitching",
    "ElectrodeReaction",
    "Ferroelectric",
    "FilamentHeat",
    "FowlerNordheim",
    "GrainBoundary",
    "Heat",
    "Illumination",
    "InterfaceRecombination",
    "InterfaceTraps",
    "IonExchange",
    "IonTransfer",
    "LandauKhalatnikov",
    "MobileIons",
    "OhmicLeakage",
    "OpticalGeneration",
    "DepositConductivity",
    "Poisson",
    "PooleFrenkel",
    "Radiative",
    "ShockleyReadHall",
    "Traps",
    "TunnelLaw",
    "Tunnelling",
    "VacancyConductivity",
    "VacancyGeneration",
    "capture_coefficient",
]
