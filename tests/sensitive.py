"""Devices whose sensitivities several tests compare with whole solves, and the differences of these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from fem import (
    Device,
    HeatSink,
    NewtonOptions,
    OhmicContact,
    Parameter,
    SchottkyContact,
    State,
    StepControl,
    equilibrium,
    integrate,
    steady,
)
from fem.materials import Arrhenius, Material, MobileIon
from fem.physics import Carriers, Conduction, Heat, Illumination, MobileIons, Poisson, VacancyConductivity
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.devices import datum, insulator, ion, semiconductor

Array = npt.NDArray[np.float64]
ION = "iodide_vacancy"
TIGHT = NewtonOptions(tolerance=1e-11)
#: Steps that do not depend on the device: as long as the drive allows, and twice the one before.
FIXED = StepControl(tolerance=1e6, max_bias_step=0.05)


def cell(*, shape: Any = None, comm: Any = None, size: float = 10 * nm) -> Device:
    """Return a lit film with ions of limited sites on a doped layer, between a Schottky and an ohmic contact."""
    from fem import DeviceMesh

    film = semiconductor(
        "film",
        permittivity=20.0,
        conduction=3.9,
        valence=4.9,
        states=2e24,
        mobility=(2e-4, 1e-4),
        ions={ION: ion(1e24, site=5e24, diffusivity=1e-12)},
        electron_lifetime=(1e-9, "s"),
        hole_lifetime=(2e-9, "s"),
        trap_energy=(4.3, "eV"),
        radiative_coefficient=(1e-14, "m^3/s"),
    )
    layer = semiconductor(
        "layer", permittivity=9.0, conduction=4.0, valence=5.5, states=1e25, mobility=1e-5,
        donor_density=(1e23, "m^-3"),
    )  # fmt: skip
    stack = VerticalStack(Layer("layer", 20 * nm), Layer("film", 60 * nm))
    sizes: dict[str, Any] = {"size": size, "interface_size": 2 * nm, "growth": 2.0}
    light = Illumination(500e-9, 1e5, side="top", absorption={"layer": 1e5, "film": 1e7}, quantum_yield=0.9)
    return Device(
        mesh=DeviceMesh.from_drawing(stack.mesh(shape=shape, **sizes), comm),
        materials={"layer": layer, "film": film},
        physics=[Poisson(), Carriers(), MobileIons(ION), light],
        contacts={
            "bottom": OhmicContact(work_function=4.1 * eV),
            "top": SchottkyContact(
                work_function=4.6 * eV, electron_velocity=1e4, image_force_permittivity=5.0
            ),
        },
        temperature=300.0,
    )


def conductor() -> Device:
    """Return a film whose conductivity its ions make, on one that has its own, heated by its current."""
    thermal = {
        "thermal_conductivity": datum(0.5, "W/(m K)"),
        "volumetric_heat_capacity": datum(1e6, "J/(m^3 K)"),
    }
    film = insulator(
        "film",
        10.0,
        ions={
            ION: MobileIon(
                mean_density=datum(1e26, "m^-3"),
                site_density=datum(3e26, "m^-3"),
                diffusivity=datum(Arrhenius(3e-9, 0.25), "m^2/s"),
            )
        },
        **thermal,
    )
    end = Material(
        name="end", kind="insulator", relative_permittivity=datum(10.0, "1"),
        electrical_conductivity=datum(Arrhenius(50.0, 0.1), "S/m"), **thermal,
    )  # fmt: skip
    law = VacancyConductivity(ion=ION, poor=Arrhenius(1e1, 0.08), rich=Arrhenius(1e2, 0.05), density=2.9e26)
    contact = [OhmicContact(), HeatSink(300.0, 1e-6)]
    return Device(
        mesh=VerticalStack(Layer("end", 20 * nm), Layer("film", 40 * nm)).mesh(
            size=10 * nm, interface_size=2 * nm, growth=2.0
        ),
        materials={"end": end, "film": film},
        physics=[Conduction({"film": law}), MobileIons(ION, regions=("film",)), Heat()],
        contacts={"bottom": contact, "top": contact},
        temperature=300.0,
    )


def at_rest(device: Device, bias: Mapping[str, float], light: float = 0.0, **more: Any) -> State:
    """Return a steady state to the last digits."""
    return steady(device, bias, light=light, max_bias_step=1.0, options=TIGHT, **more)


#: how each device is built, its voltage at "top" [V] and its light
DRIVES: dict[str, tuple[Callable[[], Device], float, float]] = {
    "cell": (cell, 0.3, 1.0),
    "conductor": (conductor, 0.3, 0.0),
}


def driven(case: str, device: Device | None = None) -> State:
    """Return the steady state of a device of ``DRIVES`` at its drive, or of another one at the same."""
    build, volts, light = DRIVES[case]
    return at_rest(device or build(), {"top": volts}, light)


def looped(device: Device, top: float, period: float, light: float = 0.0, **more: Any) -> Array:
    """Return the currents at "top" of a triangular loop to ``top`` [V], in steps that no datum moves."""
    start = at_rest(device, {}, light) if light else equilibrium(device)
    rate = 2 * top / period

    def bias(time: float) -> dict[str, float]:
        return {"top": rate * min(time, period - time)}

    states = integrate(
        device,
        start,
        bias=bias,
        end=period,
        kinks=[period / 2],
        light=light,
        control=FIXED,
        options=TIGHT,
        **more,
    )
    return np.array([start.current("top"), *(state.current("top") for state in states)])


def differences(parameter: Parameter, figures: Callable[[Device], Any], step: float = 1e-4) -> Any:
    """Return the derivatives of figures of a device by ln of a parameter: central differences of fourth order."""

    def at(steps: int) -> Any:
        return np.asarray(figures(parameter.device_of(parameter.value * (1 + steps * step))))

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
