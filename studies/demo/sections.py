"""The filament's end at PEDOT:PSS in mirrored r-z sections: OFF, ON and the hottest moment side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.fields import field_info
from fem.io.files import save_figure
from fem.units import nm
from fem.visualize.colours import display
from fem.visualize.grid import picture_grid
from fem.visualize.sections import Section
from studies.devices.shared import prpyrpbi3_data as data

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fem.device.state import State

POTENTIAL, HEAT = "electrostatic potential", "temperature"
#: What is shown of OFF and ON states, and of the hottest moment, from top to bottom.
FIELDS, HOT_FIELDS = (data.ION, "conductivity", POTENTIAL), (data.ION, HEAT, POTENTIAL)
WIDE, BELOW, ABOVE = (
    3.0,
    2.0,
    5.0,
)  #: of the window: radius in filament's, reach below and above PEDOT's face [nm]
_DPI = 150


def draw_sections(states: Mapping[str, State], path: Path) -> None:
    """Write the end of the filament in three states by name: OFF and ON with ``FIELDS``, hottest with ``HOT_FIELDS``.

    Those of OFF and ON share their colours.
    """
    from matplotlib.figure import Figure

    *pair, _ = grids = [
        picture_grid(state, fields)
        for state, fields in zip(states.values(), (FIELDS, FIELDS, HOT_FIELDS), strict=True)
    ]
    figure = Figure(figsize=(14, 7), dpi=_DPI, layout="constrained")
    axes = figure.subplots(len(FIELDS), len(grids), sharex=True, sharey=True)
    for row, name, hot in zip(axes, FIELDS, HOT_FIELDS, strict=True):
        _draw_row(figure, row[:2], pair, name)
        _draw_row(figure, row[2:], grids[2:], hot)
    for ax, (title, state) in zip(axes[0], states.items(), strict=True):
        ax.set_title(f"{title}, source at {_signed(state.drive['top'])} V", fontsize=10)
    for ax in axes.flat:
        ax.label_outer()
    save_figure(figure, path)


def _draw_row(figure: Any, row: Sequence[Axes], grids: Sequence[Any], name: str) -> None:
    """Draw one field of several states in the same colours, with their bar."""
    norm = display(name).norm(*(_inside(grid, name) for grid in grids))
    sections = [_section(ax, grid, name, norm) for ax, grid in zip(row, grids, strict=True)]
    _add_bar(figure, row, sections[-1])


def window() -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ends of radius and height that are shown [nm]."""
    face = data.PEDOT / nm
    radius = WIDE * data.NARROW.si() / nm
    return (-radius, radius), (face - BELOW, face + ABOVE)


def _inside(grid: Any, name: str) -> npt.NDArray[np.float64]:
    """Return the values of a field in the window, or beside it by a nanometre."""
    (_, radius), (low, high) = window()
    r, z = grid.points[:, 0], grid.points[:, 1]
    return np.asarray(grid.point_data[name][(r <= radius + 1) & (z >= low - 1) & (z <= high + 1)])


def _section(ax: Axes, grid: Any, name: str, norm: Any) -> Section:
    """Return a section drawn into axes that end with the window."""
    section = Section(ax, grid, name, mirrored=True, norm=norm)
    for text in list(ax.texts):
        text.remove()
    across, along = window()
    ax.set(xlim=across, ylim=along)
    box = {"fc": "w", "ec": "none", "alpha": 0.7, "pad": 1.0}
    for label, height, inward, side in (("PEDOT:PSS", along[0], 3, "bottom"), ("film", along[1], -3, "top")):
        place: dict[str, Any] = {"xytext": (4, inward), "textcoords": "offset points"}
        ax.annotate(label, (across[0], height), **place, fontsize=8, va=side, bbox=box)
    return section


def _add_bar(figure: Any, row: Any, section: Section) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LogNorm

    bar = figure.colorbar(ScalarMappable(section.norm, section.display.colours), ax=list(row), pad=0.01)
    if not isinstance(section.norm, LogNorm):
        bar.formatter.set_useOffset(False)
    label = f"{field_info(section.name).long_name.capitalize()} [{section.display.unit}]"
    bar.set_label(fill(label, 26), fontsize=9)


def _signed(value: float) -> str:
    """Return a voltage with its sign."""
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")
