"""A checkpoint goes on with the device, drive and start that it is of, and is refused by name for any other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, HeatSink, State, equilibrium, load_checkpoint, save_checkpoint, with_ions
from fem.errors import IncompatibleError, ModelWarning
from fem.io.restart import load_progress, save_progress
from fem.io.seal import seal
from fem.io.signature import sign
from fem.materials import Datum
from fem.physics import Carriers, Heat, MobileIons, OpticalGeneration, Poisson
from fem.transient.progress import Progress
from fem.units import nm
from geometries import Layer, VerticalStack
from studies import Pulse, iv_sweep

RATE = 1e27
SINK = HeatSink(300.0)
PULSE = Pulse(0.1, 1e-3, rise=1e-4)
Build = Callable[..., Device]


def uniform(x: Any) -> Any:
    return RATE + 0 * x[0]


def halved(x: Any) -> Any:
    return RATE / 2 + 0 * x[0]


def steady_light(time: float) -> float:
    return 1.0 + 0.0 * time


def flashing(time: float) -> float:
    """As bright as the other at every 32nd part of the time, and brighter in between."""
    return 1.0 + 50.0 * np.sin(32 * np.pi * time / PULSE.duration) ** 2


class Beam:
    """A light without a source text."""

    def __call__(self, time: float) -> float:
        return 1.0


@pytest.fixture(scope="module")
def build(devices: ModuleType) -> Build:
    """A function that returns a lit film with ions on a heat sink, some of it changed."""
    heat = {"thermal_conductivity": (0.5, "W/(m K)"), "volumetric_heat_capacity": (1e6, "J/(m^3 K)")}

    def built(
        *,
        area: float | None = None,
        rate: Any = uniform,
        sink: HeatSink = SINK,
        temperature: float = 300.0,
        unequal: float | None = None,
        mobility: float | None = None,
    ) -> Device:
        film = devices.film(ions=devices.CATION, **heat)
        stack = VerticalStack(Layer("film", 100 * nm))
        nodes = np.linspace(0.0, 100 * nm, 11) ** (unequal or 1.0) * (100 * nm) ** (1 - (unequal or 1.0))
        return Device(
            mesh=stack.mesh(size=10 * nm, interface_size=10 * nm, area=area)
            if unequal is None
            else stack.line(nodes),
            materials={"film": film if mobility is None else film.with_(electron_mobility=mobility)},
            physics=[Poisson(), Carriers(), MobileIons("cation"), OpticalGeneration(rate), Heat()],
            contacts={"bottom": [devices.ohmic(4.1), sink], "top": devices.ohmic(5.3)},
            temperature=temperature,
        )

    return built


@pytest.fixture(scope="module")
def device(build: Build) -> Device:
    """The film as most checkpoints here have it."""
    return build()


@pytest.fixture(scope="module")
def rest(device: Device) -> State:
    """Its equilibrium."""
    return equilibrium(device)


@pytest.fixture
def path(rest: State, tmp_path: Path) -> Path:
    """A checkpoint of it."""
    return save_checkpoint(rest, tmp_path / "state.h5")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"area": 1e-12}, "mesh.cross_section: 1e-12 here, none there"),
        (
            {"rate": halved},
            "physics.OpticalGeneration.rate: function halved here, another function uniform there",
        ),
        ({"rate": RATE}, "physics.OpticalGeneration.rate: 1e+27 1/(m^3 s) here, function uniform there"),
        ({"sink": HeatSink(350.0)}, "heat_sinks.bottom.temperature: 350.0 K here, 300.0 K there"),
        ({"sink": HeatSink(300.0, 1e-4)}, "heat_sinks.bottom.resistance: 0.0001 m² K/W here, none there"),
        ({"temperature": 310.0}, "temperature: 310.0 here, 300.0 there"),
        ({"mobility": 1e-3}, "materials.film.electron_mobility: "),
        ({"unequal": 1.5}, "its nodes lie elsewhere"),
    ],
)
def test_a_checkpoint_of_another_device_is_refused_by_what_differs(
    build: Build, path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(IncompatibleError) as refused:
        load_checkpoint(build(**change), path)
    text = str(refused.value)
    assert text.startswith("checkpoint state.h5 is of another device: ") and words in text
    assert "\n" not in text and text.endswith(".")


def test_a_device_built_alike_takes_the_checkpoint(build: Build, rest: State, path: Path) -> None:
    assert np.array_equal(load_checkpoint(build(), path).values, rest.values)


def test_names_and_notes_of_a_material_are_no_part_of_a_device(
    build: Build, device: Device, path: Path
) -> None:
    other = build(mobility=1.0)
    band = Datum(2e-4, "m^2/(V s)", "assumed", "another note")
    other.setting.materials["film"] = device.setting.materials["film"].with_(electron_mobility=band)  # type: ignore[index]
    assert load_checkpoint(other, path).device is other


def test_two_meshes_of_as_many_nodes_have_other_checksums(build: Build, device: Device) -> None:
    other = build(unequal=1.5)
    one, two = (d.describe()["mesh"] for d in (device, other))
    assert one["nodes"] == two["nodes"] and one["checksum"]["tags"] == two["checksum"]["tags"]
    assert one["checksum"]["coordinates"] != two["checksum"]["coordinates"]
    assert build().describe() == device.describe()


def test_a_generation_without_a_source_is_refused_even_to_itself(build: Build, tmp_path: Path) -> None:
    odd = build(rate=np.vectorize(uniform, signature="(n,m)->(m)"))
    with pytest.warns(ModelWarning, match=r"odd\.h5 cannot be resumed: .*rate: .* a name in a file"):
        save_checkpoint(equilibrium(odd), tmp_path / "odd.h5")
    with pytest.raises(
        IncompatibleError, match=r"physics\.OpticalGeneration\.rate: .*give a function .* a name"
    ):
        load_checkpoint(odd, tmp_path / "odd.h5")


@contextmanager
def changed(path: Path) -> Iterator[Any]:
    """Yield an open checkpoint, with right checksums for what is changed in it."""
    import h5py

    with h5py.File(path, "r+") as file:
        yield file
        seal(file)
    sign(path)


def test_a_file_of_another_format_is_refused_in_one_sentence(device: Device, path: Path) -> None:
    for version, age in ((1, "older"), (99, "newer")):
        with changed(path) as file:
            file.attrs["format"] = version
        with pytest.raises(IncompatibleError, match=f"state.h5 was written by an? {age} memfem") as refused:
            load_checkpoint(device, path)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "about",
    ["not json", "{}", "[]", '{"state": 1}', '{"identity": {}, "state": {"time": {"type": "os.system"}}}'],
)
def test_a_checkpoint_with_nonsense_in_it_is_refused(device: Device, path: Path, about: str) -> None:
    with changed(path) as file:
        file.attrs["about"] = about
    with pytest.raises(IncompatibleError) as refused:
        load_checkpoint(device, path)
    assert "\n" not in str(refused.value)


def test_a_class_named_in_a_checkpoint_is_looked_up_and_not_imported(device: Device, path: Path) -> None:
    with changed(path) as file:
        about = json.loads(file.attrs["about"])
        about["identity"]["physics"][0] = {"type": "antigravity.Fly"}
        file.attrs["about"] = json.dumps(about)
    with pytest.raises(IncompatibleError, match=r"Poisson, .* here, Fly, .* there"):
        load_checkpoint(device, path)


def sweep(device: Device, path: Path, **changes: Any) -> Any:
    """Return the trace of a pulse, from or to a checkpoint."""
    usual = {"contact": "top", "protocol": PULSE, "light": steady_light, "checkpoint": path}
    return iv_sweep(device, **usual | changes)


@pytest.fixture(scope="module")
def done(device: Device, rest: State, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoint of a sweep from a given start."""
    path = tmp_path_factory.mktemp("sweep") / "sweep.h5"
    sweep(device, path, start=rest)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"light": flashing}, "light: function flashing here, another function steady_light there"),
        ({"light": 1.0}, "light: 1.0 here, function steady_light there"),
        ({"protocol": PULSE * 1}, "protocol.marks: 0 here, none there"),
        ({"bias": {"bottom": 0.05}}, "bias.bottom: 0.05 here, 0.0 there"),
        ({"sample_times": (1e-3,)}, "sample_times: 0.001 here, none there"),
        ({"light_kinks": (1e-3,)}, "light_kinks: 0.001 here, none there"),
        ({"start": None}, "start: none here, a state there"),
    ],
)
def test_a_checkpoint_of_another_sweep_is_refused_by_what_differs(
    device: Device, rest: State, done: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(IncompatibleError) as refused:
        sweep(device, done, **{"start": rest} | change)
    text = str(refused.value)
    assert text.startswith("checkpoint sweep.h5 is of another experiment: ") and words in text
    assert "remove the file to begin anew" in text and "\n" not in text


def test_another_start_is_refused_by_the_field_that_differs(device: Device, rest: State, done: Path) -> None:
    seeded = with_ions(rest, "cation", lambda x: 1e24 * (1 + x[0] / (100 * nm)))
    with pytest.raises(IncompatibleError, match=r"experiment: start\.cation: other values there; remove"):
        sweep(device, done, start=seeded)


def test_a_start_computed_again_is_the_same_start(build: Build, done: Path) -> None:
    other = build()
    assert len(sweep(other, done, start=equilibrium(other)).time) > 10


def test_a_light_without_a_source_is_warned_of_at_once_and_refused_later(
    device: Device, rest: State, tmp_path: Path
) -> None:
    light = Beam()
    path = tmp_path / "beam.h5"
    with pytest.warns(ModelWarning, match=r"beam\.h5 cannot be resumed: light: .*pass a Protocol"):
        sweep(device, path, light=light, start=rest)
    with (
        pytest.warns(ModelWarning),
        pytest.raises(IncompatibleError, match=r"light: .* cannot be told from another one"),
    ):
        sweep(device, path, light=light, start=rest)


def test_a_transient_keeps_what_was_done_to_it(device: Device, rest: State, tmp_path: Path) -> None:
    path = save_progress(Progress.at(rest), tmp_path / "run.h5", experiment={"steps": [1, 2]}, start=rest)
    progress, rows = load_progress(device, path, experiment={"steps": [1, 2]}, start=rest)
    assert np.array_equal(progress.state.values, rest.values) and rows == {}
    assert progress.change == np.inf
    with pytest.raises(IncompatibleError, match=r"steps\.1: 3 here, 2 there"):
        load_progress(device, path, experiment={"steps": [1, 3]}, start=rest)
