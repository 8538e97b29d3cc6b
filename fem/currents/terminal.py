r"""Terminal currents from the residual's own fluxes, never from the integral of a gradient.

The current into contact k is :math:`I_k = -\int J\cdot\nabla w` with a weight w that is 1 on the contact and 0
on the others. The total current, displacement included, is free of divergence in the discrete equations,
so every such weight gives the same total. Two are used:

- The total: :math:`\nabla\cdot(\sigma\nabla w_k) = 0` with the local conductivity σ, the part between 0.5 and 0.9
  spread to 0 to 1. It falls where the device resists, and so avoids the differences of large numbers in
  which small currents drown; and only in the half of that which is nearer to contact k: the weights of
  different contacts do not overlap, and that their currents add up to zero is a finding, not an identity.
  In a transient the weights are kept from step to step while they are quiet: every weight is exact, and the
  rounding of each step is measured with those that it has.
- The parts of each species and the displacement: :math:`\nabla^2 w = 0`. On a line a part is the mean over
  the device, as drift-diffusion programs give it; it is not what crosses the contact, which blocks ions.
  The parts add up to the total but for their round-off, which is that of the layers that conduct best: in a solar
  cell 1e-11 A/m^2 at 0.1 V, where that of the total is 1e-18. It is not evaluated; the total less their sum tells it.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import ufl

from fem.currents.round_off import RoundOff, current_errors
from fem.currents.weights import WeightEquation, put_weight
from fem.forms.assembly import Assembly
from fem.forms.occupation import degeneracy
from fem.physics.carriers.carriers import mobility

if TYPE_CHECKING:
    from fem.device.device import Device

_FAR, _NEAR = 0.5, 0.9  # a weight is 0 below the one and 1 above the other
_QUIET = 1e-10  # of a current: rounding up to which weights are kept
_LOUDER = 3.0  # times what it was when they were made: beyond, others may be quieter
_FLOOR = 1e-18  # smallest conductivity of the weight's equation, of the largest


@dataclass(frozen=True)
class QuietWeights:
    """The weights of the totals that a transient keeps, and how large the rounding was when they were made."""

    weights: Any  #: shape (contacts, nodes)
    part: tuple[float, ...]  #: rounding of each current, of itself

    @classmethod
    def of(cls, weights: Any, totals: Mapping[str, float], rounding: Mapping[str, float]) -> QuietWeights:
        """Return new weights with which these totals have been found."""
        return cls(
            weights, tuple(rounding[n] / abs(total) if total else np.inf for n, total in totals.items())
        )

    def serve(self, totals: Mapping[str, float], rounding: Mapping[str, float]) -> bool:
        """Whether the rounding of totals found with these weights is small, or would be so large with new ones."""
        allowed = [max(_QUIET, _LOUDER * part) for part in self.part]
        return all(
            rounding[n] <= a * abs(total) for a, (n, total) in zip(allowed, totals.items(), strict=True)
        )


class TerminalCurrents:
    """Evaluates the currents of all contacts of a device at its present unknowns."""

    def __init__(self, device: Device) -> None:
        from dolfinx import fem as dfem

        self.device: Device = weakref.proxy(device)  # the device keeps this, not the other way
        context = device.context
        self._weight = dfem.Function(context.scalar_space)
        forms = device.currents(self._weight)
        self.parts = tuple(forms)
        self._forms = [Assembly(f, context) for f in forms.values()]
        self._total = Assembly(device.total_current(self._weight), context)
        self._floor = context.constant(1.0)
        trial, test = ufl.TrialFunction(context.scalar_space), ufl.TestFunction(context.scalar_space)
        space, electrodes = context.scalar_space, device.electrodes
        self._resistive = WeightEquation(space, electrodes, self._weight_form(trial, test))
        self._even: Any = self._evenly()()
        self._in_place: WeightEquation | None = None  # of the resistive one, where that has no solution
        self._round_off = RoundOff(device)
        self.latest: Any = None  #: the last weights of the totals, shape (contacts, nodes)
        #: error of each total by rounding alone, as last evaluated by ``with_errors``
        self.rounding: dict[str, float] = {}

    def _weight_form(self, trial: Any, test: Any) -> Any:
        """Return the form of ∇·(σ∇w), σ that of the carriers at the vertices or of ``Conduction``."""
        context, c = self.device.context, self.device.context.calculus
        own = self.device.physics[0].weight_form(context, trial, test)
        if own is not None:
            return own
        carriers = [n for n in ("electron", "hole") if n in context.names]

        def conductivity(i: int) -> Any:
            """Of densities that are round-off of a neighbour's, twenty decades above, some are below zero."""
            return self._floor + sum(
                mobility(context, s)
                * context.ratio(s)()
                * degeneracy(context, s, i)
                * ufl.max_value(c.at(context.field(s), i), 0.0)
                for s in carriers
            )

        def part(i: int, j: int) -> Any:
            middle = ufl.sqrt(conductivity(i) * conductivity(j))
            return c.weight(i, j) * middle * c.delta(trial, i, j) * c.delta(test, i, j)

        return c.over_edges(part)

    def _parts(self) -> dict[str, dict[str, float]]:
        """Return ``currents[contact][part]`` without "total", in the unit of ``current_unit``."""
        comm, scale = self.device.mesh.comm, current_scale(self.device)

        def value(form: Assembly) -> float:
            return float(comm.allreduce(form.value()) * scale)

        found: dict[str, dict[str, float]] = {}
        for electrode, even in zip(self.device.electrodes[:-1], self._even, strict=False):
            put_weight(self.device, self._weight, even)
            found[electrode.name] = {name: value(f) for name, f in zip(self.parts, self._forms, strict=True)}
        rest = {name: 0.0 - sum(parts[name] for parts in found.values()) for name in self.parts}
        found[self.device.electrodes[-1].name] = rest  # the weights add up to one, of which nothing flows
        return found

    def _totals(self, weights: Any) -> dict[str, float]:
        """Return the total current into each contact with these weights, in the unit of ``current_unit``."""
        comm, scale, found = self.device.mesh.comm, current_scale(self.device), {}
        for electrode, near in zip(self.device.electrodes, weights, strict=True):
            put_weight(self.device, self._weight, near)
            found[electrode.name] = float(comm.allreduce(self._total.value()) * scale)
        return found

    def with_errors(self) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
        """Return the currents and ``current_errors`` of a ``State``, in the unit of ``current_unit``."""
        currents, errors, _ = self.following(None)
        return currents, errors

    def following(
        self, quiet: QuietWeights | None
    ) -> tuple[dict[str, dict[str, float]], dict[str, float], QuietWeights]:
        """Return what ``with_errors`` does, and the weights for the next state.

        ``quiet``: those of a state before, which are used while they are quiet.
        """
        currents, kept = self._parts(), None
        if quiet is not None:
            self.latest = quiet.weights
            totals = self._measured(self._kept_conductances())
            kept = quiet if quiet.serve(totals, self.rounding) else None
        if kept is None:
            self.weights()
            totals = self._measured(self._conductances())
            kept = QuietWeights.of(self.latest, totals, self.rounding)
        for name, total in totals.items():
            currents[name]["total"] = total
        return currents, current_errors(totals, self.rounding), kept

    def _measured(self, conductances: Any) -> dict[str, float]:
        """Return the totals with the latest weights, and take note of their rounding."""
        totals = self._totals(self.latest)
        if conductances is None:  # one contact, into which nothing can flow
            self.rounding = dict.fromkeys(totals, 0.0)
            return totals
        found = self._round_off(self.latest, conductances) * current_scale(self.device)
        self.rounding = {name: float(x) for name, x in zip(totals, found, strict=True)}
        return totals

    def _kept_conductances(self) -> Any:
        """Return what ``_conductances`` does at the present unknowns, without new weights."""
        self._set_floor()
        return self._resistive.conductances() or self._conductances()

    def _conductances(self) -> Any:
        """Return the matrix of the weights of the totals, None for one contact."""
        if self._resistive.matrix is not None or len(self._even) == 1:
            return self._resistive.matrix
        if self._in_place is None:
            self._in_place = self._evenly()
            self._in_place()
        return self._in_place.matrix

    def _evenly(self) -> WeightEquation:
        """Return the equation of weights without conductivities."""
        context = self.device.context
        trial, test = ufl.TrialFunction(context.scalar_space), ufl.TestFunction(context.scalar_space)
        form = context.calculus.stiffness(context.constant(1.0), trial, test)
        return WeightEquation(context.scalar_space, self.device.electrodes, form)

    def weights(self) -> Any:
        """Return the weight of each contact's total, shape (contacts, nodes), for the present unknowns."""
        self._set_floor()
        found = self._resistive()
        if found is None:  # any weight is exact, but for round-off
            found = self._even
        self.latest = found if len(found) == 1 else np.clip((found - _FAR) / (_NEAR - _FAR), 0.0, 1.0)
        return self.latest

    def _set_floor(self) -> None:
        """Insulators conduct a little, by the largest carrier density of the device."""
        from mpi4py import MPI

        context = self.device.context
        values = context.unknown.x.array.reshape(-1, context.block_size)
        index = [context.index(n) for n in ("electron", "hole") if n in context.names]
        top = float(values[:, index].max(initial=0.0)) if index else 0.0
        self._floor.value = _FLOOR * context.setting.mesh.comm.allreduce(top, op=MPI.MAX) or 1.0


def current_scale(device: Device) -> float:
    """Return what one scaled unit of current is in the unit of ``current_unit``."""
    dim = device.mesh.dim if not device.mesh.axisymmetric else 3
    scale = device.scaling.current_density * device.scaling.length ** (dim - 1)
    return scale * (device.mesh.cross_section if device.mesh.cross_section is not None else 1.0)


def current_name(device: Device) -> str:
    """Return "current", "current_per_width" or "current_density": the key of ``FIELDS``."""
    if device.mesh.cross_section is not None or device.mesh.dim == 3 or device.mesh.axisymmetric:
        return "current"
    return "current_density" if device.mesh.dim == 1 else "current_per_width"


def current_unit(device: Device) -> str:
    """Return the SI unit of this device's currents."""
    from fem.fields import FIELDS

    return FIELDS[current_name(device)].unit
