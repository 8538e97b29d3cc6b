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
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from fem.constants import BOLTZMANN
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import instance, table, text
from fem.materials.datum import ION_QUANTITIES, QUANTITIES, Change, Datum
from fem.materials.mobile_ion import IonTable, MobileIon
from fem.materials.spectrum import Spectrum

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
class Material:
    """A material: its kind and its data, each a Datum.

    ``kind`` is "semiconductor", "insulator" or "metal". Electron affinity [eV], work function [eV] and
    ``trap_energy`` [eV] are depths below the vacuum level, counted positive. Without lifetimes there is no
    Shockley-Read-Hall recombination; with lifetimes but without ``trap_energy`` the level is the intrinsic
    one, where n1 = p1 = n_i. With a field factor γ a mobility grows with the field E as exp(γ √E), as hopping or
    trap-limited transport does (Poole and Frenkel). ``absorption`` [1/m] is a table by wavelength, a Spectrum.
    Dopants with a ``donor_depth`` below the conduction band or an ``acceptor_depth`` above the valence band [eV] may
    hold their carriers (``fem.forms.dopants``); those without one are all ionised.
    Above its ``decomposition_temperature`` [K] it does not stay what it is: states of a coupled temperature that are
    hotter warn of it, and with ``Decomposition`` it conducts no more.

    Effective densities of states that are plain numbers are those of 300 K and go with T^1.5; of gaps, ``Varshni`` is a
    law. Tunnelling masses, in units of the electron's mass, are those under the barrier of an insulator
    (``Interlayer``). No equation uses ``Datum.valid``, but a device at another temperature warns of it.
    ``electrical_conductivity`` is that of array lines, for electrodes of a device are equipotentials, and of what leaks
    through an ``Interlayer``.

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
    electron_field_factor: Datum | None = None
    hole_field_factor: Datum | None = None
    electron_lifetime: Datum | None = None
    hole_lifetime: Datum | None = None
    trap_energy: Datum | None = None
    radiative_coefficient: Datum | None = None
    donor_density: Datum | None = None
    acceptor_density: Datum | None = None
    electron_tunnelling_mass: Datum | None = None
    hole_tunnelling_mass: Datum | None = None
    donor_depth: Datum | None = None
    acceptor_depth: Datum | None = None
    work_function: Datum | None = None
    electrical_conductivity: Datum | None = None
    thermal_conductivity: Datum | None = None
    volumetric_heat_capacity: Datum | None = None
    decomposition_temperature: Datum | None = None
    absorption: Spectrum | None = None
    ions: Mapping[str, MobileIon] = field(default_factory=IonTable)
    modified: tuple[str, ...] = ()
    not_in_equations: ClassVar[tuple[str, ...]] = ("name", "modified")

    def __post_init__(self) -> None:
        known = table(instance(MobileIon, say="a MobileIon(mean_density=..., diffusivity=...)"))
        settle(self, "a material", name=text, ions=known)
        object.__setattr__(self, "ions", IonTable(self.ions))
        if self.kind not in REQUIRED:
            raise UnknownNameError("kind of material", self.kind, REQUIRED)
        for name, quantity in QUANTITIES.items():
            datum = getattr(self, name)
            if datum is not None:
                quantity.check(f"{name} of {self.name}", datum)
        if self.absorption is not None and not isinstance(self.absorption, Spectrum):
            raise IncompatibleError(
                f"absorption of {self.name} is {self.absorption!r}; it must be a Spectrum(wavelengths, values)."
            )
        if lacking := [name for name in REQUIRED[self.kind] if getattr(self, name) is None]:
            raise IncompatibleError(
                f"material {self.name} has no {', '.join(lacking)}, which every {self.kind} needs."
            )
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
        """Return the datum called ``name`` in SI units (energies in J) at ``temperature`` [K].

        Without one a plain number is as it was given. Densities of states that are plain numbers are those of 300 K
        and go with T^1.5; PowerLaw(N, 0.0) is one that does not.
        """
        datum = self.require(name, "this calculation")
        return datum.si(temperature, exp) * QUANTITIES[name].factor(datum, temperature)

    def beyond(self, temperature: float) -> list[str]:
        """Return in words which data do not hold at ``temperature`` [K], as their ``Datum.valid`` says."""
        data = {f"{name} of {self.name}": getattr(self, name) for name in QUANTITIES}
        return [
            f"{name} ({datum.valid[0]:g} to {datum.valid[1]:g} K)"
            for name, datum in data.items()
            if datum is not None and datum.valid and not datum.valid[0] <= temperature <= datum.valid[1]
        ]

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
        found = {datum.source for _, _, datum in self._rows()}
        found |= {self.absorption.source} if self.absorption is not None else set()
        return frozenset(found - {"assumed"})

    # -- changing --------------------------------------------------------------------------------------------

    def with_(self, **changes: Change | Spectrum | str | None) -> Material:
        """Return a new material with some data changed, marked by a ``*`` and listed in ``modified``.

        A change is a Datum, a bare float in SI units (``3.9 * eV``), a temperature law with an SI prefactor,
        or None to take an optional datum away; ``absorption`` is a Spectrum.
        ``name="..."`` gives the new material a name of its own.

        >>> from fem.materials import MAPBI3
        >>> from fem.units import eV
        >>> print(MAPBI3.with_(electron_affinity=3.9 * eV).electron_affinity)
        3.9 eV
        """
        changed: dict[str, Any] = {}
        for name, change in changes.items():
            if name == "name":
                continue
            if name == "absorption":
                changed[name] = change
                continue
            if name not in QUANTITIES:
                hint = "Ions are changed with with_ion()." if "ion" in name or name in ION_QUANTITIES else ""
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
            name: ION_QUANTITIES[name].datum(f"{name} of {species}", change)
            for name, change in given.items()
            if change is not None
        }
        before = ion if ion is not None else self.ions.get(species)
        if before is None and "mean_density" not in data:
            raise IncompatibleError(f"{species} is new in {self.name}: give its mean_density too.")
        kept = {} if before is None else {name: getattr(before, name) for name in ION_QUANTITIES}
        if "diffusivity" in data or "mobility" in data:
            kept |= {"diffusivity": None, "mobility": None}
        ions = dict(self.ions) | {species: MobileIon(**(kept | data))}
        whole = [name for name in ION_QUANTITIES if getattr(ion, name, None) is not None]
        names = data if ion is None else whole
        return self._marked({"ions": ions}, tuple(f"{species}.{name}" for name in names))

    def without_ion(self, species: str) -> Material:
        """Return a new, marked material in which ``species`` does not move."""
        if species not in self.ions:
            raise UnknownNameError(f"mobile ion of {self.name}", species, self.ions)
        ions = {name: ion for name, ion in self.ions.items() if name != species}
        return self._marked({"ions": ions}, (species,))

    # -- text ------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        header = ("quantity", "symbol", "value", "unit", "source", "note")
        rows = [header] + [
            (name, symbol, datum._value_text(), datum.unit, datum.source, datum._note_text())
            for name, symbol, datum in self._rows()
        ]
        if (table := self.absorption) is not None:
            rows.append(("absorption", "alpha", table.span, "1/m", table.source, table.note))
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
            for name, quantity in ION_QUANTITIES.items():
                datum = getattr(ion, name)
                if datum is not None:
                    yield f"{species}.{name}", quantity.symbol, datum

    def _marked(self, changed: dict[str, Any], names: tuple[str, ...], name: Any = None) -> Material:
        modified = self.modified + tuple(item for item in names if item not in self.modified)
        if name is None:
            name = self.name if self.name.endswith("*") or not names else self.name + "*"
        return replace(self, **changed, name=name, modified=modified)


def _check_room(material: str, species: str, ion: MobileIon) -> None:
    if ion.site_density is None or ion.mean_density.depends_on_temperature:
        return
    mean, sites = ion.mean_density.si(), ion.site_density.si()
    if mean >= sites:
        thing = f"mean density of {species} in {material}"
        raise OutOfRangeError(thing, float(f"{mean:.6g}"), f"below its site density {sites:.3g} m^-3")
