"""Newton steps of one device in 3D, from 2e4 to 5e5 unknowns: python tests/benchmarks/bench_3d.py [--ranks N].

With --ceiling it compares two ranks with one, and with two runs at the same time, which nothing can beat.

A gold dot on MAPbI3 on ITO: potential, two carriers and one ion species per node, all refined alike. Two
cases: a bias step of 0.1 V within 1 ms, and the same until the ions have all but come to rest, where the
inventory of the ions hangs on the last digits of the linear solver. Each size runs in a process of its own,
so that its memory is its own. Forms are compiled before the clock starts.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
ROOT = Path(__file__).parents[2]
FINENESS = (0.9, 0.65, 0.5, 0.37, 0.29, 0.234)
CASES = {"1 ms": 1e-3, "at rest": 1e5}


def build(fineness: float) -> Any:
    """Return the device; cells are ``fineness`` times 24 nm wide, 10 nm high, and 1 nm at the faces."""
    from fem import Device, SchottkyContact, materials
    from fem.physics import Carriers, MobileIons, Poisson
    from fem.units import K, nm
    from geometries import Dot, Layer, VerticalStack

    stack = VerticalStack(Layer("ITO", 20 * nm), Layer("film", 100 * nm), Layer("Au", 20 * nm))
    contact = SchottkyContact(image_force_permittivity=5.5)
    return Device(
        mesh=stack.mesh(
            size=10 * fineness * nm,
            interface_size=1 * fineness * nm,
            growth=1.5,
            shape=Dot(side=200 * nm, dot_radius=50 * nm, lateral_size=24 * fineness * nm),
        ),
        materials={"ITO": materials.ITO, "film": materials.MAPBI3, "Au": materials.GOLD},
        physics=[Poisson(), Carriers(), MobileIons("iodide_vacancy")],
        contacts={"bottom": contact, "top": contact},
        temperature=300 * K,
    )


def newton(device: Any, start: Any, step: float) -> dict[str, float]:
    """Return iterations and times [s] of one solve after a bias step of 0.1 V, per Newton step."""
    from fem.device.loading import load
    from fem.solvers.kept import problem_of

    problem = problem_of(device)
    load(device, start)
    rate = device.scaling.time / step
    device.context.set_time_formula((rate, -rate, 0.0), (rate, -rate, 0.0))
    problem.set_bias({"top": 0.1})
    before = (problem.linear.iterations, problem.linear.seconds) if problem.linear else (0, 0.0)
    begin = time.perf_counter()
    count = problem.solve()
    whole = time.perf_counter() - begin
    after = (problem.linear.iterations, problem.linear.seconds) if problem.linear else (0, 0.0)
    solve = after[1] - before[1]
    return {
        "newton": count,
        "gmres": (after[0] - before[0]) / count,
        "solve": solve / count,
        "assembly": (whole - solve) / count,
        "step": whole / count,
    }


def measure(fineness: float) -> None:
    """Print the numbers of one size as JSON; what a child process does."""
    from mpi4py import MPI

    from fem import equilibrium

    begin = time.perf_counter()
    device = build(fineness)
    mesh_time = time.perf_counter() - begin
    equilibrium(device)  # compiles
    begin = time.perf_counter()
    start = equilibrium(device)
    found: dict[str, Any] = {"mesh": mesh_time, "equilibrium": time.perf_counter() - begin}
    newton(device, start, 1.0)  # compiles
    found |= {name: newton(device, start, step) for name, step in CASES.items()}
    space = device.context.space.dofmap
    found["unknowns"] = space.index_map.size_global * space.index_map_bs
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # MB on Linux
    found["memory"] = MPI.COMM_WORLD.allreduce(memory)
    if MPI.COMM_WORLD.rank == 0:
        print(json.dumps(found), flush=True)


def start(size: float, ranks: int = 1) -> subprocess.Popen[str]:
    """Start measuring one size in a process of its own, or in one per rank."""
    launch = [str(Path(sys.executable).with_name("mpiexec")), "-n", str(ranks)] if ranks > 1 else []
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [*launch, sys.executable, "-W", "default", __file__, "--measure", str(size)],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the numbers of a process when it is done."""
    printed, _ = process.communicate()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    numbers: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    return numbers


def run(ranks: int = 1, fineness: tuple[float, ...] = FINENESS) -> list[dict[str, Any]]:
    """Measure all sizes, print a table and return its rows."""
    head = "unknowns  equilibrium s  case     newton  gmres/step  assembly s  solve s  step s  memory MB"
    print(head + "  exponents of time, memory", flush=True)
    rows: list[dict[str, Any]] = []
    for size in fineness:
        rows.append(finish(start(size, ranks)))
        for case in CASES:
            print(_line(rows, case), flush=True)
    return rows


def targets(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is asked of the sizes measured, with what was found and whether it is met."""
    first, middle, last = rows[0], rows[FINENESS.index(0.5)], rows[-1]
    two = finish(start(0.5, 2))
    found = []
    for case in CASES:
        growth = exponent(first["unknowns"], first[case]["step"], last["unknowns"], last[case]["step"])
        asked = (
            (f"s per step, {middle['unknowns']} unknowns", middle[case]["step"], 1.0),
            (f"s per step, {last['unknowns']} unknowns", last[case]["step"], 10.0),
            ("exponent of time", growth, 1.2),
        )
        found += [_target(f"3D, {case}: {what}", value, most) for what, value, most in asked]
        faster = middle[case]["step"] / two[case]["step"]
        found.append(_target(f"3D, {case}: two ranks faster than one by", faster, 1.6, least=True))
    growth = exponent(first["unknowns"], first["memory"], last["unknowns"], last["memory"])
    found.append(_target("3D: exponent of memory", growth, 1.2))
    found.append(_target("3D: MB at the largest size", last["memory"], 6000.0))
    return found


def _target(what: str, value: float, bound: float, *, least: bool = False) -> dict[str, Any]:
    met = value >= bound if least else value <= bound
    sign = "at least" if least else "at most"
    print(f"{what:<50}{value:>9.3g}  ({sign} {bound:g})  {'met' if met else 'missed'}", flush=True)
    return {"case": what, "value": value, "bound": bound, "met": bool(met)}


def ceiling(fineness: tuple[float, ...] = FINENESS) -> None:
    """Print how much faster two ranks are than one, and how much faster they could be.

    Two independent runs on one rank each, at the same time, share the memory of the machine as two ranks do.
    They do twice the work of one without any waiting; no two ranks can be faster than they are.
    """
    print(
        "unknowns  case     gmres/step of one, two ranks  step s of one, two, each of both  faster  ceiling"
    )
    for size in fineness:
        alone, ranks = finish(start(size)), finish(start(size, 2))
        both = [finish(process) for process in (start(size), start(size))]
        for case in CASES:
            one, two = alone[case], ranks[case]
            each = sum(row[case]["step"] for row in both) / 2
            print(
                f"{alone['unknowns']:>8}  {case:<7}  {one['gmres']:>17.1f}  {two['gmres']:>9.1f}"
                f"  {one['step']:>13.2f}  {two['step']:>6.2f}  {each:>9.2f}"
                f"  {one['step'] / two['step']:>6.2f}  {2 * one['step'] / each:>7.2f}",
                flush=True,
            )


def _line(rows: list[dict[str, Any]], case: str) -> str:
    row = rows[-1]
    numbers = row[case]
    line = (
        f"{row['unknowns']:>8}  {row['equilibrium']:>13.2f}  {case:<7}  {numbers['newton']:>6}"
        f"  {numbers['gmres']:>10.1f}  {numbers['assembly']:>10.2f}  {numbers['solve']:>7.2f}"
        f"  {numbers['step']:>6.2f}  {row['memory']:>9.0f}"
    )
    if len(rows) > 1:
        times = exponent(rows[0]["unknowns"], rows[0][case]["step"], row["unknowns"], numbers["step"])
        memory = exponent(rows[0]["unknowns"], rows[0]["memory"], row["unknowns"], row["memory"])
        line += f"  {times:>17.2f}  {memory:>6.2f}"
    return line


def exponent(n0: float, t0: float, n1: float, t1: float) -> float:
    """Return a of t ~ n^a between two sizes."""
    import math

    return math.log(t1 / t0) / math.log(n1 / n0)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--sizes", type=int, default=len(FINENESS), help="how many sizes, coarse to fine")
    parser.add_argument("--ceiling", action="store_true", help="of two ranks: two runs at the same time")
    asked = parser.parse_args()
    if asked.measure is not None:
        measure(asked.measure)
    elif asked.ceiling:
        ceiling(FINENESS[: asked.sizes])
    else:
        run(asked.ranks, FINENESS[: asked.sizes])


if __name__ == "__main__":
    main()
