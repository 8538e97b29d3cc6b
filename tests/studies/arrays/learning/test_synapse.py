"""What a network knows of a device is what the device does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fem.errors import IncompatibleError, ModelWarning, OutOfRangeError, UnknownNameError
from studies import (
    CompactModel,
    Pulse,
    PulseTrain,
    Read,
    Rest,
    Trace,
    fit,
    potentiation_depression,
    weight_update,
)
from studies.arrays.learning.bank import Bank
from studies.arrays.learning.synapse import Synapse, alpha_of
from studies.arrays.learning.tables import drawn_models
from studies.compact.families.pulse_table import drawn
from tests.family_values import VALUES, loop, model

UP = Pulse(0.8, 0.02, rise=1e-3) + Rest(0.01, 0.0)
DOWN = Pulse(-0.8, 0.02, rise=1e-3) + Rest(0.01, 0.0)


def course(synapse: Synapse, pulses: int, sign: int, begin: float) -> np.ndarray:
    """Return the conductances of one cell before and after each of so many pulses."""
    random = np.random.default_rng(0)
    bank, found = Bank.of(synapse, (1,), random), [np.array([begin])]
    for _ in range(pulses):
        found.append(bank.pulsed(found[-1], np.array([sign]), random))
    return bank.conductance(np.concatenate(found))


@pytest.mark.parametrize("nonlinearity", [0.0, 0.5, 1.0, 3.0, 6.0])
def test_pulses_give_the_nonlinearity_that_was_asked_of_them(nonlinearity: float) -> None:
    made = Synapse.of_nonlinearity(1e-6, 1e-5, pulses=64, up=nonlinearity)
    found = weight_update(course(made, 64, 1, 0.0), course(made, 64, -1, 1.0))
    assert found.nonlinearity_potentiation == pytest.approx(nonlinearity, abs=1e-3)
    assert found.nonlinearity_depression == pytest.approx(nonlinearity, abs=1e-3)
    assert (found.smallest, found.largest) == pytest.approx((1e-6, 1e-5))


def test_alpha_has_the_sign_and_limit_of_its_nonlinearity() -> None:
    assert alpha_of(0.0) == 0.0
    assert alpha_of(1e-3) == pytest.approx(8 * 0.07 * np.sqrt(2) * 1e-3, rel=1e-3)
    assert np.all(np.diff([alpha_of(n) for n in np.linspace(0, 8, 30)]) > 0)


@pytest.mark.parametrize(
    ("family", "pulses"), [("threshold (VTEAM)", 30), ("pulse table", 30), ("Yakopcic", 30)]
)
def test_a_table_of_a_model_repeats_its_trains(family: str, pulses: int) -> None:
    one = model(family)
    made = Synapse.of_model(one, UP, DOWN, read_voltage=0.05, pulses=pulses)
    state: dict[str, float] | None = None
    for _ in range(3):  # as long as the first pulses are no update yet
        rise = []
        for pulse, count in ((UP, pulses), (DOWN, pulses)):
            for _ in range(count):
                trace = one.simulate(pulse, times=[0.0, pulse.duration], start=state)
                before, state = state, one.last_states(trace)
                if pulse is UP:
                    start = before or one.family.initial(one.values())
                    rise.append(float(one.family.conducted(one.values(), 0.05, start)) / 0.05)
    low, span = made.middle
    found = course(made, pulses - 1, 1, (rise[0] - low) / span)
    assert np.abs(found - rise).max() < 0.03 * span


def test_a_table_of_measured_pulses_is_that_of_the_cell_that_was_measured() -> None:
    values = VALUES["pulse table"] | {"spread": 0.01, "x_start": 0.0}
    up = drawn(values, [1.0] * 40, count=60, seed=1)
    down = drawn(values | {"x_start": 1.0}, [-1.0] * 40, count=60, seed=2)
    made = Synapse.of_pulses(up, down)
    wanted = [[values[f"{of}_{k}"] for k in range(6)] for of in ("up", "down")]
    np.testing.assert_allclose([made.up[0, :5], made.down[0, :5]], [w[:5] for w in wanted], atol=0.012)
    assert made.cycle_spread == pytest.approx(0.01, rel=0.25)


def test_the_experiment_of_potentiation_gives_the_synapse() -> None:
    read = Read(voltage=0.05, duration=0.01, rise=1e-3, rest=0.01)
    up, down = (PulseTrain(v, 0.02, interval=0.01, rise=1e-3, count=20) for v in (0.8, -0.8))
    found = potentiation_depression(model("threshold (VTEAM)"), up, down, read, trains=2)
    made = Synapse.of_pulses(found.potentiation, found.depression)
    assert made.low[0] == pytest.approx(min(found.potentiation.min(), found.depression.min()))


def test_devices_drawn_from_a_fit_have_its_covariance() -> None:
    one = model("threshold (VTEAM)")
    spread = {"R_on": 0.1, "k_on": 0.2}
    fitted = CompactModel(
        parameters=one.parameters, current_unit="A", family=one.family, fitted=tuple(spread),
        covariance=(((0.1 * 1e3) ** 2, 0.0), (0.0, (0.2 * 3.0) ** 2)),
    )  # fmt: skip
    found = drawn_models(fitted, 400, 0)
    for name, relative in spread.items():
        assert np.std(np.log([m[name] for m in found])) == pytest.approx(relative, rel=0.1)
    made = Synapse.of_model(fitted, UP, DOWN, read_voltage=0.05, pulses=10, devices=12)
    assert made.low.size == 12
    assert np.std(np.log(made.high)) > 0.03
    with pytest.warns(ModelWarning, match="the fit is bad"):
        drawn_models(replace(fitted, quality={"r_squared": 0.5}), 2, 0)
    with pytest.raises(IncompatibleError, match="no covariance"):
        Synapse.of_model(one, UP, DOWN, read_voltage=0.05, pulses=10, devices=2)


def test_a_model_fitted_to_a_noisy_loop_is_a_synapse_in_one_call() -> None:
    true = model("threshold (VTEAM)")
    trace = true.simulate(loop("threshold (VTEAM)"), points_per_segment=60)
    noise = 1 + 0.03 * np.random.default_rng(0).standard_normal(trace.time.size)
    columns = {"time": trace.time, "voltage": trace.voltage, "current": trace.current * noise}
    fitted = fit(Trace.from_columns(columns, {}), family="threshold (VTEAM)", progress=False)
    found = Synapse.of_model(fitted, UP, DOWN, read_voltage=0.05, pulses=40, devices=20)
    wanted = Synapse.of_model(true, UP, DOWN, read_voltage=0.05, pulses=40)
    assert found.low.size == 20
    assert found.middle == pytest.approx(wanted.middle, rel=0.1)
    assert found.step == pytest.approx(wanted.step, rel=0.05)
    assert 0.001 < found.high.std() / found.high.mean() < 0.05


def test_cells_scatter_as_their_synapse_says() -> None:
    made = Synapse.ideal(1e-6, 1e-5, pulses=100).with_(device_spread=0.3, stuck_low=0.05, stuck_high=0.1)
    bank = Bank.of(made, (200, 200), np.random.default_rng(3))
    for found in (bank.span / 9e-6, bank.up_scale, bank.down_scale):
        assert (found.mean(), found.std()) == pytest.approx((1.0, 0.3), abs=0.01)
    assert ((bank.held == 0).mean(), (bank.held == 1).mean()) == pytest.approx((0.05, 0.1), abs=0.01)
    x = bank.settled(np.full((200, 200), 0.5))
    moved = bank.pulsed(x, np.ones((200, 200), dtype=np.int64), np.random.default_rng(0))
    stuck = ~np.isnan(bank.held)
    assert (moved[stuck] == bank.held[stuck]).all()
    assert (moved[~stuck] > 0.5).all()


def test_a_step_scatters_from_pulse_to_pulse_as_the_square_root_of_their_number() -> None:
    made = Synapse.ideal(1e-6, 1e-5, pulses=1000).with_(cycle_spread=0.01)
    bank, random = Bank.of(made, (20000,), np.random.default_rng(3)), np.random.default_rng(4)
    moved = bank.pulsed(np.full(20000, 0.5), np.full(20000, 9), random)
    assert moved.std() == pytest.approx(0.03, rel=0.03)
    assert moved.mean() == pytest.approx(0.509, abs=1e-3)


def test_write_and_verify_comes_within_its_tolerance_and_no_nearer_than_a_read_can_tell() -> None:
    made = Synapse.of_nonlinearity(1e-6, 1e-5, pulses=200, up=3.0).with_(device_spread=0.1)
    bank, random = Bank.of(made, (50, 50), np.random.default_rng(3)), np.random.default_rng(4)
    wanted = random.uniform(2e-6, 8e-6, (50, 50))
    written, used = bank.written(np.full((50, 50), 0.5), wanted, random, tolerance=0.02, most=1000)
    assert np.abs(bank.conductance(written) - wanted).max() <= 0.02 * 9e-6
    assert 0 < used.mean() < 100
    noisy = Bank.of(made.with_(read_noise=0.1), (50, 50), np.random.default_rng(3))
    other, _ = noisy.written(np.full((50, 50), 0.5), wanted, random, tolerance=0.02, most=1000)
    assert np.abs(noisy.conductance(other) - wanted).max() > 0.04 * 9e-6


def test_what_no_device_can_be_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match="range of a synapse"):
        Synapse.ideal(1e-5, 1e-6, pulses=10)
    with pytest.raises(OutOfRangeError, match="stuck"):
        Synapse.ideal(1e-6, 1e-5, pulses=10).with_(stuck_low=0.6, stuck_high=0.6)
    with pytest.raises(UnknownNameError, match="device_spread"):
        Synapse.ideal(1e-6, 1e-5, pulses=10).with_(device_spraed=0.1)
    with pytest.raises(IncompatibleError, match="devices"):
        Synapse(low=[1e-6], high=[1e-5], up=[[0.1, 0.1]] * 2, down=[[0.1, 0.1]])
    with pytest.raises(OutOfRangeError, match="after the pulses up"):
        Synapse.of_model(model("threshold (VTEAM)"), DOWN, UP, read_voltage=0.05, pulses=10)
