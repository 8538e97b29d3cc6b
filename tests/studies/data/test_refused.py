"""What can be read in two ways, or in none, is refused in words that say what to give; given that, it is read."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem.errors import IncompatibleError, MemfemError, OutOfRangeError, UnknownNameError
from studies import Trace


def nine(line: str) -> str:
    """Return nine lines in which # counts."""
    return "".join(line.replace("#", str(k)) for k in range(9))


NUMBERS = [(0.05 * k, 0.01 * k, 1e-6 * k) for k in range(20)]


def written(path: Path, heading: str, *, cells: str = "{0:.3f},{1:.3f},{2:.4E}", before: str = "") -> Path:
    """Return the path of a file of 20 samples of 10 kOhm in the form of ``cells``."""
    path.write_text(before + "\n".join([heading, *(cells.format(*row) for row in NUMBERS)]) + "\n")
    return path


@pytest.mark.parametrize(
    ("heading", "options", "words", "mended"),
    [
        ("Time (s),Vset (V),I (A)", {}, "", {}),
        ("t (s),V,I (A)", {}, "the voltage, has no unit: give it, units={'voltage': ...}", {"units": {"V": "V"}}),
        ("t (s),V (V),I", {}, "the current, has no unit", {"units": {"current": "A"}}),
        ("t,V (V),I (A)", {}, "the time, has no unit", {"units": {"t": "s"}}),
        ("t (s),V (V),I (arb. u.)", {}, "no unit \\('arb. u.' is none", {"units": {"current": "A"}}),
        ("t (S),V (V),I (A)", {}, "'S', which is no unit of a time", {"units": {"time": "s"}}),
        ("t (s),V (V),I (MA)", {}, "mega, a million: give units={'current': 'mA'}", {"units": {"current": "A"}}),
        ("t (s),V (V),x (A s)", {}, "is the current by its heading",
         {"columns": {"current": "x (A s)"}, "units": {"current": "A"}}),
        ("t_s,V_A,I_A", {}, "no unit", {"units": {"V_A": "V", "I_A": "A"}}),
        ("t (s),V (V),I (A)", {"columns": {"current": "I (mA)"}}, "did you mean 'I \\(A\\)'", {"columns": {}}),
        ("t (s),V (V),I (A)", {"columns": {"current": 7}}, "between 0 and 2", {"columns": {"current": 2}}),
        ("t (s),V (V),I (A)", {"units": {"current": "apples"}}, "'apples'; it must be a unit", {"units": {}}),
        ("t (s),V (V),I (A)", {"rate": 0.1}, "has a time, 't \\(s\\)': leave rate=", {"rate": None}),
        ("t (s),V (V),I (A)", {"preset": "b1500"}, "does not look like", {"preset": "none"}),
        ("t (s),V (V),I (A)", {"preset": "keithley 2400"}, "did you mean 'keithley2400'", {"preset": None}),
        ("t (s),V (V),I (A)", {"sweep": 3}, "between -1 and 0", {"sweep": 0}),
    ],
)  # fmt: skip
def test_an_unclear_heading_or_option_is_refused_and_read_once_it_is_said(
    heading: str, options: dict[str, Any], words: str, mended: dict[str, Any], tmp_path: Path
) -> None:
    file = written(tmp_path / "m.csv", heading)
    if words:
        with pytest.raises(MemfemError, match=words):
            Trace.read(file, **options)
    trace = Trace.read(file, **{**options, **mended})
    np.testing.assert_allclose(trace.voltage, [row[1] for row in NUMBERS])
    np.testing.assert_allclose(trace.current, [row[2] for row in NUMBERS])
    np.testing.assert_allclose(trace.time, [row[0] for row in NUMBERS])


@pytest.mark.parametrize(
    ("heading", "quantity", "options"),
    [
        ("t (s),V_set (V),V_read (V),I (A)", "voltage", ["V_set (V)", "V_read (V)"]),
        ("t (s),V (V),I1 (A),I2 (A)", "current", ["I1 (A)", "I2 (A)"]),
        ("t (s),AnodeV (V),AnodeI (A),CathodeI (A)", "current", ["AnodeI (A)", "CathodeI (A)"]),
        ("t (s),V (V),I (A),J (A/cm2)", "current", ["I (A)", "J (A/cm2)"]),
    ],
)
def test_which_of_two_columns_is_asked_and_not_guessed(
    heading: str, quantity: str, options: list[str], tmp_path: Path
) -> None:
    cells = "{0:.3f},{1:.3f},{1:.3f},{2:.4E}" if quantity == "voltage" else "{0:.3f},{1:.3f},{2:.4E},{1:.3f}"
    file = written(tmp_path / "m.csv", heading, cells=cells)
    listed = ", ".join(map(repr, options))
    with pytest.raises(IncompatibleError, match=re.escape(f"may be the {quantity}: {listed}. Say which")):
        Trace.read(file)
    trace = Trace.read(file, columns={quantity: options[0]})
    np.testing.assert_allclose(trace.current, [row[2] for row in NUMBERS])
    assert trace.provenance["columns"][quantity] == options[0]
    assert len(trace.data.data_vars) == 3, "the other one is kept"


def test_a_transistor_has_the_drain_as_its_driven_contact(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", "Vg (V),Vd (V),Id (uA),Ig (nA)", cells="{1:.3f},0.1,{2:.4E},{0:.3f}")
    trace = Trace.read(file, rate=0.1)
    np.testing.assert_allclose(trace.voltage, 0.1)
    np.testing.assert_allclose(trace.data["voltage_gate"], [row[1] for row in NUMBERS])
    np.testing.assert_allclose(trace.current, [1e-6 * row[2] for row in NUMBERS])
    np.testing.assert_allclose(trace.data["current_gate"], [1e-9 * row[0] for row in NUMBERS])


def test_the_voltage_of_the_gate_is_not_that_of_the_drains_current(tmp_path: Path) -> None:
    file = written(tmp_path / "t.csv", "t (s),Vg (V),Id (A)")
    with pytest.raises(IncompatibleError, match=r"the voltage of the gate .* and the current of the drain"):
        Trace.read(file)
    trace = Trace.read(file, columns={"voltage_gate": "Vg (V)", "voltage": 0.1})
    np.testing.assert_allclose(trace.voltage, 0.1)
    np.testing.assert_allclose(trace.data["voltage_gate"], [row[1] for row in NUMBERS])


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("two.csv", "V (V),I (A)\n" + nine("0,#,1,#E-6\n"), "in a file that commas"),
        ("k.csv", "V (V);I (A);t (s)\n" + nine("#;1,234;#\n"), "1.234 with a decimal comma"),
        ("m.csv", "V (V);I (A);t (s)\n" + nine("0,#;1.5;#\n"), "decimal points and with decimal"),
        ("none.csv", nine("#,#E-6,#\n"), "no headings: say which is which by their numbers"),
        ("text.csv", "a story\nwithout a table\n", "no table of numbers was found"),
        ("empty.csv", "", "no table of numbers was found"),
        ("time.csv", "V (V),I (A)\n" + nine("#,#E-6\n"), "has no time: give rate= in V/s"),
        ("delay.csv", "step delay: 50\nV (V),I (A)\n" + nine("#,#E-6\n"), "without a unit: give"),
        ("both.csv", "scan rate: 0.1 V/s\nstep delay: 50 ms\nV (V),I (A)\n" + nine("#,#E-6\n"),
         "give the one that holds"),
        ("below.csv", "V (V),I (A)\n1,2\n2,3\n3,4\n\nt (s),V (V),I (A)\n1,2,3\n2,3,4\n3,4,5\n", "below one"),
        ("old.xls", "\xd0\xcf\x11\xe0\xa1\xb1", "save it as .xlsx or .csv"),
        ("flag.csv", "t (s),V (V),I (A),Compliance\n" + nine("#,#,#,perhaps\n"), "none that is known"),
        ("columns.csv", "Dimension1,Data Name,Data Value,Data Value\n3,V1,1,2\n3,I1,3,4\n", "exported by columns"),
    ],
)  # fmt: skip
def test_a_file_that_is_unclear_is_refused_in_words(name: str, text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(text.encode("latin-1"))
    with pytest.raises(MemfemError, match=words):
        Trace.read(tmp_path / name)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutOfRangeError, match="a file that exists"):
        Trace.read(tmp_path / "nothing.csv")
    (tmp_path / "image.csv").write_bytes(bytes(range(256)) * 20)
    with pytest.raises(IncompatibleError, match="no text and no workbook"):
        Trace.read(tmp_path / "image.csv")
    (tmp_path / "book.xlsx").write_bytes(b"PK\x03\x04 and nothing else")
    with pytest.raises(IncompatibleError, match="cannot be read as a workbook"):
        Trace.read(tmp_path / "book.xlsx")


@pytest.mark.parametrize(("decimal", "factor"), [(",", 1.0), (".", 1000.0)])
def test_a_decimal_mark_that_is_given_settles_thousands(decimal: str, factor: float, tmp_path: Path) -> None:
    lines = ["t (s);V (V);I (A)", *(f"{k};1,{k}34;2" for k in range(9))]
    (tmp_path / "k.csv").write_text("\n".join(lines))
    trace = Trace.read(tmp_path / "k.csv", decimal=decimal)
    np.testing.assert_allclose(trace.voltage, [factor * (1.034 + 0.1 * k) for k in range(9)])


def test_thousands_are_read_where_other_numbers_say_so(tmp_path: Path) -> None:
    lines = ["t (s);R (Ohm);V (V);I (A)", *(f"{k};1.234.567,5;0,{k};1,5E-6" for k in range(9))]
    (tmp_path / "k.csv").write_text("\n".join(lines))
    trace = Trace.read(tmp_path / "k.csv")
    np.testing.assert_allclose(trace.data["resistance"], 1234567.5)
    np.testing.assert_allclose(trace.voltage, [0.1 * k for k in range(9)])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("micro", ["µ", "u"])
def test_encodings_and_signs_of_micro_are_told_apart(encoding: str, micro: str, tmp_path: Path) -> None:
    lines = [f"t (s)\tV (V)\tI ({micro}A)", *(f"{k}\t{0.1 * k}\t{k}" for k in range(9))]
    (tmp_path / "e.txt").write_bytes("\r\n".join(lines).encode(encoding))
    np.testing.assert_allclose(Trace.read(tmp_path / "e.txt").current, 1e-6 * np.arange(9), rtol=1e-14)


def test_sheets_of_other_tables_are_not_mixed(tmp_path: Path, instruments: ModuleType) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for k, names in enumerate((["t (s)", "V (V)", "I (A)"], ["t (s)", "U (V)", "I (A)"])):
        sheet = book.create_sheet(f"S{k}")
        for row in [names, *NUMBERS]:
            sheet.append(list(row))
    book.save(tmp_path / "b.xlsx")
    with pytest.raises(IncompatibleError, match="several sheets hold tables of other columns"):
        Trace.read(tmp_path / "b.xlsx")


@pytest.mark.parametrize(
    "name", ["log I (A)", "log10(I/A)", "|I| (A)", "abs(I) (A)", "sqrt(I) (A)", "dI/dV (A)", "ln I (A)"]
)
def test_what_is_made_of_a_current_is_no_current(name: str, tmp_path: Path) -> None:
    alone = written(tmp_path / "a.csv", f"t (s),V (V),{name}")
    with pytest.raises(IncompatibleError, match="is the current by its heading"):
        Trace.read(alone)
    beside = written(tmp_path / "b.csv", f"t (s),V (V),I (A),{name}", cells="{0:.3f},{1:.3f},{2:.4E},{1:.3f}")
    np.testing.assert_allclose(Trace.read(beside).current, [row[2] for row in NUMBERS])


@pytest.mark.parametrize(
    ("stamp", "step"),
    [
        ("23:59:{:02d}.5", 1.0), ("2024-05-01 12:00:{:02d}", 1.0), ("01.05.2024 12:00:{:02d}", 1.0),
        ("5/1/2024 11:59:{:02d} PM", 1.0), ("12:59:{:02d} AM", 1.0),
    ],
)  # fmt: skip
def test_times_of_day_are_seconds_and_go_on_past_midnight(stamp: str, step: float, tmp_path: Path) -> None:
    later = {"23:59": "00:00", "12:00": "12:01", "11:59": "12:00", "12:59": "01:00"}
    first = next(k for k in later if k in stamp)
    rows = [stamp.format(40 + k) for k in range(20)]
    rows += [stamp.replace(first, later[first]).replace("PM", "AM").format(k) for k in range(20)]
    lines = ["Time,V (V),I (A)", *(f"{s},{k},{k}E-6" for k, s in enumerate(rows))]
    (tmp_path / "c.csv").write_text("\n".join(lines))
    trace = Trace.read(tmp_path / "c.csv")
    np.testing.assert_allclose(np.diff(trace.time), step, atol=1e-9)


def test_a_clock_that_begins_anew_begins_a_sweep(tmp_path: Path) -> None:
    lines = ["t (s),V (V),I (A)", *(f"{k % 6},{k % 6},{k}E-6" for k in range(24))]
    (tmp_path / "c.csv").write_text("\n".join(lines))
    trace = Trace.read(tmp_path / "c.csv")
    np.testing.assert_array_equal(trace.cycles, np.repeat(range(4), 6))
    np.testing.assert_allclose(trace.time, np.arange(24.0))


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut": lambda b, r: b[: r.randrange(len(b))],
    "bytes": lambda b, r: bytes(r.randrange(256) if r.random() < 0.01 else x for x in b),
    "lines": lambda b, r: b"".join(r.sample(b.splitlines(True), len(b.splitlines(True)))),
    "marks": lambda b, r: b.replace(
        r.choice([b",", b".", b";", b"E", b"("]), r.choice([b",", b";", b" ", b"", b"\t"])
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.filterwarnings("ignore")
def test_a_damaged_file_is_read_or_refused_in_words(
    damage: str, instruments: ModuleType, tmp_path: Path
) -> None:
    chance, refused = random.Random(3), 0
    for file in instruments.FILES.values():
        file.write(tmp_path / file.name)
        content = (tmp_path / file.name).read_bytes()
        for _ in range(3):
            (tmp_path / file.name).write_bytes(DAMAGES[damage](content, chance))
            try:
                Trace.read(tmp_path / file.name, **file.options)
            except MemfemError as error:
                refused += len(str(error)) > 20
    assert refused


def test_an_unknown_option_is_told() -> None:
    with pytest.raises((TypeError, UnknownNameError)):
        Trace.read("x.csv", speed=1.0)
