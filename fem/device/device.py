"""Device: descriptions in, spaces, forms and boundary conditions out. No solver in it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import ufl

from fem.contacts import (
    Contact,
    ElectricalContact,
    FloatingGate,
    HeatSink,
    OhmicContact,
    SchottkyContact,
    resistivities,
)
from fem.description import to_dict
from fem.device.checks import (
    all_fields,
    ambient,
    check_contact_names,
    check_laws,
    check_materials,
    check_physics,
    split_contacts,
    warn_if_not_valid,
)
from fem.device.contact_drop import ContactDrop
from fem.device.contact_values import BoundaryData, boundary_data
from fem.device.electrodes import Electrode, electrodes
from fem.device.ohmic import OhmicEquilibrium, ohmic_level
from fem.device.schottky import SchottkyEmission
from fem.errors import IncompatibleError, ModelWarning, UnknownNameError
from fem.errors.checking import anything, each
from fem.forms.bands import CARRIERS
from fem.forms.context import Context, scalar_space
from fem.forms.face_groups import FaceGroups, outer_facets
from fem.forms.scaling import Scaling
from fem.forms.setting import Field, Setting
from fem.materials.material import Material
from fem.mesh.device_mesh import DeviceMesh, Drawable, as_device_mesh
from fem.mesh.ranks import together
from fem.physics.heat.heat import HeatTransfer
from fem.physics.potential.poisson import equilibrium_residual
from fem.physics.term import Composition, Term

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
        physics: Sequence[Term],
        contacts: Mapping[str, Contact | Sequence[Contact]],
        temperature: float | None = None,
    ) -> None:
        device_mesh = as_device_mesh(mesh)
        alike = {"materials": materials, "physics": physics, "contacts": contacts, "temperature": temperature}
        together(
            device_mesh,
            "Device",
            alike,
            lambda: self._make(device_mesh, materials, physics, contacts, temperature),
        )

    def alike(self, mesh: DeviceMesh, **about: Any) -> Device:
        """Return the device of other descriptions (see ``remade``) with the densities' scale of this one."""
        return remade(mesh, self.scaling.density, **about)

    def _make(
        self,
        device_mesh: DeviceMesh,
        materials: Mapping[str, Material],
        physics: Sequence[Term],
        contacts: Mapping[str, Contact | Sequence[Contact]],
        temperature: float | None,
        density: float | None = None,
    ) -> None:
        check_materials(device_mesh, materials)
        check_contact_names(device_mesh, contacts, materials)
        electrical, self.floating_gates, self.heat_sinks = split_contacts(contacts)
        if not electrical:
            raise IncompatibleError("the device has no electrical contact; give at least one.")
        self.contacts = electrical
        self.physics = each(anything, 1)("physics of the device", physics)
        check_physics(self.physics)
        followed = any(term.gives_temperature and term.coupled for term in self.physics)
        check_laws(materials, followed=followed)
        self.setting = Setting(
            mesh=device_mesh,
            materials=dict(materials),
            temperature=ambient(temperature, self.heat_sinks, followed=followed),
            statistics=next(filter(None, (t.carrier_statistics for t in self.physics)), "boltzmann"),
        )
        if not self.neutral and device_mesh.comm.rank == 0:
            warn_if_not_valid(self.setting.materials, self.temperature)
        space = scalar_space(device_mesh)
        self.electrodes: tuple[Electrode, ...] = electrodes(
            self.setting, electrical, self.floating_gates, space, neutral=self.neutral
        )
        drops = tuple(ContactDrop(name, value) for name, value in resistivities(electrical).items())
        whole = self._composition(drops)
        for term in (*self.physics, *drops):
            term.check(whole)
        emitting = tuple(e for e in self.electrodes if isinstance(e.contact, SchottkyContact))
        self.context = Context(
            self.setting,
            _scaling(self.setting, whole.fields, density),
            whole.fields,
            terms=(
                *self.physics,
                SchottkyEmission(emitting),
                OhmicEquilibrium(),
                HeatTransfer(self.heat_sinks),
                *drops,
            ),
            face_groups=_face_groups(device_mesh, self.electrodes, self.heat_sinks),
            electrodes=self.electrodes,
            space=space,
        )
        self.boundary: BoundaryData = boundary_data(
            self.context, self.electrodes, self.heat_sinks, neutral=self.neutral
        )
        ohmic = tuple(e for e in self.electrodes if isinstance(e.contact, OhmicContact))
        carriers = any(name in CARRIERS for name in self.context.names)
        if ohmic and carriers and self.context.has_temperature:
            self.context.ohmic_level = ohmic_level(self.context, ohmic, self.boundary, self.heat_sinks)

    def _composition(self, drops: tuple[Term, ...]) -> Composition:
        return Composition(
            setting=self.setting,
            terms=self.physics,
            fields=all_fields((*self.physics, *drops), self.setting),
            contacts={**self.contacts, **self.floating_gates},
            touching={e.name: e.regions for e in self.electrodes},
            heat_sinks=self.heat_sinks,
        )

    @property
    def neutral(self) -> bool:
        """Whether the film is neutral, with ``Conduction`` in the place of Poisson's equation."""
        return self.physics[0].neutral

    @property
    def heat(self) -> Term | None:
        """The term that gives the temperature, if one does."""
        return next((term for term in self.physics if term.gives_temperature), None)

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
        hint = (
            f"{name!r} is a region, not a face."
            if isinstance(name, str) and name in self.mesh.regions
            else ""
        )
        raise UnknownNameError("contact", name, [e.name for e in self.electrodes], hint)

    def residual(self) -> Any:
        """Return the coupled residual of all fields as one UFL form."""
        return sum(term.residual(self.context) for term in self.context.terms) + self._keep_rows()

    def equilibrium_form(self, potential: Any, test: Any) -> Any:
        """Return the nonlinear Poisson form of all charges in equilibrium."""
        return equilibrium_residual(self.context, self.context.terms, potential, test)

    def currents(self, weight: Any) -> dict[str, Any]:
        """Return the UFL forms of the terminal current of each species for a test function."""
        found: dict[str, Any] = {}
        for term in self.context.terms:
            for part, form in term.currents(self.context, weight).items():
                if isinstance(form, int | float):  # nothing
                    continue
                found[part] = found[part] + form if part in found else form
        return found

    def total_current(self, weight: Any) -> Any:
        """Return the UFL form of the terminal current for a test function."""
        if self.neutral:
            return sum(self.physics[0].currents(self.context, weight).values())
        return sum(self.currents(weight).values())

    def _keep_rows(self) -> Any:
        """Return a zero form that reserves the diagonal of every unknown, also where nothing else acts."""
        c = self.context
        zero = c.constant(0.0)
        v = ufl.TestFunction(c.space)

        def row(k: int) -> Any:
            return c.calculus.lump(lambda i: zero * c.calculus.at(c.unknown[k], i), v[k])

        return sum(row(k) for k in range(c.block_size))

    def describe(self, *, labels: bool = True) -> dict[str, Any]:
        """Return the description as plain data, with or without what is in no equation; collective."""
        mesh = self.mesh
        about = {
            "mesh": {
                **mesh.description,
                "nodes": mesh.num_nodes,
                "dimension": mesh.dim,
                "coordinates": mesh.coordinates,
                "cross_section": mesh.cross_section,
                "regions": list(mesh.regions),
                "checksum": mesh.checksum,
            },
            "materials": self.setting.materials,
            "physics": self.physics,
            "contacts": {**self.contacts, **self.floating_gates},
            "heat_sinks": self.heat_sinks,
            "temperature": self.temperature,
        }
        return {name: to_dict(value, labels=labels) for name, value in about.items()}

    def __repr__(self) -> str:
        return (
            f"Device({self.mesh.num_nodes} nodes, regions {', '.join(self.mesh.regions)}; "
            f"fields {', '.join(self.context.names)}; contacts {', '.join(e.name for e in self.electrodes)}; "
            f"{self.temperature:g} K)"
        )


def remade(
    mesh: DeviceMesh,
    density: float,
    *,
    materials: Mapping[str, Material],
    physics: Sequence[Term],
    contacts: Mapping[str, ElectricalContact | FloatingGate],
    heat_sinks: Mapping[str, HeatSink],
    temperature: float | None,
) -> Device:
    """Return a device whose densities have the scale ``density`` [1/m^3], so that its numbers compare with others'."""
    found = object.__new__(Device)
    at = {
        name: [of[name] for of in (contacts, heat_sinks) if name in of] for name in {**contacts, **heat_sinks}
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ModelWarning)
        found._make(mesh, materials, physics, at, temperature, density)
    return found


def _face_groups(
    mesh: DeviceMesh, electrodes: Sequence[Electrode], sinks: Mapping[str, HeatSink]
) -> FaceGroups:
    """Return the facets of all electrodes by the regions that meet them, and of heat sinks with a resistance."""
    return FaceGroups(
        mesh,
        {e.name: {r: e.facing(mesh, (r,)) for r in e.regions} for e in electrodes},
        {name: outer_facets(mesh, name) for name, sink in sinks.items() if sink.resistance is not None},
    )


def _scaling(setting: Setting, fields: Sequence[Field], density: float | None) -> Scaling:
    """Return scales from the largest fixed density (doping, ions, traps), at least 1e21 1/m^3, or from that given."""
    t = setting.temperature
    if density is not None:
        return Scaling(temperature=t, length=setting.mesh.unit, density=density)
    densities = [1e21, *(f.upper_bound for f in fields if f.trap and f.upper_bound and not f.interface)]
    for material in setting.materials.values():
        densities += [d.si(t) for d in (material.donor_density, material.acceptor_density) if d is not None]
        mobile = [f.name for f in fields if f.ionic and f.name in material.ions]
        densities += [material.ions[name].mean_density.si(t) for name in mobile]
    return Scaling(temperature=t, length=setting.mesh.unit, density=max(densities))
