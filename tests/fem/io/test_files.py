"""Files are whole or not there: an error, a full disk or a killed process leaves the older one as it was."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fem.errors import OutOfRangeError
from fem.io.files import check_writable, replacing, save_figure, write_text

ROOT = Path(__file__).parents[3]
FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from fem.io.files import save_figure, write_hdf5, write_text
from studies import Trace

def trace(size):
    t = np.arange(float(size))
    noise = np.random.default_rng(1).random(size)
    return Trace.from_columns({"time": t, "voltage": noise, "current": noise}, {})

def picture(size):
    from matplotlib.figure import Figure
    figure = Figure(figsize=(size, size))
    figure.add_subplot().imshow(np.random.default_rng(1).random((100 * size, 100 * size)))
    return figure

folder = Path(sys.argv[1])
writers = {
    "trace.nc": lambda size: trace(1000 * size).save(folder / "trace.nc"),
    "state.h5": lambda size: write_hdf5(folder / "state.h5", lambda f: f.create_dataset("a", data=[0.5] * 5000 * size)),
    "text.sub": lambda size: write_text(folder / "text.sub", "R1 a b 1\\n" * 2000 * size),
    "picture.png": lambda size: save_figure(picture(size), folder / "picture.png"),
}
older = {}
for name, write in writers.items():
    write(1)
    older[name] = (folder / name).read_bytes()
for name, write in writers.items():
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(older[name]) + 1000, resource.RLIM_INFINITY))
    try:
        write(4)
    except OSError:
        assert (folder / name).read_bytes() == older[name], name
    else:
        raise AssertionError(f"{name} fits")
assert sorted(p.name for p in folder.iterdir()) == sorted(writers), sorted(folder.iterdir())
Trace.load(folder / "trace.nc")
print("all whole")
"""
FULL_OF_STEPS = """
import resource, sys
sys.path.insert(0, "tests")
import devices
from fem import equilibrium
from fem.io import FieldWriter, read_fields, times_of

path = sys.argv[1] + "/steps.vtkhdf"
state = equilibrium(devices.three_layers(size=30e-9, interface_size=4e-9, growth=1.8))
writer, steps = FieldWriter(path, state.device), 0
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, resource.RLIM_INFINITY))
try:
    while steps < 20_000:
        writer.write(state)
        steps += 1
except OSError as error:
    assert steps > 10 and len(times_of(path)) == steps, (steps, error)
    assert read_fields(path).n_points
    print("all whole")
"""


def test_a_write_that_stops_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = write_text(tmp_path / "new" / "state.txt", "old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as part:
        part.write_text("half of the n")
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("code", [FULL, FULL_OF_STEPS], ids=["files", "steps"])
def test_a_full_disk_leaves_all_that_was_written_before(tmp_path: Path, code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "all whole" in done.stdout, done.stderr[-3000:]


def test_rights_and_links_of_an_older_file_stay(tmp_path: Path) -> None:
    path, link = tmp_path / "kept.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    assert write_text(link, "new") == link
    assert link.is_symlink() and path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_parts_of_dead_processes_are_removed_and_those_of_others_stay(tmp_path: Path) -> None:
    code = "import os, sys; from fem.io.files import replacing\nwith replacing(sys.argv[1]): os._exit(1)"
    path, other = tmp_path / "table.nc", tmp_path / "table2.nc"
    for name in (path, other):
        subprocess.run([sys.executable, "-c", code, str(name)], cwd=ROOT, check=False, timeout=60)
    assert len(list(tmp_path.iterdir())) == 2
    with replacing(path) as part, replacing(path):
        assert part.exists()
        assert len(list(tmp_path.iterdir())) == 3  # both of ours, and that of the other file
    check_writable("table", other)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("place", ["a_folder", "a_file/x.nc", "/dev/null", "/dev/null/x.nc", "/proc/x.nc"])
def test_a_place_that_cannot_be_written_is_refused_in_one_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / "a_folder").mkdir()
    (tmp_path / "a_file").write_text("kept")
    before = sorted(tmp_path.rglob("*"))
    for attempt in (lambda p: check_writable("trace", p), lambda p: write_text(p, "text")):
        with pytest.raises(OutOfRangeError, match=r"'; it must be (a file|where a file)") as refused:
            attempt(tmp_path / place)
        assert "\n" not in str(refused.value)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "a_file").read_text() == "kept"


@pytest.mark.parametrize(("name", "begin"), [("a.svg", b"<?xml"), ("a.pdf", b"%PDF"), ("a", b"\x89PNG")])
def test_a_picture_has_the_format_of_its_suffix(tmp_path: Path, name: str, begin: bytes) -> None:
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(1, 1))
    assert save_figure(figure, tmp_path / name).read_bytes().startswith(begin)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_an_interrupt_inside_of_hdf5_is_an_interrupt(tmp_path: Path) -> None:
    """Its lock leaves a SystemError of it, whose cause it is."""
    from fem.io.files import write_hdf5

    def fill(_: object) -> None:
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    with pytest.raises(KeyboardInterrupt):
        write_hdf5(tmp_path / "state.h5", fill)
    assert not list(tmp_path.iterdir())

    def broken(_: object) -> None:
        raise SystemError("another one")

    with pytest.raises(SystemError, match="another one"):
        write_hdf5(tmp_path / "state.h5", broken)
