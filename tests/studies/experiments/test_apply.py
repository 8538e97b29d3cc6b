"""Runs: protocols on all contacts and the light, what ends them, and what can be done with their last states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from fem import Circuit, Device, State, StepControl, equilibrium
from fem.errors import ConvergenceError, IncompatibleError, MemfemError, OutOfRangeError, UnknownNameError
from fem.physics import Carriers, MobileIons, OpticalGeneration, Poisson
from fem.units import nm
from geometries import Layer, VerticalStack
from studies import AfterMaximum, CurrentAbove, CurrentBelow, Pulse, Rest, Sweep, When, apply, iv_sweep

UP = Sweep(0, 0.4, rate=10.0)
QUICK: dict[str, Any] = {"control": StepControl(tolerance=2e-2, max_bias_step=0.05)}


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


@pytest.fixture(scope="module")
def transistor(devices: ModuleType, transistors: ModuleType) -> Device:
    film = devices.film(ions={"cation": devices.ion(1e23, diffusivity=1e-13)})
    return transistors.transistor(film, OpticalGeneration(1e27), MobileIons("cation"))  # type: ignore[no-any-return]


def test_the_trace_of_a_run_is_that_of_a_sweep(device: Device) -> None:
    seen: list[State] = []
    run = apply(device, {"top": UP}, sample_times=[0.01], observe=seen.append)
    trace = iv_sweep(device, contact="top", protocol=UP, sample_times=[0.01])
    assert run.trace.data.equals(trace.data)
    assert (run.stopped, run.state) == ("", seen[-1])
    assert np.isnan(run.crossing_time) and np.isnan(run.crossing_voltage)


def test_the_last_state_of_a_run_begins_the_next_one(device: Device) -> None:
    whole = apply(device, {"top": UP + Rest(0.1, 0.4)}, **QUICK)
    first = apply(device, {"top": UP}, **QUICK)
    second = apply(first.state, {"top": Rest(0.1, 0.4)}, **QUICK)
    assert first.state.time == UP.duration
    assert (second.trace.time[0], second.state.time) == (0.0, 0.1)
    assert second.trace.current[0] == first.trace.current[-1]
    assert second.trace.current[-1] == pytest.approx(whole.trace.current[-1], rel=1e-3)


def test_what_is_not_given_stays_as_it_is_in_the_start(transistor: Device) -> None:
    lit = apply(transistor, {"drain": Sweep(0, 0.1, rate=10.0)}, light=Sweep(0, 1, rate=100.0), **QUICK).state
    kept = apply(lit, {"gate": Sweep(0, 0.1, rate=10.0)}, **QUICK)
    assert kept.state.light == 1.0
    assert kept.state.bias == pytest.approx({"source": 0.0, "drain": 0.1, "gate": 0.1})
    assert np.ptp(kept.trace.data["voltage_drain"].values) == 0.0


def test_a_third_contact_and_the_light_follow_their_protocols(transistor: Device) -> None:
    gate, flash = Pulse(0.3, 1e-3, rise=1e-4), Pulse(1.0, 8e-4, rise=2e-4)
    drain = Rest(gate.duration, 0.0)
    run = apply(transistor, {"drain": 0.0, "gate": gate}, light=flash, **QUICK)
    assert run.trace.provenance["contact"] == "drain"
    assert np.allclose(run.trace.data["voltage_gate"], gate.voltage(run.trace.time), atol=1e-9)
    assert np.allclose(run.trace.data["light"], flash.voltage(run.trace.time), atol=1e-9)
    sweep = iv_sweep(transistor, contact="drain", protocol=drain, bias={"gate": gate}, light=flash, **QUICK)
    assert np.array_equal(run.trace.current, sweep.current)


def test_a_run_ends_with_the_first_state_that_carries_the_current(device: Device) -> None:
    whole = apply(device, {"top": UP}, **QUICK).trace
    enough = 0.3 * float(whole.current.max())
    run = apply(device, {"top": UP}, stop=CurrentAbove("top", enough), **QUICK)
    first = int(np.argmax(whole.current > enough))
    assert np.array_equal(run.trace.current, whole.current[: first + 1])
    assert run.state.current("top") == run.trace.current[-1]
    assert run.stopped == f"the current at 'top' is above {enough:g} A/m^2"
    assert run.crossing_time == pytest.approx(np.interp(enough, *current_and_time(run.trace)))
    assert run.crossing_voltage == pytest.approx(UP.voltage(run.crossing_time))
    below = apply(device, {"top": UP}, stop=CurrentBelow("bottom", -enough), **QUICK)
    assert below.state.time == run.state.time


def current_and_time(trace: Any) -> tuple[Any, Any]:
    return trace.current[-2:], trace.time[-2:]


def test_a_run_ends_behind_the_maximum_of_its_current(device: Device) -> None:
    triangle = Sweep(0, 0.4, 0, rate=10.0)
    for contact in ("top", "bottom"):
        run = apply(device, {"top": triangle}, stop=AfterMaximum(contact, 0.2), **QUICK)
        size = np.abs(run.trace.current)
        assert size[-1] < 0.8 * size.max() <= size[-2]
        assert UP.duration < run.crossing_time <= run.state.time < triangle.duration
        assert run.stopped == f"the current at {contact!r} is 20 % below its maximum"


def test_a_function_of_the_state_ends_a_run(device: Device) -> None:
    late = When(lambda state: state.bias["top"] > 0.199, "late")
    number = When(lambda state: state.bias["top"] - 0.199, "a number")
    run = apply(device, {"top": UP}, stop=late, **QUICK)
    assert run.crossing_time == run.state.time == run.trace.time[-1]
    same = apply(device, {"top": UP}, stop=number, **QUICK)
    assert same.state.time == run.state.time
    assert same.crossing_voltage == pytest.approx(0.199, rel=1e-12)


def test_of_several_stops_a_run_says_which_came_first(device: Device) -> None:
    stops = (
        CurrentAbove("top", 1e9),
        When(lambda s: s.bias["top"] - 0.15, "b"),
        When(lambda s: s.bias["top"] - 0.1, "a"),
    )
    run = apply(device, {"top": UP}, stop=stops, **QUICK)
    assert run.stopped == "a"
    coarse = StepControl(tolerance=1.0, max_bias_step=0.4, start_fraction=0.45)
    both = apply(device, {"top": UP}, stop=stops, control=coarse)
    assert both.state.bias["top"] > 0.15 and both.stopped == "a"
    assert both.crossing_voltage == pytest.approx(0.1, rel=1e-12)


def test_a_start_that_fulfils_a_stop_ends_the_run_after_one_step(device: Device) -> None:
    run = apply(device, {"top": UP}, stop=When(lambda state: True, "at once"), **QUICK)
    assert run.trace.time.size == 2 and run.crossing_time == 0.0


def test_a_sweep_that_came_to_its_stop_is_not_gone_on_with(device: Device, tmp_path: Path) -> None:
    path, seen = tmp_path / "sweep.h5", list[State]()
    sweep: dict[str, Any] = {
        "contact": "top",
        "protocol": Sweep(0, 0.4, 0, rate=10.0),
        "checkpoint": path,
        **QUICK,
    }
    trace = iv_sweep(device, stop=AfterMaximum("top", 0.2), **sweep)
    assert trace.provenance["stopped"].endswith("below its maximum")
    again = iv_sweep(device, stop=AfterMaximum("top", 0.2), observe=seen.append, **sweep)
    assert np.array_equal(again.current, trace.current) and not seen
    assert again.provenance["stopped"] == trace.provenance["stopped"]
    crossing = trace.data.attrs["crossing_time"]
    assert (
        again.data.attrs["crossing_time"] == pytest.approx(crossing, rel=1e-12) and crossing < trace.time[-1]
    )
    with pytest.raises(IncompatibleError, match=r"stop\.AfterMaximum\.fall: 0\.3 here, 0\.2 there"):
        iv_sweep(device, stop=AfterMaximum("top", 0.3), **sweep)


def test_circuits_belong_to_the_run_they_are_given_to(device: Device) -> None:
    ohms = Circuit(series_resistance=0.5)
    first = apply(device, {"top": UP}, circuits={"top": ohms}, **QUICK)
    own = float(first.trace.data["device_voltage"].values[-1])
    assert first.state.source == {"top": pytest.approx(0.4)} and own < 0.399
    alone = apply(first.state, {"top": Rest(1e-3, own)}, **QUICK)
    assert alone.state.source == {} and "device_voltage" not in alone.trace.data
    again = apply(first.state, {"top": Rest(1e-3, 0.4)}, circuits={"top": ohms}, **QUICK)
    assert again.trace.data["device_voltage"].values[0] == own
    other = apply(device, {"top": UP}, circuits={"bottom": ohms}, **QUICK).trace
    assert other.data["device_voltage_bottom"].values[-1] == pytest.approx(0.4 - own, rel=1e-3)
    assert other.data["device_voltage_bottom"].attrs["units"] == "V"


def test_a_contact_that_is_not_named_stays_at_its_own_voltage_without_the_circuit_of_the_start(
    device: Device,
) -> None:
    first = apply(device, {"top": UP}, circuits={"top": Circuit(series_resistance=0.5)}, **QUICK)
    run = apply(first.state, {"bottom": Rest(1e-3, 0.0)}, **QUICK)
    assert run.state.bias["top"] == first.state.bias["top"] < 0.399


def test_a_run_goes_on_from_what_is_made_of_the_last_good_state(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fem.transient.timestepping import Transient

    advance, failures = Transient._advance, [0.02, 0.03]

    def fails(self: Transient, now: Any) -> Any:
        if failures and now.state.time > failures[0]:
            del failures[0]
            raise ConvergenceError("made to fail", last_good=now.state)
        return advance(self, now)

    monkeypatch.setattr(Transient, "_advance", fails)
    mended: list[State] = []

    def mend(state: State) -> State:
        mended.append(replace(state, values=state.values.copy()))
        return mended[-1]

    run = apply(device, {"top": UP}, restart=mend, **QUICK)
    assert [state.time > t for state, t in zip(mended, (0.02, 0.03), strict=True)] == [True, True]
    assert run.state.time == UP.duration and run.state.bias["top"] == pytest.approx(0.4)
    failures[:] = [0.0, 0.0]
    with pytest.raises(ConvergenceError, match="made to fail"):
        apply(run.state, {"top": Rest(1.0, 0.4)}, restart=mend, **QUICK)


WRONG: list[tuple[type[MemfemError], str, Callable[[Device], Any]]] = [
    (OutOfRangeError, "start of apply is 'cell'", lambda d: apply("cell", {"top": UP})),  # type: ignore[arg-type]
    (IncompatibleError, "no contact is given", lambda d: apply(d, {})),
    (IncompatibleError, "nothing says how long", lambda d: apply(d, {"top": 0.4})),
    (OutOfRangeError, "'top' in contacts of apply is '1 V'", lambda d: apply(d, {"top": "1 V"})),  # type: ignore[dict-item]
    (IncompatibleError, "equally long", lambda d: apply(d, {"top": UP, "bottom": Rest(1.0, 0.0)})),
    (IncompatibleError, "the light lasts", lambda d: apply(d, {"top": UP}, light=Rest(1.0, 0.0))),
    (UnknownNameError, "'topp'", lambda d: apply(d, {"topp": UP})),
    (UnknownNameError, "'bottomm'", lambda d: apply(d, {"top": UP, "bottomm": 0.0})),
    (UnknownNameError, "contact of a stop", lambda d: apply(d, {"top": UP}, stop=CurrentAbove("gate", 1.0))),
    (OutOfRangeError, "stop of apply is", lambda d: apply(d, {"top": UP}, stop=[1e-6])),  # type: ignore[list-item]
    (OutOfRangeError, "current of a stop", lambda d: CurrentBelow("top", float("nan"))),
    (OutOfRangeError, "fall of AfterMaximum", lambda d: AfterMaximum("top", 1.0)),
    (IncompatibleError, "a function of a State", lambda d: When(0.5, "half")),  # type: ignore[arg-type]
    (
        OutOfRangeError,
        "'bottom' in contacts of apply",
        lambda d: apply(d, {"top": UP, "bottom": float("inf")}),
    ),
    (OutOfRangeError, "light is -1", lambda d: apply(d, {"top": UP}, light=-1.0)),
    (OutOfRangeError, "a sample time", lambda d: apply(d, {"top": UP}, sample_times=[1.0])),
    (UnknownNameError, "'gate'", lambda d: apply(d, {"top": UP}, circuits={"gate": Circuit()})),
    (OutOfRangeError, "that of the start", lambda d: apply(equilibrium(d), {"top": Sweep(1, 0, rate=1.0)})),
]


@pytest.mark.parametrize(("kind", "text", "call"), WRONG, ids=[text for _, text, _ in WRONG])
def test_wrong_input_is_one_error_before_any_solve(
    device: Device,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[MemfemError],
    text: str,
    call: Callable[[Device], Any],
) -> None:
    equilibrium(device)
    monkeypatch.setattr("studies.experiments.run.Transient", None)
    monkeypatch.setattr("studies.experiments.run.steady", None)
    with pytest.raises(kind, match=text) as raised:
        call(device)
    assert "\n" not in str(raised.value)


def test_frozen_ions_stay_in_a_run_and_in_a_sweep(device: Device) -> None:
    run = apply(device, {"top": UP}, frozen_ions=True, **QUICK)
    start = equilibrium(device)
    np.testing.assert_allclose(
        run.state.density("cation"), start.density("cation"), atol=1e-9 * start.density("cation").max()
    )
    trace = iv_sweep(device, contact="top", protocol=UP, frozen_ions=True, control=QUICK["control"])
    assert run.trace.data.equals(trace.data)
