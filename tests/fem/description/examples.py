"""One value of each class that a description can name, with fields that are not at their defaults."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fem.circuit import Circuit, Leakage, NoWire
from fem.contacts import BlockingContact, FloatingGate, GateContact, HeatSink, OhmicContact, SchottkyContact
from fem.materials import MAPBI3, Arrhenius, Datum, Formula, MobileIon, PowerLaw, Spectrum, Table, Varshni
from fem.physics import (
    BarrierLaw,
    BarrierTunnelling,
    Carriers,
    Conduction,
    Decomposition,
    DepositConductivity,
    DirectTunnelling,
    DomainSwitching,
    ElectrodeReaction,
    Ferroelectric,
    FilamentHeat,
    FowlerNordheim,
    GrainBoundary,
    Heat,
    Illumination,
    InterfaceRecombination,
    InterfaceTraps,
    Interlayer,
    InterlayerLeakage,
    IonExchange,
    IonTransfer,
    LandauKhalatnikov,
    MobileIons,
    OhmicLeakage,
    OpticalGeneration,
    Poisson,
    PooleFrenkel,
    Radiative,
    Screening,
    ShockleyReadHall,
    ThermionicLimit,
    TrapAssistedTunnelling,
    Traps,
    Tunnelling,
    VacancyConductivity,
    VacancyGeneration,
)
from fem.species import IonSpecies
from fem.units import eV, nm
from geometries import (
    Axisymmetric,
    ConeTip,
    CrossbarBlock,
    CrossPoint,
    Dot,
    FilamentSeed,
    FilamentSeeds,
    FineBox,
    FloatingIslands,
    HyperboloidTip,
    LateralDevice,
    Layer,
    Nanowire,
    Planar,
    PyramidTip,
    TipElectrode,
    Transistor,
    VerticalStack,
    Via,
)
from studies import (
    Between,
    Cases,
    Choice,
    Correlated,
    Described,
    Grid,
    LowDiscrepancy,
    MorrisSample,
    Number,
    Random,
    SobolSample,
    Sweep,
)
from studies.protocols.protocol import Segment

LAW = Arrhenius(1e-3, 0.5)
LEAKAGE = Leakage(
    conductance=1e-9, quadratic=1e-10, emission_current=1e-12, emission_voltage=0.1, temperature=310.0
)
TRAP: dict[str, Any] = {"density": 1e22, "depth": 0.4 * eV, "electron_capture": 1e-14, "hole_capture": 0.0}
CONDUCTIVITY: dict[str, Any] = {
    "ion": "iodide_vacancy",
    "poor": LAW,
    "rich": Arrhenius(1e3, 0.0),
    "density": 1e27,
}


SEED = FilamentSeed(film=(0.0, 1e-7), bottom_radius=2e-9, top_radius=1e-9, inside=1e27, outside=1e24)
FILM = Layer("film", 100 * nm, size=5 * nm)
STACK = VerticalStack(Layer("ITO", 50 * nm), FILM, Layer("Ag", 80 * nm))
KAPPA = MAPBI3.with_(thermal_conductivity=0.3, name="own")

#: One of each class, with fields that are not at their defaults.
EXAMPLES: tuple[Any, ...] = (
    OhmicContact(work_function=4.3 * eV, contact_resistivity=1e-9),
    SchottkyContact(work_function=4.3 * eV, image_force_permittivity=6.0),
    SchottkyContact(work_function=4.3 * eV, electron_tunnelling_mass=0.2),
    BlockingContact(),
    GateContact(work_function=5.0 * eV),
    FloatingGate(charge=-1e-16),
    HeatSink(310.0, 1e-8),
    Circuit(series_resistance=50.0, compliance=(None, 1e-4), parallel=12, leakage=LEAKAGE),
    LEAKAGE,
    NoWire(),
    IonSpecies("lithium", 1, "lithium ion"),
    LAW,
    PowerLaw(2e25, 1.58, 310.0),
    Varshni(1.12, 4.73e-4, 636.0, 290.0),
    Table((200.0, 300.0), (1.0, 2.0)),
    Formula("2*(T/300)**-1.5", (200.0, 300.0), 3.0),
    Datum(LAW, "m^2/s", "assumed", "a test", valid=(250.0, 350.0)),
    MobileIon(
        mean_density=Datum(1e24, "m^-3", "assumed", "a test"),
        mobility=Datum(1e-14, "m^2/(V s)", "assumed", "x"),
    ),
    Spectrum((400 * nm, 600 * nm), (4e7, 0.0), source="assumed", note="a test"),
    KAPPA,
    Poisson(),
    ThermionicLimit("film|ETL", electron_velocity=1e5),
    Carriers(("electron",), recombination=(Radiative(),), statistics="blakemore"),
    Radiative(),
    ShockleyReadHall(),
    MobileIons(
        "iodide_vacancy",
        ("film",),
        anisotropy={"film": (Arrhenius(2.0, -0.25), 10.0)},
        jump_distance=0.6 * nm,
        hopping_barrier=0.7 * eV,
        ambipolar=True,
        shares_sites_with=("silver_ion",),
    ),
    Heat(
        filaments={
            "film": FilamentHeat(
                ion="a", density=1e27, thermal_conductivity=20.0, volumetric_heat_capacity=2e6
            )
        }
    ),
    FilamentHeat(ion="silver_ion", density=1e27, thermal_conductivity=20.0, volumetric_heat_capacity=2e6),
    Illumination(532 * nm, 10.0, side="top", absorption={"film": 1e7}, name="green"),
    OpticalGeneration(1e27, ("film",)),
    Traps("deep", **TRAP, regions=("film",)),
    InterfaceTraps("face", **TRAP, interface="film/ETL", side="film"),
    InterfaceRecombination("film/ETL", electron_velocity=10.0, hole_velocity=20.0, energy=4.7 * eV),
    IonExchange("film/Ag", "silver_ion", velocity=LAW, density=1e24),
    IonTransfer(
        "film/gel",
        "anion",
        "cation",
        velocity=1e-6,
        partition=2.0,
        transfer_coefficient=0.5,
        reference_density=1e24,
    ),
    ElectrodeReaction(
        "top",
        "silver_ion",
        exchange_flux=Arrhenius(1e20, 0.3),
        transfer_coefficient=0.5,
        reaction_layer=1 * nm,
        reference_density=1e25,
    ),
    Decomposition(rate=0.02, energy=1.5 * eV, regions=("film",)),
    VacancyGeneration("iodide_vacancy", prefactor=1e30, energy=1.2 * eV, density=1e27, regions=("film",)),
    GrainBoundary(diffusivity=LAW, width=1 * nm),
    Tunnelling(
        gate="gate", across="oxide", into="film", carrier="electron", law=OhmicLeakage(conductivity=1e-9)
    ),
    Interlayer(
        contact="top",
        across="oxide",
        into="film",
        crossings=(BarrierTunnelling(("hole",)), InterlayerLeakage()),
        sheet_charge=1e-3,
    ),
    BarrierTunnelling(("electron",)),
    TrapAssistedTunnelling(carrier="hole", density=1e24, depth=1.0 * eV, attempt_frequency=1e13),
    InterlayerLeakage(poole_frenkel_permittivity=2.2),
    BarrierLaw(carrier="electron", law=FowlerNordheim(barrier=3.0 * eV, effective_mass=0.4)),
    FowlerNordheim(barrier=3.0 * eV, effective_mass=0.4),
    DirectTunnelling(barrier=3.0 * eV, effective_mass=0.4, thickness=3 * nm),
    OhmicLeakage(conductivity=1e-9),
    PooleFrenkel(conductivity=1e-9, relative_permittivity=4.0),
    Conduction(
        {"film": VacancyConductivity(**CONDUCTIVITY, averaging_length=0.5 * nm)},
        screening=Screening(carrier_mobility=1e-4),
    ),
    Screening(carrier_mobility=2e-4),
    VacancyConductivity(**CONDUCTIVITY, interpolation="linear"),
    DepositConductivity(**CONDUCTIVITY, threshold=1e26),
    Ferroelectric(
        "film",
        LandauKhalatnikov(remanent_polarization=0.1, coercive_field=5e7, viscosity=1.0),
        initial={"film": 0.05},
    ),
    LandauKhalatnikov(remanent_polarization=0.1, coercive_field=5e7, switching_time=1e-6),
    DomainSwitching(
        remanent_polarization=0.1, activation_field=1e9, attempt_time=1e-9, classes=3, spread=0.2
    ),
    FILM,
    STACK,
    Axisymmetric(radius=100 * nm, lateral_size=10 * nm, electrode_radius=50 * nm),
    Planar(width=100 * nm, lateral_size=10 * nm, depth=1e-6),
    Via(radius=50 * nm, wall_thickness=20 * nm, lateral_size=5 * nm),
    Dot(side=200 * nm, dot_radius=50 * nm, lateral_size=10 * nm),
    CrossPoint(line_width=50 * nm, side=100 * nm, lateral_size=10 * nm),
    CrossbarBlock(
        2,
        3,
        pitch=200 * nm,
        line_width=100 * nm,
        line_thickness=50 * nm,
        film_thickness=50 * nm,
        substrate_thickness=500 * nm,
        cap_thickness=50 * nm,
        margin=100 * nm,
    ),
    ConeTip(apex_radius=10 * nm, half_angle=0.3, height=50 * nm),
    HyperboloidTip(apex_radius=10 * nm, height=50 * nm),
    PyramidTip(apex_width=10 * nm, half_angle=0.3, height=50 * nm),
    TipElectrode(
        stack=STACK,
        electrode="Ag",
        film="film",
        tip=ConeTip(apex_radius=10 * nm, half_angle=0.3, height=50 * nm),
        width=300 * nm,
    ),
    Nanowire(
        diameter=100 * nm, width=200 * nm, lateral_size=20 * nm, edge_size=5 * nm, wire_layers=("film",)
    ),
    SEED,
    FilamentSeeds((SEED, replace(SEED, centre=(1e-8, 0.0)))),
    FineBox(lower=(0.0, 0.0), upper=(1e-8, 2e-8), size=1 * nm),
    FloatingIslands(layer="Au", length=10 * nm, pitch=20 * nm, fill="air"),
    LateralDevice(film=FILM, gap=200 * nm, electrode_width=100 * nm, electrode_thickness=30 * nm),
    Transistor(
        channel=(FILM,),
        dielectric=(Layer("oxide", 20 * nm),),
        channel_length=500 * nm,
        contact_length=100 * nm,
        gate="bottom",
        electrode_thickness=30 * nm,
        contacts="bottom",
    ),
    Segment(1.0, 0.0, 0.5),
    Sweep(0, 1.2, -1.2, 0, rate=0.1) * 3,
    Number("nm", low=1.0, high=100.0, integer=True),
    Choice("Ag", 2.0, film=KAPPA),
    Described("stack"),
    Between(1e-3, 10.0, log=True),
    Grid(thickness=[1.0, 2.0], film=[KAPPA]),
    Cases(values=[1.0, 2.0], top=["Ag", "Au"]),
    Random(8, seed=3, thickness=Between(50.0, 500.0), top=["Ag", "Au"]),
    LowDiscrepancy(8, seed=3, sequence="halton", thickness=Between(50.0, 500.0)),
    MorrisSample(4, seed=3, levels=6, a=Between(0.0, 1.0), b=Between(1.0, 2.0, log=True)),
    SobolSample(8, seed=3, a=Between(0.0, 1.0), b=Between(1.0, 2.0, log=True)),
    Correlated(4, seed=3, correlations=[("a", "b", 0.5)], a=Between(0.0, 1.0), b=Between(1.0, 2.0)),
)
NAMED = {type(x).__name__: x for x in EXAMPLES}
