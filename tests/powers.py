"""Powers of a film with ``Conduction`` and heat in a step of a transient, each of them by itself."""

from __future__ import annotations

from dataclasses import dataclass

from dolfinx import fem as dfem

from fem import Device, State, temperature
from fem.currents.terminal import current_scale
from fem.forms.compilation import compiled
from tests.conducting import heat_capacity


@dataclass(frozen=True, kw_only=True)
class Powers:
    """Powers [W] at one time [s]: of the terminals, heat, field, warming and heat into the sinks."""

    time: float
    given: float
    heat: float
    field: float
    warming: float
    sunk: float


class Meter:
    """Evaluates the powers of a device at the state and the rates of change that it is in."""

    def __init__(self, device: Device) -> None:
        context = device.context
        one = context.constant(1.0)
        first, phi = device.physics[0], context.field("potential")
        self.heat = compiled(first.heat(context, one)["conduction"])
        self.field = compiled(first.currents(context, phi)["displacement"])
        self.capacity = heat_capacity(device)
        self.device, self.watts = device, current_scale(device) * device.scaling.potential

    def __call__(self, state: State) -> Powers:
        """Return the powers; the device is in this state, with its history and the formula of its last step."""
        context = self.device.context
        rises = [values for _, values in context.history("temperature")]
        k, size = context.index("temperature"), context.block_size
        slopes = sum(
            float(c.value) * u.x.array[k::size]
            for (c, _), u in zip(
                context.history("temperature"),
                (context.unknown, context.previous, context.older),
                strict=True,
            )
        )
        assert len(rises) == 3
        warming = self.capacity @ slopes * self.device.temperature / self.device.scaling.time
        field = temperature(state)
        return Powers(
            time=state.time,
            given=sum(state.current(n) * state.bias.get(n, 0.0) for n in self.device.contacts),
            heat=self.watts * dfem.assemble_scalar(self.heat),
            field=self.watts * dfem.assemble_scalar(self.field),
            warming=float(warming),
            sunk=sum(field.heat_into(n) for n in self.device.heat_sinks),
        )
