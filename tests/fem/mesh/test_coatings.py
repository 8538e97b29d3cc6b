"""Coatings: a layer on a contact that was not drawn is the one that is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem as dfem
from mpi4py import MPI

from fem import Device, DeviceMesh, GateContact, OhmicContact, steady
from fem.errors import MeshError, OutOfRangeError
from fem.physics import Carriers, Interlayer, Poisson
from fem.units import eV, nm
from geometries import Axisymmetric, Dot, Layer, Planar, VerticalStack
from tests.interlayers import AFFINITY, FILM, contact_on_oxide, film, oxide

SHAPES: dict[str, Any] = {
    "line": None,
    "section": Planar(width=16 * nm, lateral_size=4 * nm),
    "disc": Axisymmetric(radius=16 * nm, lateral_size=4 * nm),
    "dot": Dot(side=16 * nm, dot_radius=6 * nm, lateral_size=5 * nm),
}


def coated(shape: Any, **coatings: Any) -> DeviceMesh:
    """Return the mesh of the film of ``tests.interlayers`` with coatings."""
    layers = [Layer("film", FILM), *([Layer("cap", 5 * nm)] if isinstance(shape, Dot) else [])]
    drawing = VerticalStack(*layers).mesh(size=5 * nm, interface_size=0.5 * nm, shape=shape)
    return DeviceMesh.from_drawing(drawing, MPI.COMM_SELF, coatings=coatings)


@pytest.mark.parametrize("name", SHAPES)
def test_coating_has_the_volume_of_its_face_times_its_thickness(name: str) -> None:
    mesh = coated(SHAPES[name], top=("oxide", 3 * nm))
    ring = 2 * np.pi * ufl.SpatialCoordinate(mesh.mesh)[0] if mesh.axisymmetric else 1.0
    cells = ufl.Measure("dx", mesh.mesh, subdomain_data=mesh.cell_tags)(mesh.regions["oxide"])
    tag = mesh.interfaces["cap|oxide" if name == "dot" else "film|oxide"]
    face = ufl.Measure("dS", mesh.mesh, subdomain_data=mesh.facet_tags)(tag)
    area = dfem.assemble_scalar(
        dfem.form((ring("+") if mesh.axisymmetric else dfem.Constant(mesh.mesh, 1.0)) * face)
    )
    volume = dfem.assemble_scalar(dfem.form(ring * dfem.Constant(mesh.mesh, 1.0) * cells))
    assert volume * mesh.unit == pytest.approx(area * 3 * nm, rel=1e-9)
    outer = ufl.Measure("ds", mesh.mesh, subdomain_data=mesh.facet_tags)(mesh.contacts["top"])
    top = dfem.assemble_scalar(dfem.form(ring * dfem.Constant(mesh.mesh, 1.0) * outer))
    assert top == pytest.approx(area, rel=1e-9)


@pytest.mark.parametrize("name", ["line", "section", "disc"])
def test_current_through_a_coating_is_that_of_the_layer_drawn(name: str) -> None:
    drawn = steady(contact_on_oxide(3 * nm, shape=SHAPES[name]), {"top": -0.6})
    device = Device(
        mesh=coated(SHAPES[name], top=("oxide", 3 * nm)),
        materials={"film": film(), "oxide": oxide()},
        physics=[Poisson(), Carriers(), Interlayer(contact="top", across="oxide", into="film")],
        contacts={"bottom": OhmicContact(), "top": GateContact(work_function=AFFINITY * eV)},
        temperature=300.0,
    )
    state = steady(device, {"top": -0.6})
    assert state.current("top") == pytest.approx(drawn.current("top"), rel=1e-4)


def test_both_contacts_of_a_film_can_be_coated() -> None:
    mesh = coated(None, top=("oxide", 3 * nm), bottom=("polymer", 5 * nm))
    assert set(mesh.regions) == {"film", "oxide", "polymer"}
    assert {"film|oxide", "film|polymer"} <= set(mesh.interfaces)


def test_what_cannot_be_coated_is_refused_in_words() -> None:
    with pytest.raises(MeshError, match="no face 'left' to coat"):
        coated(None, left=("oxide", 3 * nm))
    with pytest.raises(MeshError, match="a name that the mesh has"):
        coated(None, top=("film", 3 * nm))
    with pytest.raises(OutOfRangeError, match="thickness"):
        coated(None, top=("oxide", 3.0))
