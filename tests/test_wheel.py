"""The wheel holds the packages, all of them, with what they read, and nothing else; its command starts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("fem", "geometries", "studies")


def test_the_wheel_holds_every_file_of_the_packages_the_bibliography_and_what_is_compiled() -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel")
    held = {file.distribution_path for file in wheel.WheelBuilder(str(ROOT)).recurse_included_files()}
    sources = {str(path.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert held == {
        *sources,
        *(f"{package}/py.typed" for package in PACKAGES),
        "fem/materials/references.bib",
        "studies/compact/kernel.c",
        "studies/compact/stage.c",
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_a_package_is_a_package_and_it_is_typed(package: str) -> None:
    folders = {path.parent for path in (ROOT / package).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []
    assert (ROOT / package / "py.typed").exists()


def test_git_ignores_no_source_file() -> None:
    """A pattern of .gitignore that fits a folder of the packages keeps it out of git and out of the wheel."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git repository")
    ask = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", *PACKAGES, "tests", "notebooks"]
    found = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert [path for path in found if not path.endswith(".pyc")] == []


def test_the_command_starts_as_a_module() -> None:
    ask = [sys.executable, "-m", "studies.cli", "materials", "MAPbI3"]
    said = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "band_gap" in said
