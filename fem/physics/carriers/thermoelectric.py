r"""Heat that carriers take along: Peltier heat at contacts and junctions, Thomson heat between.

A carrier carries :math:`Q = TS` beyond its electrochemical energy E (the quasi-Fermi level; minus it for holes), with
the entropy S of transport. The flux of ``carriers`` is :math:`-(\mu n/q)(\nabla E + S\nabla T)` with

.. math:: Q_n = (E_c - E_{Fn}) + (1 + p)\,kT + \tfrac52\left(\frac{P}{nkT} - 1\right) kT,\qquad N_c \propto T^p,

with the edge :math:`E_c` at the temperature there and the pressure P of the carriers: :math:`kT\,[1 + p + \ln(N_c/n)]`
without degeneracy, :math:`kT\,[\tfrac52 F_{3/2}(\eta)/F_{1/2}(\eta) - \eta]` of parabolic bands (H. J. Goldsmid,
Introduction to Thermoelectricity, 2010, ch. 3). By Onsager's relations a carrier takes along the same Q (H. B. Callen,
Phys. Rev. 73, 1349, 1948; G. K. Wachutka, IEEE Trans. Computer-Aided Design 9, 1141, 1990). Of the divergence of
:math:`(E + Q)\Gamma` there remains, beside Joule heat :math:`-\Gamma\cdot(\nabla E + S\nabla T)` and recombination,

.. math:: H = S\,\Gamma\cdot\nabla T - \nabla\cdot(Q\,\Gamma) - Q\,\partial_t n.

The second has no sum of its own: it is taken up where carriers enter from a metal, in which Q counts as 0, and given
off where they leave. The first makes the sum of all heat that of current times voltage for any temperatures. Along an
edge :math:`S\,\Gamma\cdot\nabla T` is the flux times what E falls by and the Joule heat's potential does not, so
that this is exact. What dopants and traps hold keeps the energy of their
level, :math:`Q = E_D - E`: the rest is given off where they take a carrier.
"""

from __future__ import annotations

import ufl

from fem.forms.bands import CARRIERS
from fem.forms.context import Context
from fem.forms.edge_flux import Expr
from fem.forms.occupation import classical, excess_pressure
from fem.forms.temperature_law import power_and_energy
from fem.materials.material import Material
from fem.physics.carriers.band_edge import slope_of_edge
from fem.physics.dissipation import EdgeFlux, logarithm


def thermoelectric_heat(context: Context, species: str, flux: EdgeFlux, fall: EdgeFlux, v: Expr) -> Expr:
    """Return the form of H of one carrier; ``flux`` and ``fall`` of its Joule heat (``fem.physics.dissipation``)."""
    c = context.calculus

    def part(i: int, j: int) -> Expr:
        flow = flux(i, j)
        carried = (carried_heat(context, species, i) + carried_heat(context, species, j)) / 2
        found = flow * carried * c.delta(v, i, j)
        if context.has_temperature:
            drop = electrochemical_energy(context, species, i) - electrochemical_energy(context, species, j)
            found += flow * (drop - fall(i, j)) * (c.at(v, i) + c.at(v, j)) / 2
        return c.weight(i, j) * found

    return c.over_edges(part)


def electrochemical_energy(context: Context, species: str, i: int) -> Expr:
    """Return E at local vertex i [kT0]: the quasi-Fermi level of electrons, minus that of holes."""
    return _chemical(context, species, i) + CARRIERS[species] * context.calculus.at(
        context.field("potential"), i
    )


def carried_heat(context: Context, species: str, i: int) -> Expr:
    """Return Q at local vertex i [kT0], on this cell's side of a heterojunction."""
    power = context.by_region(f"{species} power", lambda _, m: _numbers(context, species, m)[0])
    energy = context.by_region(f"{species} energy", lambda _, m: _numbers(context, species, m)[1])
    found = context.warmth(i)
    theta = 1.0 if found is None else found
    entropy = (
        1 + power + CARRIERS[species] * slope_of_edge(context, species, i)
    )  # but for what the energy has
    if not classical(context):
        entropy = entropy + 2.5 * excess_pressure(context, species, i)
    return entropy * theta + energy - _chemical(context, species, i)


def _chemical(context: Context, species: str, i: int) -> Expr:
    """Return kT ln(u/U) [kT0] at local vertex i, with the reduced density U at energy 0 and potential 0."""
    theta, bands = context.warmth(i), context.setting.bands

    def value(_region: str, _material: Material, temperature: float) -> float:
        return bands.at_zero(species, temperature) / context.scaling.density

    zero = context.law(f"{species} at zero", value)(theta)
    found = logarithm(context.calculus.at(context.field(species), i)) - ufl.ln(zero)
    return found if theta is None else theta * found


def _numbers(context: Context, species: str, material: Material) -> tuple[float, float]:
    """Return the power of T and the energy [kT0] of the density at E = 0 and potential 0."""
    bands, t = context.setting.bands, context.setting.temperature
    return power_and_energy(
        lambda factor: bands.ratio(species, material, factor * t) * bands.at_zero(species, factor * t)
    )
