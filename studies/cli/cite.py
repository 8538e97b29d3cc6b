"""``memfem cite``: BibTeX of what a result, a device, a material or a study rests on."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Annotated, Any

from cyclopts import Parameter

from fem.description import to_dict
from studies.cli.answers import as_json
from studies.cli.things import Thing, find
from studies.results.citations import bibtex, citations, keys_of, known


def cite(
    name: Annotated[str, Parameter(help="a file of a result or a study, a published device, or a material")],
    *,
    json: Annotated[bool, Parameter(help="print JSON", negative="")] = False,
) -> None:
    """Print the BibTeX of what a result, a study, a published device or a material rests on."""
    keys, unknown = known(keys_of_thing(find(name)))
    if json:
        print(as_json({"keys": keys, "unknown": unknown, "bibtex": bibtex(keys)}))
        return
    print(bibtex(keys), end="")
    if unknown:
        print(f"memfem: references.bib has no {', '.join(unknown)}.", file=sys.stderr)


def keys_of_thing(thing: Thing) -> list[str]:
    """Return the keys that a thing rests on, those of the method first where it was or will be simulated."""
    if thing.what == "material":
        return sorted(thing.value.sources())
    if thing.what == "study":
        from studies.cli.study_files.study import study_citations

        return study_citations(thing.value)
    if thing.what == "device":
        return device_keys(thing.value, thing.name)
    return _of_a_result(thing.value)


def device_keys(about: Any, name: str) -> list[str]:
    """Return the keys of what is reported of a published device, and of all that it is made of."""
    from studies.comparisons.tables import ARRAYS

    reported = keys_of(to_dict(about))
    if name in ARRAYS:
        return reported
    described = importlib.import_module(f"studies.devices.{name}").device().describe()
    found = citations(described)
    return [*found, *(key for key in reported if key not in found)]


def _of_a_result(found: Mapping[str, Any]) -> list[str]:
    """Return the keys that a result has recorded, or those of the device that it describes."""
    recorded = found.get("citations") or found.get("provenance", {}).get("citations")
    return list(recorded) if recorded else citations(found.get("device", {}))
