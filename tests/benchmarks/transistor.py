"""How long a transfer curve of a transistor with mobile ions takes: 10 000 nodes, 60 gate voltages, 30 each way.

    python -m tests.benchmarks.transistor [--points 30] [--rate 10] [--tolerance 5e-3]

Asked for: 60 s on one core. With the default tolerance of 2e-3 the memory window differs by 0.03 %.

A film of MAPbI3 on 100 nm of SiO2, 10 µm between ohmic contacts for electrons (0.2 eV below the band, assumed), with
electrons, holes and iodide vacancies; the gate is swept with all of them moving.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from fem import Device, GateContact, OhmicContact, StepControl, equilibrium, steady
from fem.materials import MAPBI3, SIO2
from fem.physics import Carriers, MobileIons, Poisson
from fem.units import eV, nm, um
from geometries import Layer, Transistor
from studies import transfer, transfer_curve

LENGTH, DRAIN, GATE = 10 * um, 1.0, (0.0, 12.0)


def device(lateral: float = 53 * nm, interface: float = 0.4 * nm) -> Device:
    """Return the transistor with cells of these sizes [m] along the channel and at the oxide."""
    shape = Transistor(
        channel=(Layer("film", 50 * nm),),
        dielectric=(Layer("oxide", 100 * nm, size=20 * nm, interface_size=2 * nm),),
        channel_length=LENGTH,
        contact_length=0.0,
        gate="bottom",
        contacts="edge",
    )
    work = MAPBI3.si("electron_affinity") + 0.2 * eV
    return Device(
        mesh=shape.mesh(
            size=3 * nm, interface_size=interface, lateral_size=lateral, edge_size=3 * nm, growth=1.25
        ),
        materials={"film": MAPBI3, "oxide": SIO2},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")],
        contacts={
            "source": OhmicContact(work_function=work),
            "drain": OhmicContact(work_function=work),
            "gate": GateContact(work_function=work),
        },
        temperature=300.0,
    )


def main() -> None:
    """Print nodes, steps, seconds and the figures of the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=30, help="each way")
    parser.add_argument("--rate", type=float, default=10.0, help="of the gate [V/s]")
    parser.add_argument("--tolerance", type=float, default=5e-3, help="of the step control")
    given = parser.parse_args()
    transistor = device()
    start = steady(transistor, {"drain": DRAIN}, start=equilibrium(transistor))
    began, used = time.perf_counter(), time.process_time()
    volts = np.linspace(*GATE, given.points)
    control = StepControl(tolerance=given.tolerance, max_bias_step=float(np.diff(volts).max()) * 1.01)
    trace = transfer_curve(transistor, volts, DRAIN, rate=given.rate, start=start, control=control)
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    print(
        f"{transistor.mesh.num_nodes} nodes, {len(trace.time) - 1} steps: {wall:.0f} s ({cpu:.0f} s of the processor)"
    )
    print(transfer(trace, capacitance=3.45e-4, length=LENGTH))


if __name__ == "__main__":
    main()
