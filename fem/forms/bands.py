r"""Bands of semiconductors, counted from those of a reference material.

An activity is :math:`r_n u_n` with a reduced density u that is continuous, and
:math:`r_n = (N_c/N_c^{ref})\,e^{(\chi - \chi^{ref})/kT}`, :math:`r_p` likewise; the density is the activity, times what
degeneracy leaves of it (``fem.forms.statistics``). At Fermi level 0 it is
:math:`u_n = e^{a_n + \psi}`, :math:`u_p = e^{a_p - \psi}`, with :math:`\psi = 0` at the reference's midgap.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from fem.constants import BOLTZMANN
from fem.errors import OutOfRangeError
from fem.forms.fermi_dirac import ARRAYS
from fem.forms.statistics import STATISTICS, CarrierStatistics
from fem.forms.temperature_law import power_and_energy
from fem.materials.material import Material

CARRIERS = {"electron": -1, "hole": 1}  #: and their charge numbers
_LARGEST = 600.0  # of an exponent


@dataclass(frozen=True)
class Bands:
    """What follows from the bands of the semiconductors of a device, in the order of its mesh.

    ``temperature`` [K]: the ambient one, at which everything is that is given none. ``statistics``: of the carriers.
    """

    semiconductors: tuple[Material, ...]
    temperature: float
    statistics: str = "boltzmann"

    @property
    def of_carriers(self) -> CarrierStatistics:
        """The statistics of the carriers."""
        return STATISTICS[self.statistics]

    @property
    def classical(self) -> bool:
        """Whether carriers have no degeneracy."""
        return self.statistics == "boltzmann"

    @cached_property
    def reference(self) -> Material | None:
        """The semiconductor that energies are counted from: one with ions if there is one."""
        found = self.semiconductors
        return next((m for m in found if m.ions), found[0] if found else None)

    def levels(
        self, material: Material, temperature: Any = None, exp: Callable[[Any], Any] = math.exp
    ) -> tuple[Any, Any, Any, Any]:
        """Return electron affinity and gap [kT], N_c and N_v [1/m^3].

        ``temperature`` [K]: the ambient one if None; with an array of them pass the matching ``exp``.
        """
        t = self.temperature if temperature is None else temperature
        kt = t * BOLTZMANN
        return (
            material.si("electron_affinity", t, exp) / kt,
            material.si("band_gap", t, exp) / kt,
            material.si("effective_dos_conduction", t, exp),
            material.si("effective_dos_valence", t, exp),
        )

    def of_reference(
        self, temperature: Any = None, exp: Callable[[Any], Any] = math.exp
    ) -> tuple[Any, Any, Any, Any]:
        """Return the ``levels`` of the reference."""
        assert self.reference is not None
        return self.levels(self.reference, temperature, exp)

    @cached_property
    def vacuum(self) -> float:
        """How far the vacuum level lies above the reference's midgap [kT]; 0 without semiconductors."""
        if self.reference is None:
            return 0.0
        affinity, gap, _, _ = self.of_reference()
        return float(affinity + gap / 2)

    def states(self, carrier: str, temperature: float | None = None) -> float:
        """Return N_c or N_v of the reference [1/m^3]."""
        return float(self.of_reference(temperature)[2 if carrier == "electron" else 3])

    def offset(self, carrier: str, density: float) -> float:
        """Return a with u = exp(a -+ ψ) [``density``, in 1/m^3] at Fermi level 0."""
        return float(np.log(self.states(carrier) / density) - self.of_reference()[1] / 2)

    def at_zero(self, carrier: str, temperature: float) -> float:
        """Return u [1/m^3] of a carrier at Fermi level 0 and potential 0 at any temperature; see ``offset``.

        The vacuum level stays where it is; the bands lie below it by what the reference has at that temperature.
        """
        affinity, gap, *_ = self.of_reference(temperature)
        vacuum = self.vacuum * self.temperature / temperature
        depth = vacuum - affinity if carrier == "electron" else affinity + gap - vacuum
        return self.states(carrier, temperature) * float(np.exp(-depth))

    def log_density(self, carrier: str, potential: Any, density: float) -> Any:
        """Return ln(u) [``density``, in 1/m^3] of a carrier at Fermi level 0 for a scaled potential."""
        return self.offset(carrier, density) - CARRIERS[carrier] * potential

    def ratio(self, carrier: str, material: Material, temperature: float | None = None) -> float:
        """Return r_n or r_p of a material: density over reduced density; 0 where no carriers are."""
        if material.kind != "semiconductor" or self.reference is None:
            return 0.0
        chi, gap, nc, nv = self.levels(material, temperature)
        chi_ref, gap_ref, nc_ref, nv_ref = self.of_reference(temperature)
        if carrier == "electron":
            return float(nc / nc_ref * np.exp(chi - chi_ref))
        return float(nv / nv_ref * np.exp(chi_ref + gap_ref - chi - gap))

    def own_states(self, carrier: str, material: Material, temperature: float | None = None) -> float:
        """Return N_c or N_v of a material [1/m^3]; 1 where no carriers are."""
        if material.kind != "semiconductor":
            return 1.0
        return float(self.levels(material, temperature)[2 if carrier == "electron" else 3])

    def densities(
        self, carrier: str, material: Material, activity: Any, temperature: Any = None, exp: Any = math.exp
    ) -> Any:
        """Return densities [1/m^3] of activities, numbers or arrays; at ``temperature`` [K] of the same shape."""
        if self.classical or material.kind != "semiconductor":
            return activity
        states = self.levels(material, temperature, exp)[2 if carrier == "electron" else 3]
        return activity * self.of_carriers.per_activity(np.maximum(activity / states, 0.0), ARRAYS)

    def ratio_numbers(self, carrier: str, material: Material) -> tuple[float, float, float]:
        """Return r_n or r_p at the ambient temperature, with the power and the energy [kT0] of its law."""

        def ratio(factor: float) -> float:
            return self.ratio(carrier, material, factor * self.temperature)

        return self.ratio(carrier, material), *power_and_energy(ratio)

    def neutral(self, material: Material, doping: float, density: float) -> tuple[float, dict[str, float]]:
        """Return potential [kT/q] and reduced densities [``density``, in 1/m^3] where p - n + doping = 0.

        ``doping``: in the same unit.
        """
        if not self.classical:
            return self._neutral_of_degenerate(material, doping, density)
        ratio = {c: self.ratio(c, material) for c in CARRIERS}
        offset = {c: self.offset(c, density) for c in CARRIERS}
        ni2 = ratio["electron"] * ratio["hole"] * np.exp(offset["electron"] + offset["hole"])
        major = abs(doping) / 2 + np.sqrt(doping**2 / 4 + ni2)
        n, p = (major, ni2 / major) if doping >= 0 else (ni2 / major, major)
        if doping >= 0:
            level = np.log(n / ratio["electron"]) - offset["electron"]
        else:
            level = offset["hole"] - np.log(p / ratio["hole"])
        return float(level), {"electron": n / ratio["electron"], "hole": p / ratio["hole"]}

    def _neutral_of_degenerate(
        self, material: Material, doping: float, density: float
    ) -> tuple[float, dict[str, float]]:
        """Return the same for any statistics; the potential of Boltzmann's carriers is where the search begins."""
        from scipy.optimize import brentq

        ratio = {c: self.ratio(c, material) for c in CARRIERS}
        offset = {c: self.offset(c, density) for c in CARRIERS}

        def reduced(level: float, carrier: str) -> float:
            return float(np.exp(min(offset[carrier] - CARRIERS[carrier] * level, _LARGEST)))

        def density_of(level: float, carrier: str) -> float:
            activity = ratio[carrier] * reduced(level, carrier) * density
            return float(self.densities(carrier, material, activity)) / density

        def lack(level: float) -> float:
            """Return the logarithm of negative over positive charges, which rises with the level."""
            n, p = (density_of(level, c) for c in ("electron", "hole"))
            return float(np.log(n + max(-doping, 0.0)) - np.log(p + max(doping, 0.0)))

        start, _ = replace(self, statistics="boltzmann").neutral(material, doping, density)
        low, high, wide = start, start, 1.0
        while lack(low) > 0 or lack(high) < 0:
            if wide > _LARGEST:
                raise OutOfRangeError(
                    f"charge of {material.name} that carriers compensate [1/m^3]",
                    float(f"{abs(doping) * density:.6g}"),
                    f"less than the largest density of {self.statistics} statistics",
                )
            low, high, wide = start - wide, start + wide, 2 * wide
        level = float(brentq(lack, low, high, xtol=1e-14, rtol=1e-15))
        return level, {c: reduced(level, c) for c in CARRIERS}
