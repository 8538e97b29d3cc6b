"""Compiling UFL forms: optimised for this processor, with edge fluxes written in nodal values.

All forms go through ``compiled``. Libraries are kept by the form and by the compiler's options; the processor is one of
these, so that machines of different kinds may share a cache.
"""

from __future__ import annotations

import hashlib
import platform
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl
from ufl import Identity
from ufl.algorithms.apply_algebra_lowering import apply_algebra_lowering
from ufl.algorithms.apply_derivatives import apply_derivatives
from ufl.algorithms.map_integrands import map_integrand_dags
from ufl.classes import Argument, Coefficient, ReferenceGrad, ReferenceValue
from ufl.corealg.multifunction import MultiFunction

from fem.errors.records import logger
from fem.forms.libraries import in_turn, library

EDGES = "memfem_edges"  #: metadata of integrals all of whose gradients are differences along edges


_LOG = logger(__name__)
_LONG = 1.0  # [s], of a compilation that is told


def compiled(form: Any, cells: npt.NDArray[np.int32] | None = None) -> Any:
    """Return the dolfinx form of a UFL form; see ``simplified`` for ``cells``.

    Its library is kept (see ``fem.forms.libraries``). Collective. Raises MissingSoftwareError without a C compiler.
    """
    from dolfinx import fem as dfem

    form, options, begin = simplified(form, cells), jit_options(), time.monotonic()
    if isinstance(form, ufl.Form):
        comm = form.ufl_domain().ufl_cargo().comm
        options = {**options, "cache_dir": in_turn(comm, lambda: library(form, options))}
    found = dfem.form(form, jit_options=options)
    if (seconds := time.monotonic() - begin) > _LONG:
        _LOG.info("equations compiled in %.3g s, and kept for the next time", seconds)
    return found


@cache
def jit_options() -> dict[str, Any]:
    """Return dolfinx's options of just-in-time compilation; not -ffast-math, which breaks guarded branches."""
    flags = ["-O3", "-march=native", "-g0", f"-DMEMFEM_PROCESSOR={_processor()}"]
    return {"cffi_extra_compile_args": flags}


def _processor() -> str:
    """Return a short name of what this processor can do."""
    facts = [platform.machine(), platform.processor()]
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    facts += sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})
    return "x" + hashlib.sha1("\n".join(facts).encode()).hexdigest()[:12]


def simplified(form: Any, cells: npt.NDArray[np.int32] | None = None) -> Any:
    r"""Return an equal UFL form whose integrals along edges need no gradient in space.

    Where a gradient occurs only in :math:`\nabla u\cdot J\,\delta X`, with the Jacobian J of the cell and a
    constant difference of reference coordinates, it is :math:`\nabla_X u\cdot\delta X`: a sum of nodal values.
    The compiler does not see that :math:`J^{-1}J = 1`, and would multiply it out for each pair of unknowns.
    Derivatives are taken first, for UFL has none of reference gradients. ``cells``: leave out all others of
    this rank.
    """
    if not isinstance(form, ufl.Form) or not any(EDGES in i.metadata() for i in form.integrals()):
        return form
    form = apply_derivatives(apply_algebra_lowering(form))
    where: dict[str, Any] = {}
    if cells is not None:
        where = {"subdomain_id": 1, "subdomain_data": [(1, cells)]}
    return ufl.Form([_in_nodal_values(i, where) if EDGES in i.metadata() else i for i in form.integrals()])


def _in_nodal_values(integral: Any, where: Mapping[str, Any]) -> Any:
    metadata = {key: value for key, value in integral.metadata().items() if key != EDGES}
    return map_integrand_dags(_OnReference(), integral).reconstruct(metadata=metadata, **where)


class _Nodal(ReferenceValue):  # type: ignore[misc]
    """A value on the reference cell from the start; the pass that makes them all leaves it alone."""

    def _ufl_expr_reconstruct_(self, operand: Any) -> Any:
        return operand if isinstance(operand, ReferenceValue) else _Nodal(operand)


class _OnReference(MultiFunction):  # type: ignore[misc]
    """Replaces spatial by reference gradients, and the Jacobian by the identity."""

    expr = MultiFunction.reuse_if_untouched

    def grad(self, o: Any) -> Any:
        (f,) = o.ufl_operands
        assert isinstance(f, Argument | Coefficient), f"the gradient of {f} is not along edges"
        return ReferenceGrad(_Nodal(f))

    def jacobian(self, o: Any) -> Any:
        return Identity(o.ufl_shape[0])
