"""Forms that stand for all edges or nodes of a mesh, written for its graph: functions by those with the same dofs."""

from __future__ import annotations

from typing import Any

import numpy as np
import ufl
from ufl.algorithms.map_integrands import map_integrand_dags
from ufl.classes import Argument
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from fem.forms.edge_data import AlongEdge, EdgeDatum
from fem.forms.edge_graph import Graph
from fem.forms.nodal_values import WithDofs, components, vertex_of


class OnGraph(MultiFunction):  # type: ignore[misc]
    """Writes integrals of one edge, or one node, that stands for all of them as integrals over a ``graph``."""

    expr = MultiFunction.reuse_if_untouched

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self._at: list[_AtEnd] = []
        self.sources: dict[Any, Any] = {}  #: the function of the mesh, or datum, by that of the graph
        self._known: dict[Any, Any] = {}

    def integral(self, integral: Any) -> Any:
        """Return an integral over the graph."""
        self._at = [_AtEnd(self, k) for k in range(self.graph.degree + 1)]
        mapped = map_integrand_dags(self, integral)
        self._at = []  # no cycle of references: what knows of devices is freed with them
        rule = {"quadrature_degree": integral.metadata()["quadrature_degree"]}
        return mapped.reconstruct(domain=self.graph.domain, metadata=rule)

    def form_argument(self, f: Any) -> Any:
        """Return the number of the edge or node that a function has which is constant in cells, or the place on it."""
        return ufl.SpatialCoordinate(self.graph.domain)[0] if isinstance(f, AlongEdge) else self.of(f)

    def constant(self, c: Any) -> Any:
        """Return the constant with the same value."""
        if c not in self._known:
            self._known[c] = _Constant(self.graph.domain, c)
        return self._known[c]

    def restricted(self, o: Any) -> Any:
        """Return what is marked with a vertex, there."""
        vertex, marked = vertex_of(o)
        return map_expr_dag(self._at[vertex], marked)

    def of(self, f: Any) -> Any:
        """Return what stands for a function or argument on the graph."""
        if f not in self._known:
            self._known[f] = found = self._made(f)
            self.sources[found] = f
        return self._known[f]

    def _made(self, f: Any) -> Any:
        if isinstance(f, EdgeDatum):
            return _numbers(self.graph, self.graph.values(f), f.count())
        if f.ufl_element().embedded_superdegree == 0:
            assert not isinstance(f, Argument), f"{f} belongs to cells"
            values = f.x.array[self.graph.incidence.first]
            return _numbers(self.graph, values, f.count())
        space = self.graph.space(f.ufl_function_space())
        if self.graph.degree:
            space = _space_with_dofs(space)
        if isinstance(f, Argument):
            return Argument(space, f.number(), f.part())
        return _Function(space, f)


class _AtEnd(MultiFunction):  # type: ignore[misc]
    """Replaces functions and arguments by their dofs at one end of an edge, or at a node."""

    expr = MultiFunction.reuse_if_untouched

    def __init__(self, home: OnGraph, vertex: int) -> None:
        super().__init__()
        self._home, self._vertex = home, vertex

    def form_argument(self, f: Any) -> Any:
        """Return its value there."""
        found = self._home.of(f)
        element = found.ufl_element()
        if not isinstance(element, WithDofs):
            return found
        return components(f, found, self._vertex * element.block_size)

    def constant(self, c: Any) -> Any:
        """Return the constant with the same value."""
        return self._home.constant(c)


class _Function(ufl.Coefficient):  # type: ignore[misc]
    """A function of the mesh on the graph: the same values, which dolfinx reads by the graph's dofs."""

    def __init__(self, space: Any, function: Any) -> None:
        from dolfinx import cpp

        super().__init__(space, count=function.count())
        self._cpp_object = cpp.fem.Function_float64(space._cpp_object, function.x._cpp_object)


class _Constant(ufl.Constant):  # type: ignore[misc]
    """A constant of the mesh on the graph."""

    def __init__(self, domain: Any, constant: Any) -> None:
        super().__init__(domain, shape=constant.ufl_shape, count=constant.count())
        self._cpp_object = constant._cpp_object


class _Numbers(ufl.Coefficient):  # type: ignore[misc]
    """A number for each edge or node."""

    def __init__(self, space: Any, vector: Any, count: int) -> None:
        from dolfinx import cpp

        super().__init__(space, count=count)
        self._cpp_object = cpp.fem.Function_float64(space._cpp_object, vector._cpp_object)


def _numbers(graph: Graph, values: Any, count: int) -> _Numbers:
    from dolfinx import la

    vector = la.vector(graph.piecewise._cpp_object.dofmap.index_map, 1, dtype=np.float64)
    vector.array[:] = values
    return _Numbers(graph.piecewise, vector, count)


def _space_with_dofs(space: Any) -> Any:
    """Return the same space with the dofs of an edge as components."""
    found: Any = ufl.FunctionSpace(space.ufl_domain(), WithDofs(space.ufl_element()))
    found._cpp_object = space._cpp_object
    return found
