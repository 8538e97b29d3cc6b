"""All benchmarks in one run: python -m tests.benchmarks.run [--long] [--only TEXT]; see also make bench.

Prints the tables and writes results/bench.json. Times hold for the machine that ran them; ratios between
programs within one run are what can be compared. A missed target is printed as such and is no error.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
from pathlib import Path
from typing import Any

PARTS = ("alone", "beside", "volume")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="DEVSIM does all points in 3D (ten minutes)")
    parser.add_argument("--only", choices=PARTS, help="one of the three parts")
    parser.add_argument("--output", type=Path, default=Path("results/bench.json"))
    asked = parser.parse_args()
    found: dict[str, Any] = {"machine": _machine()}
    parts = PARTS if asked.only is None else (asked.only,)
    if "alone" in parts:
        from tests.benchmarks import alone

        found["alone"] = alone.run()
        print("\n".join(map(alone.sentence, found["alone"])), flush=True)
    if "beside" in parts:
        from tests.benchmarks import beside_devsim

        problem = beside_devsim.missing()
        print(problem or "time per bias point of 0.1 V and memory: memfem, DEVSIM", flush=True)
        found["beside_devsim"] = problem or beside_devsim.run(asked.long)
    if "volume" in parts:
        from tests.benchmarks import bench_3d

        rows = bench_3d.run()
        found["volume"] = bench_3d.targets(rows)
        found["volume by size"] = {"rows": rows}
    asked.output.parent.mkdir(parents=True, exist_ok=True)
    asked.output.write_text(json.dumps(found, indent=1) + "\n")
    every = [row for rows in found.values() if isinstance(rows, list) for row in rows]
    missed = [row["case"] for row in every if not row["met"]]
    print(
        f"{len(every) - len(missed)} of {len(every)} targets met" + (f"; missed: {missed}" if missed else "")
    )


def _machine() -> dict[str, Any]:
    versions = {}
    for name in ("memfem", "devsim", "fenics-dolfinx", "dolfinx-solver-real", "numpy"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return {
        "python": platform.python_version(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "versions": versions,
    }


if __name__ == "__main__":
    main()
