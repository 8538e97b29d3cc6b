"""Files in gmsh's MSH format, versions 2 and 4.1, text or binary. They are read here and nothing in them is run.

A file says which nodes there are, which elements join them, and which named physical groups these belong to; it may be
damaged or made to do harm, so that every count is compared with what is left before anything is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fem.errors import MeshError
from fem.mesh.elements import Block, Elements, nodes_of
from fem.mesh.msh_numbers import BinaryNumbers, TextNumbers

Ints = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]
_BEGIN = b"$MeshFormat"
_SKIPPED_FIRST = b"$Comments"
_PHYSICAL_NAME = re.compile(r'\s*(\d+)\s+(-?\d+)\s+"(.*)"\s*')
_ADVICE = "Save it with gmsh in version 4.1."


class Numbers(Protocol):
    """Numbers of a section one after another, as ``ints`` (4 bytes), ``sizes`` (8 bytes) or ``doubles``."""

    def ints(self, count: int) -> Ints: ...
    def sizes(self, count: int) -> Ints: ...
    def doubles(self, count: int) -> Array: ...
    def end(self) -> int: ...


@dataclass
class _File:
    """What has been read of a file so far."""

    data: bytes
    binary: bool = False
    version: str = ""
    names: dict[tuple[int, int], str] = field(default_factory=dict)
    groups: dict[tuple[int, int], tuple[int, ...]] = field(default_factory=dict)
    tags: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    points: Array = field(default_factory=lambda: np.empty((0, 3)))
    blocks: list[Block] = field(default_factory=list)


def has_mesh_header(data: bytes) -> bool:
    """Return whether a file that begins with ``data`` says that it is a mesh of gmsh's."""
    return data.lstrip().startswith((_BEGIN, _SKIPPED_FIRST))


def read_msh(path: Path) -> Elements:
    """Return the nodes, elements and named groups in the file ``path``.

    Raises MeshError, in one sentence, if there is none, or if it is no mesh, damaged or of another version.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (
            "there is no mesh file" if isinstance(error, FileNotFoundError) else "no mesh can be read from"
        )
        raise MeshError(f"{reason} {str(path)!r}.") from error
    if not has_mesh_header(data):
        raise MeshError(
            f"{path.name!r} is no mesh file: it does not begin with {_BEGIN.decode()}. "
            "Scripts, drawings and other formats are not opened; save the mesh with gmsh as .msh."
        )
    try:
        return _read(data)
    except MeshError as error:
        raise MeshError(f"{path.name!r} cannot be read: {error}") from None
    except (ValueError, OverflowError, MemoryError, IndexError, UnicodeDecodeError) as error:
        raise MeshError(f"{path.name!r} cannot be read: it is damaged ({error or 'too large'}).") from error


def _read(data: bytes) -> Elements:
    file, at = _File(data), 0
    seen: set[str] = set()
    while at >= 0 and (begin := _begin_of_section(data, at)) >= 0:
        end_of_line = _line_end(data, begin)
        name = data[begin + 1 : end_of_line].strip().decode("ascii")
        if name in _KNOWN:
            if name in seen:
                raise MeshError(f"it has two sections ${name}.")
            if name != "MeshFormat" and not file.version:
                raise MeshError(f"its section ${name} stands before {_BEGIN.decode()}.")
            seen.add(name)
            at = _closed(data, name, _KNOWN[name](file, end_of_line + 1))
        else:
            at = _skipped(data, name, end_of_line)
    if missing := {"Nodes", "Elements"} - seen:
        raise MeshError(f"it ends without ${' and $'.join(sorted(missing))}.")
    return Elements(tags=file.tags, points=file.points, blocks=tuple(file.blocks), names=file.names)


def _begin_of_section(data: bytes, at: int) -> int:
    """Return where the next section begins, -1 at the end of the file."""
    rest = re.compile(rb"\s*").match(data, at)
    begin = at if rest is None else rest.end()
    if begin >= len(data):
        return -1
    if data[begin : begin + 1] != b"$":
        raise MeshError(f"a section must begin at byte {begin}, where there is none.")
    return begin


def _line_end(data: bytes, at: int) -> int:
    found = data.find(b"\n", at)
    if found < 0:
        raise MeshError("it ends in the middle of a line.")
    return found


def _skipped(data: bytes, name: str, at: int) -> int:
    found = data.find(f"$End{name}".encode(), at)
    if found < 0:
        raise MeshError(f"its section ${name} has no end.")
    return found + len(name) + 4


def _closed(data: bytes, name: str, at: int) -> int:
    """Return the place after the end of a section, which must follow at once."""
    mark = re.compile(rb"\s*\$End" + name.encode() + rb"\b").match(data, at)
    if mark is None:
        raise MeshError(f"its section ${name} is damaged or cut short.")
    return mark.end()


def _numbers(file: _File, at: int, name: str) -> Numbers:
    if file.binary:
        return BinaryNumbers(file.data, at)
    return TextNumbers(file.data, at, _skipped(file.data, name, at) - len(name) - 4)


def _format(file: _File, at: int) -> int:
    end = _line_end(file.data, at)
    words = file.data[at:end].decode("ascii").split()
    if len(words) != 3 or words[1] not in ("0", "1"):
        raise MeshError("its header is damaged.")
    version, kind, size = words
    if version not in ("2", "2.1", "2.2", "4.1"):
        raise MeshError(f"it has version {version} of the format; memfem reads 2.2 and 4.1. {_ADVICE}")
    if size != "8":
        raise MeshError(f"its numbers have {size} bytes; memfem reads those of 8. {_ADVICE}")
    file.version, file.binary = version, kind == "1"
    if not file.binary:
        return end
    if int(BinaryNumbers(file.data, end + 1).ints(1)[0]) != 1:
        raise MeshError("its bytes are in the order of another kind of machine.")
    return end + 5


def _names(file: _File, at: int) -> int:
    end = _line_end(file.data, at)
    for _ in range(int(file.data[at:end])):
        start, end = end + 1, _line_end(file.data, end + 1)
        line = file.data[start:end].decode("utf-8")
        found = _PHYSICAL_NAME.fullmatch(line)
        if found is None or not found[3].isprintable():
            raise MeshError(f"{line.strip()[:60]!r} is no name of a physical group.")
        key = int(found[1]), abs(int(found[2]))
        if file.names.setdefault(key, found[3]) != found[3]:
            raise MeshError(f"group {key[1]} of dimension {key[0]} has two names.")
    return end


def _entities(file: _File, at: int) -> int:
    numbers = _numbers(file, at, "Entities")
    for dim, count in enumerate(numbers.sizes(4).tolist()):
        for _ in range(count):
            tag = int(numbers.ints(1)[0])
            numbers.doubles(3 if dim == 0 else 6)
            groups = numbers.ints(int(numbers.sizes(1)[0])).tolist()
            file.groups[dim, tag] = tuple(dict.fromkeys(abs(g) for g in groups))
            if dim > 0:
                numbers.ints(int(numbers.sizes(1)[0]))
    return numbers.end()


def _nodes(file: _File, at: int) -> int:
    return _nodes_4(file, at) if file.version == "4.1" else _nodes_2(file, at)


def _elements(file: _File, at: int) -> int:
    return _elements_4(file, at) if file.version == "4.1" else _elements_2(file, at)


def _nodes_4(file: _File, at: int) -> int:
    numbers = _numbers(file, at, "Nodes")
    count, total, _, _ = numbers.sizes(4).tolist()
    tags, points = [file.tags], [file.points]
    for _ in range(count):
        dim, _, parametric = numbers.ints(3).tolist()
        size = int(numbers.sizes(1)[0])
        tags.append(numbers.sizes(size))
        width = 3 + (dim if parametric else 0)
        points.append(numbers.doubles(size * width).reshape(size, width)[:, :3])
    file.tags, file.points = np.concatenate(tags), np.concatenate(points)
    if len(file.tags) != total:
        raise MeshError(f"it has {len(file.tags)} nodes of {total}.")
    return numbers.end()


def _elements_4(file: _File, at: int) -> int:
    numbers = _numbers(file, at, "Elements")
    count, total, _, _ = numbers.sizes(4).tolist()
    for _ in range(count):
        dim, entity, kind = numbers.ints(3).tolist()
        size, width = int(numbers.sizes(1)[0]), 1 + nodes_of(kind)
        nodes = numbers.sizes(size * width).reshape(size, width)[:, 1:]
        groups = file.groups.get((dim, entity), ())
        file.blocks.append(Block(kind=kind, entity=entity, groups=groups, nodes=nodes))
    found = sum(len(block.nodes) for block in file.blocks)
    if found != total:
        raise MeshError(f"it has {found} elements of {total}.")
    return numbers.end()


def _nodes_2(file: _File, at: int) -> int:
    if not file.binary:
        numbers = _numbers(file, at, "Nodes")
        count = int(numbers.sizes(1)[0])
        rows = numbers.doubles(4 * count).reshape(count, 4)
        file.tags, file.points = rows[:, 0].astype(np.int64), np.ascontiguousarray(rows[:, 1:])
        return numbers.end()
    end = _line_end(file.data, at)
    binary, kind = BinaryNumbers(file.data, end + 1), np.dtype([("tag", "i4"), ("x", "f8", (3,))])
    table = binary.rows(kind, int(file.data[at:end]))
    file.tags, file.points = table["tag"].astype(np.int64), np.ascontiguousarray(table["x"])
    return binary.end()


def _elements_2(file: _File, at: int) -> int:
    """Read elements that each say their kind, their group (0: none) and their entity."""
    by_group: dict[tuple[int, int, int], list[Any]] = {}
    if file.binary:
        end = _line_end(file.data, at)
        count, numbers = int(file.data[at:end]), _numbers(file, end + 1, "Elements")
    else:
        numbers = _numbers(file, at, "Elements")
        count = int(numbers.sizes(1)[0])
    found = 0
    while found < count:
        if file.binary:
            kind, size, several = numbers.ints(3).tolist()
        else:
            (_, kind, several), size = numbers.ints(3).tolist(), 1
        if size < 1 or several < 2:
            raise MeshError("its section $Elements is damaged.")
        width = (1 if file.binary else 0) + several + nodes_of(kind)
        table = numbers.ints(size * width).reshape(size, width)[:, 1 if file.binary else 0 :]
        for key in {(abs(g), e) for g, e in table[:, :2].tolist()}:
            mine = (np.abs(table[:, 0]) == key[0]) & (table[:, 1] == key[1])
            by_group.setdefault((kind, *key), []).append(table[mine, several:])
        found += size
    for (kind, group, entity), rows in by_group.items():
        groups = (group,) if group else ()
        file.blocks.append(Block(kind=kind, entity=entity, groups=groups, nodes=np.concatenate(rows)))
    return numbers.end()


def _partitioned(file: _File, at: int) -> int:
    raise MeshError("it is partitioned; save it whole, memfem divides it among ranks itself.")


_KNOWN: Mapping[str, Any] = {
    "MeshFormat": _format,
    "PhysicalNames": _names,
    "Entities": _entities,
    "PartitionedEntities": _partitioned,
    "Nodes": _nodes,
    "Elements": _elements,
}
