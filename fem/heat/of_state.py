"""The temperature of a solved device state, and where its heat comes from (see ``fem.physics.heat.heat``)."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.currents.terminal import current_scale
from fem.device.loading import loaded
from fem.device.state import State
from fem.errors import IncompatibleError, warn
from fem.errors.arguments import checked
from fem.errors.checking import instance
from fem.forms.assembly import Assembly
from fem.heat.field import TemperatureField
from fem.heat.steady import SteadyHeat
from fem.mesh.kept import kept
from fem.mesh.ranks import collective

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
LARGEST_RISE = 1.0  #: [K]; above it, carriers at the ambient temperature are no longer a good model


@checked(state=instance(State))
@collective("temperature")
def temperature(state: State) -> TemperatureField:
    """Return the temperature of all regions in ``state``.

    Where it is an unknown of the device, it is the state's own; where it is not (``Heat(coupled=False)``), it
    is the steady temperature under the heat of the state, and a rise above 1 K warns, since carriers and
    ions are computed at the ambient temperature.
    Raises IncompatibleError if the physics of the device has no ``Heat()``.
    """
    device = state.device
    if device.heat is None:
        raise IncompatibleError(
            "this device's physics has no Heat(), so there is no temperature; add Heat()."
        )
    heat = _heat_of(device)
    sources = np.sum(list(heat.nodal(state).values()), axis=0)
    if device.context.has_temperature:
        return heat.conduction.with_values(state.temperature(), sources, heat.conducted(state))
    field = heat.conduction.solve(sources)
    rise = field.maximum_rise
    if rise > LARGEST_RISE and device.mesh.comm.rank == 0:
        warn(
            f"the temperature rises by {rise:.3g} K, but carriers and ions are computed at "
            f"{device.temperature:g} K, which is a good model up to a rise of about {LARGEST_RISE:g} K; "
            "Heat() with coupled=True lets them follow."
        )
    return field


@collective("heat_parts")
def heat_parts(state: State) -> dict[str, float]:
    """Return the heat of a state by origin [W, or W/m, W/m² where the mesh lacks the rest].

    Parts: each carrier, each ion species, "recombination", "contacts" (the fall of the quasi-Fermi levels at
    thermionic contacts), "thermoelectric" (what carriers take along: Peltier and Thomson heat, whose sum is that of
    currents along differences of temperature) and "light" (what pairs of light take along). In the dark steady state
    they add up to the sum of current times bias.
    """
    heat = _heat_of(state.device)
    return {part: heat.conduction.total(values) for part, values in heat.nodal(state).items()}


class DeviceHeat:
    """Heat sources and heat conduction of one device, compiled once."""

    def __init__(self, device: Device) -> None:
        self.device: Device = weakref.proxy(device)  # the device keeps this, not the other way
        if device.heat is None:
            raise IncompatibleError("this device's physics has no Heat(), so its heat is not computed.")
        self.conduction = SteadyHeat(device.mesh, device.setting.materials, device.heat_sinks)
        v = ufl.TestFunction(self.conduction.space)
        parts: dict[str, Any] = {}
        for term in device.context.heating:
            for name, form in term.heat(device.context, v).items():
                if isinstance(form, int | float):  # nothing
                    continue
                parts[name] = parts[name] + form if name in parts else form
        self._forms = {name: Assembly(form, device.context) for name, form in parts.items()}
        form = device.heat.conducted(device.context, v)
        self._conducted = Assembly(form, device.context) if device.context.has_temperature else None

    def nodal(self, state: State) -> dict[str, Array]:
        """Return the heat per node by origin [W], shape (nodes,), of a state of this device."""
        return self._assembled(state, self._forms)

    def conducted(self, state: State) -> Array:
        """Return the heat that is conducted away from each node [W], shape (nodes,), where T is an unknown."""
        return self._assembled(state, {"conducted": self._conducted})["conducted"]

    def _assembled(self, state: State, forms: Mapping[str, Any]) -> dict[str, Array]:
        """Return compiled forms of a state [W], and leave the device as it was."""
        scale = current_scale(self.device) * self.device.scaling.potential
        with loaded(state):
            return {name: scale * self._nodal_values(form) for name, form in forms.items()}

    def _nodal_values(self, form: Assembly) -> Array:
        """Return a linear form, added up over the ranks, with ghosts, shape (nodes,)."""
        from dolfinx import fem as dfem
        from dolfinx.la import InsertMode

        found = dfem.Function(self.conduction.space)
        form.add_to_vector(found.x.array)
        found.x.scatter_reverse(InsertMode.add)
        found.x.scatter_forward()
        return np.array(found.x.array, dtype=np.float64)


def _heat_of(device: Device) -> DeviceHeat:
    """Return the device's heat sources and conduction; compiled once and kept with the device."""
    return kept(device, "heat", DeviceHeat)
