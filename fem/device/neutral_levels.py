r"""Levels of neutral contacts at any temperature, where degenerate carriers, dopants or traps have a part in them.

Carriers of Boltzmann's law with a fixed net density have a level in closed form (``fem.forms.ohmic_level``). Where
they are degenerate, or dopants and traps hold more or fewer of them as it gets warmer, neutrality is solved at the
Chebyshev points of ln T from T0/s to s T0, s = 2.5 at most, and the level that they have beyond the closed form is the
polynomial through these. Beyond that range it stays what it is at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.polynomial import Chebyshev, Polynomial

from fem.contacts import HeatSink
from fem.device.contact_values import neutral_level
from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.bands import CARRIERS
from fem.forms.context import Context

Beyond = Callable[[float], float]
_SPANS = (2.5, 1.6, 1.25)  #: s, the widest first; Blakemore's carriers compensate less where it is cold
_DEGREES = (8, 12, 16, 20)
_EXACT, _ENOUGH = 1e-9, 1e-5  # of a level [kT]
_SEEN = (-0.97, -0.55, -0.13, 0.31, 0.72)  #: places between the points


def level_series(
    context: Context, regions: Sequence[str], sinks: Mapping[str, HeatSink]
) -> tuple[float, dict[str, tuple[float, ...]]]:
    """Return s, and by region the coefficients of the polynomial in ln(T/T0)/ln s [kT], lowest first; alike in number.

    No coefficients where the closed form is exact. Raises IncompatibleError where a sink is out of the range.
    """
    alone = list(dict.fromkeys(regions))
    if all(_closed(context, region) for region in alone):
        return _SPANS[0], {}
    for span in _SPANS:
        found = [_series(partial(_beyond, context, region, span)) for region in alone]
        if all(one is not None for one in found):
            break
    else:
        raise IncompatibleError(
            f"neutral ohmic contacts to {', '.join(alone)} have no smooth level from {1 / span:.3g} to {span:.3g} of "
            "the device's temperature, which Heat() makes them follow; give them a work_function, or take "
            "Heat(coupled=False)."
        )
    _check_sinks(context.setting.temperature, span, sinks)
    longest = max(len(one) for one in found if one is not None)
    return span, {
        region: tuple(np.pad(one, (0, longest - len(one))))
        for region, one in zip(alone, found, strict=True)
        if one is not None
    }


def _check_sinks(ambient: float, span: float, sinks: Mapping[str, HeatSink]) -> None:
    low, high = ambient / span, ambient * span
    for name, sink in sinks.items():
        if not low <= sink.temperature <= high:
            raise IncompatibleError(
                f"the heat sink of {name!r} is at {sink.temperature:g} K, and levels of neutral ohmic contacts to "
                f"degenerate carriers, or dopants and traps that hold some, follow the temperature from {low:.4g} to "
                f"{high:.4g} K; give the device a temperature nearer to it, or the contacts a work_function."
            )


def _closed(context: Context, region: str) -> bool:
    """Whether the closed form is exact in a region."""
    if not context.setting.bands.classical:
        return False
    return all(abs(_beyond(context, region, _SPANS[-1], x)) < _EXACT for x in (-1.0, 1.0))


def _beyond(context: Context, region: str, span: float, x: float) -> float:
    """Return the level at T0 s^x less that of Boltzmann's carriers with the net density of T0 [kT]."""
    setting, n0, terms = context.setting, context.scaling.density, context.terms
    material = setting.materials[region]
    at_rest, _ = neutral_level(setting, terms, region, n0)
    net = sum(
        -charge * setting.bands.ratio(name, material) * np.exp(setting.bands.log_density(name, at_rest, n0))
        for name, charge in CARRIERS.items()
    )
    there = replace(setting, temperature=setting.temperature * span**x)
    level, _ = neutral_level(there, terms, region, n0)
    plain, _ = replace(there.bands, statistics="boltzmann").neutral(material, float(net), n0)
    return level - plain


def _series(value: Beyond) -> tuple[float, ...] | None:
    """Return the coefficients of a polynomial from -1 to 1 that is 0 at 0; None where there is no good one."""
    for degree in _DEGREES:
        try:
            with np.errstate(all="ignore"):
                found = Chebyshev.interpolate(np.vectorize(value, otypes=[float]), degree)
                lack = max(abs(found(x) - value(x)) for x in _SEEN)
        except (OutOfRangeError, ValueError):  # more charge than carriers can compensate
            return None
        if lack < _EXACT or (degree == _DEGREES[-1] and lack < _ENOUGH):
            numbers = found.convert(kind=Polynomial).coef
            return (0.0, *(float(c) for c in numbers[1:]))
    return None
