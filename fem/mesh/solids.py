"""Solids of a STEP file as a mesh of gmsh's with named groups: what runs in the process that `fem.mesh.step` starts.

A folder holds ``wanted.json``, and gets ``mesh.msh``, or what is wrong with the drawing in ``refused.txt``. Lengths of
gmsh's are micrometres of the drawing (its tolerances are absolute), those of ``wanted`` metres of the device.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fem.errors import MeshError
from fem.mesh.cell_sizes import Sizes, set_sizes
from fem.mesh.part_names import SIDES, by_name, corners, labels

Entity = tuple[int, int]
_KIND = {2: "surface", 3: "solid"}
_EXTENT = (1e-9, 0.1)  # [m], of a device
_BOX = 1e-6  # by which a box of OpenCASCADE's may be larger than what is in it
_NEAR = 1e-6  # of the device's extent: as flat as this is a face
_OPTIONS = {
    "General.Terminal": 0,
    "General.NumThreads": 1,
    "Mesh.Algorithm3D": 10,
    "Mesh.Binary": 1,
    "Mesh.MshFileVersion": 4.1,
    "Mesh.SaveAll": 0,
    "Geometry.OCCImportLabels": 1,
}


@dataclass(frozen=True)
class Face:
    """A face of the joined solids: its number, and the pieces of named regions at it, one or two."""

    tag: int
    pieces: tuple[int, ...]
    regions: tuple[str, ...]


def main(folder: Path) -> None:
    """Return nothing; write the mesh that ``wanted.json`` in the folder asks for, or why there is none."""
    import gmsh

    wanted = json.loads((folder / "wanted.json").read_text(encoding="utf-8"))
    gmsh.initialize(interruptible=False, readConfigFiles=False)
    for name, value in _OPTIONS.items():
        gmsh.option.setNumber(name, value)
    gmsh.option.setString("Geometry.OCCTargetUnit", "UM")
    try:
        _Drawing(gmsh, wanted).draw()
        gmsh.write(str(folder / "mesh.msh"))
    except MeshError as error:
        (folder / "refused.txt").write_text(str(error), encoding="utf-8")
    except Exception as error:  # gmsh raises nothing else
        (folder / "refused.txt").write_text(f"gmsh cannot mesh it: {error}", encoding="utf-8")
    finally:
        gmsh.finalize()


class _Drawing:
    """The parts of a file on their way into a mesh."""

    def __init__(self, gmsh: Any, wanted: Mapping[str, Any]) -> None:
        self.gmsh, self.occ, self.model, self.wanted = gmsh, gmsh.model.occ, gmsh.model, wanted
        self.metre = 1e-3 * float(wanted["unit"])  # length [m] of one of gmsh's units

    def draw(self) -> None:
        """Return nothing; the model has the mesh and its groups afterwards."""
        solids, sheets = self._imported()
        self.dim = next(iter(solids.values()))[0]
        chosen = self._chosen(tuple(solids), tuple(sheets))
        pieces, sheet_faces = self._joined(solids, sheets)
        cut = {first for first, second in chosen.values() if first in solids and second not in SIDES}
        kept = {tag: name for tag, name in self._owners(pieces).items() if name not in cut}
        self._check_extent(kept)
        faces, at_cut = self._faces(kept, {tag: n for n, tags in pieces.items() for tag in tags if n in cut})
        contacts = {
            name: self._contact(name, pair, faces, at_cut, sheet_faces) for name, pair in chosen.items()
        }
        self.occ.remove([(self.dim, t) for n in cut for t in pieces[n]], recursive=True)
        self.occ.synchronize()
        self._check_whole(kept, faces)
        self._group(kept, contacts, faces)
        sizes = Sizes.of(self.wanted, list(dict.fromkeys(kept.values())), self.metre)
        set_sizes(self.gmsh, self.dim, sizes, kept, [(f.tag, f.regions) for f in faces], contacts)
        self.model.mesh.generate(self.dim)

    def _imported(self) -> tuple[dict[str, Entity], dict[str, Entity]]:
        """Return the solids of the file by name, and the sheets that are no faces of them."""
        file = Path(self.wanted["file"])
        try:
            self.occ.importShapes(str(file), highestDimOnly=False, format="step")
        except Exception as error:
            raise MeshError(f"it is damaged, or no drawing ({error}).") from None
        self.occ.synchronize()
        dim = self.model.getDimension()
        if dim < 2:
            raise MeshError("it has neither solids nor surfaces.")
        if (found := len(self.model.getEntities(3))) < self.wanted["bodies"]:
            raise MeshError(f"it is damaged: {found} of its {self.wanted['bodies']} solids can be read.")
        solids = by_name(labels(self.model, self.model.getEntities(dim), file), _KIND[dim])
        chosen = {first for first, _ in self.wanted["contacts"].values()} - solids.keys()
        alone = [e for e in self.model.getEntities(dim - 1) if not len(self.model.getAdjacencies(*e)[0])]
        labelled = [
            (e, name) for e, name in labels(self.model, alone, file) if name.split("/")[-1].strip() in chosen
        ]
        sheets = by_name(labelled, "sheet") if labelled else {}
        self.occ.remove([e for e in alone if e not in sheets.values()], recursive=True)
        return solids, sheets

    def _chosen(self, solids: Sequence[str], sheets: Sequence[str]) -> dict[str, tuple[str, str | None]]:
        """Return which two things each contact lies between: a solid or a sheet, and a solid, a side or None."""
        known = (*solids, *sheets)
        found = {name: (pair[0], pair[1]) for name, pair in self.wanted["contacts"].items()}
        for name, (first, second) in found.items():
            _check_known(f"contact {name!r}", first, known)
            if second is not None:
                _check_known(f"contact {name!r}", first, solids)
                _check_known(f"contact {name!r}", second, (*solids, *SIDES))
        cut = {first for first, second in found.values() if first in solids and second not in SIDES}
        for name, (first, second) in found.items():
            if second in cut or (second in SIDES and first in cut):
                raise MeshError(
                    f"contact {name!r} lies at solid {first if second in SIDES else second!r}, which another contact "
                    "cuts out as its electrode."
                )
        for name in self.wanted["priority"]:
            _check_known("priority", name, solids)
        if cut >= set(solids):
            raise MeshError(f"all its solids are electrodes ({', '.join(solids)}); none is left as a region.")
        return found

    def _joined(
        self, solids: Mapping[str, Entity], sheets: Mapping[str, Entity]
    ) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Return the pieces of all solids and sheets once they share their faces, by name."""
        parts = [*solids.values(), *sheets.values()]
        children = [[part] for part in parts]
        if len(parts) > 1:
            children = self.occ.fragment(parts[:1], parts[1:])[1]
            self.occ.synchronize()
        names = [*solids, *sheets]
        found = {
            name: [tag for dim, tag in mine if dim == part[0]]
            for name, mine, part in zip(names, children, parts, strict=True)
        }
        return {n: found[n] for n in solids}, {n: found[n] for n in sheets}

    def _owners(self, pieces: dict[str, list[int]]) -> dict[int, str]:
        """Return the solid that each piece belongs to; of those that overlap the first by priority."""
        order = list(self.wanted["priority"])
        claims: dict[int, list[str]] = {}
        for name, tags in pieces.items():
            for tag in tags:
                claims.setdefault(tag, []).append(name)
        for tag, names in claims.items():
            ranked = sorted((name for name in names if name in order), key=order.index)
            if len(names) > 1 and not ranked:
                share = self.occ.getMass(self.dim, tag) / min(self._content(pieces[name]) for name in names)
                raise MeshError(
                    f"solids {names[0]!r} and {names[1]!r} overlap, in {share:.2g} of the smaller one. Cut one of "
                    f"them in the drawing, or say which keeps the place: priority=({names[1]!r},)."
                )
            owner = ranked[0] if ranked else names[0]
            for name in names:
                if name != owner:
                    pieces[name].remove(tag)
        if gone := [name for name, tags in pieces.items() if not tags]:
            raise MeshError(f"nothing is left of solid {gone[0]!r} beside those that come before it.")
        return {tag: name for name, tags in pieces.items() for tag in tags}

    def _content(self, tags: Iterable[int]) -> float:
        return float(sum(self.occ.getMass(self.dim, tag) for tag in tags))

    def _check_extent(self, kept: Iterable[int]) -> None:
        boxes = [self.occ.getBoundingBox(self.dim, tag) for tag in kept]
        self.extent = max(max(b[k + 3] for b in boxes) - min(b[k] for b in boxes) for k in range(3))
        length, unit = self.extent * self.metre, self.wanted["unit"]
        if not _EXTENT[0] <= length <= _EXTENT[1]:
            raise MeshError(
                f"its solids are {length:.3g} m long; a device has {_EXTENT[0]:g} to {_EXTENT[1]:g} m. They are "
                f"{self.extent * 1e-3:.3g} mm in the drawing: does one millimetre of it stand for {unit:g} m (unit)?"
            )

    def _faces(
        self, kept: Mapping[int, str], cut: Mapping[int, str]
    ) -> tuple[list[Face], dict[str, set[int]]]:
        """Return the faces of what is kept, and the numbers of those where it touches each electrode."""
        faces: list[Face] = []
        at_cut: dict[str, set[int]] = {name: set() for name in cut.values()}
        order = list(dict.fromkeys(kept.values()))
        for _, tag in self.model.getEntities(self.dim - 1):
            around = [int(piece) for piece in self.model.getAdjacencies(self.dim - 1, tag)[0]]
            mine = sorted((p for p in around if p in kept), key=lambda p: order.index(kept[p]))
            if not mine:
                continue
            faces.append(Face(tag, tuple(mine), tuple(dict.fromkeys(kept[p] for p in mine))))
            for piece in around:
                if piece in cut:
                    at_cut[cut[piece]].add(tag)
        return faces, at_cut

    def _contact(
        self,
        name: str,
        pair: tuple[str, str | None],
        faces: Sequence[Face],
        at_cut: Mapping[str, set[int]],
        sheets: Mapping[str, list[int]],
    ) -> list[int]:
        """Return the faces of a contact."""
        first, second = pair
        outer = {face.tag: face for face in faces if len(face.pieces) == 1}
        if first in sheets:
            if not sheets[first] or not set(sheets[first]) <= outer.keys():
                raise MeshError(
                    f"sheet {first!r} of contact {name!r} does not lie on the outside of the solids."
                )
            return sheets[first]
        if second is not None and second in SIDES:
            found = self._at_side([f.tag for f in outer.values() if f.regions == (first,)], second)
            where = f"no flat outer face at the end {second} of solid {first!r}"
        else:
            found = [t for t in sorted(at_cut[first]) if second is None or outer[t].regions == (second,)]
            where = f"no face between solids {first!r} and {'any other' if second is None else repr(second)}"
        if not found:
            raise MeshError(f"contact {name!r} has no place: there is {where}.")
        return found

    def _at_side(self, tags: Iterable[int], side: str) -> list[int]:
        """Return which outer faces are flat and lie at the end of a solid that ``side`` says."""
        axis, sign = "xyz".index(side[1]), 1 if side[0] == "+" else -1
        near = _NEAR * self.extent
        reach = {tag: sign * corners(self.model, (self.dim - 1, tag))[:, axis] for tag in tags}
        end = max((places.max() for places in reach.values()), default=0.0)
        return [t for t, at in reach.items() if self._is_level(t, axis, near) and (at > end - near).all()]

    def _is_level(self, tag: int, axis: int, near: float) -> bool:
        """Return whether a face is flat and perpendicular to an axis; boxes of OpenCASCADE's are a little larger."""
        box = self.occ.getBoundingBox(self.dim - 1, tag)
        flat = self.model.getType(self.dim - 1, tag) in ("Line", "Plane")
        return bool(flat and box[axis + 3] - box[axis] < near + _BOX)

    def _check_whole(self, kept: Mapping[int, str], faces: Sequence[Face]) -> None:
        """Check that one can go from each piece to each other through faces."""
        links = [face.pieces for face in faces if len(face.pieces) == 2]
        part, grown = {next(iter(kept))}, True
        while grown:
            more = {p for pair in links if part & set(pair) for p in pair} - part
            part, grown = part | more, bool(more)
        others = [tag for tag in kept if tag not in part]
        if not others:
            return
        gaps = [
            (self.occ.getDistance(self.dim, a, self.dim, b)[0], kept[a], kept[b])
            for a in part
            for b in others
        ]
        gap, one, other = min(gaps)
        raise MeshError(
            f"solids {one!r} and {other!r} do not share a face, nor does anything between them: they are "
            f"{gap * self.metre:.3g} m apart. Draw them so that they touch."
        )

    def _group(
        self, kept: Mapping[int, str], contacts: Mapping[str, list[int]], faces: Sequence[Face]
    ) -> None:
        """Put regions, contacts and interfaces into groups, in this order."""
        groups: dict[tuple[int, str], list[int]] = {}
        for tag, name in kept.items():
            groups.setdefault((self.dim, name), []).append(tag)
        for name, tags in contacts.items():
            groups[self.dim - 1, name] = tags
        for face in faces:
            if len(face.regions) == 2:
                groups.setdefault((self.dim - 1, "|".join(face.regions)), []).append(face.tag)
        for number, ((dim, name), tags) in enumerate(groups.items(), start=1):
            self.model.addPhysicalGroup(dim, tags, number, name)


def _check_known(whose: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f" (did you mean {close[0]!r}?)" if close else ""
        raise MeshError(f"it has no {name!r}{hint}, which {whose} names; there are {', '.join(known)}.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
