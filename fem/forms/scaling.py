r"""One object for the scales of a device: length, density, time and what follows from them.

Potential in :math:`V_t = kT/q`, x in :math:`L_0` (the drawing unit of the mesh), densities in
:math:`N_0`, diffusivities in :math:`D_0 = \mu_0 V_t`, time in :math:`t_0 = L_0^2/D_0`, current density in
:math:`J_0 = q D_0 N_0/L_0` and :math:`\lambda^2 = \varepsilon_0 V_t/(q N_0 L_0^2)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY, thermal_voltage


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """The scales of one device, each in SI."""

    temperature: float  #: [K]
    length: float  #: L0 [m]
    density: float  #: N0 [1/m^3]
    mobility: float = 1e-4  #: mu0 [m^2/(V s)], any value: it only moves the time scale

    @property
    def potential(self) -> float:
        """Thermal voltage [V]."""
        return thermal_voltage(self.temperature)

    @property
    def energy(self) -> float:
        """kT [J]."""
        return self.potential * ELEMENTARY_CHARGE

    @property
    def diffusivity(self) -> float:
        """D0 [m^2/s]."""
        return self.mobility * self.potential

    @property
    def time(self) -> float:
        """t0 [s]."""
        return self.length**2 / self.diffusivity

    @property
    def rate(self) -> float:
        """Generation or recombination rate N0/t0 [1/(m^3 s)]."""
        return self.density / self.time

    @property
    def velocity(self) -> float:
        """D0/L0 [m/s]."""
        return self.diffusivity / self.length

    @property
    def current_density(self) -> float:
        """J0 [A/m^2]."""
        return ELEMENTARY_CHARGE * self.diffusivity * self.density / self.length

    @property
    def debye_factor(self) -> float:
        """λ², the factor of the relative permittivity in the scaled Poisson equation [1]."""
        return VACUUM_PERMITTIVITY * self.potential / (ELEMENTARY_CHARGE * self.density * self.length**2)
