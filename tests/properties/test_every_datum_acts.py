"""Every datum that a material may have changes what some device puts out: none is declared and then never read.

Two short lines are driven: a lit film of carriers and ions between metals, and a conductor with ions and heat on
another one. Each datum in turn is raised by a tenth, and current, potential, temperature and admittance are compared; a
film that decomposes is so after some time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from fem import Device, GateContact, HeatSink, OhmicContact, SchottkyContact, admittance, integrate, steady
from fem.materials import Arrhenius, Datum, Material, MobileIon, Spectrum
from fem.materials.datum import ION_QUANTITIES, QUANTITIES
from fem.physics import (
    BarrierTunnelling,
    Carriers,
    Conduction,
    Decomposition,
    Heat,
    Illumination,
    Interlayer,
    InterlayerLeakage,
    MobileIons,
    Poisson,
    VacancyConductivity,
)
from fem.units import eV, nm
from geometries import Layer, VerticalStack

Array = npt.NDArray[np.float64]
ION = "iodide_vacancy"
SINK = 1e-6  #: thermal resistance of both ends [m^2 K/W], so that there is a rise of temperature to see


def datum(value: float, unit: str) -> Datum:
    """Return a value that this test has chosen."""
    return Datum(value, unit, "assumed", "a test")


THERMAL = {
    "thermal_conductivity": datum(0.5, "W/(m K)"),
    "volumetric_heat_capacity": datum(1e6, "J/(m^3 K)"),
}
FILM = Material(
    name="film",
    kind="semiconductor",
    relative_permittivity=datum(20.0, "1"),
    electron_affinity=datum(3.9, "eV"),
    band_gap=datum(0.8, "eV"),
    effective_dos_conduction=datum(2e24, "m^-3"),
    effective_dos_valence=datum(3e24, "m^-3"),
    electron_mobility=datum(2e-4, "m^2/(V s)"),
    hole_mobility=datum(1e-4, "m^2/(V s)"),
    electron_field_factor=datum(1e-4, "(m/V)^0.5"),
    hole_field_factor=datum(1e-4, "(m/V)^0.5"),
    electron_lifetime=datum(1e-9, "s"),
    hole_lifetime=datum(2e-9, "s"),
    trap_energy=datum(4.1, "eV"),
    radiative_coefficient=datum(1e-14, "m^3/s"),
    donor_density=datum(3e22, "m^-3"),
    acceptor_density=datum(2e22, "m^-3"),
    donor_depth=datum(0.1, "eV"),
    acceptor_depth=datum(0.15, "eV"),
    absorption=Spectrum((400e-9, 700e-9), (1e7, 1e6), source="assumed", note="a test"),
    ions={
        ION: MobileIon(
            mean_density=datum(1e24, "m^-3"),
            diffusivity=datum(1e-12, "m^2/s"),
            site_density=datum(5e24, "m^-3"),
        )
    },
)
LAYER = Material(
    name="layer",
    kind="insulator",
    relative_permittivity=datum(4.0, "1"),
    electron_affinity=datum(3.5, "eV"),
    band_gap=datum(1.6, "eV"),
    electron_tunnelling_mass=datum(0.4, "1"),
    hole_tunnelling_mass=datum(0.5, "1"),
    electrical_conductivity=datum(1e-6, "S/m"),
)
METAL = Material(name="metal", kind="metal", work_function=datum(4.2, "eV"))
IONIC = Material(
    name="ionic conductor",
    kind="insulator",
    relative_permittivity=datum(10.0, "1"),
    ions={
        ION: MobileIon(
            mean_density=datum(1e26, "m^-3"),
            mobility=datum(1e-11, "m^2/(V s)"),
            site_density=datum(3e26, "m^-3"),
        )
    },
    **THERMAL,
)
PLAIN = Material(
    name="conductor",
    kind="insulator",
    relative_permittivity=datum(10.0, "1"),
    electrical_conductivity=datum(1.0, "S/m"),
    **THERMAL,
)
FRAGILE = PLAIN.with_(name="fragile", decomposition_temperature=datum(440.0, "K"))


def cell(film: Material, metal: Material) -> Device:
    """Return a lit film between metals, whose work functions the contacts have."""
    stack = VerticalStack(Layer("low", 20 * nm), Layer("film", 60 * nm), Layer("high", 20 * nm))
    contact = SchottkyContact()
    light = Illumination(500e-9, 1e5, side="top", absorption={"high": 1e6})
    return Device(
        mesh=stack.mesh(size=10 * nm, interface_size=2 * nm, growth=2.0),
        materials={"low": metal, "film": film, "high": METAL},
        physics=[Poisson(), Carriers(), MobileIons(ION), light],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def covered(layer: Material) -> Device:
    """Return a film behind a layer that carriers of both kinds cross."""
    across = Interlayer(
        contact="top",
        across="layer",
        into="film",
        crossings=(BarrierTunnelling(("electron",)), BarrierTunnelling(("hole",)), InterlayerLeakage()),
    )
    return Device(
        mesh=VerticalStack(Layer("film", 40 * nm), Layer("layer", 2 * nm)).mesh(
            size=10 * nm, interface_size=1 * nm
        ),
        materials={"film": FILM, "layer": layer},
        physics=[Poisson(), Carriers(), across],
        contacts={"bottom": OhmicContact(), "top": GateContact(work_function=4.4 * eV)},
        temperature=300.0,
    )


def conductor(film: Material, end: Material) -> Device:
    """Return a film whose conductivity its ions make, on one that has its own."""
    stack = VerticalStack(Layer("end", 20 * nm), Layer("film", 40 * nm))
    law = VacancyConductivity(ion=ION, poor=Arrhenius(1e1, 0.1), rich=Arrhenius(1e2, 0.05), density=3e26)
    contact = [OhmicContact(), HeatSink(300.0, SINK)]
    return Device(
        mesh=stack.mesh(size=10 * nm, interface_size=2 * nm, growth=2.0),
        materials={"end": end, "film": film},
        physics=[Conduction({"film": law}), MobileIons(ION, regions=("film",)), Heat()],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def decomposing(film: Material) -> Device:
    """Return a film that decomposes, at 1/s at 440 K and so some 1e-5/s at the 300 K that it has here."""
    contact = [OhmicContact(), HeatSink(300.0, SINK)]
    return Device(
        mesh=VerticalStack(Layer("film", 40 * nm)).mesh(size=10 * nm, interface_size=10 * nm),
        materials={"film": film},
        physics=[Conduction(), Heat(), Decomposition(rate=1.0, energy=1.0 * eV)],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def outputs(device: Device, volts: float, light: float) -> dict[str, Array]:
    """Return current, potential, rise of the temperature and admittances at ``volts`` on top under a ``light``.

    Those of a steady state; of a film that decomposes, those after 1000 s.
    """
    state = steady(device, {"top": volts}, light=light, max_bias_step=1.0)
    if "decomposition" in device.context.names:
        *_, state = integrate(device, state, bias={"top": volts}, end=1e3)
    return {
        "current": np.array([state.current("top")]),
        "potential": state.potential(),
        **({"temperature": state.temperature() - 300.0} if device.heat else {}),
        "admittance": np.abs(admittance(state, "top", [1.0, 1e5, 1e7])).ravel(),
    }


def changed(material: Material, name: str) -> Material:
    """Return the material with a datum raised by a tenth; one of ions is named by ``ion.name``."""
    if name == "absorption":
        spectrum = material.absorption
        assert spectrum is not None
        return material.with_(absorption=replace(spectrum, values=tuple(1.1 * x for x in spectrum.values)))
    if name.startswith("ion."):
        part = name.removeprefix("ion.")
        before = getattr(material.ions[ION], part)
        return material.with_ion(ION, **{part: replace(before, value=1.1 * before.value)})
    before = getattr(material, name)
    return material.with_(**{name: replace(before, value=1.1 * before.value)})


def data_of(material: Material) -> list[str]:
    """Return the names of the data that a material has."""
    names = [name for name in (*QUANTITIES, "absorption") if getattr(material, name) is not None]
    return names + [
        f"ion.{n}" for i in material.ions.values() for n in ION_QUANTITIES if getattr(i, n) is not None
    ]


#: The material whose data are tried, what is built with it, at which voltage [V] and factor of the light.
CASES: dict[str, tuple[Material, Callable[[Material], Device], float, float]] = {
    "film": (FILM, lambda film: cell(film, METAL), 0.3, 1.0),
    "metal": (METAL, lambda metal: cell(FILM, metal), 0.3, 1.0),
    "ionic conductor": (IONIC, lambda film: conductor(film, PLAIN), 0.05, 0.0),
    "conductor": (PLAIN, lambda end: conductor(IONIC, end), 0.05, 0.0),
    "layer": (LAYER, covered, 0.3, 0.0),
    "decomposing": (FRAGILE, decomposing, 0.05, 0.0),
}
#: Where potential and current follow from a conductivity, no charge is asked for.
UNREAD = {
    "ionic conductor": {"relative_permittivity"},
    "conductor": {"relative_permittivity"},
    "decomposing": set(QUANTITIES) - {"decomposition_temperature"},  # all others are tried above
}
TRIED = [
    (case, name) for case in CASES for name in data_of(CASES[case][0]) if name not in UNREAD.get(case, ())
]


@cache
def before(case: str) -> dict[str, Array]:
    """Return the outputs of a case as it is."""
    material, build, *drive = CASES[case]
    return outputs(build(material), *drive)


@pytest.mark.parametrize(("case", "name"), TRIED)
def test_a_datum_that_a_material_has_changes_an_output(case: str, name: str) -> None:
    material, build, *drive = CASES[case]
    after = outputs(build(changed(material, name)), *drive)
    change = {k: float(np.abs(after[k] - x).max() / np.abs(x).max()) for k, x in before(case).items()}
    assert max(change.values()) > 1e-6, change


def test_every_datum_that_a_material_may_have_is_tried() -> None:
    assert {name for _, name in TRIED} == {*QUANTITIES, "absorption", *(f"ion.{n}" for n in ION_QUANTITIES)}
