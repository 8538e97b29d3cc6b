"""Tables of the published devices: a module of ``studies.comparisons`` each, with the name of the device's own."""

from __future__ import annotations

import importlib
import pkgutil

import studies.devices
from fem.errors import UnknownNameError
from fem.errors.records import logger
from studies.comparisons.compared import Compared
from studies.progress import progress_line

_LOG = logger(__name__)


def names() -> tuple[str, ...]:
    """Return the names of the published devices."""
    return tuple(found.name for found in pkgutil.iter_modules(studies.devices.__path__) if not found.ispkg)


def table(name: str, *, progress: bool | None = None) -> list[Compared]:
    """Return the rows of a device, simulated now (one to five minutes); raises UnknownNameError.

    ``progress``: whether to draw lines of its experiments; None where somebody looks (``studies.show_progress``).
    """
    if name not in names():
        raise UnknownNameError("published device", name, names())
    _LOG.info("comparison of %s", name)
    with progress_line(f"comparison of {name}", progress):
        rows: list[Compared] = importlib.import_module(f"studies.comparisons.{name}").compare()
    return rows
