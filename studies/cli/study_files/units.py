"""The units of what study files give, by name, or by class and name where classes mean different things by one."""

from __future__ import annotations

_BY_UNIT = {
    "m": "apex_radius apex_size apex_width averaging_length axis_size cap_thickness channel_length coarse_size"
    " contact_length depth diameter dot_radius edge_size electrode_radius electrode_thickness electrode_width"
    " film_size film_thickness fine_radius gap gate_gap gate_length gate_offset height interface_size jump_distance"
    " lateral_size length line_thickness line_width lower margin patterned_width pitch radius reaction_layer side size"
    " substrate_thickness thickness upper wall_thickness wavelength width width_size",
    "m^2": "area",
    "m^-3": "density partner_density reference_density threshold",
    "J": "barrier energy activation_energy heat_of_transport hopping_barrier light_barrier work_function",
    "V": "amplitude base levels voltage voltages voltage_step emission_voltage",
    "s": "attempt_time duration fall hold interval rise sample_times switching_time checkpoint_every",
    "V/s": "rate",
    "K": "temperature",
    "m^2/s": "diffusivity",
    "m/s": "electron_velocity hole_velocity velocity",
    "m^3/s": "electron_capture hole_capture",
    "ohm m^2": "contact_resistivity",
    "ohm|ohm m|ohm m^2": "series_resistance",
    "A|A/m|A/m^2": "compliance emission_current",
    "F|F/m|F/m^2": "parallel_capacitance",
    "S|S/m|S/m^2": "conductance",
    "A/V^2|A/V^2/m|A/V^2/m^2": "quadratic",
    "C|C/m|C/m^2": "charge",
    "m^2 K/W": "resistance sink_resistance",
    "C/m^2": "remanent_polarization sheet_charge",
    "V/m": "activation_field coercive_field",
    "W/m^2": "irradiance",
    "W/(m K)": "thermal_conductivity",
    "J/(m^3 K)": "volumetric_heat_capacity",
    "m^2/(V s)": "carrier_mobility",
    "S/m": "conductivity poor rich",
    "1/(m^2 s)": "exchange_flux",
    "1/(m^3 s)": "prefactor",
    "1/s": "attempt_frequency",
    "C m": "dipole",
    "ohm m": "viscosity",
    "rad": "half_angle",
    "1/m": "absorption",
    "1": "anisotropy electron_tunnelling_mass exponent fraction growth hole_tunnelling_mass effective_mass"
    " image_force_permittivity partition poole_frenkel_permittivity quantum_yield reflectance relative_permittivity"
    " spread transfer_coefficient stop_when_periodic",
}
_OF_CLASSES = {
    ("Pulse", "width"): "s",
    ("PulseTrain", "width"): "s",
    ("OpticalGeneration", "rate"): "1/(m^3 s)",
    ("Decomposition", "rate"): "1/s",
    ("InterfaceTraps", "density"): "m^-2",
    ("InterfaceTraps", "depth"): "J",
    ("Traps", "depth"): "J",
    ("TrapAssistedTunnelling", "depth"): "J",
    ("FilamentSeed", "inside"): "m^-3",
}
_BY_NAME = {name: unit for unit, names in _BY_UNIT.items() for name in names.split()}


def unit_of(owner: str, name: str) -> str | None:
    """Return the unit of a parameter of a class, "a|b" where several may be meant; None if it is no quantity."""
    return _OF_CLASSES.get((owner, name), _BY_NAME.get(name))
