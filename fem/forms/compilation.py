"""Compiling UFL forms: optimised for this processor, with values at vertices read from the dofs.

All forms go through ``compiled``. Libraries are kept by the form and by the compiler's options; the processor is one of
these, so that machines of different kinds may share a cache.
"""

from __future__ import annotations

import hashlib
import platform
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.errors.records import logger
from fem.forms.libraries import in_turn, library
from fem.forms.nodal_values import with_nodal_values

_LOG = logger(__name__)
_LONG = 1.0  # [s], of a compilation that is told


def compiled(form: Any, cells: npt.NDArray[np.int32] | None = None, comm: Any = None) -> Any:
    """Return the dolfinx form of a UFL form; see ``with_nodal_values`` for ``cells``; ``comm``: of its mesh if None.

    Its library is kept (see ``fem.forms.libraries``). Collective. Raises MissingSoftwareError without a C compiler.
    """
    from dolfinx import fem as dfem

    form, options, begin = with_nodal_values(form, cells), jit_options(), time.monotonic()
    if isinstance(form, ufl.Form):
        comm = comm or form.ufl_domain().ufl_cargo().comm
        options = {**options, "cache_dir": in_turn(comm, lambda: library(form, options))}
    found = dfem.form(form, jit_options=options)
    if (seconds := time.monotonic() - begin) > _LONG:
        _LOG.info("equations compiled in %.3g s, and kept for the next time", seconds)
    return found


def assembled(form: Any) -> npt.NDArray[np.float64]:
    """Return the vector of a compiled linear form, added up over the ranks, ghosts included, shape (dofs,)."""
    from dolfinx import fem as dfem
    from dolfinx.la import InsertMode

    vector = dfem.assemble_vector(form)
    vector.scatter_reverse(InsertMode.add)
    vector.scatter_forward()
    return np.array(vector.array, dtype=np.float64)


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
