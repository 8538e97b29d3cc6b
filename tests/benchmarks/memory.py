"""Memory that devices leave behind: python -m tests.benchmarks.memory [--devices 200] [--after 20] [--kind KIND].

Small devices of all kinds are made, solved and forgotten in one process. Prints by how much its resident memory
grows [MB] after the first ones; asked for are less than 10 MB between the 20th and the 200th.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.own_process import said

LIMIT = 10.0  #: wanted at most between the 20th and the 200th device [MB]


def growth(devices: int = 200, after: int = 20, *, kind: str | None = None) -> float:
    """Return by how much the memory of a new process grows [MB] from the ``after``-th to the last of its devices.

    The devices are of one ``kind``, or of all in turn.
    """
    asked = ["--inside", "--devices", str(devices), "--after", str(after)]
    module = __spec__.name if __spec__ else "tests.benchmarks.memory"
    found = said("-m", module, *asked, *([] if kind is None else ["--kind", kind]))
    return float(found.split()[-1])


def diode() -> None:
    """Solve a film between metals, and a voltage sweep."""
    from studies import Sweep, iv_sweep
    from tests.devices import single_layer

    device = single_layer(size=40e-9, interface_size=5e-9)
    iv_sweep(device, contact="top", protocol=Sweep(0, 0.05, 0, rate=1.0))


def small_signal() -> None:
    """Find the admittance of a film under light, and its current densities."""
    from fem import admittance, current_density, steady
    from tests.devices import single_layer

    state = steady(single_layer(light=True, size=40e-9, interface_size=5e-9), {"top": 0.3}, light=1.0)
    admittance(state, "top", [1e2, 1e5])
    current_density(state)


def ions() -> None:
    """Follow ions in a cell of three layers in time, with a circuit around it."""
    from fem import Circuit, equilibrium, integrate
    from tests.devices import CATION, three_layers

    device = three_layers(ions=CATION, size=30e-9, interface_size=2e-9, growth=1.5)
    circuits = {"top": Circuit(series_resistance=1e-2, parallel_capacitance=1e-3)}
    for _ in integrate(
        device, equilibrium(device), bias=lambda t: {"top": 0.5 * t}, end=0.01, circuits=circuits
    ):
        pass


def heat() -> None:
    """Solve a film that its current warms."""
    from fem import Device, HeatSink, steady, temperature
    from fem.physics import Carriers, Heat, Poisson
    from tests.devices import film, ohmic, single_layer

    device = Device(
        mesh=single_layer(size=40e-9, interface_size=5e-9).mesh,
        materials={"film": film().with_(thermal_conductivity=1e-3, volumetric_heat_capacity=1e6)},
        physics=[Poisson(), Carriers(), Heat()],
        contacts={"bottom": [ohmic(4.1), HeatSink(300.0)], "top": ohmic(5.3)},
        temperature=300.0,
    )
    temperature(steady(device, {"top": 0.5}))


def filament() -> None:
    """Follow a filament in an oxide, limited by a compliance."""
    from fem import Circuit, StepControl, integrate
    from tests.conducting import oxide, with_filament

    device = oxide(size=4e-9, lateral_size=6e-9)
    for _ in integrate(
        device,
        with_filament(device),
        bias=lambda t: {"top": t},
        end=0.05,
        circuits={"top": Circuit(series_resistance=1e3, compliance=7e-6)},
        control=StepControl(tolerance=0.1, max_bias_step=0.2),
    ):
        pass


def transistor() -> None:
    """Solve a transistor with traps in its channel."""
    from fem import steady
    from fem.physics import Traps
    from tests.devices import semiconductor
    from tests.transistors import transistor

    capture = {"electron_capture": 1e-14, "hole_capture": 1e-15}
    traps = Traps("deep", density=1e22, depth=0.5 * 1.602e-19, regions=("film",), **capture)
    steady(transistor(semiconductor("film"), traps, coarse=6), {"gate": 1.0, "drain": 0.1}).current("drain")


def floating_gate() -> None:
    """Charge a floating gate by tunnelling."""
    from fem import equilibrium, integrate, steady
    from fem.physics import FowlerNordheim, Tunnelling
    from tests.floating import memory

    law = FowlerNordheim(barrier=3.1 * 1.602e-19, effective_mass=0.42)
    device = memory(
        -1e-3,
        physics=[Tunnelling(gate="gate", across="tunnel", into="channel", carrier="electron", law=law)],
    )
    start = steady(device, {"top": 14.0}, start=equilibrium(device))
    for _ in integrate(device, start, bias=lambda t: {"top": 14.0}, end=1e-5):
        pass


def section() -> None:
    """Solve a film in two dimensions with an iterative solver, and write its fields."""
    from fem import NewtonOptions, steady
    from geometries import Planar
    from tests.devices import CATION, three_layers

    shape = Planar(width=100e-9, lateral_size=20e-9)
    device = three_layers(ions=CATION, shape=shape, size=30e-9, interface_size=4e-9, growth=1.5)
    state = steady(device, {"top": 0.3}, options=NewtonOptions(petsc={"ksp_type": "gmres"}))
    state.current("top")


KINDS: dict[str, Callable[[], Any]] = {
    make.__name__: make
    for make in (diode, small_signal, ions, heat, filament, transistor, floating_gate, section)
}


def resident() -> float:
    """Return the memory of this process [MB]."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _inside(devices: int, after: int, kinds: list[str], told: int) -> float:
    """Return the growth in this process; a line for every so many ``told`` devices goes to the errors."""
    first = np.nan
    for k in range(devices):
        KINDS[kinds[k % len(kinds)]]()
        if k + 1 == after:
            first = resident()
        elif told and k + 1 > after and (k + 1) % told == 0:
            print(f"device {k + 1}: {resident() - first:+.2f} MB", file=sys.stderr, flush=True)
    return float(resident() - first)


def main() -> None:
    """Print the growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--after", type=int, default=20)
    parser.add_argument(
        "--kind", choices=sorted(KINDS), help="only this kind of device, in place of all in turn"
    )
    parser.add_argument("--told", type=int, default=0, help="also print the growth every so many devices")
    parser.add_argument("--inside", action="store_true", help="print the number alone, from this process")
    asked = parser.parse_args()
    if asked.inside or asked.told:
        kinds = list(KINDS) if asked.kind is None else [asked.kind]
        print(_inside(asked.devices, asked.after, kinds, asked.told))
    else:
        found = growth(asked.devices, asked.after, kind=asked.kind)
        print(f"{found:.1f} MB from device {asked.after} to {asked.devices} (wanted at most {LIMIT:g})")


if __name__ == "__main__":
    main()
