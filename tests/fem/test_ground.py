"""The ground: which package imports which, what is installed, what must not be in a tracked file."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def tracked_files() -> list[Path]:
    """Return the files under version control and the new ones; all files outside of a repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        names = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        ignored = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line]
        ignored += [".git"]
        names = [
            path
            for path in ROOT.rglob("*")
            if not any(fnmatch(part, name) for part in path.relative_to(ROOT).parts for name in ignored)
        ]
    return [path for path in names if path.is_file()]


def test_imports_point_one_way() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    if not lint_imports.exists():
        pytest.skip("import-linter is not installed")
    result = subprocess.run(
        [lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_importing_the_packages_loads_no_heavy_library() -> None:
    heavy = "{'dolfinx', 'gmsh', 'matplotlib', 'pyvista', 'scipy', 'xarray'}"
    ask = f"import sys, fem, studies; loaded = {heavy} & set(sys.modules); assert not loaded, loaded"
    done = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_importing_fem_is_quick() -> None:
    """At most 1.5 s, best of three: the heavy libraries are loaded by the modules that use them."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import fem"], cwd=ROOT, check=True)
        times.append(time.perf_counter() - start)
    assert min(times) <= 1.5


def test_versions_agree(pyproject: dict[str, Any]) -> None:
    version = pyproject["project"]["version"]
    (cited,) = re.findall(
        r"^version: *\"?([^\"\s]+)", (ROOT / "CITATION.cff").read_text(), flags=re.MULTILINE
    )
    assert cited == version
    assert re.search(
        rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE
    )


def test_every_dependency_is_constrained(pyproject: dict[str, Any]) -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][a-z0-9.+!]*", line)] == []
    project = pyproject["project"]
    wanted = list(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {re.match(r"[A-Za-z0-9-]+", item).group().lower() for item in wanted}  # type: ignore[union-attr]
    assert names - {"memfem"} <= {line.split("==")[0] for line in pins}


def test_no_file_names_a_registry_or_somebodys_machine() -> None:
    # Written in pieces, so that this file does not contain what it looks for.
    words = [
        "py" + "pi.org",
        "python" + "hosted",
        "anaconda" + ".org",
        "--extra-" + "index-url",
        "--index" + "-url",
    ]
    paths = [r"/ho" + r"me/\w", r"/ro" + r"ot/", r"/Use" + r"rs/\w", r"/wo" + r"rk/(?:main|shared)"]
    pattern = re.compile("|".join([re.escape(word) for word in words] + paths))
    found = []
    for path in tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_readme_opens_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    opening = text[: text.index("\n## ")]
    assert "make demo" in opening and "make test" in opening
