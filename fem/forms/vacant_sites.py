r"""Vacant sites of ions in places that are all but full, to full relative accuracy.

An ion density P is a double, and :math:`1 - P/P_{max}` is lost to rounding where P comes close to the site
density. There the share of vacant sites s is kept beside it as :math:`m = -\ln s`, with the density
:math:`P_0 = P_{max}(1 - s)` that it belongs to, and the excess chemical potential is

.. math:: -\ln(1 - P/P_{max}) = m - \ln\left(1 + \frac{(P_0 - P)\,e^m}{P_{max}}\right),

the same number for every m, but exact at :math:`P = P_0` however few sites are vacant. Both are kept at all nodes:
a form takes the value at a corner from those of all corners of a cell, and the difference is 0 there only if it is at
each of them (between a full node and empty ones its rounding, times :math:`e^m`, would be more than 1). Newton's
update of P is one of s there: more vacant sites follow it as it is, fewer ones follow it in their logarithm, so that
a site density is never reached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fem.forms.shared_sites import keep_room

if TYPE_CHECKING:
    from fem.forms.context import Context

Array = npt.NDArray[np.float64]
_CROWDED = 0.5  # share of the sites above which the vacant ones are kept
_FEWEST = 1e-250  # share of vacant sites
_ROUNDING = 1e-16
_FULL = 1e-13  # a share of vacant sites that a density cannot tell
_FALL = 20.0  # largest fall of ln s in one iteration


class VacantSites:
    """The vacant sites of one ion species at the nodes of this rank."""

    def __init__(self, context: Context, column: int) -> None:
        limit = context.fields[column].upper_bound
        assert limit is not None
        self.column = column
        self.bound = limit / context.scaling.density  #: site density [N0]
        self._exponent, self._density = context.vacancy(context.fields[column].name)

    def share(self, density: Array) -> Array:
        """Return the share of vacant sites at the first nodes, where ``density`` [N0] is.

        What is kept counts where it is of this density, or where both are full to rounding.
        """
        kept = np.exp(-self._exponent.x.array[: density.size])
        here = 1.0 - density / self.bound
        known = self._density.x.array[: density.size] == density
        full = np.maximum(kept, here) < _FULL
        return np.asarray(np.where(known | full, kept, here))

    def follow(self, density: Array) -> Array:
        """Take note of a density that something else has set, on all nodes; return it, corrected if full."""
        share = self.share(density)
        crowded = density > _CROWDED * self.bound
        share = np.where(share > 0, np.maximum(share, _FEWEST), _ROUNDING)
        full = crowded & (density > self.bound)
        density = np.where(full, self.bound, density)
        self._keep(share, density)
        return density

    def move(self, old: Array, step: Array) -> None:
        """Replace a step (new = old - step) by one below the site density."""
        share = np.maximum(self.share(old), _FEWEST)
        straight = share + step / self.bound
        with np.errstate(over="ignore"):
            fewer = share * np.exp(np.clip(step / self.bound / share, -_FALL, 0.0))
        curved = (step < 0) & (straight <= _CROWDED)
        new = np.where(curved, fewer, straight)
        crowded = new < 1 - _CROWDED
        plain = ~curved & ~crowded & (share >= 1 - _CROWDED)
        density = np.where(plain, old - step, self.bound * (1 - new))
        step[:] = np.where(plain, step, old - density)
        # the density must be what is subtracted, to the last bit
        self._keep(new, old - step)

    def scatter(self) -> None:
        """Bring the ghosts up to date."""
        self._exponent.x.scatter_forward()
        self._density.x.scatter_forward()

    def _keep(self, share: Array, density: Array) -> None:
        n = density.size
        self._exponent.x.array[:n] = -np.log(np.maximum(share, _FEWEST))
        self._density.x.array[:n] = density


def vacant_sites(context: Context) -> list[VacantSites]:
    """Return the vacant sites of every field with a site density."""
    return [VacantSites(context, k) for k, f in enumerate(context.fields) if f.upper_bound is not None]


def follow(context: Context) -> None:
    """Take note that the device's unknowns have been set, and keep them below their site densities."""
    values = context.unknown.x.array.reshape(-1, context.block_size)
    keep_room(context, values)
    for sites in vacant_sites(context):
        values[:, sites.column] = sites.follow(values[:, sites.column])
