"""Tables of the published devices: a module of ``studies.comparisons`` each, with the name of the device's own.

Tables of arrays have no device that is simulated, and say themselves what is published.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path

import studies.comparisons
import studies.devices
from fem.errors import UnknownNameError
from fem.errors.records import logger
from studies.comparisons.compared import Compared
from studies.progress import progress_line

_LOG = logger(__name__)
_WIDTH = 25  # columns of the longest name
#: Tables of published arrays, packages of ``studies.comparisons`` with an ABOUT of their own.
ARRAYS = ("arrays_review", "prpyrpbi3_crossbar")


def names() -> tuple[str, ...]:
    """Return the names of the published devices."""
    return tuple(found.name for found in pkgutil.iter_modules(studies.devices.__path__) if not found.ispkg)


def listed() -> str:
    """Return a line for each published device and array: the name that ``table`` takes, and what it says first.

    The modules are read and not imported: PETSc, which they load, answers a reader that goes away with an error.
    """
    return "\n".join(f"{name:{_WIDTH}} {_first_line(name)}" for name in (*names(), *ARRAYS))


def _first_line(name: str) -> str:
    """Return the first line of the docstring of a device's module, or of an array's table."""
    if name in ARRAYS:
        file = Path(studies.comparisons.__path__[0]) / name / "__init__.py"
    else:
        file = Path(studies.devices.__path__[0]) / f"{name}.py"
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def table(name: str, *, progress: bool | None = None) -> list[Compared]:
    """Return the rows of a device or of arrays, simulated now (minutes; half an hour for prpyrpbi3).

    Raises UnknownNameError for another ``name``.

    ``progress``: whether to draw lines of its experiments; None where somebody looks (``studies.show_progress``).
    """
    if name not in (known := (*names(), *ARRAYS)):
        raise UnknownNameError("published device", name, known)
    _LOG.info("comparison of %s", name)
    with progress_line(f"comparison of {name}", progress):
        rows: list[Compared] = importlib.import_module(f"studies.comparisons.{name}").compare()
    return rows


def quick_table(name: str) -> tuple[list[Compared], bool]:
    """Return the rows of a comparison's shortest meaning, and whether that is a part of it: ``quick()`` of its module.

    One without is run whole. Raises UnknownNameError.
    """
    if name not in (known := (*names(), *ARRAYS)):
        raise UnknownNameError("published device", name, known)
    quick = getattr(importlib.import_module(f"studies.comparisons.{name}"), "quick", None)
    return (table(name, progress=False), False) if quick is None else (list(quick()), True)
