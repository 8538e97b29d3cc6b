r"""What the equations of a device have of its parameters: the derivatives of their coefficients.

A parameter enters the discrete equations through numbers alone: coefficients of regions, constants, given values at
contacts and the scales. All of them come out of the description without any solve, so their derivatives are central
differences of plain numbers, of the devices at :math:`p(1 \pm 3\cdot 10^{-7})`: exact but for some 5e-10. Derivatives
are by the logarithm of a parameter, which makes them of the size of the unknowns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from ufl.constantvalue import RealValue
from ufl.corealg.traversal import traverse_unique_terminals

from fem.currents.terminal import current_scale
from fem.device.device import Device
from fem.device.parameters import Parameter, description
from fem.errors import IncompatibleError, OutOfRangeError
from fem.forms.edge_data import AlongEdge, EdgeDatum

Array = npt.NDArray[np.float64]
_STEP = 3e-7  # of a parameter: exponents of some 200 kT are right to 4e-10, as rounding leaves them


class Written:
    """The equations of a device as they are written, with all functions and constants in the order of writing.

    ``residual`` and the ``current`` for the test function of a P1 function. Two devices that differ in numbers have
    the same ones in the same order.
    """

    def __init__(self, device: Device, like: Written | None = None) -> None:
        context = device.context
        self.device = device
        self.current_has_its_own: bool  #: whether there are numbers in the current alone
        self.residual = device.residual()
        forms = [self.residual]
        self.current = None
        if like is None or like.current_has_its_own:  # else what it has is in the residual
            self.current = device.total_current(ufl.TestFunction(context.scalar_space))
            forms.append(self.current)
        unknowns = {context.unknown, context.previous, context.older}
        limited = [f.name for f in context.fields if f.upper_bound is not None]
        unknowns |= {f for name in limited for f in context.vacancy(name)}
        functions = {f for form in forms for f in form.coefficients()}
        self.functions = sorted(
            (f for f in functions - unknowns if not isinstance(f, AlongEdge | EdgeDatum)),
            key=lambda f: f.count(),
        )
        given = {*context.switches, *(context.row_scale(f.name) for f in context.fields)}
        constants = {c for form in forms for c in form.constants()}
        self.constants = sorted(constants - given, key=lambda c: c.count())

        self.current_has_its_own = self.current is not None and not _within(
            self.current, self.residual, given
        )
        self.by_region = [_is_by_region(f, device.mesh.cell_region) for f in self.functions]

    @property
    def arrays(self) -> list[Array]:
        """The values of the functions: one for each tag of a region where they have one in each, else of all dofs."""
        tags = self.device.mesh.cell_region
        return [
            _table(f.x.array, tags) if by_region else f.x.array
            for f, by_region in zip(self.functions, self.by_region, strict=True)
        ]

    @property
    def values(self) -> Array:
        """The values of the constants, shape (n,)."""
        return np.array([float(c.value) for c in self.constants])

    def numbers(self) -> Numbers:
        """Return all numbers that may depend on a parameter."""
        device = self.device
        context, scaling = device.context, device.scaling
        return Numbers(
            functions=[np.array(a) for a in self.arrays],
            constants=self.values,
            base={n: v.copy() for n, v in device.boundary.base.items()},
            fixed={n: v.copy() for n, v in device.boundary.values.items()},
            scales=np.array([scaling.potential, scaling.time, current_scale(device)]),
            bounds={f.name: np.array(f.upper_bound) for f in context.fields if f.upper_bound is not None},
            means={
                t.name: _table(t.mean_function(context).x.array, device.mesh.cell_region)
                for t in context.terms
                if t.keeps_content
            },
        )


def _within(form: Any, other: Any, given: set[Any]) -> bool:
    """Whether a form has no functions, constants and written numbers but those of another one and ``given`` ones."""
    if not set(form.constants()) <= set(other.constants()) | given:
        return False
    return set(form.coefficients()) <= set(other.coefficients()) and _literals(form) <= _literals(other)


def _literals(form: Any) -> set[float]:
    terminals = (t for i in form.integrals() for t in traverse_unique_terminals(i.integrand()))
    return {float(t) for t in terminals if isinstance(t, RealValue)}


def _is_by_region(function: Any, tags: npt.NDArray[np.int32]) -> bool:
    """Whether a function is constant in cells and the same in all of a region, on this rank."""
    if function.ufl_element().embedded_superdegree > 0 or function.ufl_shape != ():
        return False
    values = function.x.array
    return np.array_equal(_table(values, tags)[tags[: len(values)]], values)


def _table(values: Array, tags: npt.NDArray[np.int32]) -> Array:
    found = np.zeros(int(tags.max(initial=0)) + 1)
    found[tags[: len(values)]] = values
    return found


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of a device's equations, or their derivatives by the logarithm of a parameter.

    ``functions`` (see ``Written.arrays``) and ``constants``: in the order of writing; ``base`` and ``fixed``: of
    ``BoundaryData``; ``scales``: of the potential [V], the time [s] and the current; ``bounds``: site densities
    [1/m^3]; ``means``: of ions by tags of regions [N0]; ``literals``: numbers that are written into the equations
    themselves, by what they are there.
    """

    functions: list[Array]
    constants: Array
    base: dict[str, Array]
    fixed: dict[str, Array]
    scales: Array
    bounds: dict[str, Array]
    means: dict[str, Array]
    literals: dict[float, Array] = field(default_factory=dict)

    def change(self, others: Sequence[tuple[float, Numbers]]) -> Numbers:
        """Return the sum of the differences of ``others`` from these, each times its factor."""

        def total(pick: Callable[[Numbers], Array]) -> Array:
            return np.asarray(sum(factor * (pick(one) - pick(self)) for factor, one in others))

        def table(name: str) -> dict[str, Array]:
            return {key: total(lambda n, key=key: getattr(n, name)[key]) for key in getattr(self, name)}  # type: ignore[misc]

        return Numbers(
            functions=[total(lambda n, k=k: n.functions[k]) for k in range(len(self.functions))],  # type: ignore[misc]
            constants=total(lambda n: n.constants),
            base=table("base"),
            fixed=table("fixed"),
            scales=total(lambda n: n.scales),
            bounds=table("bounds"),
            means=table("means"),
            literals={
                key: total(lambda n, key=key: n.literals.get(key, np.array(key)))  # type: ignore[misc]
                for key in {key for _, one in others for key in one.literals}
            },
        )


def derivatives(written: Written, base: Device, parameter: Parameter) -> Numbers:
    """Return the derivatives of the numbers of ``written``, the equations of ``base``, by ln of a parameter.

    Raises IncompatibleError where the parameter changes more than numbers of the equations.
    """

    def numbers(device: Device) -> Numbers:
        other = Written(device, like=written)
        changed = _changed_literals(written, other, parameter)
        return replace(other.numbers(), literals={key: np.array(x) for key, x in changed.items()})

    return written.numbers().change(changes(base, parameter, numbers))


def changes[Found](
    base: Device, parameter: Parameter, of: Callable[[Device], Found]
) -> list[tuple[float, Found]]:
    """Return figures of devices with other values of a parameter, and factors.

    The sum of their differences from those of ``base``, each times its factor, is the derivative by ln of the
    parameter. The devices have the densities' scale of ``base``. Raises IncompatibleError.
    """
    size = abs(parameter.value) * _STEP
    if size == 0.0:
        raise IncompatibleError(
            f"parameter {parameter.name} is 0: a derivative by its logarithm needs another value."
        )

    def at(steps: int) -> Found | None:
        try:
            device = parameter.device_of(parameter.value + steps * size)
        except OutOfRangeError:
            return None
        mesh = _same_mesh(base, device, parameter)
        if device.mesh is not mesh or device.scaling.density != base.scaling.density:
            device = base.alike(mesh, **description(device))
        return of(device)

    up, down, factor = at(1), at(-1), parameter.value / size
    if up is not None and down is not None:
        return [(factor / 2, up), (-factor / 2, down)]
    side, near = (1, up) if down is None else (-1, down)
    far = at(2 * side)
    if near is None or far is None:
        raise IncompatibleError(f"parameter {parameter.name} has no room for a change on any side.")
    return [(2 * side * factor, near), (-0.5 * side * factor, far)]


def _same_mesh(base: Device, other: Device, parameter: Parameter) -> Any:
    """Return the mesh of ``base``, in the length unit of another device."""
    mine, theirs = base.mesh, other.mesh
    if theirs.mesh is not mine.mesh and theirs.checksum != mine.checksum:
        raise IncompatibleError(
            f"parameter {parameter.name} moves the nodes of the mesh; sensitivities know of the scale of the whole "
            'geometry ("scale"), and other lengths are to be varied with whole solves.'
        )
    if theirs.mesh is mine.mesh:
        return theirs
    if theirs.cross_section != mine.cross_section or theirs.unit != mine.unit:
        return replace(mine, unit=theirs.unit, cross_section=theirs.cross_section)
    return mine


def _changed_literals(written: Written, other: Written, parameter: Parameter) -> dict[float, float]:
    """Return which numbers in the equations are others in ``other``; raise unless all else is the same."""
    mine, theirs = (
        (
            [len(f.x.array) for f in w.functions],
            w.by_region,
            len(w.constants),
            [f.name for f in w.device.context.fields],
            len(w.residual.integrals()),
        )
        for w in (written, other)
    )
    found: dict[float, float] = {}
    try:
        if mine != theirs:
            raise _OtherFormError
        for one, two in ((written.residual, other.residual), (written.current, other.current)):
            if one is None or two is None:
                continue
            for here, there in zip(one.integrals(), two.integrals(), strict=True):
                _pair(here.integrand(), there.integrand(), found, set())
    except _OtherFormError:
        raise IncompatibleError(
            f"parameter {parameter.name} changes the form of the equations, not only their numbers; its "
            "sensitivity is not known."
        ) from None
    return {key: value for key, value in found.items() if key != value}


class _OtherFormError(Exception):
    """Two equations differ in more than numbers."""


def _pair(one: Any, two: Any, found: dict[float, float], seen: set[tuple[int, int]]) -> None:
    """Pair the numbers of two expressions of one form."""
    left = [(one, two)]
    while left:
        a, b = left.pop()
        if (id(a), id(b)) in seen or a is b:
            continue
        seen.add((id(a), id(b)))
        if isinstance(a, RealValue) and isinstance(b, RealValue):
            if found.setdefault(float(a), float(b)) != float(b):
                raise _OtherFormError  # one number that is two data
            continue
        if type(a) is not type(b) or len(a.ufl_operands) != len(b.ufl_operands):
            raise _OtherFormError
        left += zip(a.ufl_operands, b.ufl_operands, strict=True)
