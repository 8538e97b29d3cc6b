"""Devices with ``Conduction`` that several tests build: a resistor, and an oxide with a filament of vacancies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fem import Device, HeatSink, OhmicContact, State, equilibrium
from fem.device.state import with_ions
from fem.forms.compilation import compiled
from fem.materials import Arrhenius, Datum, Material, MobileIon
from fem.physics import Conduction, Heat, MobileIons, Screening, VacancyConductivity
from fem.units import nm
from geometries import Axisymmetric, FilamentSeed, Layer, VerticalStack

VACANCY = "iodide_vacancy"
LAW = VacancyConductivity(
    ion=VACANCY, poor=Arrhenius(1e-3, 0.05), rich=Arrhenius(3.3e4, 0.006), density=1.2e27
)


def datum(value: Any, unit: str) -> Datum:
    """Return a value that a test has chosen."""
    return Datum(value, unit, "assumed", "a test")


def material(kind: str = "insulator", **more: Any) -> Material:
    """Return a material that conducts heat; ``more``: (value, unit)."""
    given: dict[str, Any] = {
        "thermal_conductivity": (0.5, "W/(m K)"),
        "volumetric_heat_capacity": (1.2e6, "J/(m^3 K)"),
    }
    given |= {"relative_permittivity": (25.0, "1")} if kind == "insulator" else {"work_function": (4.5, "eV")}
    ions = more.pop("ions", {})
    data = {key: datum(*value) for key, value in (given | more).items()}
    return Material(name=kind, kind=kind, ions=ions, **data)


def resistor(
    *,
    conductivity: Any = 1.0,
    shape: Any = None,
    heat: bool = False,
    layers: Sequence[Layer] = (),
    **more: Any,
) -> Device:
    """Return 100 nm of a conductor [S/m] between two contacts; ``more``: of the device."""
    layers = layers or (Layer("film", 100 * nm),)
    given: dict[str, Any] = {
        "mesh": VerticalStack(*layers).mesh(shape=shape, size=10 * nm, interface_size=10 * nm),
        "materials": {
            layer.name: material(electrical_conductivity=(conductivity, "S/m")) for layer in layers
        },
        "physics": [Conduction(), *([Heat(electronic=False)] if heat else [])],
        "contacts": {name: OhmicContact() for name in ("bottom", "top")},
        "temperature": 300.0,
    }
    return Device(**(given | more))


def vacancies(mean: float = 1e25) -> MobileIon:
    """Return vacancies that hop over 1 eV."""
    return MobileIon(
        mean_density=datum(mean, "m^-3"),
        diffusivity=datum(Arrhenius(1e-7, 1.0), "m^2/s"),
        site_density=datum(1.2e27, "m^-3"),
    )


def oxide(
    *,
    law: VacancyConductivity = LAW,
    screening: Screening | None = None,
    size: float = 1.2 * nm,
    lateral_size: float = 2 * nm,
    sink: HeatSink = HeatSink(300.0),  # noqa: B008
    comm: Any = None,
) -> Device:
    """Return 20 nm of an oxide between metals of 10 nm, 25 nm in radius, with vacancies and heat."""
    from fem import DeviceMesh

    metal = material(
        "metal", thermal_conductivity=(20.0, "W/(m K)"), volumetric_heat_capacity=(2.8e6, "J/(m^3 K)")
    )
    film = material(ions={VACANCY: vacancies()})
    stack = VerticalStack(
        Layer("BE", 10 * nm, size=4 * nm),
        Layer("film", 20 * nm, size=size),
        Layer("TE", 10 * nm, size=4 * nm),
    )
    shape = Axisymmetric(radius=25 * nm, lateral_size=lateral_size)
    drawing = stack.mesh(size=4 * nm, interface_size=size, shape=shape)
    ends: Any = [OhmicContact(), sink]
    return Device(
        mesh=DeviceMesh.from_drawing(drawing, comm),
        materials={"BE": metal, "film": film, "TE": metal},
        physics=[Conduction({"film": law}, screening=screening), MobileIons(VACANCY), Heat()],
        contacts={"bottom": ends, "top": ends},
        temperature=300.0,
    )


def screened_oxide(*, sink: HeatSink = HeatSink(300.0), comm: Any = None) -> Device:  # noqa: B008
    """Return the oxide on coarser cells with an averaging length that they resolve and the screened potential."""
    return oxide(
        law=replace(LAW, averaging_length=2.7 * nm),
        screening=Screening(carrier_mobility=1e-4),
        size=1.6 * nm,
        lateral_size=2.5 * nm,
        sink=sink,
        comm=comm,
    )


def with_filament(device: Device, *, radius: float = 5 * nm, inside: float = 1.1e27) -> State:
    """Return the state at rest with a filament through the oxide."""
    seed = FilamentSeed(
        film=(10 * nm, 30 * nm),
        bottom_radius=radius,
        top_radius=radius,
        inside=inside,
        outside=1e24,
        edge_width=3 * nm,
    )
    return with_ions(equilibrium(device), VACANCY, lambda x: seed.density(x, 2))


def heat_capacity(device: Device) -> Any:
    """Return the heat capacity of each node of an axisymmetric device [J/K], shape (nodes,)."""
    import ufl
    from dolfinx import fem as dfem

    c = device.context.calculus
    density = device.context.by_region("test capacity", lambda _, m: float(m.si("volumetric_heat_capacity")))
    test = ufl.TestFunction(device.context.scalar_space)
    lumped = dfem.assemble_vector(compiled(c.lump(lambda i: density, test))).array
    return lumped * device.scaling.length**3
