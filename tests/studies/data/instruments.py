"""Files as instruments and their programs write them, with the loop that is in each.

EasyEXPERT's lines follow exports of a B1500A and a B2902A that are public, KickStart's headings and the lines around
them those that public scripts cut off, Clarius' the names of its channels, the 2400's readings its manual.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SET, RESET = 0.7, -0.6  # V
LOW, HIGH = 1e3, 1e6  # Ohm
LIMIT = 5e-4  # A


@dataclass(frozen=True)
class Loop:
    """What was measured [SI]: ``cycle`` counts the loops; ``limited``: where the source was in compliance."""

    time: Array
    voltage: Array
    current: Array
    cycle: NDArray[np.int64]
    limited: NDArray[np.bool_]
    extra: dict[str, Any] = field(default_factory=dict)

    def part(self, keep: Any, cycle: NDArray[np.int64] | None = None) -> Loop:
        """Return some of the samples, with another number of the loop."""
        own = self.cycle[keep] if cycle is None else cycle
        return Loop(self.time[keep], self.voltage[keep], self.current[keep], own, self.limited[keep])

    def rows(self, *columns: Array) -> list[list[str]]:
        """Return columns as cells with seven digits."""
        return [[f"{x:.6E}" for x in row] for row in zip(*columns, strict=True)]


def loop(
    *, cycles: int = 1, points: int = 100, noise: float = 0.0, limit: float | None = None, step: float = 0.05
) -> Loop:
    """Return loops 0, 1, -1, 0 V of a cell that sets at 0.7 and resets at -0.6 V, ``points`` a quarter, noise [A]."""
    n = 4 * points * cycles + 1
    rng = np.random.default_rng(0)
    voltage = np.interp(np.arange(n) % (4 * points), np.arange(5) * points, [0, 1, 0, -1, 0])
    on, state = np.zeros(n, dtype=bool), False
    for k, v in enumerate(voltage):
        state = True if v > SET else False if v < RESET else state
        on[k] = state
    current = voltage / np.where(on, LOW, HIGH)
    limited = np.zeros(n, dtype=bool)
    if limit is not None:
        limited = np.abs(current) >= limit * (1 - 1e-9)
        current = np.clip(current, -limit, limit)
    current = current + noise * rng.normal(size=n)
    cycle = np.minimum(np.maximum(np.arange(n) - 1, 0) // (4 * points), cycles - 1)
    return Loop(step * np.arange(n), voltage, current, cycle, limited)


def text(rows: list[list[str]], separator: str = ",", *, quoted: bool = False, comma: bool = False) -> str:
    """Return rows as text, with decimal commas if asked for."""
    if comma:
        rows = [[c.replace(".", ",") if c[-1:].isdigit() else c for c in row] for row in rows]
    out = io.StringIO()
    kind = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, quoting=kind, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def b1500(
    path: Path, *, limit: bool = True, sweeps: int = 1, delay: str = "0.05", time: bool = False
) -> Loop:
    """Write EasyEXPERT's export by rows of an I/V sweep, several sweeps of Dimension1 points one after the other."""
    one = loop(limit=LIMIT if limit else None, cycles=sweeps)
    n = one.time.size if sweeps == 1 else (one.time.size - 1) // sweeps
    lines = [
        "",
        "SetupTitle, I/V Sweep forming",
        "PrimitiveTest, I/V Sweep",
        "TestParameter, Context.MainFrame, B1500A",
        "TestParameter, Channel.UnitType, SMU, SMU",
        "TestParameter, Channel.Unit, SMU1:HR, SMU2:HR",
        "TestParameter, Channel.IName, I1, I2",
        "TestParameter, Channel.VName, V1, V2",
        "TestParameter, Channel.Mode, V, COMMON",
        "TestParameter, Channel.Func, VAR1, CONST",
        "TestParameter, Channel.Time, Time" if time else "TestParameter, Channel.Time, ",
        "TestParameter, Measurement.Port.SeriesResistor, NONE, NONE",
        "TestParameter, Measurement.Primary.Start, 0",
        "TestParameter, Measurement.Primary.Stop, 1",
        f"TestParameter, Measurement.Primary.Compliance, {LIMIT if limit else 0.1}",
        "TestParameter, Measurement.Primary.PowerCompliance, 0",
        f"TestParameter, Measurement.Primary.Count, {n}",
        "TestParameter, Measurement.Bias.Source, 0, 0",
        "TestParameter, Measurement.Bias.Compliance, 0.1, 0.1",
        "TestParameter, Measurement.Bias.Source, -5, -5",
        "TestParameter, Measurement.Timing.Hold, 0",
        f"TestParameter, Measurement.Timing.Delay, {delay}",
        "MetaData, TestRecord.RecordTime, 07/21/2023 17:44:43",
        "MetaData, TestRecord.IterationIndex, 1",
        "AnalysisSetup, Analysis.Setup.Vector.Graph.Notes, [VAR1] Unit=SMU1:HR, Name=V1\t[VAR2] ",
        f"Dimension1, {n}, {n}",
        f"Dimension2, {sweeps}, {sweeps}",
        "DataName, Time, V1, I1" if time else "DataName, V1, I1",
    ]
    columns = [one.time, one.voltage, one.current] if time else [one.voltage, one.current]
    keep = slice(None) if sweeps == 1 else slice(0, n * sweeps)
    rows = [f"DataValue, {', '.join(f'{x:.12g}' for x in row)}" for row in zip(*columns, strict=True)][keep]
    path.write_text("\n".join([*lines, *rows]) + "\n", encoding="utf-8-sig")
    return one.part(keep, np.arange(one.time.size)[keep] // n)


def b1500_family(path: Path) -> Loop:
    """Write output characteristics with a stepped gate, whose voltage is in the header only."""
    drain = np.linspace(0, 5, 51)
    gates = np.arange(-2.0, 1.0)
    lines = [
        "SetupTitle, Id-Vds",
        "TestParameter, Channel.IName, Ig, Id",
        "TestParameter, Channel.VName, Vg, Vd",
        "TestParameter, Channel.Mode, V, V",
        "TestParameter, Channel.Func, VAR2, VAR1",
        "TestParameter, Channel.Time, ",
        "TestParameter, Measurement.Secondary.Start, -2",
        "TestParameter, Measurement.Secondary.Count, 3",
        "TestParameter, Measurement.Secondary.Step, 1",
        "TestParameter, Measurement.Secondary.Compliance, 0.005",
        "TestParameter, Measurement.Timing.Delay, 0.02",
        "Dimension1, 51, 51",
        "Dimension2, 3, 3",
        "DataName, Vd, Id",
    ]
    current = np.concatenate([1e-5 * (g + 3) * np.tanh(drain) for g in gates])
    volts = np.tile(drain, 3)
    lines += [f"DataValue, {v:.10g}, {i:.12g}" for v, i in zip(volts, current, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    gate = np.repeat(gates, 51)
    return Loop(
        0.02 * np.arange(153.0), volts, current, np.repeat(np.arange(3), 51), gate > 9, {"voltage_gate": gate}
    )


def kickstart(path: Path) -> Loop:
    """Write KickStart's quoted export of a 2450, with settings above and below the data, an overflow in between."""
    one = loop(noise=2e-9, limit=LIMIT)
    head = [
        ["Instrument", "SMU-1"],
        ["Model", "2450"],
        ["Serial Number", "04123456"],
        ["Test", "I-V Characterizer"],
    ]
    head += [
        ["Source Function", "Voltage"],
        ["Source Limit (A)", f"{LIMIT:g}"],
        ["Current Limit (A)", f"{LIMIT:g}"],
        [],
    ]
    head += [["Index", "SMU-1 Time (s)", "SMU-1 Voltage (V)", "SMU-1 Current (A)"]]
    rows = [[str(k + 1), *row] for k, row in enumerate(one.rows(one.time, one.voltage, one.current))]
    rows[37][3] = "9.910000E+37"
    tail = [[], ["End of data"], ["Start Time", "2024-05-01T10:00:00"], ["Duration", "20 s"]]
    path.write_text(text([*head, *rows, *tail], quoted=True), encoding="utf-8")
    keep = np.arange(one.time.size) != 37
    return one.part(keep)


def raw_2400(path: Path) -> Loop:
    """Write readings of a 2400 over its bus: five a row, no heading, compliance in bit 3 of the status."""
    one = loop(limit=LIMIT)
    status = np.where(one.limited, 0x1008, 0x1000).astype(float)
    nothing = np.full(one.time.size, 9.91e37)
    rows = [
        [f"{x:+.6E}" for x in r]
        for r in zip(one.voltage, one.current, nothing, one.time, status, strict=True)
    ]
    path.write_text(text(rows), encoding="ascii")
    return one


def keithley_2600(path: Path) -> Loop:
    """Write a script's table of a 2636, tabs, settings and headings in comments, UTF-16, a Greek micro."""
    one = loop(noise=1e-9)
    lines = ["# recorded: Wed May  1 10:00:00 2024", "# instrument: Keithley 2636B", "# sweep rate: 0.2 V/s"]
    lines += ["# Channel Voltage [V]\tChannel Current [μA]"]
    lines += ["\t".join(row) for row in one.rows(one.voltage, 1e6 * one.current)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-16")
    return one


def clarius(path: Path) -> Loop:
    """Write Clarius' text export of two sweeps side by side, without units."""
    one = loop(cycles=2)
    n = 400
    first, second = slice(0, n), slice(n, 2 * n)
    head = ["Time(1)", "AnodeV(1)", "AnodeI(1)", "Time(2)", "AnodeV(2)", "AnodeI(2)"]
    columns = [x[s] for s in (first, second) for x in (one.time, one.voltage, one.current)]
    columns[3] = columns[3] - columns[3][0]
    path.write_text(text([head, *one.rows(*columns)]))
    keep = slice(0, 2 * n)
    return one.part(keep, np.arange(2 * n) // n)


def clarius_book(path: Path) -> Loop:
    """Write a workbook of Clarius: a sheet of data and one of settings."""
    from openpyxl import Workbook

    one = loop()
    book = Workbook()
    sheet = book.active
    sheet.title = "Run1"
    sheet.append(["AnodeI", "AnodeV", "Time"])
    for row in zip(one.current, one.voltage, one.time, strict=True):
        sheet.append([float(x) for x in row])
    settings = book.create_sheet("Settings")
    for line in (
        ["Test Name", "vds-id"],
        ["Sweep Delay", 0.05],
        ["Compliance", 0.1],
        ["Sweep Points", 401, 1],
    ):
        settings.append(line)
    book.save(path)
    return one


def german(path: Path) -> Loop:
    """Write a program's table with semicolons and decimal commas, micro and degree signs, of Windows."""
    one = loop(noise=1e-9)
    head = [["Messung", "Probe 7"], ["Datum", "01.05.2024"], [], ["Zeit / s", "U / V", "I / µA", "T / °C"]]
    warm = np.full(one.time.size, 25.5)
    rows = one.rows(one.time, one.voltage, 1e6 * one.current, warm)
    path.write_text(text([*head, *rows], ";", comma=True), encoding="cp1252")
    return Loop(one.time, one.voltage, one.current, one.cycle, one.limited, {"temperature": warm + 273.15})


def labview(path: Path) -> Loop:
    """Write a table with underscores in its headings, repeats by a number, flags of compliance and no time."""
    one = loop(cycles=3, limit=LIMIT)
    head = [["Sample A1, device 12"], ["step delay (ms): 50"], ["Repeat", "V_mV", "I_mA", "In compliance"]]
    flags = np.where(one.limited, "T", "F")
    values = one.rows(1e3 * one.voltage, 1e3 * one.current)
    rows = [[str(c + 1), *r, f] for c, r, f in zip(one.cycle, values, flags, strict=True)]
    path.write_text(text([*head, *rows], "\t"))
    return one


def blocks(path: Path) -> Loop:
    """Write three sweeps below one another, each after an empty line and with its heading, comments in between."""
    one = loop(cycles=3)
    lines = ["% probe station, 2024"]
    for k in range(3):
        own = slice(400 * k, 400 * (k + 1))
        lines += ["", "Time (s), Voltage (V), Current (A)"]
        part = [
            ", ".join(r)
            for r in one.rows(one.time[own] - one.time[400 * k], one.voltage[own], one.current[own])
        ]
        lines += [*part[:50], "% range: 1 mA", *part[50:]]
    path.write_text("\n".join(lines) + "\n")
    keep = slice(0, 1200)
    return one.part(keep, np.arange(1200) // 400)


def three_rows(path: Path) -> Loop:
    """Write rows of long names, units and comments above the data, as Origin exports them, a density of current."""
    one = loop()
    heads = [
        ["Time", "Voltage", "Current density"],
        ["min", "mV", "mA/cm²"],
        ["", "applied", "cell of 0.01 mm²"],
    ]
    rows = [*heads, *one.rows(one.time / 60, 1e3 * one.voltage, 0.1 * one.current)]
    path.write_text(text(rows, "\t"), encoding="utf-8-sig")
    return one


def plateau(path: Path) -> Loop:
    """Write a table of spaces with a limit of the current that nothing but its plateau shows, and two glitches."""
    one = loop(noise=1e-10, limit=LIMIT)
    current = one.current.copy()
    glitch = [11, 389]  # where the current passes 1e-7 A
    current[glitch] *= 5
    lines = ["Time (s)  Voltage (V)  Current (A)"]
    lines += ["  ".join(row) for row in one.rows(one.time, one.voltage, current)]
    path.write_text("\n".join(lines) + "\n")
    return Loop(one.time, one.voltage, current, one.cycle, one.limited, {"glitch": glitch})


def shuffled(path: Path) -> Loop:
    """Write rows out of order."""
    one = loop()
    rows = one.rows(one.time, one.voltage, one.current)
    order = np.random.default_rng(3).permutation(len(rows))
    path.write_text(text([["t (s)", "V (V)", "I (A)"], *[rows[k] for k in order]]))
    return one


def coarse_clock(path: Path) -> Loop:
    """Write times of day whose clock has a second, five samples a stamp."""
    one = loop(step=0.2)
    stamps = [f"09:{int(30 + t) // 60:02d}:{int(30 + t) % 60:02d}" for t in one.time]
    rows = [[s, *r] for s, r in zip(stamps, one.rows(one.voltage, one.current), strict=True)]
    path.write_text(text([["Time", "Voltage (V)", "Current (A)"], *rows]))
    return one


@dataclass(frozen=True)
class File:
    """A file that is read right: who writes it, its name, the options that it needs, and what is said of it."""

    write: Callable[[Path], Loop]
    name: str
    preset: str
    options: dict[str, Any] = field(default_factory=dict)
    warns: str = ""


FILES = {
    "b1500": File(b1500, "iv.csv", "b1500", warns="rebuilt from the delay of 0.05 s"),
    "b1500 with time": File(lambda p: b1500(p, time=True), "iv.csv", "b1500"),
    "b1500, three sweeps": File(
        lambda p: b1500(p, sweeps=3, limit=False), "iv.csv", "b1500", {"step_delay": 0.05}
    ),
    "b1500, stepped gate": File(b1500_family, "id.csv", "b1500", {"step_delay": 0.02}),
    "kickstart": File(kickstart, "Run 1.csv", "keithley2400", warns="1 row"),
    "raw 2400": File(raw_2400, "buffer.txt", "keithley2400"),
    "2600": File(keithley_2600, "sweep.txt", "keithley2600"),
    "clarius": File(clarius, "data.csv", "keithley4200"),
    "clarius, workbook": File(clarius_book, "data.xlsx", "keithley4200"),
    "german": File(german, "messung.csv", "none"),
    "labview": File(labview, "data.tsv", "none"),
    "blocks": File(blocks, "data.dat", "none"),
    "three rows": File(three_rows, "origin.txt", "none"),
    "plateau": File(plateau, "smu.txt", "none", warns="taken as in compliance"),
    "shuffled": File(shuffled, "log.csv", "none", warns="not in the order of their time"),
    "coarse clock": File(coarse_clock, "log.csv", "none", warns="spread evenly"),
}
