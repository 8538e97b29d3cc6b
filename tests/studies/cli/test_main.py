"""The command ``memfem``: its version."""

from __future__ import annotations

import importlib.metadata

import pytest

from studies.cli.main import app


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what ``memfem WORDS`` prints."""
    with pytest.raises(SystemExit):
        app(words)
    return capsys.readouterr().out


def test_the_command_says_the_version_that_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(capsys, "--version").strip() == importlib.metadata.version("memfem")
