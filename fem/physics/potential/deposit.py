r"""Conductivity of a film in which an ion is deposited as a metal: poor until most sites are filled, then rich.

.. math:: \ln\sigma = (1 - S)\ln\sigma_{poor} + S\ln\sigma_{rich},\qquad
          S = t^2(3 - 2t),\quad t = \frac{c - c_1}{c_2 - c_1}\ \text{cut to}\ 0\le t\le 1

A conductivity that grows from the first ion on (``VacancyConductivity``) screens the field long before there is a
metal: ions then fill a film evenly and no front forms. One that stays poor up to a threshold has a deposit
with a front. Across it the potential falls, and c with it, over kT/qE. On a mesh that does not resolve
that, the deposit is filled to its site density before the next node begins: with :math:`c_1` close to that the
deposit takes as many ions on any mesh. The shape of S between :math:`c_1` and :math:`c_2` is assumed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fem.errors import OutOfRangeError
from fem.physics.potential.conductivity_laws import VacancyConductivity


@dataclass(frozen=True, kw_only=True)
class DepositConductivity(VacancyConductivity):
    """Conductivity [S/m] that is ``poor`` below ``threshold`` c_1 and ``rich`` above ``density`` c_2 [1/m^3].

    ``poor`` and ``rich``: Arrhenius(prefactor [S/m], activation_energy [eV]). A law of ``Conduction``, for any
    mobile ion. Raises OutOfRangeError unless 0 <= threshold < density.
    """

    threshold: float

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.threshold < self.density:
            raise OutOfRangeError(
                "threshold of a deposit's conductivity [1/m^3]",
                self.threshold,
                f"from 0 to below {self.density:g}, where the conductivity is rich",
            )

    def at(self, density: Any, thermal_energy: Any, *, exp: Any = math.exp, lowest: Any = min) -> Any:
        """Return σ [S/m] for a density [1/m^3] and kT [eV], numbers or, with the matching functions, UFL."""
        t = lowest((density - self.threshold) / (self.density - self.threshold), 1.0)
        t = -lowest(-t, 0.0)
        return super().at(t * t * (3 - 2 * t) * self.density, thermal_energy, exp=exp, lowest=lowest)
