r"""Figures of photodetection: responsivity, external quantum efficiency, detectivity.

With the power density E [W/m^2] on an area A and the photocurrent
:math:`I_\mathrm{ph} = I_\mathrm{light} - I_\mathrm{dark}`:

.. math:: R = \frac{|I_\mathrm{ph}|}{E A},\quad \mathrm{EQE} = R\,\frac{hc}{q\lambda},\quad
          D^* = \frac{R\sqrt{A}}{\sqrt{2q|I_\mathrm{dark}|}}

(S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 3rd ed., Wiley 2007, section 13.1). D* is that of a detector
with no noise but the shot noise of its dark current, an upper limit: measured noise is often larger, above all in
photoconductors (Y. Fang et al., Nat. Photonics 13, 1, 2019). In 1e-2 m Hz^1/2/W it is in Jones. EQE above 1 is
photoconductive gain.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fem.constants import ELEMENTARY_CHARGE, PLANCK
from fem.errors import IncompatibleError, OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.checking import array as numbers
from studies.metrics.conductance import Array
from studies.results.figure_table import positive

LIGHT_SPEED = 299792458.0  # [m/s], exact in the SI
_UNITS = {
    "responsivity": ("A/W", "responsivity"),
    "external_quantum_efficiency": ("1", "external quantum efficiency"),
    "detectivity": ("m Hz^(1/2)/W", "specific detectivity limited by shot noise"),
}


@checked()
def responsivity(
    light_current: ArrayLike, dark_current: ArrayLike, *, irradiance: ArrayLike, area: float
) -> Any:
    """Return the responsivity [A/W] from currents [A], the ``irradiance`` [W/m^2] and the illuminated ``area`` [m^2].

    Currents per width [A/m] need the illuminated length [m] as ``area``, current densities [A/m^2] need 1. Arrays of
    one shape give an array, numbers a number. Raises OutOfRangeError.
    """
    light, dark = _finite("light current", light_current), _finite("dark current", dark_current)
    power = _positive("irradiance [W/m^2]", irradiance) * positive("illuminated area [m^2]", area)
    return _plain(np.abs(light - dark) / power)


@checked()
def external_quantum_efficiency(found: ArrayLike, wavelength: ArrayLike) -> Any:
    """Return the carriers per incident photon [1] from a responsivity [A/W] at the ``wavelength`` [m].

    >>> round(external_quantum_efficiency(0.5, 620e-9), 4)
    0.9999
    """
    ratio = PLANCK * LIGHT_SPEED / ELEMENTARY_CHARGE / _wavelengths(wavelength)
    return _plain(_finite("responsivity [A/W]", found) * ratio)


@checked()
def detectivity(found: ArrayLike, dark_current: ArrayLike, *, area: float) -> Any:
    """Return D* [m Hz^(1/2)/W] from a responsivity [A/W], the dark current [A] and the ``area`` [m^2].

    One m Hz^(1/2)/W is 100 Jones. Shot noise of the dark current alone. Current densities need an area of 1.
    """
    dark = _positive("size of the dark current", np.abs(_finite("dark current", dark_current)))
    noise = np.sqrt(2 * ELEMENTARY_CHARGE * dark)
    return _plain(
        _finite("responsivity [A/W]", found) * np.sqrt(positive("illuminated area [m^2]", area)) / noise
    )


def _area(area: float | None, unit: str) -> float:
    """Return the illuminated area for currents of a unit, or raise IncompatibleError."""
    if unit == "A/m^2":
        if area not in (None, 1.0):
            raise IncompatibleError(
                "the device has current densities [A/m^2], which need no area; leave it out."
            )
        return 1.0
    if area is None:
        what = "illuminated area [m^2]" if unit == "A" else "illuminated length [m]"
        raise IncompatibleError(f"the device has currents in {unit}; give area, the {what}.")
    return positive("illuminated area", area)


def _finite(thing: str, values: ArrayLike) -> Array:
    """Return an array of finite numbers, or raise OutOfRangeError."""
    array = np.asarray(numbers(thing, values), dtype=float)
    if not np.isfinite(array).all():
        raise OutOfRangeError(thing, array.tolist(), "finite")
    return array


def _positive(thing: str, values: ArrayLike) -> Array:
    """Return an array of positive numbers, or raise OutOfRangeError."""
    array = _finite(thing, values)
    if not np.all(array > 0):
        raise OutOfRangeError(thing, float(array.min()), "positive")
    return array


def _wavelengths(values: ArrayLike) -> Array:
    """Return wavelengths [m] as an array, or raise OutOfRangeError."""
    array = _positive("wavelength [m]", values)
    if array.max(initial=0.0) > 1e-3:
        raise OutOfRangeError("wavelength [m]", float(array.max()), "at most 1 mm: 520 * nm, for example")
    return array


def _plain(values: Any) -> Any:
    """Return a number for an array of no dimension."""
    return float(values) if np.ndim(values) == 0 else values
