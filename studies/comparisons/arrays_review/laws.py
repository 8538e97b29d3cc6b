r"""Laws of cells that rectify, each with one free parameter for the ratio of both currents at one voltage.

Ideal emission with one ideality; emission over a barrier that the voltage lowers (E. H. Rhoderick and R. H. Williams,
Metal-Semiconductor Contacts, 2nd ed., 1988), :math:`I = I_s e^{V/nV_T}(1 - e^{-V/V_T})`; two contacts back to back (A.
Grillo and A. Di Bartolomeo, Adv. Electron. Mater. 7, 2000979, 2021), each with its saturation current; a diode with a
resistance in series, by Lambert's function; a diode beside an ohmic leak; a resistance each way. The scale of the
current does not matter on lines without resistance.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import wrightomega

from fem.constants import thermal_voltage
from studies.arrays.worst_case import Law
from studies.comparisons.arrays_review.about import RECTIFIED_AT, TEMPERATURE, printed

Array = NDArray[np.float64]
V_T = thermal_voltage(TEMPERATURE)
IMAGE_FORCE = 1.05  #: ideality of a contact whose barrier is lowered by its image force only, assumed
_SCALE = 1e-9  #: [A] backward, of any size


def emission(ideality: float) -> Law:
    """Return the law of ideal emission, exp(V/nV_T) - 1."""
    scale = ideality * V_T

    def law(v: Array) -> tuple[Array, Array]:
        e = np.exp(np.minimum(v / scale, 600.0))
        return _SCALE * (e - 1.0), _SCALE * e / scale

    return law


def lowered_barrier(ideality: float) -> Law:
    """Return the law of emission over a barrier that the voltage lowers, backward too."""
    forward, backward = 1.0 / (ideality * V_T), 1.0 / (ideality * V_T) - 1.0 / V_T

    def law(v: Array) -> tuple[Array, Array]:
        a, b = np.exp(np.clip(forward * v, -600, 600)), np.exp(np.clip(backward * v, -600, 600))
        return _SCALE * (a - b), _SCALE * (forward * a - backward * b)

    return law


def back_to_back(share: float, ideality: float = IMAGE_FORCE) -> Law:
    """Return the law of two contacts, the one that limits forward with ``share`` times the other's current."""
    lift = (1.0 - 1.0 / ideality) / V_T

    def law(v: Array) -> tuple[Array, Array]:
        size = np.abs(v)
        e = np.exp(-size / V_T)
        below = np.where(v >= 0, e + 1.0 / share, 1.0 + e / share)
        raised = _SCALE * np.exp(np.minimum(lift * size, 600.0))
        current = raised * (1.0 - e) / below
        slope = raised * (1.0 + 1.0 / share) * e / (V_T * below**2) + lift * current
        return np.sign(v) * current, slope

    return law


def in_series(drop: float, ideality: float = 1.0, saturation: float = _SCALE) -> Law:
    """Return the law of a diode and a resistance, on which its ``saturation`` current [A] leaves ``drop`` [V].

    Near 0 V the function of Wright less the saturation current has no digits left: there the voltage on the diode is
    polished by Newton's method.
    """
    scale, resistance = ideality * V_T, drop / saturation

    def law(v: Array) -> tuple[Array, Array]:
        volts = np.asarray(v, dtype=float)
        w = np.real(wrightomega(np.log(drop / scale) + (volts + drop) / scale))
        amperes = scale / resistance * w - saturation
        near = np.minimum(volts - resistance * amperes, scale)  # the voltage on the diode
        for _ in range(2):
            missed = near + drop * np.expm1(near / scale) - volts
            near = near - missed / (1.0 + drop / scale * np.exp(near / scale))
        polished = np.abs(amperes) < saturation / 2
        return np.where(polished, saturation * np.expm1(near / scale), amperes), w / (1.0 + w) / resistance

    return law


def beside_leak(share: float, ideality: float = 1.0) -> Law:
    """Return the law of a diode beside a leak, whose current is ``share`` times that of the leak at 0.54 V."""
    scale, leak = ideality * V_T, _SCALE / RECTIFIED_AT
    saturation = share * _SCALE / np.expm1(RECTIFIED_AT / scale)

    def law(v: Array) -> tuple[Array, Array]:
        e = np.exp(np.minimum(v / scale, 600.0))
        return leak * v + saturation * (e - 1.0), leak + saturation * e / scale

    return law


def ohmic_each_way(ratio: float) -> Law:
    """Return the law of a resistance forward and one ``ratio`` times as large backward, as of equations."""

    def law(v: Array) -> tuple[Array, Array]:
        g = np.where(v > 0, ratio, 1.0) * _SCALE / RECTIFIED_AT
        return g * v, g

    return law


def times(law: Law, factor: float) -> Law:
    """Return a law with ``factor`` times the current."""

    def scaled(v: Array) -> tuple[Array, Array]:
        current, slope = law(v)
        return factor * np.asarray(current), factor * np.asarray(slope)

    return scaled


def current(law: Law, voltage: float) -> float:
    """Return the current [A] at a ``voltage`` [V]."""
    return float(np.ravel(law(np.array([voltage]))[0])[0])


def rectification(law: Law, voltage: float = RECTIFIED_AT) -> float:
    """Return the ratio of the currents at plus and minus a ``voltage`` [V]."""
    return -current(law, voltage) / current(law, -voltage)


def fitted(make: Callable[[float], Law], between: tuple[float, float], ratio: float, voltage: float) -> Law:
    """Return the law whose parameter, ``between`` two positive ends, gives the ``ratio`` of currents."""

    def missed(log: float) -> float:
        return float(np.log(rectification(make(np.exp(log)), voltage) / ratio))

    return make(float(np.exp(brentq(missed, *np.log(between), xtol=1e-13))))


#: Name -> how it is made, and the range of its parameter.
KINDS: dict[str, tuple[Callable[[float], Law], tuple[float, float]]] = {
    "one ideality": (emission, (1.0, 50.0)),
    "lowered barrier": (lowered_barrier, (1.05, 1.999)),
    "back to back": (back_to_back, (1.0, 1e9)),
    "series resistance": (in_series, (1e-12, 1e2)),
    "leak": (beside_leak, (1.0, 1e6)),
    "ohmic each way": (ohmic_each_way, (1.0, 1e6)),
}


def rectifiers() -> dict[str, Law]:
    """Return laws by name, each with the printed rectification at the printed voltage."""
    ratio = printed("rectification")
    return {name: fitted(make, ends, ratio, RECTIFIED_AT) for name, (make, ends) in KINDS.items()}
