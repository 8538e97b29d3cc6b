"""What the redrawn house was to show: rooms, floors, circles, and what became of hand-made mechanisms.

    python -m tests.benchmarks.house

Measured from the imports and the syntax of the packages' own files. "before" was counted at commit 861506c, before
anything moved. Ends with 1 if a figure is missed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import fem.physics
from fem.physics import Term
from tests.test_house import files, floors, rooms

ROOT = Path(__file__).resolve().parents[2]
LINES_BEFORE = 5476  # of studies/devices, which held the comparisons too


def nodes(*folders: str, without: str = " ") -> Iterator[tuple[Path, ast.AST]]:
    """Yield the syntax of all files below some folders, but those whose path begins with ``without``."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.relative_to(ROOT).as_posix().startswith(without):
                yield from ((path, node) for node in ast.walk(ast.parse(path.read_text())))


def names_in(node: ast.AST) -> set[str]:
    """Return the names that an expression is made of."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def asked_for_kind() -> int:
    """Return how often a file outside of fem/physics asks a term what kind it is, or what it has."""
    kinds = {
        name
        for name in fem.physics.__all__
        if isinstance(cls := getattr(fem.physics, name), type) and issubclass(cls, Term) and cls is not Term
    }
    count = 0
    for _, node in nodes("fem", without="fem/physics/"):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id == "isinstance" and names_in(node.args[1]) & kinds:
            count += 1
        asks = node.func.id == "hasattr" or (node.func.id == "getattr" and len(node.args) == 3)
        if asks and names_in(node.args[0]) & {"term", "t", "acting"}:
            count += 1
    return count


def caches() -> int:
    """Return how many files keep things in another object's ``__dict__`` or attributes by themselves."""
    return sum(
        isinstance(node, ast.Attribute) and node.attr == "__dict__" for _, node in nodes("fem", "studies")
    )


def drivers() -> int:
    """Return the calls of ``integrate`` or ``Transient`` in published devices and their comparisons."""
    return sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("integrate", "Transient")
        for _, node in nodes("studies/devices", "studies/comparisons")
    )


def lines(*folders: str) -> int:
    """Return the lines of all files below some folders."""
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return sum(len(path.read_text().splitlines()) for path in found)


def circles(package: str) -> int:
    """Return 1 if rooms or files of a package import each other in a circle, else 0."""
    try:
        TopologicalSorter(rooms(package)).prepare()
        TopologicalSorter(files(package)).prepare()
    except CycleError:
        return 1
    return 0


def main() -> int:
    """Print the table and return how many figures are missed, at most 1."""
    rows: list[tuple[str, str, int, int]] = []
    for package, most, highest, before in (
        ("fem", 22, 12, "68 on 21"),
        ("studies", 16, 8, "46 on -"),
        ("geometries", 14, 8, "18 on -"),
    ):
        rows += [
            (f"{package}: rooms", before, most, len(rooms(package)) + 1),
            (f"{package}: floors", "", highest, max(floors(package).values())),
            (f"{package}: circles, for types too", "", 0, circles(package)),
        ]
    rows += [
        ("terms asked for their kind outside of physics", "24", 0, asked_for_kind()),
        ("hand-made caches", "9", 1, caches()),
        ("drivers of integrate in devices", "10", 0, drivers()),
        ("lines of devices", str(LINES_BEFORE), LINES_BEFORE * 3 // 4, lines("studies/devices")),
        (
            "lines of devices, and comparisons that moved out",
            str(LINES_BEFORE),
            LINES_BEFORE * 3 // 4,
            lines("studies/devices", "studies/comparisons"),
        ),
    ]
    print(f"{'figure':<48}{'before':>10}{'at most':>10}{'measured':>10}")
    missed = 0
    for name, before, most, measured in rows:
        missed += measured > most
        print(f"{name:<48}{before:>10}{most:>10}{measured:>10}  {'met' if measured <= most else 'missed'}")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
