"""The exported subcircuit behaves in ngspice as the compact model does in Python."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from fem.errors import ConvergenceError, IncompatibleError, MissingSoftwareError, OutOfRangeError
from studies import CompactModel, Pulse, PulseTrain, Rest, Sweep
from studies.compact.export.agreement import distance
from studies.compact.export.spice import SpiceRun, check_corners, run_ngspice, to_subcircuit, write
from studies.compact.export.verilog_a import to_module
from studies.compact.family import Declared, Family, StateVariable
from tests.compact_values import VALUES
from tests.family_values import loop
from tests.family_values import model as of_family

needs_ngspice = pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")

MODEL = CompactModel.from_values(VALUES, "A")
FAST = VALUES | {"time_constant": 3.2e-6}


@needs_ngspice
@pytest.mark.parametrize(
    ("values", "protocol"),
    [
        (VALUES, Sweep(0, 1, -2, 0, rate=0.1) * 3),
        (VALUES | {"initial_state": 5.0}, Rest(5.0, 0.0) + Sweep(0, -2, 1, 0, rate=1.0) * 3),
        (VALUES | {"charge_sign": -1.0}, Sweep(0, 1, -2, 0, rate=0.1) * 3),
        (FAST, Sweep(0, 1, -2, 0, rate=1e6) * 3),
        (FAST, PulseTrain(0.9, 1e-6, interval=1e-6, rise=1e-8, count=5)),
    ],
    ids=["slow", "negative first", "opposite charges", "microseconds", "pulses"],
)
def test_ngspice_gives_the_current_of_the_model(values: dict[str, float], protocol) -> None:
    model = CompactModel.from_values(values, "A")
    run = run_ngspice(model, protocol)
    kinks = protocol.kinks
    near = np.abs(run.time[:, None] - kinks[None, :]).min(axis=1) < 1e-9 * protocol.duration
    ours = model.simulate(protocol, times=np.minimum(run.time, protocol.duration))
    difference = np.abs(ours.current - run.current)[~near]
    assert difference.max() < 1e-3 * np.abs(ours.current).max()
    assert np.abs(ours.data["memory_state"].values - run.states["memory_state"]).max() < 1e-3


@needs_ngspice
def test_overflow_is_limited_in_ngspice_too() -> None:
    model = CompactModel.from_values(VALUES | {"thermal_voltage": 0.006, "image_force": 0.5}, "A")
    run = run_ngspice(model, Sweep(0, 1, 0, rate=1.0))
    ours = model.simulate((run.time, run.voltage)).current
    assert np.isfinite(ours).all()
    assert np.abs(ours - run.current).max() < 1e-2 * np.abs(ours).max()


@needs_ngspice
def test_subcircuit_starts_from_its_own_initial_state_and_can_be_used_twice(tmp_path: Path) -> None:
    import subprocess

    write(MODEL, "cell", tmp_path / "cell.sub")
    deck = "two cells\n.include cell.sub\nV1 a 0 PWL(0 0 1 0.1)\nX1 a b xa cell\nX2 b 0 xb cell\n" + (
        ".control\ntran 0.01 1 0 0.01\nset wr_singlescale\nwrdata out v(xa) v(xb)\nquit\n.endc\n.end\n"
    )
    (tmp_path / "deck.cir").write_text(deck)
    subprocess.run(["ngspice", "-b", "deck.cir"], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    table = np.loadtxt(tmp_path / "out.data" if (tmp_path / "out.data").exists() else tmp_path / "out")
    np.testing.assert_allclose(table[0, 1:], -4.5, atol=1e-6)


LOOP = Pulse(1.0, 20e-9, rise=5e-9) + Rest(1e-3, 0.0) + Sweep(0, 0.05, -0.05, 0, rate=0.1)


@needs_ngspice
def test_ngspice_sees_a_slow_loop_after_a_fast_pulse() -> None:
    run = run_ngspice(MODEL, LOOP)
    later = run.voltage[run.time > 1e-4]
    assert (later.min(), later.max()) == pytest.approx((-0.05, 0.05), abs=1e-6)
    assert run.voltage.max() == pytest.approx(1.0, abs=1e-6)


def test_a_pulse_too_short_for_ngspice_is_refused_and_not_passed_over() -> None:
    late = Rest(1e4, 0.0) + Pulse(0.5, 100e-9, rise=10e-9)
    with pytest.raises(OutOfRangeError, match=r"shortest piece .* as initial_state"):
        run_ngspice(MODEL, late)
    flat = SpiceRun(np.array([0.0, 2.001]), np.zeros(2), np.zeros(2), {}, "")
    with pytest.raises(ConvergenceError, match=r"passed over the corner at 5e-09 s: .* V for 1 V"):
        check_corners(flat, LOOP)


@needs_ngspice
@pytest.mark.parametrize("mode", ["", "lt", "ltpsa", "psa", "hsa", "all"])
def test_every_instance_may_begin_at_a_state_of_its_own(tmp_path: Path, mode: str) -> None:
    import os
    import subprocess

    write(MODEL, "cell", tmp_path / "cell.sub")
    deck = (
        "two cells\n.include cell.sub\nV1 a 0 PWL(0 0 1 0.1)\nX1 a 0 xa cell\nX2 a 0 xb cell initial_state=2.5\n"
        + (".control\nset wr_singlescale\ntran 0.01 1 0 0.01\nwrdata out v(xa) v(xb)\nquit\n.endc\n.end\n")
    )
    (tmp_path / "deck.cir").write_text(deck)
    (tmp_path / ".spiceinit").write_text(f"set ngbehavior={mode}\n" if mode else "\n")
    home = os.environ | {"HOME": str(tmp_path)}
    subprocess.run(
        ["ngspice", "-b", "deck.cir"], cwd=tmp_path, env=home, capture_output=True, check=False, timeout=60
    )
    table = np.loadtxt(next(tmp_path.glob("out*")))
    np.testing.assert_allclose(table[0, 1:], [-4.5, 2.5], atol=1e-6)


@needs_ngspice
def test_every_instance_may_have_parameters_of_its_own(tmp_path: Path) -> None:
    """Two cells of one subcircuit, which differ in a resistance, a rate, a threshold and the state at time 0."""
    import subprocess

    first, protocol = of_family("threshold (VTEAM)"), Sweep(0, 1, -1, 0, rate=0.5)
    other = {"R_off": 3e5, "k_on": 9.0, "V_off": 0.3, "s_start": 0.6}
    second = CompactModel.from_values(first.values() | other, "A", first.family)
    write(first, "cell", tmp_path / "cell.sub")
    points = " ".join(
        f"{t:.9g} {v:.9g}" for t, v in zip(protocol.kinks, protocol.levels[protocol.bends], strict=True)
    )
    given = " ".join(f"{n}={v:g}" for n, v in other.items())
    deck = (
        f"two cells\n.include cell.sub\nVa a 0 PWL({points})\nVb b 0 PWL({points})\nX1 a 0 xa cell\n"
        f"X2 b 0 xb cell {given}\n.options method=gear reltol=1e-6 abstol=1e-20 vntol=1e-10 trtol=1 gmin=1e-25\n"
        ".control\nset wr_singlescale\nset numdgt=15\ntran 1e-3 8 0 1e-3\n"
        "wrdata out i(Va) i(Vb)\nquit\n.endc\n.end\n"
    )
    (tmp_path / "deck.cir").write_text(deck)
    subprocess.run(["ngspice", "-b", "deck.cir"], cwd=tmp_path, capture_output=True, check=False, timeout=60)
    time, *currents = np.loadtxt(next(tmp_path.glob("out*"))).T
    for made, current in zip((first, second), currents, strict=True):
        run = SpiceRun(time, protocol.voltage(np.minimum(time, 8.0)), -current, {}, "")
        assert distance(made, run, protocol) < 1e-3
        assert distance(first if made is second else second, run, protocol) > 0.1


def test_the_header_says_how_a_cell_gets_its_first_state() -> None:
    text = to_subcircuit(MODEL, "cell")
    assert ".subckt cell p n memory_state params:" in text and "\n+ initial_state=-4.5\n" in text
    assert "initial_state=-4.5 (PSpice" in text and ".ic" in text.split(".subckt")[0]
    assert max(map(len, text.splitlines())) < 200


def test_subcircuit_states_units_and_equations() -> None:
    text = to_subcircuit(MODEL, "cell")
    assert text.startswith("* Memristor compact model cell")
    assert "\n.subckt cell p n memory_state " in text
    assert "[C]" in text
    assert "d(memory_state)/dt [1/s]: drop/time_constant" in text
    assert MODEL.to_spice("cell") == text


def test_bad_exports_are_named() -> None:
    with pytest.raises(OutOfRangeError, match="subcircuit name"):
        to_subcircuit(MODEL, "1 cell")
    with pytest.raises(IncompatibleError, match="with_area"):
        to_subcircuit(CompactModel.from_values(VALUES, "A/m^2"), "cell")


def test_missing_ngspice_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingSoftwareError, match="apt-get install ngspice"):
        run_ngspice(MODEL, Sweep(0, 1, 0, rate=1.0))


def test_no_text_of_a_family_becomes_a_line_of_a_netlist() -> None:
    evil = Family(
        name="a\n.control", source="b\n.control", current="v/R*x",
        parameters={"R": Declared(unit="Ohm\n.control", meaning="c\n.control", lower=1.0, upper=2.0)},
        states={"x": StateVariable(rate="-x", initial="1", unit="1\n.control", meaning="d\n.control")},
    )  # fmt: skip
    made = CompactModel.from_values({"R": 1.0}, "A", evil)
    for text in (made.to_spice("cell"), to_module(made, "cell")):
        assert not [line for line in text.splitlines() if line.startswith(".control")]


def _own(state: str, current: str, parameter: str = "R") -> CompactModel:
    family = Family(
        name="own", source="a test", current=current, charge=f"{parameter}*1e-3*v",
        parameters={parameter: Declared(unit="1", meaning="a number", lower=1e-3, upper=1e3)},
        states={state: StateVariable(rate=f"v - {state}", initial="-0.5", unit="1", meaning="a state")},
    )  # fmt: skip
    return CompactModel.from_values({parameter: 2.0}, "A", family)


@needs_ngspice
@pytest.mark.parametrize(
    ("state", "current", "parameter"),
    [
        ("moved", "v/R*(2 + moved)", "R"),
        ("charge", "v/R*(2 + charge)", "R"),
        ("x", "v*x**11 + v*(x - 1)**(-9)", "R"),
        ("x", "v/ln*(2 + x)", "ln"),
        ("x", "v/gnd*(2 + x)", "gnd"),
    ],
)
def test_ngspice_runs_names_of_its_own_and_high_powers(state: str, current: str, parameter: str) -> None:
    made, protocol = _own(state, current, parameter), Sweep(0, 1, -1, 0, rate=4.0)
    assert distance(made, run_ngspice(made, protocol), protocol) < 1e-4


@needs_ngspice
def test_ngspice_runs_at_the_ambient_temperature() -> None:
    made, protocol = of_family("diffusive"), loop("diffusive")
    run = run_ngspice(made, protocol, ambient=350.0)
    ours = made.simulate(protocol, times=np.minimum(run.time, protocol.duration), ambient=350.0)
    assert np.abs(run.current - ours.current).max() < 1e-3 * np.abs(ours.current).max()


def test_names_that_would_be_one_in_a_circuit_are_refused() -> None:
    family = Family(name="two", source="a test", current="v/p*p_", states={}, parameters={
        n: Declared(unit="1", meaning="a number", lower=1e-3, upper=1e3) for n in ("p", "p_")})  # fmt: skip
    with pytest.raises(IncompatibleError, match="would be p_ in a circuit"):
        CompactModel.from_values({"p": 1.0, "p_": 2.0}, "A", family).to_spice("cell")


@needs_ngspice
def test_a_leak_that_is_nothing_is_as_exact_with_the_options_of_ngspice_itself() -> None:
    """ngspice adds gmin * 1e-20 to what it divides by: with 1e-12 S it is a hundredth of 1e-30 A."""
    like = of_family("rectifying")
    made = CompactModel.from_values(like.values() | {"I_off": 1e-30, "w_start": 0.99}, "A", "rectifying")
    protocol = Sweep(0, 0.3, 0, rate=1.0)
    assert distance(made, run_ngspice(made, protocol, options={"gmin": 1e-12}), protocol) < 1e-3
