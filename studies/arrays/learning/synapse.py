r"""What a network knows of a device: its range of conductances, what one pulse does to it, and how both scatter.

A cell's state is the share x of its range of conductances, from 0 to 1. One pulse up or down moves it by a step that
is a table of x, linear between equally spaced nodes. With the update of P.-Y. Chen, X. Peng and S. Yu, IEEE Trans.
Comput.-Aided Des. Integr. Circuits Syst. 37, 3067, 2018, N pulses through the range with

.. math:: x(n) = \frac{1 - e^{-\alpha n/N}}{1 - e^{-\alpha}}, \quad
          \Delta x = \left(\frac{1}{1 - e^{-\alpha}} - x\right)\left(1 - e^{-\alpha/N}\right),

the step is a straight line of x, and their nonlinearity NL (0 to 9) is the largest distance of the curve from the
diagonal over that of NL = 1, 0.07. Depression is potentiation run backwards for NL = 0 only: it begins steeply, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked, settle
from fem.errors.checking import between, not_negative, positive, share, whole
from studies.results.figure_table import Row, figure_table

if TYPE_CHECKING:
    from studies.compact.model import CompactModel
    from studies.protocols.protocol import Protocol

Array = NDArray[np.float64]
SCATTER = ("cycle_spread", "device_spread", "read_noise", "stuck_low", "stuck_high")
_LABEL = 0.07 * np.sqrt(2)  # distance from the diagonal, as a part of the change, at NL = 1
_STEEPEST = 200.0  # alpha: all of the change in the first pulse


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Synapse:
    """A device as a synapse, or several of them among which the cells of an array are drawn; ``print`` shows it.

    ``low``, ``high`` [S], shape (devices,): ends of the range; ``up``, ``down``, shape (devices, nodes): size of the
    step of a pulse at equally spaced states from 0 to 1, over the range. ``cycle_spread``: standard deviation of a
    step from pulse to pulse, over the range. ``device_spread``: relative standard deviation from cell to cell of the
    range and, each on its own, of the steps up and down (lognormal). ``read_noise``: standard deviation of the
    current of a cell in a read, over itself. ``stuck_low``, ``stuck_high``: shares of cells that stay at an end.

    >>> Synapse.ideal(1e-6, 1e-4, pulses=100).up
    array([[0.01, 0.01]])
    """

    low: Array
    high: Array
    up: Array
    down: Array
    cycle_spread: float = 0.0
    device_spread: float = 0.0
    read_noise: float = 0.0
    stuck_low: float = 0.0
    stuck_high: float = 0.0

    def __post_init__(self) -> None:
        settle(
            self, "a synapse", cycle_spread=not_negative, device_spread=between(0.0, 1.0), read_noise=not_negative,
            stuck_low=share, stuck_high=share,
        )  # fmt: skip
        for name, axes in (("low", 1), ("high", 1), ("up", 2), ("down", 2)):
            found = np.array(getattr(self, name), dtype=float, ndmin=axes)
            found.flags.writeable = False
            object.__setattr__(self, name, found)
        self._check()

    def _check(self) -> None:
        """Raise unless ranges and tables go together and are some that a device can have."""
        low, high = self.low, self.high
        count = low.size
        tables = self.up, self.down
        if high.shape != (count,) or any(t.ndim != 2 or len(t) != count or t.shape[1] < 2 for t in tables):
            raise IncompatibleError(
                f"a synapse of {count} devices has high of the shape {high.shape} and tables of {self.up.shape} and "
                f"{self.down.shape}; they must be (devices,) and (devices, nodes), with two nodes or more."
            )
        if not (np.isfinite(high).all() and (low >= 0).all() and (high > low).all()):
            raise OutOfRangeError(
                "range of a synapse [S]", (float(low.min()), float(high.max())), "one that rises"
            )
        for table in tables:
            if not (np.isfinite(table).all() and (table >= 0).all() and (table.max(axis=1) > 0).all()):
                raise OutOfRangeError(
                    "steps of a synapse", table.tolist(), "not negative, finite and not all 0"
                )
        if self.stuck_low + self.stuck_high > 1:
            raise OutOfRangeError("share of stuck cells", self.stuck_low + self.stuck_high, "at most 1")

    @classmethod
    @checked(low=not_negative, high=positive, pulses=whole(1, 1_000_000))
    def ideal(cls, low: float, high: float, *, pulses: int) -> Synapse:
        """Return a device that ``pulses`` equal steps take from ``low`` to ``high`` [S], with no scatter."""
        return cls.of_nonlinearity(low, high, pulses=pulses, up=0.0)

    @classmethod
    @checked(low=not_negative, high=positive, pulses=whole(1, 1_000_000), up=between(0.0, 9.0))
    def of_nonlinearity(
        cls, low: float, high: float, *, pulses: int, up: float, down: float | None = None
    ) -> Synapse:
        """Return a device of NeuroSim's nonlinearities ``up`` and ``down`` (that of ``up`` if None), 0 to 9, positive
        where the first pulses do most; ``pulses`` take it from ``low`` to ``high`` [S] and back."""
        alphas = alpha_of(up), alpha_of(up if down is None else down)
        rising, falling = (_line(a, pulses) for a in alphas)
        return cls(low=np.array([low]), high=np.array([high]), up=rising[None], down=falling[None, ::-1])

    @classmethod
    @checked()
    def of_pulses(cls, potentiation: ArrayLike, depression: ArrayLike) -> Synapse:
        """Return the device of measured conductances [S] before and after each pulse up, and each pulse down.

        Shape (pulses + 1,) or, for several trains, (trains, pulses + 1), such as ``potentiation`` and ``depression``
        of a ``PotentiationDepression``; what trains leave of the mean step is the ``cycle_spread``
        (``studies.compact.families.pulse_table``).
        """
        from studies.compact.families.pulse_table import NODES, table_values

        found = table_values(potentiation, depression, pulse_width=1.0, write_voltage=1.0)
        tables = (np.array([[found[f"{of}_{k}"] for k in range(NODES)]]) for of in ("up", "down"))
        up, down = tables
        return cls(low=np.array([found["G_min"]]), high=np.array([found["G_max"]]), up=up, down=down,
                   cycle_spread=found["spread"])  # fmt: skip

    @classmethod
    @checked(
        read_voltage=positive, pulses=whole(4, 10_000), devices=whole(1, 10_000), seed=whole(0, 2**32 - 1)
    )
    def of_model(
        cls, model: CompactModel | Sequence[CompactModel], up: Protocol, down: Protocol, *, read_voltage: float,
        pulses: int, devices: int = 1, seed: int = 0,
    ) -> Synapse:  # fmt: skip
        """Return the device that a compact ``model`` is under ``pulses`` pulses ``up``, then as many ``down``.

        Each is simulated once, from 0 V back to 0 V, with the conductance at ``read_voltage`` [V] between pulses. With
        more ``devices`` than one, models are drawn from the covariance of the fit, and cells are drawn among them:
        what the fit leaves open stands for their spread. A list of models, such as draws of a ``Posterior`` or fits
        of several devices, stands for itself.
        """
        from studies.arrays.learning.tables import drawn_models, measured

        models = list(model) if isinstance(model, Sequence) else drawn_models(model, devices, seed)
        found = [measured(m, up, down, read_voltage, pulses) for m in models]
        low, high, rising, falling = (np.array(column) for column in zip(*found, strict=True))
        return cls(low=low, high=high, up=rising, down=falling)

    def with_(self, **changes: float) -> Synapse:
        """Return the synapse with other spreads, read noise or shares of stuck cells; UnknownNameError for another."""
        for name in changes:
            if name not in SCATTER:
                raise UnknownNameError("scatter of a synapse", name, SCATTER)
        return replace(self, **changes)  # type: ignore[arg-type]  # names are fields

    @cached_property
    def middle(self) -> tuple[float, float]:
        """The middle ``low`` and the middle range [S] of the devices, by which weights are counted."""
        return float(np.median(self.low)), float(np.median(self.high - self.low))

    @cached_property
    def step(self) -> float:
        """The mean step of a pulse, over the range."""
        return float(0.5 * (self.up.mean() + self.down.mean()))

    def rows(self) -> list[Row]:
        """Return (name, value, unit)."""
        return [
            ("devices", float(self.low.size), "1"), ("low", self.middle[0], "S"), ("range", self.middle[1], "S"),
            ("mean step", self.step, "1"), ("cycle_spread", self.cycle_spread, "1"),
            ("device_spread", self.device_spread, "1"), ("read_noise", self.read_noise, "1"),
            ("stuck_low", self.stuck_low, "1"), ("stuck_high", self.stuck_high, "1"),
        ]  # fmt: skip

    def __repr__(self) -> str:
        return figure_table("Synapse", self.rows(), "steps and cycle_spread are over the range")


def nonlinearity_of(alpha: float) -> float:
    """Return NeuroSim's NL of a device whose pulses follow the formula with ``alpha``, 0 or positive."""
    if alpha < 1e-6:
        return 0.125 * alpha / _LABEL
    place = np.log(alpha / -np.expm1(-alpha)) / alpha  # where the slope of the curve is 1
    return float((np.expm1(-alpha * place) / np.expm1(-alpha) - place) / _LABEL)


@checked(nonlinearity=between(0.0, 9.0))
def alpha_of(nonlinearity: float) -> float:
    """Return the alpha of NeuroSim's ``nonlinearity``, 0 to 9.

    >>> round(nonlinearity_of(alpha_of(3.0)), 9)
    3.0
    """
    if nonlinearity == 0:
        return 0.0
    return float(brentq(lambda a: nonlinearity_of(a) - nonlinearity, 0.0, _STEEPEST, xtol=1e-12))


def _line(alpha: float, pulses: int) -> Array:
    """Return the step at x = 0 and at x = 1, shape (2,)."""
    if alpha < 1e-9:
        return np.full(2, 1 / pulses)
    return np.array([-np.expm1(-alpha / pulses) / -np.expm1(-alpha) * end for end in (1.0, np.exp(-alpha))])
