"""Assembly of forms along the edges and at the nodes of a mesh; what is of cells and faces is assembled there.

A form is parted by what its integrals are written for. Those of one edge or node that stands for all go to the graphs
of the mesh (``fem.forms.edge_graph``), on which each flux is evaluated once; their coefficients are packed once, and
those that have changed since then again. All parts go to the same vector or matrix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives

from fem.forms.compilation import compiled
from fem.forms.context import Context
from fem.forms.edge_data import EdgeDatum
from fem.forms.nodal_values import ALONG, AT_NODES, EDGES
from fem.forms.on_graph import OnGraph

Array = npt.NDArray[np.float64]


class Assembly:
    """A linear or bilinear form, or a functional, of a device; ``cells``: those of this rank that count, None for all.

    Collective to make and to call: each rank adds what its own cells give.
    """

    def __init__(self, form: Any, context: Context, cells: npt.NDArray[np.int32] | None = None) -> None:
        written: dict[str, list[Any]] = {ALONG: [], AT_NODES: [], "": []}
        between: dict[tuple[str, int], list[Any]] = {}
        for integral in apply_derivatives(apply_algebra_lowering(form)).integrals():
            kind = integral.metadata().get(EDGES)
            if kind in context.edge_graphs:
                rule = integral.metadata()["quadrature_degree"]  # FFCx mixes up several rules of one form
                between.setdefault((kind, rule), []).append(integral)
                continue
            written[kind if kind in written and _of_regions(integral, context) else ""].append(integral)
        self._parts: list[Packed | Plain] = []
        for kind, graph in zip((ALONG, AT_NODES), context.graphs(cells), strict=True):
            if written[kind]:
                self._parts.append(Packed(written[kind], OnGraph(graph), context))
        for (name, _), integrals in between.items():
            self._parts.append(Packed(integrals, OnGraph(context.edge_graphs[name]), context))
        if written[""]:
            self._parts.append(Plain(ufl.Form(written[""]), cells))

    @property
    def parts(self) -> list[Packed | Plain]:
        """The parts, each with a form and its data."""
        return list(self._parts)

    @property
    def forms(self) -> list[Any]:
        """The dolfinx forms of all parts."""
        return [part.form for part in self._parts]

    def add_to_vector(self, values: Array) -> None:
        """Add a linear form to the values of this rank, those of its ghosts too, unrolled."""
        from dolfinx import cpp

        for part in self._parts:
            cpp.fem.assemble_vector(values, part.form._cpp_object, *part.data())

    def add_to_matrix(self, matrix: Any, given: npt.NDArray[np.int8]) -> None:
        """Add a bilinear form to a PETSc matrix but for the rows and columns ``given``, unrolled."""
        from dolfinx import cpp

        for part in self._parts:
            cpp.fem.petsc.assemble_matrix(matrix, part.form._cpp_object, *part.data(), given, given)

    def lift(self, values: Array, conditions: Sequence[Any], x: Array | None, factor: float) -> None:
        """Subtract ``factor`` times what a bilinear form gives for the difference of ``conditions`` from x.

        ``values`` and ``x`` as in ``add_to_vector``; x of zero if None.
        """
        from dolfinx import cpp

        bcs = [[c._cpp_object for c in conditions]]
        for part in self._parts:
            constants, packed = part.data()
            x0 = [] if x is None else [x]
            cpp.fem.apply_lifting(values, [part.form._cpp_object], [constants], [packed], bcs, x0, factor)

    def value(self) -> float:
        """Return what the cells of this rank give to a functional."""
        from dolfinx import cpp

        return float(
            sum(cpp.fem.assemble_scalar(part.form._cpp_object, *part.data()) for part in self._parts)
        )


class Plain:
    """A part in cells and on faces, packed by dolfinx each time."""

    def __init__(self, form: Any, cells: npt.NDArray[np.int32] | None) -> None:
        self.functions = form.coefficients()
        self.form = compiled(form, cells)

    def data(self) -> tuple[Array, Mapping[Any, Array]]:
        """Return the values of constants and coefficients."""
        from dolfinx import fem as dfem

        return dfem.pack_constants(self.form), dfem.pack_coefficients(self.form)


class Packed:
    """A part on a graph, of which only those coefficients are packed again that have changed."""

    def __init__(self, integrals: Sequence[Any], home: OnGraph, context: Context) -> None:
        from dolfinx import fem as dfem

        form = ufl.Form([home.integral(integral) for integral in integrals])
        self.form = compiled(form, comm=context.setting.mesh.comm)
        self._tags, self._graph = context.setting.mesh.cell_region, home.graph
        packed = dfem.pack_coefficients(self.form)
        self._packed = {key: np.array(values) for key, values in packed.items()}
        self._columns: list[_Columns] = []
        places, first = self.form.ufcx_form.original_coefficient_positions, 0
        coefficients = form.coefficients()
        for k in range(self.form.ufcx_form.num_coefficients):
            found = coefficients[places[k]]
            source = home.sources[found]
            width = found._cpp_object.function_space.element.space_dimension
            if not isinstance(source, EdgeDatum):
                self._columns.append(_Columns(slice(first, first + width), source))
            first += width

    def data(self) -> tuple[Array, Mapping[Any, Array]]:
        """Return the values of constants and coefficients."""
        from dolfinx import fem as dfem

        for columns in self._columns:
            if columns.changed():
                self._pack(columns)
        return dfem.pack_constants(self.form), self._packed

    def take_out(self, functions: Sequence[Any]) -> dict[int, slice]:
        """Leave the columns of some functions to the caller from now on; return them by the functions' numbers."""
        numbers = {id(f): k for k, f in enumerate(functions)}
        found = {numbers[id(c.source)]: c.place for c in self._columns if id(c.source) in numbers}
        self._columns = [columns for columns in self._columns if id(columns.source) not in numbers]
        return found

    @property
    def regions(self) -> npt.NDArray[np.int32]:
        """The tag of the region of each edge or node."""
        return self._tags[self._graph.incidence.first]

    @property
    def nodes(self) -> npt.NDArray[np.int32]:
        """The nodes of each edge or node, shape (n, 2) or (n, 1)."""
        return self._graph.incidence.nodes

    def _pack(self, columns: _Columns) -> None:
        found = self._graph.incidence
        if columns.of_cells:
            assert _one_per_region(columns.values, self._tags), f"{columns.source} varies within a region"
            new = columns.values[found.first][:, None]
        else:
            wide = found.nodes.shape[1] * columns.size  # on a rank without any edge as well
            new = columns.values.reshape(-1, columns.size).take(found.ends, axis=0, mode="clip")
            new = new.reshape(len(found.nodes), wide)
        for packed in self._packed.values():
            packed[:, columns.place] = new


class _Columns:
    """The columns of the packed coefficients that one function has, and the bytes of its values when last packed."""

    def __init__(self, place: slice, source: Any) -> None:
        self.place, self.source, self.values = place, source, source.x.array
        self.of_cells = source.ufl_element().embedded_superdegree == 0
        self.size = source.function_space.dofmap.index_map_bs
        self._last = self.values.tobytes()

    def changed(self) -> bool:
        """Return whether the values are others than at the last call; small meshes have many calls."""
        now = self.values.tobytes()
        if now == self._last:
            return False
        self._last = now
        return True


def _of_regions(integral: Any, context: Context) -> bool:
    """Return whether all functions of an integral that are constant in cells are so in regions; collective."""
    from mpi4py import MPI
    from ufl.algorithms import extract_coefficients

    found = [
        f
        for f in extract_coefficients(integral.integrand())
        if not isinstance(f, EdgeDatum) and f.ufl_element().embedded_superdegree == 0
    ]
    here = all(
        f.ufl_shape == () and _one_per_region(f.x.array, context.setting.mesh.cell_region) for f in found
    )
    return bool(context.setting.mesh.comm.allreduce(here, op=MPI.LAND))


def _one_per_region(values: Array, tags: npt.NDArray[np.int32]) -> bool:
    """Return whether the values of the cells of this rank are the same in each region."""
    tags = tags[: len(values)]
    table = np.zeros(int(tags.max(initial=0)) + 1)
    table[tags] = values
    return np.array_equal(table[tags], values)
