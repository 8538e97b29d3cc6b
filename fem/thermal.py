"""The temperature of a solved device state, and where its heat comes from.

Carriers and ions are at the ambient temperature in every equation: the temperature is a one-way result
(see ``fem.physics.heat``).
"""

from __future__ import annotations

import warnings
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.boundary import thermionic_residual
from fem.contacts import SchottkyContact
from fem.continuation import load
from fem.currents import current_scale
from fem.errors import IncompatibleError
from fem.heat_conduction import SteadyHeat
from fem.physics.carriers import equilibrium_offset
from fem.physics.heat import DissipatedHeat
from fem.temperature_field import TemperatureField

if TYPE_CHECKING:
    from fem.device import Device
    from fem.state import State

__all__ = ["LARGEST_RISE", "DeviceHeat", "SteadyHeat", "TemperatureField", "heat_parts", "temperature"]

Array = npt.NDArray[np.float64]
LARGEST_RISE = 1.0  #: [K]; above it, carriers at the ambient temperature are no longer a good model


def temperature(state: State) -> TemperatureField:
    """Return the steady temperature of all regions under the heat of ``state``.

    The heat is that of carriers, ions, recombination and thermionic contacts. Warns where the rise exceeds
    1 K, since carriers and ions are computed at the ambient temperature.
    Raises IncompatibleError if the physics of the device has no ``Heat()``.
    """
    device = state.device
    if device.heat is None:
        raise IncompatibleError(
            "this device's physics has no Heat(), so there is no temperature; add Heat()."
        )
    heat = _heat_of(device)
    field = heat.conduction.solve(sum(heat.nodal(state).values()))
    rise = field.maximum_rise
    if rise > LARGEST_RISE and device.mesh.comm.rank == 0:
        warnings.warn(
            f"the temperature rises by {rise:.3g} K, but carriers and ions are computed at "
            f"{device.temperature:g} K, which is a good model up to a rise of about {LARGEST_RISE:g} K.",
            stacklevel=2,
        )
    return field


def heat_parts(state: State) -> dict[str, float]:
    """Return the heat of a state by origin [W, or W/m, W/m² where the mesh lacks the rest].

    Parts: each carrier, each ion species, "recombination" and "contacts" (the fall of the quasi-Fermi levels
    at thermionic contacts). In the dark steady state they add up to the sum of current times bias.
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
        self.dissipated = DissipatedHeat(device.context, device.physics, self.conduction.space)
        self._outflows = self._outflow_forms()

    def nodal(self, state: State) -> dict[str, Array]:
        """Return the heat per node by origin [W], shape (nodes,), of a state of this device."""
        context, device = self.device.context, self.device
        scale = current_scale(device) * device.scaling.potential
        kept = [f.x.array.copy() for f in (context.unknown, context.previous, context.older)]
        motion = context.ion_motion.value.copy()
        load(device, state)
        context.ion_motion.value = 0.0 if _ions_are_frozen(state) else 1.0
        try:
            self.dissipated.update()
            found = {
                name: scale * self.conduction.assembled(form) for name, form in self.dissipated.forms.items()
            }
            if self._outflows:
                found["contacts"] = scale * self._contact_heat()
        finally:
            context.ion_motion.value = motion
            for function, values in zip(
                (context.unknown, context.previous, context.older), kept, strict=True
            ):
                function.x.array[:] = values
        return found

    def _outflow_forms(self) -> dict[str, Any]:
        """Return the compiled outflow of carriers through each Schottky contact."""
        from dolfinx import fem as dfem

        device = self.device
        schottky = [e for e in device.electrodes if isinstance(e.contact, SchottkyContact)]
        carriers = {"electron", "hole"} & set(device.context.names)
        if not carriers:
            return {}
        return {
            e.name: dfem.form(thermionic_residual(device.context, [e], device.boundary)) for e in schottky
        }

    def _contact_heat(self) -> Array:
        r"""Return the heat at thermionic contacts, :math:`v (n - n_0)\ln(n/n_0)` per area and carrier."""
        context = self.device.context
        bs = context.block_size
        unknown = context.unknown.x.array.reshape(-1, bs)
        total = np.zeros(len(unknown))
        for name, form in self._outflows.items():
            outflow = self.conduction.assembled(form).reshape(-1, bs)
            level = self.device.boundary.carrier_base[name]
            for carrier, sign in (("electron", 1), ("hole", -1)):
                if carrier not in context.names:
                    continue
                k = context.index(carrier)
                offset = equilibrium_offset(context.setting, carrier, context.scaling.density)
                logarithm = np.log(np.where(unknown[:, k] > 0, unknown[:, k], 1.0)) - (offset + sign * level)
                flow = outflow[:, k] / float(context.row_scale(carrier).value)
                total += np.where(flow != 0, np.maximum(flow * logarithm, 0.0), 0.0)
        return total


def _ions_are_frozen(state: State) -> bool:
    """Whether the ions of a state were held: their current is then zero to the last digit."""
    ions = [f.name for f in state.device.context.fields if f.ionic]
    parts = state.currents.values()
    return bool(ions) and all(part.get(name, 0.0) == 0.0 for part in parts for name in ions)


def _heat_of(device: Device) -> DeviceHeat:
    """Return the device's heat sources and conduction; compiled once and kept with the device."""
    kept: DeviceHeat | None = device.__dict__.get("_heat")
    if kept is None:
        kept = device.__dict__["_heat"] = DeviceHeat(device)
    return kept
