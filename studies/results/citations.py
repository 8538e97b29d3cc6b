"""What a result rests on and is to cite: keys of references.bib, found in descriptions, and their BibTeX."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fem
from fem.errors import IncompatibleError, UnknownNameError

if TYPE_CHECKING:
    from pybtex.database import BibliographyData

#: What every result of the finite-element solver rests on: fluxes along edges, the programs that solve and mesh.
METHOD = ("ScharfetterGummel1969", "Baratta2023", "Alnaes2014", "PETSc", "Amestoy2001", "Geuzaine2009")
SMALL_SIGNAL = ("Laux1985",)
#: Class of a description by its name alone -> where its equations come from.
EQUATIONS: dict[str, tuple[str, ...]] = {
    "SchottkyContact": ("CrowellSze1966", "SzeNg2007"),
    "ShockleyReadHall": ("ShockleyRead1952",),
    "Traps": ("ShockleyRead1952",),
    "InterfaceTraps": ("ShockleyRead1952",),
    "InterfaceRecombination": ("ShockleyRead1952",),
    "Heat": ("Wachutka1990",),
    "MobileIons": ("Courtier2019",),
    "VacancyConductivity": ("Larentis2012",),
    "LandauKhalatnikov": ("LandauKhalatnikov1954",),
    "DomainSwitching": ("Merz1954", "Tagantsev2002"),
    "FowlerNordheim": ("LenzlingerSnow1969",),
    "DirectTunnelling": ("Simmons1963",),
    "PooleFrenkel": ("Frenkel1938",),
}
_OF_SOURCES = ("Datum", "Spectrum", "Reported")  # whose field "source" is a key
_NO_KEY = ("", "assumed", None)


def keys_of(description: Any) -> list[str]:
    """Return the keys on which what a description (``fem.description.to_dict``) is made of rests, sorted.

    These are the sources of its data, and of the equations of its terms and contacts.
    """
    return sorted(set(_found(description)))


def _found(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        kind = str(value.get("type", "")).rpartition(".")[2]
        yield from EQUATIONS.get(kind, ())
        if kind in _OF_SOURCES and value.get("source") not in _NO_KEY:
            yield str(value["source"])
        for item in value.values():
            yield from _found(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _found(item)


def citations(description: Any, *methods: str) -> list[str]:
    """Return the keys that a simulation of what is described is to cite: those of the method first."""
    first = [*METHOD, *methods]
    return [*first, *(key for key in keys_of(description) if key not in first)]


@cache
def references() -> BibliographyData:
    """Return all entries of references.bib."""
    from pybtex.database import parse_file

    package = Path(fem.__file__).parent
    for path in (package.parent / "references.bib", package / "materials" / "references.bib"):
        if path.is_file():
            return parse_file(str(path), bib_format="bibtex", encoding="utf-8")
    raise IncompatibleError("references.bib is not there: memfem is not whole; install it again.")


def known(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return those of the keys that references.bib has, and those that it does not have."""
    have, found = references().entries, list(dict.fromkeys(keys))
    return [key for key in found if key in have], [key for key in found if key not in have]


def bibtex(keys: Iterable[str]) -> str:
    """Return the entries of ``keys``, as BibTeX; raises UnknownNameError for one that references.bib does not have."""
    entries = references().entries
    wanted = list(dict.fromkeys(keys))
    for key in wanted:
        if key not in entries:
            raise UnknownNameError("key of references.bib", key, entries)
    return "\n".join(_entry(key, entries[key]) for key in wanted)


def _entry(key: str, entry: Any) -> str:
    """Return an entry letter by letter as it was read; pybtex would escape what is escaped already."""
    people = {role: " and ".join(map(str, persons)) for role, persons in entry.persons.items()}
    lines = [f"  {name:7} = {{{text}}}," for name, text in {**people, **entry.fields}.items()]
    return "\n".join([f"@{entry.type}{{{key},", *lines, "}", ""])
