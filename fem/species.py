"""Mobile ions by name, with the charge each of them carries.

>>> from fem.species import species
>>> species("iodide_vacancy").charge_number
1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import OutOfRangeError, UnknownNameError
from fem.errors.arguments import settle
from fem.errors.checking import whole


@dataclass(frozen=True)
class IonSpecies:
    """One kind of mobile ion: ``charge_number`` counts elementary charges, with its sign."""

    name: str
    charge_number: int
    long_name: str
    not_in_equations: ClassVar[tuple[str, ...]] = ("long_name",)

    def __post_init__(self) -> None:
        settle(self, "an ion species", charge_number=whole(-20, 20))
        if not self.name.isidentifier():
            raise OutOfRangeError(
                "name of an ion species", self.name, "a word of letters, digits and underscores"
            )
        if self.charge_number == 0:
            raise OutOfRangeError(f"charge_number of {self.name}", self.charge_number, "different from zero")

    @property
    def charge(self) -> float:
        """Charge of one ion [C].

        >>> IODIDE_VACANCY.charge
        1.602176634e-19
        """
        return self.charge_number * ELEMENTARY_CHARGE


IODIDE_VACANCY = IonSpecies("iodide_vacancy", +1, "iodide vacancy")
BROMIDE_VACANCY = IonSpecies("bromide_vacancy", +1, "bromide vacancy")
IODIDE_INTERSTITIAL = IonSpecies("iodide_interstitial", -1, "iodide interstitial")
METHYLAMMONIUM_VACANCY = IonSpecies("methylammonium_vacancy", -1, "methylammonium vacancy")
SILVER_ION = IonSpecies("silver_ion", +1, "silver ion")
CATION = IonSpecies("cation", +1, "cation")
ANION = IonSpecies("anion", -1, "anion")

#: Every predefined species by its name.
ALL: dict[str, IonSpecies] = {
    ion.name: ion
    for ion in (
        IODIDE_VACANCY,
        BROMIDE_VACANCY,
        IODIDE_INTERSTITIAL,
        METHYLAMMONIUM_VACANCY,
        SILVER_ION,
        CATION,
        ANION,
    )
}


def species(name: str | IonSpecies) -> IonSpecies:
    """Return the ion species called ``name``; an IonSpecies comes back as it is.

    Raises UnknownNameError, with close matches, for a name that is not predefined.

    >>> species("silver_ion").long_name
    'silver ion'
    """
    if isinstance(name, IonSpecies):
        return name
    if isinstance(name, str) and name in ALL:
        return ALL[name]
    hint = "Another ion is described by IonSpecies(name, charge_number, long_name)."
    raise UnknownNameError("ion species", name, ALL, hint)
