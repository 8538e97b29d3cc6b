"""Pictures of states: profiles, sections, opened 3D views, blocks."""

from __future__ import annotations

from fem.visualize.block import temperature_picture
from fem.visualize.opened import View, picture_3d
from fem.visualize.profiles import plot_band_diagram, plot_ion_profile
from fem.visualize.sections import plot_fields_2d

__all__ = [
    "View",
    "picture_3d",
    "plot_band_diagram",
    "plot_fields_2d",
    "plot_ion_profile",
    "temperature_picture",
]
