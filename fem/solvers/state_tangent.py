r"""Sensitivities of steady states: the tangent of a state that rests, with the contents of its ions.

Where ions move, the steady equations leave the content of each island open. It is the one that the mean densities ask
for, and so is its change (``content_tangent``). The tangent is found as the state is: by implicit steps of the ions
that are long against their motion, repeated until nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fem.device.device import Device
from fem.device.loading import loaded
from fem.device.parameters import Parameter
from fem.device.state import State
from fem.errors import ConvergenceError, IncompatibleError
from fem.forms.setting import TEMPERATURE
from fem.mesh.device_mesh import extent
from fem.mesh.kept import kept
from fem.solvers.content_tangent import ContentChanges
from fem.solvers.equilibrium import equilibrium
from fem.solvers.kept import currents_of
from fem.solvers.tangent import Tangent
from fem.solvers.tangent_numbers import changes

Array = npt.NDArray[np.float64]
_LONG = 1e2  # step of the ions [L²/D]: beyond, rounding grows as the content is less and less of its equation
_REST = 1e-12  # change in such a step, of the largest change of the ions
_STALLED, _ENOUGH = 0.3, 1e-6  # of the last one, and of the ions or their changes: what rounding leaves
_REPEATS = 60
_MOVES = 1e-3  # of a state at rest: an update of Newton's method, of the size of an unknown
_SAME = 1e-6  # of a content or of an ion density


@dataclass(frozen=True, kw_only=True, eq=False)
class StateTangent:
    """How a state changes with the logarithm of each parameter.

    ``values``: of the scaled unknowns, shape (parameters, nodes, unknowns); ``currents``: of the total current into
    each contact [A ...], shape (parameters, contacts), in the order of ``state.device.contacts``.
    """

    state: State
    parameters: tuple[Parameter, ...]
    values: Array
    currents: Array


def tangent_of(device: Device, parameters: Sequence[Parameter]) -> Tangent:
    """Return the tangent of a device's equations for these parameters; compiled once and kept with the device."""
    wanted = tuple(parameters)
    return kept(device, "tangent", lambda d: Tangent(d, wanted), lambda found: found.parameters == wanted)


def state_tangent(
    state: State, parameters: Sequence[Parameter], start: StateTangent | None = None
) -> StateTangent:
    """Return how a steady state changes with the logarithms of parameters; collective.

    ``start``: of the state whose ions a state with frozen ions has; that of equilibrium if None. Raises
    IncompatibleError for a state that is not at rest, for one whose frozen ions are neither those of equilibrium nor
    those of ``start``, and for one with a circuit; ConvergenceError.
    """
    if state.source:
        raise IncompatibleError("sensitivities of a state with a circuit are not known.")
    tangent = tangent_of(state.device, parameters)
    moving = [] if state.frozen_ions else _ionic(state.device)
    contents = [ContentChanges(state, tangent, k) for k in moving]
    kept_before = None if contents else _changes_kept(state, tangent, start)
    with _at_rest(state):
        tangent.linearise()
        if (moves := tangent.update(state.bias)) > _MOVES:
            raise IncompatibleError(
                f"the state is not at rest (its potential or ions would change by {moves:.1e}): sensitivities are "
                "known of equilibrium, of steady states and of transients that begin with these."
            )
        if kept_before is None:
            values = _rested(state, tangent, contents)
        else:
            values = tangent.solve(state.bias, kept_before, np.zeros_like(kept_before))
        weights = currents_of(state.device).weights()
        totals = {e.name: state.current(e.name) for e in state.device.electrodes}
        currents = tangent.currents(values, values, values, weights, totals)
    return StateTangent(state=state, parameters=tangent.parameters, values=values, currents=currents)


def equilibrium_tangent(state: State, parameters: Sequence[Parameter]) -> StateTangent:
    """Return how ``state``, the equilibrium of its device, changes with the logarithms of parameters; collective.

    ``equilibrium`` leaves the temperature, and in a neutral film the ions, as they are given, and so they change here
    as these do. Raises what ``state_tangent`` raises, and IncompatibleError where the device with another value of a
    parameter would be warmed by its heat sinks.
    """
    device, context = state.device, state.device.context
    tangent = tangent_of(device, parameters)
    if not device.neutral:
        found = state_tangent(state, parameters)
        if context.has_temperature:
            warmed = np.abs(found.values[:, :, context.index(TEMPERATURE)]).max(axis=1, initial=0.0)
            for one, rise in zip(parameters, warmed, strict=True):
                if device.mesh.comm.allreduce(int(rise > _MOVES)):
                    raise IncompatibleError(
                        f"parameter {one.name} warms the device, which equilibrium leaves at its temperature: begin "
                        "with start=steady(device, {})."
                    )
        return found
    values = []
    for one in tangent.parameters:
        near = changes(device, one, lambda other: equilibrium(other).values)
        values.append(sum(factor * (other - state.values) for factor, other in near))
    none = np.zeros((len(tangent.parameters), len(device.electrodes)))
    return StateTangent(state=state, parameters=tangent.parameters, values=np.array(values), currents=none)


@contextmanager
def _at_rest(state: State) -> Iterator[None]:
    """Have a state in its device with the rates of a steady state: ions in a long step, all else without any."""
    device = state.device
    with loaded(state):
        device.context.switching.value = 0.0
        step = 1.0 if state.frozen_ions else _long_step(device) / device.scaling.time
        device.context.set_time_formula((0.0, 0.0, 0.0), (1 / step, -1 / step, 0.0))
        yield


def _long_step(device: Device) -> float:
    diffusivities = [f.diffusivity for f in device.context.fields if f.ionic and f.diffusivity > 0]
    return _LONG * extent(device.mesh) ** 2 / min(diffusivities, default=1.0)


def _ionic(device: Device) -> list[int]:
    return [k for k, f in enumerate(device.context.fields) if f.ionic]


def _changes_kept(state: State, tangent: Tangent, start: StateTangent | None) -> Array:
    """Return the changes that frozen ions keep, shape (parameters, nodes, unknowns)."""
    device, ionic = state.device, _ionic(state.device)
    found = np.zeros((len(tangent.parameters), *state.values.shape))
    if ionic:
        start = start if start is not None else equilibrium_tangent(equilibrium(device), tangent.parameters)
        gap = np.abs(start.state.values[:, ionic] - state.values[:, ionic])
        size = np.abs(state.values[:, ionic]).max(axis=0, initial=0.0)
        if device.mesh.comm.allreduce(int((gap > _SAME * size).any())):
            raise IncompatibleError(
                "the state has frozen ions that are neither those of equilibrium nor those of the start that is given."
            )
        found[:, :, ionic] = start.values[:, :, ionic]
        return found
    return found


def _rested(state: State, tangent: Tangent, contents: Sequence[ContentChanges]) -> Array:
    """Repeat the long step until the changes of the ions rest."""
    ionic, comm = _ionic(state.device), state.device.mesh.comm
    before = np.zeros((len(tangent.parameters), *state.values.shape))
    for k, content in zip(ionic, contents, strict=True):
        before[:, :, k] = content.begin()
        content.find_answers()
    none, last = np.zeros_like(before), np.full(len(before), np.inf)
    done = np.zeros(len(before), dtype=bool)
    for _ in range(_REPEATS):
        values = tangent.solve(state.bias, before, none)
        for content in contents:
            content.restore(values)
        most, size, gap = _largest(
            comm,
            np.array([state.values[:, ionic].max(initial=0.0)]),
            np.abs(values[:, :, ionic]).max(axis=(1, 2), initial=0.0),
            np.abs(values[:, :, ionic] - before[:, :, ionic]).max(axis=(1, 2), initial=0.0),
        )
        stalled = (gap > _STALLED * last) & (gap <= _ENOUGH * np.maximum(size, most))
        done |= (gap <= _REST * size) | stalled  # what rounding leaves may be larger once more
        if done.all():
            return values
        before, last = values, gap
    raise ConvergenceError("the sensitivities of the ions did not come to rest")


def _largest(comm: Any, *arrays: Array) -> list[Array]:
    from mpi4py import MPI

    found = [np.empty_like(a) for a in arrays]
    for mine, whole in zip(arrays, found, strict=True):
        comm.Allreduce(mine, whole, MPI.MAX)
    return found
