"""DEVSIM's side of the comparison: python -m tests.benchmarks.side_devsim MESH.npz V V ...

The equations are those of its own ``simple_physics`` (Scharfetter-Gummel, Shockley-Read-Hall), with the numbers
of the box in SI units, and its direct solver. Run in a process of its own: time and memory are its alone.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import pn_box

_CONSTANTS = {"q": 1.602176634e-19, "k": 1.380649e-23, "eps_0": 8.8541878128e-12}
_T = 300.0


def main(path: Path, voltages: Sequence[float]) -> None:
    """Solve and print."""
    import devsim

    devsim.set_parameter(name="debug_level", value="error")
    _load(devsim, path)
    times, currents = _sweep(devsim, voltages)
    peak = pn_box.peak_memory()
    print(json.dumps({"times": times, "currents": currents, "peak_MB": peak}))


def _load(devsim: Any, path: Path) -> None:
    """Make the device from the arrays of the mesh."""
    with np.load(path) as data:
        groups = {name: data[name] for name in ("p", "n", "bottom", "top")}
        coordinates = data["coordinates"] * pn_box.UNIT
    elements: list[int] = []
    for physical, names in enumerate((("p", "n"), ("bottom",), ("top",))):
        for name in names:
            rows = groups[name]
            kind = rows.shape[1] - 1  # 0 point, 1 line, 2 triangle, 3 tetrahedron
            head = np.tile([kind, physical], (len(rows), 1))
            elements += np.hstack([head, rows]).ravel().tolist()
    devsim.create_gmsh_mesh(
        mesh="box",
        coordinates=coordinates.ravel().tolist(),
        physical_names=["bulk", "bottom", "top"],
        elements=elements,
    )
    devsim.add_gmsh_region(mesh="box", gmsh_name="bulk", region="bulk", material="silicon")
    for name in ("bottom", "top"):
        devsim.add_gmsh_contact(mesh="box", gmsh_name=name, name=name, region="bulk", material="metal")
    devsim.finalize_mesh(mesh="box")
    devsim.create_device(mesh="box", device="box")
    doping = pn_box.net_doping(coordinates, groups)
    devsim.node_solution(device="box", region="bulk", name="NetDoping")
    devsim.set_node_values(device="box", region="bulk", name="NetDoping", values=doping.tolist())
    _set_up(devsim)


def _set_up(devsim: Any) -> None:
    from devsim.python_packages import simple_physics as physics
    from devsim.python_packages.model_create import CreateSolution

    q, kt = _CONSTANTS["q"], _CONSTANTS["k"] * _T
    values = {
        "Permittivity": pn_box.PERMITTIVITY * _CONSTANTS["eps_0"],
        "ElectronCharge": q,
        "n_i": pn_box.INTRINSIC,
        "T": _T,
        "kT": kt,
        "V_t": kt / q,
        "mu_n": pn_box.MOBILITY[0],
        "mu_p": pn_box.MOBILITY[1],
        "n1": pn_box.INTRINSIC,
        "p1": pn_box.INTRINSIC,
        "taun": pn_box.LIFETIME,
        "taup": pn_box.LIFETIME,
    }
    for name, value in values.items():
        devsim.set_parameter(device="box", region="bulk", name=name, value=value)
    CreateSolution("box", "bulk", "Potential")
    physics.CreateSiliconPotentialOnly("box", "bulk")
    for contact in ("bottom", "top"):
        devsim.set_parameter(device="box", name=physics.GetContactBiasName(contact), value=0.0)
        physics.CreateSiliconPotentialOnlyContact("box", "bulk", contact)
    _solve(devsim, 1e-5)  # at the junction the potential is zero, and its relative update is round-off
    for name, source in (("Electrons", "IntrinsicElectrons"), ("Holes", "IntrinsicHoles")):
        CreateSolution("box", "bulk", name)
        devsim.set_node_values(device="box", region="bulk", name=name, init_from=source)
    physics.CreateSiliconDriftDiffusion("box", "bulk")
    for contact in ("bottom", "top"):
        physics.CreateSiliconDriftDiffusionAtContact("box", "bulk", contact)
    _solve(devsim, 1e-5)


def _solve(devsim: Any, tolerance: float = pn_box.TOLERANCE) -> None:
    devsim.solve(type="dc", absolute_error=pn_box.INTRINSIC, relative_error=tolerance, maximum_iterations=50)


def _sweep(devsim: Any, voltages: Sequence[float]) -> tuple[list[float], list[float]]:
    """Return time [s] and current into the contact "bottom" [A, or less a length] of each bias."""
    times, currents = [], []
    for voltage in voltages:
        begin = time.perf_counter()
        devsim.set_parameter(device="box", name="bottom_bias", value=voltage)
        _solve(devsim)
        currents.append(
            sum(
                devsim.get_contact_current(device="box", contact="bottom", equation=f"{s}ContinuityEquation")
                for s in ("Electron", "Hole")
            )
        )
        times.append(time.perf_counter() - begin)
    return times, currents


if __name__ == "__main__":
    main(Path(sys.argv[1]), [float(v) for v in sys.argv[2:]])
