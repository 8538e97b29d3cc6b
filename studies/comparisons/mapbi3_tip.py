"""A tip beside a planar electrode in MAPbI3: set voltages, and their spread over random asperities and exchange."""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from fem import Device
from fem.errors import UnknownNameError
from studies import series
from studies.comparisons.compared import Compared, row
from studies.devices.mapbi3_tip import ABOUT, APEX, ASPERITY, TIP, asperity, device, exchange, set_voltage


def random_device(seed: int, *, tip: float, what: str = "asperity") -> Device:
    """Return the cell of a ``seed`` with a ``tip`` [m], 0 for the planar one: random is ``what``, "asperity" or
    "exchange", the other one nominal.
    """
    if what not in ("asperity", "exchange"):
        raise UnknownNameError("random part", what, ("asperity", "exchange"))
    height, radius = asperity(seed) if what == "asperity" else (ASPERITY, APEX)
    return device(tip=tip, height=height, radius=radius, factor=exchange(seed) if what == "exchange" else 1.0)


def set_voltages(seeds: Sequence[int], *, tip: float, what: str = "asperity") -> xr.DataArray:
    """Return the voltages [V] at which the cells of these ``seeds`` set, nan where the solver gave up."""
    data = series(
        lambda seed: {"V_set": set_voltage(random_device(int(seed), tip=tip, what=what))},
        parameter="seed",
        values=list(seeds),
        unit="1",
    )
    return data["V_set"].assign_attrs(units="V")


def compare() -> list[Compared]:
    """Return the set voltages with and without the tip, beside the published one."""
    tip, flat = (set_voltage(device(tip=height)) for height in (TIP, 0.0))
    return [
        row(ABOUT, "V_set on the tip", -tip, of="V_set", missed=True),
        row(ABOUT, "V_set, planar with an asperity", -flat, "V"),
    ]
