"""Equations and laws: small values that a Device composes; no solver in here."""

from __future__ import annotations

from fem.physics.carriers.carriers import Carriers
from fem.physics.carriers.crossings import (
    BarrierLaw,
    BarrierTunnelling,
    Crossing,
    InterlayerLeakage,
    TrapAssistedTunnelling,
)
from fem.physics.carriers.interface_recombination import InterfaceRecombination
from fem.physics.carriers.interface_traps import InterfaceTraps
from fem.physics.carriers.interlayer import Interlayer
from fem.physics.carriers.recombination import Radiative, ShockleyReadHall
from fem.physics.carriers.thermionic_limit import ThermionicLimit
from fem.physics.carriers.traps import Traps, capture_coefficient
from fem.physics.carriers.tunnel_laws import (
    DirectTunnelling,
    FowlerNordheim,
    OhmicLeakage,
    PooleFrenkel,
    TunnelLaw,
)
from fem.physics.carriers.tunnelling import Tunnelling
from fem.physics.heat.decomposition import Decomposition
from fem.physics.heat.filament_heat import FilamentHeat
from fem.physics.heat.heat import Heat
from fem.physics.ions.electrode_reaction import ElectrodeReaction
from fem.physics.ions.exchange import IonExchange
from fem.physics.ions.grain_boundary import GrainBoundary
from fem.physics.ions.ions import MobileIons
from fem.physics.ions.transfer import IonTransfer
from fem.physics.ions.vacancy_generation import VacancyGeneration
from fem.physics.light.generation import OpticalGeneration
from fem.physics.light.illumination import Illumination
from fem.physics.potential.conduction import Conduction
from fem.physics.potential.conductivity_laws import ConductivityFormula, ConductivityLaw, VacancyConductivity
from fem.physics.potential.deposit import DepositConductivity
from fem.physics.potential.domain_switching import DomainSwitching
from fem.physics.potential.ferroelectric import Ferroelectric
from fem.physics.potential.poisson import Poisson
from fem.physics.potential.polarization_laws import LandauKhalatnikov
from fem.physics.potential.screening import Screening
from fem.physics.term import Term

__all__ = [
    "BarrierLaw",
    "BarrierTunnelling",
    "Carriers",
    "Conduction",
    "ConductivityFormula",
    "ConductivityLaw",
    "Crossing",
    "Decomposition",
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
    "Interlayer",
    "InterlayerLeakage",
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
    "Screening",
    "ShockleyReadHall",
    "Term",
    "ThermionicLimit",
    "TrapAssistedTunnelling",
    "Traps",
    "TunnelLaw",
    "Tunnelling",
    "VacancyConductivity",
    "VacancyGeneration",
    "capture_coefficient",
]
