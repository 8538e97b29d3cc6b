"""A measured or simulated trace: columns against time with units, provenance and citations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from fem.errors.arguments import checked
from fem.errors.checking import array as checked_array
from fem.errors.checking import instance, whole
from fem.io.files import write_text
from studies.results.column_units import column_in_si
from studies.results.comma_separated import comma_separated, for_origin
from studies.results.files import read_stamped, write_stamped
from studies.results.provenance import decoded, plain, program_version

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from studies import SwitchingMetrics

#: Known columns: name -> (SI unit, long name). Currents are positive into the device. Those of another contact than
#: the driven one have its name behind theirs: "voltage_gate", "current_gate". Of a cell of several equal devices in
#: parallel, or with a leakage (``fem.Circuit``), "current" is that of the cell; the current of the one device that is
#: computed and its parts are "device_current", "device_ion_current", "device_displacement_current" and so on, and
#: "parallel" of the attributes says how many there are.
TRACE_VARIABLES: dict[str, tuple[str, str]] = {
    "time": ("s", "time"),
    "voltage": ("V", "applied voltage"),
    "device_voltage": ("V", "voltage across the device without the series resistor"),
    "current": ("A", "terminal current"),
    "current_density": ("A/m^2", "terminal current density"),
    "current_per_width": ("A/m", "terminal current per width"),
    "device_current": ("A", "terminal current of one device of the cell"),
    "device_current_density": ("A/m^2", "terminal current density of one device of the cell"),
    "device_current_per_width": ("A/m", "terminal current per width of one device of the cell"),
    "current_error": ("A", "error of the terminal current by round-off"),
    "current_density_error": ("A/m^2", "error of the terminal current density by round-off"),
    "current_per_width_error": ("A/m", "error of the terminal current per width by round-off"),
    "electron_current": ("A", "electron current"),
    "hole_current": ("A", "hole current"),
    "ion_current": ("A", "ion current, mean over the device"),
    "displacement_current": ("A", "displacement current"),
    "polarization_current": ("A", "current of the ferroelectric polarization"),
    "electron_current_density": ("A/m^2", "electron current density"),
    "hole_current_density": ("A/m^2", "hole current density"),
    "ion_current_density": ("A/m^2", "ion current density, mean over the device"),
    "displacement_current_density": ("A/m^2", "displacement current density"),
    "polarization_current_density": ("A/m^2", "current density of the ferroelectric polarization"),
    "light": ("1", "light, a factor of the optical generation"),
    "temperature_max": ("K", "highest temperature"),
    "temperature_mean": ("K", "mean temperature"),
    "in_compliance": ("1", "whether the source limited the current"),
    "memory_state": ("1", "memory variable of the compact model"),
    "cycle": ("1", "cycle index, from 0"),
}
#: At voltages below this part of the largest one a logarithmic axis would show the round-off of a current of zero.
_NO_VOLTAGE = 1e-9


@dataclass(frozen=True, eq=False, repr=False)
class Trace:
    """Columns over the dimension ``time`` in the Dataset ``data``, with provenance in its ``attrs``.

    A column in another unit than SI, by its attribute "units" (mA, mV, min, uA/cm^2), is converted on entry.
    """

    data: xr.Dataset

    def __post_init__(self) -> None:
        instance(xr.Dataset)("data of a trace", self.data)
        object.__setattr__(self, "data", _in_si(self.data))
        for name in ("time", "voltage"):
            if name not in self.data.variables:
                raise UnknownNameError("column", name, map(str, self.data.variables), "A trace needs it.")
        _ = self.current_name
        time = self.data["time"].values
        if time.size < 2 or not np.all(np.diff(time) > 0):
            raise OutOfRangeError(
                "time of a trace", f"{time.size} samples", "at least 2, strictly increasing"
            )

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, ArrayLike],
        attrs: Mapping[str, Any],
        *,
        units: Mapping[str, str] | None = None,
    ) -> Trace:
        """Return a trace from ``columns`` of equal length in SI units, or in those that ``units`` gives.

        Units and long names of known columns come from ``TRACE_VARIABLES``; any other column needs its unit
        in ``units``. Columns with another unit there, such as {"current": "mA"}, are converted. ``attrs`` is the
        provenance (protocol, parameters, mesh nodes, citations ...); lists and mappings are kept as JSON. Program
        version and date are added.

        Raises UnknownNameError, IncompatibleError, also for a unit of another kind, or OutOfRangeError.
        """
        units = dict(units or {})
        size = np.size(columns["time"]) if "time" in columns else 0
        variables = {}
        for name, values in columns.items():
            array = np.asarray(checked_array(f"column {name!r} of a trace", values))
            if array.shape != (size,):
                raise IncompatibleError(
                    f"column {name!r} has shape {array.shape}; it must be ({size},) like time."
                )
            if name not in TRACE_VARIABLES and name not in units:
                raise UnknownNameError(
                    "column", name, TRACE_VARIABLES, f"Give its unit: units={{{name!r}: ...}}."
                )
            unit, long_name = TRACE_VARIABLES.get(name, (units.get(name, "1"), name.replace("_", " ")))
            variables[name] = ("time", array, {"units": units.get(name, unit), "long_name": long_name})
        stamp = {"program": program_version(), "date": datetime.now(UTC).isoformat(timespec="seconds")}
        kept = {key: plain(value) for key, value in {**stamp, **attrs}.items()}
        time = variables.pop("time", None)
        return cls(xr.Dataset(variables, coords={} if time is None else {"time": time}, attrs=kept))

    @property
    def current_name(self) -> str:
        """The name of the current: "current" [A], "current_density" [A/m^2] or "current_per_width" [A/m]."""
        for name in ("current", "current_density", "current_per_width"):
            if name in self.data.variables:
                return name
        raise UnknownNameError("column", "current", map(str, self.data.variables), "A trace needs it.")

    @property
    def time(self) -> NDArray[np.float64]:
        """Time [s]."""
        return self.data["time"].values

    @property
    def voltage(self) -> NDArray[np.float64]:
        """Voltage [V]."""
        return self.data["voltage"].values

    @property
    def current(self) -> NDArray[np.float64]:
        """Terminal current [A], or current density [A/m^2] if ``current_name`` says so."""
        return self.data[self.current_name].values

    @property
    def current_unit(self) -> str:
        """The unit of ``current``."""
        return str(self.data[self.current_name].attrs.get("units", ""))

    @property
    def current_error(self) -> NDArray[np.float64]:
        """By how much ``current`` may be wrong by round-off, in its unit; 0 where the trace does not say.

        Of a simulation, see ``State.current_error``; of a measurement it may be the resolution of the instrument.
        """
        name = f"{self.current_name}_error"
        if name not in self.data.variables:
            return np.zeros(self.time.size)
        return np.nan_to_num(self.data[name].values.astype(float), nan=0.0)

    @property
    def limited(self) -> NDArray[np.bool_]:
        """Whether the source limited the current of each sample; nowhere if the trace does not say."""
        if "in_compliance" in self.data.variables:
            return np.asarray(self.data["in_compliance"].values > 0)
        return np.zeros(self.time.size, dtype=bool)

    @property
    def cycles(self) -> NDArray[np.int64]:
        """The cycle index of each sample; zeros if the trace has no such column."""
        if "cycle" in self.data.variables:
            return self.data["cycle"].values.astype(int)
        return np.zeros(self.time.size, dtype=int)

    @property
    def provenance(self) -> dict[str, Any]:
        """The attributes with lists and mappings decoded."""
        return {str(key): decoded(value) for key, value in self.data.attrs.items()}

    def cycle(self, index: int) -> Trace:
        """Return cycle ``index`` (negative counts from the end), with the sample that opens it."""
        whole(-(10**9))("index of a cycle", index)
        known = np.unique(self.cycles)
        if not -known.size <= index < known.size:
            raise OutOfRangeError("cycle", index, f"between {-known.size} and {known.size - 1}")
        k = int(known[index])
        inside = np.flatnonzero(self.cycles == k)
        data = self.data.isel(time=slice(max(0, inside[0] - 1), inside[-1] + 1)).copy()
        if "cycle" in data.variables:
            data["cycle"] = data["cycle"].copy(data=np.full(data.sizes["time"], k))
        return Trace(data)

    def switching(self, read_voltage: float | None = None, **options: Any) -> SwitchingMetrics:
        """Return V_set, V_reset, on/off ratio and more at ``read_voltage`` [V]; see ``studies.switching``."""
        from studies import switching  # by the front door: metrics know traces, not the other way round

        return switching(self, read_voltage, **options)

    @checked()
    def save(self, path: str | Path) -> Path:
        """Return the path of the netCDF-4 file written."""
        return write_stamped(self.data, path, "trace")

    @checked()
    def to_csv(self, path: str | Path, *, origin: bool = False) -> Path:
        """Return the path of the comma-separated text file written, for other programs; ``read`` reads it again.

        A heading of each column is "name [unit]"; the provenance stands above in lines that begin with #. With
        ``origin`` there are rows of long names, units and comments instead, as Origin has them, and no provenance.
        """
        return write_text(path, for_origin(self.data) if origin else comma_separated(self.data))

    @classmethod
    def read(cls, path: str | Path, **options: Any) -> Trace:
        """Return the measured trace in a file, by headings and units; see ``studies.read_trace`` for the options."""
        from studies import read_trace  # by the front door: data know traces, not the other way round

        return read_trace(path, **options)

    @classmethod
    @checked()
    def load(cls, path: str | Path) -> Trace:
        """Return the trace in the netCDF file ``path``, which ``save`` has written.

        Raises OutOfRangeError if there is none, IncompatibleError if it is damaged or something else. What others
        have measured becomes a trace by ``read``, by ``from_columns``, or by ``Trace(xarray.load_dataset(path))``.
        """
        return cls(read_stamped(path, "trace"))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Return axes with log|I| against V: one colour per cycle, outward strong, return pale, arrows.

        Where the voltage stands still, as the drain's of a transfer curve does, V is that of the contact that moves
        the most. ``matplotlib.pyplot`` shows them by ``show()`` and keeps them by ``savefig("loop.png")``.
        Raises IncompatibleError if no voltage moves.
        """
        import matplotlib.pyplot as plt

        known, swept = np.unique(self.cycles), _swept(self)
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        colours = plt.get_cmap("viridis")(np.linspace(0.0, 0.85, known.size))
        for index, colour in enumerate(colours):
            label = f"cycle {known[index]}" if known.size > 1 else None
            _plot_cycle(ax, self.cycle(index), swept, colour, label)
        unit = self.data[self.current_name].attrs.get("units", "")
        of = swept.removeprefix("voltage").lstrip("_")
        ax.set(yscale="log", xlabel=f"Voltage of {of} [V]" if of else "Voltage [V]")
        ax.set_ylabel(f"|{self.current_name.replace('_', ' ').capitalize()}| [{unit}]")
        if known.size > 1:
            ax.legend()
        return ax

    def __repr__(self) -> str:
        unit = self.data[self.current_name].attrs.get("units", "")
        top = np.nanmax(np.abs(self.current))
        extra = [str(n) for n in self.data.data_vars if n not in ("voltage", self.current_name, "cycle")]
        return (
            f"Trace: {self.time.size} samples, {np.unique(self.cycles).size} cycle(s), "
            f"t {self.time[0]:g} to {self.time[-1]:g} s, "
            f"V {self.voltage.min():g} to {self.voltage.max():g} V, "
            f"max |I| {top:.4g} {unit}" + (f"; also {', '.join(extra)}" if extra else "")
        )


def _in_si(data: xr.Dataset) -> xr.Dataset:
    """Return the dataset with its columns in SI; those with a unit that is not known keep it.

    Raises IncompatibleError for a known column in a unit of another kind.
    """
    changed: dict[str, xr.Variable] = {}
    for name, column in data.variables.items():
        wanted = TRACE_VARIABLES.get(str(name), (None, ""))[0]
        given = str(column.attrs.get("units") or wanted or "1")
        unit = None if given == wanted else column_in_si(str(name), given, wanted)
        if unit is not None and (unit.factor != 1 or unit.name != given):
            values = np.asarray(column.values, dtype=float) * unit.factor
            changed[str(name)] = xr.Variable(column.dims, values, {**column.attrs, "units": unit.name})
    return data.assign(changed) if changed else data


def _swept(trace: Trace) -> str:
    """Return the name of the voltage that a plot is against; raises IncompatibleError if none moves."""
    swings = {
        str(name): float(np.ptp(column.values))
        for name, column in trace.data.data_vars.items()
        if str(name) == "voltage" or str(name).startswith("voltage_")
    }
    if swings["voltage"] > 0:
        return "voltage"
    most = max(swings, key=lambda name: swings[name])
    if not swings[most] > 0:
        raise IncompatibleError("no voltage of the trace moves; plot trace.current against trace.time.")
    return most


def _plot_cycle(ax: Axes, trace: Trace, swept: str, colour: Any, label: str | None) -> None:
    """Draw the branches of one cycle against the voltage called ``swept``."""
    from studies.results.branches import branches

    voltage = trace.data[swept].values
    size = np.where(trace.current == 0, np.nan, np.abs(trace.current))
    if swept == "voltage":  # that of the current: none flows at 0 V but round-off
        size[np.abs(voltage) <= _NO_VOLTAGE * np.abs(voltage).max()] = np.nan
    for branch in branches(voltage):
        v, i = voltage[branch.samples], size[branch.samples]
        ax.plot(v, i, color=colour, alpha=1.0 if branch.outward else 0.55, label=label)
        label = None
        k = v.size // 2
        if v.size > 2 and np.isfinite(i[k - 1 : k + 1]).all():
            arrow = {"arrowstyle": "->", "color": colour}
            ax.annotate("", xy=(v[k], i[k]), xytext=(v[k - 1], i[k - 1]), arrowprops=arrow)
