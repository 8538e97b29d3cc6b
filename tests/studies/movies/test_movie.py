"""Films have a frame for each state, one colour scale for all of them, and frames that were chosen evenly."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from fem import Device, HeatSink, State, equilibrium
from fem.errors import IncompatibleError, MissingSoftwareError, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, Heat, MobileIons, Poisson
from fem.units import V, nm, s
from fem.visualize.opened import View
from geometries import Axisymmetric, Layer, VerticalStack
from studies import Frames, Sweep, Trace, film, iv_sweep
from studies.movies.movie import _Curve

RISES = (0.0, 10.0, 20.0, 40.0)  # [K]


def device(devices: ModuleType, shape: Any) -> Device:
    """Return a film between contacts with a temperature, as a line or a round section."""
    material = devices.film(
        ions={"cation": devices.ion(1e23, diffusivity=1e-14)},
        thermal_conductivity=(0.5, "W/(m K)"), volumetric_heat_capacity=(1e6, "J/(m^3 K)"),
    )  # fmt: skip
    contact = [devices.ohmic(4.5), HeatSink(300.0)]
    return Device(
        mesh=VerticalStack(Layer("film", 60 * nm)).mesh(size=12 * nm, interface_size=6 * nm, shape=shape),
        materials={"film": material},
        physics=[Poisson(), Carriers(), MobileIons("cation"), Heat()],
        contacts={"bottom": contact, "top": contact},
    )


@pytest.fixture(scope="module")
def states(devices: ModuleType) -> list[State]:
    """States of a round device whose whole film is warmer from one to the next, and richer in ions."""
    rest = equilibrium(device(devices, Axisymmetric(radius=40 * nm, lateral_size=20 * nm)))
    context, found = rest.device.context, []
    for k, rise in enumerate(RISES):
        values = rest.values.copy()
        values[:, context.index("temperature")] = rise / 300.0
        values[:, context.index("cation")] *= 3.0**k
        current = {name: {"total": sign * 1e-9 * 4.0**k} for name, sign in (("top", 1), ("bottom", -1))}
        found.append(replace(rest, values=values, time=float(k), bias={"top": 0.1 * k}, currents=current))
    return found


def trace_of(states: list[State]) -> Trace:
    """Return the trace of the states."""
    return Trace.from_columns(
        {
            "time": [state.time for state in states],
            "voltage": [state.bias["top"] for state in states],
            "current": [state.current("top") for state in states],
        },
        {"contact": "top"},
    )


def frames_of(path: Path) -> list[Any]:
    """Return the frames of a GIF, each of shape (height, width, 3)."""
    with Image.open(path) as image:
        found = []
        for frame in ImageSequence.Iterator(image):
            found.append(np.asarray(frame.convert("RGB")).astype(int))
    return found


def test_a_film_has_one_frame_for_each_state_on_one_scale_of_colours(
    states: list[State], tmp_path: Path
) -> None:
    path = film(states, trace_of(states), tmp_path / "loop.gif", ("temperature", "cation"))
    frames = frames_of(path)
    assert len(frames) == len(states) and path.stat().st_size < 3e6
    assert all((np.abs(a - b).max(axis=2) > 30).mean() > 0.02 for a, b in pairwise(frames))
    height, width = frames[0].shape[:2]
    inside = [frame[height // 2 + 30, round(0.1 * width)] for frame in frames]
    brightness = [pixel.sum() for pixel in inside]
    assert brightness == sorted(brightness) and brightness[0] < 30 and brightness[-1] > 600, (
        "inferno, end to end"
    )
    left = range(round(0.34 * width))
    still = [c for c in left if all(np.array_equal(f[:, c], frames[0][:, c]) for f in frames)]
    bar = [c for c in still if len(np.unique(frames[0][:, c], axis=0)) > 60]
    assert len(bar) >= 8, "the colour bar stays as it is"


def test_the_point_of_a_cell_is_on_its_curve(states: list[State]) -> None:
    """Its states know the current of one device only."""
    one = trace_of(states)
    columns = {"time": one.time, "voltage": one.voltage, "current": 10 * one.current + 1e-9}
    cell = Trace.from_columns({**columns, "device_current": one.current}, {"contact": "top", "parallel": 10})
    for trace in (one, cell):
        curve = _Curve(states, trace, "top")
        for k, current in enumerate(trace.current):
            curve.frame(k)
            assert curve._point.get_ydata() == [pytest.approx(max(current, curve._least), rel=1e-12)]


def test_a_film_can_show_the_device_in_three_dimensions(states: list[State], tmp_path: Path) -> None:
    view = View(name="temperature", isosurface="cation", current_lines=0)
    frames = frames_of(film(states[::3], trace_of(states), tmp_path / "round.gif", view=view))
    assert len(frames) == 2
    assert (np.abs(frames[0] - frames[1]).max(axis=2) > 60).mean() > 0.05


def test_a_film_answers_what_it_cannot_show(
    states: list[State], devices: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, path = trace_of(states), tmp_path / "none.gif"
    with pytest.raises(UnknownNameError, match="did you mean 'temperature'"):
        film(states, trace, path, ("temperatur",))
    with pytest.raises(IncompatibleError, match="at least two states"):
        film(states[:1], trace, path)
    with pytest.raises(IncompatibleError, match="several devices"):
        line = equilibrium(device(devices, None))
        film([states[0], line], trace, path, ("temperature",))
    with pytest.raises(IncompatibleError, match="1 dimension"):
        film([line, line], trace, path, ("temperature",))
    with pytest.raises(OutOfRangeError, match="suffix"):
        film(states, trace, tmp_path / "none.avi", ("temperature",))
    with pytest.raises(OutOfRangeError, match="rate"):
        film(states, trace, path, ("temperature",), rate=0.0)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingSoftwareError, match="ffmpeg"):
        film(states, trace, tmp_path / "none.mp4", ("temperature",))
    assert not list(tmp_path.iterdir())


def seen(time: float, volts: float, current: float) -> Any:
    """Return what ``Frames`` looks at in a state."""
    return SimpleNamespace(time=time, bias={"top": volts}, current=lambda _: current)


def test_frames_are_few_and_evenly_spread_over_voltage_and_current() -> None:
    frames = Frames("top", count=40)
    for k in range(3000):  # a slow ramp with a jump of the current over six decades in its middle
        volts = k / 2999
        frames(seen(float(k), volts, 1e-12 * 10 ** (6 / (1 + np.exp(-(volts - 0.5) / 0.002)))))
    kept = frames.states
    assert 20 <= len(kept) <= 40
    assert (kept[0].time, kept[-1].time) == (0.0, 2999.0)
    decades = np.diff([np.log10(state.current("top")) for state in kept])
    assert decades.max() < 0.8 and np.count_nonzero(decades > 0.1) >= 10, "the jump has frames of its own"
    steps = np.diff([state.bias["top"] for state in kept])
    assert steps.max() < 0.4


def test_frames_hold_the_turns_of_the_voltage() -> None:
    frames = Frames("top", count=20)
    for k, volts in enumerate(np.interp(np.arange(4001), [0, 1000, 3000, 4000], [0.0, 1.0, -1.0, 0.0])):
        frames(seen(float(k), float(volts), 1e-9 * np.sinh(5 * volts)))
    kept = [state.bias["top"] for state in frames.states]
    assert 10 <= len(kept) <= 20
    assert (kept[0], max(kept), min(kept), kept[-1]) == (0.0, 1.0, -1.0, 0.0)


def test_frames_at_rest_are_spread_over_the_logarithm_of_time() -> None:
    frames = Frames("top", count=12)
    for time in np.concatenate([[0.0], np.geomspace(1e-6, 1e3, 4000)]):
        frames(seen(float(time), 0.0, 1e-9))
    times = np.array([state.time for state in frames.states])
    assert 6 <= len(times) <= 12 and times[-1] == 1e3
    assert np.diff(np.log10(times[1:])).max() < 4


def test_frames_observe_a_sweep(devices: ModuleType) -> None:
    frames = Frames("top", count=10)
    trace = iv_sweep(
        device(devices, None), contact="top", protocol=Sweep(0, 0.2 * V, 0, rate=1 * V / s), observe=frames
    )
    kept = frames.states
    assert 5 <= len(kept) <= 10 < trace.time.size
    assert set(np.round([state.time for state in kept], 9)) <= set(np.round(trace.time, 9))
    assert kept[-1].time == pytest.approx(0.4)


@pytest.mark.parametrize("options", [{"count": 1}, {"count": True}, {"every": 0.0}, {"every": np.nan}])
def test_frames_need_a_count_and_a_distance(options: dict[str, Any]) -> None:
    with pytest.raises(OutOfRangeError):
        Frames("top", **options)
