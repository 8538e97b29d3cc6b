"""States on disk: checkpoints and files for ParaView."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, State, equilibrium, steady
from fem.errors import IncompatibleError, OutOfRangeError
from fem.heat.steady import SteadyHeat
from fem.io import (
    FieldWriter,
    load_checkpoint,
    read_fields,
    save_checkpoint,
    times_of,
    write_fields,
    write_temperature,
)
from fem.mesh import DeviceMesh
from fem.outputs import profile
from fem.solvers.kept import problem_of
from fem.units import nm
from geometries import Layer, Planar, VerticalStack

BIAS = 0.3
ROOT = Path(__file__).parents[3]
MPIEXEC = Path(sys.executable).with_name("mpiexec")
SECTION: dict[str, Any] = {
    "shape": Planar(width=20 * nm, lateral_size=10 * nm),
    "size": 10 * nm,
    "interface_size": 2 * nm,
}
RANKS = """
import sys
import devices
from fem.io import load_checkpoint, save_checkpoint, write_fields
from fem.units import nm
from geometries import Planar

shape = Planar(width=20 * nm, lateral_size=10 * nm)
device = devices.three_layers(ions=devices.CATION, shape=shape, size=10 * nm, interface_size=2 * nm)
state = load_checkpoint(device, sys.argv[1] + "/one.h5")
save_checkpoint(state, sys.argv[1] + "/two.h5")
write_fields(state, sys.argv[1] + "/two.vtkhdf")
try:
    load_checkpoint(device, sys.argv[1] + "/none.h5")
except ValueError as error:
    assert "exists" in str(error)
"""


def one(devices: ModuleType, **changes: Any) -> Device:
    """Return the cell with ions in its film."""
    return devices.three_layers(ions=devices.CATION, **changes)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def state(devices: ModuleType) -> State:
    """A steady state under bias."""
    return steady(one(devices), {"top": BIAS})


def test_a_checkpoint_gives_back_every_bit(state: State, devices: ModuleType, tmp_path: Path) -> None:
    path = save_checkpoint(state, tmp_path / "new" / "state.h5")
    for device in (state.device, one(devices)):
        back = load_checkpoint(device, path)
        assert back.device is device
        assert np.array_equal(back.values, state.values)
        assert (back.time, back.light, back.bias) == (state.time, state.light, state.bias)
        assert back.currents == state.currents
    assert [p.name for p in path.parent.iterdir()] == ["state.h5"]


def test_errors_of_currents_are_in_a_checkpoint_and_one_without_them_is_read(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_checkpoint(state, tmp_path / "state.h5")
    again = load_checkpoint(state.device, path)
    assert 0 < again.current_error("top") == state.current_error("top")
    monkeypatch.setattr("fem.io.checkpoint._LATER", ())  # as an older memfem writes it
    older = load_checkpoint(state.device, save_checkpoint(state, tmp_path / "older.h5"))
    assert older.current("top") == state.current("top") and np.isnan(older.current_error("top"))


@pytest.mark.skipif(not MPIEXEC.exists(), reason=f"there is no {MPIEXEC.name} beside this Python")
def test_two_ranks_read_and_write_what_one_wrote(devices: ModuleType, tmp_path: Path) -> None:
    import h5py

    saved = equilibrium(one(devices, **SECTION))
    save_checkpoint(saved, tmp_path / "one.h5")
    write_fields(saved, tmp_path / "one.vtkhdf")
    done = subprocess.run(
        [str(MPIEXEC), "-n", "2", sys.executable, "-c", RANKS, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with h5py.File(tmp_path / "one.h5") as first, h5py.File(tmp_path / "two.h5") as second:
        assert first.attrs["about"] == second.attrs["about"]
        assert np.array_equal(first["values"][:], second["values"][:])
        assert np.allclose(first["points"][:], second["points"][:], rtol=0, atol=1e-20)
    a, b = (read_fields(tmp_path / f"{name}.vtkhdf") for name in ("one", "two"))
    for name in ("potential", "electron", "cation"):
        assert np.array_equal(np.sort(a[name]), np.sort(b[name]))
    nearest = [a.find_closest_point(p) for p in b.points]
    assert np.array_equal(a["potential"][nearest], b["potential"])


def test_a_steady_solve_from_a_checkpoint_is_done_at_once(
    state: State, devices: ModuleType, tmp_path: Path
) -> None:
    device = one(devices)
    start = load_checkpoint(device, save_checkpoint(state, tmp_path / "state.h5"))
    problem = problem_of(device)
    counts: list[int] = []
    solve = problem.solve

    def counted(**options: Any) -> int:
        counts.append(solve(**options))
        return counts[-1]

    problem.solve = counted  # type: ignore[method-assign]
    again = steady(device, {"top": BIAS}, start=start)
    assert max(counts) <= 1
    inside = state.values > 0
    assert np.allclose(again.values[inside], state.values[inside], rtol=1e-8)


def test_a_checkpoint_of_another_device_is_refused_in_one_sentence(
    state: State, devices: ModuleType, tmp_path: Path
) -> None:
    path = save_checkpoint(state, tmp_path / "state.h5")
    faster = devices.film(ions=devices.CATION).with_(electron_mobility=1e-3)
    others = {
        "fields": devices.three_layers(),
        "nodes": one(devices, size=6 * nm),
        r"materials\.film\.electron_mobility: 0\.001 m\^2/\(V s\) here, 0\.0002": one(
            devices, film_material=faster
        ),
        r"contacts\.top\.work_function: 5\.2 eV here, 5\.2989 eV there": one(
            devices, work_functions=(4.1011, 5.2)
        ),
    }
    for reason, device in others.items():
        with pytest.raises(IncompatibleError, match=reason) as refused:
            load_checkpoint(device, path)
        text = str(refused.value)
        assert "\n" not in text and text.endswith(".") and "state.h5" in text


def test_what_is_no_checkpoint_is_refused(state: State, tmp_path: Path) -> None:
    with pytest.raises(OutOfRangeError, match="exists"):
        load_checkpoint(state.device, tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no checkpoint")
    with pytest.raises(IncompatibleError, match="no checkpoint"):
        load_checkpoint(state.device, tmp_path / "text.h5")


def test_pyvista_reads_the_fields_of_a_line_with_their_jumps(state: State, tmp_path: Path) -> None:
    import pyvista as pv

    path = write_fields(state, tmp_path / "line.vtkhdf")
    found, expected = pv.read(path), profile(state)
    assert found.n_cells == state.device.mesh.num_nodes - 1
    assert found.bounds[1] == pytest.approx(460.0)
    assert float(found.field_data["bias_top"][0]) == BIAS
    for name in expected.data_vars:
        assert np.array_equal(np.sort(found[name]), np.sort(expected[name].values), equal_nan=True)
    names = read_fields(path).field_data["region_names"]
    centres, tags = found.cell_centers().points[:, 0], found.cell_data["region"]
    for low, high, region in ((0, 30, "ETL"), (30, 430, "film"), (430, 460, "HTL")):
        inside = (centres > low) & (centres < high)
        assert {names[t] for t in tags[inside]} == {region}


def test_a_series_keeps_every_step(state: State, tmp_path: Path) -> None:
    path = tmp_path / "series.vtkhdf"
    later = State(device=state.device, time=2.5, bias=state.bias, values=state.values * [1, 2, 2, 2])
    with FieldWriter(path, state.device) as writer:
        writer.write(state)
        assert times_of(path).tolist() == [0.0]
        writer.write(later)
        with pytest.raises(IncompatibleError, match="another"):
            writer.write(State(device=Device.__new__(Device), time=3.0, bias={}, values=state.values))
    assert times_of(path).tolist() == [0.0, 2.5]
    first, last = read_fields(path, 0.1), read_fields(path)
    assert np.allclose(last["cation"], 2 * first["cation"], rtol=1e-14)
    assert np.array_equal(last["potential"], first["potential"])
    with pytest.raises(IncompatibleError, match="vtkhdf"):
        write_fields(state, tmp_path / "state.vtu")


@pytest.mark.parametrize("degree", [1, 2])
def test_pyvista_reads_a_temperature(degree: int, tmp_path: Path) -> None:
    import pyvista as pv

    length, conductivity, power = 100 * nm, 2.0, 1e6
    shape = Planar(width=40 * nm, lateral_size=10 * nm, depth=1.0)
    drawing = VerticalStack(Layer("slab", length)).mesh(size=10 * nm, interface_size=10 * nm, shape=shape)
    mesh = DeviceMesh.from_drawing(drawing)
    heat = SteadyHeat(mesh, {"slab": conductivity}, {"bottom": HeatSink(300.0)}, degree=degree)
    field = heat.solve({"slab": power / length})
    found = pv.read(write_temperature(field, tmp_path / "heat.vtkhdf"))
    y = found.points[:, 1] * nm
    rise = power / conductivity * (y - y**2 / (2 * length))
    error = np.abs(found["temperature_rise"] - rise).max() / rise.max()
    assert error < (1e-9 if degree == 2 else 1e-2)
    assert np.allclose(found["temperature"] - found["temperature_rise"], 300.0, rtol=1e-12)
