"""Other semiconductors: data only."""

from __future__ import annotations

from fem.materials.datum import ROOM, Datum
from fem.materials.material import Material
from fem.materials.temperature_laws import Varshni

_STATES = "Params_MOSFET_Si; with T^1.5 as of parabolic bands (Green, J. Appl. Phys. 67, 2944, 1990: T^1.58, T^1.85)"
_MASSES = (200.0, 500.0)  # [K], where Green 1990 has fitted densities of states

SILICON = Material(
    name="Si",
    kind="semiconductor",
    relative_permittivity=Datum(11.67, "1", "ChargeTransport", "Params_MOSFET_Si"),
    electron_affinity=Datum(4.05, "eV", "Charon"),
    band_gap=Datum(
        Varshni(1.124, 4.73e-4, 636.0),
        "eV",
        "Thurmond1975",
        "change with the temperature; at 300 K Params_MOSFET_Si of ChargeTransport",
        valid=(100.0, 600.0),
    ),
    effective_dos_conduction=Datum(2.86e25, "m^-3", "ChargeTransport", _STATES, valid=_MASSES),
    effective_dos_valence=Datum(3.1e25, "m^-3", "ChargeTransport", _STATES, valid=_MASSES),
    electron_mobility=Datum(0.103, "m^2/(V s)", "ChargeTransport", "Params_MOSFET_Si", valid=ROOM),
    hole_mobility=Datum(0.0495, "m^2/(V s)", "ChargeTransport", "Params_MOSFET_Si", valid=ROOM),
    electron_lifetime=Datum(2e-4, "s", "ChargeTransport", "Params_MOSFET_Si"),
    hole_lifetime=Datum(2e-6, "s", "ChargeTransport", "Params_MOSFET_Si"),
    thermal_conductivity=Datum(148.0, "W/(m K)", "Charon", "at 300 K; falls as (T/300 K)^-1.3"),
    volumetric_heat_capacity=Datum(1.66e6, "J/(m^3 K)", "Charon", "711 J/(kg K) at 2330 kg/m^3"),
)
