"""memfem: finite-element simulation of halide-perovskite memristors and synaptic devices.

Names are loaded when they are first used, so that ``import fem`` is quick.

Under ``mpiexec``, all ranks make the same calls with the same arguments. An error that nobody catches on one rank ends
all of them with its message, and a call that other ranks do not make, or make with other arguments, is a RankError on
all of them, within 20 s.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fem import materials
    from fem.circuit import Circuit, Leakage
    from fem.contacts import (
        BlockingContact,
        FloatingGate,
        GateContact,
        HeatSink,
        OhmicContact,
        SchottkyContact,
    )
    from fem.currents.density import current_density, electric_field
    from fem.currents.gate_charge import floating_charge, floating_potential
    from fem.currents.ion_flow import ion_flow
    from fem.device.device import Device
    from fem.device.parameters import Parameter, parameters
    from fem.device.state import State, integral, with_ions
    from fem.heat.of_state import temperature
    from fem.io.checkpoint import load_checkpoint, save_checkpoint
    from fem.mesh.device_mesh import DeviceMesh
    from fem.solvers.equilibrium import equilibrium
    from fem.solvers.options import NewtonOptions
    from fem.solvers.smallsignal import admittance
    from fem.solvers.steady import steady
    from fem.transient.drive import UntilPeriodic
    from fem.transient.timestepping import StepControl, integrate

# A process that no mpiexec has started sends nothing to others, but MPI's UCX would note every block of memory that
# Python gives back, for good: some 0.1 MB a device.
if not {"PMI_RANK", "PMIX_RANK"} & os.environ.keys():
    os.environ.setdefault("UCX_MEM_MMAP_HOOK_MODE", "none")

# The wheel must come before dolfinx, petsc4py and mpi4py; other installations do without it.
with contextlib.suppress(ImportError):
    import dolfinx_solver  # noqa: F401

__version__ = "0.1.0"


def _several_ranks() -> bool:
    """Whether MPI has begun with several ranks; an error on one of them then ends all."""
    mpi = sys.modules.get("mpi4py.MPI")
    if mpi is None or not mpi.Is_initialized() or mpi.Is_finalized():
        return False
    several = bool(mpi.COMM_WORLD.size > 1)
    if several:
        importlib.import_module("fem.mesh.endings").watch()
    return several


_several_ranks()

_HOME = {
    "BlockingContact": "contacts",
    "Circuit": "circuit",
    "Device": "device.device",
    "DeviceMesh": "mesh.device_mesh",
    "FloatingGate": "contacts",
    "GateContact": "contacts",
    "HeatSink": "contacts",
    "Leakage": "circuit",
    "NewtonOptions": "solvers.options",
    "OhmicContact": "contacts",
    "Parameter": "device.parameters",
    "SchottkyContact": "contacts",
    "State": "device.state",
    "StepControl": "transient.timestepping",
    "UntilPeriodic": "transient.drive",
    "admittance": "solvers.smallsignal",
    "current_density": "currents.density",
    "electric_field": "currents.density",
    "equilibrium": "solvers.equilibrium",
    "floating_charge": "currents.gate_charge",
    "floating_potential": "currents.gate_charge",
    "integral": "device.state",
    "integrate": "transient.timestepping",
    "ion_flow": "currents.ion_flow",
    "load_checkpoint": "io.checkpoint",
    "parameters": "device.parameters",
    "save_checkpoint": "io.checkpoint",
    "steady": "solvers.steady",
    "temperature": "heat.of_state",
    "with_ions": "device.state",
}
__all__ = [
    "BlockingContact",
    "Circuit",
    "Device",
    "DeviceMesh",
    "FloatingGate",
    "GateContact",
    "HeatSink",
    "Leakage",
    "NewtonOptions",
    "OhmicContact",
    "Parameter",
    "SchottkyContact",
    "State",
    "StepControl",
    "UntilPeriodic",
    "admittance",
    "current_density",
    "electric_field",
    "equilibrium",
    "floating_charge",
    "floating_potential",
    "integral",
    "integrate",
    "ion_flow",
    "load_checkpoint",
    "materials",
    "parameters",
    "save_checkpoint",
    "steady",
    "temperature",
    "with_ions",
]


if not TYPE_CHECKING:  # so that a type checker finds a name that is not here

    def __getattr__(name: str) -> Any:
        if name == "materials":
            return importlib.import_module("fem.materials")
        if name not in _HOME:
            raise AttributeError(f"module 'fem' has no attribute {name!r}; it has {', '.join(__all__)}")
        _require_dolfinx()
        value = getattr(importlib.import_module(f"fem.{_HOME[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _require_dolfinx() -> None:
    """Say in one sentence what to install where dolfinx is missing or of another version."""
    from fem.errors import MissingSoftwareError

    try:
        if "dolfinx" not in sys.modules and _several_ranks():  # PETSc begins in it, on all ranks together
            importlib.import_module("fem.mesh.endings").imported_together("dolfinx")
        import dolfinx
    except ImportError as error:
        raise MissingSoftwareError(
            "memfem needs dolfinx 0.11: pip install 'memfem[dolfinx]', or use the one of conda-forge, Spack "
            f"or your cluster ({error})."
        ) from error
    if not dolfinx.__version__.startswith("0.11"):
        raise MissingSoftwareError(f"memfem needs dolfinx 0.11, and this is {dolfinx.__version__}.")
    _several_ranks()  # where only dolfinx has begun MPI
