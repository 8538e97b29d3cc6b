"""Other semiconductors: data only."""

from __future__ import annotations

from fem.materials.datum import ROOM, Datum
from fem.materials.material import Material

SILICON = Material(
    name="Si",
    kind="semiconductor",
    relative_permittivity=Datum(11.67, "1", "ChargeTransport", "Params_MOSFET_Si"),
    electron_affinity=Datum(4.05, "eV", "Charon"),
    band_gap=Datum(1.124, "eV", "ChargeTransport", "Params_MOSFET_Si", valid=ROOM),
    effective_dos_conduction=Datum(2.86e25, "m^-3", "ChargeTransport", "Params_MOSFET_Si", valid=ROOM),
    effective_dos_valence=Datum(3.1e25, "m^-3", "ChargeTransport", "Params_MOSFET_Si", valid=ROOM),
    electron_mobility=Datum(0.103, "m^2/(V s)", "ChargeTransport", "Params_MOSFET_Si", valid=ROOM),
    hole_mobility=Datum(0.0495, "m^2/(V s)", "ChargeTransport", "Params_MOSFET_Si", valid=ROOM),
    electron_lifetime=Datum(2e-4, "s", "ChargeTransport", "Params_MOSFET_Si"),
    hole_lifetime=Datum(2e-6, "s", "ChargeTransport", "Params_MOSFET_Si"),
    thermal_conductivity=Datum(148.0, "W/(m K)", "Charon", "at 300 K; falls as (T/300 K)^-1.3"),
    volumetric_heat_capacity=Datum(1.66e6, "J/(m^3 K)", "Charon", "711 J/(kg K) at 2330 kg/m^3"),
)
