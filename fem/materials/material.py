"""A material and its data: every number with its unit and its source.

>>> from fem.materials import MAPBI3
>>> MAPBI3.si("relative_permittivity")
24.1
>>> changed = MAPBI3.with_(relative_permittivity=30.0)
>>> changed.name, changed.modified
('MAPbI3*', ('relative_permittivity',))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from numbers import Real
from typing import Any

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.units import TO_SI

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
        if not math.isfinite(self.prefactor):
            raise OutOfRangeError("prefactor of an Arrhenius law", self.prefactor, "finite")
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

    def __str__(self) -> str:
        return f"{self.prefactor:.4g} exp(-{self.activation_energy:g} eV/kT)"


@dataclass(frozen=True)
class Datum:
    """A number with its unit and its source.

    ``unit`` is a key of ``fem.units.TO_SI``. ``source`` is a key of ``references.bib``, or ``"assumed"``, and
    then ``note`` says why. ``valid`` is the range of temperature [K] in which the value holds, where known.

    >>> Datum(0.5, "cm^2/(V s)", "assumed", "an example").si()
    5e-05
    """

    value: float | Arrhenius
    unit: str
    source: str
    note: str = ""
    valid: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.unit not in TO_SI:
            raise UnknownNameError("unit", self.unit, TO_SI)
        if not self.source:
            raise IncompatibleError(
                f"a value of {self} needs a source: a key of references.bib, or 'assumed'."
            )
        if self.source == "assumed" and not self.note:
            raise IncompatibleError(f"an assumed value ({self}) needs a note that says why.")
        if not isinstance(self.value, Arrhenius):
            number = _number("a datum", self.value)
            if not math.isfinite(number):
                raise OutOfRangeError("a datum", self.value, "finite")
            object.__setattr__(self, "value", number)

    def si(self, temperature: Any = None, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the value in SI units at ``temperature`` [K], which only an Arrhenius law needs.

        Energies come back in joule. With a symbolic ``temperature`` pass the matching ``exp`` (``ufl.exp``).
        """
        factor = TO_SI[self.unit]
        if isinstance(self.value, Arrhenius):
            if temperature is None:
                raise IncompatibleError(f"{self} depends on the temperature; call si(temperature).")
            return factor * self.value(temperature, exp)
        return factor * self.value

    @property
    def depends_on_temperature(self) -> bool:
        """Whether the value is a temperature law."""
        return isinstance(self.value, Arrhenius)

    def __str__(self) -> str:
        return f"{self._value_text()} {self.unit}"

    def _value_text(self) -> str:
        return str(self.value) if isinstance(self.value, Arrhenius) else f"{self.value:.6g}"

    def _note_text(self) -> str:
        valid = f"valid {self.valid[0]:g} to {self.valid[1]:g} K" if self.valid else ""
        return "; ".join(part for part in (self.note, valid) if part)

    def to_dict(self) -> dict[str, Any]:
        """Return the datum as plain data."""
        law = self.value
        value: Any = law
        if isinstance(law, Arrhenius):
            value = {"prefactor": law.prefactor, "activation_energy": law.activation_energy}
        plain: dict[str, Any] = {"value": value, "unit": self.unit, "source": self.source, "note": self.note}
        return plain | {"valid": list(self.valid) if self.valid else None}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Datum:
        """Return the datum that ``to_dict`` wrote."""
        value, valid = plain["value"], plain.get("valid")
        if isinstance(value, Mapping):
            value = Arrhenius(**value)
        return cls(value, plain["unit"], plain["source"], plain["note"], tuple(valid) if valid else None)


#: What a change may be given as: a Datum, a float in SI units, or a temperature law with an SI prefactor.
Change = Datum | Arrhenius | float


@dataclass(frozen=True)
class Quantity:
    """What a field of a material is: its symbol, the units it may have (shown first) and its sign."""

    symbol: str
    units: tuple[str, ...]
    sign: str = "any"

    @property
    def si_unit(self) -> str:
        """The first of the units that is an SI unit."""
        return next(unit for unit in self.units if TO_SI[unit] == 1.0)

    def datum(self, name: str, change: Change) -> Datum:
        """Return ``change`` as a Datum; a bare float or law is taken as SI and marked as assumed."""
        if isinstance(change, Datum):
            return change
        if isinstance(change, Arrhenius):
            return Datum(change, self.si_unit, "assumed", _SET_BY_HAND)
        unit = self.units[0]
        return Datum(_number(name, change) / TO_SI[unit], unit, "assumed", _SET_BY_HAND)

    def check(self, thing: str, datum: Datum) -> None:
        """Raise unless the unit and the sign of ``datum`` are those of this quantity."""
        if not isinstance(datum, Datum):
            raise IncompatibleError(
                f"{thing} is {datum!r}; it must be a Datum(value, unit, source) (only with_() takes floats)."
            )
        if datum.unit not in self.units:
            raise OutOfRangeError(f"unit of {thing}", datum.unit, " or ".join(self.units))
        number = datum.value.prefactor if isinstance(datum.value, Arrhenius) else datum.value
        if self.sign == "positive" and not number > 0:
            raise OutOfRangeError(thing, number, "positive")
        if self.sign == "not negative" and not number >= 0:
            raise OutOfRangeError(thing, number, "zero or positive")


_ENERGY = ("eV", "J")
_DENSITY = ("m^-3", "cm^-3")
_MOBILITY = ("m^2/(V s)", "cm^2/(V s)")

#: Every datum that a material may have. Energies are depths below the vacuum level, counted positive.
QUANTITIES: dict[str, Quantity] = {
    "relative_permittivity": Quantity("eps_r", ("1",), "positive"),
    "electron_affinity": Quantity("chi", _ENERGY),
    "band_gap": Quantity("E_g", _ENERGY, "not negative"),
    "effective_dos_conduction": Quantity("N_c", _DENSITY, "positive"),
    "effective_dos_valence": Quantity("N_v", _DENSITY, "positive"),
    "electron_mobility": Quantity("mu_n", _MOBILITY, "not negative"),
    "hole_mobility": Quantity("mu_p", _MOBILITY, "not negative"),
    "electron_lifetime": Quantity("tau_n", ("s",), "positive"),
    "hole_lifetime": Quantity("tau_p", ("s",), "positive"),
    "trap_energy": Quantity("E_t", _ENERGY),
    "radiative_coefficient": Quantity("k_rad", ("m^3/s", "cm^3/s"), "not negative"),
    "donor_density": Quantity("N_D", _DENSITY, "not negative"),
    "acceptor_density": Quantity("N_A", _DENSITY, "not negative"),
    "work_function": Quantity("W", _ENERGY, "positive"),
    "electrical_conductivity": Quantity("sigma", ("S/m",), "positive"),
    "thermal_conductivity": Quantity("kappa", ("W/(m K)",), "positive"),
    "volumetric_heat_capacity": Quantity("rho c", ("J/(m^3 K)",), "positive"),
}

_ION_QUANTITIES: dict[str, Quantity] = {
    "mean_density": Quantity("N_0", _DENSITY, "positive"),
    "diffusivity": Quantity("D", ("m^2/s", "cm^2/s"), "not negative"),
    "mobility": Quantity("mu", _MOBILITY, "not negative"),
    "site_density": Quantity("N_max", _DENSITY, "positive"),
}

#: What each kind of material cannot be described without.
REQUIRED: dict[str, tuple[str, ...]] = {
    "semiconductor": (
        "relative_permittivity",
        "electron_affinity",
        "band_gap",
        "effective_dos_conduction",
        "effective_dos_valence",
        "electron_mobility",
        "hole_mobility",
    ),
    "insulator": ("relative_permittivity",),
    "metal": ("work_function",),
}


@dataclass(frozen=True, kw_only=True)
class MobileIon:
    r"""How one ion species behaves in a material.

    Exactly one of ``diffusivity`` and ``mobility`` is given; the other follows from
    :math:`D = \mu k T / (|z| q)`. ``site_density`` is the upper limit of the density; without it none holds.
    ``mean_density`` and the diffusivity are a pair from one source: only their product is well measured.
    """

    mean_density: Datum
    diffusivity: Datum | None = None
    mobility: Datum | None = None
    site_density: Datum | None = None

    def __post_init__(self) -> None:
        for name, quantity in _ION_QUANTITIES.items():
            datum = getattr(self, name)
            if datum is not None:
                quantity.check(f"{name} of a mobile ion", datum)
        if (self.diffusivity is None) == (self.mobility is None):
            raise IncompatibleError(
                "a mobile ion needs either its diffusivity or its mobility, and not both."
            )

    def diffusivity_at(
        self, temperature: Any, charge_number: int = 1, exp: Callable[[Any], Any] = math.exp
    ) -> Any:
        """Return the diffusivity [m^2/s] at ``temperature`` [K]; the charge matters to a given mobility."""
        if self.diffusivity is not None:
            return self.diffusivity.si(temperature, exp)
        assert self.mobility is not None
        thermal_voltage = BOLTZMANN * temperature / ELEMENTARY_CHARGE
        return self.mobility.si(temperature, exp) * thermal_voltage / abs(charge_number)

    def to_dict(self) -> dict[str, Any]:
        """Return the data of the ion as plain data."""
        data = {name: getattr(self, name) for name in _ION_QUANTITIES}
        return {name: datum.to_dict() for name, datum in data.items() if datum is not None}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> MobileIon:
        """Return the ion that ``to_dict`` wrote."""
        return cls(**{name: Datum.from_dict(datum) for name, datum in plain.items()})


class IonTable(Mapping[str, MobileIon]):
    """The mobile ions of a material by species name; immutable and comparable."""

    def __init__(self, ions: Mapping[str, MobileIon] | None = None) -> None:
        self._ions = dict(ions or {})

    def __getitem__(self, name: str) -> MobileIon:
        return self._ions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._ions)

    def __len__(self) -> int:
        return len(self._ions)

    def __hash__(self) -> int:
        return hash(frozenset(self._ions.items()))

    def __repr__(self) -> str:
        return f"IonTable({self._ions!r})"


@dataclass(frozen=True, kw_only=True)
class Material:
    """A material: its kind and its data, each a Datum.

    ``kind`` is "semiconductor", "insulator" or "metal". Electron affinity [eV], work function [eV] and
    ``trap_energy`` [eV] are depths below the vacuum level, counted positive. Without lifetimes there is no
    Shockley-Read-Hall recombination; with lifetimes but without ``trap_energy`` the level is the intrinsic
    one, where n1 = p1 = n_i.

    Raises OutOfRangeError or IncompatibleError when a value is impossible or a needed one is missing.
    """

    name: str
    kind: str
    relative_permittivity: Datum | None = None
    electron_affinity: Datum | None = None
    band_gap: Datum | None = None
    effective_dos_conduction: Datum | None = None
    effective_dos_valence: Datum | None = None
    electron_mobility: Datum | None = None
    hole_mobility: Datum | None = None
    electron_lifetime: Datum | None = None
    hole_lifetime: Datum | None = None
    trap_energy: Datum | None = None
    radiative_coefficient: Datum | None = None
    donor_density: Datum | None = None
    acceptor_density: Datum | None = None
    work_function: Datum | None = None
    electrical_conductivity: Datum | None = None
    thermal_conductivity: Datum | None = None
    volumetric_heat_capacity: Datum | None = None
    ions: Mapping[str, MobileIon] = field(default_factory=IonTable)
    modified: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ions", IonTable(self.ions))
        object.__setattr__(self, "modified", tuple(self.modified))
        if self.kind not in REQUIRED:
            raise UnknownNameError("kind of material", self.kind, REQUIRED)
        for name, quantity in QUANTITIES.items():
            datum = getattr(self, name)
            if datum is not None:
                quantity.check(f"{name} of {self.name}", datum)
        for name in REQUIRED[self.kind]:
            self.require(name, f"every {self.kind}")
        if (self.electron_lifetime is None) != (self.hole_lifetime is None):
            raise IncompatibleError(f"material {self.name} needs both carrier lifetimes, or none.")
        for species, ion in self.ions.items():
            _check_room(self.name, species, ion)

    # -- reading ---------------------------------------------------------------------------------------------

    def require(self, name: str, why: str) -> Datum:
        """Return the datum called ``name``, which ``why`` needs.

        Raises IncompatibleError if the material does not have it, UnknownNameError if no material can.
        """
        datum = self._datum(name)
        if datum is None:
            raise IncompatibleError(f"material {self.name} has no {name}, which {why} needs.")
        return datum

    def si(self, name: str, temperature: Any = None, exp: Callable[[Any], Any] = math.exp) -> Any:
        """Return the datum called ``name`` in SI units (energies in J) at ``temperature`` [K]."""
        return self.require(name, "this calculation").si(temperature, exp)

    def has(self, *names: str) -> bool:
        """Return whether the material has all of the data named."""
        return all(self._datum(name) is not None for name in names)

    def ion(self, species: str, why: str) -> MobileIon:
        """Return the data of the ion ``species``, which ``why`` needs, or raise IncompatibleError."""
        if species not in self.ions:
            have = ", ".join(self.ions) or "none"
            raise IncompatibleError(
                f"material {self.name} has no data of {species}, which {why} needs (it has: {have}); "
                f"give them with with_ion({species!r}, ...)."
            )
        return self.ions[species]

    def intrinsic_density(self, temperature: float) -> float:
        r"""Return :math:`n_i = \sqrt{N_c N_v} \exp(-E_g / 2kT)` [m^-3] at ``temperature`` [K] (Boltzmann)."""
        states = self.si("effective_dos_conduction", temperature)
        states *= self.si("effective_dos_valence", temperature)
        gap = self.si("band_gap", temperature)
        return float(math.sqrt(states) * math.exp(-gap / (2 * BOLTZMANN * temperature)))

    def sources(self) -> frozenset[str]:
        """Return the keys of references.bib on which the material rests."""
        return frozenset(datum.source for _, _, datum in self._rows() if datum.source != "assumed")

    # -- changing --------------------------------------------------------------------------------------------

    def with_(self, **changes: Change | str | None) -> Material:
        """Return a new material with some data changed, marked by a ``*`` and listed in ``modified``.

        A change is a Datum, a bare float in SI units (``3.9 * eV``), a temperature law with an SI prefactor,
        or None to take an optional datum away. ``name="..."`` gives the new material a name of its own.

        >>> from fem.materials import MAPBI3
        >>> from fem.units import eV
        >>> print(MAPBI3.with_(electron_affinity=3.9 * eV).electron_affinity)
        3.9 eV
        """
        changed: dict[str, Any] = {}
        for name, change in changes.items():
            if name == "name":
                continue
            if name not in QUANTITIES:
                hint = "Ions are changed with with_ion()." if "ion" in name or name in _ION_QUANTITIES else ""
                raise UnknownNameError("datum of a material", name, QUANTITIES, hint)
            changed[name] = None if change is None else QUANTITIES[name].datum(name, change)  # type: ignore[arg-type]
        return self._marked(changed, tuple(changed), changes.get("name"))

    def with_ion(
        self,
        species: str,
        ion: MobileIon | None = None,
        *,
        mean_density: Change | None = None,
        diffusivity: Change | None = None,
        mobility: Change | None = None,
        site_density: Change | None = None,
    ) -> Material:
        """Return a new, marked material with the data of one ion species set or changed.

        Either ``ion`` as a whole, or densities [m^-3], diffusivity [m^2/s] or mobility [m^2/(V s)], each a
        Datum, a bare SI float or a temperature law; what is not given stays as it was.
        """
        given = {
            "mean_density": mean_density,
            "diffusivity": diffusivity,
            "mobility": mobility,
            "site_density": site_density,
        }
        data = {
            name: _ION_QUANTITIES[name].datum(f"{name} of {species}", change)
            for name, change in given.items()
            if change is not None
        }
        before = ion if ion is not None else self.ions.get(species)
        if before is None and "mean_density" not in data:
            raise IncompatibleError(f"{species} is new in {self.name}: give its mean_density too.")
        kept = {} if before is None else {name: getattr(before, name) for name in _ION_QUANTITIES}
        if "diffusivity" in data or "mobility" in data:
            kept |= {"diffusivity": None, "mobility": None}
        ions = dict(self.ions) | {species: MobileIon(**(kept | data))}
        names = tuple(data) if ion is None else tuple(ion.to_dict())
        return self._marked({"ions": ions}, tuple(f"{species}.{name}" for name in names))

    def without_ion(self, species: str) -> Material:
        """Return a new, marked material in which ``species`` does not move."""
        if species not in self.ions:
            raise UnknownNameError(f"mobile ion of {self.name}", species, self.ions)
        ions = {name: ion for name, ion in self.ions.items() if name != species}
        return self._marked({"ions": ions}, (species,))

    # -- plain data and text ---------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return the material as plain data (text, numbers, lists, dictionaries)."""
        plain: dict[str, Any] = {"name": self.name, "kind": self.kind}
        for name in QUANTITIES:
            datum = self._datum(name)
            if datum is not None:
                plain[name] = datum.to_dict()
        plain["ions"] = {species: ion.to_dict() for species, ion in self.ions.items()}
        return plain | {"modified": list(self.modified)}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Material:
        """Return the material that ``to_dict`` wrote."""
        known = {item.name for item in fields(cls)}
        for name in plain:
            if name not in known:
                raise UnknownNameError("datum of a material", name, known)
        data = {name: Datum.from_dict(value) for name, value in plain.items() if name in QUANTITIES}
        ions = {species: MobileIon.from_dict(ion) for species, ion in plain.get("ions", {}).items()}
        modified = tuple(plain.get("modified", ()))
        return cls(name=plain["name"], kind=plain["kind"], ions=ions, modified=modified, **data)

    def __str__(self) -> str:
        header = ("quantity", "symbol", "value", "unit", "source", "note")
        rows = [header] + [
            (name, symbol, datum._value_text(), datum.unit, datum.source, datum._note_text())
            for name, symbol, datum in self._rows()
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(len(header))]
        lines = ["  ".join(map(str.ljust, row, widths)) for row in rows]
        title = f"{self.name} ({self.kind})"
        if self.modified:
            title += f", changed: {', '.join(self.modified)}"
        return "\n".join([title, *(line.rstrip() for line in lines)])

    # -- inside ----------------------------------------------------------------------------------------------

    def _datum(self, name: str) -> Datum | None:
        if name not in QUANTITIES:
            raise UnknownNameError("datum of a material", name, QUANTITIES)
        datum: Datum | None = getattr(self, name)
        return datum

    def _rows(self) -> Iterator[tuple[str, str, Datum]]:
        for name, quantity in QUANTITIES.items():
            datum = self._datum(name)
            if datum is not None:
                yield name, quantity.symbol, datum
        for species, ion in self.ions.items():
            for name, quantity in _ION_QUANTITIES.items():
                datum = getattr(ion, name)
                if datum is not None:
                    yield f"{species}.{name}", quantity.symbol, datum

    def _marked(self, changed: dict[str, Any], names: tuple[str, ...], name: Any = None) -> Material:
        modified = self.modified + tuple(item for item in names if item not in self.modified)
        if name is None:
            name = self.name if self.name.endswith("*") or not names else self.name + "*"
        return replace(self, **changed, name=name, modified=modified)


def _number(thing: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise OutOfRangeError(thing, value, "a number")
    return float(value)


def _check_room(material: str, species: str, ion: MobileIon) -> None:
    if ion.site_density is None or ion.mean_density.depends_on_temperature:
        return
    mean, sites = ion.mean_density.si(), ion.site_density.si()
    if mean >= sites:
        thing = f"mean density of {species} in {material}"
        raise OutOfRangeError(thing, float(f"{mean:.6g}"), f"below its site density {sites:.3g} m^-3")
