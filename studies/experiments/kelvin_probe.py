r"""Cuts through a state as a Kelvin probe sees them: the potential along a line, at rest or while a device is biased.

The potential ψ is that of the vacuum level, :math:`E_\mathrm{vac} = -q\psi`, from the Fermi level of a contact at 0 V.
A probe whose work function is W nulls its field at the contact potential difference

.. math:: V_\mathrm{CPD} = (W - W_\mathrm{surface})/q = W/q + \psi,

which rises with the potential: a contact at +1 V lies 1 V higher, and a surface of smaller work function lies higher
(W. Melitz et al., Surf. Sci. Rep. 66, 1, 2011). Conventions differ in sign: instruments that count the nulling voltage
of the other side give the negative.
The probe itself, its distance and its size are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from fem.constants import ELEMENTARY_CHARGE
from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.outputs.lines import cut
from studies.results.figure_table import positive

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fem.device.device import Device
    from fem.device.state import State

CONTACT_POTENTIAL_DIFFERENCE = "contact_potential_difference"
_LARGEST_WORK_FUNCTION = 20.0  # [eV]: above it somebody left out the unit


@checked()
def potential_cut(
    device: Device,
    state: State,
    *,
    start: Sequence[float],
    end: Sequence[float],
    points: int = 201,
    quantity: str = "potential",
    tip_work_function: float | None = None,
) -> xr.Dataset:
    """Return ``quantity`` along the straight line from ``start`` to ``end`` [m], at ``points`` positions.

    ``start`` and ``end`` have as many coordinates as the device has dimensions. ``quantity`` is "potential" [V], that
    of the vacuum level, any other output field ("electron", "conduction_band", an ion ...), or
    "contact_potential_difference" [V], which needs ``tip_work_function`` [J]. "position" [m] counts from ``start``;
    samples outside of the device are nan. For a probe above a film, lay the line along the film's surface.
    Raises IncompatibleError, OutOfRangeError or UnknownNameError.
    """
    if state.device is not device:
        raise IncompatibleError("the state is that of another device.")
    probed = quantity == CONTACT_POTENTIAL_DIFFERENCE
    tip = _tip(quantity, tip_work_function)
    for name, place in (("start", start), ("end", end)):
        if len(place) != device.mesh.dim or not np.isfinite(place).all():
            raise OutOfRangeError(
                f"{name} of a cut [m]", tuple(place), f"{device.mesh.dim} finite coordinates"
            )
    found = cut(state, start, end, points)
    wanted = "potential" if probed else quantity
    if wanted not in found:
        raise UnknownNameError(
            "output field", quantity, [*map(str, found.data_vars), CONTACT_POTENTIAL_DIFFERENCE]
        )
    line = found[[wanted]]
    if np.isnan(line[wanted].values).all():
        raise OutOfRangeError(
            "points of the cut with a value", 0, f"at least 1: {quantity} is nowhere on this line"
        )
    if probed:
        line = line.rename({wanted: quantity})
        line[quantity] = line[quantity] + tip
        line[quantity].attrs = {"units": "V", "long_name": "contact potential difference"}
    return line


def _tip(quantity: str, tip_work_function: float | None) -> float:
    """Return the work function of the tip [eV], 0 where none is needed, or raise."""
    if (quantity == CONTACT_POTENTIAL_DIFFERENCE) != (tip_work_function is not None):
        raise IncompatibleError(
            f"{CONTACT_POTENTIAL_DIFFERENCE} needs tip_work_function [J], and nothing else does; the quantity is "
            f"{quantity!r}."
        )
    if tip_work_function is None:
        return 0.0
    tip = positive("tip_work_function [J]", tip_work_function) / ELEMENTARY_CHARGE
    if tip > _LARGEST_WORK_FUNCTION:
        raise OutOfRangeError(
            "tip_work_function [J]", tip_work_function, "at most 20 eV: 4.5 * eV, for example"
        )
    return tip


@checked()
def plot_potential_cuts(
    states: Mapping[str, State] | Sequence[State],
    *,
    start: Sequence[float],
    end: Sequence[float],
    points: int = 201,
    quantity: str = "potential",
    tip_work_function: float | None = None,
    relative_to: State | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Return axes with a cut through every state, such as those of ``Snapshots`` while a device is biased.

    ``states``: by label (``Snapshots(...).states``), or in a list, labelled by their times. ``relative_to``: a state
    whose cut is taken off, so that only what the bias has changed is left. Other arguments as in ``potential_cut``.
    """
    import matplotlib.pyplot as plt

    named = dict(states) if isinstance(states, Mapping) else {f"{s.time:.4g} s": s for s in states}
    if not named:
        raise OutOfRangeError("number of states", 0, "at least 1")

    def line(state: State) -> xr.DataArray:
        return potential_cut(
            state.device, state, start=start, end=end, points=points, quantity=quantity,
            tip_work_function=tip_work_function,
        )[quantity]  # fmt: skip

    if ax is None:
        _, ax = plt.subplots(layout="constrained")
    before = None if relative_to is None else line(relative_to)
    colours = plt.get_cmap("viridis")(np.linspace(0.0, 0.85, len(named)))
    for (label, state), colour in zip(named.items(), colours, strict=True):
        found = line(state)
        values = found.values if before is None else found.values - before.values
        ax.plot(found["position"].values * 1e9, values, color=colour, label=label)
    name, unit = str(found.attrs["long_name"]).capitalize(), found.attrs["units"]
    ax.set(
        xlabel="Position [nm]",
        ylabel=f"{'Change of ' + name.lower() if before is not None else name} [{unit}]",
    )
    ax.legend()
    return ax
