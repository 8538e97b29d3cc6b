r"""Conductivities of a film that follow the density of an ion: laws of ``Conduction``.

The density that carriers see is a mean over the length :math:`\ell` that a state of theirs extends
(``averaged_density``). At a wall behind an emptied layer of thickness d it is :math:`e^{-d/\ell}` of that beside the
layer. A conductivity in proportion to it falls so, too: the gap law of compact models of filaments (D. Panda,
P. P. Sahu and T. Y. Tseng, Nanoscale Res. Lett. 13, 8, 2018). One whose activation energy rises as it falls drops
faster at first and ends at its poor value: from 3e4 S/m to 1e-3 S/m, by some 1e4 over the first length and not by e.
Without a length the layer blocks the current however thin it is, and voltages are those of the finest cell.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import ufl

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import Kind, function, quantity, text
from fem.materials.datum import Arrhenius

_INTERPOLATIONS = ("logarithmic", "linear")
_SHORTEST, _LONGEST = 1e-11, 1e-7  # [m] of averaging: outside of them a unit was left out or put in twice
_ROOM = 0.025  # [eV] kT at which a formula is tried at once
_SAMPLES = 16  # of the density at which a law is tried


@dataclass(frozen=True, kw_only=True)
class ConductivityLaw:
    """A conductivity [S/m] that follows the density of ``ion`` up to ``density`` [1/m^3] and stays as it is beyond.

    ``averaging_length`` [m]: over which carriers average the density that they see; 0 for the local one.
    A law of a user's own derives from this class and answers ``at``; ``ConductivityFormula`` takes a function.
    """

    ion: str
    density: float
    averaging_length: float = 0.0
    kinds: ClassVar[dict[str, Kind]] = {}  #: of fields of which their declaration says too little

    def __post_init__(self) -> None:
        if type(self).at is ConductivityLaw.at:
            self.at(self.density, _ROOM)  # which says so
        settle(self, "a conductivity", ion=text, density=quantity(1e-30, 1e30, "1/m^3"), **self.kinds)
        if not (self.density > 0 and math.isfinite(self.density)):
            raise OutOfRangeError("density of a vacancy conductivity [1/m^3]", self.density, "positive")
        if self.averaging_length != 0 and not _SHORTEST <= self.averaging_length <= _LONGEST * (1 + 1e-9):
            raise OutOfRangeError(
                "averaging_length of a conductivity [m]",
                self.averaging_length,
                "0, or from 0.01 to 100 nm: 0.5 * nm, say",
            )

    def at(self, density: Any, thermal_energy: Any, *, exp: Any = math.exp, lowest: Any = min) -> Any:
        """Return σ [S/m] for a density [1/m^3] and kT [eV], numbers or, with the matching functions, UFL."""
        raise IncompatibleError(
            f"{type(self).__name__} has no law: derive from ConductivityLaw and answer at(density, thermal_energy), "
            "or take VacancyConductivity."
        )

    def largest(self, thermal_energy: float) -> float:
        """Return the largest σ [S/m] at kT [eV]."""
        return max(float(self.at(c, thermal_energy)) for c in self._samples())

    def _samples(self) -> list[float]:
        """Return densities [1/m^3] from 0 to ``density``."""
        return [self.density * k / _SAMPLES for k in range(_SAMPLES + 1)]

    def require_positive(self, thermal_energy: float) -> None:
        """Raise OutOfRangeError or IncompatibleError unless σ is a positive number at all densities, at kT [eV]."""
        for density in self._samples():
            try:
                value = self.at(density, thermal_energy)
            except Exception as error:
                raise IncompatibleError(
                    f"{type(self).__name__} of {self.ion} fails at {density:g} 1/m^3 and kT = {thermal_energy:.3g} eV "
                    f"with {type(error).__name__}: {error}"
                ) from error
            if not (isinstance(value, int | float) and 0 < value < math.inf):
                raise OutOfRangeError(
                    f"conductivity [S/m] by {type(self).__name__} of {self.ion} at {density:g} 1/m^3 and "
                    f"kT = {thermal_energy:.3g} eV",
                    value,
                    "a positive number",
                )

    def require_symbols(self, symbol: Any) -> None:
        """Raise IncompatibleError unless σ can be asked with a ``symbol`` of UFL in place of the density and of kT."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # UFL warns of what it cannot turn into a number
                self.at(symbol, symbol, exp=ufl.exp, lowest=ufl.min_value)
        except Exception as error:
            raise IncompatibleError(
                f"{type(self).__name__} of {self.ion} cannot be asked with symbols ({type(error).__name__}: {error}); "
                "it has to be of arithmetic and of the exp and lowest that it is given, without if, math or numpy."
            ) from error


@dataclass(frozen=True, kw_only=True)
class VacancyConductivity(ConductivityLaw):
    r"""Conductivity [S/m] between that without vacancies and that at ``density`` of them [1/m^3].

    ``ion``: the species of ``MobileIons``. ``averaging_length`` l [m]: over which carriers average the density that
    they see, so that a gap of width d conducts as exp(-d/l): one unit cell of the lattice, 0.6 nm say, with cells of
    at most 0.6 l at the electrodes (``interface_size``). With 0, the local one, voltages are those of the mesh.

    ``poor`` and ``rich``: Arrhenius(prefactor [S/m], activation_energy [eV]) at no vacancies and at ``density``;
    above it σ stays. ``interpolation`` of the prefactor in the density: "logarithmic" or "linear". The activation
    energy is linear in it (S. Larentis, F. Nardi, S. Balatti, D. C. Gilmer and D. Ielmini, IEEE Trans. Electron
    Devices 59, 2468, 2012).
    """

    poor: Arrhenius
    rich: Arrhenius
    interpolation: str = "logarithmic"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("poor", "rich"):
            law = getattr(self, name)
            if not isinstance(law, Arrhenius):
                raise IncompatibleError(
                    f"{name} conductivity is {law!r}; it must be Arrhenius(prefactor, activation_energy)."
                )
            if not law.prefactor > 0:
                raise OutOfRangeError(
                    f"prefactor of the {name} conductivity [S/m]", law.prefactor, "positive"
                )
        if self.interpolation not in _INTERPOLATIONS:
            raise UnknownNameError(
                "interpolation of a vacancy conductivity", self.interpolation, _INTERPOLATIONS
            )

    def at(self, density: Any, thermal_energy: Any, *, exp: Any = math.exp, lowest: Any = min) -> Any:
        """Return σ [S/m] for a density [1/m^3] and kT [eV], numbers or, with the matching functions, UFL."""
        share = lowest(density / self.density, 1.0)
        energy = self.poor.activation_energy + share * (
            self.rich.activation_energy - self.poor.activation_energy
        )
        low, high = self.poor.prefactor, self.rich.prefactor
        if self.interpolation == "linear":
            prefactor = low + share * (high - low)
        else:
            prefactor = low * exp(share * math.log(high / low))
        return prefactor * exp(-energy / thermal_energy)

    def largest(self, thermal_energy: float) -> float:
        """Return the larger σ [S/m] of both ends at kT [eV]."""
        return max(float(self.at(density, thermal_energy)) for density in (0.0, self.density))


@dataclass(frozen=True, kw_only=True)
class ConductivityFormula(ConductivityLaw):
    """A conductivity by a ``formula(density, thermal_energy, exp, lowest)`` [S/m] of density [1/m^3] and kT [eV].

    It is asked with numbers and with symbols, and so has to be made of arithmetic and of the functions ``exp(x)``
    and ``lowest(x, y)`` that it is given, and positive from 0 to ``density``, beyond which the conductivity stays::

        def gap(density, thermal_energy, exp, lowest):
            share = lowest(density / 1e27, 1.0)
            return 1e5 * exp(-(1 - share) / 0.05 - 0.3 * (1 - share) / thermal_energy)
    """

    formula: Callable[..., Any]
    kinds: ClassVar[dict[str, Kind]] = {"formula": function}

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require_positive(_ROOM)

    def at(self, density: Any, thermal_energy: Any, *, exp: Any = math.exp, lowest: Any = min) -> Any:
        """Return σ [S/m] for a density [1/m^3] and kT [eV], numbers or, with the matching functions, UFL."""
        return self.formula(lowest(density, self.density), thermal_energy, exp, lowest)
