r"""What closed forms say of ionic crosstalk: a drift front in the fringe of the written line, diffusion beyond.

**Drift.** A film of thickness d on a grounded plane, under a line at V that ends at x = 0, insulated on top beyond it:
with :math:`\zeta = e^{-\pi(x - iy)/d}`, y the height over the plane, and :math:`\sqrt\zeta = \sinh W` the potential is
:math:`(2V/\pi)\,\mathrm{Im}\,W` (conformal mapping), on the upper face
:math:`\varphi = (2V/\pi)\arcsin e^{-\pi x/2d}`, so the field along it is :math:`(V/d)/\sqrt{e^{\pi x/d} - 1}`. An ion
that starts at the edge of the line and drifts along the face is, at the time t, at :math:`x_t` with

.. math:: q - \arctan q = \frac{\pi}{2}\,\frac{zV}{kT/q_e}\,\frac{D t}{d^2},\qquad x_t = \frac{d}{\pi}\ln(1 + q^2)

so the front goes on with the logarithm of the time, by 2d/pi for each factor e, and never 100 d.

**Diffusion.** Beyond the front two half-spaces exchange ions: the one under the line holds them where its potential is
lowest, so that densities over it and in the free film are as 1 to :math:`K = zV/(kT/q_e)`. With one diffusivity
(J. Crank, The Mathematics of Diffusion, 2nd ed., Oxford 1975, sec. 3.2)

.. math:: n/n_0 = 1 + A\,\mathrm{erfc}\frac{x - x_t}{2\sqrt{Dt}},\qquad A = \frac{K-1}{K+1}

for a line that repels ions; for one that draws them A = -1, for its layer takes as many as come. That is ``low``. For
``high`` all ions between the edge and the front are set free there at once,
:math:`n/n_0 = 1 + x_t\,e^{-(x-x_t)^2/4Dt}/\sqrt{\pi Dt}`, or the larger of the two. A neighbour within the reach of
the front begins where it is: its line screens the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf, erfc

from fem.constants import thermal_voltage
from fem.errors import OutOfRangeError


@dataclass(frozen=True, kw_only=True)
class HalfSpace:
    """The closed forms for a written line beside a film.

    ``thickness`` d [m] of the film; ``diffusivity`` D [m²/s] of the ions; ``time`` t [s] for which the line was at its
    ``voltage`` V [V], positive where it repels them; ``temperature`` [K]; ``charge_number`` z of the ions, its size;
    ``rest`` [s]: time at 0 V, in which ions go on spreading.
    """

    thickness: float
    diffusivity: float
    time: float
    voltage: float
    temperature: float
    charge_number: int = 1
    rest: float = 0.0

    def __post_init__(self) -> None:
        for name in ("thickness", "diffusivity", "time", "temperature", "charge_number"):
            if not getattr(self, name) > 0:
                raise OutOfRangeError(f"{name} of a half space", getattr(self, name), "positive")
        if not self.rest >= 0:
            raise OutOfRangeError("rest of a half space [s]", self.rest, "zero or positive")
        if self.voltage == 0:
            raise OutOfRangeError("voltage of a half space [V]", self.voltage, "other than 0")

    @property
    def strength(self) -> float:
        """Voltage over the thermal one of the ions [1]."""
        return abs(self.voltage) * self.charge_number / thermal_voltage(self.temperature)

    @property
    def spread(self) -> float:
        """The diffusion length 2 (Dt)^(1/2) [m], rests included."""
        return float(2 * np.sqrt(self.diffusivity * (self.time + self.rest)))

    @property
    def front(self) -> float:
        """How far ions have drifted from the edge of the line [m]."""
        wanted = 0.5 * np.pi * self.strength * self.diffusivity * self.time / self.thickness**2
        found = brentq(lambda q: q - np.arctan(q) - wanted, 0.0, wanted + 2.0, xtol=1e-14 * (1 + wanted))
        return float(self.thickness / np.pi * np.log1p(found**2))

    def change(self, spacing: float, width: float) -> tuple[float, float]:
        """Return the lower and the upper estimate of what a neighbour gains over what it had [1].

        ``spacing`` [m] from the edge of the written line to the neighbour, ``width`` [m] of that. For a line that draws
        ions it is a loss, negative and never below -1; the lower estimate is the one nearer to 0.
        """
        front = min(self.front, spacing)
        a, b = ((spacing + x - front) / self.spread for x in (0.0, width))
        even = self.spread * (_ierfc(a) - _ierfc(b)) / width
        share = (self.strength - 1) / (self.strength + 1) if self.voltage > 0 else -1.0
        low = share * even
        swept = front / width * float(erf(b) - erf(a))
        if self.voltage > 0:
            return low, max(low, swept)
        return low, max(-1.0, min(low, -swept))

    def safe_spacing(self, width: float, share: float) -> float:
        """Return the spacing [m] from which on a neighbour changes by less than a ``share``, by the upper estimate."""
        if not 0 < share < 0.1:
            raise OutOfRangeError("share of the ions of a neighbour", share, "between 0 and 0.1")
        if abs(self.change(self.front, width)[1]) <= share:
            return self.front
        top = self.front + 12 * self.spread
        return float(brentq(lambda x: abs(self.change(x, width)[1]) - share, self.front, top))


def fringe_potential(distance: float, thickness: float) -> float:
    """Return the potential on the upper face of a film over that of a line [1], ``distance`` [m] from its edge.

    ``thickness`` [m] of the film, on a grounded plane.
    """
    return float(2 / np.pi * np.arcsin(np.exp(-0.5 * np.pi * distance / thickness)))


def field_reach(voltage: float, thickness: float, field: float) -> float:
    """Return how far from the edge of a line at ``voltage`` [V] the field along the film falls to ``field`` [V/m].

    As in ``fringe_potential``: (d/pi) ln(1 + (V/(d E))^2) [m]. Where nothing but lines a spacing s apart holds the
    potential the field is V/s, and the reach V/E by definition.
    """
    if not (thickness > 0 and field > 0):
        raise OutOfRangeError("thickness [m] and field [V/m]", (thickness, field), "positive")
    return float(thickness / np.pi * np.log1p((voltage / (thickness * field)) ** 2))


def _ierfc(x: float) -> float:
    """Return the integral of erfc from x to infinity."""
    return float(np.exp(-(x**2)) / np.sqrt(np.pi) - x * erfc(x))
