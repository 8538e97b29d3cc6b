"""``memfem doctor``: whether all is there that memfem needs, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from studies.cli.answers import FAILED, as_json
from studies.cli.doctoring import programs, settings, solver, system
from studies.cli.doctoring.finding import Finding, broken

#: In the order of the answer; each check is of one thing.
CHECKS: tuple[Callable[[], Finding], ...] = (
    settings.python,
    system.compiler,
    system.mesh_libraries,
    system.picture_libraries,
    system.display,
    solver.petsc_bindings,
    solver.solver,
    solver.mpi,
    settings.cache,
    settings.threads,
    system.space,
    programs.ngspice,
    programs.vacask,
)


def examined() -> list[Finding]:
    """Return what all checks found; a check that fails itself is a finding."""
    return [_tried(check) for check in CHECKS]


def _tried(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:
        return broken(check.__name__, f"the check itself failed: {error}", "report this with the text above")


def doctor(*, json: Annotated[bool, Parameter(help="print JSON", negative="")] = False) -> None:
    """Look for all that memfem needs, say what is missing or clashes, and what to do; ends with 1 if it cannot compute.

    Compiler, libraries of meshes and pictures, dolfinx, PETSc, MPI, kept equations, threads, disk, ngspice, VACASK.
    """
    found = examined()
    sick = [one for one in found if one.state == "broken"]
    if json:
        print(as_json({"works": not sick, "findings": [asdict(one) for one in found]}))
    else:
        print("\n".join(map(str, found)))
        odd = sum(one.state == "warning" for one in found)
        print(f"{len(sick)} broken, {odd} warnings, {len(found) - len(sick) - odd} ok")
    if sick:
        raise SystemExit(FAILED)
