"""Progress lines: what is being computed, how much of it is done, and how long the rest will take.

There is one display, on the error output of a terminal or in a notebook: a line of what is done inside another
one stands below that. What is printed meanwhile, warnings and records of ``logging`` too, comes above it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

from fem.errors import OutOfRangeError
from fem.errors.arguments import checked
from fem.errors.records import ROOT, on_first_rank

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

VARIABLE = "MEMFEM_PROGRESS"  #: of the environment
_UNWATCHED = ("CI", "PYTEST_CURRENT_TEST")  # variables where nobody looks
_WORDS = {"0": False, "no": False, "off": False, "1": True, "yes": True, "on": True, "": None, "auto": None}
_EVERY = 0.25  # [s], between two pictures of the display
_LONGEST = 44  # characters of what is done
_FEW = 0.01  # of all: before that nothing is known of the time left
_LOCK = threading.Lock()
_HUSHED: ContextVar[bool] = ContextVar("hushed", default=False)  # by what this is done inside of


@checked()
def show_progress(show: bool | None) -> None:
    """Draw progress lines from now on (True), draw none (False), or draw them where somebody looks (None).

    That is where the error output is a terminal, and in Jupyter; not in CI, not under pytest. The argument
    ``progress`` of a function comes first, then this, then the variable MEMFEM_PROGRESS of the environment: 0, 1 or
    auto. Nothing is ever drawn into a pipe or a file, nor by other than the first rank.
    """
    _Display.switch = show


class Line:
    """A line of the display, or one that nobody sees."""

    def __init__(self, display: _Display | None, task: Any = None) -> None:
        self._display, self._task = display, task

    @property
    def shown(self) -> bool:
        """Whether anybody sees it."""
        return self._display is not None

    def to(self, share: float, note: str = "") -> None:
        """Move it to ``share``, between 0 and 1, of what it stands for; the first call is where it begins."""
        if self._display is not None:
            self._display.move(self._task, share, note)


@contextmanager
def progress_line(what: str, show: bool | None = None) -> Iterator[Line]:
    """Yield a line for ``what`` is done inside, which then vanishes; see ``show_progress`` for ``show``.

    Where ``show`` is False, none are drawn for what is done inside either, unless those are asked for.
    """
    if not wanted(show):
        before = _HUSHED.set(_HUSHED.get() or show is False)
        try:
            yield Line(None)
        finally:
            _HUSHED.reset(before)
        return
    with _LOCK:
        if _Display.present is None:
            _Display.present = _Display()
        display = _Display.present
        task = display.add(what)
    try:
        yield Line(display, task)
    finally:
        with _LOCK:
            if display.remove(task):
                _Display.present = None


def wanted(show: bool | None) -> bool:
    """Return whether to draw: ``show`` if it is not None, else what is set or, in the end, fits."""
    if not on_first_rank() or multiprocessing.parent_process() is not None:
        return False
    for choice in (show, False if _HUSHED.get() else None, _Display.switch, _of_environment()):
        if choice is not None:
            return choice and _seen()
    return not any(os.environ.get(name) for name in _UNWATCHED) and _seen()


def console() -> Console:
    """Return the console of the error output, on which the display is."""
    if _Display.console is None:
        from rich.console import Console

        _Display.console = Console(stderr=True)
    return _Display.console


def _of_environment() -> bool | None:
    """Return what the environment says; raises OutOfRangeError if it is no word for yes or no."""
    word = os.environ.get(VARIABLE, "").strip().lower()
    if word not in _WORDS:
        raise OutOfRangeError(f"{VARIABLE} of the environment", word, "0, 1 or auto")
    return _WORDS[word]


def _seen() -> bool:
    """Whether there is a terminal that can move its cursor, or a notebook."""
    screen = console()  # whose is_terminal is what the environment says, in a pipe too
    return screen.is_jupyter or (_is_terminal(screen.file) and not screen.is_dumb_terminal)


def _is_terminal(stream: Any) -> bool:
    """Whether a stream is a terminal; one that is closed, or stands for a log, is none."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


class _Display:
    """All lines that are open; drawn from the first one to the last one."""

    present: _Display | None = None
    console: Console | None = None
    switch: bool | None = None

    def __init__(self) -> None:
        self._lines: dict[Any, _Pace] = {}
        self._progress = _columns(console())
        self._cell: Any = None
        self._drawn = monotonic()
        if console().is_jupyter:
            from IPython.display import display  # type: ignore[import-not-found, unused-ignore]

            self._cell = display(self._table(), display_id=True)
            return
        before = sys.stderr
        self._progress.start()
        self._followed = _handlers_of(before)
        for handler in self._followed:
            handler.setStream(sys.stderr)  # now one that writes above the lines
        self._before = before

    def add(self, what: str) -> Any:
        """Return a new line, below those that are there."""
        short = what if len(what) <= _LONGEST else what[: _LONGEST - 1] + "…"
        task = self._progress.add_task("  " * len(self._lines) + short, total=None, note="", ends=None)
        self._lines[task] = _Pace()
        self._refresh()
        return task

    def move(self, task: Any, share: float, note: str) -> None:
        """Move a line."""
        ends = self._lines[task].ends(share)
        self._progress.update(task, total=1.0, completed=share, note=note, ends=ends)
        if monotonic() - self._drawn > _EVERY:
            self._refresh()

    def remove(self, task: Any) -> bool:
        """Take a line away; return whether it was the last one, with which the display ends."""
        self._lines.pop(task)
        if self._cell is None and not self._lines:
            self._progress.stop()
            for handler in self._followed:
                handler.setStream(self._before)
            return True
        self._progress.remove_task(task)
        self._refresh()
        return not self._lines

    def _refresh(self) -> None:
        """Draw a notebook's lines; a terminal's are drawn by a thread."""
        self._drawn = monotonic()
        if self._cell is not None:
            self._cell.update(self._table())

    def _table(self) -> Any:
        return self._progress.make_tasks_table(self._progress.tasks)


@dataclass
class _Pace:
    """How fast a line has moved since its first share."""

    began: float | None = None
    first: float = 0.0

    def ends(self, share: float) -> float | None:
        """Return when it will end if it goes on as it went up to ``share``, by the clock; None if nobody knows."""
        now = monotonic()
        if self.began is None:
            self.began, self.first = now, share
        if share - self.first < _FEW:
            return None
        return now + (now - self.began) * (1.0 - share) / (share - self.first)


def _columns(console: Console) -> Progress:
    """Return rich's progress with our columns."""
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.text import Text

    class TimeLeft(ProgressColumn):
        def render(self, task: Any) -> Text:
            ends = task.fields["ends"]
            seconds = 0 if ends is None else max(0, round(ends - monotonic()))
            return Text("" if ends is None else f"{timedelta(seconds=seconds)} left")

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeLeft(),
        TextColumn("{task.fields[note]}", markup=False, style="dim"),
        console=console,
        refresh_per_second=1 / _EVERY,
        transient=True,
        redirect_stdout=_is_terminal(sys.stdout),  # what goes into a file stays there
    )


def _handlers_of(stream: Any) -> list[logging.StreamHandler[Any]]:
    """Return the handlers of logging that write to ``stream``."""
    found = [*logging.getLogger().handlers, *logging.getLogger(ROOT).handlers]
    return [h for h in found if isinstance(h, logging.StreamHandler) and h.stream is stream]
