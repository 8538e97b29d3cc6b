"""Device: descriptions in, spaces, forms and boundary conditions out. No solver in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.contacts import Contact
from fem.device.checks import (
    all_fields,
    ambient,
    check_contact_names,
    check_materials,
    check_physics,
    split_contacts,
)
from fem.device.contact_values import BoundaryData, boundary_data
from fem.device.electrodes import Electrode, electrodes
from fem.device.schottky import emission_heat, emission_residual
from fem.device.surfaces import Surfaces
from fem.errors import IncompatibleError, UnknownNameError
from fem.forms.context import Context
from fem.forms.scaling import Scaling
from fem.forms.setting import Field, Setting
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh, Drawable, as_device_mesh
from fem.physics.carriers.traps import Traps
from fem.physics.heat.heat import Heat, heat_residual
from fem.physics.potential.conduction import Conduction
from fem.physics.potential.poisson import equilibrium_residual, poisson_residual
from fem.physics.term import ContactPhysics, Physics

Array = npt.NDArray[np.float64]


class Device:
    """A device, complete once made: its mesh, materials, physics and contacts, checked together.

    ``mesh``: a drawing of ``geometries`` or a DeviceMesh. ``materials``: by region. ``physics``: terms
    such as ``Poisson()``, ``Carriers()``, ``MobileIons("iodide_vacancy")``, ``Heat()``. ``contacts``: by
    name, an electrical contact, a heat sink, or a list of both; a FloatingGate by its metal region.
    ``temperature`` [K]: that of the heat sinks if not given.

    Raises UnknownNameError, OutOfRangeError, IncompatibleError or MeshError, before any solve.
    """

    def __init__(
        self,
        *,
        mesh: DeviceMesh | Drawable,
        materials: Mapping[str, Material],
        physics: Sequence[Physics | Heat],
        contacts: Mapping[str, Contact | Sequence[Contact]],
        temperature: float | None = None,
    ) -> None:
        device_mesh = as_device_mesh(mesh)
        check_materials(device_mesh, materials)
        check_contact_names(device_mesh, contacts, materials)
        electrical, self.floating_gates, self.heat_sinks = split_contacts(contacts)
        if not electrical:
            raise IncompatibleError("the device has no electrical contact; give at least one.")
        self.contacts = electrical
        self.physics = tuple(term for term in physics if not isinstance(term, Heat))
        self.heat = next((term for term in physics if isinstance(term, Heat)), None)
        check_physics(self.physics)
        self.setting = Setting(
            mesh=device_mesh, materials=dict(materials), temperature=ambient(temperature, self.heat_sinks)
        )
        if self.heat is not None:
            self.heat.check(self.setting, self.heat_sinks)
        fields = all_fields([*self.physics, *([self.heat] if self.heat else [])], self.setting)
        for term in physics:
            if hasattr(term, "check_terms"):
                term.check_terms(self.setting, physics, fields, {**electrical, **self.floating_gates})
        self.context = Context(self.setting, _scaling(self.setting, fields, self.physics), fields)
        neutral = self.conduction is not None
        self.electrodes: tuple[Electrode, ...] = electrodes(
            self.setting, electrical, self.floating_gates, self.context.scalar_space, neutral=neutral
        )
        traps = [term for term in self.physics if isinstance(term, Traps)]
        self.boundary: BoundaryData = boundary_data(
            self.context, self.electrodes, self.heat_sinks, traps, neutral=neutral
        )
        self.acting = tuple(term for term in self.physics if isinstance(term, ContactPhysics))
        _check_acting(self)
        faces = [self.electrode(t.contact).facing(device_mesh, t.acts_in(self.context)) for t in self.acting]
        self.surfaces = Surfaces(device_mesh, self.electrodes, self.heat_sinks, faces)

    @property
    def conduction(self) -> Conduction | None:
        """The term of current continuity that takes the place of Poisson's equation, if one does."""
        first = self.physics[0]
        return first if isinstance(first, Conduction) else None

    @property
    def mesh(self) -> DeviceMesh:
        """The mesh with its names."""
        return self.setting.mesh

    @property
    def scaling(self) -> Scaling:
        """The scales of the equations."""
        return self.context.scaling

    @property
    def temperature(self) -> float:
        """Ambient temperature, that of carriers and ions [K]."""
        return self.setting.temperature

    def electrode(self, name: str) -> Electrode:
        """Return the electrode of a contact or a floating gate; raises UnknownNameError."""
        for electrode in self.electrodes:
            if electrode.name == name:
                return electrode
        raise UnknownNameError("contact", name, [e.name for e in self.electrodes])

    def residual(self) -> Any:
        """Return the coupled residual of all fields as one UFL form."""
        form = 0 if self.conduction else poisson_residual(self.context, self.physics)
        for term in self.physics:
            form += term.residual(self.context)
        form += emission_residual(self.context, self.surfaces)
        for k, acting in enumerate(self.acting):
            form += acting.at_contact(self.context, *self.surfaces.of_face(self.context, k))
        if self.context.has_temperature:
            form += heat_residual(
                self.context,
                self.heating,
                self.heat_sinks,
                self.surfaces,
                self.contact_heat,
                self.heat,
            )
        return form + self._keep_rows()

    @property
    def heating(self) -> tuple[Physics, ...]:
        """The terms that give off heat: with ``Conduction`` it alone, whose current is the terminals'."""
        return (self.conduction,) if self.conduction else self.physics

    def contact_heat(self, test: Any) -> Any:
        """Return the UFL form of the heat at Schottky contacts [kT0 N0 D0/L0] for a test function; 0 without."""
        return emission_heat(self.context, self.surfaces, test)

    def equilibrium_form(self, potential: Any, test: Any) -> Any:
        """Return the nonlinear Poisson form of all charges in equilibrium."""
        return equilibrium_residual(self.context, self.physics, potential, test)

    def currents(self, weight: Any) -> dict[str, Any]:
        """Return the UFL forms of the terminal current of each species for a test function."""
        found: dict[str, Any] = {}
        for term in self.physics:
            for part, form in term.currents(self.context, weight).items():
                found[part] = found[part] + form if part in found else form
        return found

    def total_current(self, weight: Any) -> Any:
        """Return the UFL form of the terminal current for a test function."""
        if self.conduction:
            return sum(self.conduction.currents(self.context, weight).values())
        return sum(self.currents(weight).values())

    def _keep_rows(self) -> Any:
        """Return a zero form that reserves the diagonal of every unknown, also where nothing else acts."""
        c = self.context
        zero = c.constant(0.0)
        v = ufl.TestFunction(c.space)

        def row(k: int) -> Any:
            return c.calculus.lump(lambda i: zero * c.calculus.at(c.unknown[k], i), v[k])

        return sum(row(k) for k in range(c.block_size))

    def describe(self) -> dict[str, Any]:
        """Return the description as plain data, for provenance."""
        return {
            "mesh": {
                **self.mesh.description,
                "nodes": self.mesh.num_nodes,
                "dimension": self.mesh.dim,
                "coordinates": self.mesh.coordinates,
            },
            "materials": {region: m.to_dict() for region, m in self.setting.materials.items()},
            "physics": [repr(term) for term in (*self.physics, *([self.heat] if self.heat else []))],
            "contacts": {n: repr(c) for n, c in {**self.contacts, **self.floating_gates}.items()},
            "heat_sinks": {n: repr(c) for n, c in self.heat_sinks.items()},
            "temperature": self.temperature,
        }

    def __repr__(self) -> str:
        return (
            f"Device({self.mesh.num_nodes} nodes, regions {', '.join(self.mesh.regions)}; "
            f"fields {', '.join(self.context.names)}; contacts {', '.join(e.name for e in self.electrodes)}; "
            f"{self.temperature:g} K)"
        )


def _check_acting(device: Device) -> None:
    """Raise unless every term that acts at a contact can, and is not given twice."""
    found = set()
    for term in device.acting:
        term.check_contact(device.context, device.electrode(term.contact).regions)
        key = (type(term).__name__, term.contact, getattr(term, "exchanges", ()))
        if key in found:
            raise IncompatibleError(f"{key[0]} of {', '.join(key[2])} is given twice at contact {key[1]!r}.")
        found.add(key)


def _scaling(setting: Setting, fields: Sequence[Field], physics: Sequence[Physics]) -> Scaling:
    """Return scales from the largest fixed density (doping, ions, traps), at least 1e21 1/m^3."""
    t = setting.temperature
    densities = [1e21, *(f.upper_bound for f in fields if f.trap and f.upper_bound and not f.interface)]
    for material in setting.materials.values():
        densities += [d.si(t) for d in (material.donor_density, material.acceptor_density) if d is not None]
        mobile = [f.name for f in fields if f.ionic and f.name in material.ions]
        densities += [material.ions[name].mean_density.si(t) for name in mobile]
    return Scaling(temperature=t, length=setting.mesh.unit, density=max(densities))
