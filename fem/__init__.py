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
    "Device": "fem.device.device",
    "DeviceMesh": "fem.mesh.device_mesh",
    "State": "fem.device.state",
    "floating_charge": "fem.currents.gate_charge",
    "floating_potential": "fem.currents.gate_charge",
    "ion_flow": "fem.currents.ion_flow",
    "with_ions": "fem.device.state",
    "NewtonOptions": "fem.solvers.options",
    "StepControl": "fem.transient.timestepping",
    "equilibrium": "fem.solvers.equilibrium",
    "steady": "fem.solvers.steady",
    "integrate": "fem.transient.timestepping",
    "UntilPeriodic": "fem.transient.drive",
    "admittance": "fem.solvers.smallsignal",
    "temperature": "fem.heat.of_state",
    "load_checkpoint": "fem.io.checkpoint",
    "save_checkpoint": "fem.io.checkpoint",
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
