"""Several contacts and the light driven by protocols at once: pieces, columns, errors and restarts."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fem import Circuit, Device, Leakage, State
from fem.errors import IncompatibleError, OutOfRangeError
from fem.physics import MobileIons, OpticalGeneration
from studies import Pulse, PulseTrain, Rest, Sweep, iv_sweep
from studies.experiments.sweep_drive import SweepDrive


@pytest.fixture(scope="module")
def device(devices: ModuleType, transistors: ModuleType) -> Device:
    """A transistor with quick ions and light."""
    film = devices.film(ions={"cation": devices.ion(1e23, diffusivity=1e-13)})
    return transistors.transistor(film, OpticalGeneration(1e27), MobileIons("cation"))


GATE = Rest(1e-3, 0.0) + Pulse(1.0, 1e-3, rise=1e-4) + Rest(1e-3, 0.0)
FLASH = Rest(2.5e-3, 0.0) + Pulse(1.0, 5e-4, rise=1e-5) + Rest(GATE.duration - 3.02e-3, 0.0)


def test_steps_land_on_the_kinks_of_all_protocols() -> None:
    drive = SweepDrive(
        protocol=Sweep(0, 1, rate=1.0), contact="drain", others={"gate": Pulse(2.0, 0.4, rise=0.3)}
    )
    found = drive.pieces(5.0)
    assert [p.start for p in found] == pytest.approx([5.0, 5.3, 5.7])
    assert [p.end.elapsed for p in found] == pytest.approx([0.3, 0.4, 0.3])
    assert found[1].bias(0.1) == {"gate": 2.0, "drain": pytest.approx(0.4)}
    assert found[2].bias(0.15) == {"gate": pytest.approx(1.0), "drain": pytest.approx(0.85)}
    assert [p.end.cycle_end for p in found] == [False, False, True]


def test_an_edge_of_another_contact_keeps_its_length_after_a_long_rest() -> None:
    edge = 1e-9  # a few digits of a time of 1e6 s
    gate = Rest(1e6, 0.0) + Pulse(1.0, 1e-8, rise=edge) + Rest(1.0, 0.0)
    drive = SweepDrive(protocol=Rest(gate.duration, 0.1), contact="drain", others={"gate": gate})
    found = drive.pieces(0.0)
    assert [p.end.elapsed for p in found[:4]] == [1e6, edge, 1e-8, edge]
    assert found[1].bias(edge / 4)["gate"] == pytest.approx(0.25)
    assert found[4].end.elapsed == pytest.approx(1.0, rel=1e-9)


def test_kinks_that_rounding_parts_are_one() -> None:
    drain, gate = Rest(0.1, 0.0) + Sweep(0, 0.2, rate=1.0), Rest(0.1, 0.0) + Rest(0.1, 0.0)
    assert Sweep(0, 0.3, rate=1.0).duration != 0.1 + 0.2
    gate = gate + Sweep(0, 0.1, rate=1.0)
    light = Rest(0.2, 0.0) + Sweep(0, 0.1, rate=1.0)
    drive = SweepDrive(protocol=drain, contact="drain", others={"gate": gate}, light=light)
    assert [round(p.end.elapsed, 12) for p in drive.pieces(0.0)] == [0.1, 0.1, 0.1]


def test_a_long_train_beside_another_one_is_cut_quickly() -> None:
    train = PulseTrain(1.0, 1e-3, interval=1e-3, rise=1e-6, count=1500)
    late = Rest(1e-4, 0.0) + PulseTrain(1.0, 1e-3, interval=1e-3, rise=1e-6, count=1500)
    long = train + Rest(late.duration - train.duration, 0.0)
    found = SweepDrive(protocol=long, contact="drain", others={"gate": late}).pieces(0.0)
    assert len(found) == 2 * 4 * 1500


def test_other_contacts_have_columns_with_units(device: Device) -> None:
    seen: list[State] = []
    drain = Sweep(0, 0.1, rate=0.1 / GATE.duration)
    trace = iv_sweep(
        device, contact="drain", protocol=drain, bias={"gate": GATE}, light=FLASH, observe=seen.append
    )
    assert set(GATE.kinks.round(12)) | set(FLASH.kinks.round(12)) <= set(trace.time.round(12))
    assert np.allclose(trace.data["voltage_gate"], GATE.voltage(trace.time), atol=1e-9)
    assert np.allclose(trace.data["light"], FLASH.voltage(trace.time), atol=1e-9)
    assert trace.data["voltage_source"].values.max() == 0.0
    assert trace.data["voltage_gate"].attrs["units"] == "V"
    assert trace.data["current_per_width_gate"].attrs["units"] == trace.current_unit == "A/m"
    all_in = sum(trace.data[f"current_per_width{x}"].values for x in ("", "_gate", "_source"))
    assert np.abs(all_in).max() < 1e-6 * np.abs(trace.current).max()
    errors = [trace.data[f"current_per_width_error{x}"] for x in ("", "_gate", "_source")]
    assert all(e.attrs["units"] == "A/m" for e in errors)
    assert (np.abs(all_in) <= sum(e.values for e in errors)).all()
    assert errors[0].values.tolist() == [s.current_error("drain") for s in seen]
    on = (trace.data["voltage_gate"].values == 1.0).nonzero()[0]
    assert trace.current[on].min() > 1e3 * np.abs(trace.current[trace.time < 5e-4]).max()
    lit = trace.data["light"].values == 1.0
    dark = (trace.data["light"].values == 0.0) & (trace.time > 2.3e-3)
    assert trace.current[lit].max() > 10 * trace.current[dark & (trace.time < 2.5e-3)].max()


def test_a_gate_alone_is_driven_beside_a_constant_drain(device: Device) -> None:
    trace = iv_sweep(
        device, contact="drain", protocol=Rest(1.0, 0.05), bias={"gate": Sweep(0, 1, 0, rate=2.0)}
    )
    gate = trace.data["voltage_gate"].values
    assert np.abs(np.diff(gate)).max() <= 1.0 / 50 * 1.01  # a part of the swing of the gate
    assert gate.max() == 1.0 and trace.voltage.max() == trace.voltage.min() == 0.05


def test_all_contacts_of_a_cell_have_the_currents_of_all_its_devices(device: Device) -> None:
    """The leakage goes to ground: it is not known at which of two others it would leave."""
    circuit = Circuit(parallel=3, leakage=Leakage(conductance=1e-3))
    drain = Sweep(0, 0.1, rate=0.1 / GATE.duration)
    trace = iv_sweep(device, contact="drain", protocol=drain, bias={"gate": GATE}, circuit=circuit)
    ends = ("", "_gate", "_source")
    leaked = [1e-3 * trace.data["device_voltage"].values, 0.0, 0.0]
    for end, leak in zip(ends, leaked, strict=True):
        one = trace.data[f"device_current_per_width{end}"]
        found = trace.data[f"current_per_width{end}"].values
        np.testing.assert_allclose(found, 3 * one.values + leak, rtol=1e-12)
        assert one.attrs["units"] == "A/m"
    all_in = sum(trace.data[f"current_per_width{x}"].values for x in ends)
    errors = sum(trace.data[f"current_per_width_error{x}"].values for x in ends)
    assert (np.abs(all_in - leaked[0]) <= errors + 1e-12 * np.abs(leaked[0])).all()


def test_two_contacts_have_no_more_columns_than_before(devices: ModuleType) -> None:
    trace = iv_sweep(
        devices.single_layer(size=40e-9, interface_size=5e-9), contact="top", protocol=Sweep(0, 0.1, rate=1.0)
    )
    assert not [name for name in trace.data.data_vars if str(name).endswith("_bottom")]


def test_a_sweep_of_two_contacts_goes_on_from_its_checkpoint(device: Device, tmp_path: Path) -> None:
    drain, path = Sweep(0, 0.1, rate=0.1 / GATE.duration), tmp_path / "sweep.h5"

    class Killed(Exception):
        pass

    def kill(state: State) -> None:
        if state.time > 1.5e-3:
            raise Killed

    settings = {"contact": "drain", "protocol": drain, "bias": {"gate": GATE}, "light": FLASH}
    whole = iv_sweep(device, **settings)
    with pytest.raises(Killed):
        iv_sweep(device, **settings, checkpoint=path, checkpoint_every=0.0, observe=kill)
    resumed = iv_sweep(device, **settings, checkpoint=path)
    assert resumed.time.tolist() == whole.time.tolist()
    for name in ("current_per_width", "current_per_width_gate", "voltage_gate", "light"):
        assert np.allclose(resumed.data[name], whole.data[name], rtol=1e-9, atol=1e-15)
    other = {**settings, "bias": {"gate": Rest(GATE.duration, 0.0)}}
    with pytest.raises(IncompatibleError, match=r"bias\.gate\.segments: Segment here, "):
        iv_sweep(device, **other, checkpoint=path)


def test_protocols_of_other_durations_are_refused(device: Device) -> None:
    drain = Rest(GATE.duration, 0.1)
    with pytest.raises(IncompatibleError, match="bias of contact 'gate' lasts 1 s and the protocol"):
        iv_sweep(device, contact="drain", protocol=drain, bias={"gate": Rest(1.0, 0.0)})
    with pytest.raises(IncompatibleError, match="the light lasts 1 s"):
        iv_sweep(device, contact="drain", protocol=drain, light=Rest(1.0, 0.0))
    dim = Sweep(0, -1, rate=1.0 / GATE.duration)
    with pytest.raises(OutOfRangeError, match="light is -1"):
        iv_sweep(device, contact="drain", protocol=drain, light=dim)
    with pytest.raises(OutOfRangeError, match="'gate' in bias of iv_sweep"):
        iv_sweep(device, contact="drain", protocol=drain, bias={"gate": float("nan")})


def test_cycles_of_other_contacts_must_be_alike_too(device: Device) -> None:
    drain = Sweep(0, 0.1, 0, rate=1.0) * 3
    gate = Sweep(0, 1, rate=1 / drain.duration)
    with pytest.raises(IncompatibleError, match="of contact 'gate' differs"):
        iv_sweep(device, contact="drain", protocol=drain, bias={"gate": gate}, stop_when_periodic=0.1)
    alike = Sweep(0, 1, 0, rate=10.0) * 3
    drive = SweepDrive(protocol=drain, contact="drain", others={"gate": alike}, tolerance=0.1)
    assert list(drive.until(2.0).cycle_ends) == [2.0]  # type: ignore[union-attr]
