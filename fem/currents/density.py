r"""The current density and the electric field of a state, one vector per cell.

A term gives its current as :math:`-\int J\cdot\nabla w`, summed over the fluxes along edges (see ``edge_flux``).
With the coordinate :math:`x_k` for the weight w, and one cell T alone, that is

.. math:: J_k = \frac{1}{|T|}\int_T J\cdot\nabla x_k = \sum_{i<j} w_{ij}\,J_{ij}\,(x_j - x_i)_k,

a vector that is as free of divergence as the discrete equations: for each P1 weight w,
:math:`-\sum_T |T|\,J_T\cdot\nabla w` is the same terminal current.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.device.loading import loaded
from fem.device.state import State
from fem.errors import UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import instance, text
from fem.forms.compilation import compiled
from fem.forms.nodal_values import EDGES
from fem.mesh.kept import kept
from fem.mesh.ranks import collective

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]
_HISTORY = ("displacement", "polarization")  # their currents need the states before


@checked(state=instance(State), part=text)
@collective("current_density", "part")
def current_density(state: State, part: str = "total") -> Array:
    """Return the conduction current density in the cells of this rank [A/m²], shape (cells, dimension).

    ``part``: a carrier, an ion species or "total", the sum of all of these. The displacement current is not
    in it, nor that of a polarisation, for a state does not know how fast they change, nor what tunnels through faces.
    Directions are those of the mesh's coordinates (radius and height in axisymmetric meshes). Collective.
    Raises UnknownNameError.
    """
    return kept(state.device, "current density", CurrentDensity)(state, part)


class CurrentDensity:
    """Evaluates the current density of each part of a device's current; compiled once."""

    def __init__(self, device: Device) -> None:
        from dolfinx import fem as dfem

        self.device: Device = weakref.proxy(device)  # the device keeps this, not the other way
        context = device.context
        self._weight = dfem.Function(context.scalar_space)
        self._places = context.scalar_space.tabulate_dof_coordinates()
        self._in_cell = ufl.TestFunction(context.piecewise)
        self._found = dfem.Function(context.piecewise)
        calculus = context.calculus
        self._volume = self._assembled(
            compiled(calculus.radius_factor * self._in_cell * calculus.measure)
        ).copy()
        forms = device.currents(self._weight)
        in_cells = {
            name: self._of_cells(form) for name, form in forms.items() if not name.startswith(_HISTORY)
        }
        self._by_cell = {name: form for name, form in in_cells.items() if not form.empty()}
        self._forms: dict[str, Any] = {}

    def __call__(self, state: State, part: str) -> Array:
        """Return the current density of a part in a state of this device [A/m²], shape (cells, dimension)."""
        mesh, columns = self.device.mesh, []
        if part == "total" and not self._by_cell:  # insulators alone
            return np.zeros((self._volume.size, mesh.dim))
        form = self._form(part)
        with loaded(state):
            for k in range(mesh.dim):
                self._weight.x.array[:] = self._places[:, k]
                columns.append(-self._assembled(form) / self._volume)
        return np.stack(columns, axis=1) * self.device.scaling.current_density

    def _form(self, part: str) -> Any:
        if part != "total" and part not in self._by_cell:
            raise UnknownNameError("part of the current", part, [*self._by_cell, "total"])
        if part not in self._forms:
            form = sum(self._by_cell.values()) if part == "total" else self._by_cell[part]
            self._forms[part] = compiled(form)
        return self._forms[part]

    def _of_cells(self, form: Any) -> Any:
        """Return the form whose value is given cell by cell."""
        across = self.device.context.edge_graphs
        inside = [
            i
            for i in form.integrals()
            if i.integral_type() == "cell" and i.metadata().get(EDGES) not in across
        ]
        return ufl.Form([i.reconstruct(integrand=i.integrand() * self._in_cell) for i in inside])

    def _assembled(self, form: Any) -> Array:
        """Return the integrals over the cells of this rank, ghosts included, shape (cells,)."""
        from dolfinx import fem as dfem

        values = self._found.x.array
        values[:] = 0.0
        dfem.assemble_vector(values, form)
        self._found.x.scatter_forward()
        return np.asarray(values, dtype=np.float64)


@checked(state=instance(State))
def electric_field(state: State) -> Array:
    """Return the electric field -∇ψ in the cells of this rank [V/m], shape (cells, dimension)."""
    context, mesh = state.device.context, state.device.mesh
    corners = context.scalar_space.dofmap.list
    places = context.scalar_space.tabulate_dof_coordinates()[corners][:, :, : mesh.dim] * mesh.unit
    edges = places[:, 1:] - places[:, :1]
    falls = state.potential()[corners]
    falls = falls[:, :1] - falls[:, 1:]
    return np.asarray(np.linalg.solve(edges, falls[:, :, None])[:, :, 0])
