"""Damaged files: every kind that memfem reads gives the right values or one sentence of memfem's."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from fem.errors import MemfemError
from tests import devices
from tests.benchmarks.table import Row
from tests.damaged_files import Kind, damages, kinds

SEED, COUNT = 300, 300


def rows() -> Iterator[Row]:
    """Yield a row for each kind of file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, whole in kinds(devices, folder).items():
            other, raw, refused = _read(whole, folder / f"damaged{whole.suffix}")
            yield Row(
                f"damaged files: {kind}",
                "0 other values, 0 errors of others",
                f"{other} other, {raw} of others, {refused} refused of {COUNT} (seed {SEED})",
                met=other == raw == 0 and refused > COUNT // 2,
            )


def _read(kind: Kind, path: Path) -> tuple[int, int, int]:
    """Return how many damaged files gave other values, errors that are not of memfem, and one of memfem."""
    other = raw = refused = 0
    path.write_bytes(kind.whole)
    right = kind.read(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for damaged in damages(kind.whole, COUNT, SEED):
            path.write_bytes(damaged)
            try:
                other += kind.read(path) != right
            except MemfemError:
                refused += 1
            except Exception:
                raw += 1
    return other, raw, refused
