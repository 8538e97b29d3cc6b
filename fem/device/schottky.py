r"""Schottky contacts: thermionic emission of carriers, and the heat that it leaves there.

Carriers flow out with :math:`v\,e^{\Delta\phi/kT}(n - n_0)` (see ``contacts.SchottkyContact``); at the contact they
fall by :math:`kT\ln(n/n_0)` to the Fermi level of the metal, and what they fall by is heat. The image force eases
emission, and the way over the barrier as well (``fem.physics.carriers.image_force``). Velocity, :math:`n_0` and both
gains follow the temperature there where that is an unknown. Integrals over contacts are lumped at the nodes, so that
positivity is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import ufl

from fem.constants import BOLTZMANN, ELEMENTARY_CHARGE, PLANCK, VACUUM_PERMITTIVITY
from fem.contacts import SchottkyContact
from fem.device.contact_values import held_work_function
from fem.device.electrodes import Electrode
from fem.forms.context import Context
from fem.forms.distance import distance_from, farthest
from fem.forms.faces import Face, contact_face
from fem.forms.occupation import degeneracy_of, states_law
from fem.forms.temperature_law import TemperatureLaw
from fem.materials.material import Material
from fem.mesh.kept import kept
from fem.physics.carriers.field_emission import steepness, triangle_gain, tunnelled, unit_field
from fem.physics.carriers.image_force import diffusion_gain, edge_gain, emission_gain
from fem.physics.dissipation import EdgeFlux, logarithm
from fem.physics.potential.poisson import permittivity
from fem.physics.term import Term

_LEAST_PULL, _LEAST_CHARGE = (
    1e-12,
    1e-12,
)  # [kT0/qL0], [N0]: below it the barrier is a triangle without an end
_PULLED_BY = {"electron": 1.0, "hole": -1.0}  # sign of the potential's rise into the film


@dataclass(frozen=True, eq=False)
class SchottkyEmission(Term):
    """What Schottky contacts add to a device; it does so by itself.

    ``electrodes``: those of the contacts.
    """

    electrodes: tuple[Electrode, ...]

    def residual(self, context: Context) -> Any:
        """Return the boundary terms of all Schottky contacts: the outflow of each carrier."""
        form: Any = 0
        for electrode in self.electrodes:
            face = contact_face(context, electrode.name)
            for carrier in _carriers(context):
                outflow = _outflow(face, electrode, carrier)
                form += face.lump(context.row_scale(carrier) * outflow, context.test(carrier))
        return form

    def mobility_gain(self, context: Context, species: str) -> EdgeFlux | None:
        """Return by how much the image force or tunnelling ease the way of a carrier to and from all contacts."""
        found = []
        for electrode in self.electrodes:
            gain = _gain_of_the_way(context, electrode, species)
            if gain is not None:
                inside = context.indicator(electrode.regions)
                found.append(
                    edge_gain(context, _PULLED_BY[species], gain, *way_from(context, electrode), inside)
                )
        return (lambda i, j: prod(gain(i, j) for gain in found)) if found else None

    def heat(self, context: Context, v: Any) -> dict[str, Any]:
        r"""Return the form of the heat at all contacts, :math:`v(n - n_0)\,kT\ln(n/n_0)` per area."""
        form: Any = 0
        for electrode in self.electrodes:
            face = contact_face(context, electrode.name)
            for carrier in _carriers(context):
                u0 = _contact_density(face, electrode, carrier)
                fall = logarithm(context.field(carrier)) - ufl.ln(u0)
                heat = ufl.max_value(_outflow(face, electrode, carrier) * fall, 0.0)
                form += face.lump(heat * (face.warmth or 1.0), v)
        return {"contacts": form} if self.electrodes else {}


def _carriers(context: Context) -> list[str]:
    return [name for name in ("electron", "hole") if name in context.names]


def _outflow(face: Face, electrode: Electrode, carrier: str) -> Any:
    """Return the particles that leave through a contact, per area and time [N0 D0/L0]."""
    velocity = _velocity(face, electrode, carrier)
    inside, outside = face.context.field(carrier), _contact_density(face, electrode, carrier)
    left = [_degeneracy(face, carrier, u) for u in (inside, outside)]
    over = _image_force_gain(face, electrode, carrier) * (left[0] * inside - left[1] * outside)
    if _tunnelling_mass(electrode, carrier) is None:
        return velocity * over
    return velocity * (over + _through(face, electrode, carrier))


def _degeneracy(face: Face, carrier: str, reduced: Any) -> Any:
    """Return density over activity for a reduced density at a contact, on the side of each region."""
    context, bands = face.context, face.context.setting.bands
    if bands.classical:
        return 1.0

    def ratio(_region: str, material: Any, temperature: float) -> float:
        return bands.ratio(carrier, material, temperature)

    activity = face.law(f"{carrier} ratio", ratio) * reduced
    return degeneracy_of(context, activity, face.law(f"{carrier} states", states_law(carrier, context)))


def _tunnelling_mass(electrode: Electrode, carrier: str) -> float | None:
    contact = electrode.contact
    assert isinstance(contact, SchottkyContact)
    return contact.electron_tunnelling_mass if carrier == "electron" else contact.hole_tunnelling_mass


def _through(face: Face, electrode: Electrode, carrier: str) -> Any:
    """Return what leaves through the barrier over the velocity of emission [N0]."""
    context, theta = face.context, 1.0 if face.warmth is None else face.warmth
    states = face.law(f"{carrier} states", lambda _, m, t: _reduced_states(context, carrier, m, t))
    outside, inside = _contact_density(face, electrode, carrier) / states, context.field(carrier) / states
    pull = _PULLED_BY[carrier] * _outward(context)
    kappa = steepness(_strength(context, electrode, carrier) * pull / theta**1.5)
    ending = ufl.max_value(_PULLED_BY[carrier] * _fixed_charge(context), _LEAST_CHARGE)
    depth = permittivity(context) * ufl.max_value(pull, _LEAST_PULL) ** 2 / (2 * ending) / theta
    return states * tunnelled(kappa, depth, outside, inside, -ufl.ln(outside))


def _outward(context: Context) -> Any:
    """Return how steeply the potential rises from a contact into the film [kT0/qL0], in the cell at it."""
    return -ufl.dot(ufl.grad(context.linear_potential()), ufl.FacetNormal(context.setting.mesh.mesh))


def _strength(context: Context, electrode: Electrode, carrier: str) -> Any:
    """Return 1/κ of tunnelling in a field of kT0/qL0 at the ambient temperature."""
    mass, scaling = _tunnelling_mass(electrode, carrier), context.scaling
    assert mass is not None
    return context.constant(
        scaling.potential / scaling.length / unit_field(mass, context.setting.temperature)
    )


def _reduced_states(context: Context, carrier: str, material: Material, temperature: float) -> float:
    """Return N_c or N_v over the density per reduced one [N0]; 1 where no carriers are."""
    bands = context.setting.bands
    ratio = bands.ratio(carrier, material, temperature)
    if ratio == 0.0:
        return 1.0
    return bands.levels(material, temperature)[2 if carrier == "electron" else 3] / (
        ratio * context.scaling.density
    )


def _fixed_charge(context: Context) -> Any:
    """Return the charge of dopants, ions and trap levels at a face [q N0]."""
    at_face = copy(context)
    at_face.calculus = _AtFace()  # type: ignore[assignment]
    trapping = {f.name for f in context.fields if f.trap}

    def stays(term: Term) -> bool:
        own = {f.name for f in term.fields(context.setting)}
        return term.sets_potential or term.keeps_content or bool(own & trapping)

    return sum(term.charge(at_face, 0) for term in context.terms if stays(term))


class _AtFace:
    """Takes the place of the calculus of edges where a density is asked for at a point of a face."""

    @staticmethod
    def at(function: Any, _vertex: int) -> Any:
        """Return the function itself."""
        return function


def _contact_density(face: Face, electrode: Electrode, carrier: str) -> Any:
    """Return the reduced density [N0] of a carrier in equilibrium with the contact."""
    return _contact_law(face.context, electrode, carrier)(face.warmth)


def _contact_law(context: Context, electrode: Electrode, carrier: str) -> TemperatureLaw:
    setting = context.setting
    work_function = held_work_function(context, electrode)

    def value(_region: str, _material: Any, temperature: float) -> float:
        affinity, gap, *_ = setting.bands.of_reference(temperature)
        depth = work_function / (BOLTZMANN * temperature) - affinity  # of the Fermi level below the band
        barrier = depth if carrier == "electron" else gap - depth
        return setting.bands.states(carrier, temperature) / context.scaling.density * float(np.exp(-barrier))

    return context.law(f"{carrier} at {electrode.name}", value)


def _velocity(face: Face, electrode: Electrode, carrier: str) -> Any:
    """Return v r [D0/L0] by region; v = sqrt(kT/2πm*) with the m* of the density of states."""
    contact, context = electrode.contact, face.context
    assert isinstance(contact, SchottkyContact)
    given = contact.electron_velocity if carrier == "electron" else contact.hole_velocity
    states = "effective_dos_conduction" if carrier == "electron" else "effective_dos_valence"

    def value(_region: str, material: Any, temperature: float) -> float:
        ratio = context.setting.bands.ratio(carrier, material, temperature)
        if ratio == 0.0:
            return 0.0
        v = given
        if v is None:
            v = thermionic_velocity(material.si(states, temperature), temperature)
        return v * ratio / context.scaling.velocity

    return face.law(f"{carrier} velocity at {electrode.name}", value)


def _image_force_gain(face: Face, electrode: Electrode, carrier: str) -> Any:
    """Return the gain of emission by the image force, on the contact's facets."""
    strength = _image_force(face.context, electrode)
    if strength is None:
        return 1.0
    warmth = face.warmth
    pull = strength * _PULLED_BY[carrier] * _outward(face.context)
    return emission_gain(pull if warmth is None else pull / warmth**2)


def _image_force(context: Context, electrode: Electrode) -> Any:
    """Return (Δφ/kT0)² in a field of kT0/qL0 at a contact; None without an image force."""
    contact, scaling = electrode.contact, context.scaling
    assert isinstance(contact, SchottkyContact)
    if contact.image_force_permittivity is None:
        return None
    permittivity = 4 * np.pi * VACUUM_PERMITTIVITY * contact.image_force_permittivity
    return context.constant(ELEMENTARY_CHARGE / (permittivity * scaling.length * scaling.potential))


def _gain_of_the_way(context: Context, electrode: Electrode, carrier: str) -> Callable[..., Any] | None:
    """Return the gain of the way over a barrier for the pull of a field [kT0/qL0] and the temperature [T0]."""
    image = _image_force(context, electrode)
    if image is not None:
        return lambda pull, theta: diffusion_gain(image * pull / theta**2)
    if _tunnelling_mass(electrode, carrier) is None:
        return None
    density = _contact_law(context, electrode, carrier)
    states = context.law(f"{carrier} states", lambda _, m, t: _reduced_states(context, carrier, m, t))
    strength = _strength(context, electrode, carrier)

    def gain(pull: Any, theta: Any) -> Any:
        return triangle_gain(steepness(strength * pull / theta**1.5), -ufl.ln(density(theta) / states(theta)))

    return gain


def way_from(context: Context, electrode: Electrode) -> tuple[Any, Any]:
    """Return the distance of the nodes from a contact, and the largest in the regions it touches [L0]; made once."""

    def made(c: Context) -> tuple[Any, Any]:
        distance = distance_from(c, electrode.surface)
        return distance, c.constant(farthest(c, distance, tuple(electrode.regions)))

    return kept(context, f"distance from {electrode.name}", made)


def thermionic_velocity(density_of_states: float, temperature: float) -> float:
    r"""Return :math:`A^*T^2/(qN_c) = \sqrt{kT/2\pi m^*}` [m/s], :math:`N_c = 2(2\pi m^* kT/h^2)^{3/2}`.

    (S. M. Sze and K. K. Ng, Physics of Semiconductor Devices, 2007, ch. 3.)

    >>> round(thermionic_velocity(2.5e25, 300.0) / 1e4, 2)
    2.69
    """
    kt = BOLTZMANN * temperature
    mass = (density_of_states / 2) ** (2 / 3) * PLANCK**2 / (2 * np.pi * kt)
    return float(np.sqrt(kt / (2 * np.pi * mass)))
