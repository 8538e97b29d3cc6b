"""A number with its unit and its source, and what a quantity of a material may be."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError, warn
from fem.errors.arguments import settle
from fem.errors.checking import any_of, each, instance, number, one_of, optional, quantity
from fem.materials.tables import Formula, Table
from fem.materials.temperature_laws import ROOM_TEMPERATURE, PowerLaw, Varshni
from fem.units import TO_SI

#: Where data of semiconductors hold [K] that are given for room temperature and no other one.
ROOM = (280.0, 320.0)
_SET_BY_HAND = "set by with_()"


@dataclass(frozen=True)
class Arrhenius:
    r"""A thermally activated value, :math:`a(T) = a_0 \exp(-E_a / k T)`.

    ``prefactor`` is in the unit of the Datum that holds it; ``activation_energy`` is always in eV (write
    0.58, not 0.58 * eV).

    >>> law = Arrhenius(6.5e-8, 0.58)
    >>> f"{law(300.0):.3g}"
    '1.17e-17'
    """

    prefactor: float
    activation_energy: float

    def __post_init__(self) -> None:
        settle(self, "an Arrhenius law")
        energy = self.activation_energy
        if energy != 0 and not 1e-4 <= abs(energy) <= 20:
            raise OutOfRangeError(
                "activation energy [eV] of an Arrhenius law",
                energy,
                "0 or between 1e-4 and 20, in eV (0.58, not 0.58 * eV)",
            )

    def __call__(self, temperature: Any, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the value at ``temperature`` [K]; for a symbolic temperature pass the matching ``exp``."""
        return self.prefactor * exp(-self.activation_energy * ELEMENTARY_CHARGE / (BOLTZMANN * temperature))

    @property
    def size(self) -> float:
        """The prefactor."""
        return self.prefactor

    def __str__(self) -> str:
        return f"{self.prefactor:.4g} exp(-{self.activation_energy:g} eV/kT)"


Law = Arrhenius | PowerLaw | Varshni | Table | Formula
_LAWS = (Arrhenius, PowerLaw, Varshni, Table, Formula)


@dataclass(frozen=True)
class Datum:
    """A number with its unit and its source.

    ``unit`` is a key of ``fem.units.TO_SI``. ``source`` is a key of ``references.bib``, or ``"assumed"``, and
    then ``note`` says why. ``valid`` is the range of temperature [K] in which the value holds, where known; that of a
    Table or Formula if it is not given.

    >>> Datum(0.5, "cm^2/(V s)", "assumed", "an example").si()
    5e-05
    """

    value: float | Law
    unit: str
    source: str
    note: str = ""
    valid: tuple[float, float] | None = None
    not_in_equations: ClassVar[tuple[str, ...]] = ("source", "note", "valid")

    def __post_init__(self) -> None:
        settle(
            self,
            "a datum",
            value=any_of(instance(*_LAWS), number),
            unit=one_of(TO_SI),
            valid=optional(each(quantity(0.0, 1e5, "K"), 2, 2)),
        )
        if not self.source:
            raise IncompatibleError(
                f"a value of {self} needs a source: a key of references.bib, or 'assumed'."
            )
        if self.source == "assumed" and not self.note:
            raise IncompatibleError(f"an assumed value ({self}) needs a note that says why.")
        if not isinstance(self.value, _LAWS):
            object.__setattr__(self, "value", float(self.value))
        elif isinstance(self.value, Table | Formula) and self.valid is None:
            object.__setattr__(self, "valid", self.value.between)

    def si(self, temperature: Any = None, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the value in SI units at ``temperature`` [K], which only a temperature law needs.

        Energies come back in joule. With a symbolic ``temperature`` pass the matching ``exp`` (``ufl.exp``).
        """
        factor = TO_SI[self.unit]
        if isinstance(self.value, _LAWS):
            if temperature is None:
                raise IncompatibleError(f"{self} depends on the temperature; call si(temperature).")
            return factor * self.value(temperature, exp)
        return factor * self.value

    @property
    def depends_on_temperature(self) -> bool:
        """Whether the value is a temperature law."""
        return isinstance(self.value, _LAWS)

    def __str__(self) -> str:
        return f"{self._value_text()} {self.unit}"

    def _value_text(self) -> str:
        return str(self.value) if isinstance(self.value, _LAWS) else f"{self.value:.6g}"

    def _note_text(self) -> str:
        valid = f"valid {self.valid[0]:g} to {self.valid[1]:g} K" if self.valid else ""
        return "; ".join(part for part in (self.note, valid) if part)


#: What a change may be given as: a Datum, a float in SI units, or a temperature law with an SI prefactor.
Change = Datum | Law | float


@dataclass(frozen=True)
class Quantity:
    """What a field of a material is: its symbol, the units it may have (shown first), its sign and largest size [SI].

    The largest size is beyond any material: what exceeds it, or is below ``least``, is in another unit. What is outside
    of ``usual`` [SI] may be: a bare number there is warned of. ``one_number`` is no law of the temperature. A plain
    number is that of 300 K, and goes with the ``power`` of the temperature.
    """

    symbol: str
    units: tuple[str, ...]
    sign: str = "any"
    most: float = math.inf
    usual: tuple[float, float] = (0.0, math.inf)
    least: float = 0.0
    one_number: bool = False
    power: float = 0.0

    def factor(self, datum: Datum, temperature: Any) -> Any:
        """Return a datum's value at ``temperature`` [K] over that which it has of itself; 1 if that is None."""
        if temperature is None or self.power == 0.0 or datum.depends_on_temperature:
            return 1.0
        return (temperature / ROOM_TEMPERATURE) ** self.power

    @property
    def si_unit(self) -> str:
        """The first of the units that is an SI unit."""
        return next(unit for unit in self.units if TO_SI[unit] == 1.0)

    def datum(self, name: str, change: Change) -> Datum:
        """Return ``change`` as a Datum; a bare float or law is taken as SI and marked as assumed."""
        if isinstance(change, Datum):
            return change
        if isinstance(change, _LAWS):
            return Datum(change, self.si_unit, "assumed", _SET_BY_HAND)
        unit = self.units[0]
        self._check_size(name, number(name, change), 1.0, change)
        low, high = self.usual
        if 0 < change < low or change > high:
            size = "little" if change < low else "much"
            warn(
                f"{name} is {change:g} {self.si_unit}, which is {size}; a value in {self.units[-1]} is given as "
                f"Datum({change:g}, {self.units[-1]!r}, source)."
            )
        return Datum(float(change) / TO_SI[unit], unit, "assumed", _SET_BY_HAND)

    def check(self, thing: str, datum: Datum) -> None:
        """Raise unless the unit and the sign of ``datum`` are those of this quantity."""
        if not isinstance(datum, Datum):
            raise IncompatibleError(
                f"{thing} is {datum!r}; it must be a Datum(value, unit, source) (only with_() takes floats)."
            )
        if datum.unit not in self.units:
            raise OutOfRangeError(f"unit of {thing}", datum.unit, " or ".join(self.units))
        law = isinstance(datum.value, _LAWS)
        if law and self.one_number:
            raise IncompatibleError(f"{thing} is the temperature law {datum}; it must be one number.")
        value = datum.value.size if isinstance(datum.value, _LAWS) else datum.value
        if self.sign == "positive" and not value > 0:
            raise OutOfRangeError(thing, value, "positive")
        if self.sign == "not negative" and not value >= 0:
            raise OutOfRangeError(thing, value, "zero or positive")
        if not law:
            self._check_size(thing, value, TO_SI[datum.unit], value)

    def _check_size(self, thing: str, value: float, factor: float, given: Any) -> None:
        """Raise unless a size, ``factor`` of its unit to SI, is from ``least`` to ``most``; a unit left out is said."""
        if 0 < abs(value) * factor < self.least:
            raise OutOfRangeError(
                thing, given, f"at least {self.least / TO_SI[self.units[0]]:g} {self.units[0]}"
            )
        if abs(value) * factor <= self.most:
            return
        unit = self.units[0]
        most = f"at most {self.most / TO_SI[unit]:g} {unit}"
        missing = factor == 1.0 and TO_SI[unit] != 1.0 and abs(value) * TO_SI[unit] <= self.most
        raise OutOfRangeError(thing, given, most + (f"; did you mean {given} * {unit}?" if missing else ""))


_ENERGY, _LARGEST_ENERGY = ("eV", "J"), 20 * ELEMENTARY_CHARGE
_DENSITY, _LARGEST_DENSITY = ("m^-3", "cm^-3"), 1e30
_MOBILITY = ("m^2/(V s)", "cm^2/(V s)")

#: Every datum that a material may have. Energies are depths below the vacuum level, counted positive.
QUANTITIES: dict[str, Quantity] = {
    "relative_permittivity": Quantity("eps_r", ("1",), "positive", most=1e12, least=5e-7),
    "electron_affinity": Quantity("chi", _ENERGY, most=_LARGEST_ENERGY),
    "band_gap": Quantity("E_g", _ENERGY, "not negative", most=_LARGEST_ENERGY),
    "effective_dos_conduction": Quantity(
        "N_c", _DENSITY, "positive", most=_LARGEST_DENSITY, usual=(1e22, math.inf), power=1.5
    ),
    "effective_dos_valence": Quantity(
        "N_v", _DENSITY, "positive", most=_LARGEST_DENSITY, usual=(1e22, math.inf), power=1.5
    ),
    "electron_mobility": Quantity("mu_n", _MOBILITY, "not negative", most=1e4, usual=(0.0, 0.9)),
    "hole_mobility": Quantity("mu_p", _MOBILITY, "not negative", most=1e4, usual=(0.0, 0.9)),
    "electron_field_factor": Quantity("gamma_n", ("(m/V)^0.5", "(cm/V)^0.5"), "not negative", most=1.0),
    "hole_field_factor": Quantity("gamma_p", ("(m/V)^0.5", "(cm/V)^0.5"), "not negative", most=1.0),
    "electron_lifetime": Quantity("tau_n", ("s",), "positive", most=1e9),
    "hole_lifetime": Quantity("tau_p", ("s",), "positive", most=1e9),
    "trap_energy": Quantity("E_t", _ENERGY, most=_LARGEST_ENERGY),
    "radiative_coefficient": Quantity(
        "k_rad", ("m^3/s", "cm^3/s"), "not negative", most=1e-6, usual=(0.0, 1e-13)
    ),
    "donor_density": Quantity("N_D", _DENSITY, "not negative", most=_LARGEST_DENSITY),
    "acceptor_density": Quantity("N_A", _DENSITY, "not negative", most=_LARGEST_DENSITY),
    "electron_tunnelling_mass": Quantity("m_n", ("1",), "positive", most=100.0, least=1e-3),
    "hole_tunnelling_mass": Quantity("m_p", ("1",), "positive", most=100.0, least=1e-3),
    "donor_depth": Quantity("E_D", _ENERGY, "not negative", most=_LARGEST_ENERGY),
    "acceptor_depth": Quantity("E_A", _ENERGY, "not negative", most=_LARGEST_ENERGY),
    "work_function": Quantity("W", _ENERGY, "positive", most=_LARGEST_ENERGY),
    "electrical_conductivity": Quantity("sigma", ("S/m",), "positive", most=1e12),
    "thermal_conductivity": Quantity("kappa", ("W/(m K)",), "positive", most=1e6),
    "volumetric_heat_capacity": Quantity("rho c", ("J/(m^3 K)",), "positive", most=1e10),
    "decomposition_temperature": Quantity("T_d", ("K",), "positive", most=1e4, least=200.0, one_number=True),
}

ION_QUANTITIES: dict[str, Quantity] = {
    "mean_density": Quantity("N_0", _DENSITY, "positive", most=_LARGEST_DENSITY, usual=(1e20, math.inf)),
    "diffusivity": Quantity("D", ("m^2/s", "cm^2/s"), "not negative", most=1.0),
    "mobility": Quantity("mu", _MOBILITY, "not negative", most=1.0),
    "site_density": Quantity("N_max", _DENSITY, "positive", most=_LARGEST_DENSITY, usual=(1e24, math.inf)),
}
