"""The rooms of the three packages: how many, on how many floors, and that no two know each other.

Measured from the imports of the packages' own files, those for types only included; ``python tests/test_house.py``
prints the floors. A package's front door (``fem/__init__.py``, ``studies/__init__.py``) is lazy and no room.
"""

from __future__ import annotations

from functools import cache
from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

Arrows = dict[str, set[str]]
LIMITS = {"fem": (22, 12), "studies": (16, 8), "geometries": (14, 8)}  # rooms with the front door, floors


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("fem", "studies", "geometries", cache_dir=None)


def files(package: str) -> Arrows:
    """Return which files of a package each of its files imports."""
    own = graph().find_descendants(package)
    return {file: graph().find_modules_directly_imported_by(file) & own for file in own}


def rooms(package: str) -> Arrows:
    """Return which rooms (a package's own folders and files) each room imports from."""
    found: Arrows = {room: set() for room in graph().find_children(package)}
    owner = {file: room for room in found for file in {room, *graph().find_descendants(room)}}
    for file, imported in files(package).items():
        found[owner[file]] |= {owner[other] for other in imported} - {owner[file]}
    return found


def floors(package: str) -> dict[str, int]:
    """Return the floor of each room: one above the highest that it imports from."""
    arrows = rooms(package)
    found: dict[str, int] = {}
    for room in TopologicalSorter(arrows).static_order():
        found[room] = 1 + max((found[below] for below in arrows[room]), default=0)
    return found


@pytest.mark.parametrize("package", LIMITS)
def test_no_two_rooms_know_each_other(package: str) -> None:
    try:
        TopologicalSorter(rooms(package)).prepare()
    except CycleError as error:
        pytest.fail(f"rooms in a circle: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("package", LIMITS)
def test_no_two_files_know_each_other(package: str) -> None:
    try:
        TopologicalSorter(files(package)).prepare()
    except CycleError as error:
        pytest.fail(f"files in a circle: {' <- '.join(error.args[1])}")


@pytest.mark.parametrize("package", LIMITS)
def test_a_package_has_few_rooms_on_few_floors(package: str) -> None:
    count, height = LIMITS[package]
    assert len(rooms(package)) + 1 <= count
    assert max(floors(package).values()) <= height


def main() -> None:
    """Print every package's rooms by floor, the highest first."""
    for package in LIMITS:
        found, arrows = floors(package), rooms(package)
        print(f"{package}: {len(found) + 1} rooms, {sum(map(len, arrows.values()))} arrows")
        for floor in range(max(found.values()), 0, -1):
            names = sorted(room.removeprefix(f"{package}.") for room, at in found.items() if at == floor)
            print(f"  {floor:2}  {', '.join(names)}")


if __name__ == "__main__":
    main()
