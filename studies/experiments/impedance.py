"""Impedance spectroscopy of a device around one of its states: Z, Y and C against frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from fem.currents.terminal import current_name
from fem.device.parameters import Parameter
from fem.device.state import State
from fem.errors import UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, instance, optional
from fem.solvers.admittance_tangent import admittance_tangent
from fem.solvers.smallsignal import admittance, checked_frequencies
from studies.experiments.labels import ADMITTANCE, as_parameters, labels_of
from studies.results.citations import SMALL_SIGNAL, citations
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import decoded, plain, program_version
from studies.results.software import software

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Kind of current -> units of impedance, admittance and capacitance.
_UNITS = {
    "current": ("Ohm", "S", "F"),
    "current_per_width": ("Ohm m", "S/m", "F/m"),
    "current_density": ("Ohm m^2", "S/m^2", "F/m^2"),
}
_VARIABLES = (
    "impedance_real",
    "impedance_imaginary",
    "capacitance",
    "admittance_real",
    "admittance_imaginary",
)


@checked(state=anything, frequencies=anything, sensitivities=optional(each(anything)))
def impedance(
    state: State,
    contact: str,
    frequencies: ArrayLike,
    *,
    frozen_ions: bool = False,
    sensitivities: Sequence[str | Parameter] | None = None,
) -> ImpedanceSpectrum:
    r"""Return the impedance seen at ``contact`` around ``state``, the other contacts held at their bias.

    :math:`Z = 1/Y`, :math:`Y = \hat I/\hat V` with the current into the device and
    :math:`C = \mathrm{Im}\,Y/\omega`: negative where the device is inductive. ``frequencies`` [Hz] are
    finite and positive. ``frozen_ions`` keeps the ions where they are. Nothing is stepped in time; the state
    may be an equilibrium, a steady state or any moment of a transient.
    ``sensitivities``: parameters, by their names in ``fem.parameters(device)`` or as Parameters, with respect to which
    the spectrum has the derivatives of all admittances, around an equilibrium or a steady state;
    ``studies.sensitivity(spectrum)`` returns them.
    Raises OutOfRangeError, UnknownNameError, IncompatibleError or ConvergenceError.

    >>> spectrum = impedance(steady(device, {"top": 1.0}), "top", np.logspace(-3, 9, 61))  # doctest: +SKIP
    >>> spectrum.plot(), spectrum.plot_capacitance()                                       # doctest: +SKIP
    """
    wanted = checked_frequencies(frequencies)
    found, more = _solved(state, contact, wanted, frozen_ions, sensitivities)
    device = state.device
    names = list(device.contacts)
    own = found[names.index(contact)]
    z = 1.0 / own
    ohm, siemens, farad = _UNITS[current_name(device)]
    along, across = "frequency", ("contact", "frequency")
    data = xr.Dataset(
        {
            "impedance_real": (along, z.real, _about(ohm, "resistance")),
            "impedance_imaginary": (along, z.imag, _about(ohm, "reactance")),
            "capacitance": (along, own.imag / (2 * np.pi * wanted), _about(farad, "capacitance Im Y/ω")),
            "admittance_real": (across, found.real, _about(siemens, "conductance")),
            "admittance_imaginary": (across, found.imag, _about(siemens, "susceptance")),
        },
        coords={"frequency": ("frequency", wanted, _about("Hz", "frequency")), "contact": names},
        attrs=_provenance(state, contact, frozen_ions),
    )
    return ImpedanceSpectrum(data if more is None else data.assign(more.data_vars).assign_coords(more.coords))


def _solved(
    state: State,
    contact: str,
    frequencies: NDArray[np.float64],
    frozen_ions: bool,
    sensitivities: Sequence[str | Parameter] | None,
) -> tuple[NDArray[np.complex128], xr.Dataset | None]:
    """Return the admittances and, if any are asked for, their sensitivities."""
    if sensitivities is None:
        return admittance(state, contact, frequencies, frozen_ions=frozen_ions), None
    wanted = as_parameters(instance(State)("state of impedance", state).device, sensitivities)
    found = admittance_tangent(state, contact, frequencies, wanted, frozen_ions=frozen_ions)
    siemens = _UNITS[current_name(state.device)][1]
    dims = ("parameter", "contact", "frequency")
    parts = {"real": found.changes.real, "imaginary": found.changes.imag}
    data = {
        f"{ADMITTANCE}_{name}": (dims, part, _about(siemens, f"{name} part of p dY/dp"))
        for name, part in parts.items()
    }
    return found.admittance, xr.Dataset(data, coords=labels_of(wanted))


def _provenance(state: State, contact: str, frozen_ions: bool) -> dict[str, Any]:
    device = state.device
    described = device.describe()
    about = {
        "program": program_version(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "contact": contact,
        "bias": dict(state.bias),
        "time": state.time,
        "light": state.light,
        "frozen_ions": frozen_ions,
        "device": described,
        "mesh_nodes": device.mesh.num_nodes,
        "citations": citations(described, *SMALL_SIGNAL),
        "software": software(),
    }
    return {key: plain(value) for key, value in about.items()}


def _about(unit: str, long_name: str) -> dict[str, str]:
    return {"units": unit, "long_name": long_name}


@dataclass(frozen=True, eq=False, repr=False)
class ImpedanceSpectrum:
    """A spectrum over the dimension ``frequency`` in the Dataset ``data``, with provenance in its ``attrs``.

    ``admittance_real`` and ``admittance_imaginary`` also have the dimension ``contact``: the current into
    every contact per volt on the one that was driven.
    """

    data: xr.Dataset

    def __post_init__(self) -> None:
        for name in ("frequency", *_VARIABLES):
            if name not in self.data.variables:
                raise UnknownNameError("column", name, map(str, self.data.variables), "A spectrum needs it.")

    @property
    def frequency(self) -> NDArray[np.float64]:
        """Frequency [Hz]."""
        return self.data["frequency"].values

    @property
    def impedance(self) -> NDArray[np.complex128]:
        """Impedance at the driven contact, in ``unit``."""
        return self.data["impedance_real"].values + 1j * self.data["impedance_imaginary"].values

    @property
    def admittance(self) -> NDArray[np.complex128]:
        """Admittance at the driven contact, 1/``unit``."""
        return self.transfer(str(self.data.attrs["contact"]))

    @property
    def capacitance(self) -> NDArray[np.float64]:
        """Im Y/ω at the driven contact [F], or [F/m^2] or [F/m] where the mesh has no area or depth."""
        return self.data["capacitance"].values

    @property
    def unit(self) -> str:
        """The unit of the impedance."""
        return str(self.data["impedance_real"].attrs["units"])

    @property
    def provenance(self) -> dict[str, Any]:
        """The attributes with lists and mappings decoded."""
        return {str(key): decoded(value) for key, value in self.data.attrs.items()}

    def transfer(self, contact: str) -> NDArray[np.complex128]:
        """Return the current into ``contact`` per volt on the driven one; raises UnknownNameError."""
        names = [str(name) for name in self.data["contact"].values]
        if contact not in names:
            raise UnknownNameError("contact", contact, names)
        row = self.data.isel(contact=names.index(contact))
        return row["admittance_real"].values + 1j * row["admittance_imaginary"].values

    def save(self, path: str | Path) -> Path:
        """Return the path of the netCDF-4 file written."""
        return write_stamped(self.data, path, "spectrum")

    @classmethod
    def load(cls, path: str | Path) -> ImpedanceSpectrum:
        """Return the spectrum in the netCDF file ``path``; raises IncompatibleError if it is damaged or another."""
        return cls(read_stamped(path, "spectrum"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with the Nyquist plot: -Im Z against Re Z at one scale, decades marked."""
        ax = _axes(ax)
        order = np.argsort(self.frequency)
        f, z = self.frequency[order], self.impedance[order]
        ax.plot(z.real, -z.imag, marker=".", markersize=3)
        for k in _decades(f):
            ax.annotate(f"{f[k]:.0e} Hz", (z[k].real, -z[k].imag), fontsize="x-small")
        ax.axhline(0.0, color="grey", linewidth=0.5)
        ax.set_aspect("equal", adjustable="datalim")
        ax.set(xlabel=f"Re Z [{self.unit}]", ylabel=f"-Im Z [{self.unit}]")
        return ax

    def plot_capacitance(self, ax: Axes | None = None) -> Axes:
        """Return axes with |C| against frequency on logarithmic scales, negative values dashed."""
        ax = _axes(ax)
        order = np.argsort(self.frequency)
        f, c = self.frequency[order], self.capacitance[order]
        (line,) = ax.plot(f, np.where(c > 0, c, np.nan), label="C > 0")
        if (c < 0).any():
            ax.plot(f, np.where(c < 0, -c, np.nan), "--", color=line.get_color(), label="C < 0")
            ax.legend()
        ax.set(xscale="log", yscale="log", xlabel="Frequency [Hz]")
        ax.set_ylabel(f"|C| [{self.data['capacitance'].attrs['units']}]")
        return ax

    def __repr__(self) -> str:
        f, z = self.frequency, np.abs(self.impedance)
        return (
            f"ImpedanceSpectrum: {f.size} frequencies, {f.min():g} to {f.max():g} Hz, "
            f"contact {self.data.attrs['contact']!s}, |Z| {z.min():.4g} to {z.max():.4g} {self.unit}"
        )


def _axes(ax: Axes | None) -> Axes:
    import matplotlib.pyplot as plt

    return plt.subplots(layout="constrained")[1] if ax is None else ax


def _decades(frequency: NDArray[np.float64]) -> list[int]:
    """Return the samples that lie on (or next to) every third power of ten."""
    logs = np.log10(frequency)
    marks = np.arange(np.ceil(logs.min()), logs.max() + 1e-9, 3)
    return sorted({int(np.argmin(np.abs(logs - mark))) for mark in marks})
