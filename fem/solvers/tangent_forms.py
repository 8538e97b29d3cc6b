r"""The derivative of a device's equations along its parameters and its unknowns, as forms.

With the residual R of the unknowns u, those of the steps before, u' and u'', and the numbers c of the equations,

.. math:: D = R_u\,\delta u + R_{u'}\,\delta u' + R_{u''}\,\delta u'' + R_c\,\delta c

is one linear form, and the same of the terminal current another one, differentiated by UFL and compiled once for all
parameters. Numbers that are constants or literals in the equations give way to functions with the same value, so that
they too have a direction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from ufl.algorithms.map_integrands import map_integrand_dags
from ufl.corealg.multifunction import MultiFunction

from fem.device.device import Device
from fem.device.dirichlet import cells_to_solve
from fem.device.parameters import Parameter, description
from fem.forms.assembly import Assembly
from fem.forms.batches import Batch
from fem.solvers.tangent_numbers import Numbers, Written, derivatives

Array = npt.NDArray[np.float64]


class TangentForms:
    """The derivatives of residual and current of a device like ``device``, along each of its ``parameters``.

    That device is another one, with unknowns and switches of its own: what is evaluated here disturbs no solve.
    """

    def __init__(self, device: Device, parameters: Sequence[Parameter]) -> None:
        from dolfinx import fem as dfem

        self.device = like = device.alike(device.mesh, **description(device))
        self._written = written = Written(like)
        self.numbers: list[Numbers] = [derivatives(written, like, one) for one in parameters]
        self.context = context = like.context
        self._uniform = _Uniform(context, written, self.numbers)  # and then the directions, side by side
        self._moves = [dfem.Function(context.space) for _ in range(3)]  # of u, u' and u''
        self._limited = [f.name for f in context.fields if f.upper_bound is not None]
        self._vacancies = {name: dfem.Function(context.scalar_space) for name in self._limited}
        self._varying = [
            k for k in range(len(written.functions)) if any(n.functions[k].any() for n in self.numbers)
        ]
        self._directions = [dfem.Function(written.functions[k].function_space) for k in self._varying]
        pairs = [
            *zip((context.unknown, context.previous, context.older), self._moves, strict=True),
            *((context.vacancy(name)[0], d) for name, d in self._vacancies.items()),
            *((written.functions[k], d) for k, d in zip(self._varying, self._directions, strict=True)),
            *self._uniform.pairs(),
        ]
        residual, current = (self._uniform.put_into(form) for form in (written.residual, written.current))
        self.residual, self.current = residual, current  #: with functions for the numbers that vary
        self._form = _along(residual, pairs)
        cells, varied = cells_to_solve(like), [direction for _, direction in pairs]
        tags, count = like.mesh.cell_region, len(self.numbers)
        self._rows = Batch(Assembly(self._form, context, cells), varied, count, tags)
        numbers = pairs[len(self._moves) :]
        self._flows = (
            Batch(Assembly(_along(current, numbers), context), varied, count, tags)
            if _acts(current, numbers)
            else None
        )
        self._weight = dfem.Function(context.scalar_space)
        weighed = ufl.replace(current, {current.arguments()[0]: self._weight})
        v = ufl.TestFunction(context.space)
        self._gradients = [
            Assembly(ufl.derivative(weighed, f, v), context) if f in weighed.coefficients() else None
            for f in (context.unknown, context.previous, context.older)
        ]
        self._stored = Assembly(ufl.derivative(residual, context.previous, self._moves[1]), context, cells)
        self._balance: Any = None
        for k, direction in zip(self._varying, self._directions, strict=True):
            values = np.array([n.functions[k] for n in self.numbers])
            self._set(direction, values, by_region=written.by_region[k])

    def _set(self, function: Any, values: Array, *, by_region: bool = False) -> None:
        for batch in (self._rows, self._flows):
            if batch is not None:
                batch.set(function, values, by_region=by_region)

    def load(self, device: Device) -> None:
        """Take the unknowns and the switches of ``device`` over."""
        mine, theirs = self.context, device.context
        for name in ("unknown", "previous", "older"):
            getattr(mine, name).x.array[:] = getattr(theirs, name).x.array
        for name in self._limited:
            for own, other in zip(mine.vacancy(name), theirs.vacancy(name), strict=True):
                own.x.array[:] = other.x.array
        for own, other in zip(mine.switches, theirs.switches, strict=True):
            own.value = other.value
        self._uniform.follow_rates()
        tags = device.mesh.cell_region
        for function, values in self._uniform.directions():
            self._set(
                function, np.repeat(values[:, None], int(tags.max(initial=0)) + 1, axis=1), by_region=True
            )
        for name, direction in self._vacancies.items():
            self._set(
                direction, np.array([self._fewer_sites(name, float(n.bounds[name])) for n in self.numbers])
            )

    def move(self, *changes: Array) -> None:
        """Set the changes of u, of u' and of u'' in the rows, shape (parameters, nodes, unknowns)."""
        for function, values in zip(self._moves, changes, strict=True):
            self._rows.set(function, values.reshape(len(values), -1))

    def _fewer_sites(self, name: str, change: float) -> Array:
        """Return the change of -ln of the share of vacant sites while all ions stay, as their number changes."""
        exponent = self.context.vacancy(name)[0].x.array
        bound = self.context.fields[self.context.index(name)].upper_bound
        assert bound is not None
        return np.asarray(-np.expm1(exponent) * change / bound) if change else np.zeros_like(exponent)

    def rows(self) -> Array:
        """Return D of each parameter on this rank, of its ghosts too, shape (parameters, dofs); collective."""
        return self.assembled(self._rows, self.context.space)

    def stored(self, before: Array) -> Array:
        """Return the rows of D, unrolled, of a change of u' alone, shape (nodes, unknowns)."""
        from dolfinx.la import InsertMode, vector

        space = self.context.space
        self._moves[1].x.array[:] = before.ravel()
        found = vector(space.dofmap.index_map, space.dofmap.index_map_bs)
        self._stored.add_to_vector(found.array)
        found.scatter_reverse(InsertMode.add)
        return np.asarray(found.array)

    def flows(self, weights: Array, *changes: Array) -> Array:
        """Return the derivatives of the scaled currents for ``weights`` of shape (contacts, nodes).

        ``changes``: of u, u' and u'', shape (parameters, nodes, unknowns). Shape (parameters, contacts).
        """
        scalar = self.context.scalar_space
        own = scalar.dofmap.index_map.size_local
        found = np.zeros((len(self.numbers), len(weights)))
        if self._flows is not None:
            found += self.assembled(self._flows, scalar)[:, :own] @ weights[:, :own].T
        steady = self.context.steady
        for k, (gradient, change) in enumerate(zip(self._gradients, changes, strict=True)):
            if gradient is None or (k > 0 and steady):
                continue
            for contact, weight in enumerate(weights):
                self._weight.x.array[:] = weight
                slope = np.zeros(self.context.unknown.x.array.size)
                gradient.add_to_vector(slope)
                found[:, contact] += change.reshape(len(change), -1) @ slope
        return np.asarray(self.device.mesh.comm.allreduce(found))

    @contextmanager
    def shifted(self, k: int, step: float, move: Array) -> Iterator[None]:
        """Have the numbers moved by ``step`` along parameter number ``k``, and the unknowns by ``step`` times ``move``.

        The steps before move with the unknowns. The time's scale stays: rates are those of the scaled time.
        """
        context, numbers, tags = self.context, self.numbers[k], self.device.mesh.cell_region
        places = [self._written.functions[which].x.array for which in self._varying]
        changes: list[Any] = [numbers.functions[which] for which in self._varying]
        for j, which in enumerate(self._varying):
            changes[j] = changes[j][tags] if self._written.by_region[which] else changes[j]
        for function, change in self._uniform.changes(k):
            places.append(function.x.array)
            changes.append(change)
        for function in (context.unknown, context.previous):
            places.append(function.x.array)
            changes.append(move.ravel())
        for name in self._limited:
            places.append(context.vacancy(name)[0].x.array)
            changes.append(self._fewer_sites(name, float(numbers.bounds[name])))
        before = [place.copy() for place in places]
        for place, change in zip(places, changes, strict=True):
            place += step * change
        try:
            yield
        finally:
            for place, values in zip(places, before, strict=True):
                place[:] = values

    def relative_changes(self, k: int) -> float:
        """Return the largest relative change of a number with the logarithm of parameter number ``k``."""
        pairs = [(self.numbers[k].functions[w], self._written.arrays[w]) for w in self._varying]
        sizes = [np.abs(c[v != 0] / v[v != 0]).max(initial=0.0) for c, v in pairs]
        return float(max(sizes, default=0.0))

    def set_time_formula(self, formula: tuple[float, float, float]) -> None:
        """Set the coefficients of all rates; see ``Context.set_time_formula``."""
        self.context.set_time_formula(formula, formula)
        self._uniform.follow_rates()

    def assembled(self, batch: Batch, space: Any) -> Array:
        """Return the vectors of a batch of forms in the test functions of a ``space``, shape (count, dofs)."""
        from dolfinx.la import InsertMode, vector

        one = vector(space.dofmap.index_map, space.dofmap.index_map_bs)
        found = np.zeros((batch.count, len(one.array)))
        batch.add_to_vectors(found)
        if self.device.mesh.comm.size > 1:
            for row in found:
                one.array[:] = row
                one.scatter_reverse(InsertMode.add)
                one.scatter_forward()
                row[:] = one.array
        return found

    def balances(self, nodes: npt.NDArray[np.int64], column: int) -> Array:
        """Return D of each parameter for the test function that is 1 in one unknown of ``nodes``, else 0.

        ``nodes``: by their global numbers. Shape (parameters,).
        """
        from dolfinx import fem as dfem

        context, like = self.context, self.device
        if self._balance is None:
            inside = dfem.Function(context.space)
            form = context.tested_with(self._form, inside)
            self._balance = inside, Assembly(form, context, cells_to_solve(like))
        inside, form = self._balance
        begin, end = context.space.dofmap.index_map.local_range
        mine = nodes[(nodes >= begin) & (nodes < end)] - begin
        inside.x.array[:] = 0.0
        inside.x.array[mine * context.block_size + column] = 1.0
        inside.x.scatter_forward()
        found = np.zeros(len(self.numbers))
        for p in range(len(found)):
            self._rows.put(p)
            found[p] = form.value()
        return np.asarray(like.mesh.comm.allreduce(found))


def _acts(form: Any, pairs: Sequence[tuple[Any, Any]]) -> bool:
    """Whether any of the functions is in a form."""
    return not {f for f, _ in pairs}.isdisjoint(form.coefficients())


def _along(form: Any, pairs: Sequence[tuple[Any, Any]]) -> Any:
    """Return the derivative of a form by all functions along their directions."""
    present = set(form.coefficients())
    functions, directions = zip(*((f, direction) for f, direction in pairs if f in present), strict=True)
    return ufl.derivative(form, functions, directions)


class _Uniform:
    """Constants and literals of the equations that a parameter changes, as functions with one value everywhere."""

    def __init__(self, context: Any, written: Written, numbers: Sequence[Numbers]) -> None:
        from dolfinx import fem as dfem

        self._numbers, self._context = numbers, context
        in_time = any(n.scales[1] for n in numbers)
        self._rates = context.switches[-6:] if in_time else ()
        self._constants = [k for k in range(len(written.constants)) if any(n.constants[k] for n in numbers)]
        self._literals = sorted({key for n in numbers for key in n.literals})
        self._of = [*self._rates, *(written.constants[k] for k in self._constants)]
        count = len(self._of) + len(self._literals)
        values = [*(float(c.value) for c in self._of), *self._literals]
        self._functions = [dfem.Function(context.piecewise) for _ in range(count)]
        self._directions = [dfem.Function(context.piecewise) for _ in range(count)]
        for function, value in zip(self._functions, values, strict=True):
            function.x.array[:] = value

    def pairs(self) -> list[tuple[Any, Any]]:
        """Return the functions with their directions."""
        return list(zip(self._functions, self._directions, strict=True))

    def follow_rates(self) -> None:
        """Take the coefficients of the rates over."""
        for constant, function in zip(self._rates, self._functions, strict=False):
            function.x.array[:] = float(constant.value)

    def directions(self) -> list[tuple[Any, Array]]:
        """Return the functions of the directions with their values, shape (parameters,); rates follow the time."""
        time, numbers = self._context.scaling.time, self._numbers
        changes = [np.array([float(c.value) * n.scales[1] / time for n in numbers]) for c in self._rates]
        changes += [np.array([n.constants[k] for n in numbers]) for k in self._constants]
        changes += [np.array([float(n.literals.get(key, 0.0)) for n in numbers]) for key in self._literals]
        return list(zip(self._directions, changes, strict=True))

    def changes(self, k: int) -> list[tuple[Any, float]]:
        """Return the functions, without those of rates, and how they change with parameter number ``k``."""
        first = len(self._rates)
        return [
            (f, float(change[k]))
            for f, (_, change) in list(zip(self._functions, self.directions(), strict=True))[first:]
        ]

    def put_into(self, form: Any) -> Any:
        """Return the form with the functions in the places of the numbers."""
        places = dict(zip(self._of, self._functions, strict=False))
        literals = dict(zip(self._literals, self._functions[len(self._of) :], strict=True))
        return map_integrand_dags(_Put(places, literals), form) if places or literals else form


class _Put(MultiFunction):  # type: ignore[misc]
    """Puts functions in the places of constants and numbers."""

    expr = MultiFunction.reuse_if_untouched

    def __init__(self, constants: dict[Any, Any], literals: dict[float, Any]) -> None:
        super().__init__()
        self._constants, self._literals = constants, literals

    def constant(self, o: Any) -> Any:
        """Return the function of a constant."""
        return self._constants.get(o, o)

    def real_value(self, o: Any) -> Any:
        """Return the function of a number."""
        return self._literals.get(float(o), o)
