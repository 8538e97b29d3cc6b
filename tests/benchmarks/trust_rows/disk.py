"""A disk that is full at any byte: the older file stays as it was, whatever was being written.

``python -m tests.benchmarks.trust_rows.disk FOLDER`` writes everything that memfem writes: first whole, then with
a limit on the size of files at a random byte, where the system ends the write as it does on a full disk.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks.table import Row

ROOT = Path(__file__).resolve().parents[3]
SEED, TIMES = 28, 12  # of each writer
Write = Callable[[Path, int], Any]


def rows() -> Iterator[Row]:
    """Yield a row for each writer."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.trust_rows.disk", folder],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    if done.returncode:
        yield Row("full disk", "the older file intact", " ".join(done.stderr.split())[-200:], met=False)
        return
    for name, (stopped, broken) in json.loads(done.stdout.splitlines()[-1]).items():
        said = broken or f"intact after {stopped} of {TIMES} writes that stopped (seed {SEED})"
        yield Row(
            f"full disk: {name}", "the older file intact", said, met=not broken and stopped > TIMES // 2
        )


def writers(folder: Path) -> dict[str, tuple[str, Write]]:
    """Return by name the suffix of a file and the function that writes it, the larger the second argument is."""
    from fem import equilibrium, save_checkpoint
    from fem.io import write_fields
    from fem.io.files import save_figure
    from fem.io.restart import save_progress
    from fem.transient.progress import Progress
    from studies import CompactModel, Sweep, Trace, impedance, series
    from studies.arrays import crosstalk
    from studies.compact.export import spice
    from tests import devices
    from tests.compact_values import VALUES
    from tests.damaged_files import heat

    states = [equilibrium(devices.single_layer(size=size, interface_size=1e-9)) for size in (50e-9, 5e-9)]
    model = CompactModel.from_values(VALUES, "A")

    def trace(size: int) -> Trace:
        return model.simulate(Sweep(0, 1, 0, rate=1.0), points_per_segment=1000 * size)

    def progress(path: Path, size: int) -> None:
        state = states[size > 1]
        rows = {"time": np.random.default_rng(1).random(2000 * size)}
        save_progress(Progress.at(state), path, start=state, rows=rows)

    def picture(path: Path, size: int) -> None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(size, size))
        figure.add_subplot().imshow(np.random.default_rng(1).random((100 * size, 100 * size)))
        save_figure(figure, path)

    def runs(path: Path, size: int) -> None:
        values = [1.0, 2.0] if size == 1 else [1.0, 2.0, 3.0]
        series(lambda v: trace(1), parameter="a", values=values, unit="V", save=path, progress=False)

    return {
        "trace": (".nc", lambda path, size: trace(size).save(path)),
        "checkpoint": (".h5", lambda path, size: save_checkpoint(states[size > 1], path)),
        "checkpoint of a sweep": (".h5", progress),
        "fields": (".vtkhdf", lambda path, size: write_fields(states[size > 1], path)),
        "spectrum": (".nc", lambda path, size: impedance(states[0], "top", np.geomspace(1, 1e6, 5 * size)).save(path)),
        "crosstalk": (".nc", lambda path, size: crosstalk.save(heat(), path)),
        "compact model": (".json", lambda path, size: model.save(path)),
        "SPICE subcircuit": (".sub", lambda path, size: spice.write(model, "cell", path)),
        "picture": (".png", picture),
        "series": (".nc", runs),
    }  # fmt: skip


def _stopped(write: Write, path: Path, chance: random.Random) -> tuple[int, str]:
    """Return how many writes were stopped at a random byte, and what became of the older file if it did not stay."""
    write(path.with_stem("larger"), 4)
    most = path.with_stem("larger").stat().st_size
    write(path, 1)
    older = path.read_bytes()
    stopped = 0
    for _ in range(TIMES):
        resource.setrlimit(resource.RLIMIT_FSIZE, (chance.randrange(most), resource.RLIM_INFINITY))
        try:
            write(path, 4)
        except OSError:
            stopped += 1
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        if path.read_bytes() != older:
            return stopped, "the older file is another one"
        if litter := [p.name for p in path.parent.iterdir() if p.name.startswith(".")]:
            return stopped, f"{litter[0]} is left"
    return stopped, ""


def main(folder: Path) -> None:
    """Print what became of every file, as JSON."""
    chance = random.Random(SEED)
    found = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number, (name, (suffix, write)) in enumerate(writers(folder).items()):
            (own := folder / str(number)).mkdir()
            found[name] = _stopped(write, own / f"older{suffix}", chance)
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
