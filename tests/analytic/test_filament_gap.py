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


DEPTHS = (0.0, 0.5 * nm, 1 * nm, 2 * nm, 5 * nm)  # of the emptied layer


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


def gap_errors(kind: str) -> dict[float, float]:
    """Return by what share the resistance of a film with an emptied layer is beside the closed form, by its depth."""
    device = film(LAW, kind=kind)
    x = np.linspace(0, THICK, 200_001)
    found = {}
    for d in DEPTHS:
        start, edge = emptied(device, d)
        state = steady(device, {"top": 0.01}, start=start, frozen_ions=True)
        sigma = 1e-4 + average(x, edge) * (1e5 - 1e-4)
        resistance = float(np.trapezoid(1 / sigma, x)) / AREA[kind]
        found[d] = abs(0.01 / state.current("top") / resistance - 1)
    return found


@pytest.mark.parametrize("kind", AREA)
def test_emptied_layer_conducts_as_the_closed_form_of_the_averaged_density(kind: str) -> None:
    """Within 1 %, over four decades of resistance, in one, two and three dimensions."""
    errors = gap_errors(kind)
    assert max(errors.values()) < 0.01, errors


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


def plug_error() -> float:
    """Return how far the potential of ions is from that of the current in a film full of ions, at most [V]."""
    device = film(LAW, screening=Screening(carrier_mobility=MOBILITY))
    plug = steady(device, {"top": 0.2}, start=emptied(device, 0.0)[0], frozen_ions=True)
    return float(np.abs(psi(plug) - plug.potential()).max())


def gap() -> tuple[Array, float]:
    """Return the slopes of the potential of ions over a gap of 4 nm that conducts nothing, at 0.2 V, and its depth."""
    law = ConductivityFormula(
        ion=VACANCY, density=RICH, formula=lambda c, kt, exp, lowest: 1e-12 + 1e6 * (c / RICH) ** 8
    )
    device = film(law, screening=Screening(carrier_mobility=MOBILITY))
    start, edge = emptied(device, 4 * nm)
    state = steady(device, {"top": 0.2}, start=start, frozen_ions=True)
    x = height(device)
    inside = (x > 0) & (x < edge - 0.3 * nm)
    return psi(state)[inside] / x[inside], edge


def bend_of_gap(slopes: Array) -> float:
    """Return how far a potential is from a straight line, over itself."""
    return float(np.ptp(slopes) / slopes.max())


def test_potential_of_ions_is_that_of_the_current_in_a_plug_and_falls_evenly_over_a_gap() -> None:
    """Plug: within 1e-6 V. Gap of 4 nm that conducts nothing: a straight line to 1e-3."""
    assert plug_error() < 1e-6
    with pytest.warns(ModelWarning, match="averaging_length"):
        slopes, edge = gap()
    assert bend_of_gap(slopes) < 1e-3
    assert slopes.max() == pytest.approx(0.2 / edge, rel=0.06)  # the plug screens over a length of its own


def psi(state: State) -> Array:
    """Return the electrostatic potential at the nodes [V]."""
    context = state.device.context
    return np.asarray(state.values[:, context.index("electrostatic potential")] * context.scaling.potential)


def on_conductor(spacer: float, length: float) -> tuple[Array, State]:
    """Return the heights above an insulating ``spacer`` on a contact, and 0.1 V over it and a film that screens.

    The film is 10 nm thick, and screens over ``length`` [m], one conductivity everywhere.
    """
    kt = BOLTZMANN * 300.0 / ELEMENTARY_CHARGE
    sigma = PERMITTIVITY * VACUUM_PERMITTIVITY * kt * MOBILITY / (length**2 - (0.1 * nm) ** 2)
    layers = [Layer("spacer", spacer), Layer("film", 10 * nm)]
    device = Device(
        mesh=VerticalStack(*layers).mesh(size=max(0.05 * nm, spacer / 40), interface_size=0.05 * nm),
        materials={
            "spacer": material(electrical_conductivity=(1e-13 * sigma, "S/m")),
            "film": material(electrical_conductivity=(sigma, "S/m")),
        },
        physics=[Conduction(screening=Screening(carrier_mobility=MOBILITY))],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    return height(device) - spacer, steady(device, {"top": 0.1})


def layer_error() -> float:
    """Return how far the potential of ions in a film that screens over 1.5 nm is from the hyperbolic sine [0.1 V]."""
    spacer, length, thick = 2 * nm, 1.5 * nm, 10 * nm
    depth, state = on_conductor(spacer, length)
    # in the film φ is 0.1 V, and u = ψ - φ obeys u'' = u/λ², u(L) = 0, with the line of the spacer: u' = (u + 0.1 V)/s
    share = 1 / (1 + spacer / length / np.tanh(thick / length))
    u = -0.1 * share * np.sinh((thick - depth) / length) / np.sinh(thick / length)
    inside = depth >= 0
    return float(np.abs(psi(state)[inside] - 0.1 - u[inside]).max() / 0.1)


def metals_error() -> float:
    """Return how far the potential of ions over 200 nm before a film that screens over 0.11 nm is from Laplace's.

    In shares of the 0.1 V, Laplace's being that between two metals: a straight line over the 200 nm alone.
    """
    spacer = 200 * nm
    depth, state = on_conductor(spacer, 0.11 * nm)
    inside = depth <= 0
    return float(np.abs(psi(state)[inside] / 0.1 - 1 - depth[inside] / spacer).max())


def test_field_in_a_layer_of_one_screening_length_is_that_of_the_hyperbolic_sine() -> None:
    r"""An insulating layer on a conductor: :math:`\psi - \varphi \propto \cosh` in it, to 1e-4 of the voltage."""
    assert layer_error() < 1e-4


def test_wide_gap_before_a_film_that_screens_at_once_is_that_between_metals() -> None:
    """To 1e-3 of the voltage, of which the film's screening length takes 0.11 nm in 200 nm."""
    assert metals_error() < 1e-3


def test_a_conductivity_without_a_law_is_refused_when_it_is_made() -> None:
    with pytest.raises(IncompatibleError, match="ConductivityLaw has no law"):
        ConductivityLaw(ion=VACANCY, density=RICH)


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
