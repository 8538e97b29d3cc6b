"""What is connected to a device: electrical contacts and heat sinks, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fem.errors import IncompatibleError
from fem.errors.arguments import settle
from fem.errors.checking import between, energy, optional, quantity, temperature

_work_function = optional(energy)
_resistivity = optional(quantity(1e-18, 1e9, "ohm m^2"))


@dataclass(frozen=True, kw_only=True)
class OhmicContact:
    """Carriers in equilibrium with the electrode (infinite surface recombination).

    ``work_function`` [J] sets the densities n = N_c exp((χ − W)/kT), p = N_v exp((W − χ − E_g)/kT).
    Without it they are those of charge neutrality, set by the doping alone: the work function of a metal
    under the contact is not used, and an undoped film is held at its intrinsic densities there.
    ``contact_resistivity`` [ohm m²]: of a layer between metal and film, with a drop of voltage that follows the current
    at each place, and heat (``fem.device.contact_drop``). None is none.
    """

    work_function: float | None = None
    contact_resistivity: float | None = None

    def __post_init__(self) -> None:
        settle(self, "an ohmic contact", work_function=_work_function, contact_resistivity=_resistivity)


@dataclass(frozen=True, kw_only=True)
class SchottkyContact:
    r"""Thermionic emission, :math:`J_n = q v_n e^{\Delta\phi/kT} (n - n_0)`.

    (C. R. Crowell and S. M. Sze, Solid-State Electron. 9, 1035, 1966.) ``work_function`` [J]: of the metal
    at the contact if not given. ``electron_velocity``, ``hole_velocity`` [m/s]:
    :math:`v = A^* T^2/(q N_c) = \sqrt{kT/2\pi m^*}` with the mass :math:`m^*` that belongs to the material's
    density of states, if not given. ``image_force_permittivity`` [1]: relative permittivity that a crossing
    carrier sees; it lowers the barrier by :math:`\Delta\phi = \sqrt{q^3 E/4\pi\varepsilon}` where the field E
    at the contact pulls the carrier out of the metal, and where carriers have to diffuse over the barrier, which limits
    those of a low mobility, that is easier too (``fem.physics.carriers.image_force``). Both directions gain alike, so
    that equilibrium carries no current. The potential of the contact, and so the space charge, stay those of the whole
    barrier. None leaves the barrier as it is. ``electron_tunnelling_mass``, ``hole_tunnelling_mass`` [m0]: with them
    carriers tunnel through the barrier as well (``fem.physics.carriers.field_emission``), without the image force.
    ``contact_resistivity`` [ohm m²]: as of an OhmicContact.
    Raises IncompatibleError for tunnelling with an image force.
    """

    work_function: float | None = None
    electron_velocity: float | None = None
    hole_velocity: float | None = None
    image_force_permittivity: float | None = None
    electron_tunnelling_mass: float | None = None
    hole_tunnelling_mass: float | None = None
    contact_resistivity: float | None = None

    def __post_init__(self) -> None:
        settle(
            self,
            "a Schottky contact",
            work_function=_work_function,
            electron_velocity=optional(quantity(1e-12, 1e12, "m/s")),
            hole_velocity=optional(quantity(1e-12, 1e12, "m/s")),
            image_force_permittivity=optional(quantity(0.1, 1e6, "1")),
            electron_tunnelling_mass=optional(quantity(1e-3, 100.0, "m0")),
            hole_tunnelling_mass=optional(quantity(1e-3, 100.0, "m0")),
            contact_resistivity=_resistivity,
        )
        tunnels = self.electron_tunnelling_mass is not None or self.hole_tunnelling_mass is not None
        if tunnels and self.image_force_permittivity is not None:
            raise IncompatibleError(
                "a Schottky contact has an image_force_permittivity and a tunnelling mass: tunnelling is known through "
                "the whole barrier alone, not through one that the image force rounds off; leave one of them out."
            )


@dataclass(frozen=True, kw_only=True)
class BlockingContact:
    """An electrode that no carrier crosses; ``work_function`` [J], of the metal there if not given."""

    work_function: float | None = None

    def __post_init__(self) -> None:
        settle(self, "a blocking contact", work_function=_work_function)


@dataclass(frozen=True, kw_only=True)
class GateContact:
    """An electrode on an insulator; ``work_function`` [J], of the metal there if not given."""

    work_function: float | None = None

    def __post_init__(self) -> None:
        settle(self, "a gate contact", work_function=_work_function)


@dataclass(frozen=True, kw_only=True)
class FloatingGate:
    """A metal inside of insulators that no wire touches: one equipotential with a charge of its own.

    Given under the name of its metal region; metals that touch it belong to it. ``work_function`` [J], of the
    metal if not given. ``charge``: in equilibrium [C, or C/m, C/m^2 where currents of the mesh are A/m, A/m^2].
    """

    work_function: float | None = None
    charge: float = 0.0

    def __post_init__(self) -> None:
        settle(self, "a floating gate", work_function=_work_function, charge=between(-1e6, 1e6, "C"))


@dataclass(frozen=True)
class HeatSink:
    """A contact held at ``temperature`` [K], through ``resistance`` [m² K/W] if that is given."""

    temperature: float
    resistance: float | None = None

    def __post_init__(self) -> None:
        settle(
            self, "a heat sink", temperature=temperature, resistance=optional(quantity(1e-15, 1e6, "m^2 K/W"))
        )


ElectricalContact = OhmicContact | SchottkyContact | BlockingContact | GateContact
Contact = ElectricalContact | FloatingGate | HeatSink


def resistivities(contacts: Mapping[str, Any]) -> dict[str, float]:
    """Return the ``contact_resistivity`` [ohm m²] of those contacts that have one, by name."""
    emitting = {n: c for n, c in contacts.items() if isinstance(c, OhmicContact | SchottkyContact)}
    return {n: c.contact_resistivity for n, c in emitting.items() if c.contact_resistivity is not None}
