r"""The density of an ion as carriers see it: averaged over a length.

.. math:: \hat c - \nabla\cdot(\ell^2\nabla\hat c) = c,\qquad \partial_n\hat c = 0

at the faces of the regions whose conductivity follows it. One unknown, linear in c and without storage. On a line that
is the mean of c with the weight :math:`e^{-|x-y|/\ell}/2\ell`; lumped, it is positive where no angle of the mesh is
obtuse. A density means nothing over less than the distance of the sites, and neither does a conductivity that
follows it from one cell to the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, warn
from fem.forms.compilation import compiled
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Field, Setting
from fem.mesh.device_mesh import DeviceMesh
from fem.physics.potential.conductivity_laws import ConductivityLaw

Array = npt.NDArray[np.float64]
Laws = Mapping[str, Sequence[ConductivityLaw]]
_LINEAR, _NOWHERE = 1e-13, 1e-12  # what the solver leaves; share of a mass that makes a row of its own
_COARSEST = 0.6  # of the length: with such cells at the faces switching voltages are known to some per cent


def averaged(ion: str) -> str:
    """Return the name of the unknown that is the averaged density of an ion."""
    return f"averaged {ion}"


def lengths(laws: Laws) -> dict[str, dict[str, float]]:
    """Return the lengths [m] by ion and region; raises IncompatibleError if one ion has two in one region."""
    found: dict[str, dict[str, float]] = {}
    for region, law in ((region, law) for region, several in laws.items() for law in several):
        if found.setdefault(law.ion, {}).setdefault(region, law.averaging_length) != law.averaging_length:
            raise IncompatibleError(
                f"two conductivities of region {region!r} follow {law.ion} with different averaging lengths."
            )
    return {
        ion: own
        for ion, regions in found.items()
        if (own := {region: length for region, length in regions.items() if length > 0})
    }


def fields(laws: Laws) -> Iterator[Field]:
    """Return the averaged densities of the ions that have a length."""
    for ion, regions in lengths(laws).items():
        yield Field(name=averaged(ion), charge_number=0, regions=tuple(regions), density=False)


def residual(context: Context, laws: Laws) -> Expr:
    """Return the equations of all averaged densities."""
    return sum(_equation(context, ion, regions) for ion, regions in lengths(laws).items())


def _equation(context: Context, ion: str, regions: Mapping[str, float]) -> Expr:
    """Return the equation of the averaged density of an ion, with its lengths [m] by region."""
    c, inside = context.calculus, context.indicator(tuple(regions))
    v, mean, local = context.test(averaged(ion)), context.field(averaged(ion)), context.field(ion)
    return _average(context, ion, regions, mean, v) - c.lump(lambda i: inside * c.at(local, i), v)


def _average(context: Context, ion: str, regions: Mapping[str, float], mean: Expr, v: Expr) -> Expr:
    """Return the form of the left side of the equation."""
    c, unit = context.calculus, context.scaling.length
    square = context.by_region(f"averaging of {ion}", lambda r, _: (regions.get(r, 0.0) / unit) ** 2)
    inside = context.indicator(tuple(regions))
    return c.lump(lambda i: inside * c.at(mean, i), v) + c.stiffness(square, mean, v)


def following(context: Context, laws: Laws, values: Array) -> dict[str, Array]:
    """Return the averaged densities [N0] of given unknowns, shape (nodes,), by name; collective."""
    found = {}
    for ion, regions in lengths(laws).items():
        found[averaged(ion)] = _solved(context, ion, regions, values[:, context.index(ion)])
    return found


def _solved(context: Context, ion: str, regions: Mapping[str, float], density: Array) -> Array:
    """Return the averaged density of one ion, 0 outside of its regions."""
    from dolfinx import fem as dfem
    from dolfinx.fem import petsc as fpet
    from petsc4py import PETSc

    space, c = context.scalar_space, context.calculus
    u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
    local, mean = dfem.Function(space), dfem.Function(space)
    local.x.array[:] = density
    inside = context.indicator(tuple(regions))
    elsewhere = c.lump(
        lambda i: _NOWHERE * (1 - inside) * c.at(u, i), v
    )  # rows of nodes that have no density
    matrix = fpet.assemble_matrix(compiled(_average(context, ion, regions, u, v) + elsewhere))
    matrix.assemble()
    right = fpet.assemble_vector(compiled(c.lump(lambda i: inside * c.at(local, i), v)))
    right.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    solver = PETSc.KSP().create(context.setting.mesh.comm)
    solver.setType("cg")
    solver.getPC().setType("jacobi")
    solver.setTolerances(rtol=_LINEAR, max_it=10_000)
    solver.setOperators(matrix)
    solver.solve(right, mean.x.petsc_vec)
    mean.x.scatter_forward()
    for thing in (solver, matrix, right):
        thing.destroy()
    return np.maximum(mean.x.array, 0.0)  # what the solver leaves


def seen(context: Context, law: ConductivityLaw, i: int) -> Expr:
    """Return the density [N0] at local vertex i that a law follows."""
    if law.averaging_length == 0:
        return context.calculus.at(context.field(law.ion), i)
    mean = context.calculus.at(context.field(averaged(law.ion)), i)
    return ufl.max_value(mean, 0.0)  # at obtuse angles it may be below


def check_lengths(setting: Setting, laws: Laws) -> None:
    """Warn of conductivities without a length, and of cells at faces of their regions that do not resolve it."""
    mesh = setting.mesh
    for region, law in ((region, law) for region, several in laws.items() for law in several):
        kt = setting.temperature * BOLTZMANN / ELEMENTARY_CHARGE
        poor = min(float(law.at(density, kt)) for density in (0.0, law.density))
        contrast = law.largest(kt) / poor
        length, words = law.averaging_length, ""
        if length == 0 and contrast > 2:
            words = (
                f"the conductivity of region {region!r} follows {law.ion} without an averaging_length: an emptied "
                "layer blocks the current however thin it is, so that voltages and on/off ratios are those of the "
                "finest cell. Give one, such as 0.5 * nm (see VacancyConductivity)."
            )
        elif length > 0 and (coarsest := _coarsest_face(setting, laws, region, poor)) > _COARSEST * length * (
            1 + 1e-6
        ):
            words = (
                f"cells of region {region!r} are {coarsest * 1e9:.3g} nm high at one of its faces, and its "
                f"conductivity is averaged over {length * 1e9:.3g} nm: voltages at which a gap opens or closes there "
                f"are those of the mesh unless cells are at most {_COARSEST:g} of that."
            )
        if words and mesh.comm.rank == 0:
            warn(words)


def _coarsest_face(setting: Setting, laws: Laws, region: str, poor: float) -> float:
    """Return the largest, of all faces of a region that current may cross, of their lowest cells [m]; collective.

    It crosses those to metals, to regions with a law, and to others that conduct more than ``poor`` [S/m].
    """
    from mpi4py import MPI

    mesh, heights = setting.mesh, [0.0]
    conducting = {
        name
        for name, material in setting.materials.items()
        if name in laws
        or material.kind == "metal"
        or ((datum := material.electrical_conductivity) and float(datum.si(setting.temperature)) > poor)
    }
    across = (n for n in mesh.interfaces if region in n.split("|") and conducting.issuperset(n.split("|")))
    for name in (*mesh.contacts, *across):
        own = min(_heights(mesh, region, mesh.facets(name)), default=np.inf)
        least = float(mesh.comm.allreduce(own, op=MPI.MIN))
        if np.isfinite(least):
            heights.append(least)
    return max(heights) * mesh.unit


def _heights(mesh: DeviceMesh, region: str, facets: Any) -> Iterator[float]:
    """Return the heights of the cells of a region over these facets, in units of the mesh."""
    dim, x = mesh.dim, mesh.mesh.geometry.x
    cells, corners = mesh.mesh.geometry.dofmaps[0], dim
    to_cell = mesh.mesh.topology.connectivity(dim - 1, dim)
    to_facet = mesh.mesh.topology.connectivity(dim, dim - 1)
    for facet in facets:
        for cell in to_cell.links(int(facet)):
            if mesh.cell_region[cell] != mesh.regions[region]:
                continue
            opposite = int(np.flatnonzero(to_facet.links(int(cell)) == facet)[0])
            points = x[cells[cell]][:, :dim]
            base = points[[k for k in range(corners + 1) if k != opposite]]
            sides = base[1:] - base[0]
            away = points[opposite] - base[0]
            if len(sides):
                away = away - sides.T @ np.linalg.lstsq(sides.T, away, rcond=None)[0]
            yield float(np.linalg.norm(away))
