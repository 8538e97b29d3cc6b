"""Contacts of several published devices: metals that emit over a barrier, which the image force lowers."""

from __future__ import annotations

from collections.abc import Mapping

from fem import SchottkyContact
from fem.materials import Material


def emitting(metals: Mapping[str, Material], image_force_permittivity: float) -> dict[str, SchottkyContact]:
    """Return a Schottky contact of each metal, at its own work function."""
    return {
        name: SchottkyContact(
            work_function=metal.si("work_function"), image_force_permittivity=image_force_permittivity
        )
        for name, metal in metals.items()
    }
