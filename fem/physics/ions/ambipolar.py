r"""The field that carriers of the ions' own build up in a neutral film: ambipolar diffusion.

In a film that is neutral everywhere (``Conduction``) the potential φ is that of the carriers' Fermi level. Where the
carriers come from the ions, electrons for z > 0 and holes for z < 0, their density is :math:`n = |z|c`, and the
electrostatic potential differs from φ by what a gradient of n needs to be at rest,

.. math:: \psi = \varphi + \mathrm{sgn}(z)\,\frac{kT}{q}\ln n + \mathrm{const},\qquad
          z\frac{q\psi}{kT} = z\frac{q\varphi}{kT} + |z|\ln c + \mathrm{const}.

With that the flux of the ions is

.. math:: \Gamma = -D\left[(1+|z|)\nabla c + c\,\nabla\left(z\frac{q\varphi}{kT} + \mu_{ex}\right)\right]:

fast carriers run ahead and pull the ions after them, so that these spread 1 + |z| times as fast, and drift as they did
(C. Wagner, Z. Phys. Chem. B 21, 25, 1933; J. Maier, Physical Chemistry of Ionic Materials, 2004). The crowding at
sites, :math:`\mu_{ex}`, counts once, for carriers have no part in it. Along an edge, with Q of φ and :math:`\mu_{ex}`,

.. math:: \Gamma_{ij} = (1+|z|)\,D\,[B(Q')c_i - B(-Q')c_j],\qquad Q' = Q/(1+|z|),

which keeps densities positive, and is 0 exactly at :math:`c_j/c_i = e^{-Q'}`, the equilibrium of both.

Taken for granted: carriers far more mobile than the ions, Boltzmann's law for them (degenerate ones pull more
strongly), bands as deep everywhere, no other charges of that density, and no thermovoltage of the carriers where the
temperature has a gradient. The hopping gain goes by the field that ions drift in. With a ``Screening`` that field
stands in the place of that of φ, and where carriers do not screen, the ions still spread 1 + |z| times as fast: see
there. With ``Poisson`` and carriers all this is in the equations already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fem.errors import IncompatibleError
from fem.forms.edge_flux import Expr, scharfetter_gummel
from fem.physics.term import Composition


def ambipolar_factor(charge_number: int, ambipolar: bool) -> int:
    """Return by how much carriers make ions of a charge spread faster, 1 where they do not."""
    return 1 + abs(charge_number) if ambipolar else 1


def ambipolar_flux(advance: Expr, first: Expr, second: Expr, factor: int) -> Expr:
    """Return the edge flux per diffusivity for Q (``advance``) and the densities at both ends."""
    if factor == 1:
        return scharfetter_gummel(-advance, first, second)
    return factor * scharfetter_gummel(-advance / factor, first, second)


def check_ambipolar(name: str, whole: Composition, others: Sequence[Any]) -> None:
    """Raise IncompatibleError unless the device is neutral and no other ion gives the same regions their carriers."""
    if not whole.neutral:
        raise IncompatibleError(
            f"{name} is ambipolar, which stands for the field of carriers in a device without space charge; Poisson() "
            "with Carriers() has that field in itself. Leave ambipolar out, or use Conduction()."
        )
    for other in others:
        if other.ambipolar and set(whole.ion(other.name).regions) & set(whole.ion(name).regions):
            raise IncompatibleError(
                f"{name} and {other.name} are both ambipolar in one region, whose carriers come from one ion."
            )
