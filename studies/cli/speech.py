"""How much the command tells on the error output while it computes."""

from __future__ import annotations

import logging
import sys

from fem.errors.records import ROOT
from studies.progress import console, show_progress


def speak(verbose: int, *, quiet: bool) -> None:
    """Print warnings; runs, bias points and steps if ``verbose`` is 1, Newton's iterations too if it is more.

    Nothing, and no progress lines, if it is to be ``quiet``. Warnings of Python's ``warnings`` are left alone.
    """
    level = logging.ERROR if quiet else (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbose, 2)]
    root = logging.getLogger(ROOT)
    root.setLevel(level)
    root.addHandler(_handler())
    if quiet:
        show_progress(False)


def _handler() -> logging.Handler:
    """Return what prints records: in colours above the progress lines on a terminal, one line each elsewhere."""
    found: logging.Handler
    if sys.stderr is not None and sys.stderr.isatty():
        from rich.logging import RichHandler

        found = RichHandler(console=console(), show_path=False, log_time_format="%X")
        found.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    else:
        found = logging.StreamHandler()
        found.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return found
