"""Settings of the user: threads, and the folder in which compiled equations are kept."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
from pathlib import Path

from fem.forms.libraries import damaged_libraries
from studies.cli.doctoring.finding import Finding, ok, warning
from studies.cli.doctoring.solver import asked

_ADVICE = "export OMP_NUM_THREADS=1: systems are small, and several threads cost more than they save"


def threads() -> Finding:
    """Whether OMP_NUM_THREADS is what small systems want."""
    thing, said, cores = (
        "threads",
        os.environ.get("OMP_NUM_THREADS"),
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
    )
    if said is None or not said.strip():
        if cores == 1:
            return ok(thing, "one core")
        return warning(thing, f"OMP_NUM_THREADS is not set: libraries take all {cores} cores", _ADVICE)
    if not said.strip().isdigit() or int(said) < 1:
        return warning(thing, f"OMP_NUM_THREADS is {said!r}, which is no number of threads", _ADVICE)
    if int(said) > cores:
        return warning(thing, f"OMP_NUM_THREADS is {said}, and there are {cores} cores", _ADVICE)
    return ok(thing, f"OMP_NUM_THREADS is {said}, of {cores} cores")


def cache_folder() -> Path:
    """Return the folder in which dolfinx keeps compiled equations, as it says or as it is if it does not."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(asked().get("cache") or home / "fenics")


def cache(folder: Path | None = None) -> Finding:
    """Whether compiled equations can be kept, and those that are kept are whole."""
    thing, place = "compiled equations", folder or cache_folder()
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x" * 4096)
    except OSError as error:
        advice = "let XDG_CACHE_HOME name a folder that can be written"
        return warning(
            thing, f"{place} cannot be written ({error.strerror}): every run compiles anew", advice
        )
    kept = damaged_libraries(place / "memfem")
    if kept.damaged:
        names = ", ".join(path.name[:12] for path in kept.damaged[:3])
        found = (
            f"{len(kept.damaged)} of {kept.number} in {place} are damaged ({names}): they are compiled again"
        )
        return warning(thing, found, f"rm -r {place / 'memfem'} takes all away; nothing else is lost")
    return ok(thing, f"{kept.number} whole ones in {place}")


def python() -> Finding:
    """Which Python it is; an older one than memfem needs does not come here."""
    return ok("Python", f"{platform.python_version()} at {sys.executable}")
