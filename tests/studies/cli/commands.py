"""The command ``memfem`` in this process, as a shell would see it."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass

import pytest

from studies.cli.main import main


@dataclass(frozen=True)
class Answer:
    """Exit code, output and errors of a command."""

    code: int
    out: str
    err: str


def memfem(capsys: pytest.CaptureFixture[str], *words: object) -> Answer:
    """Return what ``memfem WORDS`` answers."""
    before, formatted = sys.argv, warnings.formatwarning
    sys.argv = ["memfem", *map(str, words)]
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv, warnings.formatwarning = before, formatted
    told = capsys.readouterr()
    return Answer(int(code), told.out, told.err)
