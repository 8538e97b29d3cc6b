"""The classes that a description may name: those that the public modules export, and no other."""

from __future__ import annotations

import importlib
import sys
from dataclasses import is_dataclass
from functools import cached_property
from types import FunctionType, ModuleType

from fem.errors import UnknownNameError

#: Where users import descriptions from. Packages above this one are found by name, once they are asked for.
MODULES = (
    "fem.contacts",
    "fem.circuit",
    "fem.species",
    "fem.materials",
    "fem.physics",
    "geometries",
    "studies",
    "studies.protocols.protocol",
    "studies.protocols.shapes",
)
_BEHAVIOUR = (FunctionType, property, classmethod, staticmethod, cached_property)
_OURS = ("fem", "geometries", "studies")


def is_ours(name: str) -> bool:
    """Whether a module of that name is one of memfem."""
    return name.partition(".")[0] in _OURS


def exported(module: ModuleType) -> tuple[str, ...]:
    """Return what a module exports: what it lists, or the public classes that it defines."""
    own = (
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    )
    return tuple(getattr(module, "__all__", own))


def is_description(cls: object) -> bool:
    """Whether a class is a frozen dataclass that is made from its fields."""
    if not isinstance(cls, type) or not is_dataclass(cls):
        return False
    frozen: bool = getattr(cls, "__dataclass_params__").frozen  # noqa: B009
    return frozen and ("__dataclass_params__" in vars(cls) or "__init__" not in vars(cls))


def described_class(cls: type) -> type:
    """Return the class as which a value is described: the base of one that adds a constructor alone, as Sweep does."""
    added = {name for name, item in vars(cls).items() if isinstance(item, _BEHAVIOUR)}
    return cls.__bases__[0] if added == {"__init__"} and not is_description(cls) else cls


def public_name(cls: type) -> str:
    """Return the name by which users import a class of memfem, or where it is if they cannot."""
    for path in MODULES:
        module = sys.modules.get(path)
        if module is not None and cls.__name__ in exported(module) and getattr(module, cls.__name__) is cls:
            return f"{path}.{cls.__name__}"
    return f"{cls.__module__}.{cls.__qualname__}"


def public_class(name: str) -> type:
    """Return the class of that public name; raises UnknownNameError if no description is called so."""
    path, _, last = name.rpartition(".")
    module = importlib.import_module(path) if path in MODULES else None
    if module is not None and last in exported(module) and is_description(found := getattr(module, last)):
        return found  # type: ignore[no-any-return]
    known = [] if module is None else [f"{path}.{n}" for n in exported(module) if n[:1].isupper()]
    raise UnknownNameError("type of a description", name, known or [f"{m}.*" for m in MODULES])
