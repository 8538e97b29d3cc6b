"""The differential equations of a device, applied by UFL to smooth exact fields: sources and fluxes.

Written without the discrete equations; scaled: a device is 1 high, and its times are in units of L0^2/D0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Any

import numpy as np
import ufl
from dolfinx import fem as dfem

from fem import DeviceMesh
from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage

Fields = dict[str, Any]

SIGN = {"electron": -1, "hole": 1, "cation": 1, "anion": -1}
IONS = ("cation", "anion")
HEIGHT = 100e-9  # [m]
DENSITY = 1e23  # [1/m^3], the largest mean ion and doping density, which is the device's unit
TEMPERATURE = 300.0
VOLTAGE = thermal_voltage(TEMPERATURE)
TIME = HEIGHT**2 / (1e-4 * VOLTAGE)  # [s]
LIMIT = 2.0  # site density of the ions [DENSITY]
DEBYE = VACUUM_PERMITTIVITY * VOLTAGE / (ELEMENTARY_CHARGE * DENSITY * HEIGHT**2)
GENERATION, ABSORPTION = 0.8, 1.5  # [DENSITY/TIME], [1/HEIGHT]


@dataclass(frozen=True)
class Film:
    """A material: mobilities [1e-4 m^2/(V s)], energies [eV], densities [DENSITY], times [TIME]."""

    electron: float = 2.0
    hole: float = 0.7
    ion: float = 0.5
    affinity: float = 4.0
    gap: float = 0.3
    trap: float = 4.1
    states: float = 22.0
    electron_lifetime: float = 0.4
    hole_lifetime: float = 0.9
    radiative: float = 0.5
    donors: float = 1.0
    ions: float = 1.0
    permittivity: float = 24.0

    def ratios(self, reference: Film) -> dict[str, float]:
        """Return densities over reduced densities."""
        deeper = (self.affinity - reference.affinity) / VOLTAGE
        narrower = (reference.gap - self.gap) / VOLTAGE
        states = self.states / reference.states
        return {"electron_ratio": states * np.exp(deeper), "hole_ratio": states * np.exp(narrower - deeper)}

    def levels(self) -> dict[str, float]:
        """Return n1 and p1 of the traps [DENSITY]."""
        return {
            "n1": self.states * np.exp((self.affinity - self.trap) / VOLTAGE),
            "p1": self.states * np.exp((self.trap - self.affinity - self.gap) / VOLTAGE),
        }

    def material(self, devices: ModuleType, name: str) -> Any:
        """Return the material in SI units."""
        ion = devices.ion(self.ions * DENSITY, site=LIMIT * DENSITY, diffusivity=self.ion * 1e-4 * VOLTAGE)
        return devices.semiconductor(
            name,
            permittivity=self.permittivity,
            conduction=self.affinity,
            valence=self.affinity + self.gap,
            states=self.states * DENSITY,
            mobility=(self.electron * 1e-4, self.hole * 1e-4),
            ions=dict.fromkeys(IONS, ion),
            donor_density=(self.donors * DENSITY, "m^-3"),
            trap_energy=(self.trap, "eV"),
            electron_lifetime=(self.electron_lifetime * TIME, "s"),
            hole_lifetime=(self.hole_lifetime * TIME, "s"),
            radiative_coefficient=(self.radiative / (DENSITY * TIME), "m^3/s"),
        )


class Place:
    """Where one is: the height from 0 to 1, and something that varies across, without a slope at the sides."""

    def __init__(self, mesh: DeviceMesh) -> None:
        self.x = ufl.SpatialCoordinate(mesh.mesh)
        self.radius = self.x[0] + 1e-9 if mesh.axisymmetric else None  # off the axis, where 0/0 is looked at
        self.ring = 2 * np.pi * self.x[0] if mesh.axisymmetric else ufl.as_ufl(1.0)
        self.height = self.x[mesh.dim - 1]
        if self.radius is not None:
            self.across = 2 * (1 - self.radius**2) ** 2 - 1
        else:
            self.across = ufl.as_ufl(1.0)
            for k in range(mesh.dim - 1):
                self.across = self.across * ufl.cos(np.pi * self.x[k])

    def div(self, flux: Any) -> Any:
        """Return the divergence of a flux, around the axis if there is one."""
        around = flux[0] / self.radius if self.radius is not None else 0.0
        return ufl.div(flux) + around


@dataclass
class Equations:
    """The differential equations of the fields present; ``film``: its data, by cell if there are two films."""

    exact: Fields
    place: Place
    time: Any
    film: Mapping[str, Any]

    def density(self, name: str) -> Any:
        """Return a density from its unknown."""
        return self.film.get(f"{name}_ratio", 1.0) * self.exact[name]

    def flux(self, name: str) -> Any:
        """Return the flux of particles, or the electric displacement."""
        psi = self.exact["potential"]
        if name == "potential":
            return -DEBYE * self.film["permittivity"] * ufl.grad(psi)
        density, sign = self.density(name), SIGN[name]
        if name in IONS:
            excess = -ufl.ln(1 - density / LIMIT)
            return -self.film["ion"] * density * ufl.grad(ufl.ln(density) + excess + sign * psi)
        return -self.film[name] * (ufl.grad(density) + sign * density * ufl.grad(psi))

    def source(self, name: str) -> Any:
        """Return what the equation leaves of the exact fields."""
        left = self.place.div(self.flux(name))
        if name == "potential":
            return left - self.charge()
        left += ufl.diff(self.density(name), self.time)
        return left + self.loss() if name not in IONS and {"electron", "hole"} <= set(self.exact) else left

    def charge(self) -> Any:
        """Return the space charge: doping, carriers, and ions on their background."""
        total = self.film["donors"]
        for name, sign in SIGN.items():
            if name in self.exact:
                total += sign * (self.density(name) - (self.film["ions"] if name in IONS else 0.0))
        return total

    def loss(self) -> Any:
        """Return recombination less generation."""
        film, n, p = self.film, self.density("electron"), self.density("hole")
        excess = n * p - film["n1"] * film["p1"]
        traps = film["hole_lifetime"] * (n + film["n1"]) + film["electron_lifetime"] * (p + film["p1"])
        light = GENERATION * ufl.exp(-ABSORPTION * self.place.height)
        return excess / traps + film["radiative"] * excess - light


def film_data(mesh: DeviceMesh, films: Mapping[str, Film]) -> dict[str, Any]:
    """Return the data of the films by name: numbers of one film, piecewise constant functions of two."""
    reference = next(iter(films.values()))
    table = {
        region: {f.name: getattr(film, f.name) for f in fields(film)} | film.ratios(reference) | film.levels()
        for region, film in films.items()
    }
    if len(films) == 1:
        return next(iter(table.values()))
    space = dfem.functionspace(mesh.mesh, ("DG", 0))
    found: dict[str, Any] = {name: dfem.Function(space) for name in next(iter(table.values()))}
    for region, data in table.items():
        for name, value in data.items():
            found[name].x.array[mesh.cells(region)] = value
    return found
