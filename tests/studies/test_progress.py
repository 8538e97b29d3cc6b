"""Progress lines: where they are drawn, where not, and what they say."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import studies.progress as progress
from fem.errors import OutOfRangeError
from studies import Sweep, iv_sweep, series, show_progress
from studies.progress import progress_line, wanted
from tests.conducting import resistor

#: A line in a line, with what is printed, warned of and told meanwhile.
SCRIPT = """
import logging, time, warnings
logging.basicConfig(level=logging.INFO, format="%(message)s")
from studies.progress import progress_line
with progress_line("all of it") as outer:
    outer.to(0.0)
    for k in range(2):
        with progress_line("a part [of it]") as inner:
            inner.to(0.5, "top 1 V")
            time.sleep(0.6)
            print("a print")
            warnings.warn("a warning")
            logging.getLogger("memfem.experiments").info("a record")
        outer.to((k + 1) / 2)
print("done")
"""


class Screen(io.StringIO):
    """An error output that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """A terminal as the error output, outside of CI and pytest."""
    found = Screen()
    monkeypatch.delenv(progress.VARIABLE, raising=False)
    monkeypatch.setattr(progress, "_UNWATCHED", ())
    console = Console(file=found, force_terminal=True, width=120)
    monkeypatch.setattr(progress._Display, "console", console)
    yield found
    show_progress(None)


def seen_on_a_terminal(script: str, **environment: str) -> str:
    """Return what a script prints on a terminal, output and error output, without control sequences."""
    hidden = ("CI", "PYTEST_CURRENT_TEST", progress.VARIABLE)
    env = {k: v for k, v in os.environ.items() if k not in hidden} | {"TERM": "xterm", "COLUMNS": "120"}
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-c", script], stdout=theirs, stderr=theirs, env=env | environment, close_fds=True
    )
    os.close(theirs)
    found = b""
    try:
        while chunk := os.read(ours, 65536):
            found += chunk
    except OSError:  # how the end of a terminal reads on Linux
        pass
    os.close(ours)
    assert run.wait() == 0
    text = found.decode().replace("\r", "").replace("\x1b[2K", "\n")  # a line that is erased begins anew
    return re.sub(r"\x1b\[[?0-9;]*[a-zA-Z]", "", text)


def test_a_terminal_shows_lines_with_all_else_above_them() -> None:
    text = seen_on_a_terminal(SCRIPT)
    assert re.search(r"all of it .*\n+  a part \[of it\] .* 50%.*top 1 V", text)
    assert re.search(r"all of it .* 50% .*\d:\d\d:\d\d left", text)
    assert text.rstrip().endswith("done")
    for words in ("a print", "a record", "UserWarning: a warning"):
        assert re.search(rf"^(.*: )?{words}$", text, flags=re.MULTILINE), words


def test_a_pipe_shows_no_line() -> None:
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert run.stdout == "a print\na print\ndone\n"
    assert "all of it" not in run.stderr and "\x1b" not in run.stderr and "a record" in run.stderr


@pytest.mark.parametrize(
    "environment", [{"CI": "true"}, {"MEMFEM_PROGRESS": "0"}, {"PYTEST_CURRENT_TEST": "x"}, {"TERM": "dumb"}]
)
def test_a_terminal_shows_no_line_where_nobody_looks(environment: dict[str, str]) -> None:
    assert "all of it" not in seen_on_a_terminal(SCRIPT, **environment)


def test_no_line_is_drawn_under_pytest() -> None:
    assert not wanted(None)


def test_the_argument_comes_before_the_switch_and_that_before_the_environment(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wanted(None)
    monkeypatch.setenv(progress.VARIABLE, "off")
    assert not wanted(None)
    show_progress(True)
    assert wanted(None) and not wanted(False)
    show_progress(False)
    assert not wanted(None) and wanted(True)
    show_progress(None)
    monkeypatch.setenv(progress.VARIABLE, "perhaps")
    with pytest.raises(OutOfRangeError, match="MEMFEM_PROGRESS of the environment is 'perhaps'"):
        wanted(None)


def test_nothing_is_drawn_into_a_file_even_if_asked_for(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress._Display, "console", Console(file=io.StringIO(), force_terminal=True))
    assert not wanted(True)


def test_an_error_output_that_is_closed_or_stands_for_a_log_stops_nothing(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, log = io.StringIO(), SimpleNamespace(write=len, flush=lambda: None)
    closed.close()
    for stream in (closed, log):
        monkeypatch.setattr(progress._Display, "console", Console(file=stream))  # type: ignore[arg-type]
        with progress_line("all of it", True) as line:
            line.to(0.5)
            assert not line.shown


def test_only_the_first_rank_and_no_worker_draws(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "on_first_rank", lambda: False)
    assert not wanted(True)
    monkeypatch.setattr(progress, "on_first_rank", lambda: True)
    assert wanted(True)
    monkeypatch.setattr(progress.multiprocessing, "parent_process", lambda: "another")
    assert not wanted(True)


def test_what_is_done_inside_a_hidden_line_is_hidden(screen: Screen) -> None:
    with progress_line("all of it", False):
        assert not wanted(None) and wanted(True)
        with progress_line("a part") as part:
            assert not part.shown
    assert wanted(None) and not screen.getvalue()


def test_the_display_ends_with_an_error_inside_and_begins_anew(screen: Screen) -> None:
    before = sys.stderr
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), progress_line("all of it") as line:
            line.to(0.5)
            raise KeyboardInterrupt
        assert progress._Display.present is None and sys.stderr is before


def test_time_left_is_that_of_the_pace_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 110.0])
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    pace = progress._Pace()
    assert pace.ends(0.2) is None  # where it began, as a run that goes on from a checkpoint
    assert pace.ends(0.4) == 140.0


def test_a_sweep_draws_its_voltage_and_its_share(screen: Screen) -> None:
    device, protocol = resistor(), Sweep(0, 0.1, rate=1.0)
    iv_sweep(device, contact="top", protocol=protocol)
    text = screen.getvalue()
    assert "top: Sweep(0, 0.1, rate=1 V/s)" in text and "0%" in text
    screen.truncate(0)
    iv_sweep(device, contact="top", protocol=protocol, progress=False)
    assert "Sweep" not in screen.getvalue()


def test_a_series_of_sweeps_draws_one_display(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    device, make = resistor(), progress._columns
    begun: list[Console] = []

    def counted(console: Console) -> Any:
        begun.append(console)
        return make(console)

    monkeypatch.setattr(progress, "_columns", counted)
    series(
        lambda rate: iv_sweep(device, contact="top", protocol=Sweep(0, 0.1, rate=rate)),
        parameter="sweep rate",
        values=[1.0, 2.0],
        unit="V/s",
    )
    assert len(begun) == 1 and "series over sweep rate" in screen.getvalue()


def test_a_notebook_has_one_cell_that_is_drawn_again(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []

    def display(table: Any, *, display_id: bool) -> Any:
        shown.append(table)
        return SimpleNamespace(update=shown.append)

    cell = SimpleNamespace(display=display)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(display=cell))
    monkeypatch.setitem(sys.modules, "IPython.display", cell)
    monkeypatch.setattr(progress._Display, "console", Console(stderr=True, force_jupyter=True))
    with progress_line("all of it") as line:
        line.to(0.5)
        assert line.shown and len(shown[-1].rows) == 1
        assert "text/html" in shown[-1]._repr_mimebundle_([], [])
    assert not shown[-1].rows and not screen.getvalue()
