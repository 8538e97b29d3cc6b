r"""Energy of carriers that dopants and traps hold: what terminals give is heat or stored, at every moment.

Free carriers keep the energy of their edge and 5/2 kT, held ones that of their level, and the field its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dolfinx import fem as dfem

from fem import Device, HeatSink, OhmicContact, equilibrium, integrate
from fem.constants import BOLTZMANN
from fem.currents.terminal import current_scale
from fem.forms.compilation import compiled
from fem.forms.dopants import neutral_dopants
from fem.forms.occupation import carrier_density
from fem.materials import SILICON
from fem.physics import Carriers, Heat, Poisson, Traps
from fem.units import eV, nm
from geometries import Layer, VerticalStack
from tests.sensitive import TIGHT

SHALLOW, DEEP, END = 0.045 * eV, 0.3 * eV, 1e-10  # [J, J, s]
LIFETIMES = {"electron_lifetime": 1e-9, "hole_lifetime": 1e-9}
#: with edges that stay where they are as it warms
PLAIN = SILICON.with_(
    electron_affinity=4.05 * eV,
    band_gap=1.12 * eV,
    effective_dos_conduction=1e25,
    effective_dos_valence=1e25,
    **LIFETIMES,
)


def diode(*, held: bool, trapped: bool) -> Device:
    """Return a diode whose dopants hold carriers, or with traps on its p side, that is warmed by its current."""
    depth = SHALLOW if held else None
    deep = Traps("deep", density=1e24, depth=DEEP, electron_capture=1e-12, hole_capture=1e-13, regions=("p",))
    contact = [OhmicContact(), HeatSink(200.0)]
    return Device(
        mesh=VerticalStack(Layer("p", 60 * nm), Layer("n", 60 * nm)).mesh(
            size=10 * nm, interface_size=2 * nm
        ),
        materials={
            "p": PLAIN.with_(acceptor_density=1e24, acceptor_depth=depth),
            "n": PLAIN.with_(donor_density=2e24, donor_depth=depth),
        },
        physics=[Poisson(), Carriers(), Heat(), *([deep] if trapped else [])],
        contacts={"bottom": contact, "top": contact},
        temperature=200.0,
    )


def stored(device: Device) -> Any:
    """Return the form of the power that carriers store, free and held [kT0 N0/t0]."""
    context, kt = device.context, BOLTZMANN * device.temperature
    affinity, gap = (float(PLAIN.si(n, device.temperature)) for n in ("electron_affinity", "band_gap"))
    vacuum = context.setting.bands.vacuum
    edge = {"electron": vacuum - affinity / kt, "hole": (affinity + gap) / kt - vacuum}
    c, one, form = context.calculus, context.constant(1.0), 0
    for carrier, level in edge.items():
        history = context.history(carrier)

        def power(i: int, carrier: str = carrier, level: float = level, history: Any = history) -> Any:
            free = sum(k * carrier_density(context, carrier, i, u) for k, u in history)
            bound = sum(k * neutral_dopants(context, carrier, i, u) for k, u in history)
            return (level + 2.5) * free + (level - SHALLOW / kt) * bound

        form += c.lump(power, one)
    if "deep" in context.names:
        inside = context.indicator(("p",))
        form += c.lump(lambda i: inside * (edge["electron"] - DEEP / kt) * context.rate("deep", i), one)
    return form


@pytest.mark.parametrize(("held", "trapped"), [(False, False), (True, False), (False, True)])
@pytest.mark.filterwarnings("ignore::fem.errors.ModelWarning")
def test_what_terminals_give_is_heat_or_stored(held: bool, trapped: bool) -> None:
    device = diode(held=held, trapped=trapped)
    context, one = device.context, device.context.constant(1.0)
    heat = compiled(sum(sum(term.heat(context, one).values()) for term in context.heating))
    rest = equilibrium(device)
    built_in = dfem.Function(context.scalar_space)  # of the charges on the metals
    nodes = np.concatenate([electrode.nodes for electrode in device.electrodes])
    built_in.x.array[nodes] = rest.values[nodes, 0]
    raised = context.field("potential") - built_in
    field = compiled(device.physics[0].currents(context, raised)["displacement"])
    kept, watts = compiled(stored(device)), current_scale(device) * device.scaling.potential
    worst = largest = 0.0
    for state in integrate(device, rest, bias=lambda t: {"bottom": 0.9 * t / END}, end=END, options=TIGHT):
        given = sum(state.current(n) * state.bias.get(n, 0.0) for n in device.contacts)
        warm, charged, carried = (watts * dfem.assemble_scalar(f) for f in (heat, field, kept))
        largest = max(largest, abs(given), abs(warm))
        worst = max(worst, abs(given - warm - charged - carried))
    assert worst < 1e-3 * largest  # 2e-4 remain without held carriers too
