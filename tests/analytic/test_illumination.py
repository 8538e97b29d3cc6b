"""Light on its way through a device: Beer's law, shadows and photocurrents against closed forms."""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from dolfinx import fem as dfem

from fem import Device, steady
from fem.constants import ELEMENTARY_CHARGE, PLANCK, SPEED_OF_LIGHT
from fem.forms.compilation import compiled
from fem.physics import Carriers, Illumination, OpticalGeneration, Poisson
from fem.physics.light.light_path import absorbed_shares
from fem.units import nm
from geometries import (
    Axisymmetric,
    ConeTip,
    Dot,
    Layer,
    Planar,
    TipElectrode,
    VerticalStack,
)

Array = npt.NDArray[np.float64]
GREEN, POWER = 532 * nm, 100.0  # [m], [W/m^2]
FLUX = POWER * GREEN / (PLANCK * SPEED_OF_LIGHT)
ALPHA = 1.2e7
WIDTH = 300 * nm
SHAPES = {
    "line": (None, 1.0),
    "planar": (Planar(width=WIDTH, lateral_size=80 * nm), WIDTH),
    "axisymmetric": (Axisymmetric(radius=WIDTH, lateral_size=80 * nm), np.pi * WIDTH**2),
    "dot": (Dot(side=WIDTH, dot_radius=60 * nm, lateral_size=80 * nm), WIDTH**2),
}


def light(**more: Any) -> Illumination:
    """Return green light from the top on a film of the coefficient ALPHA unless told otherwise."""
    return Illumination(GREEN, POWER, **({"side": "top", "absorption": {"film": ALPHA}} | more))


def lit(devices: ModuleType, drawing: Any, *terms: Any, **materials: Any) -> Device:
    """Return a device of the drawing with carriers and these terms; the film is that of the reference cells."""
    contacts = {name: devices.ohmic(4.6) for name in drawing.contacts}
    return Device(
        mesh=drawing,
        materials={"film": devices.film(traps=False)} | materials,
        physics=[Poisson(), Carriers(), *terms],
        contacts=contacts,
        temperature=300.0,
    )


def lumped(device: Device, term: Any) -> float:
    """Return the integral of the source of the continuity equations [1/s], per area or width as in the mesh."""
    context = device.context
    profile = term.rate_profile(context)
    inside = context.indicator(term.active_regions(device.setting))
    one = dfem.Function(context.scalar_space)
    one.x.array[:] = 1.0
    form = context.calculus.lump(lambda i: inside * context.calculus.at(profile, i), one)
    dim = 3 if device.mesh.axisymmetric else device.mesh.dim
    scale = device.scaling.rate * device.mesh.unit**dim * (device.mesh.cross_section or 1.0)
    return device.mesh.comm.allreduce(float(dfem.assemble_scalar(compiled(form)))) * scale


def film_drawing(shape: str, thickness: float, size: float, interface_size: float) -> Any:
    """Return the drawing of a film in the given shape, with a cap on it, a round one for the dot."""
    stack = VerticalStack(Layer("film", thickness), Layer("cap", 20 * nm))
    return stack.mesh(shape=SHAPES[shape][0], size=size, interface_size=interface_size)


def heights(device: Device) -> Array:
    """Return the coordinate across the layers of every node [m], shape (nodes,)."""
    x = device.context.scalar_space.tabulate_dof_coordinates()
    return np.asarray(x[:, device.mesh.dim - 1] * device.mesh.unit)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("side", ["top", "bottom"])
@pytest.mark.parametrize("thickness", [100 * nm, 10_000 * nm])
def test_film_absorbs_what_beer_and_lambert_say_on_a_coarse_mesh(
    devices: ModuleType, shape: str, side: str, thickness: float
) -> None:
    """Also where one cell is 50 absorption lengths thick: no photon is lost."""
    area = SHAPES[shape][1]
    term = light(side=side, reflectance=0.2, quantum_yield=0.9)
    drawing = film_drawing(shape, thickness, thickness / 2, thickness / 3)
    device = lit(devices, drawing, term, cap=devices.HTL)
    expected = 0.9 * 0.8 * FLUX * area * -np.expm1(-ALPHA * thickness)
    assert lumped(device, term) == pytest.approx(expected, rel=1e-10)
    assert term.generated(device) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("shape", SHAPES)
def test_profile_falls_exponentially_from_the_lit_side(devices: ModuleType, shape: str) -> None:
    """The rate at a node is a mean over its cells: within exp(αh) of that at the point, (αh)² without obtuse angles."""
    drawing = film_drawing(shape, 200 * nm, 8 * nm, 8 * nm)
    device = lit(devices, drawing, light(), cap=devices.HTL)
    z, rate = heights(device), light().rate_profile(device.context).x.array * device.scaling.rate
    inner = (z > 1 * nm) & (z < 199 * nm)
    expected = ALPHA * FLUX * np.exp(-ALPHA * (200 * nm - z))
    step = ALPHA * 8 * nm
    within = {"line": step**2 / 6, "planar": step**2}.get(shape, np.expm1(step))
    assert rate[inner] == pytest.approx(expected[inner], rel=within)


def test_layers_above_take_their_part(devices: ModuleType) -> None:
    """An absorbing layer, an insulator and a thin electrode above; what a layer without pairs takes is lost."""
    stack = VerticalStack(
        Layer("film", 150 * nm), Layer("glass", 50 * nm), Layer("HTL", 40 * nm), Layer("Au", 10 * nm)
    )
    drawing = stack.mesh(size=100 * nm, interface_size=20 * nm)
    alpha = {"film": ALPHA, "HTL": 5e6, "Au": 6e7}
    term = light(absorption=alpha)
    materials = {"glass": devices.insulator(), "HTL": devices.HTL, "Au": devices.metal(5.0)}
    device = lit(devices, drawing, term, **materials)
    below = FLUX * np.exp(-6e7 * 10 * nm)
    after = below * np.exp(-5e6 * 40 * nm)
    film = after * -np.expm1(-ALPHA * 150 * nm)
    assert lumped(device, term) == pytest.approx(below - after + film, rel=1e-10)
    only = light(absorption=alpha, regions=("film",))
    assert lumped(lit(devices, drawing, only, **materials), only) == pytest.approx(film, rel=1e-10)


@pytest.mark.parametrize("shape", ["planar", "axisymmetric", "dot"])
def test_film_beneath_a_narrow_electrode_is_dark(devices: ModuleType, shape: str) -> None:
    half = 100 * nm
    form, area = {
        "planar": (
            Planar(width=WIDTH, lateral_size=40 * nm, electrode_width=2 * half, electrode_layers=("Ag",)),
            WIDTH - 2 * half,
        ),
        "axisymmetric": (
            Axisymmetric(radius=WIDTH, lateral_size=40 * nm, electrode_radius=half, electrode_layers=("Ag",)),
            np.pi * (WIDTH**2 - half**2),
        ),
        "dot": (
            Dot(side=WIDTH, dot_radius=half, lateral_size=40 * nm, electrode_layers=("Ag",)),
            None,
        ),
    }[shape]
    drawing = VerticalStack(Layer("film", 100 * nm), Layer("Ag", 20 * nm)).mesh(
        shape=form, size=40 * nm, interface_size=20 * nm
    )
    term = light()
    device = lit(devices, drawing, term, Ag=devices.metal(4.4))
    x = device.context.scalar_space.tabulate_dof_coordinates() * device.mesh.unit
    middle = {"planar": np.abs(x[:, 0] - WIDTH / 2), "axisymmetric": x[:, 0]}.get(
        shape, np.hypot(x[:, 0] - WIDTH / 2, x[:, 1] - WIDTH / 2)
    )
    if x[:, 0].min() < -1e-12:  # centred on the axis
        middle = np.hypot(x[:, 0], x[:, 1]) if shape == "dot" else np.abs(x[:, 0])
    rate = term.rate_profile(device.context).x.array
    assert np.abs(rate[middle < half - 25 * nm]).max() == 0.0
    assert rate[middle > half + 25 * nm][heights(device)[middle > half + 25 * nm] < 100.1 * nm].min() > 0
    made = lumped(device, term)
    if area is None:  # the polygon that the circle is in the mesh
        area = WIDTH**2 - np.pi * half**2
        assert made == pytest.approx(FLUX * area * -np.expm1(-ALPHA * 100 * nm), rel=0.02)
    else:
        assert made == pytest.approx(FLUX * area * -np.expm1(-ALPHA * 100 * nm), rel=1e-10)


def test_photons_are_conserved_on_an_unstructured_mesh(devices: ModuleType) -> None:
    """Triangles of gmsh around a tip; from below the tip is behind the film, from above it shades its part."""
    shape = TipElectrode(
        stack=VerticalStack(Layer("film", 60 * nm), Layer("Ag", 10 * nm)),
        electrode="Ag",
        film="film",
        tip=ConeTip(apex_radius=5 * nm, half_angle=0.35, height=30 * nm),
        width=120 * nm,
    )
    drawing = shape.mesh(size=6 * nm, apex_size=1.5 * nm, interface_size=3 * nm)
    silver = {"Ag": devices.metal(4.4)}
    through, below = light(absorption={"film": ALPHA, "Ag": 0.0}), light(side="bottom")
    totals = [lumped(lit(devices, drawing, t, **silver), t) for t in (through, below)]
    radius = 60 * nm
    flat = FLUX * np.pi * radius**2 * -np.expm1(-ALPHA * 60 * nm)
    device = lit(devices, drawing, below, **silver)
    z = np.linspace(30 * nm, 60 * nm, 20001)
    cone = tip_radius(device, z)
    # light from below that reaches the tip is not absorbed behind it
    lost = np.trapezoid(FLUX * np.exp(-ALPHA * z) * ALPHA * np.pi * cone**2, z)
    assert totals[1] == pytest.approx(flat - lost, rel=1e-8)
    assert 0.5 * flat < totals[0] < flat


def tip_radius(device: Device, z: Array) -> Array:
    """Return the radius of the tip at heights z [m] from the nodes on its surface."""
    mesh = device.mesh
    facets = mesh.facets("film|Ag")
    dofs = dfem.locate_dofs_topological(device.context.scalar_space, 1, facets)
    x = device.context.scalar_space.tabulate_dof_coordinates()[dofs] * mesh.unit
    x = x[np.lexsort((-x[:, 0], x[:, 1]))]
    on_tip = x[:, 1] < 60 * nm - 1e-12
    order = np.argsort(x[on_tip, 1])
    base = x[~on_tip, 0].min()
    height, radius = np.r_[x[on_tip, 1][order], 60 * nm], np.r_[x[on_tip, 0][order], base]
    return np.asarray(np.interp(z, height, radius, left=0.0))


def test_photocurrent_of_a_fully_collecting_slab_is_the_absorbed_photons(devices: ModuleType) -> None:
    """Transport layers keep carriers from the wrong contact, to which a few per cent would diffuse without them."""
    base = devices.three_layers(traps=False)
    clear = {"ETL": 0.0, "HTL": 0.0}
    blue = Illumination(450 * nm, 50.0, side="bottom", absorption={"film": 2e7} | clear, name="blue")
    green = light(absorption={"film": ALPHA} | clear)
    device = Device(
        mesh=base.mesh,
        materials=base.setting.materials,
        physics=[Poisson(), Carriers(recombination=()), green, blue],
        contacts=base.contacts,
        temperature=300.0,
    )
    dark = steady(device, {"top": -2.0}).current("top")
    bright = steady(device, {"top": -2.0}, light=1.0).current("top")
    pairs = green.generated(device) + blue.generated(device)
    assert dark - bright == pytest.approx(ELEMENTARY_CHARGE * pairs, rel=0.01)
    entering = FLUX * -np.expm1(-ALPHA * 400 * nm)
    assert green.generated(device) == pytest.approx(entering, rel=1e-10)


def test_a_thin_film_is_the_uniform_generation_it_absorbs(devices: ModuleType) -> None:
    """The same source as ``OpticalGeneration``, with the same factor ``light``."""
    drawing = VerticalStack(Layer("film", 100 * nm)).mesh(size=10 * nm, interface_size=2 * nm)
    weak = light(absorption={"film": 1.0})
    given = OpticalGeneration(1.0 * FLUX)
    contacts = {"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.3)}
    found = []
    for term in (weak, given):
        device = Device(
            mesh=drawing,
            materials={"film": devices.film()},
            physics=[Poisson(), Carriers(), term],
            contacts=contacts,
            temperature=300.0,
        )
        found.append(steady(device, {}, light=1e7).current("top"))
    assert found[0] == pytest.approx(found[1], rel=1e-6)


@pytest.mark.parametrize("depths", [(0, 0, 0, 0), (0, 0.1, 0.3, 2), (0, 30, 60, 60), (3, 3, 500, 4000)])
def test_share_of_a_corner_is_a_divided_difference_of_the_exponential(depths: tuple[float, ...]) -> None:
    """In forty digits, with equal depths parted by a millionth of a millionth of a millionth."""
    unit = np.vstack([np.zeros(3), np.eye(3)])[None]
    found = absorbed_shares(unit, np.array([depths], dtype=float))[0]
    for corner, share in enumerate(found):
        with localcontext() as context:
            context.prec = 150
            given = [*depths, depths[corner]]
            nodes = [-(Decimal(t) + Decimal(10) ** -18 * k) for k, t in enumerate(given)]
            table = [x.exp() for x in nodes]
            for k in range(1, len(nodes)):
                table = [(b - a) / (nodes[i + k] - nodes[i]) for i, (a, b) in enumerate(pairwise(table))]
            expected = float(table[0])
        assert share == pytest.approx(expected, rel=1e-12)
