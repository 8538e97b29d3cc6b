"""Edge fluxes whose nodal values are rebuilt from mean and gradient, as memfem had them before it read the dofs.

Tests and benchmarks hold the forms of today beside these. ``rebuilt(device)`` lets a device write its forms so;
``compiled_as_before`` compiles them with gradients of the reference cell, in which the Jacobian cancels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ufl
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.algorithms.map_integrands import map_integrand_dags
from ufl.classes import ReferenceGrad, ReferenceValue
from ufl.corealg.multifunction import MultiFunction

from fem import Device
from fem.forms.compilation import jit_options
from fem.forms.edge_flux import EdgeCalculus, _vector
from fem.forms.nodal_values import EDGES


class RebuiltValues(EdgeCalculus):
    """Nodal values from the mean and the gradient of a cell."""

    def at(self, u: Any, i: int) -> Any:
        """Return the value of ``u`` at local vertex ``i``."""
        return u + ufl.dot(ufl.grad(u), ufl.dot(self._jacobian, _vector(self._vertices[i] - self._middle)))

    def delta(self, u: Any, i: int, j: int) -> Any:
        """Return the difference of ``u`` along an edge."""
        edge = ufl.dot(self._jacobian, _vector(self._vertices[j] - self._vertices[i]))
        return ufl.dot(ufl.grad(u), edge)

    def length(self, i: int, j: int) -> Any:
        """Return the length of an edge, not with the Jacobian itself, which is taken as 1."""
        jacobian = ufl.inv(ufl.JacobianInverse(self.mesh))
        edge = ufl.dot(jacobian, _vector(self._vertices[j] - self._vertices[i]))
        return ufl.sqrt(ufl.dot(edge, edge))

    def vertex_share(self, i: int) -> Any:
        jacobian, self._jacobian = self._jacobian, ufl.inv(ufl.JacobianInverse(self.mesh))
        try:
            return super().vertex_share(i)
        finally:
            self._jacobian = jacobian


@contextmanager
def rebuilt(device: Device) -> Iterator[Device]:
    """Let a device write its forms with rebuilt values."""
    today = device.context.calculus
    device.context.calculus = RebuiltValues(
        today.mesh, axisymmetric=device.mesh.axisymmetric, shares=today.shares
    )
    try:
        yield device
    finally:
        device.context.calculus = today


def compiled_as_before(form: Any) -> Any:
    """Return the dolfinx form of a form with rebuilt values."""
    from dolfinx import fem as dfem

    form = apply_derivatives(apply_algebra_lowering(form))
    integrals = [_in_reference(i) if EDGES in i.metadata() else i for i in form.integrals()]
    return dfem.form(ufl.Form(integrals), jit_options=jit_options())


def _in_reference(integral: Any) -> Any:
    metadata = {key: value for key, value in integral.metadata().items() if key != EDGES}
    return map_integrand_dags(_OnReference(), integral).reconstruct(metadata=metadata)


class _Nodal(ReferenceValue):  # type: ignore[misc]
    """A value on the reference cell from the start; the pass that makes them all leaves it alone."""

    def _ufl_expr_reconstruct_(self, operand: Any) -> Any:
        return operand if isinstance(operand, ReferenceValue) else _Nodal(operand)


class _OnReference(MultiFunction):  # type: ignore[misc]
    """Replaces spatial by reference gradients, and the Jacobian by the identity."""

    expr = MultiFunction.reuse_if_untouched

    def grad(self, o: Any) -> Any:
        return ReferenceGrad(_Nodal(o.ufl_operands[0]))

    def jacobian(self, o: Any) -> Any:
        return ufl.Identity(o.ufl_shape[0])
