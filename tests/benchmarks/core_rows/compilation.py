"""What it takes to compile residual and Jacobian for the first time, beside the forms that memfem had before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from unittest.mock import patch

import ufl

from fem.forms.assembly import Assembly
from tests.benchmarks import bench_3d
from tests.benchmarks.own_process import said
from tests.benchmarks.table import Row, at_most
from tests.rebuilt import compiled_as_before, rebuilt


def rows() -> Iterator[Row]:
    """Yield the processor time of today's compilation over that of before, each with an empty cache of its own."""
    now, before = (seconds(kind) for kind in ("now", "before"))
    figure = f"cold compilation of a 3D memristor, {now:.1f} s, over that of before, {before:.1f} s"
    yield at_most(figure, 0.5, now / before)


def seconds(kind: str) -> float:
    """Return what a process takes to make the forms [s], its compilers included."""
    with TemporaryDirectory() as folder, patch.dict(os.environ, XDG_CACHE_HOME=folder):
        return float(said("-m", __name__, kind).split()[-1])


def made(kind: str) -> float:
    """Make the forms in this process; return its processor time and that of its children [s]."""
    device = bench_3d.build(1.5)
    context = device.context
    begin = sum(os.times()[:4])
    if kind == "now":
        residual = device.residual()
        for form in (residual, ufl.derivative(residual, context.unknown, ufl.TrialFunction(context.space))):
            Assembly(form, context)
    else:
        with rebuilt(device):
            residual = device.residual()
            compiled_as_before(residual)
            compiled_as_before(ufl.derivative(residual, context.unknown, ufl.TrialFunction(context.space)))
    return sum(os.times()[:4]) - begin


if __name__ == "__main__":
    import sys

    print(made(sys.argv[1]))
