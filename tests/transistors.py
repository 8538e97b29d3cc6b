"""A thin-film transistor drawn for tests; loaded by the fixture ``transistors``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fem import Device, GateContact, OhmicContact
from fem.materials import Datum, Material
from fem.physics import Carriers, Poisson
from fem.units import eV, nm
from geometries import Drawing
from geometries.meshing.extrusion import Axis, ContactFace, Extrusion, LineBase

LENGTH, FILM, OXIDE = 400 * nm, 15 * nm, 30 * nm
PERMITTIVITY = 3.9


def drawing(depth: float | None = None, coarse: int = 24) -> Drawing:
    """Return the section: a film on an oxide, "source" and "drain" at its ends, "gate" below the oxide.

    ``coarse``: the number of cells along the channel.
    """
    across = 0.5 * (1 - np.cos(np.linspace(0.0, np.pi, coarse + 1)))  # finer towards the contacts
    in_film = np.array(
        [0.0, 0.03, 0.08, 0.17, 0.32, 0.6, 1.0]
    )  # finer towards the oxide, where the channel is
    up = np.concatenate((OXIDE * np.linspace(0.0, 1.0, 5), OXIDE + FILM * in_film[1:]))
    base = LineBase(Axis(marks=(0.0, LENGTH), nodes=tuple((LENGTH * across).tolist())))
    axis = Axis(marks=(0.0, OXIDE, OXIDE + FILM), nodes=tuple(up.tolist()))
    return Drawing(
        extrusion=Extrusion(base, axis, (("oxide", "film"),)),
        regions=("oxide", "film"),
        contact_faces=(
            ContactFace(name="source", axis=0, position=0.0, regions=("film",)),
            ContactFace(name="drain", axis=0, position=LENGTH, regions=("film",)),
            ContactFace(name="gate", axis=1, position=0.0, regions=("oxide",)),
        ),
        coordinates="cartesian",
        cross_section=depth,
        description={"shape": "transistor of a test"},
    )


def oxide() -> Material:
    """Return the gate oxide."""
    return Material(
        name="oxide", kind="insulator", relative_permittivity=Datum(PERMITTIVITY, "1", "assumed", "a test")
    )


def transistor(
    film: Material,
    *physics: Any,
    depth: float | None = None,
    contacts: Mapping[str, Any] | None = None,
    coarse: int = 24,
) -> Device:
    """Return an n-channel transistor: contacts at 4.0 eV, a gate at 4.4 eV, ``physics`` besides carriers."""
    ohmic = OhmicContact(work_function=4.0 * eV)
    own = {"source": ohmic, "drain": ohmic, "gate": GateContact(work_function=4.4 * eV)}
    return Device(
        mesh=drawing(depth, coarse),
        materials={"film": film, "oxide": oxide()},
        physics=[Poisson(), Carriers(), *physics],
        contacts={**own, **dict(contacts or {})},
        temperature=300.0,
    )
