r"""Figures of one branch of a transfer characteristic: I_D against V_G in one direction.

With x the gate voltage, counted positive towards the on state, W and L width and length, C the capacitance per area:

- transconductance :math:`g_m = dI_D/dV_G`;
- linear regime, :math:`I_D = \frac{W}{L}\mu C(V_G - V_T - V_D/2)V_D`: mobility
  :math:`\mu = \frac{L\,g_m}{W C |V_D|}`, and V_T by linear extrapolation (ELR): the intercept of the tangent at
  the largest g_m less V_D/2;
- saturation, :math:`I_D = \frac{W}{2L}\mu C(V_G - V_T)^2`: :math:`\mu = \frac{2L}{WC}(d\sqrt{I_D}/dV_G)^2` and the
  intercept of the steepest tangent of :math:`\sqrt{I_D}`;
- V_T at a constant current, usually 1e-7 A times W/L;
- subthreshold swing :math:`S = dV_G/d\log_{10}I_D`, the least one over a decade.

(S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 3rd ed., Wiley 2007, ch. 6; A. Ortiz-Conde et al.,
Microelectron. Reliab. 42, 583, 2002, sections 2 and 3, for the threshold voltages.)
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from fem.errors import OutOfRangeError
from studies.metrics.conductance import Array
from studies.results.noise import noise

#: Fewest samples of a branch that has slopes.
FEWEST = 5
_ABOVE_BACKWARD = 10.0
_ON = 0.1  # of the largest current
_STEADY = 5e-3  # of the largest slope: noise of a slope


@dataclass(frozen=True, kw_only=True)
class Channel:
    """What turns currents into mobilities: ``capacitance`` [F/m^2], ``width`` and ``length`` [m], None if unknown.

    ``per_width``: whether currents are per width [A/m] already. ``drain_voltage`` [V], ``constant_current`` in the
    unit of the current, None for no threshold of that kind.
    """

    drain_voltage: float
    capacitance: float | None = None
    width: float | None = None
    length: float | None = None
    per_width: bool = False
    constant_current: float | None = None

    @property
    def strength(self) -> float:
        """W C / L [F/m^2, or F/m^3 for currents per width], nan if unknown."""
        width = 1.0 if self.per_width else self.width
        if width is None or self.length is None or self.capacitance is None:
            return float("nan")
        return width * self.capacitance / self.length


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferBranch:
    """Figures of one direction, "up" or "down" in the gate voltage; voltages [V] as applied, nan where there is none.

    Mobilities [m^2/(V s)]; ``subthreshold_swing`` [V/decade]; ``transconductance``: the largest |g_m|
    [current per V], at ``peak_voltage`` [V]. The arrays ``gate_voltage``, ``current``, and ``slopes`` dI/dV, of shape
    (n,), ascend in the gate voltage. ``bounded``: whether a current is below its error by round-off, so that
    ``on_off_ratio`` is the smallest one that the errors allow, a lower bound. ``slope_samples``: over how many samples
    slopes were taken, more than three where there is noise.
    """

    direction: str
    linear_mobility: float
    saturation_mobility: float
    threshold_linear: float
    threshold_saturation: float
    threshold_at_current: float
    subthreshold_swing: float
    on_off_ratio: float
    transconductance: float
    peak_voltage: float
    gate_voltage: Array = field(repr=False)
    current: Array = field(repr=False)
    slopes: Array = field(repr=False)
    bounded: bool = False
    slope_samples: int = 3


def transfer_branch(
    gate_voltage: Array, current: Array, error: Array, channel: Channel, sign: int, direction: str
) -> TransferBranch:
    """Return the figures of a branch: gate voltages [V] ascending, currents and their errors, all of shape (n,).

    ``sign``: 1 for electrons, -1 for holes, which flow at negative gate voltages. Raises OutOfRangeError.
    """
    if gate_voltage.size < FEWEST:
        raise OutOfRangeError("samples of a transfer branch", int(gate_voltage.size), f"at least {FEWEST}")
    order = slice(None) if sign > 0 else slice(None, None, -1)
    x, size = sign * gate_voltage[order], np.abs(current[order])
    slope, samples = steady_slopes(x, size)
    root, _ = steady_slopes(x, np.sqrt(size))
    peak, steepest = int(np.argmax(slope)), int(np.argmax(root))
    known = np.abs(current) > error
    bounded = bool(((error > 0) & ~known).any())
    return TransferBranch(
        direction=direction,
        linear_mobility=float(slope[peak] / abs(channel.drain_voltage) / channel.strength),
        saturation_mobility=float(2 * root[steepest] ** 2 / channel.strength),
        threshold_linear=sign * float(x[peak] - size[peak] / slope[peak]) - channel.drain_voltage / 2,
        threshold_saturation=sign * float(x[steepest] - np.sqrt(size[steepest]) / root[steepest]),
        threshold_at_current=sign * crossing(x, size, channel.constant_current),
        subthreshold_swing=subthreshold_swing(
            x[known[order]], sign_of_on(current) * current[order][known[order]]
        ),
        on_off_ratio=_on_off_ratio(np.abs(current), error if bounded else np.zeros_like(error)),
        transconductance=float(slope[peak]),
        peak_voltage=sign * float(x[peak]),
        gate_voltage=gate_voltage,
        current=current,
        slopes=np.gradient(current, gate_voltage),
        bounded=bounded,
        slope_samples=samples,
    )


def steady_slopes(x: Array, y: Array) -> tuple[Array, int]:
    """Return dy/dx at ascending ``x``, shape (n,), and over how many samples each is the slope of a line.

    Three, unless noise would then be more than 0.5 % of the largest slope, which is the largest of many and would be
    too large by several times that: as many more as are needed, at most a third of all.
    """
    on = y >= _ON * y.max()  # noise grows with the current
    slope, step = np.gradient(y, x), float(np.median(np.diff(x)))
    shaken = max(noise(y, x), noise(y[on], x[on]))
    half = 1
    while half < x.size // 6 and shaken > _STEADY * slope.max() * step * _lever(half):
        half += 1
        slope = _lines(x, y, 2 * half + 1)
    return slope, 2 * half + 1


def _lever(half: int) -> float:
    """Return the root of the sum of squares of the distances [steps] from the middle of a line's samples."""
    return float(np.sqrt(half * (half + 1) * (2 * half + 1) / 3))


def _lines(x: Array, y: Array, count: int) -> Array:
    """Return the slopes of lines of least squares through the ``count`` samples around each, at the ends beside it."""
    windows = [np.lib.stride_tricks.sliding_window_view(v, count) for v in (x, y)]
    off = windows[0] - windows[0].mean(axis=1, keepdims=True)
    inner = np.sum(off * windows[1], axis=1) / np.sum(off**2, axis=1)
    return np.asarray(np.pad(inner, count // 2, mode="edge"))


def _on_off_ratio(size: Array, error: Array) -> float:
    """Return the largest over the smallest |current|, the smallest ratio that their errors allow."""
    least = float((size + error).min())
    return max(1.0, float((size - error).max() / least)) if least > 0 else float("inf")


def crossing(x: Array, size: Array, level: float | None) -> float:
    """Return where a current last rises through ``level``, on a straight line of its logarithm; nan if nowhere."""
    if level is None:
        return float("nan")
    below = np.flatnonzero((size[:-1] < level) & (size[1:] >= level))
    if not below.size:
        return float("nan")
    k = int(below[-1])
    if size[k] <= 0:
        return float(x[k] + level / size[k + 1] * (x[k + 1] - x[k]))
    part = np.log(level / size[k]) / np.log(size[k + 1] / size[k])
    return float(x[k] + part * (x[k + 1] - x[k]))


def sign_of_on(current: Array) -> float:
    """Return the sign of the largest |current|."""
    return float(np.sign(current[np.argmax(np.abs(current))]))


def subthreshold_swing(x: Array, current: Array) -> float:
    """Return the least gate voltage [V] over which the current rises by a decade; nan if it never does.

    Only samples count below which the current does not fall later, or above which it was not before: noise in the off
    state is no slope. Between them the logarithm of the current is a straight line. Where the current flows backwards,
    it is one that charges the channel, or noise: only currents ten times as large as the largest of these count,
    because one that passes zero rises by any number of decades.
    """
    use = (current > 0) & (current > _ABOVE_BACKWARD * -current.min(initial=0.0))
    x, log = x[use], np.log10(current[use])
    found = [np.inf]
    for bound in (np.minimum.accumulate(log[::-1])[::-1], np.maximum.accumulate(log)):
        levels, first = np.unique(log[bound == log], return_index=True)
        places = x[bound == log][first]
        for step in (1.0, -1.0):
            other = np.interp(levels + step, levels, places, left=np.nan, right=np.nan)
            found.append(float(np.nanmin(step * (other - places), initial=np.inf)))
    least = min(found)
    return least if np.isfinite(least) else float("nan")
