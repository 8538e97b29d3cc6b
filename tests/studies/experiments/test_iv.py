"""Sweeps: how protocols become pieces, light that changes, cycles that repeat themselves."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Device, State, equilibrium
from fem.errors import IncompatibleError, OutOfRangeError
from fem.physics import Carriers, MobileIons, OpticalGeneration, Poisson
from fem.transient.drive import Clock, Piece, Stop, distinct_stops, largest_light, pieces_between
from fem.transient.timestepping import UntilPeriodic
from fem.units import nm
from geometries import Layer, VerticalStack
from studies import Protocol, Pulse, PulseTrain, Rest, Sweep, iv_sweep
from studies.experiments.recorder import Recorder
from studies.experiments.sweep_drive import SweepDrive


def pieces(protocol: Protocol, *, origin: float = 0.0, **more: Any) -> list[Piece]:
    """Return the pieces of a protocol on one contact, with another one held at 0.1 V."""
    return SweepDrive(protocol=protocol, contact="top", others={"gate": 0.1}, **more).pieces(origin)


@pytest.fixture(scope="module")
def device(devices: ModuleType) -> Device:
    """A film with quick ions and light."""
    film = devices.film(ions={"cation": devices.ion(1e24, diffusivity=1e-12)})
    return Device(
        mesh=VerticalStack(Layer("film", 100 * nm)).mesh(size=20 * nm, interface_size=1 * nm, growth=1.4),
        materials={"film": film},
        physics=[Poisson(), Carriers(), MobileIons("cation"), OpticalGeneration(1e27)],
        contacts={"bottom": devices.ohmic(4.1), "top": devices.ohmic(5.2)},
        temperature=300.0,
    )


def test_segments_of_one_slope_are_one_piece() -> None:
    found = pieces(Sweep(0, 1, -1, 0, rate=1.0) * 2, origin=5.0)
    assert [p.start for p in found] == [5.0, 6.0, 8.0, 10.0, 12.0]
    assert [p.end.elapsed for p in found] == [1.0, 2.0, 2.0, 2.0, 1.0]
    assert found[2].stops == (Stop(1.0, 9.0, True), Stop(2.0, 10.0, False))
    assert found[2].bias(1.0) == {"gate": 0.1, "top": 0.0}
    assert found[-1].end.cycle_end


def test_pieces_keep_their_length_after_a_long_rest() -> None:
    edge = 1e-12  # below the digits of a time of 1e6 s
    found = pieces(Rest(1e6, 0.0) + Pulse(1.0, 1e-9, rise=edge))
    assert [p.end.elapsed for p in found] == [1e6, edge, 1e-9, edge]
    assert found[1].bias(edge / 2)["top"] == pytest.approx(0.5)
    assert found[-1].end.time == 1e6 + edge + 1e-9 + edge


def test_kinks_of_light_and_sample_times_cut_and_stop() -> None:
    found = pieces(Sweep(0, 1, rate=0.1), light=lambda t: t, light_kinks=[4.0, 20.0], sample_times=[3.0, 7.0])
    assert [p.start for p in found] == [0.0, 4.0]
    assert [[s.time for s in p.stops] for p in found] == [[3.0, 4.0], [7.0, 10.0]]
    assert [s.elapsed for s in found[1].stops] == [3.0, 6.0]
    assert (found[1].light(3.0), found[1].bias(3.0)["top"]) == (7.0, pytest.approx(0.7))
    assert largest_light(found) == 10.0


def test_stops_that_rounding_parts_are_one() -> None:
    stops = [Stop(0.3, 0.3), Stop(0.30000000000000004, 0.30000000000000004, True), Stop(0.6, 0.6)]
    assert distinct_stops(0.0, stops) == (Stop(0.3, 0.3, True), Stop(0.6, 0.6))
    found = pieces_between(0.0, 0.6, lambda t: {}, 0.0, kinks=[0.1 + 0.2, 0.3], cycle_ends=[3 * 0.2])
    assert [p.end.elapsed for p in found] == [0.3, 0.3]
    assert found[-1].end.cycle_end


def test_a_fast_part_of_a_bias_bounds_the_step() -> None:
    """Also one that ends where it began, and one of the light."""
    wave = pieces_between(0.0, 1.0, lambda t: {"top": np.sin(20 * np.pi * t)}, 0.0)[0]
    assert 0.1 < np.sin(20 * np.pi * wave.largest_step(Clock(), 0.2, 1.0)) < 0.201
    ramp = pieces_between(0.0, 1.0, lambda t: {}, lambda t: 10 * t)[0]
    assert ramp.largest_step(Clock(), 0.2, 0.5) == pytest.approx(0.05, rel=1e-3)


def test_light_may_follow_a_protocol(device: Device) -> None:
    flash = Rest(1e-3, 0.0) + Pulse(1.0, 1e-3, rise=1e-5) + Rest(1e-3, 0.0)
    seen: list[State] = []
    trace = iv_sweep(
        device,
        contact="top",
        protocol=Rest(flash.duration, 0.0),
        light=flash.voltage,
        light_kinks=flash.kinks,
        observe=seen.append,
    )
    light = np.array([s.light for s in seen])
    assert light.max() == 1.0 and light[-1] == 0.0
    assert np.abs(np.diff(light)).max() < 0.11
    assert set(flash.kinks.tolist()) <= set(trace.time)
    lit = np.abs(trace.current[light == 1.0]).min()
    dark = np.abs(trace.current[trace.time < 1e-3]).max()
    assert lit > 1e3 * dark
    assert abs(trace.current[-1]) < 1e-3 * lit


def test_a_train_ends_when_its_cycles_repeat_themselves(device: Device) -> None:
    train = PulseTrain(0.4, 1e-4, interval=1e-4, rise=1e-6, count=60)
    trace = iv_sweep(device, contact="top", protocol=train, stop_when_periodic=1e-3)
    done = int(trace.cycles.max()) + 1
    assert 1 < done < 60
    assert trace.time[-1] == train.cycle_times[done]
    assert trace.provenance["periodic"] == "yes"
    assert f"cycle {done} of 60" in trace.provenance["stopped"]
    last, before = trace.cycle(-1), trace.cycle(-2)
    half = [np.interp(1.5e-4, t.time - t.time[0], t.current) for t in (before, last)]
    assert half[1] == pytest.approx(half[0], rel=0.05)
    few = iv_sweep(
        device,
        contact="top",
        protocol=PulseTrain(0.4, 1e-4, interval=1e-4, rise=1e-6, count=2),
        stop_when_periodic=1e-9,
    )
    assert few.provenance["periodic"].startswith("no")
    assert few.provenance.get("stopped") is None


def test_cycles_that_differ_cannot_be_periodic(device: Device) -> None:
    one = Sweep(0, 0.2, 0, rate=1.0)
    for protocol in (one, one * 3 + Rest(1.0, 0.0), PulseTrain([0.1, 0.2, 0.3], 1.0, interval=1.0, rise=0.1)):
        with pytest.raises(IncompatibleError, match="all alike"):
            iv_sweep(device, contact="top", protocol=protocol, stop_when_periodic=0.1)
    led_in = SweepDrive(protocol=Rest(1.0, 0.0) + one * 3, contact="top", others={}, tolerance=0.1)
    alike = SweepDrive(protocol=one * 3, contact="top", others={}, tolerance=0.1)
    assert list(led_in.until(0.0).cycle_ends) == []  # type: ignore[union-attr]
    assert list(alike.until(2.0).cycle_ends) == [2.0]  # type: ignore[union-attr]
    for wrong in ({"tolerance": 0.0}, {"tolerance": 0.1, "cycles": 0}):
        with pytest.raises(OutOfRangeError):
            UntilPeriodic(**wrong)  # type: ignore[arg-type]


def test_of_states_at_one_time_the_stop_is_kept(device: Device) -> None:
    rest = equilibrium(device)
    protocol = Rest(1.0, 0.0)
    drive = SweepDrive(protocol=protocol, contact="top", others={"bottom": 0.0})
    recorder = Recorder(device, drive, 0.0)

    def at(time: float, volts: float) -> State:
        parts = {"total": volts, "electron": 0.0, "cation": 0.0}
        return State(
            device=device, time=time, bias={"top": volts}, values=rest.values, currents={"top": parts}
        )

    recorder.add(at(0.0, 0.0), at_stop=True)
    recorder.add(at(0.5, 0.1))
    recorder.add(at(0.5, 0.2), at_stop=True)
    recorder.add(at(0.5, 0.3))
    assert recorder.columns["voltage"].tolist() == [0.0, 0.2]
    again = Recorder(device, drive, 0.0, recorder.columns)
    again.add(at(1.0, 0.4))
    assert np.isnan(again.columns["current_density_error"]).all()  # of states that do not say
    older = {name: column for name, column in recorder.columns.items() if not name.endswith("_error")}
    assert Recorder(device, drive, 0.0, older).columns.keys() == recorder.columns.keys()
    assert again.trace().voltage.tolist() == [0.0, 0.2, 0.4]
    assert again.trace().data["cation_current_density"].attrs["units"] == "A/m^2"
