"""``memfem run``: what it leaves, what it refuses in one sentence, and that nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fem
from studies import Trace
from studies.results.trace import Trace as Saved
from tests.studies.cli.commands import memfem
from tests.study_texts import STUDY

SHORT = STUDY.replace('["0 V", "0.4 V", "0 V"]', '["0 V", "0.05 V"]')
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "cell.toml"
    path.write_text(SHORT)
    return path


def sentence(text: str) -> str:
    """Return a text after asserting that it is one line of the command."""
    assert text.startswith("memfem: ") and text.count("\n") == 1, text
    return text


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_leaves_all_that_it_says_with_its_provenance(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = memfem(capsys, "run", study, "--json")
    said = json.loads(done.out)
    assert done.code == 0 and said["status"] == "done"
    assert {"trace", "state", "fields", "picture", "bands"} <= said["files"].keys()
    assert all(Path(file).stat().st_size > 0 for file in said["files"].values())
    trace = Trace.load(said["files"]["trace"])
    assert trace.voltage[-1] == pytest.approx(0.05) and trace.provenance["seconds"] > 0
    about = json.loads(Path("results/cell/provenance.json").read_text())
    assert about["finished"] and about["seconds"] > 0
    assert {"memfem", "dolfinx", "petsc", "gmsh", "python", "host"} <= about["software"].keys()
    assert {"Courtier2019", "CrowellSze1966", "Baratta2023"} <= set(about["citations"])
    assert about["study"]["file"]["protocol"]["rate"] == "0.1 V/s"
    assert about["device"]["materials"]["film"]["name"] == "MAPbI3*"


def test_what_was_done_is_not_done_again(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    memfem(capsys, "run", study)
    before = contents(Path("results/cell"))
    again = memfem(capsys, "run", study)
    assert again.code == 0 and "done before" in again.out and contents(Path("results/cell")) == before


def test_results_of_others_are_refused_in_one_sentence_and_left_alone(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    memfem(capsys, "run", study)
    folder = Path("results/cell")
    before = contents(folder)
    other = memfem(capsys, "run", study, "--set", "protocol.rate=0.2 V/s")
    assert other.code == 1 and "of another study (file.protocol.rate: '0.2 V/s' here" in sentence(other.err)
    about = folder / "provenance.json"
    about.write_text(about.read_text().replace(f'"memfem": "{fem.__version__}"', '"memfem": "0.0.1"'))
    older = memfem(capsys, "run", study)
    assert older.code == 1 and "results of memfem 0.0.1" in sentence(older.err)
    about.write_text("{")
    assert "no provenance" in sentence(memfem(capsys, "run", study).err)
    about.unlink()
    assert "has other files in it" in sentence(memfem(capsys, "run", study).err)
    before.pop("provenance.json")
    assert contents(folder) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "none.toml"), "it must be a file that exists"),
        (("run", "cell.txt"), "TOML (.toml) or a script (.py)"),
        (("run", "cell.toml", "--set", "protocol.rte=1"), "unknown key of Sweep 'rte'; did you mean 'rate'"),
        (("run", "cell.toml", "--set", "protocol.rate=1 V"), "'1 V' is not in V/s"),
        (("run", "cell.toml", "--set", "rate"), "a key and a value"),
        (("show", "MAPbI4"), "did you mean 'MAPbI3'"),
        (("plot", "cell.nc"), "a file that exists"),
        (("compare", "mapbi3_tips"), "did you mean 'mapbi3_tip'"),
    ],
)
def test_wrong_calls_end_with_1_and_one_sentence(
    study: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    study.with_suffix(".txt").write_text("")
    answer = memfem(capsys, *words)
    assert answer.code == 1 and said in sentence(answer.err)


@pytest.mark.parametrize("words", [("rnu",), ("run",), ("compare", "--quik"), ("run", "a.toml", "--check=7")])
def test_command_lines_that_are_not_understood_end_with_2(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    answer = memfem(capsys, *words)
    assert answer.code == 2 and sentence(answer.err)


def test_a_study_is_checked_without_computing(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checked = memfem(capsys, "run", study, "--check")
    assert checked.code == 0 and "regions ITO, film, Au" in checked.out and not Path("results").exists()


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    study: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Saved.save

    def full(self: Any, path: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(Saved, "save", full)
    stopped = memfem(capsys, "run", study)
    assert stopped.code == 1 and "the disk is full (results/cell/trace.nc)" in sentence(stopped.err)
    assert Path("results/cell/state.h5").is_file(), "what was computed is kept"
    monkeypatch.setattr(Saved, "save", real)
    assert memfem(capsys, "run", study).code == 0 and Path("results/cell/trace.nc").is_file()
    before = Path("results/cell/trace.nc").read_bytes()
    table = Path("table.csv")
    table.write_text("older")
    monkeypatch.setattr(os, "fsync", lambda _: full(None, "table.csv"))
    written = memfem(capsys, "export", "results/cell", table)
    assert written.code == 1 and "the disk is full" in sentence(written.err)
    assert table.read_text() == "older" and Path("results/cell/trace.nc").read_bytes() == before


def test_ctrl_c_leaves_a_run_that_goes_on(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study.write_text(SHORT.replace('contact = "top"\n', 'contact = "top"\nvoltage_step = "0.005 mV"\n'))
    ask = [sys.executable, "-m", "studies.cli", "run", str(study)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(ask, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        until = time.monotonic() + 100
        while not Path("results/cell/provenance.json").is_file() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(10)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "the same command goes on from there" in sentence(err)
    kept = Trace.load("results/cell/partial.nc")
    assert 0 < kept.voltage[-1] < 0.05
    assert memfem(capsys, "run", study).code == 0
    whole = Trace.load("results/cell/trace.nc")
    assert whole.voltage[-1] == pytest.approx(0.05) and not Path("results/cell/partial.nc").exists()
    size = kept.time.size
    assert np.array_equal(whole.time[:size], kept.time) and np.array_equal(whole.current[:size], kept.current)


SCRIPT = """
from tests.conducting import resistor
from studies import Sweep, iv_sweep

def study():
    return {"up": iv_sweep(resistor(), contact="top", protocol=Sweep(0, 0.1, rate=1.0))}
"""


def test_a_script_gives_its_traces(study: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = study.with_name("wire.py")
    path.write_text(SCRIPT)
    done = memfem(capsys, "run", path)
    assert done.code == 0 and Trace.load("results/wire/up.nc").voltage[-1] == pytest.approx(0.1)
    path.write_text(SCRIPT.replace("0.1", "0.2"))
    assert "of another study" in sentence(memfem(capsys, "run", path).err)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1", "needs a function study() that takes no arguments"),
        ("def study(): return 3", "it has returned a int"),
        ("def study(a): return 3", "missing 1 required positional argument"),
    ],
)
def test_a_script_without_what_it_needs_is_refused(
    study: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    path = study.with_name("wire.py")
    path.write_text(text)
    answer = memfem(capsys, "run", path)
    assert answer.code == 1 and said in sentence(answer.err) and not Path("results").exists()
