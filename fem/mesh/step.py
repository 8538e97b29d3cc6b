"""Meshes of CAD drawings in STEP files (ISO 10303-21): what is asked is written down, gmsh answers in another process.

OpenCASCADE, which reads the file for gmsh, may end the process on a damaged one; here that is an error like others.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fem.errors import MeshError, OutOfRangeError
from fem.errors.checking import each, text
from fem.mesh.conformity import check_simplices
from fem.mesh.elements import Simplices, simplices
from fem.mesh.msh import read_msh

NANOMETRE = 1e-9
_BEGIN = re.compile(rb"\s*(/\*.*?\*/\s*)*ISO-10303-21\s*;", re.DOTALL)
_TEXT = re.compile(rb"'[^']*'|/\*.*?\*/", re.DOTALL)
_USED, _DEFINED = re.compile(rb"#(\d+)"), re.compile(rb"#(\d+)\s*=")
_BODY = re.compile(rb"=\s*(?:MANIFOLD_SOLID_BREP|BREP_WITH_VOIDS)\b")
_RUN = (
    "import sys, pathlib; sys.path[:] = sys.argv[2:]; from fem.mesh.solids import main; "
    "main(pathlib.Path(sys.argv[1]))"
)

#: What a contact is made of: see ``DeviceMesh.from_step``.
Places = Mapping[str, "str | tuple[str, str]"] | Iterable[str]


def contact_places(contacts: Places) -> dict[str, tuple[str, str | None]]:
    """Return by name of the contact what it lies at: a part, and a second one or a side, or None.

    Raises OutOfRangeError if it is anything else.
    """
    thing = "contacts of the STEP file"
    if not isinstance(contacts, Mapping):
        names = each(text)(thing, (contacts,) if isinstance(contacts, str) else contacts)
        return {name: (name, None) for name in names}
    found: dict[str, tuple[str, str | None]] = {}
    for name, place in contacts.items():
        pair = (place,) if isinstance(place, str) else place
        if not isinstance(pair, tuple | list) or not 1 <= len(pair) <= 2:
            raise OutOfRangeError(
                f"place of {name!r} in contacts",
                place,
                'a part, two parts, or a part and a side ("film", "+z")',
            )
        parts = [text(f"a part of contact {name!r}", part) for part in pair]
        found[text("name of a contact", name)] = parts[0], parts[1] if len(parts) == 2 else None
    return found


def of_step(path: Path, wanted: Mapping[str, Any]) -> Simplices:
    """Return the checked mesh, in nanometres, of the parts of a STEP file; raises MeshError."""
    bodies = _bodies(path)
    with tempfile.TemporaryDirectory(prefix="memfem-") as name:
        folder = Path(name)
        asked = json.dumps({**wanted, "file": str(path.resolve()), "bodies": bodies})
        (folder / "wanted.json").write_text(asked, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-c", _RUN, str(folder), *sys.path],
            env=os.environ | {"MPI4PY_RC_INITIALIZE": "0"},  # it is no rank of ours
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if (refused := folder / "refused.txt").exists():
            raise MeshError(f"{path.name!r}: {refused.read_text(encoding='utf-8')}")
        if done.returncode < 0:
            raise MeshError(f"{path.name!r} is damaged: its reader ended with signal {-done.returncode}.")
        if done.returncode > 0:
            said = done.stderr.decode(errors="replace").strip().splitlines() or [f"code {done.returncode}"]
            raise MeshError(f"{path.name!r} cannot be meshed: gmsh does not run here ({said[-1][:200]}).")
        found = simplices(read_msh(folder / "mesh.msh"))
    found = replace(found, points=found.points * (1e-3 * wanted["unit"] / NANOMETRE))
    check_simplices(found)
    return found


def _bodies(path: Path) -> int:
    """Return how many solids a STEP file says it has; raises MeshError if it is none, or parts of it are missing.

    OpenCASCADE leaves out what it cannot read without a word.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (
            "there is no STEP file" if isinstance(error, FileNotFoundError) else "no drawing can be read from"
        )
        raise MeshError(f"{reason} {str(path)!r}.") from error
    if not _BEGIN.match(data):
        raise MeshError(
            f"{path.name!r} is no STEP file: it does not begin with ISO-10303-21. Scripts and other formats are not "
            "opened; save the drawing as STEP (.step, .stp)."
        )
    if b"END-ISO-10303-21" not in data:
        raise MeshError(f"{path.name!r} is damaged: it ends without END-ISO-10303-21.")
    words = _TEXT.sub(b"", data)
    if missing := set(_USED.findall(words)) - set(_DEFINED.findall(words)):
        raise MeshError(f"{path.name!r} is damaged: it names #{min(missing).decode()}, which is not there.")
    return len(_BODY.findall(words))
