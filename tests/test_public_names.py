"""The public names of the three packages stay where users import them from."""

from __future__ import annotations

import importlib

import pytest

NAMES = {
    "fem": """
        BlockingContact Circuit Device DeviceMesh FloatingGate GateContact HeatSink Leakage NewtonOptions
        OhmicContact Parameter SchottkyContact State StepControl UntilPeriodic admittance current_density
        electric_field equilibrium floating_charge floating_potential integral integrate ion_flow
        load_checkpoint materials parameters save_checkpoint steady temperature with_ions
    """,
    "fem.materials": """
        AL2O3 ALL ALUMINIUM Arrhenius C60 CS2AGBIBR6 CS2TIBR6 CSPBBR3 CSPBI3 Datum FAPBI3 FTO Formula GLASS
        GOLD HFO2 ITO MAPBBR3 MAPBI3 Material MobileIon NIOX PCBM PEDOT_PSS PET PLATINUM PMMA
        POLYIMIDE PTAA PVDF_TRFE PowerLaw SILICON SILVER SIO2 SNO2 SPIRO_OMETAD Spectrum TANTALUM TIN TIO2 Table
        TUNGSTEN Varshni get
    """,
    "fem.physics": """
        BarrierLaw BarrierTunnelling Carriers Conduction ConductivityFormula ConductivityLaw Crossing Decomposition
        DepositConductivity DirectTunnelling
        DomainSwitching ElectrodeReaction Ferroelectric FilamentHeat FowlerNordheim GrainBoundary Heat Illumination
        InterfaceRecombination InterfaceTraps Interlayer InterlayerLeakage IonExchange IonTransfer LandauKhalatnikov
        MobileIons OhmicLeakage OpticalGeneration Poisson PooleFrenkel Radiative Screening ShockleyReadHall Term
        ThermionicLimit TrapAssistedTunnelling Traps TunnelLaw Tunnelling VacancyConductivity VacancyGeneration
        capture_coefficient
    """,
    "fem.units": """
        A C ELEMENTARY_CHARGE F Hz J K MHz MOhm Ohm S TO_SI V W cm eV kHz kOhm kg m mA mV mW mm ms
        nA nm ns pA ps s uA uW um us
    """,
    "fem.constants": """
        BOLTZMANN ELECTRON_MASS ELEMENTARY_CHARGE LORENZ_NUMBER PLANCK SPEED_OF_LIGHT
        VACUUM_PERMITTIVITY thermal_voltage
    """,
    "fem.errors": """
        ConvergenceError IncompatibleError MemfemError MeshError MissingSoftwareError ModelWarning
        OutOfRangeError RankError UnknownNameError
    """,
    "fem.species": """
        ALL ANION BROMIDE_VACANCY CATION IODIDE_INTERSTITIAL IODIDE_VACANCY IonSpecies
        METHYLAMMONIUM_VACANCY SILVER_ION species
    """,
    "fem.contacts": """
        BlockingContact FloatingGate GateContact HeatSink OhmicContact SchottkyContact
    """,
    "fem.description": """
        differences from_dict same to_dict without_identity
    """,
    "fem.mesh": """
        DeviceMesh Drawable as_device_mesh extent
    """,
    "fem.device": """
        Device
    """,
    "fem.io": """
        FieldWriter load_checkpoint read_fields save_checkpoint times_of write_fields
        write_temperature
    """,
    "fem.outputs": """
        NANOMETRE RegionMesh cell_values cut grid grid_of output_fields profile region_names
        temperature_values
    """,
    "fem.visualize": """
        View picture_3d plot_band_diagram plot_fields_2d plot_ion_profile temperature_picture
    """,
    "geometries": """
        Axisymmetric ConeTip CrossPoint CrossbarBlock Dot Drawing FilamentSeed FilamentSeeds FineBox
        FloatingIslands GeometryError HyperboloidTip LateralDevice Layer Nanowire Planar PyramidTip
        TipElectrode Transistor VerticalStack Via random_seeds
    """,
    "studies": """
        Between Cases Choice Correlated Described Grid Influence LowDiscrepancy MorrisSample Number Random
        SobolSample Store Study influence study sweep
        CellArray Cells Drive Heating HeatingInTime InSeries Lines Migration Scheme Spread WorstCase WritePulse Writer
        multiply read_all
        AfterMaximum ArrheniusFit CompactModel ConductionMechanism Crossbar CurrentAbove CurrentBelow DecayFit Drift
        Endurance Extrapolation FilamentMetrics FormingMetrics Frames ImpedanceSpectrum
        OutputMetrics Protocol Pulse PulseMetrics PulseTrain Read Rest RetentionMetrics
        RetentionReads Run SmallSignalReads Snapshots Staircase Sweep SwitchingMetrics Trace
        TransferBranch TransferMetrics Trend Variability WeightUpdate When Write WriteReads apply
        arrhenius conduction_mechanism decay detectivity endurance external_quantum_efficiency filament_switching film
        fit forming impedance iv_sweep largest_array output output_curves plot_potential_cuts
        plot_series potential_cut program_erase pulse_switching read_margin read_trace responsivity retention
        retention_reads retention_time sensitivity series series_trace show_progress sneak_resistance
        spectral_response
        switching thermal_crosstalk transfer transfer_curve trend variability weight_update
        write_and_read write_pulses
        AfterMaximum ArrheniusFit BiphasicSpike CompactModel Consolidation Crossbar CurrentAbove
        CurrentBelow DecayFit Drift Endurance EventEnergies ExponentialSpike Extrapolation
        FilamentMetrics FormingMetrics Frames ImpedanceSpectrum OutputMetrics PairedPulse
        Posterior PotentiationDepression ProgrammingWindow Protocol Pulse PulseDependence PulseMetrics PulseTrain
        Read RectangularSpike Rest RetentionLaw RetentionMetrics RetentionReads Run SmallSignalReads
        Snapshots SpikeTiming Staircase Subject Sweep SwitchingMetrics Trace TransferBranch
        TransferMetrics Trend TriangularSpike Variability WeightUpdate When Write WriteReads apply
        arrhenius conductance_reads consolidation decay detectivity endurance endurance_of_reads event_energies
        external_quantum_efficiency filament_switching film fit forming impedance iv_sweep largest_array
        output output_curves paired_pulse plot_potential_cuts plot_series posterior potential_cut
        potentiation_depression program_erase programming_window pulse_dependence pulse_switching
        pulsed_endurance read_margin read_trace responsivity retention retention_law retention_reads retention_time
        series series_trace show_progress sneak_resistance spectral_response spike_pair spike_timing
        swept_endurance switching thermal_crosstalk transfer transfer_curve trend variability
        weight_update write_and_read write_pulses
    """,
    "studies.devices": """
        PublishedDevice Reported ag_mapbi3 cnt_perovskite cs2tibr6
        cspbbr3_floating_gate ion_gel lateral_mapbi3
        mapbi3_filament mapbi3_filament_via mapbi3_interface_via mapbi3_nanowire
        mapbi3_tip mbi_ferroelectric_channel mos2_memristor
        pea2pbbr4 pea2sni4_phototransistor
        cspbbr3_photonic_memory mapbbr3_thickness mapbi3_buffer mapbi3_surface_traps pentacene_metal_gate pvdf_cspbbr3
        pvdf_mapbi3
    """,
}


@pytest.mark.parametrize(("module", "name"), [(m, n) for m, text in NAMES.items() for n in text.split()])
def test_a_public_name_is_where_users_import_it_from(module: str, name: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"from {module} import {name}", namespace)
    assert namespace[name] is getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("module", NAMES)
def test_what_a_module_says_that_it_has_is_frozen_here(module: str) -> None:
    says = getattr(importlib.import_module(module), "__all__", ())
    unlisted = sorted(set(says) - set(NAMES[module].split()))
    assert not unlisted, f"public in {module}, and to be listed in NAMES above"
