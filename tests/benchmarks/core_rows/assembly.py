"""How long one residual and one Jacobian take along edges, beside cells with rebuilt nodal values as memfem had before.

What was before is compiled and assembled in the same run, its coefficients packed each time as dolfinx does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem import Device, equilibrium
from fem.forms.assembly import Assembly
from fem.linear.solvers import square_matrix
from fem.units import nm
from tests.benchmarks import bench_3d, filament
from tests.benchmarks.table import Row, at_least, at_most
from tests.rebuilt import compiled_as_before, rebuilt

Array = npt.NDArray[np.float64]
REPEATS = 5


def rows() -> Iterator[Row]:
    """Yield how many times faster J and F are together, and by how much they differ, of two devices in 3D."""
    cases: dict[str, tuple[Callable[[], Device], float]] = {
        "3D memristor": (lambda: bench_3d.build(0.5), 3.0),
        "3D filament": (lambda: filament.tip_device(fine=2.2 * nm, size=13 * nm), 5.0),
    }
    for name, (build, asked) in cases.items():
        device = build()
        perturb(device)
        new, f, j = along_edges(device)
        with rebuilt(device):
            old, f_before, j_before = assembled(device, compiled_as_before)
        nodes = f"{name}, {device.mesh.num_nodes} nodes"
        took = f"J {j:.3f} F {f:.3f} s, before {j_before:.3f} {f_before:.3f} s"
        yield at_least(f"{nodes}: J + F faster ({took})", asked, (f_before + j_before) / (f + j), "x")
        for what, one, other in zip(("F", "J v"), new, old, strict=True):
            difference = (np.abs(one - other).max(axis=0) / np.abs(other).max(axis=0)).max()
            yield at_most(f"{nodes}: {what} against before", 1e-13, float(difference))


def perturb(device: Device) -> None:
    """Put unknowns beside equilibrium into a device, and a time step of 1 ms."""
    context, rng = device.context, np.random.default_rng(0)
    values = equilibrium(device).values.copy()
    for k, field in enumerate(context.fields):
        if not field.density:
            values[:, k] += rng.normal(0.0, 0.3, len(values))
            continue
        values[:, k] *= np.exp(rng.normal(0.0, 0.2, len(values)))
        if field.upper_bound:
            values[:, k] = np.minimum(values[:, k], 0.9 * field.upper_bound / device.scaling.density)
    context.unknown.x.array[:] = values.ravel()
    context.previous.x.array[:] = 0.99 * values.ravel()
    rate = device.scaling.time / 1e-3
    context.set_time_formula((rate, -rate, 0.0), (rate, -rate, 0.0))


def along_edges(device: Device) -> tuple[tuple[Array, Array], float, float]:
    """Return F and J v by nodes and fields, and the processor time of one F and one J [s] at new unknowns."""
    context, residual = device.context, device.residual()
    derivative = ufl.derivative(residual, context.unknown, ufl.TrialFunction(context.space))
    form, jacobian = Assembly(residual, context), Assembly(derivative, context)
    unknown, vector = context.unknown.x.array, np.zeros_like(context.unknown.x.array)
    matrix, given = square_matrix(jacobian.forms, "baij"), np.zeros(vector.size, dtype=np.int8)
    there, times = unknown.copy(), []
    for k in range(2 * REPEATS, -1, -1):
        unknown[:] = there * (1 + 1e-9 * k)  # at last where they were
        begin = process_time()
        vector[:] = 0.0
        form.add_to_vector(vector)
        middle = process_time()
        matrix.zeroEntries()
        jacobian.add_to_matrix(matrix, given)
        matrix.assemble()
        times.append((middle - begin, process_time() - middle))
    product = product_of(matrix, unknown)
    matrix.destroy()
    f, j = np.min(times, axis=0)
    shape = (-1, context.block_size)
    return (vector.reshape(shape), product.reshape(shape)), float(f), float(j)


def product_of(matrix: Any, unknown: Array) -> Array:
    """Return what a matrix makes of a change of the size of the unknowns, the same each time."""
    change, product = matrix.createVecRight(), matrix.createVecLeft()
    sizes = np.abs(unknown[: change.getLocalSize()])
    change.array[:] = sizes * np.random.default_rng(1).normal(size=sizes.size)
    matrix.mult(change, product)
    found = np.array(product.array)
    change.destroy()
    product.destroy()
    return found


def assembled(device: Device, compile_form: Callable[[Any], Any]) -> tuple[tuple[Array, Array], float, float]:
    """Return F and J v by nodes and fields, and the processor time of one F and one J [s], coefficients packed anew."""
    from dolfinx.fem import petsc as fpet

    context, residual = device.context, device.residual()
    derivative = ufl.derivative(residual, context.unknown, ufl.TrialFunction(context.space))
    form, jacobian = compile_form(residual), compile_form(derivative)
    vector, matrix = fpet.create_vector(context.space), square_matrix(jacobian, "baij")
    times = []
    for _ in range(REPEATS):
        begin = process_time()
        with vector.localForm() as local:
            local.set(0.0)
        fpet.assemble_vector(vector, form)
        middle = process_time()
        matrix.zeroEntries()
        fpet.assemble_matrix(matrix, jacobian)
        matrix.assemble()
        times.append((middle - begin, process_time() - middle))
    shape = (-1, context.block_size)
    product = product_of(matrix, context.unknown.x.array)
    found = np.array(vector.array).reshape(shape), product.reshape(shape)
    for thing in (vector, matrix):
        thing.destroy()
    f, j = np.min(times, axis=0)
    return found, float(f), float(j)
