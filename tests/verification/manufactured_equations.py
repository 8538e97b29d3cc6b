"""The differential equations of a device, applied by UFL to smooth exact fields: sources and fluxes.

Written without the discrete equations; scaled: a device is 1 high, and its times are in units of L0^2/D0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from types import ModuleType
from typing import Any

import numpy as np
import ufl
from dolfinx import fem as dfem

from fem import DeviceMesh
from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage
from fem.materials import Arrhenius, PowerLaw

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
    """A material: mobilities [1e-4 m^2/(V s)], energies [eV], densities [DENSITY], times [TIME].

    Heat conductivity [k DENSITY HEIGHT^2/TIME] and capacity [k DENSITY]; ``ion_barrier`` [eV] counts from
    TEMPERATURE.
    """

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
    conductivity: float = 40.0
    capacity: float = 8.0
    ion_barrier: float = 0.1

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
        grown = self.ion * 1e-4 * VOLTAGE * float(np.exp(self.ion_barrier / VOLTAGE))
        ion = replace(ion, diffusivity=devices.datum(Arrhenius(grown, self.ion_barrier), "m^2/s"))
        heat = BOLTZMANN * DENSITY
        return devices.semiconductor(
            name,
            permittivity=self.permittivity,
            conduction=self.affinity,
            valence=self.affinity + self.gap,
            states=PowerLaw(self.states * DENSITY, 0.0),  # the laws have tests of their own
            mobility=(self.electron * 1e-4, self.hole * 1e-4),
            ions=dict.fromkeys(IONS, ion),
            donor_density=(self.donors * DENSITY, "m^-3"),
            trap_energy=(self.trap, "eV"),
            electron_lifetime=(self.electron_lifetime * TIME, "s"),
            hole_lifetime=(self.hole_lifetime * TIME, "s"),
            radiative_coefficient=(self.radiative / (DENSITY * TIME), "m^3/s"),
            thermal_conductivity=(self.conductivity * heat * HEIGHT**2 / TIME, "W/(m K)"),
            volumetric_heat_capacity=(self.capacity * heat, "J/(m^3 K)"),
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

    @property
    def warmth(self) -> Any:
        """The temperature [TEMPERATURE]."""
        return 1 + self.exact["temperature"] if "temperature" in self.exact else ufl.as_ufl(1.0)

    @property
    def ion_potential(self) -> Any:
        """The potential in which ions drift."""
        return self.exact["potential"]

    def activated(self, energy: Any) -> Any:
        """Return the factor by which the temperature changes what is activated with ``energy`` [eV]."""
        return ufl.exp(energy / VOLTAGE * (1 - 1 / self.warmth))

    def flux(self, name: str) -> Any:
        """Return the flux of particles, the electric displacement, or the flux of heat."""
        psi = self.ion_potential
        if name == "potential":
            return -DEBYE * self.film["permittivity"] * ufl.grad(psi)
        if name == "temperature":
            found = -self.film["conductivity"] * ufl.grad(self.exact[name])
            return sum((self.carried(s) * self.flux(s) for s in self.carriers), start=found)
        density, sign, warmth = self.density(name), SIGN[name], self.warmth
        if name in IONS:
            excess = -ufl.ln(1 - density / LIMIT)
            force = ufl.grad(ufl.ln(density) + excess) + sign * ufl.grad(psi) / warmth
            return -self.mobility(name) * density * force
        return -self.mobility(name) * (ufl.grad(density * warmth) + sign * density * ufl.grad(psi))

    def mobility(self, name: str) -> Any:
        """Return the mobility of carriers, the diffusivity of ions."""
        if name not in IONS:
            return self.film[name]
        return self.film["ion"] * self.activated(self.film["ion_barrier"])

    def source(self, name: str) -> Any:
        """Return what the equation leaves of the exact fields."""
        left = self.place.div(self.flux(name))
        if name == "potential":
            return left - self.charge()
        if name == "temperature":
            return left + self.film["capacity"] * ufl.diff(self.exact[name], self.time) - self.heat()
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
        return self.recombination() - GENERATION * ufl.exp(-ABSORPTION * self.place.height)

    def recombination(self) -> Any:
        """Return the rate through traps and with light."""
        film, n, p = self.film, self.density("electron"), self.density("hole")
        depth = film["trap"] - film["affinity"]
        n1, p1 = film["n1"] * self.activated(depth), film["p1"] * self.activated(film["gap"] - depth)
        traps = film["hole_lifetime"] * (n + n1) + film["electron_lifetime"] * (p + p1)
        return (n * p - n1 * p1) * (1 / traps + film["radiative"])

    @property
    def carriers(self) -> list[str]:
        """The carriers among the fields."""
        return [name for name in ("electron", "hole") if name in self.exact]

    def carried(self, name: str) -> Any:
        """Return the heat that a carrier takes along, Q = kT (1 + ln(N_c/n)) where N_c does not follow T."""
        return self.warmth * (1 + ufl.ln(self.film["states"] / self.density(name)))

    def heat(self) -> Any:
        """Return the square of each flux over its mobility and density, and R times the splitting of levels.

        To it comes what carriers take along, but for its divergence: along differences of the temperature, into the
        density, and from light.
        """
        total = ufl.as_ufl(0.0)
        for name in SIGN:
            if name in self.exact:
                flux = self.flux(name)
                heat = ufl.inner(flux, flux) / (self.mobility(name) * self.density(name))
                total += heat * self.warmth if name in IONS else heat
        if {"electron", "hole"} <= set(self.exact):
            n, p, film = self.density("electron"), self.density("hole"), self.film
            balance = film["n1"] * film["p1"] * self.activated(film["gap"])
            total += self.recombination() * self.warmth * ufl.ln(n * p / balance)
            total += (self.recombination() - self.loss()) * (self.carried("electron") + self.carried("hole"))
        for name in self.carriers:
            entropy = self.carried(name) / self.warmth
            total += entropy * ufl.inner(self.flux(name), ufl.grad(self.warmth))
            total -= self.carried(name) * ufl.diff(self.density(name), self.time)
        return total


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
