"""Equations and laws: small values that a Device composes; no solver in here."""

from __future__ import annotations

from fem.physics.carriers import Carriers
from fem.physics.conduction import Conduction, VacancyConductivity
from fem.physics.deposit import DepositConductivity
from fem.physics.electrode_reaction import ElectrodeReaction
from fem.physics.filament_heat import FilamentHeat
from fem.physics.grain_boundary import GrainBoundary
from fem.physics.heat import Heat
from fem.physics.interface import InterfaceRecombination
from fem.physics.ion_exchange import IonExchange
from fem.physics.ion_transfer import IonTransfer
from fem.physics.ions import MobileIons
from fem.physics.optics import OpticalGeneration
from fem.physics.poisson import Poisson
from fem.physics.recombination import Radiative, ShockleyReadHall
from fem.physics.traps import Traps, capture_coefficient
from fem.physics.vacancy_generation import VacancyGeneration

__all__ = [
    "Carriers",
    "Conduction",
    "ElectrodeReaction",
    "FilamentHeat",
    "GrainBoundary",
    "Heat",
    "InterfaceRecombination",
    "IonExchange",
    "IonTransfer",
    "MobileIons",
    "OpticalGeneration",
    "DepositConductivity",
    "Poisson",
    "Radiative",
    "ShockleyReadHall",
    "Traps",
    "VacancyConductivity",
    "VacancyGeneration",
    "capture_coefficient",
]
