"""``memfem materials``: the list of materials, or one of them."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter


def materials(name: Annotated[str | None, Parameter(help="a material such as MAPbI3")] = None) -> None:
    """List the materials, or the data of one with units and sources."""
    from fem import materials as library

    print(library.get(name) if name else "\n".join(f"{m.name:14} {m.kind}" for m in library.ALL.values()))
