"""What identifies a function of the user: its source text, and the values that it takes from elsewhere.

Values are its defaults, those of its closure and the globals that it names. Functions among them are identified in the
same way where they are the user's, and by their name where they are of Python, of memfem or of an installed package.
"""

from __future__ import annotations

import ast
import dis
import hashlib
import inspect
import linecache
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any

from fem.description.public import is_ours

_INSTALLED = ("site-packages", "dist-packages")
_MADE = ("__create_fn__", "recursive_repr", "_recursive_repr")  # by dataclasses
_GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME")


class NoSourceError(Exception):
    """The source text of a function or a class cannot be had, or not for certain; says why."""


def function_source(function: FunctionType) -> str:
    """Return the source text of a function, dedented; raises NoSourceError."""
    if function.__name__ == "<lambda>":
        return _lambda_source(function.__code__)
    return _source(function.__code__)  # and not of what it may wrap


def class_source(cls: type) -> str:
    """Return the source text of a class and of those that it is derived from, as far as they are the user's."""
    users = [c for c in cls.__mro__ if not _is_library(c.__module__)]
    return "\n".join(_source(c) for c in users)


def methods(cls: type) -> dict[str, FunctionType]:
    """Return the functions of a class and of those that it is derived from, as far as they are the user's."""
    users = [c for c in reversed(cls.__mro__) if not _is_library(c.__module__)]
    found = {name: _bare(item) for c in users for name, item in vars(c).items()}
    return {
        name: item
        for name, item in found.items()
        if isinstance(item, FunctionType) and not item.__code__.co_qualname.startswith(_MADE)
    }


def class_values(cls: type) -> dict[str, Any]:
    """Return the values that a class and those that it is derived from hold, as far as they are the user's."""
    users = [c for c in reversed(cls.__mro__) if not _is_library(c.__module__)]
    found = {name: item for c in users for name, item in vars(c).items() if not name.startswith("__")}
    fields: Any = getattr(cls, "__dataclass_fields__", {})
    return {
        name: item
        for name, item in found.items()
        if not isinstance(_bare(item), FunctionType) and name not in fields and name != "_abc_impl"
    } | {name: found[name] for name in found if name in fields and "ClassVar" in str(fields[name].type)}


def named_values(function: FunctionType, plain: Callable[[Any], Any]) -> dict[str, Any]:
    """Return the values that a function takes from elsewhere, by name, each as ``plain`` data."""
    code = function.__code__
    found = dict(_closure(function))
    found |= {
        name: function.__globals__[name] for name in sorted(_globals(code)) if name in function.__globals__
    }
    values = {name: _value(value, plain) for name, value in found.items()}
    if function.__defaults__:
        values["(defaults)"] = plain(function.__defaults__)
    if function.__kwdefaults__:
        values["(keyword defaults)"] = plain(function.__kwdefaults__)
    if vars(function):
        values["(attributes)"] = plain(vars(function))
    return values


def _bare(item: Any) -> Any:
    """Return the function in a property, a class method or a static method, anything else as it is."""
    inner = (getattr(item, name, None) for name in ("fget", "func", "__func__"))
    return next((found for found in inner if found is not None), item)


def _source(thing: Any) -> str:
    try:
        return textwrap.dedent(inspect.getsource(thing)).strip()
    except (OSError, TypeError) as error:
        raise NoSourceError("its source text is in no file") from error


def _lambda_source(code: CodeType) -> str:
    """Return the text of a lambda: of several that begin in one line, the one where its instructions are from."""
    text = "".join(linecache.getlines(code.co_filename))
    try:
        nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Lambda)]
    except SyntaxError as error:
        raise NoSourceError("its source text is in no file") from error
    found = [n for n in nodes if n.lineno == code.co_firstlineno]
    if len(found) > 1:
        found = [n for n in found if _is_body(n.body, code)]
    texts = {ast.get_source_segment(text, n) or "" for n in found}
    if len(texts) != 1:
        raise NoSourceError(
            "it is a lambda that cannot be found in its file, or beside others in a line of it"
        )
    return texts.pop()


def _is_body(body: ast.expr, code: CodeType) -> bool:
    """Whether a code is that of an expression: its instructions span it, or it is a constant of theirs."""
    places = [p for p in code.co_positions() if p[2] is not None and p[3] is not None and p[2] != p[3]]
    if not places:  # as a constant has none
        return isinstance(body, ast.Constant) and repr(body.value) in map(repr, code.co_consts)
    first, last = min((p[0], p[2]) for p in places), max((p[1], p[3]) for p in places)
    return (first, last) == ((body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset))


def _closure(function: FunctionType) -> Iterator[tuple[str, Any]]:
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not yet given
            continue


def _globals(code: CodeType) -> set[str]:
    """Return the names that a code and those inside of it look for outside."""
    names = {str(i.argval) for i in dis.get_instructions(code) if i.opname in _GLOBAL}
    return names.union(*(_globals(c) for c in code.co_consts if isinstance(c, CodeType)))


def _value(value: Any, plain: Callable[[Any], Any]) -> Any:
    """Return what a name in a function stands for: a thing of a library by its name, all else as plain data."""
    if isinstance(value, ModuleType):
        return _module(value)
    name, module = getattr(value, "__name__", None), getattr(value, "__module__", None) or ""
    known = getattr(sys.modules.get(module), name, None) if isinstance(name, str) else None
    if callable(value) and value is known and _is_library(module):
        return {"type": "name", "name": f"{module}.{name}"}
    if isinstance(value, type):
        return {"type": "name", "name": value.__qualname__, "source": class_source(value)}
    return plain(value)


def _module(module: ModuleType) -> dict[str, str]:
    """Return the description of a module: its name, and for one of the user's its text as a checksum."""
    about = {"type": "name", "name": module.__name__}
    if _is_library(module.__name__):
        return about
    return about | {"checksum": hashlib.sha256(_source(module).encode()).hexdigest()}


def _is_library(name: str) -> bool:
    """Whether a module is of Python, of memfem or of an installed package, and not the user's own."""
    if is_ours(name) or name.partition(".")[0] in sys.stdlib_module_names:
        return name != "__main__"
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    return any(part in file for part in _INSTALLED)
