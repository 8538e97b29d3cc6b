"""The description of a device that checks and coefficients need: mesh, materials, temperature, fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fem.forms.bands import Bands
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh

TEMPERATURE = "temperature"  #: the unknown of that name is (T - T0)/T0 with the ambient temperature T0
#: the unknown of that name is the electrostatic potential [kT/q] where "potential" is that of a Fermi level
ELECTROSTATIC = "electrostatic potential"
DROP = "drop at "  #: unknowns of such a name are V - V_film [kT0/q] at the contact of the rest of the name
DECOMPOSITION = "decomposition"  #: the unknown of that name is -ln of the share of a film that still conducts


@dataclass(frozen=True, kw_only=True)
class Field:
    """One unknown: its name, charge number and the regions in which it lives."""

    name: str
    charge_number: int
    regions: tuple[str, ...]
    ionic: bool = False
    controlled: bool = False  #: its error counts in the step control of transients
    trap: bool = False  #: electrons on a trap level, which do not move
    upper_bound: float | None = None  #: site density [1/m^3], densities stay below it
    shares_sites_with: tuple[str, ...] = ()  #: other ions on the same sites
    diffusivity: float = 0.0  #: largest one [m^2/s]; its equation is divided by it
    interface: str | None = None  #: on whose nodes alone it lives; its density is then n_s/L0
    density: bool = True  #: whether it is a density [N0], and so positive; measured absolutely if not
    held: bool = False  #: a polarisation or decomposition, of order one, which steady states keep as it was


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A device's description with its mesh: what checks and coefficients need."""

    mesh: DeviceMesh
    materials: Mapping[str, Material]  #: by region
    temperature: float  #: [K]
    statistics: str = "boltzmann"  #: of the carriers, by its name

    def of_kind(self, *kinds: str) -> tuple[str, ...]:
        """Return the regions whose material is of one of these kinds, in the mesh's order."""
        return tuple(r for r in self.mesh.regions if self.materials[r].kind in kinds)

    @cached_property
    def bands(self) -> Bands:
        """The bands of the semiconductors."""
        semiconductors = tuple(self.materials[r] for r in self.of_kind("semiconductor"))
        return Bands(semiconductors, self.temperature, self.statistics)
