"""The README's script on measured loops: it reads them with their units and cycles, and ends with a model in a file."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from studies import CompactModel, Sweep
from tests.family_values import model

README = Path(__file__).parents[3] / "README.md"


def test_the_script_on_measured_loops_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    true = model("threshold (VTEAM)")
    for name, rate in (("slow", 0.5), ("fast", 2.0)):
        loops = true.simulate(Sweep(0, 1, -1, 0, rate=rate) * 2, points_per_segment=30)
        table = np.column_stack((loops.time, 1e3 * loops.voltage, 1e6 * loops.current))
        np.savetxt(f"{name}.csv", table, delimiter=";", header="Time (s);Bias (mV);I (uA)", comments="")
    section = README.read_text().split("## What you have measured")[1]
    (script, *_) = re.findall(r"^```python\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(script.replace("held_out=fast", "['linear drift', 'threshold (VTEAM)'], held_out=fast"), names)
    assert np.unique(names["slow"].cycles).tolist() == [0, 1]
    assert np.abs(names["slow"].voltage).max() == pytest.approx(1.0)
    assert names["model"].family.name == "threshold (VTEAM)"
    assert CompactModel.load(tmp_path / "model.json") == names["model"]
