"""``memfem doctor``: nothing is broken here, and faults that are made from outside of the process are found."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks.studies_rows.shell import ROOT, memfem
from tests.benchmarks.table import Row


def _asked(folder: Path, **changes: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code, and the findings by thing."""
    done = memfem(folder, "doctor", "--json", **changes)
    try:
        return done.returncode, {one["thing"]: one for one in json.loads(done.stdout)["findings"]}
    except ValueError:
        return done.returncode, {}


def rows() -> Iterator[Row]:
    """Yield a row of this installation as it is, and one for each fault."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        code, found = _asked(folder)
        sick = [thing for thing, one in found.items() if one["state"] == "broken"]
        yield Row(
            "this installation",
            "exit 0, nothing broken",
            f"exit {code}, {', '.join(sick) or 'none'}",
            met=not code,
        )
        for what, thing, state, changes in _faults(folder):
            code, found = _asked(folder, **changes)
            one = found.get(thing, {"state": "not told", "found": "", "advice": ""})
            met = one["state"] == state and bool(one["advice"]) and code == int(state == "broken")
            yield Row(what, f"{thing}: {state}", f"{one['state']}: {one['found']}"[:150], met=met)


def _faults(folder: Path) -> Iterator[tuple[str, str, str, dict[str, str]]]:
    """Yield faults: what is wrong, the thing that must be told, its state, and the changed environment."""
    empty, file = folder / "empty", folder / "file"
    empty.mkdir()
    file.write_text("")
    yield "a PATH without gcc", "compiler", "broken", {"PATH": str(empty), "CC": ""}
    yield "a PATH without ngspice", "ngspice", "warning", {"PATH": _without_ngspice(folder)}
    yield "a cache that is no folder", "compiled equations", "warning", {"XDG_CACHE_HOME": str(file)}
    yield "no OMP_NUM_THREADS", "threads", "warning", {"OMP_NUM_THREADS": ""}
    foreign = folder / "foreign" / "petsc4py"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text("raise ImportError('a foreign petsc4py')\n")
    path = os.pathsep.join([str(foreign.parent), str(ROOT)])
    yield "a foreign petsc4py", "petsc4py", "broken", {"PYTHONPATH": path}
    other = folder / "mpi"
    other.mkdir()
    (other / "mpiexec").write_text("#!/bin/sh\necho 'mpiexec (OpenRTE) 4.1.4'\n")
    (other / "mpiexec").chmod(0o755)
    yield "an mpiexec of Open MPI", "MPI", "broken", {"PATH": f"{other}{os.pathsep}{os.environ['PATH']}"}


def _without_ngspice(folder: Path) -> str:
    """Return a PATH with the C compiler's tools alone."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("cc", "gcc", "as", "ld", "git", "sh"):
        for place in os.environ["PATH"].split(os.pathsep):
            if (Path(place) / name).exists() and not (tools / name).exists():
                (tools / name).symlink_to(Path(place) / name)
    return os.pathsep.join([str(tools), str(Path(sys.executable).parent)])
