r"""Floating gates: their charge, from the residual's own form, and what it asks of their potential.

.. math:: Q = \oint\varepsilon E\cdot dA = \int\varepsilon\nabla\psi\cdot\nabla w - \int\rho\,w

with w = 1 on the gate and 0 on every other node: the sum of the residual of Poisson's equation over the gate's nodes,
never the integral of a gradient over facets. A gate without charge is at the potential at which as many field lines
end on it as begin. The potential of a gate is that of its Fermi level, as a voltmeter would read it against a contact
at 0 V.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.device.state import State
from fem.errors import UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import instance
from fem.forms.compilation import compiled
from fem.mesh.kept import kept
from fem.mesh.ranks import collective
from fem.physics.potential.poisson import poisson_residual

if TYPE_CHECKING:
    from fem.device.device import Device

Array = npt.NDArray[np.float64]


@checked(state=instance(State))
@collective("floating_charge", "gate")
def floating_charge(state: State, gate: str) -> float:
    """Return the charge of a floating gate [C, or C/m, C/m^2 where currents are A/m, A/m^2].

    Raises UnknownNameError.
    """
    _require(state.device, gate)
    return gate_charges_of(state.device).charge(gate, state.values)


@checked(state=instance(State))
@collective("floating_potential", "gate")
def floating_potential(state: State, gate: str) -> float:
    """Return the potential of the Fermi level of a floating gate [V]; raises UnknownNameError."""
    from mpi4py import MPI

    _require(state.device, gate)
    device, electrode = state.device, state.device.electrode(gate)
    own = -np.inf
    if electrode.nodes.size:
        shift = state.values[electrode.nodes[0], 0] - device.boundary.base[gate][0]
        own = float(shift * device.scaling.potential)
    return float(device.mesh.comm.allreduce(own, op=MPI.MAX))


def _require(device: Device, gate: str) -> None:
    if gate not in device.floating_gates:
        raise UnknownNameError("floating gate", gate, device.floating_gates)


def gate_charges_of(device: Device) -> GateCharges:
    """Return the evaluation of the charges of a device's floating gates; compiled once and kept with it."""
    return kept(device, "gate charges", GateCharges)


class GateCharges:
    """Evaluates the charges of the floating gates of a device for any unknowns."""

    def __init__(self, device: Device) -> None:
        from dolfinx import fem as dfem

        self._device: Device = weakref.proxy(device)  # the device keeps this, not the other way
        context = device.context
        self._weight = dfem.Function(context.scalar_space)
        self._values, self._direction = dfem.Function(context.space), dfem.Function(context.space)
        charge = ufl.replace(
            poisson_residual(context, context.terms, self._weight), {context.unknown: self._values}
        )
        cells = cells_beside_gates(device)
        self._charge = compiled(charge, cells)
        self._slope = compiled(ufl.derivative(charge, self._values, self._direction), cells)
        self._hats = {name: hat(device, name) for name in device.floating_gates}

    def charge(self, gate: str, values: Array) -> float:
        """Return the charge [C ...] for the scaled unknowns ``values``, of any shape."""
        self._values.x.array[:] = np.ravel(values)
        return self._assembled(self._charge, gate)

    def slope(self, gate: str, values: Array, direction: Array) -> float:
        """Return the change of the charge [C ...] at ``values`` per change of the unknowns along ``direction``."""
        self._values.x.array[:] = np.ravel(values)
        self._direction.x.array[:] = np.ravel(direction)
        return self._assembled(self._slope, gate)

    def _assembled(self, form: Any, gate: str) -> float:
        from dolfinx import fem as dfem

        self._weight.x.array[:] = self._hats[gate]
        total = self._device.mesh.comm.allreduce(dfem.assemble_scalar(form))
        return float(total * charge_unit(self._device))


class EquilibriumCharges:
    """What the charges of floating gates ask of the potential while equilibrium is sought."""

    def __init__(self, device: Device, form: Any, potential: Any) -> None:
        from dolfinx import fem as dfem

        self.count, self._size = len(device.floating_gates), potential.x.array.size
        self._hats: list[Array] = []
        if not self.count:
            return
        self._comm = device.mesh.comm
        self._hats = [hat(device, name) for name in device.floating_gates]
        self._goal = np.array([g.charge / charge_unit(device) for g in device.floating_gates.values()])
        self._weight, self._rise = (dfem.Function(potential.function_space) for _ in range(2))
        charge, cells = device.equilibrium_form(potential, self._weight), cells_beside_gates(device)
        self._charge = compiled(charge, cells)
        self._mutual = compiled(ufl.derivative(charge, potential, self._rise), cells)
        self.column: Any = compiled(-ufl.derivative(form, potential, self._rise), cells)

    def raise_gate(self, gate: int) -> Any:
        """Return the form of minus the change of the residual as the potential of one gate rises by 1."""
        self._rise.x.array[:] = self._hats[gate]
        return self.column

    def equations(self) -> tuple[Array, Array]:
        """Return the change of each charge with each gate's own potential, and the charges that are missing."""
        slopes, missing = np.zeros((self.count, self.count)), np.zeros(self.count)
        for k in range(self.count):
            self._weight.x.array[:] = self._hats[k]
            missing[k] = self._goal[k] - self._assembled(self._charge)
            for j in range(self.count):
                self._rise.x.array[:] = self._hats[j]
                slopes[k, j] = self._assembled(self._mutual)
        return slopes, missing

    def rise(self, change: Array) -> Array:
        """Return the change of the potential at the nodes of the gates themselves, shape (nodes,)."""
        found = np.zeros(self._size)
        for own, value in zip(self._hats, change, strict=True):
            found += own * value
        return found

    def _assembled(self, form: Any) -> float:
        from dolfinx import fem as dfem

        return float(self._comm.allreduce(dfem.assemble_scalar(form)))


def charge_unit(device: Device) -> float:
    """Return the charge of one scaled unit [C, or C/m, C/m^2 where the mesh lacks the rest]."""
    mesh, length = device.mesh, device.scaling.length
    volume = length ** (3 if mesh.axisymmetric else mesh.dim) * (mesh.cross_section or 1.0)
    return device.context.charge_density_scale() * float(volume)


def hat(device: Device, name: str) -> Array:
    """Return the weight that is 1 at the nodes of an electrode and 0 at all others, shape (nodes,)."""
    found = np.zeros(len(device.context.unknown.x.array) // device.context.block_size)
    found[device.electrode(name).nodes] = 1.0
    return found


def cells_beside_gates(device: Device) -> npt.NDArray[np.int32]:
    """Return the own cells of this rank that touch a floating gate, without those inside of metals."""
    nodes = [e.nodes for e in device.electrodes if e.floating]
    touching = np.isin(device.context.scalar_space.dofmap.list, np.concatenate(nodes)).any(axis=1)
    touching[device.mesh.cells(*device.setting.of_kind("metal"))] = False
    here = device.mesh.mesh.topology.index_map(device.mesh.dim).size_local
    return np.flatnonzero(touching[:here]).astype(np.int32)
