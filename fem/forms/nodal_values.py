r"""Nodal values of P1 functions and of test functions, read from the dofs of a cell as they stand there.

A nodal value rebuilt from the mean and the gradient of its cell carries the rounding of the largest value there, which
may be twenty decades above it, and a test function rebuilt so leaves a part of each flux in rows to which it does not
belong: a cut-off pocket of carriers is then never balanced. In a term :math:`u_i` is ``vertex_value(u, i)``. When a
form is compiled, after its derivatives are taken, each P1 function and argument gives way to one with the same dofs
that has the dofs themselves, constant in the cell, as its first components, and its own values behind them.
"""

from __future__ import annotations

from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from basix.ufl import _BlockedElement
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.algorithms.map_integrands import map_integrand_dags
from ufl.classes import Argument, Derivative, FormArgument, GeometricQuantity, Restricted
from ufl.corealg.map_dag import map_expr_dag
from ufl.corealg.multifunction import MultiFunction

from fem.forms.edge_data import EdgeDatum, End

#: metadata of integrals over cells in which two restrictions mark a vertex: True, or what they are written for
EDGES = "memfem_edges"
ALONG, AT_NODES = "along", "at nodes"  #: one edge, or one node, that stands for all of them
BETWEEN = (
    "between"  #: with a name behind it: one edge that stands for all between two faces, which has no cell
)
_SIDES = "+-"


def vertex_value(u: Any, i: int | End) -> Any:
    """Return the value of ``u`` at local vertex ``i``.

    Restrictions mean nothing in integrals over cells, and derivatives pass through them: two of them, as the digits
    of a binary number, say which vertex.
    """
    i = i.vertex if isinstance(i, End) else i
    return ufl.as_ufl(u)(_SIDES[i % 2])(_SIDES[i // 2])


def vertex_of(marked: Any) -> tuple[int, Any]:
    """Return the vertex with which something is marked, and what that is."""
    (inner,) = marked.ufl_operands
    assert isinstance(inner, Restricted), "integrals over cells have no sides"
    (bare,) = inner.ufl_operands
    return _SIDES.index(inner.side()) + 2 * _SIDES.index(marked.side()), bare


def of_vertices(expression: Any) -> bool:
    """Return whether all in an expression belongs to nodes or regions, and nothing to a cell."""
    left, seen = [(ufl.as_ufl(expression), False)], set()
    while left:
        one, marked = left.pop()
        if (one, marked) in seen:
            continue
        seen.add((one, marked))
        if isinstance(one, FormArgument) and not _of_nodes(one, marked):
            return False
        if isinstance(one, GeometricQuantity | Derivative):
            return False
        marked = marked or isinstance(one, Restricted)
        left += [(operand, marked) for operand in one.ufl_operands]
    return True


def _of_nodes(f: Any, marked: bool) -> bool:
    """Return whether a function, where it is ``marked`` with a vertex or as it is, is one of nodes or regions."""
    element = f.ufl_element()
    if element.embedded_superdegree == 0:
        return isinstance(f, ufl.Coefficient) and f.ufl_shape == ()
    return marked and not element.discontinuous


def with_nodal_values(form: Any, cells: npt.NDArray[np.int32] | None = None) -> Any:
    """Return an equal form whose values at vertices are dofs, as the compiler of forms needs it.

    ``cells``: leave out all others of this rank. A form without integrals along edges comes back as it is.
    """
    if not isinstance(form, ufl.Form) or not any(EDGES in i.metadata() for i in form.integrals()):
        return form
    form = apply_derivatives(apply_algebra_lowering(form))
    where = {} if cells is None else {"subdomain_id": 1, "subdomain_data": [(1, cells)]}
    on_facets = Aliases()
    in_cells = Vertices(on_facets)
    integrals = []
    for integral in form.integrals():
        kind = integral.metadata().get(EDGES)
        if kind:
            rest = {key: value for key, value in integral.metadata().items() if key != EDGES}
            dim = integral.ufl_domain().topological_dimension
            for one in (in_cells,) if kind is True else _every(kind, dim, on_facets):
                integrals.append(map_integrand_dags(one, integral).reconstruct(metadata=rest, **where))
        else:
            integrals.append(map_integrand_dags(on_facets, integral))
    return ufl.Form(integrals)


def _every(kind: str, dim: int, aliases: Aliases) -> list[Vertices]:
    """Return what writes an integral for each edge, or each node, of a cell."""
    assert kind in (ALONG, AT_NODES), f"integrals {kind} belong to no cell; make an Assembly of the form"
    if kind == AT_NODES:
        return [Vertices(aliases, (i,)) for i in range(dim + 1)]
    return [Vertices(aliases, (i, j)) for i in range(dim + 1) for j in range(i + 1, dim + 1)]


class WithDofs(_BlockedElement):  # type: ignore[misc]
    """The P1 element of a block of functions, each of its dofs a constant component before these functions."""

    def __init__(self, element: Any) -> None:
        scalar = element.sub_elements[0] if element.block_size > 1 else element
        super().__init__(scalar, (element.block_size,))
        self._constant = basix.ufl.element("DG", element.cell_type, 0)
        self._reference_value_shape = (self.dim + self.block_size,)
        self._repr = f"dofs and functions of {element!r}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, WithDofs) and self._repr == other._repr

    def __hash__(self) -> int:
        return hash(self._repr)

    @property
    def sub_elements(self) -> list[Any]:
        """None: its components share their dofs."""
        return []

    def get_component_element(self, flat_component: int) -> tuple[Any, int, int]:
        """Return the scalar element of a component, its first dof and the step to the next."""
        if flat_component < self.dim:
            return self._constant, flat_component, 1
        return self._sub_element, flat_component - self.dim, self.block_size


class _Space(ufl.FunctionSpace):  # type: ignore[misc]
    """A space of P1 functions with their dofs as components, which dolfinx takes for that of the functions."""

    def __init__(self, space: Any) -> None:
        super().__init__(space.ufl_domain(), WithDofs(space.ufl_element()))
        self._cpp_object = space._cpp_object


class _Coefficient(ufl.Coefficient):  # type: ignore[misc]
    """A P1 function with its dofs as components, which dolfinx takes for the function."""

    def __init__(self, function: Any) -> None:
        super().__init__(_Space(function.ufl_function_space()), count=function.count())
        self._cpp_object = function._cpp_object


class Aliases(MultiFunction):  # type: ignore[misc]
    """Replaces P1 functions and arguments by those that have their dofs as components."""

    expr = MultiFunction.reuse_if_untouched

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[Any, Any] = {}

    def alias(self, f: Any) -> Any:
        """Return what stands for a P1 function or argument; None for functions that are constant in cells."""
        degree = f.ufl_element().embedded_superdegree
        if degree == 0:
            return None
        assert degree == 1, f"{f} has no values at the vertices alone"
        if f not in self._known:
            argument = isinstance(f, Argument)
            space = f.ufl_function_space()
            self._known[f] = Argument(_Space(space), f.number(), f.part()) if argument else _Coefficient(f)
        return self._known[f]

    def form_argument(self, f: Any) -> Any:
        """Return the function itself, by the last components of its alias."""
        found = self.alias(f)
        return f if found is None else components(f, found, found.ufl_element().dim)


class Vertices(MultiFunction):  # type: ignore[misc]
    """Replaces values at vertices by dofs, and all else as ``aliases`` do.

    ``local``: the vertices of a cell that are those of the edge, or of the node, for which an integral is written.
    """

    expr = MultiFunction.reuse_if_untouched

    def __init__(self, aliases: Aliases, local: tuple[int, ...] = (0, 1, 2, 3)) -> None:
        super().__init__()
        self._aliases, self._local = aliases, local
        self._at = [AtVertex(aliases, vertex) for vertex in local]

    def form_argument(self, f: Any) -> Any:
        """Return a function as such, its mean at the point of the rule, or what a datum of an edge is in the cell."""
        if isinstance(f, EdgeDatum):
            return f.in_cell(*self._local)
        return self._aliases.form_argument(f)

    def restricted(self, o: Any) -> Any:
        """Return what is marked with a vertex, there."""
        vertex, marked = vertex_of(o)
        return map_expr_dag(self._at[vertex], marked)


class AtVertex(MultiFunction):  # type: ignore[misc]
    """Replaces functions and arguments by their dofs at one vertex."""

    expr = MultiFunction.reuse_if_untouched

    def __init__(self, aliases: Aliases, vertex: int) -> None:
        super().__init__()
        self._aliases, self._vertex = aliases, vertex

    def form_argument(self, f: Any) -> Any:
        """Return its value at the vertex."""
        found = self._aliases.alias(f)
        return f if found is None else components(f, found, self._vertex * found.ufl_element().block_size)

    def derivative(self, o: Any) -> Any:
        """Refuse gradients: those of P1 functions belong to a cell."""
        raise AssertionError(f"{o} has no value at a vertex")

    def spatial_coordinate(self, o: Any) -> Any:
        """Refuse coordinates, which would be those of the quadrature point."""
        raise AssertionError(f"{o} is not written for a vertex")


def components(f: Any, alias: Any, first: int) -> Any:
    """Return the components of ``alias`` from one on in the shape of ``f``."""
    if f.ufl_shape == ():
        return alias[first]
    return ufl.as_vector([alias[first + k] for k in range(f.ufl_shape[0])])
