"""memfem's side of the comparison: python -m tests.benchmarks.side_memfem MESH.msh V V ..."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.benchmarks import pn_box


def main(path: Path, voltages: Sequence[float]) -> None:
    """Solve and print; forms are compiled before the clock starts."""
    from fem import Device, DeviceMesh, NewtonOptions, OhmicContact, equilibrium, steady
    from fem.constants import thermal_voltage
    from fem.materials import Datum, Material
    from fem.physics import Carriers, Poisson

    def datum(value: float, unit: str) -> Datum:
        return Datum(value, unit, "assumed", "the diode of the comparison")

    gap = 2 * thermal_voltage(300.0) * np.log(pn_box.STATES / pn_box.INTRINSIC)

    def material(name: str, doping: str) -> Material:
        return Material(
            name=name,
            kind="semiconductor",
            relative_permittivity=datum(pn_box.PERMITTIVITY, "1"),
            electron_affinity=datum(4.05, "eV"),
            band_gap=datum(gap, "eV"),
            effective_dos_conduction=datum(pn_box.STATES, "m^-3"),
            effective_dos_valence=datum(pn_box.STATES, "m^-3"),
            electron_mobility=datum(pn_box.MOBILITY[0], "m^2/(V s)"),
            hole_mobility=datum(pn_box.MOBILITY[1], "m^2/(V s)"),
            electron_lifetime=datum(pn_box.LIFETIME, "s"),
            hole_lifetime=datum(pn_box.LIFETIME, "s"),
            **{doping: datum(pn_box.DOPING, "m^-3")},
        )

    device = Device(
        mesh=DeviceMesh.from_file(path, unit=pn_box.UNIT, contacts=("bottom", "top")),
        materials={"p": material("p", "acceptor_density"), "n": material("n", "donor_density")},
        physics=[Poisson(), Carriers()],
        contacts={"bottom": OhmicContact(), "top": OhmicContact()},
        temperature=300.0,
    )
    options = NewtonOptions(tolerance=pn_box.TOLERANCE)
    begin = time.perf_counter()
    state = steady(device, {}, start=equilibrium(device), options=options)
    first = time.perf_counter() - begin
    times, currents = [], []
    for voltage in voltages:
        begin = time.perf_counter()
        state = steady(device, {"bottom": voltage}, start=state, options=options)
        times.append(time.perf_counter() - begin)
        currents.append(state.current("bottom"))
    peak = pn_box.peak_memory()
    print(json.dumps({"times": times, "currents": currents, "peak_MB": peak, "first": first}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), [float(v) for v in sys.argv[2:]])
