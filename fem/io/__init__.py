"""Files: fields for ParaView and PyVista, checkpoints."""

from __future__ import annotations

from fem.io.checkpoint import load_checkpoint, save_checkpoint
from fem.io.fields import FieldWriter, read_fields, times_of, write_fields, write_temperature

__all__ = [
    "FieldWriter",
    "load_checkpoint",
    "read_fields",
    "save_checkpoint",
    "times_of",
    "write_fields",
    "write_temperature",
]
