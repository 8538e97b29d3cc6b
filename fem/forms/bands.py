r"""Bands of Boltzmann semiconductors, counted from those of a reference material (see ``Setting.reference``).

A density is :math:`n = r_n u_n` with a reduced density u that is continuous, and
:math:`r_n = (N_c/N_c^{ref})\,e^{(\chi - \chi^{ref})/kT}`, :math:`r_p` likewise. At Fermi level 0 it is
:math:`u_n = e^{a_n + \psi}`, :math:`u_p = e^{a_p - \psi}`, with :math:`\psi = 0` at the reference's midgap.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.setting import Setting
from fem.forms.temperature_law import TemperatureLaw, power_and_energy
from fem.materials.material import Material


def equilibrium_offset(setting: Setting, species: str, density_scale: float) -> float:
    """Return a with u = exp(a -+ ψ) [density_scale] at Fermi level 0; ψ is zero at the reference's midgap."""
    reference = setting.reference
    assert reference is not None
    return float(
        np.log(reference_density(setting, species) / density_scale) - setting.levels(reference)[1] / 2
    )


def reference_density(setting: Setting, species: str, temperature: float | None = None) -> float:
    """Return N_c or N_v of the reference material [1/m^3]."""
    reference = setting.reference
    assert reference is not None
    return setting.levels(reference, temperature)[2 if species == "electron" else 3]


def region_ratio(
    setting: Setting, species: str, material: Material, temperature: float | None = None
) -> float:
    """Return r_n or r_p of a material: density over reduced density; 0 where no carriers are."""
    reference = setting.reference
    if material.kind != "semiconductor" or reference is None:
        return 0.0
    chi, gap, nc, nv = setting.levels(material, temperature)
    chi_ref, gap_ref, nc_ref, nv_ref = setting.levels(reference, temperature)
    if species == "electron":
        return nc / nc_ref * float(np.exp(chi - chi_ref))
    return nv / nv_ref * float(np.exp(chi_ref + gap_ref - chi - gap))


def ratio_law(context: Context, species: str) -> TemperatureLaw:
    """Return r_n or r_p, which follows the temperature at band offsets."""
    return context.law(f"{species} ratio", lambda _, m, t: region_ratio(context.setting, species, m, t))


def ratio_numbers(setting: Setting, species: str, material: Material) -> tuple[float, float, float]:
    """Return r_n or r_p at the ambient temperature, with the power and the energy [kT0] of ``ratio_law``."""

    def ratio(factor: float) -> float:
        return region_ratio(setting, species, material, factor * setting.temperature)

    return region_ratio(setting, species, material), *power_and_energy(ratio)


def density_ratio(context: Context, species: str) -> Expr:
    """Return r_n or r_p at the ambient temperature as a piecewise constant function."""
    return ratio_law(context, species)()


def log_density(context: Context, carrier: str, potential: Any) -> Any:
    """Return ln(u) [N0] of a carrier at Fermi level 0 for a scaled potential."""
    sign = 1 if carrier == "electron" else -1
    return equilibrium_offset(context.setting, carrier, context.scaling.density) + sign * potential


def neutral_values(context: Context, material: Any, doping: float) -> tuple[float, dict[str, float]]:
    """Return potential [kT/q] and reduced densities [N0] where p - n + doping = 0."""
    ratio = {c: region_ratio(context.setting, c, material) for c in ("electron", "hole")}
    offset = {c: float(log_density(context, c, 0.0)) for c in ("electron", "hole")}
    ni2 = ratio["electron"] * ratio["hole"] * np.exp(offset["electron"] + offset["hole"])
    major = abs(doping) / 2 + np.sqrt(doping**2 / 4 + ni2)
    n, p = (major, ni2 / major) if doping >= 0 else (ni2 / major, major)
    if doping >= 0:
        level = np.log(n / ratio["electron"]) - offset["electron"]
    else:
        level = offset["hole"] - np.log(p / ratio["hole"])
    return float(level), {"electron": n / ratio["electron"], "hole": p / ratio["hole"]}
