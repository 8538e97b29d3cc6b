"""State: the unknowns of a device at one time and bias, with the currents that flow then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.device.density import content, density_field, density_of_unknown, only_side
from fem.errors import OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import array, function, instance, one_of, text
from fem.forms.nodes import closure_nodes
from fem.forms.setting import TEMPERATURE
from fem.mesh.ranks import collective, together

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
_DENSEST = 1e30  # [1/m^3]: more than any matter has
_FEWEST = 1e-12  # of the density before: what is left where there are to be no ions


@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """A solved state.

    ``values``: scaled unknowns on this rank, ghosts included, shape (nodes, unknowns per node).
    ``currents[contact][part]``: into the device [A, or A/m, A/m² where the mesh lacks the rest]; parts
    are the carriers, the ions, "polarization", "displacement" and "total" (see ``fem.currents``: the total flows at the
    contact, a part is, on a line, the mean over the device); ``current_errors[contact]``: of the total, by round-off
    and by what the solver left. ``light`` multiplies optical generation. ``source``:
    what the source of each contact with a circuit is set to (see ``fem.circuit``), whose ``bias`` is the device's own,
    as the currents are: ``Circuit.terminal_current`` is that of a cell of several such devices and a leakage.
    ``frozen_ions``: whether the ions were held where they are, so that they carry no current.
    """

    device: Device
    time: float
    bias: Mapping[str, float]
    values: Array
    light: float = 0.0
    currents: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    source: Mapping[str, float] = field(default_factory=dict)
    frozen_ions: bool = False
    current_errors: Mapping[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        bias = ", ".join(f"{name} {value:.6g} V" for name, value in self.bias.items())
        return f"State(t {self.time:.6g} s; {bias}; of {self.device!r})"

    @property
    def drive(self) -> dict[str, float]:
        """What each contact is driven with: its bias [V], or what the source of its circuit is set to [V or A]."""
        return {**self.bias, **self.source}

    def current(self, contact: str, part: str = "total") -> float:
        """Return the current into the device at a contact; raises UnknownNameError."""
        self.device.electrode(contact)
        parts = self.currents[contact]
        return parts[one_of(parts)("part of a current", part)]

    def current_error(self, contact: str) -> float:
        """Return by how much the total current at a contact may be wrong, in its unit; raises UnknownNameError.

        By the rounding of floating-point numbers and by what Newton's method and the linear solver left, not by the
        mesh or the time step: a current that is smaller is not known (``fem.currents`` says what
        of the smallest currents it leaves out). nan in a state from a checkpoint without it.
        """
        self.device.electrode(contact)
        return self.current_errors.get(contact, float("nan"))

    def potential(self) -> Array:
        """Return the potential of the vacuum level at the nodes of this rank [V], shape (nodes,).

        That of the Fermi level where ``Conduction`` takes the place of Poisson's equation.
        """
        context = self.device.context
        shift = 0.0 if self.device.neutral else self.device.setting.bands.vacuum
        return (self.scaled_potential() - shift) * context.scaling.potential

    def scaled_potential(self) -> Array:
        """Return the potential at the nodes of this rank as equations have it [kT0/q], shape (nodes,)."""
        context = self.device.context
        found: Array = self.values[:, 0] - self.values[:, list(context.drops)].sum(axis=1)
        if context.ohmic_level is None:
            return found
        warmth = 1 + self.values[:, context.index(TEMPERATURE)]
        return np.asarray(found + context.ohmic_level.rise_of(warmth))

    def temperature(self) -> Array:
        """Return the temperature at the nodes of this rank [K], shape (nodes,); the ambient one if not solved."""
        context = self.device.context
        if not context.has_temperature:
            return np.full(len(self.values), self.device.temperature)
        return self.device.temperature * (1 + self.values[:, context.index(TEMPERATURE)])

    def ion_density(self, name: str) -> Array:
        """Return an ion density at the nodes of this rank [1/m^3], shape (nodes,)."""
        return self.density(self._ion(name))

    def _ion(self, name: str) -> str:
        """Return the name if it is that of an ion; raises UnknownNameError."""
        ions = [f.name for f in self.device.context.fields if f.ionic]
        if name not in ions:
            raise UnknownNameError("ion species", name, ions)
        return name

    def trap_occupancy(self, name: str) -> Array:
        """Return which part of a trap level holds an electron, at the nodes of this rank, shape (nodes,).

        ``name``: of the traps' unknown; 0 outside of its regions. Raises UnknownNameError.
        """
        levels = {f.name: f.upper_bound or np.inf for f in self.device.context.fields if f.trap}
        if name not in levels:
            raise UnknownNameError("trap level", name, levels)
        context = self.device.context
        return self.values[:, context.index(name)] * context.scaling.density / levels[name]

    def density(self, name: str, region: str | None = None) -> Array:
        """Return the density of a carrier, ion or trap level at the nodes of this rank [1/m^3], shape (nodes,).

        Electrons on an interface [1/m^2]. A carrier's density jumps where bands have an offset, and a node there has
        one on each side: ``region`` asks for that of its own side, NaN at nodes that are not of the region, and is
        collective. Without it, the density is that in all of its regions.
        Raises UnknownNameError, or IncompatibleError if the density jumps and no region is given.
        """
        if region is None:
            return self.density_at(slice(None), name, only_side(self.device, name))
        where = (self.device.mesh.require("region", region),)
        nodes = together(
            self, "density", {"region": region}, lambda: closure_nodes(self.device.context, where)
        )
        found = np.full(len(self.values), np.nan)
        found[nodes] = self.density_at(nodes, name, region)
        return found

    def density_at(self, nodes: Any, name: str, region: str) -> Array:
        """Return a density on the side of a region at some of its ``nodes`` [1/m^3 or 1/m^2], in their shape.

        0 where the species does not live. Raises UnknownNameError.
        """
        context, field = self.device.context, density_field(self.device, name)
        unknown, warmth = self.values[nodes, context.index(name)], self._warmth()[nodes]
        scaled = density_of_unknown(self.device, name, region, unknown, warmth)
        unit = 1.0 if field.interface is None else context.scaling.length
        return np.asarray(scaled * context.scaling.density * unit)

    def _warmth(self) -> Array:
        return self.temperature() / self.device.temperature

    def polarization(self, name: str = "polarization") -> Array:
        """Return a ferroelectric polarisation at the nodes of this rank [C/m^2], shape (nodes,).

        ``name``: of the term Ferroelectric; 0 outside of its regions. Raises UnknownNameError.
        """
        context = self.device.context
        found: dict[str, Array] = {}
        for term in context.terms:
            found |= term.nodal_fields(context, self.values)
        known = {key: values for key, values in found.items() if key.startswith("polarization")}
        if name not in known:
            raise UnknownNameError("polarization", name, known)
        return known[name]

    @collective("ion_inventory", "name")
    def ion_inventory(self, name: str) -> float:
        """Return the number of ions in the device [1, or 1/m, 1/m² where the mesh lacks the rest]."""
        return integral(self, self._ion(name))


@checked()
@collective("integral", "name", "region")
def integral(state: State, name: str, region: str | None = None) -> float:
    """Return the number of carriers, ions or trapped electrons in a region, in the device if None.

    [1, or 1/m, 1/m^2 where the mesh lacks the rest]. Electrons on an interface count in the region whose carriers
    they were. Collective. Raises UnknownNameError.
    """
    return content(state.device, name, region, state.values, state._warmth())


@checked(name=text, density=function)
@collective("with_ions", "name")
def with_ions(state: State, name: str, density: Callable[[Array], Any]) -> State:
    """Return a state with the ions of one species where ``density`` puts them: a filament seed, for example.

    ``density``: takes positions [m], shape (3, points), and returns densities [1/m^3], shape (points,). All else
    is as it was, and so is not at rest: begin a transient with it, or ``steady(..., frozen_ions=True)``.
    Raises UnknownNameError, or OutOfRangeError unless 0 <= density < site density everywhere in its regions.
    """
    instance(State)("state of with_ions", state)
    context, mesh = state.device.context, state.device.mesh
    ions = {f.name: f for f in context.fields if f.ionic}
    if name not in ions:
        raise UnknownNameError("mobile ion", name, ions)
    given = density(context.scalar_space.tabulate_dof_coordinates().T * mesh.unit)
    thing = f"density of {name} [1/m^3]"
    found = np.asarray(array(thing, given), dtype=float)
    if found.shape not in ((), (len(state.values),)):
        raise OutOfRangeError(thing, found.shape, f"of the shape of the positions, ({len(state.values)},)")
    found = np.broadcast_to(found, (len(state.values),))
    column = context.index(name)
    inside = np.ones(len(found), dtype=bool)
    inside[state.device.boundary.fixed[name]] = False
    limit = ions[name].upper_bound or _DENSEST
    good = bool((np.isfinite(found) & (found >= 0) & (found < limit))[inside].all())
    if not mesh.comm.allreduce(int(good)) == mesh.comm.size:
        raise OutOfRangeError(thing, "as given", f"from 0 to below {limit:.4g} everywhere")
    values = state.values.copy()
    values[inside, column] = np.maximum(
        found[inside] / context.scaling.density, _FEWEST * values[inside, column]
    )
    return replace(state, values=with_following(context, values))


def with_following(context: Context, values: Array) -> Array:
    """Return unknowns with those that follow from the others at once as these have it, in place; collective."""
    for term in context.terms:
        for name, found in term.following(context, values).items():
            values[:, context.index(name)] = found
    return values
