"""memfem: finite-element simulation of halide-perovskite memristors and synaptic devices.

Names are loaded when they are first used, so that ``import fem`` is quick.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any

# The wheel must come before dolfinx, petsc4py and mpi4py; other installations do without it.
with contextlib.suppress(ImportError):
    import dolfinx_solver  # noqa: F401

__version__ = "0.1.0"

_HOME = {
    "BlockingContact": "fem.contacts",
    "FloatingGate": "fem.contacts",
    "GateContact": "fem.contacts",
    "HeatSink": "fem.contacts",
    "OhmicContact": "fem.contacts",
    "SchottkyContact": "fem.contacts",
    "Circuit": "fem.circuit",
    "Device": "fem.device",
    "DeviceMesh": "fem.mesh",
    "State": "fem.state",
    "floating_charge": "fem.floating_gate",
    "floating_potential": "fem.floating_gate",
    "ion_flow": "fem.exchanged_ions",
    "with_ions": "fem.state",
    "NewtonOptions": "fem.solvers",
    "StepControl": "fem.timestepping",
    "equilibrium": "fem.poisson_boltzmann",
    "steady": "fem.continuation",
    "integrate": "fem.timestepping",
    "UntilPeriodic": "fem.drive",
    "admittance": "fem.smallsignal",
    "temperature": "fem.thermal",
    "load_checkpoint": "fem.io",
    "save_checkpoint": "fem.io",
}
__all__ = [*_HOME, "materials"]


def __getattr__(name: str) -> Any:
    if name == "materials":
        return importlib.import_module("fem.materials")
    if name not in _HOME:
        raise AttributeError(f"module 'fem' has no attribute {name!r}; it has {', '.join(__all__)}")
    _require_dolfinx()
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _require_dolfinx() -> None:
    """Say in one sentence what to install where dolfinx is missing or of another version."""
    from fem.errors import MissingSoftwareError

    try:
        import dolfinx
    except ImportError as error:
        raise MissingSoftwareError(
            "memfem needs dolfinx 0.11: pip install 'memfem[dolfinx]', or use the one of conda-forge, Spack "
            f"or your cluster ({error})."
        ) from error
    if not dolfinx.__version__.startswith("0.11"):
        raise MissingSoftwareError(f"memfem needs dolfinx 0.11, and this is {dolfinx.__version__}.")
