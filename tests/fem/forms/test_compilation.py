"""Compiled forms: what a killed compilation leaves does not stop later ones."""

from __future__ import annotations

import os
import time
from pathlib import Path

from fem.forms.compilation import forget_abandoned


def test_only_old_locks_without_a_library_are_forgotten(tmp_path: Path) -> None:
    for name, age, done in (("killed", 1000, False), ("running", 1, False), ("finished", 1000, True)):
        lock = tmp_path / f"libffcx_forms_{name}.c"
        lock.touch()
        os.utime(lock, (time.time() - age,) * 2)
        if done:
            lock.with_suffix(".c.cached").touch()
    assert forget_abandoned(tmp_path) == ["libffcx_forms_killed"]
    assert not (tmp_path / "libffcx_forms_killed.c").exists()
    assert (tmp_path / "libffcx_forms_running.c").exists()
    assert (tmp_path / "libffcx_forms_finished.c").exists()
