"""Photoresponse by wavelength: a device under light of one wavelength after another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from fem.currents.terminal import current_unit
from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.solvers.steady import steady
from studies.metrics.conductance import Array, warn_of_unresolved
from studies.metrics.photodetection import (
    _UNITS,
    _area,
    _wavelengths,
    detectivity,
    external_quantum_efficiency,
    responsivity,
)
from studies.results.figure_table import positive

if TYPE_CHECKING:
    from fem.device.device import Device


@checked()
def spectral_response(
    make_device: Callable[[float], Device],
    wavelengths: Sequence[float],
    *,
    irradiance: float,
    bias: Mapping[str, float],
    contact: str,
    area: float | None = None,
    light: float = 1.0,
    frozen_ions: bool = False,
) -> xr.Dataset:
    """Return responsivity, quantum efficiency and detectivity against ``wavelength`` [m], of steady states.

    ``make_device(wavelength)`` [m] returns the device under light of that wavelength, whose power density at the light
    factor ``light`` is ``irradiance`` [W/m^2]; the currents are those of ``contact`` at ``bias`` [V by contact], in the
    dark and lit. ``area``: illuminated area [m^2] for currents in A, length [m] for A/m; A/m^2 need none.
    ``frozen_ions`` holds the ions where they are in the dark at 0 V, as a short flash does. The Dataset has
    "dark_current" and "light_current" too.
    A dark current or photocurrent below its error by round-off gives a ModelWarning. Raises OutOfRangeError,
    IncompatibleError or UnknownNameError, or ConvergenceError.
    """
    places = _wavelengths(wavelengths)
    if places.ndim != 1 or not places.size:
        raise OutOfRangeError("number of wavelengths", int(places.size), "at least 1, in one list")
    positive("irradiance [W/m^2]", irradiance)
    positive("light", light)
    rows, unit = [], ""
    for wavelength in places:
        device = make_device(float(wavelength))
        device.electrode(contact)
        unit = current_unit(device)
        area = _area(area, unit)
        dark = steady(device, bias, frozen_ions=frozen_ions)
        lit = steady(device, bias, start=dark, light=light, frozen_ions=frozen_ions)
        rows.append((dark.current(contact), lit.current(contact)))
        errors = [state.current_error(contact) for state in (dark, lit)]
        warn_of_unresolved("the dark current", rows[-1][0], errors[0], unit)
        warn_of_unresolved("the photocurrent", rows[-1][1] - rows[-1][0], sum(errors), unit)
    return _spectrum(places, np.array(rows), irradiance, float(area or 1.0), unit, contact)


def _spectrum(
    places: Array, currents: Array, irradiance: float, area: float, unit: str, contact: str
) -> xr.Dataset:
    """Return the Dataset from dark and light currents, shape (wavelengths, 2)."""
    dark, lit = currents.T
    found = responsivity(lit, dark, irradiance=irradiance, area=area)
    values = {
        "responsivity": found,
        "external_quantum_efficiency": external_quantum_efficiency(found, places),
        "detectivity": detectivity(found, dark, area=area)
        if np.all(dark != 0)
        else np.full(dark.size, np.nan),
    }
    columns = {
        name: ("wavelength", value, {"units": _UNITS[name][0], "long_name": _UNITS[name][1]})
        for name, value in values.items()
    }
    for name, value in (("dark_current", dark), ("light_current", lit)):
        columns[name] = ("wavelength", value, {"units": unit, "long_name": name.replace("_", " ")})
    return xr.Dataset(
        columns,
        coords={"wavelength": ("wavelength", places, {"units": "m", "long_name": "wavelength"})},
        attrs={"contact": contact, "irradiance": irradiance, "area": area},
    )
