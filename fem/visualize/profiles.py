"""Pictures of device states: band diagrams, ion profiles, sections, opened devices, heated blocks.

Lengths are shown in nanometres. Every rank must call these functions; files are written on rank 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fem.constants import ELEMENTARY_CHARGE, VACUUM_PERMITTIVITY
from fem.device.state import State
from fem.errors import IncompatibleError, UnknownNameError
from fem.fields import field_info
from fem.mesh.region_mesh import NANOMETRE
from fem.outputs.lines import profile

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]
_METAL = "#c9ccd1"
_INK = "#33373d"
_LEVELS = ("electron_quasi_fermi", "hole_quasi_fermi")
_LINES = (
    ("conduction_band", "#1b1f24", "-", 1.6, "$E_\\mathrm{c}$, $E_\\mathrm{v}$"),
    ("valence_band", "#1b1f24", "-", 1.6, "$E_\\mathrm{c}$, $E_\\mathrm{v}$"),
    ("electron_quasi_fermi", "#1f5fbf", "--", 1.3, "$E_\\mathrm{Fn}$"),
    ("hole_quasi_fermi", "#c2352b", ":", 1.7, "$E_\\mathrm{Fp}$"),
)
_METAL_SHARE = 0.2  # of the other regions' width: metals are cut short at it
_FEWEST = 1e-12  # the lowest density shown on a logarithmic axis, relative to the highest
_SPREAD = 30.0  # densities that vary by more are shown on a logarithmic axis


def plot_band_diagram(
    states: State | Sequence[State], labels: Sequence[str] | None = None, axes: Sequence[Axes] | None = None
) -> list[Axes]:
    """Return axes, one per state, with band edges and quasi-Fermi levels [eV] against position [nm].

    For 1D devices. Metals are grey blocks, filled up to their Fermi level and cut short. ``labels`` are the
    titles, the bias if None; ``axes``: one per state, new ones side by side if None.
    """
    states, labels = _listed(states, labels)
    profiles = [profile(state) for state in states]
    if axes is None:
        axes = _row_of_axes(len(states))
    energies = np.concatenate([_drawn_energies(data) for data in profiles])
    low, high = float(np.nanmin(energies)), float(np.nanmax(energies))
    for ax, state, data, label in zip(axes, states, profiles, labels, strict=True):
        ax.set_ylim(low - 0.12 * (high - low), high + 0.08 * (high - low))
        _draw_bands(ax, state, data)
        ax.set_title(label, fontsize=10, pad=20)
    axes[0].set_ylabel("Energy [eV]")
    axes[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)
    return list(axes)


def _drawn_energies(data: xr.Dataset) -> Array:
    """Return all energies of a profile [eV]; raises IncompatibleError if it has no band edges."""
    names = [n for n in ("conduction_band", "valence_band", *_LEVELS) if n in data]
    if "conduction_band" not in names:
        raise IncompatibleError("this device has no band edges: none of its materials has an affinity.")
    return np.concatenate([data[n].values for n in names])


def _draw_bands(ax: Axes, state: State, data: xr.Dataset) -> None:
    x = data["position"].values / NANOMETRE
    kinds = {r: m.kind for r, m in state.device.setting.materials.items()}
    inside = np.array([kinds[str(r)] != "metal" for r in data["region"].values])
    labelled: set[str] = set()
    for name, colour, style, width, label in _LINES:
        for region in dict.fromkeys(data["region"].values[inside].tolist()) if name in data else ():
            here = data["region"].values == region
            text = None if label in labelled else label
            ax.plot(x[here], data[name].values[here], style, color=colour, lw=width, label=text)
            labelled.add(label)
    left, right = x[inside].min(), x[inside].max()
    reach = _METAL_SHARE * (right - left)
    ax.set_xlim(max(x.min(), left - reach), min(x.max(), right + reach))
    _draw_metals(ax, data, x, kinds)
    _name_regions(ax, data, x)
    ax.set_xlabel("Position [nm]")
    ax.locator_params(axis="x", nbins=5)


def _draw_metals(ax: Axes, data: xr.Dataset, x: Array, kinds: dict[str, str]) -> None:
    """Fill metals up to their Fermi level and write its energy."""
    for region in dict.fromkeys(data["region"].values.tolist()):
        here = data["region"].values == region
        if kinds[region] != "metal":
            continue
        level = next((float(data[n].values[here][0]) for n in _LEVELS if n in data), None)
        if level is None:
            continue
        low, high = x[here].min(), x[here].max()
        ax.fill_between([low, high], ax.get_ylim()[0], level, color=_METAL, lw=0, zorder=0)
        ax.plot([low, high], [level, level], color=_INK, lw=1.4)
        start, end = (max(low, ax.get_xlim()[0]), min(high, ax.get_xlim()[1]))
        ax.annotate(
            f"$E_\\mathrm{{F}}$\n{_signed(level)}\neV",
            (0.5 * (start + end), level),
            xytext=(0, -3),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=7.5,
            color=_INK,
        )


def _signed(value: float) -> str:
    """Return a number with a minus sign proper."""
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}") if value else "0"


def _name_regions(ax: Axes, data: xr.Dataset, x: Array) -> None:
    """Draw the interfaces and write the regions' names above the axes."""
    low, high = ax.get_xlim()
    for region in dict.fromkeys(data["region"].values.tolist()):
        here = x[data["region"].values == region]
        start, end = max(here.min(), low), min(here.max(), high)
        ax.text(
            0.5 * (start + end),
            1.015,
            region,
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="bottom",
            fontsize=8.5,
            color=_INK,
        )
        for face in (here.min(), here.max()):
            if low < face < high:
                ax.axvline(face, color="0.75", lw=0.6, zorder=0)


def plot_ion_profile(
    states: State | Sequence[State],
    labels: Sequence[str] | None = None,
    name: str = "iodide_vacancy",
    axes: Sequence[Axes] | None = None,
) -> list[Axes]:
    """Return three axes with the density of an ion [1/cm³]: at the lower face, throughout, at the upper one.

    For 1D devices. The outer two show the distance to the faces of the ion's regions, eight Debye lengths
    wide; the broken line is the mean density. ``axes``: three, new ones if None. Raises UnknownNameError.
    """
    states, labels = _listed(states, labels)
    device = states[0].device
    ions = [f.name for f in device.context.fields if f.ionic]
    if name not in ions:
        raise UnknownNameError("ion species", name, ions)
    profiles = [profile(state) for state in states]
    regions = device.context.fields[device.context.index(name)].regions
    inside = np.isin(profiles[0]["region"].values, regions)
    x = profiles[0]["position"].values[inside] / NANOMETRE
    columns = [data[name].values[inside] * 1e-6 for data in profiles]
    mean = _mean(device, name, regions[0]) * 1e-6
    zoom = min(8 * _debye_length(device, regions[0], mean * 1e6) / NANOMETRE, 0.25 * float(np.ptp(x)))
    if axes is None:
        axes = _row_of_axes(3, widths=(1.0, 1.25, 1.0), height=3.3, width=3.0)
    places = (x - x.min(), x, x.max() - x)
    colours = _colours(len(states))
    for ax, place in zip(axes, places, strict=True):
        ax.axhline(mean, color="0.6", lw=0.9, ls=(0, (5, 3)))
        for column, colour, label in zip(columns, colours, labels, strict=True):
            ax.plot(place, column, color=colour, lw=1.6, label=label)
    _frame_ions(axes, columns, mean, zoom)
    axes[0].set_ylabel(f"{field_info(name).long_name.capitalize()} [cm$^{{-3}}$]")
    for ax, title in zip(axes, _face_names(profiles[0], inside), strict=True):
        ax.set_title(title, fontsize=10)
    axes[1].set_xlim(x.min(), x.max())
    return list(axes)


def _frame_ions(axes: Sequence[Axes], columns: Sequence[Array], mean: float, zoom: float) -> None:
    low, high = min(float(c.min()) for c in columns), max(float(c.max()) for c in columns)
    for ax in axes:
        if low > 0 and high > _SPREAD * low:
            ax.set_yscale("log")
            ax.set_ylim(max(low / 2, high * _FEWEST), high * 3)
        else:
            ax.set_ylim(0, 1.1 * high)
    for ax in axes[1:]:
        ax.tick_params(labelleft=False)
    axes[0].set_xlim(0, zoom)
    axes[2].set_xlim(zoom, 0)
    for ax, text in zip(axes, ("Distance from face", "Position", "Distance from face"), strict=True):
        ax.set_xlabel(f"{text} [nm]")
    axes[1].annotate(
        "mean", (0.5, mean), xycoords=axes[1].get_yaxis_transform(), xytext=(0, 3),
        textcoords="offset points", ha="center", fontsize=8, color="0.45",
    )  # fmt: skip
    axes[2].legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=9)


def _face_names(data: xr.Dataset, inside: npt.NDArray[np.bool_]) -> tuple[str, str, str]:
    """Return titles: the lower face, the regions of the ion and the upper face."""
    names, here = data["region"].values, np.flatnonzero(inside)
    film = list(dict.fromkeys(names[here].tolist()))
    below = str(names[here[0] - 1]) if here[0] > 0 else "lower face"
    above = str(names[here[-1] + 1]) if here[-1] + 1 < names.size else "upper face"
    return f"{below} | {film[0]}", " | ".join(film), f"{film[-1]} | {above}"


def _mean(device: Any, name: str, region: str) -> float:
    """Return the mean density of an ion in a region [1/m^3]."""
    ion = device.setting.materials[region].ions[name]
    return float(ion.mean_density.si(device.temperature))


def _debye_length(device: Any, region: str, density: float) -> float:
    """Return sqrt(ε kT / q² P) [m]."""
    permittivity = device.setting.materials[region].si("relative_permittivity", device.temperature)
    volts = device.scaling.potential
    return float(np.sqrt(permittivity * VACUUM_PERMITTIVITY * volts / (ELEMENTARY_CHARGE * density)))


def _listed(states: State | Sequence[State], labels: Sequence[str] | None) -> tuple[list[State], list[str]]:
    """Return states and labels as lists of one length; a label is the bias if none is given."""
    found = [states] if isinstance(states, State) else list(states)
    if labels is None:
        labels = [", ".join(f"{n} {_signed(v)} V" for n, v in s.bias.items() if v) or "0 V" for s in found]
    if not found or len(labels) != len(found):
        raise IncompatibleError(f"there are {len(found)} states and {len(labels)} labels; give one for each.")
    return found, list(labels)


def _row_of_axes(
    count: int, widths: Sequence[float] | None = None, height: float = 3.6, width: float = 3.4
) -> list[Axes]:
    import matplotlib.pyplot as plt

    ratios = list(widths or [1.0] * count)
    _, axes = plt.subplots(
        1, count, figsize=(width * count + 1.2, height), sharey=True, squeeze=False,
        layout="constrained", dpi=150, gridspec_kw={"width_ratios": ratios},
    )  # fmt: skip
    return list(axes[0])


def _colours(count: int) -> list[Any]:
    import matplotlib.pyplot as plt

    return list(plt.get_cmap("viridis")(np.linspace(0.0, 0.82, count)))
