r"""The gap of a filament: what an emptied layer conducts, and how the potential of its ions falls over it.

With the density 0 up to d and :math:`c_1` beyond, the average over :math:`\ell` on a film of thickness L is
:math:`c_1\sinh\frac{L-d}{\ell}\cosh\frac x\ell/\sinh\frac L\ell` in the layer and
:math:`c_1 - c_1\sinh\frac d\ell\cosh\frac{L-x}\ell/\sinh\frac L\ell` beyond.
"""

from __future__ import annotations

import warnings
from typing import Any

import dolfinx.mesh as dmesh
import numpy as np
import numpy.typing as npt
import pytest
from mpi4py import MPI

from fem import Device, DeviceMesh, GateContact, OhmicContact, State, equilibrium, steady, with_ions
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError
from fem.materials import Arrhenius
from fem.outputs import cell_values
from fem.physics import (
    Conduction,
    ConductivityFormula,
    ConductivityLaw,
    MobileIons,
    Screening,
    VacancyConductivity,
)
from fem.units import nm
from geometries import Layer, VerticalStack
from tests.conducting import VACANCY, material, vacancies

Array = npt.NDArray[np.float64]
THICK, ELL, RICH = 12 * nm, 0.5 * nm, 1e27
LAW = VacancyConductivity(
    ion=VACANCY,
    poor=Arrhenius(1e-4, 0.0),
    rich=Arrhenius(1e5, 0.0),
    density=RICH,
    interpolation="linear",
    averaging_length=ELL,
)
PERMITTIVITY, MOBILITY = 25.0, 1e-4
AREA = {"line": 1.0, "disc": np.pi * THICK**2, "box": THICK**2}


def column(kind: str, cells: int) -> DeviceMesh:
    """Return a film as high as wide, of cells of one height: a line, the half section of a disc, or a box."""
    if kind == "line":
        return named(dmesh.create_unit_interval(MPI.COMM_SELF, cells), "cartesian")
    if kind == "disc":
        return named(dmesh.create_unit_square(MPI.COMM_SELF, 3, cells), "axisymmetric")
    return named(dmesh.create_unit_cube(MPI.COMM_SELF, 2, 2, cells), "cartesian")


def named(mesh: Any, coordinates: str) -> DeviceMesh:
    """Return the device's mesh of one region "film", with the contacts bottom and top."""
    dim = mesh.topology.dim
    for pair in ((dim - 1, dim), (dim, dim - 1), (dim, dim)):
        mesh.topology.create_connectivity(*pair)
    cells = np.arange(mesh.topology.index_map(dim).size_local, dtype=np.int32)
    faces = [
        dmesh.locate_entities(mesh, dim - 1, lambda x, z=z: np.isclose(x[dim - 1], z))  # type: ignore[misc]
        for z in (0.0, 1.0)
    ]
    facets, tags = np.concatenate(faces), np.repeat([1, 2], [face.size for face in faces])
    order = np.argsort(facets)
    return DeviceMesh(
        mesh=mesh,
        cell_tags=dmesh.meshtags(mesh, dim, cells, np.ones_like(cells)),
        facet_tags=dmesh.meshtags(mesh, dim - 1, facets[order], tags[order].astype(np.int32)),
        regions={"film": 1},
        contacts={"bottom": 1, "top": 2},
        interfaces={},
        unit=THICK,
        coordinates=coordinates,
    )


def film(
    *laws: ConductivityLaw, kind: str = "line", cells: int = 240, screening: Screening | None = None
) -> Device:
    """Return a film of 12 nm between two contacts."""
    return Device(
        mesh=column(kind, cells),
        materials={"film": material(ions={VACANCY: vacancies()})},
        physics=[Conduction({"film": laws}, screening=screening), MobileIons(VACANCY)],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )


def height(device: Device) -> Array:
    """Return the height of every node of this rank [m]."""
    points = device.context.scalar_space.tabulate_dof_coordinates() * device.mesh.unit
    return np.asarray(points[:, device.mesh.dim - 1])


def emptied(device: Device, d: float) -> tuple[State, float]:
    """Return the state with no ions up to the node that is next to d, and half of them at it; and its height."""
    heights = height(device)
    edge = float(heights[np.argmin(np.abs(heights - d))])
    step = np.sign(np.round((heights - edge) / (1e-3 * nm)))

    def density(x: Array) -> Array:
        found = np.sign(np.round((x[device.mesh.dim - 1] - edge) / (1e-3 * nm)))
        return np.asarray(RICH * (1 + found) / 2 if edge > 0 else np.full(found.shape, RICH))

    assert step.min() <= 0
    return with_ions(equilibrium(device), VACANCY, density), edge


def average(x: Array, d: float) -> Array:
    """Return the averaged density over that of the filament."""
    low = np.sinh((THICK - d) / ELL) * np.cosh(x / ELL) / np.sinh(THICK / ELL)
    high = 1 - np.sinh(d / ELL) * np.cosh((THICK - x) / ELL) / np.sinh(THICK / ELL)
    return np.where(x < d, low, high)


@pytest.mark.parametrize("kind", AREA)
def test_emptied_layer_conducts_as_the_closed_form_of_the_averaged_density(kind: str) -> None:
    """Within 1 %, over three decades of resistance, in one, two and three dimensions."""
    device = film(LAW, kind=kind)
    x = np.linspace(0, THICK, 200_001)
    for d in (0.0, 0.5 * nm, 1 * nm, 2 * nm, 5 * nm) if kind == "line" else (0.0, 2 * nm):
        start, edge = emptied(device, d)
        state = steady(device, {"top": 0.01}, start=start, frozen_ions=True)
        sigma = 1e-4 + average(x, edge) * (1e5 - 1e-4)
        resistance = float(np.trapezoid(1 / sigma, x)) / AREA[kind]
        assert 0.01 / state.current("top") == pytest.approx(resistance, rel=0.01), d


def test_averaged_density_is_right_as_soon_as_the_ions_are_put_there() -> None:
    device = film(LAW)
    start, edge = emptied(device, 2 * nm)
    found = start.values[:, device.context.index(f"averaged {VACANCY}")] * device.scaling.density
    np.testing.assert_allclose(found / RICH, average(height(device), edge), rtol=0.01, atol=1e-9)
    sigma = cell_values(start)["conductivity"]
    assert sigma.max() == pytest.approx(1e5, rel=1e-3)
    assert sigma.min() == pytest.approx(1e5 * np.sinh(10e-9 / ELL) / np.sinh(THICK / ELL), rel=0.02)


def test_cells_beyond_0_6_of_the_length_and_no_length_at_all_are_warned_of() -> None:
    with pytest.warns(ModelWarning, match=r"0.353 nm high .* averaged over 0.5 nm"):
        film(LAW, cells=34)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        film(LAW, cells=40)
    with pytest.warns(ModelWarning, match="without an averaging_length"):
        film(VacancyConductivity(ion=VACANCY, poor=LAW.poor, rich=LAW.rich, density=RICH))


def test_two_lengths_of_one_ion_in_one_region_are_refused() -> None:
    other = VacancyConductivity(
        ion=VACANCY, poor=LAW.poor, rich=LAW.rich, density=RICH, averaging_length=1 * nm
    )
    with pytest.raises(IncompatibleError, match="different averaging lengths"):
        film(LAW, other)
    with pytest.raises(OutOfRangeError, match="averaging_length"):
        VacancyConductivity(ion=VACANCY, poor=LAW.poor, rich=LAW.rich, density=RICH, averaging_length=0.5)


def test_potential_of_ions_is_that_of_the_current_in_a_plug_and_falls_evenly_over_a_gap() -> None:
    """Plug: within 1e-6 V. Gap of 4 nm that conducts nothing: a straight line to 1e-3."""
    device = film(LAW, screening=Screening(carrier_mobility=MOBILITY))
    start, edge = emptied(device, 0.0)
    plug = steady(device, {"top": 0.2}, start=start, frozen_ions=True)
    found = psi(plug)
    assert np.abs(found - plug.potential()).max() < 1e-6
    gap = ConductivityFormula(
        ion=VACANCY, density=RICH, formula=lambda c, kt, exp, lowest: 1e-12 + 1e6 * (c / RICH) ** 8
    )
    with pytest.warns(ModelWarning, match="averaging_length"):
        device = film(gap, screening=Screening(carrier_mobility=MOBILITY))
    start, edge = emptied(device, 4 * nm)
    state = steady(device, {"top": 0.2}, start=start, frozen_ions=True)
    x = height(device)
    inside = x < edge - 0.3 * nm
    slope = psi(state)[inside] / x[inside].clip(1e-12)
    assert np.ptp(slope[x[inside] > 0]) < 1e-3 * slope.max()
    assert slope.max() == pytest.approx(0.2 / edge, rel=0.06)  # the plug screens over a length of its own


def psi(state: State) -> Array:
    """Return the electrostatic potential at the nodes [V]."""
    context = state.device.context
    return np.asarray(state.values[:, context.index("electrostatic potential")] * context.scaling.potential)


def test_field_in_a_layer_of_one_screening_length_is_that_of_the_hyperbolic_sine() -> None:
    r"""An insulating layer on a conductor: :math:`\psi - \varphi \propto \cosh` in it, to 1e-4 of the voltage."""
    kt = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    length = 1.5 * nm
    sigma = PERMITTIVITY * VACUUM_PERMITTIVITY * kt * MOBILITY / (length**2 - (0.1 * nm) ** 2)
    spacer = 2 * nm
    layers = [Layer("spacer", spacer), Layer("film", 10 * nm)]
    device = Device(
        mesh=VerticalStack(*layers).mesh(size=0.05 * nm, interface_size=0.05 * nm),
        materials={
            "spacer": material(electrical_conductivity=(1e-13 * sigma, "S/m")),
            "film": material(electrical_conductivity=(sigma, "S/m")),
        },
        physics=[Conduction(screening=Screening(carrier_mobility=MOBILITY))],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    state = steady(device, {"top": 0.1})
    x = height(device)
    # in the film φ is 0.1 V, and u = ψ - φ obeys u'' = u/λ², u(L) = 0, with the line of the spacer: u' = (u + 0.1 V)/s
    depth, thick = x - spacer, 10 * nm
    share = 1 / (1 + spacer / length / np.tanh(thick / length))
    u = -0.1 * share * np.sinh((thick - depth) / length) / np.sinh(thick / length)
    inside = depth >= 0
    np.testing.assert_allclose(psi(state)[inside] - 0.1, u[inside], atol=1e-5)


@pytest.mark.parametrize("mobility", [0.0, -1e-4, 1e2])
def test_mobilities_without_sense_are_refused(mobility: float) -> None:
    with pytest.raises(OutOfRangeError, match="carrier_mobility"):
        Screening(carrier_mobility=mobility)


def test_contacts_with_barriers_are_refused_with_a_screening() -> None:
    device = film(LAW)
    with pytest.raises(IncompatibleError, match="no barriers"):
        Device(
            mesh=device.mesh,
            materials=device.setting.materials,
            physics=[
                Conduction({"film": LAW}, screening=Screening(carrier_mobility=1e-4)),
                MobileIons(VACANCY),
            ],
            contacts={"bottom": OhmicContact(), "top": GateContact()},
            temperature=300.0,
        )
