"""The front doors of the packages: lazy lists that agree, and names that a type checker knows."""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_public_names import NAMES

ROOT = Path(__file__).parents[1]
UNTYPED = {"fem.units", "fem.constants"}  # numbers


def for_type_checkers(package: str) -> dict[str, str]:
    """Return the module of each name that a package imports for type checkers only."""
    tree = ast.parse((ROOT / package / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {
        name.name: line.module
        for line in block.body
        if isinstance(line, ast.ImportFrom) and line.module
        for name in line.names
    }


def said_by_mypy(script: Path, lines: list[str]) -> list[str]:
    """Return what mypy, as the repository configures it, says of each line of a script."""
    pytest.importorskip("mypy")
    script.write_text("\n".join(lines))
    ask = [sys.executable, "-m", "mypy", "--no-pretty", str(script)]
    run = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode in (0, 1) and not run.stderr, run.stdout + run.stderr
    said = [""] * len(lines)
    for found in re.finditer(rf"{re.escape(script.name)}:(\d+): (.*)", run.stdout):
        said[int(found[1]) - 1] += found[2]
    return said


@pytest.mark.parametrize("package", ["fem", "studies"])
def test_a_lazy_package_tells_type_checkers_what_it_loads(package: str) -> None:
    module = importlib.import_module(package)
    home = {name: f"{package}.{place}" for name, place in module._HOME.items()}
    if package == "fem":
        home["materials"] = "fem"
    assert for_type_checkers(package) == home
    assert sorted(home) == module.__all__


@pytest.mark.timeout(600)  # of the first run; with the cache of `make types` it takes seconds
def test_every_public_name_has_a_type(tmp_path: Path) -> None:
    names = [(m, n) for m, text in NAMES.items() if m not in UNTYPED for n in text.split()]
    asked = [f"from {m} import {n} as _{k}; reveal_type(_{k})" for k, (m, n) in enumerate(names)]
    said = said_by_mypy(tmp_path / "names.py", asked)
    for (module, name), line in zip(names, said, strict=True):
        assert line.startswith("note: Revealed type is"), f"{module}.{name}: {line}"
        assert not re.search(r'is "(Any|def \(\*args: Any, \*\*kwargs: Any\) -> Any)"', line), (
            f"{module}.{name}"
        )


def test_a_type_checker_finds_a_name_that_no_package_has(tmp_path: Path) -> None:
    doors = ("fem", "fem.materials", "geometries", "studies")
    said = said_by_mypy(tmp_path / "missing.py", [f"from {door} import Nobody" for door in doors])
    assert all("has no attribute" in line for line in said), said


def test_the_scripts_of_the_readme_use_names_and_arguments_that_exist(tmp_path: Path) -> None:
    scripts = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL
    )
    assert scripts
    for k, script in enumerate(scripts):
        said = said_by_mypy(tmp_path / f"readme_{k}.py", script.splitlines())
        assert not any("error:" in line for line in said), said


@pytest.mark.parametrize("package", ["fem", "geometries", "studies"])
def test_importing_a_package_loads_nothing_heavy(package: str) -> None:
    heavy = [
        "basix",
        "dolfinx",
        "gmsh",
        "h5py",
        "matplotlib",
        "meshio",
        "petsc4py",
        "pyvista",
        "scipy",
        "ufl",
        "xarray",
    ]
    code = f"import sys, {package}; print(*(name for name in {heavy} if name in sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.split() == []
