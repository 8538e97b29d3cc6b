"""Tables of the published devices: simulated beside published, calibrated apart from predicted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fem.errors import UnknownNameError
from fem.units import nm
from studies.devices.comparison import Compared

_THICKNESSES = ((60, 5.0), (90, 7.5), (150, 12.5))  # films and their largest cells [nm]


def table(name: str) -> list[Compared]:
    """Return the rows of a device, simulated now (one to five minutes); raises UnknownNameError."""
    if name not in TABLES:
        raise UnknownNameError("published device", name, TABLES)
    return list(TABLES[name]())


def _via() -> list[Compared]:
    from studies.devices import mapbi3_filament_via

    return mapbi3_filament_via.compare()


def _cs2tibr6() -> list[Compared]:
    from studies.devices import cs2tibr6

    return cs2tibr6.compare()


def _nanowire() -> list[Compared]:
    from studies.devices import mapbi3_nanowire_table

    return mapbi3_nanowire_table.table()


def _pea2pbbr4() -> list[Compared]:
    from studies.devices import pea2pbbr4_table

    return pea2pbbr4_table.table()


def _pvdf_cspbbr3() -> list[Compared]:
    from studies.devices import pvdf_cspbbr3_table

    return pvdf_cspbbr3_table.table()


def _pvdf_mapbi3() -> list[Compared]:
    from studies.devices import pvdf_mapbi3_table

    return pvdf_mapbi3_table.table()


def _mbi_ferroelectric_channel() -> list[Compared]:
    from studies.devices import mbi_ferroelectric_channel

    return mbi_ferroelectric_channel.table()


def _silver() -> Iterable[Compared]:
    """Yield the fields at which silver sets, and the voltages at which vacancies do."""
    from studies.devices import ag_mapbi3 as device

    for thickness, size in _THICKNESSES:
        cell = device.cell(device.SILVER, thickness * nm, size=size * nm)
        field = device.set_voltage(device.start(cell, device.SILVER)) / (thickness * nm)
        kind = "calibrated" if thickness == 90 else "predicted"
        yield Compared(
            name=f"field at the set of silver, {thickness} nm",
            simulated=field,
            published=device.ABOUT.reported["field_at_set"].value,
            unit="V/m",
            kind=kind,
        )
        cell = device.cell(device.VACANCY, thickness * nm, size=1.5 * nm)
        voltage = device.set_voltage(device.start(cell, device.VACANCY))
        yield Compared(
            name=f"V_set of vacancies, {thickness} nm", simulated=voltage, published=None, unit="V",
            note=f"silver: {field * thickness * nm:.2f} V; the lower one sets first, published: silver below 90 nm",
        )  # fmt: skip


def _tip() -> list[Compared]:
    from studies.devices import mapbi3_tip as device

    tip, flat = (
        device.set_voltage(device.device(device.electrode(tip=height), height=height))
        for height in (device.TIP, 0.0)
    )
    published = device.ABOUT.reported["V_set"].value
    return [
        Compared(name="V_set on the tip", simulated=-tip, published=published, unit="V"),
        Compared(name="V_set, planar with an asperity", simulated=-flat, published=None, unit="V"),
    ]


#: By name, what makes the rows.
TABLES: dict[str, Callable[[], Iterable[Compared]]] = {
    "mapbi3_via": _via,
    "cs2tibr6": _cs2tibr6,
    "mapbi3_nanowire": _nanowire,
    "pea2pbbr4": _pea2pbbr4,
    "ag_mapbi3": _silver,
    "mapbi3_tip": _tip,
    "pvdf_cspbbr3": _pvdf_cspbbr3,
    "pvdf_mapbi3": _pvdf_mapbi3,
    "mbi_ferroelectric_channel": _mbi_ferroelectric_channel,
}
