"""Every figure of a trace is one of a measured trace too, in other units and with noise, or is refused in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import studies
from fem.errors import MemfemError, ModelWarning
from studies import Trace

SHAKEN = 2e-3  # of the current
RNG = np.random.default_rng(11)


def file_of(path: Path, time: np.ndarray, volts: np.ndarray, amps: np.ndarray, **more: np.ndarray) -> Trace:
    """Return the trace in a file of ms, mV and uA with seven digits and noise of the current, 0.2 % and 1 pA."""
    shaken = amps * (1 + SHAKEN * RNG.normal(size=amps.size)) + 1e-12 * RNG.normal(size=amps.size)
    rows = ["t (ms);U (mV);I (µA)" + "".join(f";{name}" for name in more)]
    columns = [1e3 * time, 1e3 * volts, 1e6 * shaken, *more.values()]
    rows += [";".join(f"{x:.7e}".replace(".", ",") for x in row) for row in zip(*columns, strict=True)]
    path.write_text("\n".join(rows), encoding="utf-8")
    units = {name: "V" for name in more}
    return Trace.read(path, units=units, columns={"voltage": "U (mV)", **{name: name for name in more}})


def loops(instruments: ModuleType, path: Path, cycles: int = 3) -> Trace:
    """Return measured loops."""
    one = instruments.loop(cycles=cycles)
    return file_of(path, one.time, one.voltage, one.current)


def test_endurance_and_forming_take_measured_cycles(instruments: ModuleType, tmp_path: Path) -> None:
    trace = loops(instruments, tmp_path / "l.txt", 4)
    many = studies.endurance(trace, read_voltage=0.2, tolerance=0.05)
    assert many.data.sizes["cycle"] == 4
    np.testing.assert_allclose(many.data["low_resistance"], instruments.LOW, rtol=0.02)
    first = studies.forming(trace, read_voltage=0.2)
    assert first.forming.voltage == pytest.approx(instruments.SET, abs=0.02)
    assert first.pristine_resistance == pytest.approx(instruments.HIGH, rel=0.02)


def test_a_read_within_compliance_is_said(instruments: ModuleType, tmp_path: Path) -> None:
    instruments.raw_2400(tmp_path / "b.txt")
    trace = Trace.read(tmp_path / "b.txt")
    for figures in (studies.switching, studies.filament_switching):
        assert "limited the current" in figures(trace, read_voltage=0.6).reason
        below = figures(trace, read_voltage=0.2)
        assert "limited the current" not in below.reason
        assert below.low_resistance == pytest.approx(instruments.LOW, rel=0.01)
    assert studies.filament_switching(trace, read_voltage=0.2).compliance_reached is True


def test_filament_figures_are_those_of_the_cell(instruments: ModuleType, tmp_path: Path) -> None:
    found = studies.filament_switching(loops(instruments, tmp_path / "l.txt"), read_voltage=0.2)
    assert found.set.voltage == pytest.approx(instruments.SET, abs=0.02)
    assert found.reset.voltage == pytest.approx(instruments.RESET, abs=0.02)
    assert found.volatility == "non-volatile" and found.compliance_reached is None


def test_a_decay_has_its_time_constant(tmp_path: Path) -> None:
    time = np.arange(300) * 0.05
    amps = np.where(time < 1, 0.0, 1e-7 + 9e-7 * np.exp(-(time - 1) / 2.0))
    fit = studies.decay(file_of(tmp_path / "d.txt", time, np.full(300, 0.1), amps))
    assert fit.time_constants[0] == pytest.approx(2.0, rel=0.03)


def test_retention_and_its_law_take_measured_readings(tmp_path: Path) -> None:
    time = np.linspace(0.0, 1000.0, 400)
    amps = 1e-6 * (0.2 + 0.8 * np.exp(-time / 200.0))
    trace = file_of(tmp_path / "r.txt", time, np.full(400, 0.1), amps)
    kept = studies.retention(trace, toward=2e-6, criterion=0.5)
    assert kept.retention_time == pytest.approx(200 * np.log(2), rel=0.05)
    assert "exponential" in studies.retention_law(kept, toward=2e-6).verdict


def test_a_pulse_has_its_switching_time(tmp_path: Path) -> None:
    time = np.arange(2000) * 1e-3
    volts = np.interp(time, [0, 0.5, 0.502, 1.5, 1.502, 2.0], [0.0, 0, 1, 1, 0, 0])
    grown = 1e-6 + 9e-6 / (1 + np.exp(-(time - 0.9) / 0.02))
    pulse = studies.pulse_switching(file_of(tmp_path / "p.txt", time, volts, grown * volts))
    assert pulse.switching_time + pulse.delay == pytest.approx(0.4, abs=0.05)
    assert pulse.conductance_after == pytest.approx(1e-5, rel=0.02)


def test_transfer_and_output_characteristics_take_measured_transistors(tmp_path: Path) -> None:
    gate = np.concatenate([np.linspace(-2, 5, 141), np.linspace(5, -2, 141)])
    time = np.arange(gate.size) * 0.05
    amps = 1e-6 * np.maximum(gate - 1.0, 0) * 0.1 + 1e-11 * np.exp(np.minimum(gate - 1, 0) / 0.1)
    trace = file_of(tmp_path / "t.txt", time, np.full(gate.size, 0.1), amps, voltage_gate=gate)
    found = studies.transfer(trace)
    assert found.channel == "n" and found.up.threshold_linear == pytest.approx(0.95, abs=0.1)
    drain = np.linspace(0, 6, 121)
    rows = [2e-6 * (np.minimum(drain, g) - np.minimum(drain, g) ** 2 / (2 * g)) * g for g in (2.0, 3.0)]
    both = file_of(
        tmp_path / "o.txt",
        np.arange(242) * 0.05,
        np.tile(drain, 2),
        np.concatenate(rows),
        voltage_gate=np.repeat([2.0, 3.0], 121),
    )
    curves = studies.output(both)
    np.testing.assert_allclose(curves.gate_voltage, [2.0, 3.0])
    np.testing.assert_allclose(curves.pinch_off_voltage, [2.0, 3.0], rtol=0.1)


def test_the_mechanism_of_conduction_is_found_under_noise(tmp_path: Path) -> None:
    volts = np.concatenate([np.linspace(0, 1, 101), np.linspace(1, 0, 101)])
    trace = file_of(tmp_path / "o.txt", np.arange(202) * 0.1, volts, volts / 1e4)
    assert studies.conduction_mechanism(trace).ranges[0].name == "ohmic"


def test_samples_in_compliance_have_no_law_and_a_fit_warns_of_them(
    instruments: ModuleType, tmp_path: Path
) -> None:
    volts = np.concatenate([np.linspace(0, 1, 101), np.linspace(1, 0, 101)])
    rows = [f"{k},{v!r},{min(v / 1e4, 5e-5)!r},{int(v > 0.5)}" for k, v in enumerate(volts.tolist())]
    (tmp_path / "c.csv").write_text("\n".join(["t (s),V (V),I (A),Compliance", *rows]))
    trace = Trace.read(tmp_path / "c.csv")
    assert trace.limited.sum() == 100
    found = studies.conduction_mechanism(trace).ranges
    assert [r.name for r in found] == ["ohmic"] and found[0].high <= 0.5
    with pytest.warns(ModelWarning, match=r"limited the current in 100 samples .*compliance=5e-05"):
        studies.fit(trace, family="selector", starts=1)


def test_events_of_a_measured_train_have_their_energies(tmp_path: Path) -> None:
    time = np.arange(3000) * 1e-3
    volts = np.where((time % 1.0 > 0.2) & (time % 1.0 < 0.7), 1.0, 0.0)
    trace = file_of(tmp_path / "e.txt", time, volts, volts / 1e4)
    assert np.unique(trace.cycles).size == 3
    energies = studies.event_energies(trace, area=1e-12)
    assert np.asarray(energies.energy) == pytest.approx(0.5e-4, rel=0.02)


def test_a_compact_model_is_fitted_to_a_measured_loop(tmp_path: Path) -> None:
    sweep = studies.Sweep(0, 0.5, -0.5, 0, rate=0.2)
    time = np.linspace(0.0, sweep.duration, 121)
    trace = file_of(tmp_path / "f.txt", time, sweep.voltage(time), 1e-5 * np.sinh(4 * sweep.voltage(time)))
    found = studies.fit(trace, family="selector", starts=1)
    assert found.current_unit == "A"
    with pytest.raises(MemfemError):
        studies.posterior(found, trace, steps=1, walkers=1)


def test_reads_of_a_measured_train_are_found(tmp_path: Path) -> None:
    time = np.arange(1000) * 1e-2
    volts = np.where(time % 1.0 > 0.8, 0.1, 0.0)
    trace = file_of(tmp_path / "c.txt", time, volts, volts / 1e5)
    _, found = studies.conductance_reads(trace, 0.1)
    assert found == pytest.approx(np.full(10, 1e-5), rel=0.01)


def test_a_measured_trace_has_no_device_to_be_sensitive(instruments: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(MemfemError):
        studies.sensitivity(loops(instruments, tmp_path / "l.txt"), names=["thickness"])


def test_a_measured_trace_is_drawn(instruments: ModuleType, tmp_path: Path) -> None:
    axes = loops(instruments, tmp_path / "l.txt").plot()
    assert "[A]" in axes.get_ylabel() and len(axes.lines) >= 12


TRIED = {
    "switching", "filament_switching", "forming", "endurance", "decay", "retention", "pulse_switching", "transfer",
    "output", "conduction_mechanism", "conductance_reads", "event_energies", "fit", "posterior",
}  # fmt: skip


def of_traces() -> dict[str, Callable[..., Any]]:
    """Return all public functions whose first argument is a trace, or a model and traces."""
    found = {}
    for name in studies.__all__:
        function = getattr(studies, name)
        if inspect.isfunction(function):
            first = list(inspect.signature(function).parameters.values())[:2]
            if any(
                "Trace" in str(p.annotation) or (p.name == "subject" and name == "event_energies")
                for p in first
            ):
                found[name] = function
    return found


def test_every_figure_of_a_trace_is_tried_on_measured_ones() -> None:
    of_states = {"film", "sensitivity"}
    assert set(of_traces()) == TRIED | of_states


@pytest.mark.parametrize("name", sorted(TRIED - {"fit", "posterior"}))
@pytest.mark.parametrize("case", ["b1500", "kickstart", "three rows", "plateau", "b1500, stepped gate"])
def test_a_figure_of_any_measured_file_is_finite_words_or_a_refusal(
    instruments: ModuleType, name: str, case: str, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    file = instruments.FILES[case]
    file.write(tmp_path / file.name)
    trace = Trace.read(tmp_path / file.name, **file.options)
    needed: dict[str, Any] = {"read_voltage": 0.2} if name in ("filament_switching", "forming") else {}
    needed |= {"voltage": 0.2} if name == "conductance_reads" else {}
    try:
        said = repr(of_traces()[name](trace, **needed))
    except MemfemError as error:
        assert len(str(error)) > 20
    else:
        assert len(said) > 20
