"""Where an ion moves, and what its materials say of it there."""

from __future__ import annotations

from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.setting import Setting
from fem.materials.material import Material
from fem.materials.mobile_ion import MobileIon


def regions_of(setting: Setting, name: str, given: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the regions in which an ion moves: the ``given`` ones, or all that have its data.

    Raises UnknownNameError or IncompatibleError.
    """
    if given is not None:
        for region in given:
            setting.mesh.require("region", region)
            if setting.materials[region].kind == "metal":
                raise IncompatibleError(f"{name} cannot move in region {region!r}, which is a metal.")
            ion_data(name, setting.materials[region])
        return given
    open_to_ions = setting.of_kind("semiconductor", "insulator")
    found = tuple(r for r in open_to_ions if name in setting.materials[r].ions)
    if not found:
        raise IncompatibleError(
            f"no region's material has data of the ion {name!r}; "
            "give them with Material.with_ion(...) or leave MobileIons out."
        )
    return found


def ion_data(name: str, material: Material) -> MobileIon:
    """Return the data of an ion; raises if the material has none."""
    return material.ion(name, f"MobileIons({name!r})")


def mean_density(name: str, material: Material, temperature: float) -> float:
    """Return the given mean density [1/m^3]."""
    return float(ion_data(name, material).mean_density.si(temperature))


def site_density(name: str, material: Material, temperature: float) -> float | None:
    """Return the density of sites [1/m^3], None where there is no limit; OutOfRangeError unless it is enough."""
    datum = ion_data(name, material).site_density
    limit = None if datum is None else float(datum.si(temperature))
    mean = mean_density(name, material, temperature)
    if limit is not None and not mean < limit:
        raise OutOfRangeError(
            f"mean density of {name} in {material.name} [1/m^3]", mean, f"below its site density {limit:g}"
        )
    return limit


def diffusivity(name: str, material: Material, temperature: float, charge_number: int) -> float:
    """Return the diffusivity [m^2/s]."""
    return float(ion_data(name, material).diffusivity_at(temperature, charge_number))
