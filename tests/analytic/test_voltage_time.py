r"""A filament that grows at the rate :math:`k\,e^{V/V_0}`, seen through series of sweeps, pulses and temperatures.

The device sets when :math:`\int k\,e^{V/V_0} dt = 1` (the voltage-time trade-off of filamentary switching):

- a sweep at the rate r: :math:`V_\mathrm{set} = V_0 \ln(1 + r/(k V_0))`, that is V_0 ln 10 per decade of r;
- a pulse of the height V: a delay of :math:`e^{-V/V_0}/k`;
- with :math:`k = k_0 e^{-E_a/kT}`: a delay of which the activation energy is E_a.
"""

from __future__ import annotations

import numpy as np
import pytest

from fem.constants import thermal_voltage
from studies import (
    Protocol,
    Pulse,
    Sweep,
    Trace,
    arrhenius,
    filament_switching,
    pulse_switching,
    series,
    trend,
    variability,
)

V0, K0, OFF, ON = 0.05, 1e-3, 1e-7, 1e-3  # V, 1/s, S, S
EDGE = 1e-9  # s


def _grown(protocol: Protocol, growth: float, points: int = 4001) -> Trace:
    """Return the trace of the filament with k = ``growth`` [1/s]; voltage rises or rests until it has set."""
    time = np.unique(np.concatenate((np.linspace(0, protocol.duration, points), protocol.milestones)))
    voltage = protocol.voltage(time)
    steps = np.diff(time)
    mean, half = (voltage[1:] + voltage[:-1]) / 2, np.diff(voltage) / (2 * V0)
    sinhc = np.where(np.abs(half) < 1e-9, 1.0, np.sinh(half) / np.where(half == 0, 1.0, half))
    length = np.concatenate(([0.0], np.cumsum(growth * steps * np.exp(mean / V0) * sinhc)))
    current = voltage * np.where(length >= 1, ON, OFF)
    return Trace.from_columns({"time": time, "voltage": voltage, "current": current}, {})


def _delay(voltage: float, growth: float) -> float:
    """Return the delay [s] of a pulse of ``voltage`` [V] that is ten times as long as it takes."""
    trace = _grown(Pulse(voltage, 10 * np.exp(-voltage / V0) / growth, rise=EDGE), growth)
    return pulse_switching(trace, scale="log").delay


def test_set_voltage_rises_by_the_same_step_with_each_decade_of_the_sweep_rate() -> None:
    def run(rate: float) -> object:
        return filament_switching(_grown(Sweep(0, 1.2, 0, rate=rate), K0), read_voltage=0.1)

    rates = [0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]
    data = series(run, parameter="sweep rate", values=rates, unit="V/s", progress=False)
    exact = V0 * np.log1p(np.array(rates) / (K0 * V0))
    np.testing.assert_allclose(data["V_set"], exact, atol=1.2 / 2000)
    found = trend(data, "V_set")
    assert found.slope == pytest.approx(V0 * np.log(10), rel=0.01)
    assert (found.direction, found.unit) == ("rises", "V per decade")
    assert found.rank_correlation == pytest.approx(1.0)


def test_delay_falls_exponentially_with_the_height_of_the_pulse() -> None:
    def run(voltage: float) -> dict[str, float]:
        return {"decades": np.log10(_delay(voltage, K0))}

    data = series(run, parameter="amplitude", values=[0.5, 0.55, 0.6, 0.65], unit="V", progress=False)
    exact = np.log10(np.exp(-data["amplitude"].values / V0) / K0)
    np.testing.assert_allclose(data["decades"], exact, atol=0.005)
    found = trend(data, "decades")
    assert not found.per_decade
    assert found.slope == pytest.approx(-1 / (V0 * np.log(10)), rel=2e-3)
    assert found.direction == "falls"


def test_delays_at_several_temperatures_have_the_energy_of_the_growth() -> None:
    """And foretell the delay at another temperature."""
    energy, kelvin = 0.45, np.array([300.0, 320.0, 340.0, 360.0])

    def delay(temperature: float) -> float:
        return _delay(0.5, 1e5 * np.exp(-energy / thermal_voltage(temperature)))

    fit = arrhenius(kelvin, [delay(t) for t in kelvin])
    low, high = fit.interval(0.99)
    assert low <= energy <= high
    assert fit.activation_energy == pytest.approx(energy, rel=2e-3)
    there = fit.extrapolate(280.0, 0.99)
    assert there.low <= delay(280.0) <= there.high


def test_growth_that_varies_as_weibull_gives_delays_with_its_slope() -> None:
    """The delay is 1/k: with k = K0 / w and w Weibull of slope 2, so is the delay."""
    draws = np.random.default_rng(11).weibull(2.0, 300)

    def run(seed: float) -> dict[str, float]:
        return {"delay": _delay(0.5, K0 / draws[int(seed)])}

    data = series(run, parameter="seed", values=range(300), unit="1", progress=False)
    found = variability(data["delay"])
    assert found.weibull_shape == pytest.approx(2.0, rel=3 * 0.78 / np.sqrt(300))
    assert found.weibull_scale == pytest.approx(np.exp(-0.5 / V0) / K0, rel=3 * 1.05 / 2 / np.sqrt(300))
    assert found.missing == 0
