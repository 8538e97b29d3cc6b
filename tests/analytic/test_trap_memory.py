"""A pulse of light that slow traps remember, from milliseconds to a quarter of an hour in one run."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from fem import Device, equilibrium, integrate, materials
from fem.constants import thermal_voltage
from fem.physics import Carriers, Illumination, Poisson, Traps
from fem.units import eV, ms, nm, us
from geometries import Layer, VerticalStack

DEPTH, LIFE = 0.7, 200.0  # [eV], [s]
PULSE, RISE, END = 20 * ms, 1 * us, 1e3


def test_light_pulse_and_its_decay_in_the_dark_take_at_most_500_steps(devices: ModuleType) -> None:
    r"""20 ms of green light fill deep traps, which empty with :math:`\tau = 1/(c_n n_1)` over 1000 s."""
    n1 = 8.1e24 * np.exp(-DEPTH / thermal_voltage(300.0))
    device = Device(
        mesh=VerticalStack(Layer("film", 400 * nm)).mesh(size=20 * nm, interface_size=2 * nm, growth=1.4),
        materials={"film": materials.MAPBI3.without_ion("iodide_vacancy")},
        physics=[
            Poisson(),
            Carriers(),
            Illumination(532 * nm, 1000.0, side="top"),
            Traps("deep", density=1e20, depth=DEPTH * eV, electron_capture=1 / (LIFE * n1), hole_capture=0.0),
        ],
        contacts={"bottom": devices.ohmic(4.6), "top": devices.ohmic(4.6)},
        temperature=300.0,
    )
    kinks = [RISE, PULSE, PULSE + RISE]
    dark = equilibrium(device)
    states = list(
        integrate(
            device,
            dark,
            bias=lambda t: {"top": 0.0},
            end=END,
            light=lambda t: float(np.interp(t, [0.0, *kinks], [0.0, 1.0, 1.0, 0.0])),
            light_kinks=kinks,
            milestones=[LIFE, 2 * LIFE],
        )
    )
    assert len(states) <= 500
    x = device.context.scalar_space.tabulate_dof_coordinates()[:, 0] * device.mesh.unit
    inner = (x > 50 * nm) & (x < 350 * nm)

    def filled(time: float) -> float:
        (state,) = (s for s in states if abs(s.time - time) < 1e-9 * time)
        return float(state.trap_occupancy("deep")[inner].mean())

    assert dark.trap_occupancy("deep")[inner].max() < 0.1
    assert filled(PULSE) > 0.9
    for time in (LIFE, 2 * LIFE):
        assert np.log(filled(PULSE) / filled(time)) == pytest.approx(time / LIFE, rel=0.02)
