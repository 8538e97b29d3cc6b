"""Sensitivities of a transient are the derivatives of its samples, for steps that stay as they are."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fem import equilibrium, integrate, parameters
from fem.errors import IncompatibleError
from fem.solvers.state_tangent import StateTangent, equilibrium_tangent, state_tangent
from fem.transient.tangent import TransientTangent
from tests import sensitive
from tests.sensitive import FIXED, TIGHT, at_rest, differences, looped

Array = npt.NDArray[np.float64]
CELL = [
    "film.electron_affinity",
    "film.electron_mobility",
    "film.ions.iodide_vacancy.mean_density",
    "film.ions.iodide_vacancy.diffusivity",
    "film.ions.iodide_vacancy.site_density",
    "layer.relative_permittivity",
    "top.work_function",
    "temperature",
    "scale",
]
CONDUCTOR = [
    "film.volumetric_heat_capacity",
    "film.ions.iodide_vacancy.diffusivity.activation_energy",
    "film.ions.iodide_vacancy.mean_density",
    "Conduction.laws.film.rich.prefactor",
    "top.heat_sink.temperature",
    "temperature",
    "scale",
]
#: How a device is built, the data, the voltage [V], the period [s] and the light.
LOOPS: dict[str, tuple[Any, list[str], float, float, float]] = {
    "cell": (sensitive.cell, CELL, 0.4, 2e-4, 1.0),
    "conductor": (sensitive.conductor, CONDUCTOR, 0.3, 2e-7, 0.0),
}


def followed(device: Any, names: list[str], top: float, period: float, light: float) -> tuple[Array, Array]:
    """Return the currents of a loop and their sensitivities, shapes (samples,) and (parameters, samples)."""
    start = at_rest(device, {}, light) if light else equilibrium(device)
    rate, wanted = 2 * top / period, parameters(device, names)
    transient = integrate(
        device,
        start,
        bias=lambda t: {"top": rate * min(t, period - t)},
        end=period,
        kinks=[period / 2],
        light=light,
        control=FIXED,
        options=TIGHT,
    )
    tangent = TransientTangent((state_tangent if light else equilibrium_tangent)(start, wanted))
    found: list[StateTangent] = [tangent.latest]
    before = transient.progress
    for _ in transient:
        found.append(tangent.follow(before, transient.progress))
        before = transient.progress
    return np.array([f.state.current("top") for f in found]), np.array([f.currents[:, 1] for f in found]).T


@cache
def loop(case: str) -> tuple[Array, Array]:
    build, names, *drive = LOOPS[case]
    return followed(build(), names, *drive)


def test_a_transient_is_the_same_with_its_sensitivities() -> None:
    build, _, *drive = LOOPS["cell"]
    np.testing.assert_array_equal(loop("cell")[0], looped(build(), *drive))


@pytest.mark.parametrize(
    ("case", "name"), [("cell", name) for name in CELL] + [("conductor", name) for name in CONDUCTOR]
)
def test_sensitivities_of_a_loop_are_the_differences_of_whole_loops(case: str, name: str) -> None:
    build, names, *drive = LOOPS[case]
    now, found = loop(case)
    step = (
        1e-5 if name.endswith(("work_function", "affinity")) else 1e-4
    )  # both change exponents by some 100 kT
    (parameter,) = parameters(build(), [name])
    expected = differences(parameter, lambda device: looped(device, *drive), step)
    size = max(np.abs(expected).max(), 1e-3 * np.abs(now).max())
    assert np.abs(found[names.index(name)] - expected).max() < 1e-6 * size


def test_sensitivities_follow_a_transient_from_its_start_alone() -> None:
    device = sensitive.conductor()
    start = equilibrium(device)
    transient = integrate(device, start, bias=lambda t: {"top": t}, end=0.1, control=FIXED)
    next(transient)
    before = transient.progress
    next(transient)
    tangent = TransientTangent(state_tangent(start, parameters(device, ["scale"])))
    with pytest.raises(IncompatibleError, match="from its start"):
        tangent.follow(before, transient.progress)
