"""Figures of transfer and output characteristics against closed forms: square-law transistors, exponentials."""

from __future__ import annotations

import numpy as np
import pytest

from fem.errors import IncompatibleError, OutOfRangeError, UnknownNameError
from studies import Trace, output, transfer

MOBILITY, CAPACITANCE, WIDTH, LENGTH = 3e-4, 1.2e-4, 1e-3, 5e-5
STRENGTH = MOBILITY * CAPACITANCE * WIDTH / LENGTH
SIZES = {"capacitance": CAPACITANCE, "width": WIDTH, "length": LENGTH}


def square_law(gate: np.ndarray, drain: np.ndarray | float, threshold: float) -> np.ndarray:
    """Return the current [A] of an n-channel transistor without subthreshold current."""
    over = np.maximum(gate - threshold, 0.0)
    below = np.minimum(drain, over)
    return STRENGTH * (over * below - below**2 / 2)


def traced(gate: np.ndarray, current: np.ndarray, drain: np.ndarray | float, unit: str = "current") -> Trace:
    """Return a trace with the gate voltage in a column of its own."""
    drain = np.broadcast_to(drain, gate.shape)
    columns = {"time": np.arange(gate.size) * 1.0, "voltage": drain, unit: current, "voltage_gate": gate}
    return Trace.from_columns(columns, {}, units={"voltage_gate": "V"})


def test_the_linear_regime_gives_mobility_and_threshold() -> None:
    gate = np.linspace(-1, 5, 121)
    m = transfer(traced(gate, square_law(gate, 0.05, 0.7), 0.05), **SIZES)
    assert m.channel == "n" and m.regime == "linear" and m.drain_voltage == 0.05
    assert m.first.linear_mobility == pytest.approx(MOBILITY, rel=1e-9)
    assert m.first.threshold_linear == pytest.approx(0.7, abs=1e-9)
    assert m.first.transconductance == pytest.approx(STRENGTH * 0.05, rel=1e-9)


def test_saturation_gives_mobility_and_threshold() -> None:
    gate = np.linspace(-1, 5, 121)
    m = transfer(traced(gate, square_law(gate, 10.0, 0.7), 10.0), **SIZES)
    assert m.regime == "saturation"
    assert m.first.saturation_mobility == pytest.approx(MOBILITY, rel=1e-9)
    assert m.first.threshold_saturation == pytest.approx(0.7, abs=1e-9)


@pytest.mark.parametrize("drain", [-0.05, -10.0])
def test_a_p_channel_has_the_mirrored_figures(drain: float) -> None:
    gate = np.linspace(1, -5, 121)
    m = transfer(traced(gate, -square_law(-gate, -drain, 0.7), drain), **SIZES)
    assert m.channel == "p"
    if m.regime == "linear":
        assert m.first.linear_mobility == pytest.approx(MOBILITY, rel=1e-9)
        assert m.first.threshold_linear == pytest.approx(-0.7, abs=1e-9)
    else:
        assert m.first.saturation_mobility == pytest.approx(MOBILITY, rel=1e-9)
        assert m.first.threshold_saturation == pytest.approx(-0.7, abs=1e-9)
    assert m.first.gate_voltage[0] == -5 and m.first.direction == "down"


def test_an_exponential_has_its_subthreshold_swing() -> None:
    """Beside a slower part, a floor with noise, and on uneven samples."""
    swing, rng = 0.083, np.random.default_rng(1)
    gate = np.sort(np.concatenate((np.linspace(-1, 1, 41), rng.uniform(-1, 1, 30))))
    fast = 1e-9 * 10 ** (np.minimum(gate, 0.4) / swing + np.maximum(gate - 0.4, 0.0) / 0.5)
    floor = 1e-14 * (1 + 0.5 * rng.uniform(-1, 1, gate.size))
    m = transfer(traced(gate, np.maximum(fast, floor), 0.1), constant_current=1e-9)
    assert m.first.subthreshold_swing == pytest.approx(swing, rel=1e-9)
    assert m.first.threshold_at_current == pytest.approx(0.0, abs=1e-9)
    assert m.first.on_off_ratio == pytest.approx(fast.max() / np.maximum(fast, floor).min())
    assert "no mobility" in m.reason
    charged = transfer(traced(gate, fast - 1e-13, 0.1))
    assert charged.first.subthreshold_swing == pytest.approx(swing, rel=0.05)
    flat = transfer(traced(gate, 1e-9 * (2 + gate), 0.1))
    assert np.isnan(flat.first.subthreshold_swing) and "by a decade" in flat.reason


@pytest.mark.parametrize("carrier", ["n", "p"])
@pytest.mark.parametrize("shift", [0.6, -0.4])
def test_a_shifted_way_back_is_a_memory_window(carrier: str, shift: float) -> None:
    """``shift``: threshold on the way up less that on the way down."""
    sign = 1 if carrier == "n" else -1
    up = np.linspace(-3, 3, 121)
    one, other = (1e-9 * 10 ** (sign * (up - v) / 0.1) for v in (shift, 0.0))
    gate, current = np.concatenate((up, up[-2::-1])), np.concatenate((one, other[-2::-1]))
    m = transfer(traced(gate, current, 0.1 * sign), constant_current=1e-9)
    assert m.channel == carrier
    assert m.memory_window == pytest.approx(shift, abs=1e-9)
    larger_back = (shift > 0) == (carrier == "n")
    assert m.sense == ("counter-clockwise" if larger_back else "clockwise")
    assert m.first is m.up
    begun_high = transfer(
        traced(np.concatenate((up[::-1], up[1:])), np.concatenate((other[::-1], one[1:])), 0.1),
        constant_current=1e-9,
    )
    assert begun_high.memory_window == pytest.approx(shift, abs=1e-9) and begun_high.first is begun_high.down


def test_a_current_per_width_needs_no_width() -> None:
    gate = np.linspace(-1, 5, 121)
    current = square_law(gate, 0.05, 0.7) / WIDTH
    m = transfer(traced(gate, current, 0.05, "current_per_width"), capacitance=CAPACITANCE, length=LENGTH)
    assert m.first.linear_mobility == pytest.approx(MOBILITY, rel=1e-9)
    assert m.constant_current == pytest.approx(1e-7 / LENGTH)
    assert ("transconductance (up)", m.first.transconductance, "S/m") in m.rows()
    assert "no memory window" in repr(m)
    assert m.plot().get_ylabel() == "|Drain current| [A/m]"


def test_a_measured_trace_has_its_gate_in_voltage() -> None:
    gate = np.linspace(-1, 5, 61)
    columns = {"time": np.arange(61.0), "voltage": gate, "current": square_law(gate, 0.05, 0.7)}
    m = transfer(Trace.from_columns(columns, {}), drain_voltage=0.05, **SIZES)
    assert m.first.linear_mobility == pytest.approx(MOBILITY, rel=1e-9)
    with pytest.raises(UnknownNameError, match="give drain_voltage"):
        transfer(Trace.from_columns(columns, {}), **SIZES)


def test_bad_transfer_data_are_refused() -> None:
    gate = np.linspace(-1, 5, 61)
    good = square_law(gate, 0.05, 0.7)
    for read in (transfer, output):
        with pytest.raises(OutOfRangeError, match="must be finite"):
            read(traced(gate, np.where(gate > 4, np.nan, good), 0.1))
    with pytest.raises(OutOfRangeError, match="drain voltage"):
        transfer(traced(gate, good, 0.0))
    with pytest.raises(IncompatibleError, match="goes from 0 to 1 V"):
        transfer(traced(gate, good, np.linspace(0, 1, 61)))
    with pytest.raises(IncompatibleError, match="per area"):
        transfer(traced(gate, good, 0.1, "current_density"))
    with pytest.raises(OutOfRangeError, match="channel width"):
        transfer(traced(gate, good, 0.1), width=-1.0)
    with pytest.raises(OutOfRangeError, match="span of the gate voltage"):
        transfer(traced(np.full(61, 1.0), good, 0.1))
    with pytest.raises(OutOfRangeError, match="change of the drain current"):
        transfer(traced(gate, np.full(61, 1e-9), 0.1))
    with pytest.raises(OutOfRangeError, match="samples of a transfer branch"):
        transfer(traced(gate[:3], good[:3] + gate[:3], 0.1))


@pytest.mark.parametrize("sign", [1, -1])
def test_output_characteristics_give_pinch_off_and_saturation(sign: int) -> None:
    drain, gates = np.linspace(0, 10, 201), np.array([2.0, 3.5])
    leak = 2e-8  # [S], beside the channel
    parts = [square_law(np.full(201, gate), drain, 0.7) + leak * drain for gate in gates]
    trace = traced(sign * np.repeat(gates, 201), sign * np.concatenate(parts), sign * np.tile(drain, 2))
    trace.data["cycle"] = ("time", np.repeat([0, 1], 201))
    m = output(trace)
    over = gates - 0.7
    top = STRENGTH * over**2 / 2
    assert m.gate_voltage.tolist() == (sign * gates).tolist()
    assert m.on_conductance == pytest.approx(STRENGTH * over + leak, rel=1e-9)
    assert m.output_resistance == pytest.approx(1 / leak, rel=1e-3)
    assert m.pinch_off_voltage == pytest.approx(sign * over, rel=1e-3)
    assert m.saturation_current == pytest.approx(sign * (top + leak * over), rel=1e-3)
    assert m.early_voltage == pytest.approx(sign * top / leak, rel=1e-3)
    ideal = output(traced(np.full(201, 2.0), square_law(np.full(201, 2.0), drain, 0.7), drain))
    assert ideal.pinch_off_voltage == pytest.approx([1.3], rel=1e-6)
    assert ideal.saturation_current == pytest.approx([STRENGTH * 1.3**2 / 2], rel=1e-3)
    assert "pinch_off_voltage (2 V)" in repr(ideal)


def test_a_resistor_has_no_pinch_off() -> None:
    drain = np.linspace(0, 1, 21)
    m = output(traced(np.full(21, 1.0), 1e-6 * drain, drain))
    assert np.isnan(m.pinch_off_voltage).all() and np.isnan(m.output_resistance).all()
    assert m.on_conductance == pytest.approx([1e-6])
    with pytest.raises(IncompatibleError, match="while the drain is swept"):
        output(traced(drain, drain, drain))
    with pytest.raises(OutOfRangeError, match="way outwards"):
        output(traced(np.full(21, 1.0), drain, drain[::-1]))


def test_an_off_current_below_round_off_bounds_the_ratio_and_is_no_slope() -> None:
    gate = np.linspace(-2, 2, 81)
    current = 1e-9 * 10 ** (gate / 0.1) + 1e-24
    trace = traced(gate, current, 0.05)
    error = np.full(gate.size, 1e-15)
    noisy = Trace(trace.data.assign(current_error=("time", error, {"units": "A"})))
    m = transfer(noisy)
    assert m.first.bounded and "lower bound" in m.reason
    assert m.first.on_off_ratio == pytest.approx(current.max() / 1e-15, rel=1e-3)
    assert m.first.on_off_ratio <= (current.max() - error[0]) / (current.min() + error[0])
    assert ">= 1e+26" in repr(m)
    assert m.first.subthreshold_swing == pytest.approx(0.1)
    assert not transfer(trace).first.bounded
