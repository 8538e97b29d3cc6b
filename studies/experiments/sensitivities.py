r"""Sensitivities: the derivatives of currents with respect to the parameters of a device, with their units.

They are those of the discrete equations, by the tangent system on the Newton matrix of each solved state; nothing is
solved again with other parameters (``fem.solvers.tangent``, ``fem.transient.tangent``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from fem.currents.terminal import current_name, current_unit
from fem.device.parameters import Parameter
from fem.device.state import State
from fem.errors import IncompatibleError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import anything, each, instance, optional
from fem.mesh.ranks import collective
from fem.solvers.state_tangent import StateTangent, equilibrium_tangent, state_tangent
from fem.transient.tangent import TransientTangent
from studies.experiments.impedance import ImpedanceSpectrum
from studies.experiments.labels import ADMITTANCE, RECORDED, as_parameters, labels_of
from studies.results.trace import Trace

if TYPE_CHECKING:
    from fem.device.device import Device
    from fem.transient.timestepping import Progress
    from studies.experiments.sweep_drive import SweepDrive

Array = npt.NDArray[np.float64]
_OF_TRACE = "parameter", "contact", "time"


@checked(
    of=instance(State, Trace, ImpedanceSpectrum),
    names=optional(each(anything)),
    start=optional(instance(State)),
)
def sensitivity(
    of: State | Trace | ImpedanceSpectrum,
    names: Sequence[str | Parameter] | None = None,
    *,
    start: State | None = None,
) -> xr.Dataset:
    """Return the sensitivities of a steady state, a trace or an impedance spectrum, labelled, with their units.

    ``of``: a steady state or an equilibrium, or a trace or a spectrum that was made with ``sensitivities`` (see
    ``iv_sweep``, ``apply`` and ``impedance``).
    ``names``: of the parameters, all of a device's (``fem.parameters``) or of a trace's if None; of a state they may be
    Parameters of your own. ``start``: of a state with frozen ions, the steady state whose ions they are; equilibrium if
    None.

    The Dataset has the dimensions ``parameter`` and ``contact``, and ``time`` [s] of a trace: "current", "sensitivity",
    dI/dp in the unit of the current per ``parameter_unit``, and "relative_sensitivity", d ln I/d ln p, which is nan
    where no current flows. A spectrum has complex numbers over ``frequency`` [Hz]: the "admittance" into every contact
    with its two sensitivities, and of the driven contact's "impedance" those called "impedance_sensitivity" and
    "relative_impedance_sensitivity". They are exact derivatives of the discrete solution: of a trace, for its own time
    steps.
    Raises UnknownNameError; IncompatibleError for a state that is not at rest, or has a circuit, and for a parameter
    that changes more than numbers of the equations; ConvergenceError.

    >>> found = sensitivity(steady(device, {"top": 0.5}))                                        # doctest: +SKIP
    >>> found.relative_sensitivity.sel(parameter="film.electron_mobility", contact="top").item()  # doctest: +SKIP
    0.98
    """
    if isinstance(of, Trace):
        return _of_trace(of, names)
    if isinstance(of, ImpedanceSpectrum):
        return _of_spectrum(of, names)
    return _of_state(of, as_parameters(of.device, names), start)


@collective("sensitivity")
def _of_state(state: State, wanted: Sequence[Parameter], start: State | None) -> xr.Dataset:
    found = state_tangent(state, wanted, None if start is None else state_tangent(start, wanted))
    contacts = list(state.device.contacts)
    now = np.array([state.current(name) for name in contacts])
    labels = labels_of(wanted)
    return _labelled(
        found.currents[:, : len(contacts)], now, ("parameter", "contact"), state.device, labels, contacts
    )


def _labelled(
    changes: Array,
    now: Array,
    dims: tuple[str, ...],
    device: Any,
    labels: Mapping[str, Any],
    contacts: list[str],
) -> xr.Dataset:
    unit = device if isinstance(device, str) else current_unit(device)
    values = labels["parameter_value"][1].reshape((-1,) + (1,) * (len(dims) - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(now == 0.0, np.nan, changes / np.where(now == 0.0, 1.0, now))
    data = {
        "current": (dims[1:], now, {"units": unit, "long_name": "total current into the device"}),
        "sensitivity": (
            dims,
            changes / values,
            {"units": f"{unit} per parameter_unit", "long_name": "dI/dp"},
        ),
        "relative_sensitivity": (dims, relative, {"units": "1", "long_name": "d ln I/d ln p"}),
    }
    return xr.Dataset(data, coords={**labels, "contact": contacts})


def _of_trace(trace: Trace, names: Sequence[str | Parameter] | None) -> xr.Dataset:
    if RECORDED not in trace.data.variables:
        raise IncompatibleError(
            "the trace was recorded without sensitivities: give their parameters to iv_sweep(..., sensitivities=[...])."
        )
    data = trace.data
    chosen, labels = _chosen(data, names)
    labels |= {
        "time": ("time", data["time"].values, {"units": "s", "long_name": "time"}),
        "voltage": ("time", data["voltage"].values, {"units": "V", "long_name": "applied voltage"}),
    }
    changes = chosen[RECORDED].transpose(*_OF_TRACE).values
    now = chosen["contact_current"].transpose(*_OF_TRACE[1:]).values
    contacts = [str(name) for name in data["contact"].values]
    unit = str(data[RECORDED].attrs["units"])
    return _labelled(changes, now, _OF_TRACE, unit, labels, contacts)


def _chosen(data: xr.Dataset, names: Sequence[str | Parameter] | None) -> tuple[xr.Dataset, dict[str, Any]]:
    """Return the part of data that is of some parameters, and their coordinates."""
    known = [str(name) for name in data["parameter"].values]
    wanted = known if names is None else [n.name if isinstance(n, Parameter) else n for n in names]
    for name in wanted:
        if name not in known:
            raise UnknownNameError("parameter of what was recorded", name, known)
    chosen = data.sel(parameter=wanted)
    return chosen, {
        "parameter": wanted,
        "parameter_value": ("parameter", chosen["parameter_value"].values),
        "parameter_unit": ("parameter", [str(u) for u in chosen["parameter_unit"].values]),
    }


def _of_spectrum(spectrum: ImpedanceSpectrum, names: Sequence[str | Parameter] | None) -> xr.Dataset:
    data = spectrum.data
    if f"{ADMITTANCE}_real" not in data.variables:
        raise IncompatibleError(
            "the spectrum was made without sensitivities: give their parameters to impedance(..., sensitivities=[...])."
        )
    chosen, labels = _chosen(data, names)
    dims = ("parameter", "contact", "frequency")
    real, imaginary = (chosen[f"{ADMITTANCE}_{part}"].transpose(*dims) for part in ("real", "imaginary"))
    changes, siemens = real.values + 1j * imaginary.values, str(real.attrs["units"])
    now = data["admittance_real"].values + 1j * data["admittance_imaginary"].values
    values = labels["parameter_value"][1]
    contacts = [str(name) for name in data["contact"].values]
    own, z = contacts.index(str(data.attrs["contact"])), spectrum.impedance
    of_impedance = -(z**2) * changes[:, own]
    along = ("parameter", "frequency")
    found = {
        "admittance": (dims[1:], now, siemens, "current into every contact per volt"),
        "sensitivity": (dims, changes / values[:, None, None], f"{siemens} per parameter_unit", "dY/dp"),
        "relative_sensitivity": (dims, changes / now, "1", "d ln Y/d ln p"),
        "impedance": (along[1:], z, spectrum.unit, "impedance at the driven contact"),
        "impedance_sensitivity": (
            along,
            of_impedance / values[:, None],
            f"{spectrum.unit} per parameter_unit",
            "dZ/dp",
        ),
        "relative_impedance_sensitivity": (along, of_impedance / z, "1", "d ln Z/d ln p"),
    }
    return xr.Dataset(
        {n: (d, x, {"units": unit, "long_name": text}) for n, (d, x, unit, text) in found.items()},
        coords={**labels, "contact": contacts, "frequency": data["frequency"]},
    )


class SensitivityRecorder:
    """Records the sensitivities of every sample of a run, which begins in ``equilibrium`` or in a steady state."""

    def __init__(
        self,
        device: Device,
        drive: SweepDrive,
        wanted: Sequence[Parameter],
        start: State,
        *,
        equilibrium: bool = False,
    ) -> None:
        if drive.circuits:
            raise IncompatibleError("sensitivities of a run with a circuit are not known.")
        self._device, self._wanted = device, wanted
        first = (equilibrium_tangent if equilibrium else state_tangent)(start, wanted)
        self._tangent = TransientTangent(first)
        self._contacts = list(device.contacts)
        self._rows: list[tuple[Array, Array]] = []
        self.add(first, 0)

    def follow(self, before: Progress, after: Progress, place: int) -> None:
        """Follow one accepted step; ``place``: the number of its sample."""
        self.add(self._tangent.follow(before, after), place)

    def add(self, found: StateTangent, place: int) -> None:
        """Record the sensitivities of sample number ``place``, in the place of those that it had."""
        now = np.array([found.state.current(name) for name in self._contacts])
        self._rows[place:] = [(found.currents[:, : len(self._contacts)], now)]

    def added_to(self, trace: Trace) -> Trace:
        """Return the trace with its sensitivities."""
        changes, now = (np.array([row[k] for row in self._rows]) for k in (0, 1))
        unit, name = current_unit(self._device), current_name(self._device).replace("_", " ")
        data = trace.data.assign_coords({**labels_of(self._wanted), "contact": self._contacts})
        about = {"units": unit, "long_name": "p dI/dp, for dI/dp see studies.sensitivity"}
        return Trace(
            data.assign(
                {
                    RECORDED: (("time", "parameter", "contact"), changes, about),
                    "contact_current": (
                        ("time", "contact"),
                        now,
                        {"units": unit, "long_name": f"total {name} into the device"},
                    ),
                }
            )
        )
