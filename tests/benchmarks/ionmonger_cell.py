"""The default cell of IonMonger (N. E. Courtier et al., J. Comput. Electron. 18, 1435, 2019).

ETL 100 nm | perovskite 400 nm | HTL 200 nm at 298 K, iodide vacancies in the perovskite, light through the ETL.
The transport layers have one carrier each in IonMonger: here their other band is 3 eV away, so that it stays
empty. At the two interfaces the majority carriers of the transport layer recombine with the minority carriers
of the perovskite.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from fem.materials import Datum, Material, MobileIon, PowerLaw

T = 298.0  # [K]
VT = 1.380649e-23 * T / 1.602176634e-19  # [V]
#: Difference of the Fermi levels of the two doped layers [V].
BUILT_IN = (5.1 - VT * np.log(5e25 / 1e24)) - (4.0 + VT * np.log(5e25 / 1e24))
HIGH, RAMP = 1.2, 5.0  # [V], [s]: of the ramp from the built-in voltage, before the scan
ETL_WIDTH, FILM_WIDTH, HTL_WIDTH = 100e-9, 400e-9, 200e-9  # [m]
VACANCIES = 1.6e25  # mean density [1/m^3]
INTERFACES: tuple[dict[str, Any], ...] = (  # velocities [m/s]
    {
        "interface": "ETL|film",
        "electron_velocity": 1e5,
        "hole_velocity": 10.0,
        "electrons_from": "ETL",
        "holes_from": "film",
    },
    {
        "interface": "film|HTL",
        "electron_velocity": 0.1,
        "hole_velocity": 1e5,
        "electrons_from": "film",
        "holes_from": "HTL",
    },
)
PHOTONS, ABSORPTION = 1.4e21, 1.3e7  # [1/(m^2 s)], [1/m]


def datum(value: float | PowerLaw, unit: str) -> Datum:
    """Return a value of IonMonger's parameter file."""
    return Datum(value, unit, "assumed", "the default parameters of IonMonger")


def material(
    name: str,
    *,
    permittivity: float,
    bands: tuple[float, float],
    states: tuple[float, float],
    diffusivity: float,
    **more: Any,
) -> Material:
    """Return a layer; ``bands`` are the depths of both edges [eV]."""
    return Material(
        name=name,
        kind="semiconductor",
        relative_permittivity=datum(permittivity, "1"),
        electron_affinity=datum(bands[0], "eV"),
        band_gap=datum(bands[1] - bands[0], "eV"),
        effective_dos_conduction=datum(PowerLaw(states[0], 1.5, at=T), "m^-3"),
        effective_dos_valence=datum(PowerLaw(states[1], 1.5, at=T), "m^-3"),
        electron_mobility=datum(diffusivity / VT, "m^2/(V s)"),
        hole_mobility=datum(diffusivity / VT, "m^2/(V s)"),
        **more,
    )


def layers(ions: bool = True) -> dict[str, Material]:
    """Return the three materials."""
    vacancy = MobileIon(
        mean_density=datum(VACANCIES, "m^-3"), diffusivity=datum(6.5e-8 * _barrier(), "m^2/s")
    )
    wide: dict[str, Any] = {"states": (5e25, 5e25)}
    return {
        "ETL": material(
            "ETL",
            permittivity=10,
            bands=(4.0, 7.0),
            diffusivity=1e-5,
            donor_density=datum(1e24, "m^-3"),
            **wide,
        ),
        "film": material(
            "film",
            permittivity=24.1,
            bands=(3.7, 5.4),
            states=(8.1e24, 5.8e24),
            diffusivity=1.7e-4,
            electron_lifetime=datum(3e-9, "s"),
            hole_lifetime=datum(3e-7, "s"),
            ions={"iodide_vacancy": vacancy} if ions else {},
        ),
        "HTL": material(
            "HTL",
            permittivity=3,
            bands=(2.1, 5.1),
            diffusivity=1e-6,
            acceptor_density=datum(1e24, "m^-3"),
            **wide,
        ),
    }


def _barrier() -> float:
    return float(np.exp(-0.58 / VT))


def generation(x: Any) -> Any:
    """Return the generation at positions [m], shape (3, points) [1/(m^3 s)]."""
    return PHOTONS * ABSORPTION * np.exp(-ABSORPTION * np.clip(x[0] - ETL_WIDTH, 0.0, None))


def cell(*, refine: int = 1, ions: bool = True, interfaces: bool = True) -> Any:
    """Return the cell, its mesh cut ``refine`` times as fine; contact "top" is the anode."""
    from fem import Device, OhmicContact
    from fem.physics import Carriers, InterfaceRecombination, MobileIons, OpticalGeneration, Poisson
    from fem.units import nm
    from geometries import Layer, VerticalStack

    stack = VerticalStack(Layer("ETL", ETL_WIDTH), Layer("film", FILM_WIDTH), Layer("HTL", HTL_WIDTH))
    return Device(
        mesh=stack.mesh(size=8 * nm / refine, interface_size=0.3 * nm / refine, growth=1.15 ** (1 / refine)),
        materials=layers(ions),
        physics=[
            Poisson(),
            Carriers(),
            *([MobileIons("iodide_vacancy")] if ions else []),
            OpticalGeneration(generation, ("film",)),
            *([InterfaceRecombination(**at) for at in INTERFACES] if interfaces else []),
        ],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=T,
    )


def preconditioned(device: Any) -> Any:
    """Return the steady state at the built-in voltage under light."""
    from fem import steady

    return steady(device, {"top": float(BUILT_IN)}, start=steady(device, {}, light=1.0), light=1.0)


def scan(device: Any, start: Any, rate: float, **control: float) -> Iterator[Any]:
    """Yield the states of the ramp to 1.2 V and of the scan 1.2, 0, 1.2 V at ``rate`` [V/s]."""
    from fem import StepControl, integrate

    turn = RAMP + HIGH / rate
    times = np.array([0.0, RAMP, turn, turn + HIGH / rate])
    yield from integrate(
        device,
        start,
        bias=lambda t: {"top": float(np.interp(t, times, [BUILT_IN, HIGH, 0.0, HIGH]))},
        end=float(times[-1]),
        kinks=times,
        milestones=[*sample_times(rate)],
        light=1.0,
        control=StepControl(**control),
    )


def sample_times(rate: float) -> Any:
    """Return the times of the scan at which the bias is a multiple of 50 mV [s]."""
    return RAMP + np.arange(49) * 0.05 / rate


def loop(states: Any, rate: float) -> tuple[Any, Any, Any]:
    """Return the voltages 0, 0.05, ..., 1.2 V and the current [A/m^2] there on the way down and up."""
    times = np.array([state.time for state in states])
    at = [states[int(np.argmin(np.abs(times - t)))] for t in sample_times(rate)]
    assert np.abs(np.array([s.time for s in at]) - sample_times(rate)).max() < 1e-6 / rate
    current = np.array([s.current("top") for s in at])
    return np.arange(25) * 0.05, current[24::-1], current[24:]
