"""What is given in a nonlinear problem: potentials of electrodes, densities at contacts, cells to leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from fem.device.device import Device


def cells_to_solve(device: Device) -> npt.NDArray[np.int32] | None:
    """Return the cells of this rank outside of metals, in which all is given; None for all cells.

    A temperature is an unknown in metals too.
    """
    metals = device.setting.of_kind("metal")
    if not metals or device.context.has_temperature:
        return None
    mesh = device.mesh
    here = mesh.mesh.topology.index_map(mesh.dim).size_local
    found = np.setdiff1d(np.arange(here, dtype=np.int32), mesh.cells(*metals))
    return found.astype(np.int32)


def dirichlet(device: Device) -> tuple[Any, list[Any]]:
    """Return the function of electrode potentials and all Dirichlet conditions."""
    from dolfinx import fem as dfem

    context = device.context
    bcs, potential = [], None
    for k in range(context.block_size):
        sub = context.space.sub(k)
        scalar, sub_map = sub.collapse()
        function = dfem.Function(scalar)
        if k == 0:
            dofs = np.unique(np.concatenate([e.nodes for e in device.electrodes])).astype(np.int32)
            potential = function
        elif k < len(context.fields):
            name = context.fields[k].name
            dofs = device.boundary.fixed[name]
            function.x.array[dofs] = device.boundary.values[name]
        else:
            dofs = np.arange(function.x.array.size, dtype=np.int32)
        _require_same_numbering(
            np.asarray(sub_map[0] if isinstance(sub_map, list) else sub_map), k, context.block_size
        )
        bcs.append(dfem.dirichletbc(function, [context.block_size * dofs + k, dofs], sub))
    return potential, bcs


def _require_same_numbering(sub_map: npt.NDArray[np.int32], k: int, bs: int) -> None:
    """Raise unless the scalar and the blocked space number their nodes alike, as dolfinx does."""
    if not np.array_equal(sub_map, bs * np.arange(sub_map.size) + k):
        raise AssertionError(
            f"dolfinx numbers the nodes of unknown {k} unlike those of its block; memfem relies on one numbering. "
            "This is an error in memfem or a change in dolfinx, not in the device."
        )
