"""Errors that name the thing, its value and what is allowed, before any solve starts."""

from __future__ import annotations

import difflib
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

#: Folders of memfem itself, of which no warning says that it is there.
_OWN = tuple(f"{Path(__file__).parents[2] / name}{os.sep}" for name in ("fem", "geometries", "studies"))


class MemfemError(Exception):
    """Every error that memfem raises on purpose."""


class UnknownNameError(MemfemError, KeyError):
    """A name of a region, contact, material, species or parameter that does not exist."""

    def __init__(self, kind: str, name: object, known: Iterable[str], hint: str = "") -> None:
        known = sorted(known)
        close = _close(name, known) if isinstance(name, str) else []
        meant = f"; did you mean {' or '.join(map(repr, close))}?" if close else "."
        text = f"unknown {kind} {name!r}{meant} Known: {', '.join(known) if known else 'none'}."
        super().__init__(text + (f" {hint}" if hint else ""))

    def __str__(self) -> str:
        return str(self.args[0])


def _close(name: str, known: list[str]) -> list[str]:
    """Return at most three known names that are like one: first the same in other letters, large or small."""
    same = [k for k in known if k.lower() == name.lower()]
    return same or difflib.get_close_matches(name, known, n=3, cutoff=0.4)


class OutOfRangeError(MemfemError, ValueError):
    """A value outside of what the model allows."""

    def __init__(self, thing: str, value: Any, allowed: str) -> None:
        super().__init__(f"{thing} is {value!r}; it must be {allowed}{'' if allowed.endswith('?') else '.'}")
        self.allowed = allowed


class IncompatibleError(MemfemError, ValueError):
    """Two descriptions that do not go together."""


class MeshError(MemfemError, ValueError):
    """A mesh that lacks what the device needs."""


class RankError(MemfemError, RuntimeError):
    """Ranks of a parallel run that do different things, or an error on some of them only; raised on all of them."""


class MissingSoftwareError(MemfemError, RuntimeError):
    """A program or library outside of Python that is not there."""


class ModelWarning(UserWarning):
    """A description outside of what a model means, with what is done instead."""


def warn(text: str, category: type[Warning] = ModelWarning) -> None:
    """Warn of ``text`` at the line outside of memfem from which it was called."""
    warnings.warn(text, category, skip_file_prefixes=_OWN)


class ConvergenceError(MemfemError, RuntimeError):
    """A solve that stopped: why, when, the residual of each field and the last good state."""

    def __init__(
        self,
        reason: str,
        *,
        time: float | None = None,
        updates: dict[str, float] | None = None,
        last_good: Any = None,
    ) -> None:
        text = reason
        if time is not None:
            text += f" (t = {time:.6g} s)"
        if updates:
            text += "; last scaled update: " + ", ".join(f"{k} {v:.2e}" for k, v in updates.items())
        super().__init__(text)
        self.reason = reason
        self.time = time
        self.updates = updates or {}
        self.last_good = last_good
        self.trace: Any = None  #: what an experiment had recorded until then
