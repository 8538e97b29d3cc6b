"""What verbs answer with: text for people, or JSON for programs; and what they can exit with."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Exit codes of the command: what was asked is done; it is not, and one sentence says why; the command line is not
#: understood; Ctrl-C; the reader of the output went away (that of a program that SIGPIPE ends).
DONE, FAILED, MISUSED, INTERRUPTED, BROKEN_PIPE = 0, 1, 2, 130, 141


def as_json(value: Any) -> str:
    """Return plain data as JSON text, with null for numbers that JSON does not have."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # of numpy
        return _plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value
