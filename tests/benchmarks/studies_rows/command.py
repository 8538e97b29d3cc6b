"""``memfem run``: wrong studies, foreign results, a full disk and Ctrl-C are a sentence each, and nothing is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from studies import Trace
from tests.benchmarks.studies_rows.shell import environment, is_a_sentence, memfem
from tests.benchmarks.table import Row, at_most
from tests.study_texts import STUDY

WRONG = {
    "an unknown key": ("thickness = ", "thicknes = ", "line 12, geometry.layers[0].thicknes"),
    "a wrong unit": ('"0.1 V/s"', '"0.1 V"', "line 37, protocol.rate"),
    "no unit": ('"250 nm"', "250", "line 13, geometry.layers[1].thickness"),
    "an unknown material": ('"GOLD"', '"GOLDD"', "line 19, materials.Au"),
    "no TOML": ('rate = "0.1 V/s"', 'rate = "0.1 V/s', "line 37"),
}
ONE_SENTENCE = "one sentence"


def rows() -> Iterator[Row]:
    """Yield the rows of the command."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cell.toml").write_text(STUDY)
        yield from _wrong(folder)
        yield from _results(folder)
        yield from _stopped(folder)
        yield from _full_disk(folder)


def _wrong(folder: Path) -> Iterator[Row]:
    for what, (old, new, where) in WRONG.items():
        (folder / "wrong.toml").write_text(STUDY.replace(old, new))
        done = memfem(folder, "run", "wrong.toml")
        met = is_a_sentence(done) and where in done.stderr and not (folder / "results").exists()
        yield Row(f"run with {what}", ONE_SENTENCE, done.stderr.strip()[:150], met=met)
    done = memfem(folder, "run", "none.toml")
    yield Row("run of a missing file", ONE_SENTENCE, done.stderr.strip(), met=is_a_sentence(done))


def _results(folder: Path) -> Iterator[Row]:
    """Yield what a run leaves, and what becomes of another study and of results of another version."""
    done = memfem(folder, "run", "cell.toml", "--json")
    files = json.loads(done.stdout)["files"] if done.returncode == 0 else {}
    there = all((folder / file).stat().st_size > 0 for file in files.values())
    yield Row(
        "files of a run", "trace, state, fields, pictures", ", ".join(files), met=there and len(files) >= 5
    )
    about = json.loads((folder / "results/cell/provenance.json").read_text())
    names = ("memfem", "dolfinx", "petsc", "gmsh", "python", "host")
    said = [name for name in names if about["software"].get(name)]
    whole = len(said) == len(names) and about["citations"] and about["device"] and about["seconds"] > 0
    yield Row("provenance of a run", "versions, host, seconds, citations", ", ".join(said), met=bool(whole))
    before = {p.name: p.read_bytes() for p in (folder / "results/cell").iterdir()}
    done = memfem(folder, "run", "cell.toml", "--set", "protocol.rate=0.2 V/s")
    yield _kept(folder, "results of another study", done, before)
    provenance = folder / "results/cell/provenance.json"
    text = provenance.read_text()
    provenance.write_text(text.replace('"memfem": "', '"memfem": "0.0.'))
    done = memfem(folder, "run", "cell.toml")
    provenance.write_text(text)
    yield _kept(folder, "results of another version", done, before)


def _kept(folder: Path, what: str, done: subprocess.CompletedProcess[str], before: dict[str, bytes]) -> Row:
    after = {p.name: p.read_bytes() for p in (folder / "results/cell").iterdir()}
    met = is_a_sentence(done) and after == before
    return Row(what, "one sentence, all as it was", done.stderr.strip()[:150], met=met)


def _stopped(folder: Path) -> Iterator[Row]:
    """Yield what Ctrl-C leaves: a run that goes on, with the trace of one that was not stopped."""
    (folder / "long.toml").write_text(
        STUDY.replace('contact = "top"\n', 'contact = "top"\nvoltage_step = "0.2 mV"\n')
    )
    ask = [sys.executable, "-m", "studies.cli", "run", "long.toml"]
    with subprocess.Popen(ask, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 120
        while not (folder / "results/long/provenance.json").is_file() and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    met = process.returncode == 130 and said.count("\n") == 1
    yield Row("Ctrl-C in a run", "exit 130, one sentence", said.strip(), met=met)
    again = memfem(folder, "run", "long.toml")
    memfem(folder, "run", "long.toml", "--output", "whole")
    resumed, whole = (Trace.load(folder / place / "trace.nc") for place in ("results/long", "whole"))
    same = resumed.time.size == whole.time.size
    apart = (
        float(np.abs(resumed.current - whole.current).max() / np.abs(whole.current).max()) if same else np.nan
    )
    yield Row("the same command again", "exit 0", f"exit {again.returncode}", met=again.returncode == 0)
    yield at_most("resumed beside not stopped, of the current", 1e-12, apart)


_FULL = """
import errno, os, sys
def full(_): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "table.csv")
os.fsync = full
from studies.cli.main import main
main()
"""


def _full_disk(folder: Path) -> Iterator[Row]:
    (folder / "table.csv").write_text("older")
    ask = [sys.executable, "-c", _FULL, "export", "results/cell", "table.csv"]
    done = subprocess.run(ask, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    met = (
        is_a_sentence(done)
        and "disk is full" in done.stderr
        and (folder / "table.csv").read_text() == "older"
    )
    yield Row("a full disk", "one sentence, the older file", done.stderr.strip(), met=met)
