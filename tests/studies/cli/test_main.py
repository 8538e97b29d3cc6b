"""The command ``memfem``: its version, its lists, and how it warns."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import warnings
from types import SimpleNamespace

import pytest

from fem.errors import ModelWarning
from studies.cli import main as command
from studies.cli.main import app
from studies.comparisons.tables import ARRAYS, names


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what ``memfem WORDS`` prints."""
    with pytest.raises(SystemExit):
        app(words)
    return capsys.readouterr().out


def test_the_command_says_the_version_that_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(capsys, "--version").strip() == importlib.metadata.version("memfem")


def test_the_command_lists_the_published_devices_and_arrays(capsys: pytest.CaptureFixture[str]) -> None:
    lines = answered(capsys, "compare").splitlines()
    assert [line.split()[0] for line in lines] == [*names(), *ARRAYS]
    assert all(len(line.split()) > 2 for line in lines), "a device says what it is"


def test_a_reader_that_goes_away_ends_the_command_without_a_word() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    script = "from studies.cli.main import main; main()"
    with open(writer, "w") as pipe:
        done = subprocess.run(
            [sys.executable, "-c", script, "compare"],
            stdout=pipe,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (141, "")


def test_the_command_warns_in_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    monkeypatch.setattr(command, "app", SimpleNamespace(meta=lambda *tokens, **options: None))
    command.main()
    said = warnings.formatwarning(ModelWarning("not determined: kappa."), ModelWarning, "fit.py", 1)
    assert said == "memfem: not determined: kappa.\n"
    assert "fit.py:1" in warnings.formatwarning(UserWarning("x"), UserWarning, "fit.py", 1)
