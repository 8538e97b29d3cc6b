"""Files of measured data as traces: ``read_trace``, which ``Trace.read`` calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fem.errors import IncompatibleError, OutOfRangeError, warn
from fem.errors.arguments import checked
from fem.errors.checking import any_of, anything, number, one_of, optional, positive, table, text, whole
from studies.data.cells import is_number, sheets_of
from studies.data.columns import Choice, Reading
from studies.data.cycles import cycles_of
from studies.data.joined import joined
from studies.data.limits import compliance, current_noise, flagged, range_changes
from studies.data.numbers import decimal_mark
from studies.data.own import own_trace
from studies.data.presets import COMPLIANCE_BIT, read_table
from studies.data.sweeps import MeasuredSweep, sweeps_of
from studies.data.tables import Table
from studies.data.timing import check_both, rebuilt, stated
from studies.data.units import quantity_of
from studies.results.noise import noise
from studies.results.trace import Trace

_LIMIT = re.compile(r"(?i)compliance|current[ ._-]*limit|\bI[ ._-]*limit")
_NO_LIMIT = re.compile(r"(?i)power|secondary|port|bias|pwr")
_KEPT = re.compile(r"AnalysisSetup|Analysis\.Setup|AutoAnalysis|Output\.Graph")


@checked(
    columns=optional(table(any_of(text, whole(-(10**6)), number))),
    units=optional(table(text)),
    rate=optional(positive),
    step_delay=optional(positive),
    sweep=optional(whole(-(10**6))),
    decimal=optional(one_of((".", ","))),
    preset=anything,
)
def read_trace(
    path: str | Path,
    *,
    columns: Mapping[str, Choice] | None = None,
    units: Mapping[str, str] | None = None,
    rate: float | None = None,
    step_delay: float | None = None,
    sweep: int | None = None,
    preset: str | None = None,
    decimal: str | None = None,
) -> Trace:
    """Return the measured trace in the file ``path``: text of any separator, .xlsx, or netCDF of ``Trace.save``.

    Columns are found by their headings with units. ``columns`` says which heading, or number from 0, is the "time",
    "voltage", "current" or any other; a float is a constant [SI]. ``units`` are those of columns without, by heading or
    name. Time that is missing is rebuilt from ``rate`` [V/s] or ``step_delay`` [s]. Sweeps of a file are cycles of the
    trace, one after the other; ``sweep`` takes one, from 0. ``preset`` is that of an instrument ("b1500",
    "keithley2400", "keithley2600", "keithley4200", "none"), recognised if not given. ``decimal``: the decimal mark.

    The attributes say how it was read: file, preset, headings, header, noise, compliance, changes of range, rows that
    are left out. "in_compliance" is 1 where the current was limited. What can be read in two ways is refused.

    Raises OutOfRangeError, UnknownNameError, IncompatibleError, or MissingSoftwareError for .xlsx without openpyxl.
    """
    path, columns, units = Path(path), dict(columns or {}), dict(units or {})
    if path.suffix.lower() in (".nc", ".nc4", ".h5"):
        return Trace.load(path)
    sheets = sheets_of(path)
    own = own_trace(path) if preset is None else None
    if own is not None:
        return own
    found, name = read_table(sheets, preset)
    mark = decimal or decimal_mark(
        (c for b in found.blocks for r in b.cells for c in r if is_number(c)), path.name
    )
    how = Reading(path.name, mark, found.in_si)
    sweeps = sweeps_of(found, columns, units, how)
    if not sweeps:
        raise IncompatibleError(f"no row of {path.name} has numbers for both voltage and current.")
    return _trace(found, name, _timed(sweeps, found, rate, step_delay, path.name), sweep, path.name)


def _timed(
    sweeps: list[MeasuredSweep], found: Table, rate: float | None, step_delay: float | None, file: str
) -> list[MeasuredSweep]:
    """Return the sweeps with a time each, and the attribute that says from what."""
    known = all("time" in s.columns for s in sweeps)
    if known and (rate is not None or step_delay is not None):
        raise IncompatibleError(
            f"{file} has a time, {sweeps[0].columns['time'].given!r}: leave rate= and step_delay= out."
        )
    if known:
        return sweeps
    how = "rate" if rate is not None else "step_delay"
    if rate is None and step_delay is None:
        rate, step_delay = stated(found.header, in_si=found.in_si, name=file)
        how = "header: rate" if rate is not None else "header: step delay"
        if rate is None and step_delay is None:
            raise IncompatibleError(
                f"{file} has no time: give rate= in V/s, the speed of the sweep, or step_delay= in s, from one sample "
                "to the next."
            )
        if step_delay is not None and rate is None and found.in_si:
            warn(
                f"{file} has no time; it is rebuilt from the delay of {step_delay:g} s before each reading, to which "
                "the reading itself adds: give step_delay= if you know it, or export the time too."
            )
    for s in sweeps:
        if rate is not None and step_delay is not None:
            check_both(s.swept, rate, step_delay, file)
    return [s.with_time(rebuilt(s.swept, rate, None if rate else step_delay), how) for s in sweeps]


def _trace(found: Table, preset: str, sweeps: list[MeasuredSweep], sweep: int | None, file: str) -> Trace:
    """Return the trace of all sweeps, or of one, with what is known of it in its attributes."""
    whole_file, cycles, moved = joined(sweeps, file)
    one_clock = np.unique(cycles).size == 1
    if one_clock:
        cycles = cycles_of(whole_file.values("voltage"))
    if sweep is not None:
        count = int(cycles.max()) + 1
        if not -count <= sweep < count:
            raise OutOfRangeError(f"sweep of {file}", sweep, f"between {-count} and {count - 1}")
        whole_file, cycles = whole_file.part(np.flatnonzero(cycles == sweep % count)), cycles[:0]
    limit = _limit(found, preset, whole_file, file)
    columns = {n: c.values for n, c in whole_file.columns.items() if n not in ("range", "cycle")}
    if limit is not None:
        columns["in_compliance"] = limit.samples.astype(float)
    if np.unique(cycles).size > 1:
        columns["cycle"] = cycles.astype(float)
    units = {n: c.unit for n, c in whole_file.columns.items()} | {"in_compliance": "1"}
    attrs = _attributes(found, preset, whole_file, file)
    if moved:
        attrs["pauses"] = (
            f"{moved} sweep(s) follow the one before after one step: the file does not say how long it was"
        )
    if limit is not None:
        attrs["compliance"] = {
            "levels": limit.levels,
            "samples": int(limit.samples.sum()),
            "found_by": limit.how,
        }
    if whole_file.left_out:
        warn(
            f"{file}: {whole_file.left_out} row(s) are left out, whose voltage, current or time is no number (an "
            "overflow, or an empty cell)."
        )
    return Trace.from_columns(columns, attrs, units=units)


def _limit(found: Table, preset: str, sweep: MeasuredSweep, file: str) -> Any:
    """Return the compliance of a sweep, by flags, the header or a plateau."""
    flags = None
    for name, cells in sweep.flags.items():
        known = flagged(cells, COMPLIANCE_BIT.get(preset) if name == "status" else None)
        if known is None and name == "compliance":
            raise IncompatibleError(
                f"the flags of compliance in {file} are none that is known ({sorted(set(cells))[:4]}): give them a "
                "name of their own, columns={'my_flags': ...}."
            )
        flags = known if known is not None else flags
    limit = compliance(sweep.values("voltage"), sweep.current.values, flags, _stated_limit(found, sweep))
    if limit is not None and "plateau" in limit.how:
        levels = " and ".join(f"{x:.4g} {sweep.current.unit}" for x in dict.fromkeys(limit.levels.values()))
        warn(
            f"{file}: the current stays at {levels} in {int(limit.samples.sum())} samples while the voltage goes on; "
            "they are taken as in compliance, which nothing else in the file says."
        )
    return limit


def _stated_limit(found: Table, sweep: MeasuredSweep) -> float | None:
    """Return the limit of the current that the lines before the data say, in the unit of the current."""
    values = []
    for key, said in found.header.items():
        if not _LIMIT.search(key) or _NO_LIMIT.search(key) or _drives_current(found):
            continue
        both = quantity_of(said) or quantity_of(
            f"{said} {(re.search(r'[(\[]([^)\]]+)', key) or ['', ''])[1]}"
        )
        if both is not None:
            values += [both[0] * both[1].factor] if both[1].name == sweep.current.unit else []
        elif found.in_si and is_number(said) and sweep.current.unit == "A":
            values.append(float(said))
    return abs(values[0]) if len({abs(v) for v in values}) == 1 else None


def _drives_current(found: Table) -> bool:
    """Return whether the header says that the current was swept, so that its compliance is one of the voltage."""
    modes, functions = (
        [c.strip() for c in found.header.get(f"Channel.{n}", "").split(",")] for n in ("Mode", "Func")
    )
    return "VAR1" in functions and modes[functions.index("VAR1") :][:1] == ["I"]


def _attributes(found: Table, preset: str, sweep: MeasuredSweep, file: str) -> dict[str, Any]:
    """Return the attributes of a trace that was read."""
    floor, relative = current_noise(sweep.current.values)
    ranges = sweep.columns.get("range")
    changes = range_changes(
        sweep.values("voltage"), sweep.current.values, None if ranges is None else ranges.values
    )
    return {
        "source": "measured",
        "file": file,
        "preset": preset,
        "columns": {n: c.given for n, c in sweep.columns.items() if c.given},
        "header": {k: v for k, v in found.header.items() if not _KEPT.search(k)},
        "notes": found.notes[:50],
        "time_from": sweep.columns["time"].given or "clock",
        "voltage_noise": noise(sweep.values("voltage"), sweep.values("time")),
        "current_noise": {"smallest": floor, "relative": relative, "unit": sweep.current.unit},
        "range_changes": changes,
        "rows_left_out": sweep.left_out,
    }
